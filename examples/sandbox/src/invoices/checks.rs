//! The checks of one document, without any knowledge of other documents.
//!
//! KSeF does not publish their order; this is the one that its messages suggest: decryption,
//! declared size and hash, greatest size, XML, schema, attachment.
//! Rights and duplicates, which need the state, come next, and then what is found here about the
//! meaning of the document, see [`crate::world::World::receive`].

mod messages;

use bytes::Bytes;
use ksef_core::{Environment, FormCode, InvoiceDate, Sha256Digest};
use ksef_fa::rules::Context;
use ksef_fa::{Code, Invoice, Issue, Layer, Profile, Schema, SessionKind};

use super::{Rejection, Summary};
use crate::administration::nip_of;
use crate::exchange::Call;
use crate::keys::SessionKey;
use crate::sessions::Session;
use crate::world::World;

/// What documents are held against.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) form_code: FormCode,
    pub(crate) environment: Environment,
    /// The day in Poland on which the document is judged.
    pub(crate) today: InvoiceDate,
    pub(crate) session: SessionKind,
    /// Whether check digits count although this is not production.
    pub(crate) validates_identifiers: bool,
    /// Whether the context has announced that it sends attachments.
    pub(crate) allows_attachments: bool,
    pub(crate) max_bytes: u64,
    pub(crate) max_bytes_with_attachment: u64,
}

/// What the sender of an encrypted document said about the plain one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub(crate) hash: Sha256Digest,
    pub(crate) size: u64,
}

/// A document and what was found out about it.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The plain document, if it could be decrypted.
    pub(crate) content: Option<Bytes>,
    /// What stands in it, if it satisfies its schema.
    pub(crate) summary: Option<Summary>,
    pub(crate) opinion: Opinion,
}

/// What the checks of one document say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Opinion {
    /// Nothing speaks against it.
    Sound,
    /// It is rejected unless rights or a duplicate are reason to reject it.
    Meaningless(Rejection),
    /// It is rejected.
    Unacceptable(Rejection),
}

impl Rules {
    /// The most bytes that any document may have.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.max_bytes.max(self.max_bytes_with_attachment)
    }
}

impl Judged {
    /// A document that is not even looked at.
    pub(crate) const fn unread(rejection: Rejection) -> Self {
        Self { content: None, summary: None, opinion: Opinion::Unacceptable(rejection) }
    }
}

/// Judges a document as it came: decrypts it first, and holds it against what was said about it.
pub(crate) fn judge_encrypted(
    ciphertext: &[u8],
    key: &SessionKey,
    declared: Declared,
    rules: &Rules,
) -> Judged {
    let Ok(plain) = key.decrypt(ciphertext) else {
        return Judged::unread(Rejection::plain(435));
    };
    let content = Bytes::from(plain);
    if length(&content) != declared.size {
        let detail = messages::other_size(declared.size);
        return rejected(content, Rejection::new(430, detail));
    }
    if Sha256Digest::of(&content) != declared.hash {
        return rejected(content, Rejection::new(430, messages::OTHER_HASH));
    }
    judge(content, rules)
}

/// A document that is longer than any may be; it is not even looked at.
pub(crate) fn too_large(rules: &Rules) -> Judged {
    Judged::unread(Rejection::new(430, messages::too_large(rules.most_bytes())))
}

/// Judges a plain document.
pub(crate) fn judge(content: Bytes, rules: &Rules) -> Judged {
    match read(&content, rules) {
        Ok(summary) => {
            let opinion = opinion(&content, &summary, rules);
            Judged { content: Some(content), summary: Some(summary), opinion }
        }
        Err(rejection) => rejected(content, rejection),
    }
}

const fn rejected(content: Bytes, rejection: Rejection) -> Judged {
    let opinion = Opinion::Unacceptable(rejection);
    Judged { content: Some(content), summary: None, opinion }
}

fn length(content: &[u8]) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

