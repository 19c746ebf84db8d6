//! References such as `&amp;` and `&#380;`, and the white space that XML itself changes.

use std::borrow::Cow;

use super::characters;
use crate::Code;

/// What a reference stands for; `name` is what stands between `&` and `;`.
///
/// A character that KSeF refuses is given all the same, with its code.
pub(crate) fn resolve(name: &str) -> Result<(char, Option<Code>), Code> {
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return numeric(name),
    };
    Ok((character, None))
}

fn numeric(name: &str) -> Result<(char, Option<Code>), Code> {
    let digits = name.strip_prefix('#').ok_or(Code::Entity)?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
    // The parser of numbers would take a sign.
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(Code::Entity);
    }
    let number = match u32::from_str_radix(digits, radix) {
        Ok(number) => number,
        Err(_) if digits.is_empty() => return Err(Code::Entity),
        Err(_) => return Err(Code::ForbiddenCharacter),
    };
    let character = char::from_u32(number).ok_or(Code::ForbiddenCharacter)?;
    match characters::refusal(character) {
        Some(Code::ForbiddenCharacter) => Err(Code::ForbiddenCharacter),
        refusal => Ok((character, refusal)),
    }
}

/// Text as XML hands it on: every end of a line is one `\n`.
pub(crate) fn line_ends(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte == b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The value of an attribute as XML hands it on: references resolved, white space as blanks.
///
/// # Errors
///
/// The first reference that cannot be resolved.
pub(crate) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Code> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r')) {
        return Ok(Cow::Borrowed(raw));
    }
    let text = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let mut value = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';').ok_or(Code::Entity)?;
        value.push_str(before);
        value.push(resolve(name)?.0);
        rest = after;
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_entities_and_characters_by_number_are_known() {
        assert_eq!(resolve("amp"), Ok(('&', None)));
        assert_eq!(resolve("#380"), Ok(('ż', None)));
        assert_eq!(resolve("#x17C"), Ok(('ż', None)));
        assert_eq!(resolve("#129"), Ok(('\u{81}', Some(Code::DiscouragedCharacter))));
        for name in ["", "nbsp", "#", "#x", "#+1", "#x-1", "#X41", "#1a", "AMP", "# 1"] {
            assert_eq!(resolve(name), Err(Code::Entity), "{name}");
        }
        for name in ["#0", "#x0", "#8", "#xD800", "#xFFFE", "#x110000", "#99999999999"] {
            assert_eq!(resolve(name), Err(Code::ForbiddenCharacter), "{name}");
        }
    }

    #[test]
    fn white_space_by_reference_stays_in_an_attribute() {
        let value = attribute_value("a\r\nb\tc&#10;d&lt;").unwrap();
        assert_eq!(value, "a b c\nd<");
        assert_eq!(attribute_value("a&b"), Err(Code::Entity));
        assert_eq!(attribute_value("&x;"), Err(Code::Entity));
    }

    #[test]
    fn ends_of_lines_become_newlines() {
        assert_eq!(line_ends("a\r\nb\rc\n"), "a\nb\nc\n");
        assert!(matches!(line_ends("a\nb"), Cow::Borrowed(_)));
    }
}
