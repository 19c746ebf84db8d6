//! Validation of a document's bytes.

use std::io::{self, BufRead, Read as _};

use crate::read::Reader;
use crate::{Profile, Report};

/// Validates a document: its bytes, its XML, and everything that its schema says.
///
/// All issues are found in one pass; the first one does not end it, unless what follows cannot be
/// told apart any more.
///
/// ```
/// use ksef_core::Environment;
/// use ksef_fa::{Code, Profile, Schema, validate};
///
/// let invoice = br#"<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Fa/></Faktura>"#;
/// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
/// let report = validate(invoice, &profile);
/// assert_eq!(report.schema(), Some(Schema::Fa3));
/// let first = &report.issues()[0];
/// assert_eq!((first.code(), first.path()), (Code::Missing, "/Faktura/Naglowek"));
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[must_use]
pub fn validate(bytes: &[u8], profile: &Profile) -> Report {
    Reader::new(bytes, profile).finish()
}

/// Validates a document from a reader, as [`validate`] does: the layers of XML and of the schema.
///
/// No more than one byte beyond [`Profile::max_bytes_with_attachment`] is taken from the reader,
/// which bounds the memory too. A larger document is [`Code::Size`](crate::Code::Size).
///
/// ```
/// use ksef_core::Environment;
/// use ksef_fa::{Code, Profile, validate_from};
///
/// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
/// let endless = std::io::BufReader::new(std::io::repeat(b'<'));
/// let report = validate_from(endless, &profile)?;
/// assert_eq!(report.issues()[0].code(), Code::Size);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the reader fails.
pub fn validate_from(reader: impl BufRead, profile: &Profile) -> io::Result<Report> {
    let mut bytes = Vec::new();
    let limit = profile.max_bytes_with_attachment().saturating_add(1);
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(validate(&bytes, profile))
}
