//! The XML declaration.

use super::attributes;
use crate::Code;

/// What is wrong with a declaration, given what stands between `<?xml` and `?>`.
///
/// Source: XML 1.0, 2.8 and KSeF documentation, weryfikacja-faktury.md.
pub(crate) fn check(text: &str) -> Result<(), Code> {
    let mut found = Vec::new();
    attributes::parse(text, &mut found).map_err(|_| Code::Declaration)?;
    let mut found = found.iter().peekable();
    let mut value_of =
        |name| found.next_if(|attribute| attribute.name == name).map(|attribute| attribute.value);
    let version = value_of("version").ok_or(Code::Declaration)?;
    let encoding = value_of("encoding");
    let standalone = value_of("standalone");
    if found.next().is_some() || standalone.is_some_and(|value| !matches!(value, "yes" | "no")) {
        return Err(Code::Declaration);
    }
    if version != "1.0" {
        return Err(Code::Version);
    }
    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("UTF-8")) {
        return Err(Code::Encoding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_xml_1_0_in_utf_8() {
        for text in [
            " version='1.0'",
            " version=\"1.0\" encoding=\"utf-8\" ",
            " version='1.0' standalone='no'",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        let bad =
            ["", " encoding='UTF-8'", " encoding='UTF-8' version='1.0'", " version='1.0' x='1'"];
        for text in bad {
            assert_eq!(check(text), Err(Code::Declaration), "{text}");
        }
        assert_eq!(check(" version='1.0' standalone='si'"), Err(Code::Declaration));
        assert_eq!(check(" version='1.1'"), Err(Code::Version));
        assert_eq!(check(" version='1.0' encoding='windows-1250'"), Err(Code::Encoding));
    }
}
