//! `SubjectIdentity`, whom KSeF takes the subject of a certificate for.

use core::fmt;

use ksef_core::{Nip, Pesel};

use super::Certificate;

/// Whom KSeF takes the subject of a certificate for.
///
/// The rules are those of the API's documents (`auth/podpis-xades.md`): a person has a number in
/// `serialNumber` after `PNOPL`, `PESEL`, `TINPL` or `NIP`, with a given name and a surname; a
/// seal has one in `organizationIdentifier` after `VATPL`, and neither of the names.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubjectIdentity {
    /// A natural person.
    Person(PersonIdentifier),
    /// A company, by its seal.
    Seal(Nip),
}

/// The number of a natural person in a certificate.
///
/// It is personal data: `Debug` hides it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "certificates name persons by these two numbers")]
pub enum PersonIdentifier {
    /// After `TINPL` or `NIP`.
    Nip(Nip),
    /// After `PNOPL` or `PESEL`.
    Pesel(Pesel),
}

/// Why KSeF refuses the subject of a certificate, with error 21115 and without the reason.
///
/// ```
/// use ksef_client::xades::SubjectFault;
///
/// let fault = SubjectFault::MissingPrefix;
/// assert_eq!(fault.to_string(), "the number has no prefix: VATPL-, TINPL- or PNOPL-");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectFault {
    /// Neither `serialNumber` nor `organizationIdentifier` has a number.
    #[error("the subject has no number in serialNumber or organizationIdentifier")]
    NoNumber,
    /// There is a number without the prefix that says which kind it is.
    #[error("the number has no prefix: VATPL-, TINPL- or PNOPL-")]
    MissingPrefix,
    /// There is a prefix without a number of the right length after it, or no NIP or PESEL.
    #[error("the number after the prefix is no NIP or PESEL")]
    MalformedNumber,
    /// A person without `givenName` or `surname`.
    #[error("a person's certificate needs givenName and surname")]
    MissingName,
    /// A seal with `givenName` or `surname`.
    #[error("a seal must have neither givenName nor surname")]
    SealWithName,
}

impl SubjectFault {
    /// The reason in Polish.
    #[must_use]
    pub const fn polish(self) -> &'static str {
        match self {
            Self::NoNumber => {
                "podmiot certyfikatu nie ma numeru w serialNumber ani w organizationIdentifier"
            }
            Self::MissingPrefix => "numer nie ma przedrostka: VATPL-, TINPL- lub PNOPL-",
            Self::MalformedNumber => "numer po przedrostku nie jest numerem NIP ani PESEL",
            Self::MissingName => "certyfikat osoby musi zawierać givenName i surname",
            Self::SealWithName => "pieczęć nie może zawierać givenName ani surname",
        }
    }
}

impl SubjectIdentity {
    pub(super) fn of(certificate: &Certificate) -> Result<Self, SubjectFault> {
        Self::from_attributes(
            certificate.organization_identifier().as_deref(),
            certificate.subject_serial_number().as_deref(),
            [certificate.given_name().is_some(), certificate.surname().is_some()],
        )
    }

    fn from_attributes(
        organization: Option<&str>,
        serial_number: Option<&str>,
        names: [bool; 2],
    ) -> Result<Self, SubjectFault> {
        let organization = organization.unwrap_or_default();
        let serial_number = serial_number.unwrap_or_default();
        if let Some(number) = after_prefix(organization, &["VATPL"]) {
            let nip = nip(number)?;
            return if names == [false, false] {
                Ok(Self::Seal(nip))
            } else {
                Err(SubjectFault::SealWithName)
            };
        }
        let person = if let Some(number) = after_prefix(serial_number, &["PNOPL", "PESEL"]) {
            PersonIdentifier::Pesel(pesel(number)?)
        } else if let Some(number) = after_prefix(serial_number, &["TINPL", "NIP"]) {
            PersonIdentifier::Nip(nip(number)?)
        } else if digits(organization, 10).or_else(|| digits(serial_number, 10)).is_some() {
            return Err(SubjectFault::MissingPrefix);
        } else {
            return Err(SubjectFault::NoNumber);
        };
        if names == [true, true] {
            Ok(Self::Person(person))
        } else {
            Err(SubjectFault::MissingName)
        }
    }
}

