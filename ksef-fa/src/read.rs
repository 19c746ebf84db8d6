//! Reads a document along its schema, once, and validates it on the way.

mod enter;
mod frame;
mod namespaces;
mod outline;
mod recover;
mod tokens;
mod values;

use std::borrow::Cow;

use crate::report::log::Log;
use crate::xml::attributes::RawAttribute;
use crate::xml::characters::Flaw;
use crate::xml::{self, declaration};
use crate::{Code, Profile, Report, Schema};
use frame::{Frame, Within};
use namespaces::Namespaces;
pub(crate) use outline::Outline;
use tokens::{Token, Tokens};

/// How many elements are open at once in the deepest official example, and some.
const USUAL_DEPTH: usize = 12;

/// Walks the elements of a document in the order of its schema.
///
/// Whoever reads calls [`next_child`](Self::next_child) until it gives `None`, and for each child
/// that it gives either reads that child in the same way, or takes its [`value`](Self::value), or
/// [skips](Self::skip) it. Everything that is wrong goes into the report and never comes out here.
#[derive(Debug)]
pub(crate) struct Reader<'i, 'p> {
    bytes: &'i [u8],
    /// How many bytes stand before the text of `tokens`.
    skipped: usize,
    is_cut: bool,
    has_brackets: bool,
    flaws: std::vec::IntoIter<Flaw>,
    /// Where in the text the next of the flaws is.
    next_flaw: usize,
    tokens: Tokens<'i>,
    log: Log<'p>,
    outline: Option<Outline>,
    schema: Option<Schema>,
    namespaces: Namespaces<'i>,
    frames: Vec<Frame<'i>>,
    /// How many open elements end here, without anything more to be read.
    closing: usize,
    attributes: Vec<(&'static str, Cow<'i, str>)>,
    raw_attributes: Vec<RawAttribute<'i>>,
    is_blank: bool,
    has_root: bool,
    has_attachment: bool,
    has_cdata: bool,
    is_done: bool,
}

/// What reading came upon.
enum Step {
    /// An element of the schema, which is open now.
    Entered(&'static str),
    /// An element that is not one of the schema, which is open now.
    Lost,
    /// The end of the element that was open, or of the document.
    Left,
}

/// What is known about a document once it has been read.
#[derive(Debug)]
pub(crate) struct Complete<'p> {
    schema: Option<Schema>,
    pub(crate) log: Log<'p>,
    /// Empty if the reader was not asked for it.
    pub(crate) outline: Outline,
}

impl Complete<'_> {
    /// The report on the document, whose bytes these are.
    pub(crate) fn report(self, bytes: &[u8]) -> Report {
        let profile = self.log.profile();
        Report::new(self.schema, self.log.finish(bytes), profile)
    }
}

impl<'i, 'p> Reader<'i, 'p> {
    /// A reader before the root element.
    pub(crate) fn new(bytes: &'i [u8], profile: &'p Profile) -> Self {
        let mut log = Log::new(profile);
        let source = xml::open(bytes, &mut log);
        let mut reader = Self {
            bytes,
            skipped: source.skipped,
            is_cut: source.is_cut,
            has_brackets: source.has_brackets,
            flaws: source.flaws.into_iter(),
            next_flaw: 0,
            tokens: Tokens::new(source.text),
            is_done: log.is_full(),
            log,
            outline: None,
            schema: None,
            namespaces: Namespaces::default(),
            frames: Vec::with_capacity(USUAL_DEPTH),
            closing: 0,
            attributes: Vec::new(),
            raw_attributes: Vec::new(),
            is_blank: false,
            has_root: false,
            has_attachment: false,
            has_cdata: false,
        };
        reader.next_flaw = reader.flaws.as_slice().first().map_or(usize::MAX, |flaw| flaw.byte);
        reader
    }

    /// A reader that notes where the elements are.
    pub(crate) fn with_outline(bytes: &'i [u8], profile: &'p Profile) -> Self {
        Self { outline: Some(Outline::new(bytes.len())), ..Self::new(bytes, profile) }
    }

