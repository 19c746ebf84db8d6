//! Text that is allowed and still asks for trouble.

use super::Findings;
use super::facts::Facts;

/// Whether the element is a number or a name, which KSeF shows and compares.
pub(crate) fn is_name(path: &str) -> bool {
    path == "/Faktura/Fa/P_2"
        || path.ends_with("/DaneIdentyfikacyjne/Nazwa") && !path.starts_with("/Faktura/Fa/")
}

/// A number of the invoice with characters that nobody sees, or takes for others.
pub(super) fn odd_characters(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.body.p_2.as_str().contains(is_odd) {
        findings.at("Fa/P_2");
    }
}

/// Blanks, hyphens and letters that look like others, and what has no shape at all.
const fn is_odd(c: char) -> bool {
    matches!(
        c,
        '\u{A0}' | '\u{AD}' | '\u{2B0}'..='\u{52F}' | '\u{2000}'..='\u{206F}' | '\u{2212}'
            | '\u{2215}' | '\u{3000}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FF00}'..='\u{FFEF}'
    )
}

/// No word about the system that made the invoice.
pub(super) fn system_info(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.invoice.header.system_info.is_none() {
        findings.at("Naglowek");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polish_letters_are_not_odd_and_invisible_or_similar_ones_are() {
        assert!(!"FV/Zażółć-gęślą_JAŹŃ 1".contains(is_odd));
        for c in ['\u{A0}', '\u{200B}', '\u{2013}', '\u{410}', '\u{391}', '\u{FF0D}'] {
            assert!(is_odd(c), "{c:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_parties_and_the_number() {
        assert!(is_name("/Faktura/Podmiot3[2]/DaneIdentyfikacyjne/Nazwa"));
        assert!(!is_name("/Faktura/Fa/Podmiot2K[1]/DaneIdentyfikacyjne/Nazwa"));
        assert!(!is_name("/Faktura/Fa/FaWiersz[1]/P_7"));
    }
}
