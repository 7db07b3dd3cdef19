//! Answers as JSON: translated to and from the text form, so that no rule of reading is written twice.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Number, Value, json};

use super::kinds::{Answer, decimal, read_day, show_decimal};
use super::{ALL, Answers, BadInput, Day, Entry, Kind, QuietHours, nearest, quote};

/// Reads answers from a JSON object; what it does not name keeps its default.
///
/// # Errors
/// [`BadInput`] names the key, what was found there and what is allowed.
pub fn from_json(text: &str) -> Result<Answers, BadInput> {
    let bad = |found: String| BadInput {
        key: "answers".to_owned(),
        found,
        expected: "a JSON object of answers such as {\"plan\":\"pro\"}".to_owned(),
        nearest: None,
    };
    let Pairs(pairs) = serde_json::from_str(text).map_err(|error| {
        let what = if error.is_data() { "another kind of JSON" } else { "text that is not JSON" };
        bad(format!("{what} (line {}, column {})", error.line(), error.column()))
    })?;
    let mut answers = Answers::default();
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in &pairs {
        let entry = known_key(key)?;
        if seen.contains(&entry.key) {
            return Err(BadInput {
                key: key.clone(),
                found: "the key twice".to_owned(),
                expected: "each key once".to_owned(),
                nearest: None,
            });
        }
        seen.push(entry.key);
        set(&mut answers, entry, value)?;
    }
    Ok(answers)
}

impl Answers {
    /// Sets one answer from its JSON form, `key` in snake_case.
    ///
    /// # Errors
    /// As [`from_json`].
    pub fn set_json(&mut self, key: &str, value: &Value) -> Result<(), BadInput> {
        set(self, known_key(key)?, value)
    }

    /// These answers with a patch of others, as a finding offers it.
    ///
    /// # Errors
    /// As [`from_json`].
    pub fn with(&self, patch: &Map<String, Value>) -> Result<Answers, BadInput> {
        let mut answers = self.clone();
        for (key, value) in patch {
            answers.set_json(key, value)?;
        }
        Ok(answers)
    }
}

fn known_key(key: &str) -> Result<&'static Entry, BadInput> {
    if let Some(entry) = ALL.iter().find(|entry| entry.key == key) {
        return Ok(entry);
    }
    let mut error = super::known(key).err().unwrap_or_else(|| BadInput {
        key: key.to_owned(),
        found: "an unknown key".to_owned(),
        expected: "one of the questions' keys".to_owned(),
        nearest: None,
    });
    if error.found == "an unknown key" {
        error.expected = "one of the questions' keys".to_owned();
        error.nearest = nearest(&key.replace('-', "_"), ALL.iter().map(|entry| entry.key));
    }
    Err(error)
}

fn set(answers: &mut Answers, entry: &Entry, value: &Value) -> Result<(), BadInput> {
    let text = text_of(value, &entry.question.kind).ok_or_else(|| BadInput {
        key: entry.key.to_owned(),
        found: describe(value),
        expected: wanted(&entry.question.kind),
        nearest: None,
    })?;
    answers.set(entry.question.id, &text).map_err(|error| BadInput { key: entry.key.to_owned(), ..error })
}

/// The text form of a JSON answer, or nothing when it has another type.
fn text_of(value: &Value, kind: &Kind) -> Option<String> {
    match (kind, value) {
        (Kind::Maybe(_), Value::Null) => Some(String::new()),
        (Kind::Maybe(_), Value::String(text)) if text.is_empty() => None,
        (Kind::Choice(_) | Kind::Maybe(_) | Kind::Text { .. }, Value::String(text)) => Some(text.clone()),
        (Kind::YesNo, Value::Bool(yes)) => Some(yes.show()),
        (Kind::Whole { .. } | Kind::Decimal { .. }, Value::Number(number)) => Some(digits(number)),
        (Kind::Words(_) | Kind::Codes { .. }, Value::Array(items)) => list(items),
        (Kind::QuietHours, Value::Array(items)) => {
            let windows: Option<Vec<QuietHours>> = items.iter().map(window).collect();
            Some(windows?.show())
        }
        _ => None,
    }
}

/// 2000 and 2000.0 are the same answer.
fn digits(number: &Number) -> String {
    let float = number.as_f64().filter(|_| number.is_f64());
    let shown = float.map(show_decimal).filter(|text| decimal(text) == float);
    shown.unwrap_or_else(|| number.to_string())
}

fn list(items: &[Value]) -> Option<String> {
    let words: Option<Vec<&str>> =
        items.iter().map(|item| item.as_str().filter(|word| !word.trim().is_empty() && !word.contains(','))).collect();
    Some(words?.join(","))
}

