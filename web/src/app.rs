//! The page as a whole: what can happen on it, and where everything stands.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use holdfast::clients::ClientId;
use yew::{Component, Context, Html, html::Scope};

use crate::state::State;
use crate::ui::Ui;
use crate::{browser, parts};

/// The page.
pub struct App {
    pub state: State,
    pub view: View,
    /// The question whose answer the address was last written for.
    last: Option<String>,
    forget: Option<Timeout>,
    _hash: Option<EventListener>,
}

/// Where messages go.
pub type Link = Scope<App>;

/// What is open and what was just done; nothing of it changes the result.
#[derive(Default)]
pub struct View {
    /// The open door, one of [`DOORS`] or none of them.
    pub door: &'static str,
    /// The path of the open file; the snippet where there is none of that name.
    pub file: String,
    pub wrap: bool,
    /// Terraform and REST show REST.
    pub rest: bool,
    /// The last step led into the result: on a phone the next one leads back to the questions.
    pub reading: bool,
    /// What was just copied, and whether the browser allowed it.
    pub copied: Option<(Copied, bool)>,
    /// The clients whose templates were asked for, and whether that failed.
    pub fetched: Vec<(ClientId, bool)>,
}

/// The doors that `doors.js` shows, by their word in the address. The first of all has none.
pub const DOORS: [&str; 2] = ["audit", "diagnose"];

/// The door that a fragment leads to, and the rest of it: the answers.
fn parted(fragment: &str) -> (&'static str, String) {
    for door in DOORS {
        if let Some((before, after)) = fragment.split_once(&["door=", door].concat()) {
            return (door, [before, after].concat());
        }
    }
    ("", fragment.to_owned())
}

/// The fragment that leads to a door with the answers of another.
pub fn through(door: &str, answers: &str) -> String {
    if door.is_empty() { answers.to_owned() } else { [answers, "&door=", door].concat() }
}

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    Link,
    File,
    Iac,
}

/// What can happen.
#[derive(Clone)]
pub enum Msg {
    /// A form control has another text.
    Type(String, String),
    /// A form control was left.
    Leave,
    /// The way out of the finding with this id.
    Mend(&'static str),
    /// The address has another fragment.
    Follow,
    /// All answers as they were at first.
    Reset,
    SwitchTheme,
    /// The file with this path.
    Open(String),
    /// Terraform or REST.
    OpenIac(String),
    Wrap,
    Copy(Copied),
    WasCopied(Copied, bool),
    /// What was just done is no longer worth saying.
    Forget,
    Download,
    /// A client's templates and what was measured with it, or nothing where they could not be had.
    Fetched(ClientId, [Option<String>; 2]),
    /// Asks for them again.
    Fetch,
    /// The page, or its runbook alone.
    Print(bool),
    /// To the element that this selector finds.
    GoTo(String),
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link().clone();
        let follow = move |_: &web_sys::Event| link.send_message(Msg::Follow);
        let (door, answers) = parted(&browser::fragment());
        let mut app = App {
            state: State::from_link(&answers),
            view: View { door, ..View::default() },
            last: None,
            forget: None,
            _hash: browser::window().map(|window| EventListener::new(&window, "hashchange", follow)),
        };
        app.fetch(ctx);
        app
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Type(id, text) => self.change(Some(&id), |state| state.type_into(&id, &text)),
            Msg::Leave => self.state.leave(),
            Msg::Mend(id) => {
                self.change(None, |state| state.mend(id));
                // The button is gone with its finding: the focus goes to what has changed.
                browser::go_to("#summing");
            }
            Msg::Follow => self.follow(),
            Msg::Reset => self.change(None, |state| state.replace(holdfast::Answers::default())),
            Msg::SwitchTheme => browser::switch_theme(),
            Msg::Open(path) => self.view.file = path,
            Msg::OpenIac(tab) => self.view.rest = tab == "REST",
            Msg::Wrap => self.view.wrap = !self.view.wrap,
            Msg::Copy(what) => self.copy(ctx, what),
            Msg::WasCopied(what, allowed) => {
                self.view.copied = Some((what, allowed));
                let link = ctx.link().clone();
                self.forget = Some(Timeout::new(3000, move || link.send_message(Msg::Forget)));
            }
            Msg::Forget => self.view.copied = None,
            Msg::Download => parts::code::download(&self.state),
            Msg::Fetched(client, [pack, measured]) => {
                let fits = pack.is_some_and(|pack| self.state.unpack(client, pack));
                if let Some(entry) = self.view.fetched.iter_mut().find(|(id, _)| *id == client) {
                    entry.1 = !fits;
                }
                self.state.measure(client, measured.unwrap_or_default());
            }
            Msg::Fetch => self.view.fetched.retain(|(_, failed)| !failed),
            Msg::Print(runbook) => browser::print(runbook),
            Msg::GoTo(selector) => self.view.reading = browser::go_to(&selector),
        }
        self.fetch(ctx);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        Ui::write(ctx.link(), |ui| {
            let link = self.state.link();
            parts::header::view(ui, &self.view, &link);
            ui.group(|ui| {
                if self.view.door.is_empty() {
                    ui.el("main", |ui| {
                        parts::form::view(ui, &self.state);
                        parts::result(ui, &self.state, &self.view);
                    });
                }
            });
            // `doors.js` fills them when they are opened. They stay, and with them what was given there.
            for door in DOORS {
                ui.el("holdfast-door", |ui| {
                    ui.attr("kind", door);
                    ui.attr("link", &link);
                    ui.flag("open", door == self.view.door);
                });
            }
        })
    }
}

impl App {
    /// Changes the state, and the address with it. The way back undoes answers, not letters.
    fn change(&mut self, question: Option<&str>, change: impl FnOnce(&mut State)) {
        let before = self.state.link();
        change(&mut self.state);
        let after = self.state.link();
        if after != before {
            let again = question.is_some() && self.last.as_deref() == question;
            // Browsers take longer over it than all else takes: the new text is not to wait for it.
            Timeout::new(0, move || browser::set_fragment(&after, !again)).forget();
            self.last = question.map(str::to_owned);
        }
    }

    /// A link was pasted, or the reader went back.
    fn follow(&mut self) {
        let (door, answers) = parted(&browser::fragment());
        self.view.door = door;
        let followed = State::from_link(&answers);
        let unread = followed.unread;
        self.last = None;
        self.state.replace(followed.now.plan.answers);
        self.state.unread = unread;
    }

    /// Asks for the templates of the chosen client, once.
    fn fetch(&mut self, ctx: &Context<Self>) {
        let client = self.state.answers().client;
        if self.view.fetched.iter().all(|(id, _)| *id != client) {
            self.view.fetched.push((client, false));
            let paths = ["clients/", "evidence/"].map(|folder| [folder, client.client().id, ".txt"].concat());
            browser::fetch(paths, ctx.link().callback(move |texts| Msg::Fetched(client, texts)));
        }
    }

    fn copy(&mut self, ctx: &Context<Self>, what: Copied) {
        let done = ctx.link().callback(move |allowed| Msg::WasCopied(what, allowed));
        match what {
            Copied::Link => {
                browser::set_fragment(&through(self.view.door, &self.state.link()), false);
                browser::copy(&browser::address(), done);
            }
            Copied::Iac => browser::copy(&parts::iac::open(&self.state, &self.view).text, done),
            Copied::File => {
                if let Some(file) = parts::code::open(&self.state, &self.view) {
                    browser::copy(&file.text, done);
                }
            }
        }
    }
}
