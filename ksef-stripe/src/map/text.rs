//! Text that KSeF takes.

use ksef_fa::model::Text;

use super::Work;
use crate::code::Code;
use crate::outcome::NoteKind;

/// Whether XML 1.0 does not have the character, or KSeF does not take it.
const fn is_refused(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\0'..'\u{20}' | '\u{7F}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}' => true,
        _ => c as u32 & 0xFFFE == 0xFFFE,
    }
}

/// The text without what KSeF does not take, with single blanks.
fn cleaned(text: &str) -> String {
    let text: String = text.chars().map(|c| if is_refused(c) { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Work<'_> {
    /// The text without what KSeF does not take; `None` where nothing remains.
    pub(super) fn clean(&mut self, text: &str, pointer: &str) -> Option<String> {
        if text.contains(is_refused) {
            self.note(NoteKind::TextCleaned, pointer);
        }
        Some(cleaned(text)).filter(|text| !text.is_empty())
    }

    /// Text that has to fit; reports text that does not.
    pub(super) fn fit<const MAX: usize>(&mut self, text: &str, pointer: &str) -> Option<Text<MAX>> {
        let fitting = Text::new(text).ok();
        if fitting.is_none() {
            self.problems.push(Code::TextTooLong, pointer);
        }
        fitting
    }
}

/// The pieces of a text, of so many characters each.
pub(super) fn pieces(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters.chunks(length).map(|piece| piece.iter().collect::<String>());
    pieces.map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ksef_does_not_take_becomes_a_blank() {
        assert_eq!(cleaned("a\u{1}b\u{FFFE}c\u{7F} \n d\u{1FFFF}"), "a b c d");
        assert_eq!(cleaned("Zażółć „gęślą” 漢字 🙂"), "Zażółć „gęślą” 漢字 🙂");
        assert_eq!(cleaned("\u{0}\u{85}"), "");
    }

    #[test]
    fn pieces_are_the_text() {
        assert_eq!(pieces("abcde", 2), ["ab", "cd", "e"]);
        assert!(pieces("", 2).is_empty());
    }
}
