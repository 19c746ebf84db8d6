//! What the unit tests of every parser share.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use crate::{ParseError, ParseErrorReason};

/// The reason why `text` is not a `T`. Panics where it is one.
pub(crate) fn reason<T: FromStr<Err = ParseError> + Debug>(text: &str) -> ParseErrorReason {
    text.parse::<T>()
        .expect_err("this text must be refused")
        .reason()
}

/// `good` parses and prints itself; what every parser must refuse, made from it, is refused.
pub(crate) fn assert_refuses_bad_text<T>(good: &str)
where
    T: FromStr<Err = ParseError> + Debug + Display,
{
    assert_eq!(
        good.parse::<T>().expect("the good text parses").to_string(),
        good
    );
    assert_eq!(reason::<T>(""), ParseErrorReason::Empty);
    assert_eq!(reason::<T>(&good.repeat(100)), ParseErrorReason::Length);
    for foreign in [
        '\0',
        '\n',
        '\r',
        '\t',
        ' ',
        '\u{a0}',
        '\u{663}',
        '\u{ff11}',
        'ż',
        '\u{1f600}',
    ] {
        for position in [0, good.len() / 2, good.len() - 1] {
            let mut changed: Vec<char> = good.chars().collect();
            changed[position] = foreign;
            let changed: String = changed.into_iter().collect();
            assert_eq!(
                reason::<T>(&changed),
                ParseErrorReason::Character,
                "{changed:?}"
            );
        }
        for padded in [format!("{foreign}{good}"), format!("{good}{foreign}")] {
            assert!(padded.parse::<T>().is_err(), "{padded:?}");
        }
    }
}
