//! What validation found: a [`Report`] of [`Issue`]s.

mod catalogue;
pub(crate) mod log;
mod render;

use core::fmt;
use std::borrow::Cow;

use ksef_core::InvoiceDate;

use crate::{Profile, Schema};

pub use catalogue::Code;

/// Everything that is to be said about one document, in the order of its bytes.
///
/// ```
/// use ksef_core::Environment;
/// use ksef_fa::{Code, Profile, validate};
///
/// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
/// let report = validate(b"", &profile);
/// assert!(!report.is_valid());
/// assert_eq!(report.issues()[0].code(), Code::Empty);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    schema: Option<Schema>,
    issues: Vec<Issue>,
    least_error: Severity,
}

impl Report {
    pub(crate) fn new(schema: Option<Schema>, issues: Vec<Issue>, profile: &Profile) -> Self {
        Self { schema, issues, least_error: profile.least_error() }
    }

    /// The schema that the document's root element names, if it is a known one.
    #[must_use]
    pub const fn schema(&self) -> Option<Schema> {
        self.schema
    }

    /// Everything that was found, in the order of the document.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// What makes the document invalid under the profile.
    pub fn errors(&self) -> impl Iterator<Item = &Issue> {
        self.issues.iter().filter(|issue| issue.severity >= self.least_error)
    }

    /// Whether nothing makes the document invalid under the profile.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors().next().is_none()
    }

    /// Whether there is a warning.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity == Severity::Warning)
    }

    /// A readable form with excerpts of the document, which `source` must be.
    ///
    /// Unlike the report itself it contains values of the document, which may be personal data.
    ///
    /// ```
    /// use ksef_core::Environment;
    /// use ksef_fa::{Language, Profile, validate};
    ///
    /// let source = b"<Faktura/>";
    /// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
    /// let text = validate(source, &profile).render(source, Language::English);
    /// assert!(text.contains("X-ROOT"));
    /// assert!(text.contains("1 | <Faktura/>"));
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn render(&self, source: &[u8], language: Language) -> String {
        render::report(self, source, language)
    }
}

/// The first error, and how many more there are. A report that is handed out as an error has
/// at least one; see [`Report::issues`] for all and [`Report::render`] for a form with excerpts.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.errors();
        match errors.next() {
            Some(first) => {
                let Position { line, column, .. } = first.position;
                let (code, path) = (first.code.as_str(), &first.path);
                let text = first.text(Language::English);
                write!(f, "{code} at {path}, line {line}, column {column}: {text}")?;
                match errors.count() {
                    0 => Ok(()),
                    others => write!(f, " ({others} more)"),
                }
            }
            None => f.write_str("no error"),
        }
    }
}

impl core::error::Error for Report {}

/// One thing to be said about a document. It never contains a value of the document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) path: String,
    pub(crate) position: Position,
    pub(crate) expected: Vec<Cow<'static, str>>,
}

impl Issue {
    /// What it is.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// How much it weighs under the profile, see [`Profile::severity`].
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The layer of the rule.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.code.layer()
    }

    /// Where in the tree, for instance `/Faktura/Fa/FaWiersz[3]/P_12`; `/` for the document.
    ///
    /// Elements that may be repeated have an index, which counts from 1. A name that the schema
    /// does not know is written `*`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where in the bytes.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What the schema allows there: names of elements or attributes, values, or a limit.
    pub fn expected(&self) -> impl ExactSizeIterator<Item = &str> {
        self.expected.iter().map(AsRef::as_ref)
    }

    /// What is wrong, in one sentence or two.
    ///
    /// ```
    /// use ksef_core::Environment;
    /// use ksef_fa::{Language, Profile, validate};
    ///
    /// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
    /// let report = validate(b"", &profile);
    /// assert_eq!(report.issues()[0].text(Language::English), "The file is empty.");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        render::text(self, language)
    }

    /// The issue with an excerpt of the document, which `source` must be.
    #[must_use]
    pub fn render(&self, source: &[u8], language: Language) -> String {
        render::issue(self, source, language)
    }
}

/// A place in the bytes of a document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "the three ways to name a place")]
pub struct Position {
    /// The number of bytes before it.
    pub byte: u64,
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// The first byte.
    pub const START: Self = Self { byte: 0, line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Which kind of rule an issue comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Layer {
    /// The document as bytes and as XML.
    Xml,
    /// The official schema.
    Xsd,
    /// What KSeF checks beyond the schema.
    Ksef,
    /// The law; KSeF does not check it.
    Legal,
    /// What is allowed and still unwise.
    Advice,
}

impl Layer {
    /// The name as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "Xml",
            Self::Xsd => "Xsd",
            Self::Ksef => "Ksef",
            Self::Legal => "Legal",
            Self::Advice => "Advice",
        }
    }
}

/// How much an issue weighs, the lightest first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "callers decide by it")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Probably a mistake; the document is valid.
    Warning,
    /// The document is not valid.
    Error,
    /// The document is not valid, and KSeF would not even look at its content.
    Fatal,
}

impl Severity {
    /// The name as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Error => "Error",
            Self::Fatal => "Fatal",
        }
    }
}

/// Where KSeF itself enforces a rule.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Enforcement {
    /// In every environment, Production too.
    Production,
    /// On TEST and DEMO.
    TestAndDemo,
    /// Nowhere.
    No,
    /// On TEST and DEMO, and in Production from this day.
    Planned(InvoiceDate),
}

/// A language of the texts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a further language is a further text of every code")]
pub enum Language {
    /// Polish.
    Polish,
    /// English.
    English,
}
