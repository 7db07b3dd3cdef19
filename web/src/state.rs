//! What the page knows: the answers, what follows from them, and what was typed but can't be read.
//!
//! The link is the only memory. Nothing that was typed is stored.

use holdfast::artefact::{Chapter, iac, runbook};
use holdfast::clients::{ClientId, File, Pack, project_from};
use holdfast::evidence::{self, Cell, Slice};
use holdfast::plan::Severity;
use holdfast::questions::{self, BadInput, Entry, Kind, Unread};
use holdfast::rules::{Setting, persistence::Persistence};
use holdfast::{Answers, Beside, Plan, beside, recommend};

/// The answers and everything that follows from them.
pub struct Decided {
    pub plan: Plan,
    /// The plan to compare it with.
    pub beside: Option<Beside>,
    /// The project; none while its client's templates are not there.
    pub files: Vec<File>,
    pub chapters: Vec<Chapter>,
    /// Terraform, then REST.
    pub iac: [File; 2],
}

impl Decided {
    fn new(answers: &Answers, packs: &Packs) -> Self {
        let plan = recommend(answers);
        Decided {
            beside: beside(answers),
            files: packs.project(answers).unwrap_or_default(),
            chapters: runbook(&plan),
            iac: iac(&plan),
            plan,
        }
    }
}

/// The templates that were fetched so far.
#[derive(Default)]
struct Packs(Vec<(ClientId, Pack)>);

impl Packs {
    fn project(&self, answers: &Answers) -> Option<Vec<File>> {
        let (_, pack) = self.0.iter().find(|(id, _)| *id == answers.client)?;
        project_from(answers, pack)
    }
}

/// A field whose text is not, or not yet, what the answer shows.
pub struct Draft {
    id: &'static str,
    pub text: String,
    pub wrong: Option<BadInput>,
}

/// The state of the page.
pub struct State {
    pub now: Decided,
    /// What stood before the last change of an answer.
    pub before: Option<Decided>,
    /// Parts of the link that could not be read.
    pub unread: Vec<Unread>,
    drafts: Vec<Draft>,
    /// The text field that is being typed into.
    typing: Option<&'static str>,
    packs: Packs,
    measured: Vec<Measured>,
}

/// What was measured with a client.
struct Measured {
    client: ClientId,
    slice: &'static Slice<'static>,
    /// Of the code for the default answers, which is what was run unless it has changed since.
    default: String,
}

/// How the figures fit the code that is shown.
pub enum Fit {
    /// They are of this code.
    Same,
    /// They are of the code for the default answers.
    Answers,
    /// They are of an older code.
    Older,
}

impl State {
    pub fn from_link(fragment: &str) -> Self {
        let (answers, unread) = questions::from_link(fragment);
        let packs = Packs::default();
        let now = Decided::new(&answers, &packs);
        State { now, before: None, unread, drafts: Vec::new(), typing: None, packs, measured: Vec::new() }
    }

    /// A client's templates have arrived; whether they are the right ones.
    pub fn unpack(&mut self, client: ClientId, text: String) -> bool {
        // Kept for as long as the page: a client is fetched once.
        self.packs.0.push((client, Pack::read(text.leak())));
        for decided in [Some(&mut self.now), self.before.as_mut()].into_iter().flatten() {
            if decided.files.is_empty() {
                decided.files = self.packs.project(&decided.plan.answers).unwrap_or_default();
            }
        }
        client != self.answers().client || !self.now.files.is_empty()
    }

    /// What was measured with a client has arrived.
    pub fn measure(&mut self, client: ClientId, text: String) {
        let files = self.packs.project(&Answers { client, ..Answers::default() }).unwrap_or_default();
        self.measured.retain(|measured| measured.client != client);
        // Kept for as long as the page, as the templates are.
        let slice = Box::leak(Box::new(Slice::read(text.leak())));
        self.measured.push(Measured { client, slice, default: code(&files) });
    }

    fn measured(&self) -> Option<&Measured> {
        self.measured.iter().find(|measured| measured.client == self.answers().client)
    }

    /// What was measured with the chosen client; nothing until it has arrived.
    pub fn slice(&self) -> Option<&'static Slice<'static>> {
        self.measured().map(|measured| measured.slice)
    }

    /// Whether our figures are of the code that is shown.
    pub fn fit(&self) -> Fit {
        let Some(Measured { slice, default, .. }) = self.measured() else { return Fit::Older };
        let of_default = |cell: &&Cell| cell.column != QUICK_START && !cell.code.is_empty();
        let ours = || slice.drills.iter().flat_map(|drill| &drill.cells).filter(of_default);
        let all = |code: &str| ours().all(|cell| cell.code == code);
        match () {
            () if all(&code(&self.now.files)) => Fit::Same,
            () if all(default) => Fit::Answers,
            () => Fit::Older,
        }
    }

    pub fn answers(&self) -> &Answers {
        &self.now.plan.answers
    }

    pub fn link(&self) -> String {
        questions::to_link(self.answers())
    }

