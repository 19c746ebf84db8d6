//! With what a backend is tried.

use ksef_core::port::{BoxError, ScriptedUpoVerifier};
use ksef_core::submission::simulation::{Faults, Parcel, SimulatedKsef, perform};
use ksef_core::submission::{Event, Fact, InvoiceState, ReasonCode, Step, WhenLate};
use ksef_core::{
    DocumentType, FormCode, InvoiceXml, Nip, ParseError, ReferenceNumber, ReferenceNumberKind,
    SubmissionStatus, TenantId, Timestamp, UpoXml,
};

use crate::entry::Description;
use crate::store::Backend;
use crate::{
    EnvironmentType, First, NewSubmission, Prepared, Source, Submission, SubmissionId, Tenant,
    Verification,
};

pub(super) type Outcome = Result<(), BoxError>;

/// A KSeF, a tenant and a document, with which a submission is driven to its end.
pub(super) struct World<E: EnvironmentType> {
    pub(super) tenant: Tenant<E>,
    pub(super) ksef: SimulatedKsef,
    pub(super) now: Timestamp,
}

pub(super) const STUCK: &str = "the submission did not get anywhere";

impl<E: EnvironmentType> World<E> {
    pub(super) async fn new(backend: &dyn Backend, seed: u8) -> Result<Self, BoxError> {
        let now = "2026-03-02T09:00:00Z".parse()?;
        let tenant = Tenant::open(backend, TenantId::from_bytes([seed; 16])?).await?;
        Ok(Self { tenant, ksef: SimulatedKsef::new(seed.into(), Faults::NONE, now), now })
    }

    /// Does what is due, until `is_enough`.
    pub(super) async fn drive(
        &mut self,
        id: SubmissionId<E>,
        number: u64,
        is_enough: impl Fn(&Submission) -> bool + Send,
    ) -> Outcome {
        let mut submission = self.tenant.submission(id).await?;
        for _ in 0..200 {
            if is_enough(&submission) {
                return Ok(());
            }
            let step = submission.next(self.now);
            if let Step::Wait { until } = step {
                self.now = until;
                self.ksef.advance_to(until);
            }
            let digest = submission.digest().ok_or(STUCK)?;
            for fact in perform(&step, &mut self.ksef, Parcel { number, digest }) {
                submission = self.record(id, fact).await?;
            }
        }
        Err(STUCK.into())
    }

    /// Sends it, and KSeF answers that it is not valid.
    pub(super) async fn refuse(&mut self, id: SubmissionId<E>) -> Result<Submission, BoxError> {
        self.drive(id, id.number(), is_sent).await?;
        let step = self.tenant.submission(id).await?.next(self.now);
        let Step::QueryInvoice { invoice, .. } = step else { return Err(STUCK.into()) };
        let (ksef_number, acquired_at, original) = (None, None, None);
        let state = InvoiceState { invoice, code: 450, ksef_number, acquired_at, original };
        self.record(id, Fact::InvoiceObserved { state }).await
    }

    pub(super) async fn record(
        &self,
        id: SubmissionId<E>,
        fact: Fact,
    ) -> Result<Submission, BoxError> {
        let Fact::ReceiptStored { signer, .. } = fact else {
            return Ok(self.tenant.append(id, vec![Event::new(self.now, fact)]).await?);
        };
        let verifier = ScriptedUpoVerifier::new(Ok(signer));
        let upo = (&upo()?, upo_number(self.now)?);
        self.tenant.store_receipt(id, upo, &verifier, self.now).await?;
        Ok(self.tenant.submission(id).await?)
    }
}

pub(super) fn is_sent(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Submitted
}

pub(super) fn is_failed(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Failed
}

pub(super) fn is_accepted(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Accepted
}

pub(super) fn has_number(submission: &Submission) -> bool {
    submission.history().is_some_and(|history| history.ksef_number().is_some())
}

pub(super) fn upo() -> Result<UpoXml, ParseError> {
    UpoXml::new(b"<Potwierdzenie/>".as_slice())
}

pub(super) fn upo_number(now: Timestamp) -> Result<ReferenceNumber, ParseError> {
    ReferenceNumber::new(ReferenceNumberKind::OnlineSession, now, 1, 7)
}

pub(super) fn new_submission(text: &str, now: Timestamp) -> Result<NewSubmission, BoxError> {
    let xml = format!("<Faktura>{text}</Faktura>").into_bytes();
    let description = Description {
        order_reference: format!("FV/{text}/2026"),
        customer: format!("Customer {text}"),
        buyer: Some(Nip::for_test_environment("5265877635")?),
        seller: Nip::for_test_environment("7781464139")?,
        form_code: FormCode::Fa3,
        document_type: DocumentType::Vat,
    };
    let prepared = Prepared {
        xml: InvoiceXml::new(xml)?,
        description,
        p_1: now.warsaw_date(),
        when_late: WhenLate::Ask,
        paired: false,
    };
    let source = Source {
        kind: ReasonCode::from_static("stripe_invoice"),
        id: format!("in_{text}"),
        bytes: format!("{{\"id\":\"in_{text}\"}}").into_bytes().into(),
    };
    let idempotency_key = format!("key {text}");
    Ok(NewSubmission { idempotency_key, source, first: First::Prepared(prepared) })
}

/// `condition` holds, or the backend does not conform, in this way.
pub(super) fn check(condition: bool, what: &'static str) -> Outcome {
    if condition { Ok(()) } else { Err(what.into()) }
}

pub(super) fn clean(verification: &Verification) -> Outcome {
    match verification.findings.first() {
        Some(finding) => Err(format!("what was recorded is not verified: {finding}").into()),
        None => Ok(()),
    }
}
