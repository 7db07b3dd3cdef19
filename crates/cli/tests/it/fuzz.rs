//! Whatever bytes come as answers: they are read or refused, and nothing panics.

use holdfast::artefact::{document, markdown, text};
use holdfast::{questions, recommend};

use crate::program::with_input;

/// Always the same numbers (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most)).map(|_| self.below(256) as u8).collect()
    }
}

/// Whole answers with a few bytes changed: most are still nearly JSON.
fn damaged(random: &mut Random) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&holdfast::Answers::default()).unwrap();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = random.below(256) as u8,
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, b"{}[]\",:0-9e.\\"[random.below(13)]),
            _ if bytes[at].is_ascii_digit() => bytes[at] = b"0123456789"[random.below(10)],
            _ => {}
        }
    }
    bytes
}

#[test]
fn no_bytes_make_the_core_panic() {
    let mut random = Random(0x686f_6c64_6661_7374);
    let mut read = 0;
    for round in 0..4000 {
        let bytes = if round % 4 == 0 { random.bytes(200) } else { damaged(&mut random) };
        let input = String::from_utf8_lossy(&bytes);
        if let Ok(answers) = questions::from_json(&input) {
            read += 1;
            let document = document::plan(&recommend(&answers));
            assert!(text::render(&document, text::Colour::Off).ends_with('\n'));
            assert!(markdown::render(&document).ends_with('\n'));
        }
    }
    assert!(read > 100, "only {read} inputs were read at all");
}

#[test]
fn no_bytes_make_the_program_panic() {
    let mut random = Random(42);
    for round in 0..60 {
        let bytes = if round % 2 == 0 { random.bytes(2000) } else { damaged(&mut random) };
        let ended = with_input(["recommend", "--answers", "-"], &bytes);
        match ended.code {
            0 | 1 => assert!(ended.out.contains("SETTINGS")),
            _ => drop(ended.refusal().to_owned()),
        }
    }
}