    /// Enters the next child of the open element and gives its official name; `None` when the open
    /// element ends, which closes it.
    ///
    /// Before the root element its only child is the root. What comes is in the order of the
    /// schema; what is not in the schema is reported and skipped.
    pub(crate) fn next_child(&mut self) -> Option<&'static str> {
        if let Some(Frame { within: Within::Text(_), .. }) = self.frames.last() {
            self.value();
            return None;
        }
        loop {
            match self.step() {
                Step::Entered(name) => return Some(name),
                Step::Lost => self.skip(),
                Step::Left => return None,
            }
        }
    }

    /// The value of the element just entered, white space handled as its type says; closes it.
    ///
    /// `None` if it is not valid, which is reported. An empty element with a fixed value has that.
    pub(crate) fn value(&mut self) -> Option<Cow<'i, str>> {
        match self.frames.last() {
            Some(Frame { within: Within::Text(simple), .. }) => self.read_value(simple),
            _ => {
                self.skip();
                None
            }
        }
    }

    /// Whether the element whose value was read last was written without any text.
    pub(crate) const fn was_empty(&self) -> bool {
        self.is_blank
    }

    /// The value of an attribute of the element just entered; `None` if it is not there or not
    /// valid, which is reported.
    pub(crate) fn attribute(&mut self, name: &str) -> Option<Cow<'i, str>> {
        let found = self.attributes.iter().position(|(known, _)| *known == name)?;
        Some(self.attributes.swap_remove(found).1)
    }

    /// Reads the rest of the element just entered, and closes it.
    pub(crate) fn skip(&mut self) {
        let depth = self.frames.len();
        while self.frames.len() >= depth && !self.frames.is_empty() {
            if let Some(Frame { within: Within::Text(simple), .. }) = self.frames.last() {
                self.read_value(simple);
            } else {
                self.step();
            }
        }
    }

    /// The schema that the root element names, once that has been entered.
    pub(crate) const fn schema(&self) -> Option<Schema> {
        self.schema
    }

    /// Reads whatever is left, and gives the report.
    pub(crate) fn finish(self) -> Report {
        let bytes = self.bytes;
        self.complete().report(bytes)
    }

    /// Reads whatever is left, and gives what is known then.
    pub(crate) fn complete(mut self) -> Complete<'p> {
        while !self.frames.is_empty() {
            self.skip();
        }
        while self.next_child().is_some() {
            self.skip();
        }
        self.report_flaws(usize::MAX);
        let limit = self.log.profile().max_bytes();
        if self.has_root && !self.has_attachment && xml::is_longer(self.bytes, limit) {
            self.log.add(Code::Size, 0, "/".to_owned(), Vec::new());
        }
        Complete { schema: self.schema, log: self.log, outline: self.outline.unwrap_or_default() }
    }

    /// Reads up to the next start or end of an element.
    fn step(&mut self) -> Step {
        loop {
            if self.closing > 0 || self.is_done {
                self.leave();
                return Step::Left;
            }
            match self.next_token(true) {
                Token::Text(text) => self.text_between(text),
                Token::Start { tag, name, is_empty } => {
                    let name = self.enter(tag, name);
                    self.closing = usize::from(is_empty);
                    return name.map_or(Step::Lost, Step::Entered);
                }
                Token::End(name) => self.close(name),
                token => self.rare_token(token),
            }
        }
    }

    #[inline]
    fn next_token(&mut self, is_between: bool) -> Token<'i> {
        let token = self.tokens.next(is_between);
        if self.tokens.end > self.next_flaw {
            self.report_flaws(self.tokens.end);
        }
        token
    }

    /// An end tag: ends the open element, or an outer one with all inside of it.
    fn close(&mut self, name: &str) {
        if self.frames.last().is_some_and(|frame| frame.raw == name) {
            self.closing = 1;
            return;
        }
        self.issue(Code::EndTag, self.tokens.start);
        let outer = self.frames.iter().rev().position(|frame| frame.raw == name);
        self.closing = outer.map_or(0, |inside| inside + 1);
    }

    /// Closes the innermost element.
    fn leave(&mut self) {
        if let Some(Frame { within: Within::Children(progress), .. }) = self.frames.last()
            && !progress.state.is_end
            && !self.is_done
        {
            let progress = *progress;
            self.report_missing_at_end(progress);
        }
        self.frames.pop();
        self.closing = self.closing.saturating_sub(1);
        self.namespaces.leave(self.frames.len());
    }

    #[inline]
    fn text_between(&mut self, text: &str) {
        if !xml::is_blank(text) {
            self.check_brackets(text);
            self.unwanted_text();
        }
    }

    #[cold]
    fn unwanted_text(&mut self) {
        match self.frames.last() {
            None => self.issue(Code::WellFormed, self.tokens.start),
            Some(Frame { within: Within::Children(_), .. }) => {
                self.issue(Code::TextBetween, self.tokens.start);
            }
            Some(_) => {}
        }
    }

    /// Anything but tags and text, outside of a value.
    #[cold]
    fn rare_token(&mut self, token: Token<'i>) {
        match token {
            Token::Reference(_) if self.frames.is_empty() => self.unwanted_text(),
            Token::Reference(name) => {
                if self.resolve(name).is_some_and(|character| !xml::is_space(character)) {
                    self.unwanted_text();
                }
            }
            Token::Cdata(text) => {
                self.cdata();
                if self.frames.is_empty() || !xml::is_blank(text) {
                    self.unwanted_text();
                }
            }
            token => self.odd_token(token),
        }
    }

    /// What is no part of any value, wherever it stands.
    #[cold]
    fn odd_token(&mut self, token: Token<'i>) {
        let start = self.tokens.start;
        match token {
            Token::Declaration(text) => self.declaration(text),
            Token::ProcessingInstruction => self.issue(Code::ProcessingInstruction, start),
            Token::Doctype => self.issue(Code::Doctype, start),
            Token::BadReference => self.issue(Code::Entity, start),
            Token::BadComment => self.issue(Code::WellFormed, start),
            Token::Bad => self.stop(Code::WellFormed, start),
            Token::Unclosed => self.truncated(start),
            Token::Finished => {
                if !self.frames.is_empty() || !self.has_root {
                    self.truncated(self.tokens.end);
                }
                self.is_done = true;
            }
            Token::Comment
            | Token::Text(_)
            | Token::Start { .. }
            | Token::End(_)
            | Token::Cdata(_)
            | Token::Reference(_) => {}
        }
    }

    fn declaration(&mut self, text: &str) {
        if self.tokens.start > 0 {
            self.issue(Code::Declaration, self.tokens.start);
        } else if let Err(code) = declaration::check(text) {
            self.issue(code, 0);
        }
    }

    fn cdata(&mut self) {
        if !self.has_cdata {
            self.has_cdata = true;
            self.issue(Code::Cdata, self.tokens.start);
        }
    }

    /// What a reference stands for; reported if that is nothing, or nothing good.
    fn resolve(&mut self, name: &str) -> Option<char> {
        let start = self.tokens.start;
        match xml::references::resolve(name) {
            Ok((character, refusal)) => {
                if let Some(code) = refusal {
                    self.issue(code, start);
                }
                Some(character)
            }
            Err(code) => {
                self.issue(code, start);
                None
            }
        }
    }

    /// `]]>` may not stand in text.
    #[inline]
    fn check_brackets(&mut self, text: &str) {
        if self.has_brackets
            && let Some(offset) = text.find("]]>")
        {
            self.issue(Code::WellFormed, self.tokens.start + offset);
        }
    }

    /// The text ends in the middle of something, unless it was cut for a reason already given.
    fn truncated(&mut self, at: usize) {
        if !self.is_cut {
            self.issue(Code::Truncated, at);
        }
        self.is_done = true;
    }

    fn stop(&mut self, code: Code, at: usize) {
        self.issue(code, at);
        self.is_done = true;
    }

    /// Adds an issue about the innermost open element.
    #[cold]
    fn issue(&mut self, code: Code, at: usize) {
        let path = frame::path(&self.frames);
        self.add(code, at, path, Vec::new());
    }

    #[cold]
    fn add(&mut self, code: Code, at: usize, path: String, expected: Vec<Cow<'static, str>>) {
        self.log.add(code, self.skipped + at, path, expected);
        self.is_done |= self.log.is_full();
    }

    /// Reports the refused characters before a place.
    #[cold]
    fn report_flaws(&mut self, end: usize) {
        while let Some(flaw) = self.flaws.as_slice().first().filter(|flaw| flaw.byte < end) {
            self.issue(flaw.code, flaw.byte);
            self.flaws.next();
        }
        self.next_flaw = self.flaws.as_slice().first().map_or(usize::MAX, |flaw| flaw.byte);
    }
}

#[cfg(test)]
mod tests;
