//! Characters that XML forbids and those that KSeF refuses.

use crate::Code;

/// A run of characters that may not be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Flaw {
    pub(crate) code: Code,
    pub(crate) byte: usize,
}

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Every run of refused characters, up to a number of them, and whether there is a `]`.
pub(crate) fn scan(text: &str, most: usize) -> (Vec<Flaw>, bool) {
    let mut flaws = Vec::new();
    let mut has_brackets = false;
    let mut run = None;
    for (index, block) in text.as_bytes().chunks(BLOCK).enumerate() {
        // Without short cuts the compiler does this for the whole block at once.
        let mut suspect = false;
        for byte in block {
            suspect |= is_suspect(*byte);
            has_brackets |= *byte == b']';
        }
        if suspect && flaws.len() <= most {
            scan_block(text, index * BLOCK, &mut run, &mut flaws);
        }
    }
    (flaws, has_brackets)
}

/// A byte that starts a refused character, or one of its neighbours.
const fn is_suspect(byte: u8) -> bool {
    let control = (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    control | (byte == 0x7F) | (byte == 0xC2) | (byte == 0xEF) | (byte >= 0xF0)
}

#[cold]
fn scan_block(text: &str, start: usize, run: &mut Option<Flaw>, flaws: &mut Vec<Flaw>) {
    // A character that starts in the block before was looked at there.
    let start = (start..start + 4).find(|byte| text.is_char_boundary(*byte)).unwrap_or(start);
    let characters = text.get(start..).unwrap_or_default().char_indices();
    for (byte, character) in characters.take_while(|(byte, _)| *byte < BLOCK) {
        let Some(code) = refusal(character) else {
            continue;
        };
        let byte = start + byte;
        let continues = run.is_some_and(|run| run.code == code && run.byte == byte);
        *run = Some(Flaw { code, byte: byte + character.len_utf8() });
        if !continues {
            flaws.push(Flaw { code, byte });
        }
    }
}

/// Why a character may not be there.
///
/// Source: XML 1.0, 2.2; KSeF documentation, weryfikacja-faktury.md.
pub(crate) const fn refusal(character: char) -> Option<Code> {
    match character {
        '\t' | '\n' | '\r' => None,
        '\0'..'\x20' | '\u{FFFE}' | '\u{FFFF}' => Some(Code::ForbiddenCharacter),
        '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}' => {
            Some(Code::DiscouragedCharacter)
        }
        '\u{10000}'.. if character as u32 & 0xFFFE == 0xFFFE => Some(Code::DiscouragedCharacter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        let (flaws, _) = scan(text, 100);
        flaws.iter().map(|flaw| (flaw.code.as_str(), flaw.byte)).collect()
    }

    #[test]
    fn the_scan_finds_every_refused_character_at_every_place() {
        let all = (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        for character in all.filter(|character| refusal(*character).is_some()) {
            for before in [0, 1, 61, 62, 63, 64, 127] {
                let text = format!("{}{character}ż", "a".repeat(before));
                let code = refusal(character).unwrap().as_str();
                assert_eq!(found(&text), [(code, before)], "{character:?}");
            }
        }
    }

    #[test]
    fn there_are_as_many_refused_characters_as_the_lists_say() {
        let all = || (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        let count = |code| all().filter(|character| refusal(*character) == Some(code)).count();
        assert_eq!(count(Code::ForbiddenCharacter), 32 - 3 + 2);
        assert_eq!(count(Code::DiscouragedCharacter), 6 + 26 + 32 + 32);
    }

    #[test]
    fn a_run_is_one_flaw_even_over_blocks() {
        assert_eq!(found(&"\0".repeat(1_000)), [("X-CONTROL", 0)]);
        assert_eq!(found("\u{81}\u{81}a\u{81}"), [("X-CHARS", 0), ("X-CHARS", 5)]);
        assert_eq!(found("żółć\u{85}\u{A0}\u{FFFD}🧾\t\r\n"), []);
    }
}
