//! What is done once for many documents: a batch, and the questions about a session.

use ksef_audit::{Append, EnvironmentType, Leased, Submission};
use ksef_client::batch::{PackageOptions, PackageWriter, PartsInMemory};
use ksef_client::encryption::SessionKey;
use ksef_client::{AuthSession, Performed, PreparedBatch, UploadOptions};
use ksef_core::submission::{Channel, Fact, Step, WhenLate};
use ksef_core::{FormCode, InvoiceXml, ReferenceNumber, Sha256Digest};

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::{NO_LOGIN, NO_SESSION, Round, Stop, Taken, Worker, log};

/// As many documents are sent one by one. More of them are a batch.
const MOST_ONE_BY_ONE: usize = 20;

/// How much work is given back at the same time.
const AT_ONCE: usize = 64;

/// A document in a batch.
struct Packed<E: EnvironmentType> {
    taken: Taken<E>,
    xml: InvoiceXml,
}

impl<E: EnvironmentType> Worker<E> {
    /// Sends what is many in batches, and gives the rest.
    pub(super) async fn send_batches(
        self: &Arc<Self>,
        taken: Vec<Taken<E>>,
        round: &Round,
    ) -> Vec<Leased<E>> {
        let mut one_by_one = Vec::new();
        for (form, taken) in by(taken, form_for_batch) {
            match form {
                Some(form) if taken.len() > MOST_ONE_BY_ONE && !self.is_over(round) => {
                    one_by_one.extend(self.send_batch(&form, taken).await);
                }
                _ => one_by_one.extend(taken.into_iter().map(|taken| taken.leased)),
            }
        }
        one_by_one
    }

    /// Sends documents of one form as a batch; gives those that cannot be in it.
    async fn send_batch(&self, form: &FormCode, taken: Vec<Taken<E>>) -> Vec<Leased<E>> {
        let (mut packed, mut left_out) = (Vec::new(), Vec::new());
        let key = SessionKey::generate();
        let Ok(key) = key else { return taken.into_iter().map(|taken| taken.leased).collect() };
        let mut package =
            PackageWriter::new(&key, &PackageOptions::default(), PartsInMemory::default());
        for taken in taken {
            let id = taken.leased.id();
            match self.company.ledger.xml(id).await {
                Ok(xml) => match package.add(&format!("{}.xml", id.number()), &xml) {
                    Ok(()) => packed.push(Packed { taken, xml }),
                    // Alone, KSeF says what it makes of it.
                    Err(_) => left_out.push(taken.leased),
                },
                Err(error) => log(id, &error),
            }
        }
        let sent = self.send_package(form, (package, &key), &mut packed).await;
        if let (Err(Stop::Failed(error)), Some(first)) = (sent, packed.first()) {
            log(first.taken.leased.id(), &error);
        }
        self.give_all_back(packed.into_iter().map(|packed| packed.taken)).await;
        left_out
    }

