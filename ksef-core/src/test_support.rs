//! What the unit tests of every parser share.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use crate::{ParseError, ParseErrorReason};

/// The reason why `text` is not a `T`. Panics where it is one.
pub(crate) fn reason<T: FromStr<Err = ParseError> + Debug>(text: &str) -> ParseErrorReason {
    text.parse::<T>().expect_err("this text must be refused").reason()
}

/// `good` parses and prints itself; what every parser must refuse, made from it, is refused.
pub(crate) fn assert_refuses_bad_text<T>(good: &str)
where
    T: FromStr<Err = ParseError> + Debug + Display,
{
    assert_eq!(good.parse::<T>().expect("the good text parses").to_string(), good);
    assert_eq!(reason::<T>(""), ParseErrorReason::Empty);
    assert_eq!(reason::<T>(&good.repeat(100)), ParseErrorReason::Length);
    for foreign in ['\0', '\n', '\r', '\t', ' ', '\u{a0}', '\u{663}', '\u{ff11}', 'ż', '\u{1f600}']
    {
        for position in [0, good.len() / 2, good.len() - 1] {
            let mut changed: Vec<char> = good.chars().collect();
            changed[position] = foreign;
            let changed: String = changed.into_iter().collect();
            assert_eq!(reason::<T>(&changed), ParseErrorReason::Character, "{changed:?}");
        }
        for padded in [format!("{foreign}{good}"), format!("{good}{foreign}")] {
            assert!(padded.parse::<T>().is_err(), "{padded:?}");
        }
    }
}

/// A value is what its own text parses to.
#[cfg(feature = "proptest")]
pub(crate) fn assert_reads_itself_back<T>(value: &T)
where
    T: FromStr<Err = ParseError> + Debug + Display + PartialEq,
{
    assert_eq!(&value.to_string().parse::<T>().expect("printed text parses"), value);
}

/// Any digit of `value` changed into any other of `digits` is refused.
#[cfg(feature = "proptest")]
pub(crate) fn assert_refuses_one_changed_digit<T>(value: &T, digits: &str)
where
    T: FromStr<Err = ParseError> + Debug + Display,
{
    let text = value.to_string();
    for (position, old) in text.char_indices().filter(|(_, old)| digits.contains(*old)) {
        for new in digits.chars().filter(|new| *new != old) {
            let mut changed = text.clone();
            changed.replace_range(position..=position, new.encode_utf8(&mut [0; 4]));
            assert!(changed.parse::<T>().is_err(), "{changed} must not pass like {text}");
        }
    }
}

/// `text` is stored as a JSON string and read back, though it may be a TEST value without a
/// check digit; `bad` is not read.
#[cfg(feature = "serde")]
pub(crate) fn assert_serde_is_text<T>(text: &str, bad: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + Debug,
{
    let json = format!("\"{text}\"");
    let value: T = serde_json::from_str(&json).expect("the text is read");
    assert_eq!(serde_json::to_string(&value).expect("the value is stored"), json);
    let error = serde_json::from_str::<T>(&format!("\"{bad}\"")).expect_err("it must be refused");
    assert!(!error.to_string().contains(bad), "{error}");
}
