//! The parts of a document as `quick-xml` tells them apart, with their places.

use quick_xml::Reader as XmlReader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

/// A part of a document, as slices of its text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'i> {
    /// A start tag between `<` and `>`, or an empty-element tag between `<` and `/>`.
    Start {
        tag: &'i str,
        name: usize,
        is_empty: bool,
    },
    /// The name in an end tag.
    End(&'i str),
    /// Text between markup and references.
    Text(&'i str),
    /// The text of a CDATA section.
    Cdata(&'i str),
    /// What stands between `&` and `;`.
    Reference(&'i str),
    /// An XML declaration after its `<?xml`.
    Declaration(&'i str),
    ProcessingInstruction,
    Comment,
    Doctype,
    /// An `&` that starts no reference; reading goes on.
    BadReference,
    /// A comment with `--` in it; reading goes on.
    BadComment,
    /// Nothing that XML knows; reading ends.
    Bad,
    /// Markup without its end; reading ends.
    Unclosed,
    /// The end of the text.
    Finished,
}

/// Cuts a text into tokens.
#[derive(Debug)]
pub(super) struct Tokens<'i> {
    text: &'i str,
    xml: XmlReader<&'i [u8]>,
    /// Where the last token starts.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

impl<'i> Tokens<'i> {
    pub(super) fn new(text: &'i str) -> Self {
        let mut xml = XmlReader::from_str(text);
        let config = xml.config_mut();
        config.allow_unmatched_ends = true;
        config.check_comments = true;
        config.check_end_names = false;
        Self { text, xml, start: 0, end: 0 }
    }

    /// The next token. Between elements, white space before it is no token of its own.
    #[inline]
    pub(super) fn next(&mut self, is_between: bool) -> Token<'i> {
        let before = self.end;
        self.xml.config_mut().trim_text_start = is_between;
        let event = self.xml.read_event();
        self.end = usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Ok(Event::Text(text)) => {
                self.start = self.end - text.len();
                Token::Text(self.inner(0, 0))
            }
            Ok(Event::Start(tag)) => {
                let name = tag.name().as_ref().len();
                self.start = self.end - tag.len() - "<>".len();
                Token::Start { tag: self.inner(1, 1), name, is_empty: false }
            }
            Ok(Event::End(tag)) => self.end_tag(tag.len()),
            Ok(Event::Empty(tag)) => {
                let name = tag.name().as_ref().len();
                self.start = self.end - tag.len() - "</>".len();
                Token::Start { tag: self.inner(1, 2), name, is_empty: true }
            }
            Ok(event) => self.rare(&event, before),
            Err(error) => self.error(&error),
        }
    }

    #[inline]
    fn end_tag(&mut self, name: usize) -> Token<'i> {
        self.start = self.end - name - "</>".len();
        if self.text.as_bytes().get(self.start) != Some(&b'<') {
            // There is white space after the name.
            let read = self.text.get(..self.end).unwrap_or_default();
            self.start = read.rfind("</").unwrap_or_default();
        }
        Token::End(self.text.get(self.start + 2..self.start + 2 + name).unwrap_or_default())
    }

    #[cold]
    fn rare(&mut self, event: &Event<'_>, before: usize) -> Token<'i> {
        let text = self.text.get(before..self.end).unwrap_or_default();
        let skipped = text.len() - text.trim_start_matches(crate::xml::is_space).len();
        self.start = before + skipped;
        match event {
            Event::GeneralRef(_) => Token::Reference(self.inner(1, 1)),
            Event::CData(_) => Token::Cdata(self.inner("<![CDATA[".len(), "]]>".len())),
            Event::Comment(_) => Token::Comment,
            Event::Decl(_) => Token::Declaration(self.inner("<?xml".len(), "?>".len())),
            Event::PI(text) if is_target(text.target()) => Token::ProcessingInstruction,
            Event::PI(_) => Token::Bad,
            Event::DocType(_) => Token::Doctype,
            Event::Eof => Token::Finished,
            Event::Text(_) | Event::Start(_) | Event::Empty(_) | Event::End(_) => Token::Bad,
        }
    }

    /// Places an error on the markup that it is about.
    #[cold]
    fn error(&mut self, error: &Error) -> Token<'i> {
        self.start = usize::try_from(self.xml.error_position()).unwrap_or(self.start);
        match error {
            Error::IllFormed(IllFormedError::UnclosedReference) => Token::BadReference,
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => Token::BadComment,
            Error::Syntax(SyntaxError::InvalidBangMarkup) => Token::Bad,
            Error::Syntax(_) if self.starts_markup() => Token::Unclosed,
            _ => Token::Bad,
        }
    }

    /// Whether what follows could have become markup.
    fn starts_markup(&self) -> bool {
        let rest = self.text.get(self.start..).unwrap_or_default();
        let mut rest = rest.chars().skip(1);
        rest.next().is_none_or(|next| !crate::xml::is_space(next) && next != '<')
    }

    /// The last token without its delimiters.
    fn inner(&self, before: usize, after: usize) -> &'i str {
        self.text.get(self.start + before..self.end.saturating_sub(after)).unwrap_or_default()
    }
}

/// Whether an instruction may have this target, which is a name that no specification takes.
fn is_target(target: &str) -> bool {
    crate::xml::names::is_ncname(target) && !target.eq_ignore_ascii_case("xml")
}
