//! How answers are read and shown: one trait, a handful of kinds.

use super::nearest;

/// How a question is answered.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One of these words.
    Choice(&'static [Choice]),
    /// One of these words, or nothing.
    Maybe(&'static [Choice]),
    /// `yes` or `no`.
    YesNo,
    /// A whole number with its range and unit.
    Whole { min: u32, max: u32, unit: &'static str },
    /// A number above zero, at most `max`, with its unit.
    Decimal { max: u32, unit: &'static str },
    /// Any text of at most so many characters.
    Text { max: usize },
    /// A list of any of these words.
    Words(&'static [Choice]),
    /// A list of codes that the catalogue judges, at most so many.
    Codes { max: usize },
    /// A list of weekly windows.
    QuietHours,
}

impl Kind {
    /// The text form in words: what a flag or a link takes.
    pub fn shape(&self) -> String {
        let number = |range: String, unit: &str| if unit.is_empty() { range } else { format!("{range} ({unit})") };
        match self {
            Kind::Choice(_) => "one of the choices".to_owned(),
            Kind::Maybe(_) => "one of the choices, or nothing".to_owned(),
            Kind::YesNo => "yes or no".to_owned(),
            Kind::Whole { min, max, unit } => number(format!("a whole number from {min} to {max}"), unit),
            Kind::Decimal { max, unit } => number(format!("a number above 0, at most {max}"), unit),
            Kind::Text { max } => format!("at most {max} characters"),
            Kind::Words(_) => "any of the choices, joined by commas".to_owned(),
            Kind::Codes { max } => format!("at most {max} codes, joined by commas"),
            Kind::QuietHours => QUIET_HOURS.to_owned(),
        }
    }
}

/// One word of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word in links, flags and JSON.
    pub word: &'static str,
    /// What the form shows.
    pub label: &'static str,
    /// What choosing it means, in half a line.
    pub means: &'static str,
}

/// Any text that is known while compiling or was made from answers.
pub type Text = std::borrow::Cow<'static, str>;

/// What a text should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// In words, for "expected …".
    pub what: String,
    /// The nearest valid word.
    pub nearest: Option<&'static str>,
    /// Whether what was found must not be repeated in a message.
    pub hide: bool,
}

impl Expected {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Expected { what: what.into(), nearest: None, hide: false }
    }
}

/// A type that answers a question.
pub(super) trait Answer: Sized {
    /// Reads the text form.
    fn read(text: &str, kind: &Kind) -> Result<Self, Expected>;
    /// Shows the text form; `read` gives the same answer back.
    fn show(&self) -> String;
}

/// A question of words: the enum, its list and its text form from one place.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $label:literal, $means:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = $means] $variant,)* }

        impl $name {
            /// Every choice, in the order of the form.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
            /// Their words.
            pub const CHOICES: &[$crate::questions::Choice] = &[$($crate::questions::Choice { word: $word, label: $label, means: $means },)*];

            /// The word in links, flags and JSON.
            pub fn word(self) -> &'static str { Self::CHOICES[self as usize].word }
            /// What the form shows.
            pub fn label(self) -> &'static str { Self::CHOICES[self as usize].label }
        }

        impl $crate::questions::kinds::Word for $name {
            const ALL: &'static [$name] = $name::ALL;
            const CHOICES: &'static [$crate::questions::Choice] = $name::CHOICES;
            fn word(self) -> &'static str { $name::word(self) }
        }
    };
}
pub(crate) use choice;

/// A type with a word for each of its values.
pub(crate) trait Word: Copy + 'static {
    const ALL: &'static [Self];
    const CHOICES: &'static [Choice];
    fn word(self) -> &'static str;
}

/// The number of the choice with this word: one piece of code for every type of words.
fn position(text: &str, choices: &'static [Choice]) -> Result<usize, Expected> {
    choices.iter().position(|choice| choice.word == text).ok_or_else(|| {
        let words = choices.iter().map(|choice| choice.word);
        let quoted: Vec<String> = words.clone().map(|word| format!("\"{word}\"")).collect();
        Expected { nearest: nearest(text, words), ..Expected::new(format!("one of {}", quoted.join(", "))) }
    })
}

fn read_word<T: Word>(text: &str) -> Result<T, Expected> {
    position(text, T::CHOICES).map(|i| T::ALL[i])
}

impl<T: Word> Answer for T {
    fn read(text: &str, _: &Kind) -> Result<Self, Expected> {
        read_word(text)
    }
    fn show(&self) -> String {
        self.word().to_owned()
    }
}