/// Size, XML and schema: what stands in the document, if both are satisfied.
fn read(content: &[u8], rules: &Rules) -> Result<Summary, Rejection> {
    let profile = profile(rules);
    let (report, invoice) = match rules.form_code {
        FormCode::Fa2 | FormCode::Fa3 => {
            let reading = Invoice::read(content, &profile);
            (reading.report, reading.invoice)
        }
        _ => (ksef_fa::validate(content, &profile), None),
    };
    if report.issues().iter().any(|issue| issue.code() == Code::Size) {
        let greatest = rules.most_bytes();
        let limit = if length(content) > greatest { greatest } else { rules.max_bytes };
        return Err(Rejection::new(430, messages::too_large(limit)));
    }
    let errors: Vec<&Issue> =
        report.errors().filter(|issue| !is_expected(issue, &rules.form_code)).collect();
    if errors.iter().any(|issue| issue.layer() == Layer::Xml && !is_beside_xml(issue.code())) {
        return Err(Rejection::new(450, messages::INVALID_XML));
    }
    if !errors.is_empty() {
        let details = messages::of_schema(&errors, &report, &rules.form_code);
        return Err(Rejection { code: 450, details, original: None });
    }
    Summary::of(&rules.form_code, content, invoice.as_ref())
        .ok_or_else(|| Rejection::new(450, messages::UNREADABLE))
}

/// KSeF takes Peppol's documents; only the validator of the Ministry's own schemas does not.
fn is_expected(issue: &Issue, form_code: &FormCode) -> bool {
    issue.code() == Code::Peppol && matches!(form_code, FormCode::Pef3 | FormCode::PefKor3)
}

/// Whether it is no flaw of the XML: another schema, or more issues than are told.
const fn is_beside_xml(code: Code) -> bool {
    matches!(code, Code::Root | Code::Peppol | Code::OtherSchema | Code::More)
}

fn profile(rules: &Rules) -> Profile {
    let profile = Profile::new(rules.environment, rules.today)
        .with_session(rules.session)
        .with_max_bytes(rules.max_bytes, rules.max_bytes_with_attachment)
        .with_max_issues(messages::MOST);
    let schema = Schema::ALL.into_iter().find(|schema| schema.form_code() == rules.form_code);
    match schema {
        Some(schema) => profile.with_schema(schema),
        None => profile,
    }
}

/// What is to be said about a document that satisfies its schema.
fn opinion(content: &[u8], summary: &Summary, rules: &Rules) -> Opinion {
    if summary.has_attachment && rules.session == SessionKind::Online {
        return Opinion::Unacceptable(Rejection::new(415, messages::ATTACHMENT_ONLINE));
    }
    if summary.has_attachment && !rules.allows_attachments {
        return Opinion::Unacceptable(Rejection::new(415, messages::ATTACHMENT_UNANNOUNCED));
    }
    let details = meaning(content, summary, rules);
    if details.is_empty() {
        return Opinion::Sound;
    }
    Opinion::Meaningless(Rejection { code: 450, details, original: None })
}

/// What is wrong with the meaning of the document.
fn meaning(content: &[u8], summary: &Summary, rules: &Rules) -> Vec<String> {
    let mut details = Vec::new();
    if summary.issue_date > rules.today {
        details.push(messages::issued_in_the_future(summary.issue_date));
    }
    if rules.validates_identifiers || rules.environment == Environment::Production {
        details.extend(identifiers(content, summary, rules));
    }
    details
}

/// The identifiers whose check digits are wrong.
fn identifiers(content: &[u8], summary: &Summary, rules: &Rules) -> Vec<String> {
    if !matches!(rules.form_code, FormCode::Fa2 | FormCode::Fa3) {
        let is_right = summary.seller.nip.has_valid_check_digit();
        return if is_right { Vec::new() } else { vec![messages::nip("Podmiot1")] };
    }
    let profile = profile(rules).with_max_issues(ksef_fa::MAX_ISSUES);
    let report = ksef_fa::judge(content, &profile, &Context::new().with_checked_identifiers());
    let detail = |issue: &Issue| match issue.code() {
        Code::NipCheckDigit => Some(messages::nip(issue.path())),
        Code::InternalIdCheckDigits => Some(messages::internal_id(issue, summary)),
        _ => None,
    };
    report.issues().iter().filter_map(detail).collect()
}

impl World {
    /// The rules for documents that are judged now and come into this session.
    pub(crate) fn rules(&self, session: &Session, kind: SessionKind, call: &Call<'_>) -> Rules {
        let limits = self.session_limits(&session.context).of(session.kind);
        let nip = nip_of(&session.context);
        Rules {
            form_code: session.form_code.clone(),
            environment: call.sandbox.config.environment,
            today: call.now.warsaw_date(),
            session: kind,
            validates_identifiers: session.validates_identifiers,
            allows_attachments: nip.is_some_and(|nip| self.attachments_allowed(nip, call.now)),
            max_bytes: limits.max_invoice_bytes(),
            max_bytes_with_attachment: limits.max_invoice_with_attachment_bytes(),
        }
    }
}

#[cfg(test)]
mod tests;
