//! What the setters take: values, or text that is read later.

use core::convert::Infallible;
use core::fmt;

use ksef_core::{ArithmeticError, ParseError};

/// A value, or what becomes one: text, a number of another type.
///
/// Every setter of the builder takes both. What cannot be read is no error of the setter;
/// [`InvoiceBuilder::build`](super::InvoiceBuilder::build) reports it together with everything
/// else.
///
/// ```
/// use ksef_core::UnitPrice;
/// use ksef_fa::builder::Input;
///
/// let price: UnitPrice = "19.99".parse()?;
/// assert_eq!(Input::<UnitPrice>::read("19.99"), Ok(price));
/// assert_eq!(Input::<UnitPrice>::read(price), Ok(price));
/// assert!(Input::<UnitPrice>::read("19,99").is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
pub trait Input<T> {
    /// The value.
    ///
    /// # Errors
    ///
    /// When there is none.
    fn read(self) -> Result<T, InputError>;
}

impl<T, S: TryInto<T, Error: Into<InputError>>> Input<T> for S {
    fn read(self) -> Result<T, InputError> {
        self.try_into().map_err(Into::into)
    }
}

/// Why an [`Input`] is no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InputError {
    /// Its text is not what the type requires.
    Text(ParseError),
    /// Its number does not fit the type.
    Number(ArithmeticError),
}

impl From<ParseError> for InputError {
    fn from(error: ParseError) -> Self {
        Self::Text(error)
    }
}

impl From<ArithmeticError> for InputError {
    fn from(error: ArithmeticError) -> Self {
        Self::Number(error)
    }
}

impl From<Infallible> for InputError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(error) => error.fmt(f),
            Self::Number(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for InputError {}

/// What a setter was given.
pub(super) type Given<T> = Result<T, InputError>;
