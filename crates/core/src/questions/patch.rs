//! Answers that replace others, as a finding offers them.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Answers, BadInput, Entry, Text, find, to_json};

/// Answers to set, in the text form and written as in a link: `cloud=aws&regions=`. In JSON an
/// object of those answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch(Text);

impl Patch {
    pub(crate) fn new(text: impl Into<Text>) -> Patch {
        Patch(text.into())
    }

    /// Each question with its new answer in the text form.
    pub fn answers(&self) -> impl Iterator<Item = (&'static Entry, &str)> {
        self.0.split('&').filter_map(|part| {
            let (id, text) = part.split_once('=')?;
            Some((find(id)?, text))
        })
    }

    /// The new answer to a question, where the patch has one.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.answers().find(|(entry, _)| entry.question.id == id).map(|(_, text)| text)
    }
}

impl Answers {
    /// These answers with those of a patch.
    ///
    /// # Errors
    /// As [`Answers::set`].
    pub fn with(&self, patch: &Patch) -> Result<Answers, BadInput> {
        let mut answers = self.clone();
        for (entry, text) in patch.answers() {
            answers.set(entry.question.id, text)?;
        }
        Ok(answers)
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changed = Answers::default().with(self).map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        for (entry, _) in self.answers() {
            map.serialize_entry(entry.key, &to_json(entry, &changed))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_in_json_is_the_same_answers() {
        let patch = Patch::new("cloud=gcp&regions=&networks=1&existing=&blocking=no&quiet-hours=Tue+Fri@22/8");
        let json = serde_json::to_string(&patch).unwrap();
        let windows = r#"[{"days":["Tuesday","Friday"],"start_hour":22,"duration_in_hours":8}]"#;
        let rest = r#""networks":1,"existing":null,"blocking":false,"quiet_hours":"#;
        assert_eq!(json, format!(r#"{{"cloud":"gcp","regions":[],{rest}{windows}}}"#));
        assert_eq!(crate::questions::from_json(&json), Answers::default().with(&patch));
    }
}
