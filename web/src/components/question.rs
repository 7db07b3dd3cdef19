//! A question as a form control: what it looks like follows from its kind.
//!
//! The control's `name` is the question's id and its value the text form, so that links, flags and
//! fields are one language. The form listens for all of them: see `parts::form`.

use holdfast::Answers;
use holdfast::catalogue::regions;
use holdfast::questions::{Choice, Entry, Kind};
use web_sys::{Event, HtmlSelectElement};
use yew::{Html, TargetCast, html};

use super::severity;
use crate::app::{Link, Msg};
use crate::state::State;

/// With more choices than this, a select.
const CARDS: usize = 4;

const YES_NO: &[Choice] =
    &[Choice { word: "no", label: "No", means: "" }, Choice { word: "yes", label: "Yes", means: "" }];

const ABSENT: Choice = Choice { word: "", label: "Not given", means: "" };

pub fn view(entry: &'static Entry, state: &State, link: &Link) -> Html {
    match entry.question.kind {
        Kind::Choice(choices) if choices.len() > CARDS => select(entry, choices, state),
        Kind::Choice(choices) => cards(entry, choices.to_vec(), state),
        Kind::Maybe(choices) => cards(entry, [&[ABSENT][..], choices].concat(), state),
        Kind::YesNo => cards(entry, YES_NO.to_vec(), state),
        Kind::Whole { unit, .. } => text(entry, "numeric", unit, Html::default(), state),
        Kind::Decimal { unit, .. } => text(entry, "decimal", unit, Html::default(), state),
        Kind::Text { .. } => text(entry, "text", "", Html::default(), state),
        Kind::Words(choices) => text(entry, "text", "", chips(entry, choices, state, link), state),
        Kind::Codes { .. } => text(entry, "text", "", regions(entry, state, link), state),
        Kind::QuietHours => text(entry, "text", "", Html::default(), state),
    }
}

/// Few choices: all of them in sight, each with what it means.
fn cards(entry: &'static Entry, choices: Vec<Choice>, state: &State) -> Html {
    let id = entry.question.id;
    let chosen = (entry.show)(state.answers());
    // Short ones stand two in a row.
    let pair = choices.iter().all(|choice| choice.label.len() + choice.means.len() < 24);
    html! {
        <fieldset class="question" aria-describedby={format!("h-{id}")}>
            <legend>{ entry.question.title }{ trouble(entry, state) }</legend>
            { help(entry) }
            <div class={if pair { "cards pair" } else { "cards" }}>
                { for choices.into_iter().map(|choice| html! {
                    <label class="card">
                        <input type="radio" name={id} value={choice.word} checked={choice.word == chosen} />
                        <span>
                            <span class="label">{ choice.label }</span>
                            if !choice.means.is_empty() { <span class="means">{ " " }{ choice.means }</span> }
                        </span>
                    </label>
                }) }
            </div>
        </fieldset>
    }
}

/// Many choices: a select, and below it what the chosen one means.
fn select(entry: &'static Entry, choices: &'static [Choice], state: &State) -> Html {
    let id = entry.question.id;
    let chosen = (entry.show)(state.answers());
    let means = choices.iter().find(|choice| choice.word == chosen).map_or("", |choice| choice.means);
    html! {
        <div class="question">
            <label for={format!("q-{id}")}>{ entry.question.title }{ trouble(entry, state) }</label>
            { help(entry) }
            <select name={id} id={format!("q-{id}")} ~value={chosen.clone()} aria-describedby={format!("m-{id} h-{id}")}>
                { for choices.iter().map(|choice| html! {
                    <option value={choice.word} selected={choice.word == chosen}>{ choice.label }</option>
                }) }
            </select>
            <p class="means" id={format!("m-{id}")}>{ means }</p>
        </div>
    }
}

