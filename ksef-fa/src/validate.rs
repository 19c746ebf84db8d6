//! Validation of a document's bytes.

use std::io::{self, BufRead, Read as _};

use quick_xml::Reader as XmlReader;
use quick_xml::events::Event;

use crate::read::Reader;
use crate::report::log;
use crate::{Position, Profile, Report};

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

/// Where the element at a path of an issue starts, for rules that know no more than the path.
///
/// A step without an index is the first element of that name.
#[cfg_attr(not(test), expect(dead_code, reason = "rules on the model report with it"))]
pub(crate) fn locate(bytes: &[u8], path: &str) -> Option<Position> {
    let text = core::str::from_utf8(bytes).ok()?;
    let mut steps = path.strip_prefix('/')?.split('/').map(split_step).peekable();
    let mut xml = XmlReader::from_str(text);
    // How deep we are, how many steps have been found, and how often the name of the next one.
    let (mut depth, mut found, mut seen) = (0, 0, 0);
    loop {
        let start = usize::try_from(xml.buffer_position()).ok()?;
        let event = xml.read_event().ok()?;
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            let (name, index) = *steps.peek()?;
            seen += u32::from(depth == found && tag.local_name().as_ref() == name);
            if seen == index {
                (found, seen) = (found + 1, 0);
                steps.next();
            }
            if steps.peek().is_none() {
                return Some(log::position(bytes, start));
            }
        }
        // What is to be found next cannot be in an empty element.
        if matches!(event, Event::Empty(_)) && found > depth {
            return None;
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth == found => return None,
            Event::End(_) => depth -= 1,
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The name and the index of a step such as `FaWiersz[3]`.
fn split_step(step: &str) -> (&str, u32) {
    let indexed = step.strip_suffix(']').and_then(|step| step.split_once('['));
    let indexed = indexed.and_then(|(name, index)| Some((name, index.parse().ok()?)));
    let indexed = indexed.filter(|(_, index)| *index > 0);
    indexed.unwrap_or((step, 1))
}

#[cfg(test)]
mod tests {
    use ksef_core::Environment;

    use super::*;

    const INVOICE: &str = include_str!("../benches/invoice.xml");

    #[test]
    fn paths_are_found_where_the_elements_start() {
        let place = |path| locate(INVOICE.as_bytes(), path).map(|position| position.byte);
        let at = |text: &str, nth| {
            let found = INVOICE.match_indices(text).nth(nth).map(|(byte, _)| byte);
            found.map(|byte| u64::try_from(byte).unwrap())
        };
        assert_eq!(place("/Faktura"), at("<Faktura", 0));
        assert_eq!(place("/Faktura/Podmiot2/DaneIdentyfikacyjne/NIP"), at("<NIP>", 1));
        assert_eq!(place("/Faktura/Fa/FaWiersz[2]"), at("<FaWiersz>", 1));
        assert_eq!(place("/Faktura/Fa/FaWiersz[2]/P_12"), at("<P_12>", 1));
        for path in ["", "/", "/Fa", "/Faktura/NIP", "/Faktura/Fa/FaWiersz[3]", "/Faktura/P_12"] {
            assert_eq!(place(path), None, "{path}");
        }
        assert_eq!(locate(b"<a", "/a"), None);
        assert_eq!(locate(b"<a><b/><c><d/></c></a>", "/a/b/d"), None);
        assert_eq!(locate(b"<a><b/></a>", "/a/b[0]"), None);
    }

    #[test]
    fn every_issue_about_an_element_is_where_its_path_leads() {
        let profile = Profile::new(Environment::Test, "2026-11-20".parse().unwrap());
        for name in ["NIP", "P_1", "P_8B", "P_12", "Email", "KodKraju"] {
            let mut document = INVOICE.to_owned();
            let tag = format!("<{name}>");
            document = document.replace(&tag, &format!("{tag}?"));
            for issue in validate(document.as_bytes(), &profile).issues() {
                let found = locate(document.as_bytes(), issue.path()).unwrap();
                assert_eq!(found.line, issue.position().line, "{issue:?}");
            }
        }
    }
}
