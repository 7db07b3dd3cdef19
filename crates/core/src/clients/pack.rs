//! Where the text of a template comes from: out of the program, or out of a pack that a page fetches
//! when its client is chosen. So do the traps that only the README tells of.
//!
//! A page that carried the templates of every client would weigh several times what most readers need.
//! So with the feature `templates` the texts are in the program; without it only their names and
//! checksums are, and a [`Pack`] brings the texts.

use super::Trap;

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

/// What a library does wrong by default. Only READMEs and the command line say it, so it comes with the templates.
#[derive(Clone, Copy, Debug)]
pub struct Traps {
    #[cfg(feature = "templates")]
    list: &'static [Trap],
    #[cfg(not(feature = "templates"))]
    sum: u64,
}

/// The traps of a client.
pub(crate) const fn traps(list: &'static [Trap]) -> Traps {
    Traps {
        #[cfg(feature = "templates")]
        list,
        #[cfg(not(feature = "templates"))]
        sum: sum_of_traps(list),
    }
}

#[cfg(feature = "templates")]
impl Traps {
    /// Each of them.
    pub fn list(&self) -> &'static [Trap] {
        self.list
    }
}

/// The name of their text in a pack.
const TRAPS: &str = "traps";

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

    /// The traps; nothing where the pack lacks them or has others, as of another version.
    #[cfg(feature = "templates")]
    pub(crate) fn traps(&self, traps: &Traps) -> Option<Vec<Trap>> {
        Some(traps.list.to_vec())
    }

    /// The traps; nothing where the pack lacks them or has others, as of another version.
    #[cfg(not(feature = "templates"))]
    pub(crate) fn traps(&self, traps: &Traps) -> Option<Vec<Trap>> {
        let (_, text) = self.texts.iter().find(|(name, _)| *name == TRAPS)?;
        (sum(text.as_bytes()) == traps.sum).then(|| read_traps(text))
    }
}

/// The pack of these templates and traps.
#[cfg(feature = "templates")]
pub(crate) fn write(sources: impl Iterator<Item = TemplateText>, traps: Traps) -> String {
    let texts = sources.map(|source| format!("{MARK}{}\n{}", source.name, source.text)).collect::<String>();
    texts + &format!("{MARK}{TRAPS}\n{}", write_traps(traps.list))
}

/// A line for each.
#[cfg(feature = "templates")]
fn write_traps(traps: &[Trap]) -> String {
    traps.iter().map(|trap| format!("{}\t{}\t{}\n", trap.when, trap.what, trap.instead)).collect()
}

#[cfg(any(test, not(feature = "templates")))]
fn read_traps(text: &'static str) -> Vec<Trap> {
    let trap = |line: &'static str| {
        let mut parts = line.splitn(3, '\t');
        Some(Trap { when: parts.next()?, what: parts.next()?, instead: parts.next()? })
    };
    text.lines().filter_map(trap).collect()
}

/// [`sum`] of what [`write_traps`] writes.
#[cfg(any(test, not(feature = "templates")))]
const fn sum_of_traps(traps: &[Trap]) -> u64 {
    let mut sum = sum(b"");
    let mut i = 0;
    while i < traps.len() {
        let Trap { when, what, instead } = traps[i];
        sum = add(add(sum, when.as_bytes()), b"\t");
        sum = add(add(sum, what.as_bytes()), b"\t");
        sum = add(add(sum, instead.as_bytes()), b"\n");
        i += 1;
    }
    sum
}

/// FNV-1a: it tells versions apart, and guards against nobody.
pub(crate) const fn sum(bytes: &[u8]) -> u64 {
    add(0xcbf2_9ce4_8422_2325, bytes)
}

/// The sum of what was summed and these bytes.
pub(crate) const fn add(mut sum: u64, bytes: &[u8]) -> u64 {
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
        let list =
            &[Trap { when: "", what: "It waits", instead: "it ends" }, Trap { when: "tls", what: "é", instead: "" }];
        let pack = Pack::read(write(sources.into_iter(), traps(list)).leak());
        let (last, rest) = pack.texts.split_last().unwrap();
        assert_eq!(rest, sources.map(|source| (source.name, source.text)));
        let shown = |traps: &[Trap]| format!("{traps:?}");
        assert_eq!(shown(&read_traps(last.1)), shown(list));
        assert_eq!(sum(last.1.as_bytes()), sum_of_traps(list));
        assert!(Pack::read("<!doctype html>").texts.is_empty());
    }

    #[test]
    fn a_changed_text_has_another_sum() {
        assert_eq!(sum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(sum(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