fn window(value: &Value) -> Option<QuietHours> {
    let map = value.as_object().filter(|map| map.len() == 3)?;
    let whole = |key: &str| digits(map.get(key)?.as_number()?).parse().ok();
    let days: Option<Vec<Day>> = map.get("days")?.as_array()?.iter().map(|day| read_day(day.as_str()?)).collect();
    let days = days.filter(|days| !days.is_empty())?;
    Some(QuietHours { days, start_hour: whole("start_hour")?, duration_in_hours: whole("duration_in_hours")? })
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Choice(_) | Kind::Text { .. } => "a string".to_owned(),
        Kind::Maybe(_) => "a string or null".to_owned(),
        Kind::YesNo => "true or false".to_owned(),
        Kind::Whole { min, max, .. } => format!("a whole number from {min} to {max}"),
        Kind::Decimal { max, .. } => format!("a number above 0, at most {max}"),
        Kind::Words(_) | Kind::Codes { .. } => "an array of strings".to_owned(),
        Kind::QuietHours => {
            "an array of {\"days\": [\"Tuesday\"], \"start_hour\": 22, \"duration_in_hours\": 8}".to_owned()
        }
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quote(text),
        Value::Array(_) => "an array of another kind".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// An answer in its JSON form.
pub fn to_json(entry: &Entry, answers: &Answers) -> Value {
    let text = (entry.show)(answers);
    match entry.question.kind {
        Kind::Maybe(_) if text.is_empty() => Value::Null,
        Kind::Choice(_) | Kind::Maybe(_) | Kind::Text { .. } => Value::String(text),
        Kind::YesNo => Value::Bool(text == "yes"),
        Kind::Whole { .. } => text.parse::<u32>().map_or(Value::Null, Value::from),
        Kind::Decimal { .. } => number(&text),
        Kind::Words(_) | Kind::Codes { .. } => {
            text.split(',').filter(|word| !word.is_empty()).map(Value::from).collect()
        }
        Kind::QuietHours => answers.quiet_hours.iter().map(QuietHours::to_json).collect(),
    }
}

/// A whole number stays whole.
fn number(text: &str) -> Value {
    match text.parse::<u32>() {
        Ok(whole) => Value::from(whole),
        Err(_) => decimal(text).map_or(Value::Null, Value::from),
    }
}

impl QuietHours {
    /// As the API writes a window, in snake_case.
    pub fn to_json(&self) -> Value {
        let days: Vec<&str> = self.days.iter().map(|day| day.word()).collect();
        json!({ "days": days, "start_hour": self.start_hour, "duration_in_hours": self.duration_in_hours })
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(ALL.len()))?;
        for entry in ALL {
            map.serialize_entry(entry.key, &to_json(entry, self))?;
        }
        map.end()
    }
}

/// A JSON object as it was written: in order, with repeated keys.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn all_answers_come_back_from_their_own_json() {
        let mut answers = Answers::default();
        for (id, text) in [
            ("quiet-hours", "Tue+Fri@22/8"),
            ("regions", "us-east-1,eu-west-1"),
            ("dataset", "0.25"),
            ("existing", "none"),
        ] {
            answers.set(id, text).unwrap();
        }
        let json = serde_json::to_string(&answers).unwrap();
        assert_eq!(from_json(&json), Ok(answers));
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        assert_eq!(from_json(r#"{"deadline": 3000.0}"#).unwrap().deadline, 3000);
        assert_eq!(
            error(r#"{"deadline": 3000.5}"#),
            "deadline: found \"3000.5\", expected a whole number from 50 to 60000 (ms)"
        );
    }

    #[test]
    fn bad_input_names_the_key_what_was_found_and_what_is_allowed() {
        for (text, message) in [
            (
                "",
                "answers: found text that is not JSON (line 1, column 0), expected a JSON object of answers such as {\"plan\":\"pro\"}",
            ),
            (
                "[]",
                "answers: found another kind of JSON (line 1, column 0), expected a JSON object of answers such as {\"plan\":\"pro\"}",
            ),
            (r#"{"plan":1}"#, "plan: found 1, expected a string"),
            (r#"{"plan":"pro","plan":"free"}"#, "plan: found the key twice, expected each key once"),
            (
                r#"{"data-loss":"nothing"}"#,
                "data-loss: found an unknown key, expected one of the questions' keys; did you mean \"data_loss\"?",
            ),
            (r#"{"mutual_tls":"yes"}"#, "mutual_tls: found \"yes\", expected true or false"),
            (r#"{"regions":["a,b"]}"#, "regions: found an array of another kind, expected an array of strings"),
        ] {
            assert_eq!(error(text), message);
        }
    }
}
