//! Where the text of a template comes from: out of the program, or out of a pack that a page fetches
//! when its client is chosen.
//!
//! A page that carried the templates of every client would weigh several times what most readers need.
//! So with the feature `templates` the texts are in the program; without it only their names and
//! checksums are, and a [`Pack`] brings the texts.

/// The text of a template.
#[derive(Clone, Copy, Debug)]
pub struct TemplateText {
    /// The file in the client's folder.
    pub name: &'static str,
    #[cfg(feature = "templates")]
    pub(crate) text: &'static str,
    #[cfg(not(feature = "templates"))]
    pub(crate) sum: u64,
}

/// The text of a file in the client's folder.
macro_rules! template {
    ($name:literal) => {
        $crate::clients::TemplateText {
            name: $name,
            #[cfg(feature = "templates")]
            text: include_str!($name),
            #[cfg(not(feature = "templates"))]
            sum: $crate::clients::pack::sum(include_bytes!($name)),
        }
    };
}
pub(crate) use template;

/// The texts of a client's templates.
#[derive(Debug, Default)]
pub struct Pack {
    #[cfg_attr(all(feature = "templates", not(test)), expect(dead_code, reason = "the program has the texts itself"))]
    texts: Vec<(&'static str, &'static str)>,
}

/// Stands before each name; no template has it.
const MARK: char = '\u{1}';

impl Pack {
    /// Reads what [`write`] wrote. What is no pack is one without texts.
    pub fn read(text: &'static str) -> Pack {
        Pack { texts: text.split(MARK).filter_map(|part| part.split_once('\n')).collect() }
    }

    /// The text; nothing where the pack lacks it or has another one, as of another version.
    #[cfg(feature = "templates")]
    pub(crate) fn text(&self, source: &TemplateText) -> Option<&'static str> {
        Some(source.text)
    }

    /// The text; nothing where the pack lacks it or has another one, as of another version.
    #[cfg(not(feature = "templates"))]
    pub(crate) fn text(&self, source: &TemplateText) -> Option<&'static str> {
        let (_, text) = self.texts.iter().find(|(name, _)| *name == source.name)?;
        (sum(text.as_bytes()) == source.sum).then_some(*text)
    }
}

/// The pack of these templates.
#[cfg(feature = "templates")]
pub(crate) fn write(sources: impl Iterator<Item = TemplateText>) -> String {
    sources.map(|source| format!("{MARK}{}\n{}", source.name, source.text)).collect()
}

/// FNV-1a: it tells versions apart, and guards against nobody.
#[cfg(any(test, not(feature = "templates")))]
pub(crate) const fn sum(bytes: &[u8]) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        sum = (sum ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_read_as_it_was_written() {
        let sources = [template!("README.md"), template!("env.example")];
        let pack = Pack::read(write(sources.into_iter()).leak());
        assert_eq!(pack.texts, sources.map(|source| (source.name, source.text)));
        assert!(Pack::read("<!doctype html>").texts.is_empty());
    }

    #[test]
    fn a_changed_text_has_another_sum() {
        assert_eq!(sum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(sum(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