    /// Takes over the text of a form control; what can't be read stays in its field.
    pub fn type_into(&mut self, id: &str, text: &str) {
        let Some(entry) = questions::find(id) else { return };
        let id = entry.question.id;
        let mut answers = self.answers().clone();
        let wrong = answers.set(id, text).err();
        let read = wrong.is_none();
        self.drafts.retain(|draft| draft.id != id);
        if is_typed(entry) {
            self.drafts.push(Draft { id, text: text.to_owned(), wrong });
        }
        if read {
            self.accept(answers, is_typed(entry).then_some(id));
        }
    }

    /// A field was left: what could be read is shown as it was read.
    pub fn leave(&mut self) {
        self.typing = None;
        self.drafts.retain(|draft| draft.wrong.is_some());
    }

    /// Follows the way out that a finding offers.
    pub fn mend(&mut self, finding: &str) {
        let change = self.now.plan.findings.iter().find(|f| f.id == finding).and_then(|f| f.change.as_ref());
        if let Some(Ok(answers)) = change.map(|patch| self.answers().with(patch)) {
            self.replace(answers);
        }
    }

    /// Takes other answers as a whole.
    pub fn replace(&mut self, answers: Answers) {
        self.drafts.clear();
        self.accept(answers, None);
    }

    fn accept(&mut self, answers: Answers, typing: Option<&'static str>) {
        self.unread.clear();
        if answers != *self.answers() {
            let last = std::mem::replace(&mut self.now, Decided::new(&answers, &self.packs));
            // While one field is typed into, what stood before its first letter is what it changes.
            if typing.is_none() || self.typing != typing {
                self.before = Some(last);
            }
        }
        self.typing = typing;
    }

    pub fn draft(&self, entry: &Entry) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.id == entry.question.id)
    }

    /// What a setting was before the last change, where that changed it.
    pub fn was(&self, setting: Setting) -> Option<String> {
        let shown = |decided: &Decided| decided.plan.advice(setting).map(|advice| advice.shown());
        self.before.as_ref().and_then(shown).filter(|was| shown(&self.now).as_ref() != Some(was))
    }

    /// A file as it was before the last change.
    pub fn earlier(&self, path: &str) -> Option<&str> {
        let files = &self.before.as_ref()?.files;
        files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// The worst that is wrong with an answer; notes are not marked.
    pub fn trouble(&self, entry: &Entry) -> Option<Severity> {
        let findings = self.now.plan.findings.iter();
        findings
            .filter(|finding| finding.severity != Severity::Note)
            .find(|finding| finding.because.iter().any(|id| *id == entry.key || *id == entry.question.id))
            .map(|finding| finding.severity)
    }
}

/// The column of a slice that is not of our code.
pub const QUICK_START: usize = 1;

/// Tells the code of the first file apart.
fn code(files: &[File]) -> String {
    files.first().map(|file| evidence::hash(&file.text)).unwrap_or_default()
}

/// Whether a question is answered letter by letter.
fn is_typed(entry: &Entry) -> bool {
    !matches!(entry.question.kind, Kind::Choice(_) | Kind::Maybe(_) | Kind::YesNo)
}

/// The settings that people ask for first.
const SUMMARY: [Setting; 5] =
    [Setting::Plan, Setting::Replication, Setting::ActiveActive, Setting::Persistence, Setting::Tls];

/// The answer in one line.
pub fn summary(plan: &Plan) -> Vec<String> {
    SUMMARY.iter().filter_map(|setting| word(plan, *setting)).collect()
}

/// How much is wrong, the worst first: `1 error`, `2 warnings`; notes only where nothing is.
pub fn counts(plan: &Plan) -> Vec<(Severity, String)> {
    let wrong = plan.findings.iter().any(|finding| finding.severity != Severity::Note);
    let counts = Severity::ALL.into_iter().map(|severity| (severity, plan.count(severity)));
    let plural = |count| if count == 1 { "" } else { "s" };
    counts
        .filter(|(severity, count)| *count > 0 && !(wrong && *severity == Severity::Note))
        .map(|(severity, count)| (severity, format!("{count} {}{}", severity.word(), plural(count))))
        .collect()
}

/// A value that says what it is a value of: `multi-zone`, but `TLS on`.
fn word(plan: &Plan, setting: Setting) -> Option<String> {
    let advice = plan.advice(setting)?;
    let shown = advice.shown();
    match setting {
        // What few databases have is worth a word only where it is there.
        Setting::ActiveActive => return (shown != "off").then(|| format!("{} in {shown}", advice.title)),
        Setting::Persistence => {
            return Persistence::ALL.into_iter().find(|it| it.word() == shown).map(|it| it.label().to_owned());
        }
        _ => {}
    }
    let bare = ["on", "off", "none", "unavailable"].contains(&shown.as_str());
    let title = advice.title.split(" (").last().unwrap_or(advice.title).trim_end_matches(')');
    let label = questions::find(setting.key()).and_then(|entry| match entry.question.kind {
        Kind::Choice(choices) => {
            choices.iter().find(|choice| choice.word == shown).map(|choice| choice.label.to_owned())
        }
        _ => None,
    });
    Some(if bare { format!("{title} {shown}") } else { label.unwrap_or(shown) })
}
