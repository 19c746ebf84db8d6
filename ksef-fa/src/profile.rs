//! `Profile`, under which circumstances a document is validated.

use ksef_core::{Environment, InvoiceDate};

use crate::{Code, Enforcement, Schema, Severity};

/// The most bytes of an invoice without an attachment.
///
/// Source: KSeF documentation, limits of a context (`limity.md`); a context's own limits can
/// differ.
pub const MAX_BYTES: u64 = 1_000_000;

/// The most bytes of an invoice with an attachment; same source as [`MAX_BYTES`].
pub const MAX_BYTES_WITH_ATTACHMENT: u64 = 3_000_000;

/// How deep elements may be nested, which is eight times what the schemas need. Ours, against
/// hostile documents.
pub const MAX_DEPTH: u16 = 64;

/// How many issues a report has at most. Ours, against hostile documents.
pub const MAX_ISSUES: u16 = 1_000;

/// How the document is going to be sent.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SessionKind {
    /// In an online session.
    #[default]
    Online,
    /// In a batch session.
    Batch,
    /// As a technical correction of an offline invoice.
    TechnicalCorrection,
}

/// Under which circumstances a document is validated: where it goes, when, and within what limits.
///
/// ```
/// use ksef_core::Environment;
/// use ksef_fa::{Code, Profile, Schema, Severity};
///
/// let today = "2026-11-20".parse()?;
/// let profile = Profile::new(Environment::Production, today).with_schema(Schema::Fa3);
/// assert_eq!(profile.severity(Code::DiscouragedCharacter), Severity::Warning);
/// let profile = Profile::new(Environment::Demo, today);
/// assert_eq!(profile.severity(Code::DiscouragedCharacter), Severity::Error);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    environment: Environment,
    today: InvoiceDate,
    session: SessionKind,
    schema: Option<Schema>,
    max_bytes: u64,
    max_bytes_with_attachment: u64,
    max_depth: u16,
    max_issues: u16,
    deny_warnings: bool,
}

impl Profile {
    /// A profile for an environment and a day in Poland: an online session, any known schema, and
    /// the limits [`MAX_BYTES`], [`MAX_BYTES_WITH_ATTACHMENT`], [`MAX_DEPTH`] and [`MAX_ISSUES`].
    #[must_use]
    pub const fn new(environment: Environment, today: InvoiceDate) -> Self {
        Self {
            environment,
            today,
            session: SessionKind::Online,
            schema: None,
            max_bytes: MAX_BYTES,
            max_bytes_with_attachment: MAX_BYTES_WITH_ATTACHMENT,
            max_depth: MAX_DEPTH,
            max_issues: MAX_ISSUES,
            deny_warnings: false,
        }
    }

    /// Sets how the document is going to be sent.
    #[must_use]
    pub const fn with_session(mut self, session: SessionKind) -> Self {
        self.session = session;
        self
    }

    /// Sets the schema that the session is for; any other is [`Code::OtherSchema`].
    #[must_use]
    pub const fn with_schema(mut self, schema: Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// Sets the most bytes of an invoice without and with an attachment.
    ///
    /// They also bound the memory of [`validate_from`](crate::validate_from).
    #[must_use]
    pub const fn with_max_bytes(mut self, without_attachment: u64, with_attachment: u64) -> Self {
        self.max_bytes = without_attachment;
        self.max_bytes_with_attachment = with_attachment;
        self
    }

    /// Sets how deep elements may be nested.
    #[must_use]
    pub const fn with_max_depth(mut self, max_depth: u16) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// Sets how many issues a report has at most, before the one that says there are more.
    #[must_use]
    pub const fn with_max_issues(mut self, max_issues: u16) -> Self {
        self.max_issues = max_issues;
        self
    }

    /// Makes warnings count as errors.
    #[must_use]
    pub const fn deny_warnings(mut self) -> Self {
        self.deny_warnings = true;
        self
    }

    /// Where the document goes.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The day in Poland on which it is validated.
    #[must_use]
    pub const fn today(&self) -> InvoiceDate {
        self.today
    }

    /// How the document is going to be sent.
    #[must_use]
    pub const fn session(&self) -> SessionKind {
        self.session
    }

    /// The schema that the session is for, if only one is allowed.
    #[must_use]
    pub const fn schema(&self) -> Option<Schema> {
        self.schema
    }

    /// The most bytes of an invoice without an attachment.
    #[must_use]
    pub const fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// The most bytes of any invoice.
    #[must_use]
    pub fn max_bytes_with_attachment(&self) -> u64 {
        self.max_bytes_with_attachment.max(self.max_bytes)
    }

    /// How deep elements may be nested.
    #[must_use]
    pub const fn max_depth(&self) -> u16 {
        self.max_depth
    }

    /// How many issues a report has at most, before the one that says there are more.
    #[must_use]
    pub const fn max_issues(&self) -> u16 {
        self.max_issues
    }

    /// Whether warnings count as errors.
    #[must_use]
    pub const fn denies_warnings(&self) -> bool {
        self.deny_warnings
    }

    /// How much a code weighs here: as in its row, or a warning where KSeF does not enforce it yet.
    #[must_use]
    pub fn severity(&self, code: Code) -> Severity {
        let is_production = self.environment == Environment::Production;
        let is_enforced = match code.enforcement() {
            Enforcement::Production | Enforcement::No => true,
            Enforcement::TestAndDemo => !is_production,
            Enforcement::Planned(date) => !is_production || self.today >= date,
        };
        if is_enforced { code.severity() } else { code.severity().min(Severity::Warning) }
    }
}

impl Profile {
    /// From which severity on an issue makes the document invalid.
    pub(crate) const fn least_error(&self) -> Severity {
        if self.deny_warnings { Severity::Warning } else { Severity::Error }
    }

    /// Whether a code makes the document invalid here.
    pub(crate) fn is_error(&self, code: Code) -> bool {
        self.severity(code) >= self.least_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(environment: Environment, today: &str) -> Profile {
        Profile::new(environment, today.parse().unwrap())
    }

    #[test]
    fn a_planned_rule_binds_production_from_its_day() {
        let severity =
            |environment, today| profile(environment, today).severity(Code::ProcessingInstruction);
        assert_eq!(severity(Environment::Production, "2026-10-18"), Severity::Warning);
        assert_eq!(severity(Environment::Production, "2026-10-19"), Severity::Fatal);
        assert_eq!(severity(Environment::Test, "2026-10-18"), Severity::Fatal);
    }

    #[test]
    fn the_limit_with_an_attachment_is_never_the_smaller_one() {
        let profile = profile(Environment::Test, "2026-11-20").with_max_bytes(5, 3);
        assert_eq!((profile.max_bytes(), profile.max_bytes_with_attachment()), (5, 5));
    }
}
