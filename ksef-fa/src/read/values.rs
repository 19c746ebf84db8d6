//! The text of simple elements.

use std::borrow::Cow;

use super::tokens::Token;
use super::{Reader, frame};
use crate::Code;
use crate::lexical::Fault;
use crate::schema::{Base, SimpleType};
use crate::xml::references::line_ends;

impl<'i> Reader<'i, '_> {
    /// Reads the text of the innermost element, checks it, and closes the element.
    pub(super) fn read_value(&mut self, simple: &'static SimpleType) -> Option<Cow<'i, str>> {
        let at = self.tokens.end;
        let mut text = Cow::Borrowed("");
        let mut is_whole = true;
        while self.closing == 0 && !self.is_done {
            match self.next_token(false) {
                Token::Text(part) => {
                    self.check_brackets(part);
                    append(&mut text, line_ends(part));
                }
                Token::End(name) => self.close(name),
                Token::Start { tag, name, is_empty } => {
                    is_whole = false;
                    self.enter(tag, name);
                    self.closing = usize::from(is_empty);
                    self.skip();
                }
                token => is_whole &= self.rare_part(token, &mut text),
            }
        }
        self.is_blank = text.is_empty();
        let is_whole = is_whole && !self.is_done;
        let value = if is_whole { self.check_value(simple, text, at) } else { None };
        self.leave();
        value
    }

    /// Takes the less usual parts of a text; `false` if one is missing.
    #[cold]
    fn rare_part(&mut self, token: Token<'i>, text: &mut Cow<'i, str>) -> bool {
        match token {
            Token::Reference(name) => {
                let character = self.resolve(name);
                text.to_mut().extend(character);
                character.is_some()
            }
            Token::Cdata(part) => {
                self.cdata();
                append(text, line_ends(part));
                true
            }
            Token::BadReference => {
                self.odd_token(token);
                false
            }
            token => {
                self.odd_token(token);
                true
            }
        }
    }

    #[inline]
    fn check_value(
        &mut self,
        simple: &'static SimpleType,
        text: Cow<'i, str>,
        at: usize,
    ) -> Option<Cow<'i, str>> {
        let value = match text {
            Cow::Borrowed(text) => simple.check(text),
            Cow::Owned(text) => simple.check(&text).map(|value| Cow::Owned(value.into_owned())),
        };
        match value {
            Ok(value) => {
                self.check_as_dotnet(simple, &value, at);
                Some(value)
            }
            Err(fault) => {
                let path = frame::path(&self.frames);
                self.add(code(fault, simple), at, path, expected(fault, simple));
                None
            }
        }
    }

    /// Where .NET, and so probably KSeF, is known to be stricter than the schema.
    #[inline]
    fn check_as_dotnet(&mut self, simple: &'static SimpleType, value: &str, at: usize) {
        if simple.utf16_too_long(value) {
            let path = frame::path(&self.frames);
            self.add(Code::Utf16Length, at, path, expected(Fault::MaxLength, simple));
        }
        if matches!(simple.base, Base::DateTime) && value.contains("T24:") {
            self.issue(Code::Midnight, at);
        }
    }
}

fn append<'i>(text: &mut Cow<'i, str>, part: Cow<'i, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// The code of a fault.
pub(super) const fn code(fault: Fault, simple: &SimpleType) -> Code {
    match fault {
        Fault::Lexical => match simple.base {
            Base::Decimal => Code::NotDecimal,
            Base::Integer | Base::NonNegativeInteger | Base::Byte => Code::NotInteger,
            Base::Date => Code::NotDate,
            Base::DateTime => Code::NotDateTime,
            Base::Union(_) => Code::NoUnionMember,
            Base::String | Base::NormalizedString | Base::Token => Code::Pattern,
        },
        Fault::MinLength => Code::TooShort,
        Fault::MaxLength => Code::TooLong,
        Fault::TotalDigits => Code::TooManyDigits,
        Fault::FractionDigits => Code::TooManyDecimals,
        Fault::MinInclusive | Fault::MinExclusive => Code::TooSmall,
        Fault::MaxInclusive => Code::TooLarge,
        Fault::Pattern => Code::Pattern,
        Fault::Enumeration => Code::NotListed,
        Fault::Fixed => Code::Fixed,
    }
}

/// What the schema allows, as far as the fault goes.
pub(super) fn expected(fault: Fault, simple: &SimpleType) -> Vec<Cow<'static, str>> {
    let number = |sign: &str, limit: Option<u32>| {
        limit.map(|limit| Cow::Owned(format!("{sign} {limit}"))).into_iter().collect()
    };
    let bound = |sign: &str, limit: Option<&str>| {
        limit.map(|limit| Cow::Owned(format!("{sign} {limit}"))).into_iter().collect()
    };
    match fault {
        Fault::Lexical => Vec::new(),
        Fault::MinLength => number("≥", simple.min_length),
        Fault::MaxLength => number("≤", simple.max_length),
        Fault::TotalDigits => number("≤", simple.total_digits),
        Fault::FractionDigits => number("≤", simple.fraction_digits),
        Fault::MinInclusive => bound("≥", simple.min_inclusive),
        Fault::MaxInclusive => bound("≤", simple.max_inclusive),
        Fault::MinExclusive => bound(">", simple.min_exclusive),
        Fault::Pattern => {
            simple.patterns.iter().map(|pattern| Cow::Borrowed(pattern.expression)).collect()
        }
        Fault::Enumeration => simple.values.iter().map(|value| Cow::Borrowed(*value)).collect(),
        Fault::Fixed => simple.fixed.map(Cow::Borrowed).into_iter().collect(),
    }
}