/// Everything that is typed: a field with its unit, and below it what is wrong with what it says.
fn text(entry: &'static Entry, mode: &'static str, unit: &'static str, richer: Html, state: &State) -> Html {
    let id = entry.question.id;
    let draft = state.draft(entry);
    let value = draft.map_or_else(|| (entry.show)(state.answers()), |draft| draft.text.clone());
    let wrong = draft.and_then(|draft| draft.wrong.as_ref());
    let number = !unit.is_empty() || mode == "numeric";
    html! {
        <div class="question">
            <label for={format!("q-{id}")}>{ entry.question.title }{ trouble(entry, state) }</label>
            { help(entry) }
            <div class={if number { "field number" } else { "field" }}>
                <input
                    name={id}
                    id={format!("q-{id}")}
                    {value}
                    type="text"
                    inputmode={mode}
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder={placeholder(entry)}
                    aria-invalid={wrong.map(|_| "true")}
                    aria-describedby={format!("e-{id} h-{id}")}
                />
                if !unit.is_empty() { <span class="unit">{ unit }</span> }
            </div>
            <p class="wrong" id={format!("e-{id}")} aria-live="polite">
                if let Some(wrong) = wrong {
                    { format!("Expected {}, found {}.", wrong.expected, wrong.found) }
                    if let Some(nearest) = wrong.nearest { { format!(" Did you mean \"{nearest}\"?") } }
                    { kept(entry, state.answers()) }
                }
            </p>
            { richer }
        </div>
    }
}

/// What the result goes on with while a field can't be read.
fn kept(entry: &Entry, answers: &Answers) -> String {
    let last = (entry.show)(answers);
    if last.is_empty() { " The result goes on without it.".to_owned() } else { format!(" The result keeps {last}.") }
}

fn placeholder(entry: &Entry) -> &'static str {
    match entry.question.kind {
        Kind::QuietHours => "Tue+Fri@22/8;Sun@1/6",
        _ => "",
    }
}

fn help(entry: &Entry) -> Html {
    html! { <p class="help" id={format!("h-{}", entry.question.id)}>{ entry.question.help }</p> }
}

fn trouble(entry: &Entry, state: &State) -> Html {
    state.trouble(entry).map(severity::mark).unwrap_or_default()
}

/// Words that can be switched on and off; they fill the field above them.
fn chips(entry: &'static Entry, choices: &'static [Choice], state: &State, link: &Link) -> Html {
    let text = (entry.show)(state.answers());
    let on: Vec<&str> = text.split(',').filter(|word| !word.is_empty()).collect();
    html! {
        <div class="chips" role="group" aria-label={entry.question.title}>
            { for choices.iter().map(|choice| {
                let pressed = on.contains(&choice.word);
                let mut words: Vec<&str> = on.iter().copied().filter(|word| *word != choice.word).collect();
                if !pressed { words.push(choice.word) }
                let text = words.join(",");
                html! {
                    <button
                        type="button"
                        aria-pressed={if pressed { "true" } else { "false" }}
                        title={choice.means}
                        onclick={link.callback(move |_| Msg::Type(entry.question.id.to_owned(), text.clone()))}
                    >{ choice.label }</button>
                }
            }) }
        </div>
    }
}

/// The regions of the chosen cloud; each that is picked is added to the field above.
fn regions(entry: &'static Entry, state: &State, link: &Link) -> Html {
    let text = (entry.show)(state.answers());
    let taken: Vec<String> = text.split(',').map(str::to_owned).collect();
    let onchange = link.batch_callback(move |event: Event| {
        let select: HtmlSelectElement = event.target_dyn_into()?;
        let code = select.value();
        select.set_value("");
        let list = if text.is_empty() { code } else { format!("{text},{code}") };
        Some(Msg::Type(entry.question.id.to_owned(), list))
    });
    html! {
        <select class="add" aria-label="Add a region" {onchange}>
            <option value="" selected=true>{ "Add a region …" }</option>
            { for regions::of(state.answers().cloud).iter().filter(|it| !taken.iter().any(|code| code == it.code)).map(
                |region| html! { <option value={region.code}>{ region.code }</option> },
            ) }
        </select>
    }
}
