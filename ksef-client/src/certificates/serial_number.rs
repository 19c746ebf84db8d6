//! `CertificateSerialNumber`.

use core::fmt;
use core::str::FromStr;

use crate::error::InputError;

/// The serial number of a KSeF certificate: 16 hexadecimal digits in capitals.
///
/// ```
/// use ksef_client::certificates::CertificateSerialNumber;
///
/// let number: CertificateSerialNumber = "01F20A5D352AE590".parse()?;
/// assert_eq!(number.to_string(), "01F20A5D352AE590");
/// assert!("01f20a5d352ae590".parse::<CertificateSerialNumber>().is_err());
/// # Ok::<(), ksef_client::InputError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CertificateSerialNumber(u64);

impl FromStr for CertificateSerialNumber {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(InputError::SerialNumber);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InputError::SerialNumber)
    }
}

impl fmt::Display for CertificateSerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl fmt::Debug for CertificateSerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateSerialNumber({self})")
    }
}