    async fn send_package(
        &self,
        form: &FormCode,
        (package, key): (PackageWriter<'_, PartsInMemory>, &SessionKey),
        packed: &mut [Packed<E>],
    ) -> Result<(), Stop> {
        self.append_all(packed, |packed| match packed.taken.step {
            Step::Claim => vec![Fact::Claimed],
            _ => Vec::new(),
        })
        .await?;
        let Ok(login) = self.company.login().await else {
            return self.put_off(packed, NO_LOGIN).await;
        };
        let Some(session) = upload(&login, form, package, key).await else {
            return self.put_off(packed, NO_SESSION).await;
        };
        let channel = Channel::Batch;
        // Whoever closes the session submits all of them, so all intents are one record.
        self.append_all(packed, |packed| {
            let attempt = attempts(&packed.taken.submission) + 1;
            vec![Fact::SessionReady { session, channel }, Fact::Intent { attempt, session }]
        })
        .await?;
        let Some(Packed { taken, xml }) = packed.first() else { return Ok(()) };
        let (id, submission) = (taken.leased.id(), &taken.submission);
        let invoice = self.outgoing_xml(submission, xml.clone())?;
        let history = submission.history().ok_or(Stop::Waits)?;
        let step = Step::Post { attempt: attempts(submission), session, channel };
        let performed = login.perform(&step, history, &invoice, None).await;
        tracing::debug!(first = id.number(), documents = packed.len(), "a batch was closed");
        self.append_all(packed, |packed| {
            let attempt = attempts(&packed.taken.submission);
            performed.facts.iter().map(|fact| of_attempt(fact, attempt)).collect()
        })
        .await
    }

    async fn put_off(
        &self,
        packed: &mut [Packed<E>],
        reason: ksef_core::submission::ReasonCode,
    ) -> Result<(), Stop> {
        self.append_all(packed, |packed| {
            vec![self.later(&packed.taken.submission, &Step::Open, reason)]
        })
        .await
    }

    /// Records facts of all the documents, or none.
    async fn append_all(
        &self,
        packed: &mut [Packed<E>],
        facts: impl Fn(&Packed<E>) -> Vec<Fact>,
    ) -> Result<(), Stop> {
        let appends = packed.iter().map(|packed| Append {
            id: packed.taken.leased.id(),
            events: self.events(facts(packed)),
        });
        let appends = appends.filter(|append| !append.events.is_empty()).collect::<Vec<_>>();
        let ids: Vec<_> = appends.iter().map(|append| append.id).collect();
        let recorded = self.company.ledger.append_all(appends).await?;
        for (id, submission) in ids.into_iter().zip(recorded) {
            let packed = packed.iter_mut().find(|packed| packed.taken.leased.id() == id);
            if let Some(packed) = packed {
                packed.taken.submission = submission;
            }
        }
        Ok(())
    }

    /// Asks each session once for all documents that wait for the same answer.
    pub(super) async fn ask_sessions(self: &Arc<Self>, taken: Vec<Taken<E>>, round: &Round) {
        for (step, taken) in by(taken, |taken| taken.step.clone()) {
            if !self.is_over(round)
                && let Err(Stop::Failed(error)) = self.ask(&step, &taken).await
                && let Some(first) = taken.first()
            {
                log(first.leased.id(), &error);
            }
            self.give_all_back(taken).await;
        }
    }

    async fn ask(&self, step: &Step, taken: &[Taken<E>]) -> Result<(), Stop> {
        let Some(first) = taken.first() else { return Ok(()) };
        if let Step::Close { session, .. } = step {
            self.sessions.forget(*session).await;
        }
        let performed = match self.company.login().await {
            Ok(login) => {
                let invoice = self.outgoing(first.leased.id(), &first.submission).await?;
                let history = first.submission.history().ok_or(Stop::Waits)?;
                login.perform(step, history, &invoice, None).await
            }
            Err(_) => {
                let mut performed = Performed::default();
                performed.facts.push(self.later(&first.submission, step, NO_LOGIN));
                performed
            }
        };
        let appends = taken.iter().map(|taken| {
            let facts = facts_for(&performed, digest(&taken.submission));
            Append { id: taken.leased.id(), events: self.events(facts) }
        });
        self.company.ledger.append_all(appends.collect()).await?;
        Ok(())
    }

    async fn give_all_back(&self, taken: impl IntoIterator<Item = Taken<E>>) {
        let back = stream::iter(taken).map(|taken| self.give_back(taken.leased));
        back.buffer_unordered(AT_ONCE).for_each(async |()| ()).await;
    }
}

/// Opens a session for a package and uploads it. A session that does not get that far stays empty and
/// ends by itself.
async fn upload(
    login: &AuthSession,
    form: &FormCode,
    package: PackageWriter<'_, PartsInMemory>,
    key: &SessionKey,
) -> Option<ReferenceNumber> {
    let (manifest, parts) = package.finish().ok()?;
    let session = login.open_batch(PreparedBatch::new(form, &manifest, key)).await.ok()?;
    session.upload(&parts, &UploadOptions::default(), |_| {}).await.ok()?;
    Some(session.reference_number())
}

/// What a batch can hold: documents that are sent on the day of their issue.
fn form_for_batch<E: EnvironmentType>(taken: &Taken<E>) -> Option<FormCode> {
    let document = taken.submission.history()?.document()?;
    let form = &taken.submission.description()?.form_code;
    (form.allows_batch() && document.when_late == WhenLate::Ask).then(|| form.clone())
}

fn attempts(submission: &Submission) -> u32 {
    submission.history().map_or(0, ksef_core::submission::History::attempts)
}

fn digest(submission: &Submission) -> Option<Sha256Digest> {
    Some(submission.history()?.document()?.digest)
}

/// The answer to the closing of a batch is one for all of its documents.
fn of_attempt(fact: &Fact, attempt: u32) -> Fact {
    match fact.clone() {
        Fact::Acknowledged { invoice, .. } => Fact::Acknowledged { attempt, invoice },
        Fact::SendRefused { refusal, .. } => Fact::SendRefused { attempt, refusal },
        Fact::AnswerLost { .. } => Fact::AnswerLost { attempt },
        other => other,
    }
}

/// What an answer about a session says of the document with this hash.
fn facts_for(performed: &Performed, digest: Option<Sha256Digest>) -> Vec<Fact> {
    let facts = performed.facts.iter().map(|fact| match fact {
        Fact::Listed { session, rows, .. } => {
            let mut listed = performed.listed.iter();
            let found = listed.find(|invoice| Some(invoice.invoice_hash) == digest);
            let found = found.map(ksef_client::InvoiceStatus::state);
            Fact::Listed { session: *session, rows: *rows, found }
        }
        other => other.clone(),
    });
    facts.collect()
}

/// Groups, in the order in which they begin.
fn by<T, K: PartialEq>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let key = key(&item);
        match groups.iter_mut().find(|(found, _)| *found == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}
