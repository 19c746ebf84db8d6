//! `Writer`, which writes elements one after the other and nothing else.

use core::fmt;
use std::io::Write as _;

use crate::SchemaVersion;

/// A document in the making: UTF-8 without a byte order mark, the namespace as the default one,
/// no white space between elements, no comments and no processing instructions.
///
/// One value has one text, so equal invoices are equal bytes.
pub(crate) struct Writer {
    bytes: Vec<u8>,
    version: SchemaVersion,
}

impl Writer {
    /// Begins a document in the schema of this version.
    pub(crate) fn new(version: SchemaVersion) -> Self {
        let mut bytes = Vec::with_capacity(8 * 1024);
        bytes.extend_from_slice(br#"<?xml version="1.0" encoding="UTF-8"?>"#);
        Self { bytes, version }
    }

    pub(crate) const fn version(&self) -> SchemaVersion {
        self.version
    }

    #[cfg(test)]
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.push("<");
        self.push(name);
        self.push(">");
    }

    pub(crate) fn open_with(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.push("<");
        self.push(name);
        for (name, value) in attributes {
            self.push(" ");
            self.push(name);
            self.push("=\"");
            self.escape(value);
            self.push("\"");
        }
        self.push(">");
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.push("</");
        self.push(name);
        self.push(">");
    }

    /// Text of which nothing is known.
    pub(crate) fn text(&mut self, text: &str) {
        self.escape(text);
    }

    /// Text that needs no escaping, such as a number.
    pub(crate) fn plain(&mut self, text: &impl fmt::Display) {
        // Writing to a vector cannot fail.
        let _ = write!(self.bytes, "{text}");
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Escapes the same characters in text and attributes, so that both survive any reader: a CR
    /// would become an LF, `]]>` is not allowed, and attributes lose tabs and ends of lines.
    fn escape(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| reference(byte).is_some()) {
            let (before, from) = rest.split_at(at);
            self.push(before);
            self.push(from.bytes().next().and_then(reference).unwrap_or_default());
            rest = from.get(1..).unwrap_or_default();
        }
        self.push(rest);
    }
}

/// The reference for a character that is not written as it is.
const fn reference(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_gives_a_meaning_is_escaped() {
        let mut writer = Writer::new(SchemaVersion::Fa3);
        writer.open_with("Kol", &[("Typ", "a\"b\n")]);
        writer.text("<a & b>\r]]>ż");
        writer.close("Kol");
        let text = String::from_utf8(writer.into_bytes()).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"<?xml version="1.0" encoding="UTF-8"?><Kol Typ="a&quot;b&#10;">"#,
                "&lt;a &amp; b&gt;&#13;]]&gt;ż</Kol>"
            )
        );
    }
}
