//! `Text` and the types of text that have a pattern.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use ksef_core::{KsefNumber, ParseError, ParseErrorReason};

#[cfg(feature = "serde")]
use super::declare::value_in_json;
use super::declare::{Value, content_is_value};
use crate::Schema;
use crate::schema::Content;
use crate::xml::writer::Writer;

/// Text of `MIN` to `MAX` characters, without white space at its ends and with single blanks.
///
/// Schema: `TZnakowy` (256 characters), `TZnakowy20`, `TZnakowy50`, `TZnakowy512` and the like,
/// `TZnakowy2` (0 to 256, FA(3) only). Their base is `xsd:token`, so white space is collapsed
/// before it is counted, and [`Text::new`] does that. Characters are Unicode code points.
///
/// `new` refuses the characters that KSeF does not take: whatever XML 1.0 does not have, and
/// U+007F to U+0084, U+0086 to U+009F, U+FDD0 to U+FDEF and the last two of each plane. Text that
/// is read may contain the latter; a rule reports them.
///
/// ```
/// use ksef_core::ParseErrorReason;
/// use ksef_fa::model::Text;
///
/// let text: Text<20> = "  two \n words ".parse()?;
/// assert_eq!(text.as_str(), "two words");
///
/// let error = Text::<20>::new("a text that is too long").unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Length);
/// assert_eq!(Text::<20>::new(" ").unwrap_err().reason(), ParseErrorReason::Empty);
/// assert!(Text::<20, 0>::new(" ").is_ok());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[doc(alias = "TZnakowy")]
pub struct Text<const MAX: usize, const MIN: usize = 1>(Box<str>);

impl<const MAX: usize, const MIN: usize> Text<MAX, MIN> {
    const EXPECTED: &'static str = "text";

    /// The text, with white space collapsed.
    ///
    /// # Errors
    ///
    /// When it has too few or too many characters, or one that is not allowed.
    pub fn new(text: &str) -> Result<Self, ParseError> {
        let text = collapsed(text);
        checked(&text, Self::EXPECTED, MIN, MAX)?;
        Ok(Self(text.into()))
    }