impl<T: Word> Answer for Option<T> {
    fn read(text: &str, _: &Kind) -> Result<Self, Expected> {
        if text.is_empty() { Ok(None) } else { read_word(text).map(Some) }
    }
    fn show(&self) -> String {
        self.map(|choice| choice.word().to_owned()).unwrap_or_default()
    }
}

impl Answer for bool {
    fn read(text: &str, _: &Kind) -> Result<Self, Expected> {
        match text {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Expected {
                nearest: nearest(text, ["yes", "no"].into_iter()),
                ..Expected::new("\"yes\" or \"no\"")
            }),
        }
    }
    fn show(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

impl Answer for u32 {
    fn read(text: &str, kind: &Kind) -> Result<Self, Expected> {
        let Kind::Whole { min, max, unit } = *kind else { return Err(Expected::new("nothing")) };
        let number = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
        number.filter(|n| (min..=max).contains(n)).ok_or_else(|| {
            let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
            Expected::new(format!("a whole number from {min} to {max}{unit}"))
        })
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Answer for f64 {
    fn read(text: &str, kind: &Kind) -> Result<Self, Expected> {
        let Kind::Decimal { max, unit } = *kind else { return Err(Expected::new("nothing")) };
        decimal(text)
            .filter(|n| *n > 0.0 && *n <= f64::from(max))
            .ok_or_else(|| Expected::new(format!("a number above 0, at most {max} ({unit})")))
    }
    fn show(&self) -> String {
        show_decimal(*self)
    }
}

/// Nine decimals: a GB has so many bytes.
const GIGA: u64 = 1_000_000_000;

/// Reads digits with at most one point; what is finer than a byte is left out. By hand, because the
/// tables with which `str::parse` reads any double are heavy in the page.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() + part.len() == 0 || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part = part.bytes().chain([b'0'; 9]).take(9).fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some(whole.checked_mul(GIGA)?.checked_add(part)? as f64 / GIGA as f64)
}

/// Shows a number that [`decimal`] reads back, without zeros at its end.
pub(crate) fn show_decimal(number: f64) -> String {
    let units = (number * GIGA as f64).round() as u64;
    let text = format!("{}.{:09}", units / GIGA, units % GIGA);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Answer for String {
    fn read(text: &str, kind: &Kind) -> Result<Self, Expected> {
        let Kind::Text { max } = *kind else { return Err(Expected::new("nothing")) };
        // A connection string has its password before the "@": it must not reach a link or a message.
        if text.contains("://") || (text.contains('@') && text.contains(':')) {
            let what = "the bare word, not a connection string: a password never belongs into an answer";
            return Err(Expected { hide: true, ..Expected::new(what) });
        }
        if text.chars().count() > max {
            return Err(Expected::new(format!("at most {max} characters")));
        }
        Ok(text.to_owned())
    }
    fn show(&self) -> String {
        self.clone()
    }
}

impl Answer for Vec<String> {
    fn read(text: &str, kind: &Kind) -> Result<Self, Expected> {
        let Kind::Codes { max } = *kind else { return Err(Expected::new("nothing")) };
        let codes: Vec<String> = words_of(text).map(str::to_owned).collect();
        let plain = |c: &String| {
            !c.is_empty() && c.len() <= 40 && c.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if codes.len() > max || !codes.iter().all(plain) {
            return Err(Expected::new(format!("at most {max} region codes such as us-east-1, joined by commas")));
        }
        Ok(codes)
    }
    fn show(&self) -> String {
        self.join(",")
    }
}

choice! {
    /// A capability beyond the core data types.
    Capability {
        Json = "json", "JSON", "documents as values";
        Search = "search", "Search", "queries and vectors";
        TimeSeries = "time-series", "Time series", "samples over time";
        Probabilistic = "probabilistic", "Probabilistic", "Bloom filters and sketches";
    }
}

impl Answer for Vec<Capability> {
    fn read(text: &str, _: &Kind) -> Result<Self, Expected> {
        let given = words_of(text).map(read_word).collect::<Result<Vec<Capability>, _>>()?;
        let list: Vec<Capability> = Capability::ALL.iter().copied().filter(|word| given.contains(word)).collect();
        if list.len() < given.len() { Err(Expected::new("each word once")) } else { Ok(list) }
    }
    fn show(&self) -> String {
        let words: Vec<&str> = self.iter().map(|capability| capability.word()).collect();
        words.join(",")
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(move |_| !text.trim().is_empty())
}

choice! {
    /// A day of the week, in English as the API writes it.
    Day {
        Monday = "Monday", "Mon", "Monday";
        Tuesday = "Tuesday", "Tue", "Tuesday";
        Wednesday = "Wednesday", "Wed", "Wednesday";
        Thursday = "Thursday", "Thu", "Thursday";
        Friday = "Friday", "Fri", "Friday";
        Saturday = "Saturday", "Sat", "Saturday";
        Sunday = "Sunday", "Sun", "Sunday";
    }
}

/// A weekly window in which maintenance may run, in the region's local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// On which days it begins.
    pub days: Vec<Day>,
    /// The hour that it begins at; the service takes 0 to 23.
    pub start_hour: u32,
    /// Its length; the service takes 4 to 24, from 8 with Flex.
    pub duration_in_hours: u32,
}

const QUIET_HOURS: &str = "windows such as Tue+Fri@22/8;Sun@1/6 (days @ start hour / hours)";

impl Answer for Vec<QuietHours> {
    fn read(text: &str, _: &Kind) -> Result<Self, Expected> {
        let windows: Option<Vec<QuietHours>> =
            text.split(';').map(str::trim).filter(|_| !text.trim().is_empty()).map(read_window).collect();
        windows.filter(|windows| windows.len() <= 50).ok_or_else(|| Expected::new(QUIET_HOURS))
    }
    fn show(&self) -> String {
        let windows: Vec<String> = self.iter().map(QuietHours::show).collect();
        windows.join(";")
    }
}

fn read_window(text: &str) -> Option<QuietHours> {
    let (days, hours) = text.split_once('@')?;
    let (start, duration) = hours.split_once('/')?;
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= 1000);
    let days: Option<Vec<Day>> = days.split('+').map(|day| read_day(day.trim())).collect();
    Some(QuietHours { days: days?, start_hour: number(start)?, duration_in_hours: number(duration)? })
}

/// Reads `Tue` or `Tuesday`, in any case.
pub(super) fn read_day(text: &str) -> Option<Day> {
    Day::ALL.iter().copied().find(|day| day.label().eq_ignore_ascii_case(text) || day.word().eq_ignore_ascii_case(text))
}

impl QuietHours {
    /// The text form.
    pub(crate) fn show(&self) -> String {
        let days: Vec<&str> = self.days.iter().map(|day| day.label()).collect();
        format!("{}@{}/{}", days.join("+"), self.start_hour, self.duration_in_hours)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Answers;

    fn reads(id: &str, text: &str, back: &str) {
        let mut answers = Answers::default();
        assert_eq!(answers.set(id, text), Ok(()), "{id} {text}");
        assert_eq!(answers.get(id), back);
    }

    fn refuses(id: &str, text: &str) {
        let mut answers = Answers::default();
        assert!(answers.set(id, text).is_err(), "{id} took {text:?}");
        assert_eq!(answers, Answers::default(), "a refused answer changed something");
    }

    #[test]
    fn each_kind_reads_its_text_form() {
        reads("deadline", "50", "50");
        reads("dataset", "2.50", "2.5");
        reads("blocking", "yes", "yes");
        reads("regions", "us-east-1, eu-west-1", "us-east-1,eu-west-1");
        reads("capabilities", "search,json", "json,search");
        reads("quiet-hours", "tue+Friday@22/8; Sun@1/6", "Tue+Fri@22/8;Sun@1/6");
        reads("existing", "", "");
        reads("zone-mode", "multi-zone", "multi-zone");
    }

    #[test]
    fn decimals_are_the_doubles_that_the_standard_library_reads() {
        for text in ["0.1", "0.3", "2.5", "49999.999999999", "0.000000001", "1.005", ".5", "5.", "007.250"] {
            let number = super::decimal(text).unwrap();
            assert_eq!(Ok(number), text.parse::<f64>(), "{text}");
            assert_eq!(super::show_decimal(number), number.to_string(), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_shape_is_refused() {
        for text in ["49", "60001", "-1", "2e3", "٣", "", "1.5", "4294967296"] {
            refuses("deadline", text);
        }
        for text in ["0", "50001", "nan", "inf", "-1", "1e3", ".", "", "1.2.3", "0.0000000001", "18446744073709551616"]
        {
            refuses("dataset", text);
        }
        for text in ["Tue", "Tue@22", "Xyz@1/2", "Tue@1/2;", "@1/2", "Tue@1/99999"] {
            refuses("quiet-hours", text);
        }
        refuses("capabilities", "json,json");
        refuses("regions", "a b");
        refuses("regions", "us-east-1,,");
        refuses("blocking", "true");
    }
}
