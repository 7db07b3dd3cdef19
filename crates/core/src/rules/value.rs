//! The value of a setting: words and numbers that people and JSON are told.

use core::fmt::{Display, Formatter, Result, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::questions::{QuietHours, Text, show_decimal};

/// A value, with the shapes of JSON that settings have.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `false`: the setting is off.
    Off,
    /// A word, in the API's spelling where it has one.
    Word(Text),
    /// A whole number.
    Whole(u64),
    /// GB.
    Gb(f64),
    /// Several.
    List(Vec<Value>),
    /// An object, in this order.
    Object(Vec<(&'static str, Value)>),
}

impl Value {
    /// The word, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A part of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Object(parts) = self else { return None };
        parts.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// In words: `aof-every-1-second`, `5 rules of 8`.
    pub(super) fn shown(&self) -> String {
        let part = |key: &str| self.get(key).map(Value::shown);
        match self {
            Value::Off => "off".to_owned(),
            Value::Word(word) => word.clone().into_owned(),
            Value::Whole(number) => number.to_string(),
            Value::Gb(gb) => show_decimal(*gb),
            Value::List(items) if items.is_empty() => "none".to_owned(),
            Value::List(items) => items.iter().map(Value::shown).collect::<Vec<_>>().join(", "),
            Value::Object(_) => {
                if let (Some(rules), Some(limit)) = (part("rules"), part("limit")) {
                    format!("{rules} of {limit}")
                } else if let Some(regions) = part("regions") {
                    format!("{regions} regions")
                } else {
                    let name = part("mode").or_else(|| part("name")).unwrap_or_default();
                    part("value").map_or_else(|| name.clone(), |value| format!("{name} {value}"))
                }
            }
        }
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Value::Word(word.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Whole(number.into())
    }
}

impl From<QuietHours> for Value {
    fn from(window: QuietHours) -> Self {
        Value::Object(vec![
            ("days", Value::List(window.days.iter().map(|day| day.word().into()).collect())),
            ("start_hour", window.start_hour.into()),
            ("duration_in_hours", window.duration_in_hours.into()),
        ])
    }
}

/// As JSON. No value has a character in it that would be escaped.
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Value::Off => f.write_str("false"),
            Value::Word(word) => write!(f, "\"{word}\""),
            Value::Whole(number) => number.fmt(f),
            Value::Gb(gb) => {
                let text = show_decimal(*gb);
                f.write_str(&text)?;
                if text.contains('.') { Ok(()) } else { f.write_str(".0") }
            }
            Value::List(items) => {
                f.write_char('[')?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", comma(i))?;
                }
                f.write_char(']')
            }
            Value::Object(parts) => {
                f.write_char('{')?;
                for (i, (key, value)) in parts.iter().enumerate() {
                    write!(f, "{}\"{key}\":{value}", comma(i))?;
                }
                f.write_char('}')
            }
        }
    }
}

fn comma(i: usize) -> &'static str {
    if i == 0 { "" } else { "," }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        match self {
            Value::Off => serializer.serialize_bool(false),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Whole(number) => serializer.serialize_u64(*number),
            Value::Gb(gb) => serializer.serialize_f64(*gb),
            Value::List(items) => serializer.collect_seq(items),
            Value::Object(parts) => {
                let mut map = serializer.serialize_map(Some(parts.len()))?;
                for (key, value) in parts {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{questions::from_link, recommend};

    #[test]
    fn every_value_is_the_same_in_text_and_in_json() {
        for link in ["v=1", "plan=pro&quiet-hours=Tue+Fri@22/8&dataset=2.25", "plan=free", "survive=region&dataset=3"] {
            for (setting, advice) in recommend(&from_link(link).0).settings.0 {
                let json = serde_json::to_string(&advice.value).unwrap();
                assert_eq!(advice.value.to_string(), json, "{}", setting.key());
            }
        }
    }
}