    /// As much of the text as fits.
    ///
    /// ```
    /// use ksef_fa::model::Text;
    ///
    /// let text = Text::<9>::truncated("a text that is too long")?;
    /// assert_eq!(text.as_str(), "a text th");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it has too few characters, or one that is not allowed.
    pub fn truncated(text: &str) -> Result<Self, ParseError> {
        let text = collapsed(text);
        match text.char_indices().nth(MAX) {
            Some((end, _)) => Self::new(text.get(..end).unwrap_or_default()),
            None => Self::new(&text),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize, const MIN: usize> FromStr for Text<MAX, MIN> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl<const MAX: usize, const MIN: usize> TryFrom<&str> for Text<MAX, MIN> {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl<const MAX: usize, const MIN: usize> TryFrom<String> for Text<MAX, MIN> {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl<const MAX: usize, const MIN: usize> AsRef<str> for Text<MAX, MIN> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const MAX: usize, const MIN: usize> fmt::Display for Text<MAX, MIN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const MAX: usize, const MIN: usize> fmt::Debug for Text<MAX, MIN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const MAX: usize, const MIN: usize> Value for Text<MAX, MIN> {
    fn from_text(text: Cow<'_, str>) -> Option<Self> {
        Some(Self(text.into()))
    }

    fn write_text(&self, writer: &mut Writer) {
        writer.text(self.as_str());
    }
}

content_is_value!(Text<MAX, MIN>, [const MAX: usize, const MIN: usize]);
#[cfg(feature = "serde")]
value_in_json!(Text<MAX, MIN>, |text| text.as_str().into(), [const MAX: usize, const MIN: usize]);

/// Collapses white space as `xsd:token` does, which knows four characters only.
fn collapsed(text: &str) -> Cow<'_, str> {
    let is_space = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
    let text = text.trim_matches(is_space);
    if !text.contains("  ") && !text.contains(['\t', '\n', '\r']) {
        return text.into();
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed.into()
}

/// Checks length and characters.
fn checked(text: &str, expected: &'static str, min: usize, max: usize) -> Result<(), ParseError> {
    let length = text.chars().count();
    let reason = if length == 0 && min > 0 {
        ParseErrorReason::Empty
    } else if length < min || length > max {
        ParseErrorReason::Length
    } else if text.chars().any(is_forbidden) {
        ParseErrorReason::Character
    } else {
        return Ok(());
    };
    Err(ParseError::new(expected, reason))
}

/// Whether XML 1.0 does not have the character, or KSeF does not take it.
const fn is_forbidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\0'..'\u{20}' | '\u{7F}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}' => true,
        _ => c as u32 & 0xFFFE == 0xFFFE,
    }
}

/// Declares a type of text that has more rules than its length.
///
/// `token` collapses white space before it looks, `string` does not.
macro_rules! text_type {
    (
        $(#[$meta:meta])*
        $type:ident, $expected:literal, $space:ident, $min:literal..=$max:literal, $is_valid:expr
    ) => {
        $(#[$meta])*
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $type(Box<str>);

        impl $type {
            const EXPECTED: &'static str = $expected;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let text = $space(text);
                checked(&text, Self::EXPECTED, $min, $max)?;
                let is_valid: fn(&str) -> bool = $is_valid;
                if !is_valid(&text) {
                    return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::Format));
                }
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<&str> for $type {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $type {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl Value for $type {
            fn from_text(text: Cow<'_, str>) -> Option<Self> {
                Some(Self(text.into()))
            }

            fn write_text(&self, writer: &mut Writer) {
                writer.text(self.as_str());
            }
        }

        content_is_value!($type);
        #[cfg(feature = "serde")]
        value_in_json!($type, |text| text.as_str().into());
    };
}

/// White space as it is, for types that keep it.
const fn kept(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

text_type! {
    /// An e-mail address.
    ///
    /// Schema: `TAdresEmail`, 3 to 255 characters with an `@` among them.
    ///
    /// ```
    /// use ksef_fa::model::EmailAddress;
    ///
    /// assert!("faktury@example.com".parse::<EmailAddress>().is_ok());
    /// assert!("faktury.example.com".parse::<EmailAddress>().is_err());
    /// ```
    #[doc(alias = "TAdresEmail")]
    EmailAddress, "e-mail address", collapsed, 3..=255, |text| {
        fits("Podmiot1/DaneKontaktowe/Email", text)
    }
}

text_type! {
    /// The number in a VAT number of a member state, without the code of the country.
    ///
    /// Schema: `TNrVatUE`, 1 to 12 digits, letters `A` to `Z`, `+` and `*`.
    ///
    /// ```
    /// use ksef_fa::model::EuVatNumber;
    ///
    /// assert!("123456789".parse::<EuVatNumber>().is_ok());
    /// assert!("DE 123456789".parse::<EuVatNumber>().is_err());
    /// ```
    #[doc(alias = "TNrVatUE")]
    EuVatNumber, "EU VAT number without its country", kept, 1..=12, |text| {
        text.is_ascii() && fits("Podmiot2/DaneIdentyfikacyjne/NrVatUE", text)
    }
}

text_type! {
    /// A tax identifier of any other country.
    ///
    /// Schema: `TNrIdentyfikacjiPodatkowej`, 1 to 50 characters; in FA(2) letters and digits only.
    #[doc(alias = "NrID")]
    OtherTaxId, "tax identifier", kept, 1..=50, |text| !text.contains(['\t', '\n', '\r'])
}

text_type! {
    /// The number of an account.
    ///
    /// Schema: `TNrRB`, 10 to 34 characters; in FA(2) 10 to 32 digits and letters `A` to `Z`.
    ///
    /// ```
    /// use ksef_fa::model::AccountNumber;
    ///
    /// assert!("73111111111111111111111111".parse::<AccountNumber>().is_ok());
    /// assert!("7311".parse::<AccountNumber>().is_err());
    /// ```
    #[doc(alias = "TNrRB")]
    AccountNumber, "account number", kept, 10..=34, |_| true
}

text_type! {
    /// The SWIFT code of a bank.
    ///
    /// Schema: `SWIFT_Type`, `[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3}){0,1}`.
    #[doc(alias = "SWIFT_Type")]
    Swift, "SWIFT code", kept, 8..=11, |text| {
        fits("Fa/Platnosc/RachunekBankowy/SWIFT", text)
    }
}

text_type! {
    /// A number in the National Court Register, ten digits.
    ///
    /// Schema: `TNrKRS`.
    #[doc(alias = "TNrKRS")]
    Krs, "KRS number", kept, 10..=10, is_digits
}

text_type! {
    /// A number in the statistical register, nine or fourteen digits.
    ///
    /// Schema: `TNrREGON`. The schema does not check the check digits, and neither does this.
    #[doc(alias = "TNrREGON")]
    Regon, "REGON number", kept, 9..=14, |text| matches!(text.len(), 9 | 14) && is_digits(text)
}

text_type! {
    /// Text of the footer, with its white space.
    ///
    /// Schema: `TTekstowy`, 1 to 3500 characters.
    #[doc(alias = "TTekstowy")]
    FooterText, "text", kept, 1..=3500, |_| true
}

text_type! {
    /// A payment identifier of KSeF: three digits, and ten letters or digits.
    ///
    /// Schema: `IPKSeF`, FA(3) only.
    #[doc(alias = "IPKSeF")]
    PaymentId, "payment identifier", collapsed, 13..=13, |text| {
        fits("Fa/Platnosc/IPKSeF", text)
    }
}

text_type! {
    /// A link to a payment, with the payment identifier in its query as `IPKSeF`.
    ///
    /// Schema: `LinkDoPlatnosci`, up to 512 characters, FA(3) only.
    ///
    /// ```
    /// use ksef_fa::model::PaymentLink;
    ///
    /// let link = "https://pay.example.com/?IPKSeF=123ABCdef4567";
    /// assert!(link.parse::<PaymentLink>().is_ok());
    /// assert!("https://pay.example.com/".parse::<PaymentLink>().is_err());
    /// ```
    #[doc(alias = "LinkDoPlatnosci")]
    PaymentLink, "payment link", collapsed, 1..=512, |text| {
        fits("Fa/Platnosc/LinkDoPlatnosci", text)
    }
}

/// Whether the table of FA(3) takes the text at this path.
fn fits(path: &str, text: &str) -> bool {
    match Schema::Fa3.element(path).map(|element| element.content) {
        Some(Content::Simple(simple)) => simple.check(text).is_ok(),
        _ => false,
    }
}

text_type! {
    /// The KSeF number of another invoice, as the schema takes it.
    ///
    /// Schema: `TNumerKSeF`, 35 or 36 characters. The schema does not look at the check digits, so
    /// what is read may be no [`KsefNumber`]; one that is set should be.
    ///
    /// ```
    /// use ksef_core::KsefNumber;
    /// use ksef_fa::model::ReferencedKsefNumber;
    ///
    /// let number: KsefNumber = "5265877635-20250826-0100001AF629-AF".parse()?;
    /// let referenced = ReferencedKsefNumber::from(number);
    /// assert_eq!(referenced.to_ksef_number(), Ok(number));
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[doc(alias = "TNumerKSeF")]
    ReferencedKsefNumber, "KSeF number", collapsed, 35..=36, |text| text.parse::<KsefNumber>().is_ok()
}

impl ReferencedKsefNumber {
    /// The number, if its check digits are right and it names a seller by NIP.
    ///
    /// # Errors
    ///
    /// When it is no KSeF number beyond its form.
    pub fn to_ksef_number(&self) -> Result<KsefNumber, ParseError> {
        self.as_str().parse()
    }
}

impl From<KsefNumber> for ReferencedKsefNumber {
    fn from(number: KsefNumber) -> Self {
        Self(number.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T: FromStr<Err = ParseError>>(text: &str) -> Option<ParseErrorReason> {
        text.parse::<T>().err().map(|error| error.reason())
    }

    #[test]
    fn length_is_counted_in_characters_after_white_space_is_collapsed() {
        let longest = "ż".repeat(20);
        assert_eq!(reason::<Text<20>>(&format!(" \t{longest}\r\n")), None);
        assert_eq!(reason::<Text<20>>(&format!("{longest}ż")), Some(ParseErrorReason::Length));
        assert_eq!(reason::<Text<20>>(" \n"), Some(ParseErrorReason::Empty));
        assert_eq!(Text::<20>::new("a\u{A0}  b").unwrap().as_str(), "a\u{A0} b");
        assert_eq!(Text::<3>::truncated("ab  cd").unwrap().as_str(), "ab");
    }

    #[test]
    fn characters_that_ksef_does_not_take_are_refused() {
        for character in
            "\0\u{8}\u{B}\u{1F}\u{7F}\u{84}\u{86}\u{9F}\u{FDD0}\u{FFFF}\u{1FFFE}".chars()
        {
            let found = reason::<Text<20>>(&format!("a{character}"));
            assert_eq!(found, Some(ParseErrorReason::Character), "{character:?}");
        }
        for character in "\u{85}\u{A0}\u{FDCF}\u{FFFD}\u{1FFFD}\u{1F600}".chars() {
            assert_eq!(reason::<Text<20>>(&format!("a{character}b")), None, "{character:?}");
        }
    }

    #[test]
    fn texts_with_a_pattern_follow_it() {
        assert_eq!(reason::<Swift>("ABCDEF12"), None);
        assert_eq!(reason::<Swift>("ABCDEF12XXX"), None);
        assert_eq!(reason::<Swift>("ABCDEF12X"), Some(ParseErrorReason::Format));
        assert_eq!(reason::<Regon>("123456789"), None);
        assert_eq!(reason::<Regon>("1234567890"), Some(ParseErrorReason::Format));
        assert_eq!(reason::<Krs>("\u{661}234567890"), Some(ParseErrorReason::Format));
        assert_eq!(reason::<PaymentId>("123ABCdef4567"), None);
        assert_eq!(reason::<PaymentId>("A23ABCdef4567"), Some(ParseErrorReason::Format));
        assert_eq!(reason::<OtherTaxId>(" 1 "), None);
        assert_eq!(reason::<OtherTaxId>("1\n"), Some(ParseErrorReason::Format));
        assert_eq!(" a  b\n".parse::<FooterText>().unwrap().as_str(), " a  b\n");
    }
}
