//! The document as bytes and as XML, before any schema.

pub(crate) mod attributes;
pub(crate) mod characters;
pub(crate) mod declaration;
pub(crate) mod names;
pub(crate) mod references;
pub(crate) mod writer;

use crate::Code;
use crate::report::log::Log;
use characters::Flaw;

/// What is left to be read of a document once its bytes are looked at.
#[derive(Debug)]
pub(crate) struct Source<'i> {
    /// The text without a byte order mark, up to the first byte that is not UTF-8.
    pub(crate) text: &'i str,
    /// How many bytes stand before the text.
    pub(crate) skipped: usize,
    /// Whether bytes after the text were given up.
    pub(crate) is_cut: bool,
    /// The characters that may not be there.
    pub(crate) flaws: Vec<Flaw>,
    /// Whether there is a `]`, without which there is no `]]>` either.
    pub(crate) has_brackets: bool,
}

/// Looks at the bytes: size, encoding, byte order mark, characters.
pub(crate) fn open<'i>(bytes: &'i [u8], log: &mut Log<'_>) -> Source<'i> {
    let refuse = |log: &mut Log<'_>, code| {
        log.add(code, 0, "/".to_owned(), Vec::new());
        Source { text: "", skipped: 0, is_cut: true, flaws: Vec::new(), has_brackets: false }
    };
    if bytes.is_empty() {
        return refuse(log, Code::Empty);
    }
    if is_longer(bytes, log.profile().max_bytes_with_attachment()) {
        return refuse(log, Code::Size);
    }
    if is_utf16(bytes) {
        return refuse(log, Code::Utf16);
    }
    let mut skipped = 0;
    let mut rest = bytes;
    if let Some(after) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        log.add(Code::Bom, 0, "/".to_owned(), Vec::new());
        (skipped, rest) = (3, after);
    }
    let (text, is_cut) = match core::str::from_utf8(rest) {
        Ok(text) => (text, false),
        Err(error) => {
            let (valid, _) = rest.split_at(error.valid_up_to());
            log.add(Code::Utf8, skipped + valid.len(), "/".to_owned(), Vec::new());
            (core::str::from_utf8(valid).unwrap_or_default(), true)
        }
    };
    let (flaws, has_brackets) = characters::scan(text, usize::from(log.profile().max_issues()));
    Source { text, skipped, is_cut, flaws, has_brackets }
}

pub(crate) fn is_longer(bytes: &[u8], limit: u64) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|length| length > limit)
}

/// Whether the bytes start as UTF-16 does, with or without a byte order mark.
fn is_utf16(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 4] = [b"\xFF\xFE", b"\xFE\xFF", b"<\0", b"\0<"];
    starts.into_iter().any(|start| bytes.starts_with(start))
}

/// White space of XML; nothing else that Unicode knows as such.
pub(crate) const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Whether there is nothing but white space of XML.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