/// Shows which number it is, and none of it.
impl fmt::Debug for PersonIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nip(_) => "Nip([redacted])",
            Self::Pesel(_) => "Pesel([redacted])",
        })
    }
}

fn after_prefix<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    let ends = prefixes.iter().filter_map(|prefix| Some(text.find(prefix)? + prefix.len()));
    text.get(ends.min()?..)
}

fn nip(text: &str) -> Result<Nip, SubjectFault> {
    let number = digits(text, 10).ok_or(SubjectFault::MalformedNumber)?;
    Nip::for_test_environment(number).map_err(|_| SubjectFault::MalformedNumber)
}

fn pesel(text: &str) -> Result<Pesel, SubjectFault> {
    let number = digits(text, 11).ok_or(SubjectFault::MalformedNumber)?;
    Pesel::for_test_environment(number).map_err(|_| SubjectFault::MalformedNumber)
}

/// The first so many digits in a row, as the pattern `.*?\d{10}` finds them.
fn digits(text: &str, count: usize) -> Option<&str> {
    let windows = text.as_bytes().windows(count);
    let start = windows.into_iter().position(|window| window.iter().all(u8::is_ascii_digit))?;
    text.get(start..start + count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: [bool; 2] = [true, true];
    const SEAL: [bool; 2] = [false, false];

    fn serial(text: &str, names: [bool; 2]) -> Result<SubjectIdentity, SubjectFault> {
        SubjectIdentity::from_attributes(None, Some(text), names)
    }

    fn organization(text: &str, names: [bool; 2]) -> Result<SubjectIdentity, SubjectFault> {
        SubjectIdentity::from_attributes(Some(text), None, names)
    }

    #[test]
    fn a_person_is_named_by_pesel_or_nip() {
        let nip = PersonIdentifier::Nip("5265877635".parse().unwrap());
        let pesel = PersonIdentifier::Pesel("99022812340".parse().unwrap());
        for text in ["TINPL-5265877635", "NIP:5265877635", "TINPL5265877635", "TINPL-PL 5265877635"]
        {
            assert_eq!(serial(text, PERSON), Ok(SubjectIdentity::Person(nip)), "{text}");
        }
        for text in ["PNOPL-99022812340", "PESEL: 99022812340"] {
            assert_eq!(serial(text, PERSON), Ok(SubjectIdentity::Person(pesel)), "{text}");
        }
        let shown = format!("{:?}", serial("PNOPL-99022812340", PERSON));
        assert!(!shown.contains("990228"), "{shown}");
    }

    #[test]
    fn a_seal_is_named_by_vatpl_and_has_no_names() {
        let nip = "5265877635".parse().unwrap();
        assert_eq!(organization("VATPL-5265877635", SEAL), Ok(SubjectIdentity::Seal(nip)));
        for names in [[true, true], [true, false], [false, true]] {
            assert_eq!(organization("VATPL-5265877635", names), Err(SubjectFault::SealWithName));
        }
    }

    #[test]
    fn every_reason_of_21115_is_told() {
        assert_eq!(organization("5265877635", SEAL), Err(SubjectFault::MissingPrefix));
        assert_eq!(serial("5265877635", PERSON), Err(SubjectFault::MissingPrefix));
        assert_eq!(organization("VATPL-526587763", SEAL), Err(SubjectFault::MalformedNumber));
        assert_eq!(organization("VATPL-0265877635", SEAL), Err(SubjectFault::MalformedNumber));
        assert_eq!(serial("PNOPL-9902281234", PERSON), Err(SubjectFault::MalformedNumber));
        assert_eq!(serial("TINPL-5265877635", SEAL), Err(SubjectFault::MissingName));
        assert_eq!(serial("TINPL-5265877635", [true, false]), Err(SubjectFault::MissingName));
        assert_eq!(serial("", PERSON), Err(SubjectFault::NoNumber));
        assert_eq!(serial("żółć", PERSON), Err(SubjectFault::NoNumber));
        assert_eq!(SubjectIdentity::from_attributes(None, None, SEAL), Err(SubjectFault::NoNumber));
    }
}
