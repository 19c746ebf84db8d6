//! The attributes of a start tag, strictly as XML writes them.

use super::{is_space, names};
use crate::Code;

/// How many attributes an element may have. Ours, against hostile documents; the schemas and
/// namespace declarations together need a handful.
const MOST: usize = 64;

/// An attribute as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RawAttribute<'i> {
    pub(crate) name: &'i str,
    /// The value between its quotes, references not resolved.
    pub(crate) value: &'i str,
    /// Where the name starts, from the start of what was parsed.
    pub(crate) offset: usize,
}

/// What is wrong with the attributes, and where, from the start of what was parsed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) offset: usize,
}

/// Reads what stands in a tag after the name of the element into `into`.
pub(crate) fn parse<'i>(text: &'i str, into: &mut Vec<RawAttribute<'i>>) -> Result<(), Refusal> {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Ok(());
        }
        let offset = text.len() - trimmed.len();
        let refusal = |code| Refusal { code, offset };
        if trimmed.len() == rest.len() {
            return Err(refusal(Code::AttributeSyntax));
        }
        let (name, value, after) = one(trimmed).ok_or_else(|| refusal(Code::AttributeSyntax))?;
        if !names::is_qname(name) {
            return Err(refusal(Code::Name));
        }
        if into.iter().any(|known| known.name == name) {
            return Err(refusal(Code::AttributeSyntax));
        }
        if into.len() == MOST {
            return Err(refusal(Code::Attributes));
        }
        into.push(RawAttribute { name, value, offset });
        rest = after;
    }
}

/// The name and the value of the attribute that a text starts with, and what follows it.
fn one(text: &str) -> Option<(&str, &str, &str)> {
    let (name, after) = text.split_once('=')?;
    let after = after.trim_start_matches(is_space);
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, after) = after.get(1..)?.split_once(quote)?;
    let is_clean = !value.bytes().any(|byte| byte == b'<');
    is_clean.then_some((name.trim_end_matches(is_space), value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(&str, &str)>, (Code, usize)> {
        let mut attributes = Vec::new();
        parse(text, &mut attributes).map_err(|refusal| (refusal.code, refusal.offset))?;
        Ok(attributes.iter().map(|attribute| (attribute.name, attribute.value)).collect())
    }

    #[test]
    fn attributes_are_read_as_they_are_written() {
        assert_eq!(parsed("  "), Ok(vec![]));
        assert_eq!(parsed(" a='1'\n b:c = \"x'>\" "), Ok(vec![("a", "1"), ("b:c", "x'>")]));
    }

    #[test]
    fn malformed_attributes_are_refused_where_they_stand() {
        let bad = [" a", " a=", " a=1", " a='1", " a='1'b='2'", " a='<'", " a='1' a='2'", "a='1'"];
        for text in bad {
            assert!(matches!(parsed(text), Err((Code::AttributeSyntax, _))), "{text}");
        }
        assert_eq!(parsed(" a='1' 2='3'"), Err((Code::Name, 7)));
        let many: String = (0..=MOST).map(|number| format!(" a{number}=''")).collect();
        assert!(matches!(parsed(&many), Err((Code::Attributes, _))));
    }
}
