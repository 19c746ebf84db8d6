//! What is done once for many documents: a batch, and the questions about a session.

use ksef_audit::{Append, EnvironmentType, Submission};
use ksef_client::batch::{PackageOptions, PackageWriter, PartsInMemory};
use ksef_client::encryption::SessionKey;
use ksef_client::{AuthSession, Performed, PreparedBatch, UploadOptions};
use ksef_core::submission::{Channel, Fact, ReasonCode, Step, WhenLate};
use ksef_core::{FormCode, ReferenceNumber, Sha256Digest};

use std::sync::Arc;

use super::{NO_LOGIN, NO_SESSION, Round, Stop, Taken, Worker, log};
use crate::app::chain;

/// As many documents are sent one by one. More of them are a batch.
const MOST_ONE_BY_ONE: usize = 20;

impl<E: EnvironmentType> Worker<E> {
    /// Sends what is many in batches, and gives the rest.
    pub(super) async fn send_batches(
        self: &Arc<Self>,
        taken: Vec<Taken<E>>,
        round: &Round,
    ) -> Vec<Taken<E>> {
        let mut one_by_one = Vec::new();
        for (form, taken) in by(taken, form_for_batch) {
            match form {
                Some(form) if taken.len() > MOST_ONE_BY_ONE && !self.is_over(round) => {
                    one_by_one.extend(self.send_batch(&form, taken).await);
                }
                _ => one_by_one.extend(taken),
            }
        }
        one_by_one
    }

    /// Sends documents of one form as a batch; gives those that cannot be in it.
    async fn send_batch(&self, form: &FormCode, mut taken: Vec<Taken<E>>) -> Vec<Taken<E>> {
        let Ok(login) = self.company.login().await else {
            let put_off = self.put_all_off(&mut taken, NO_LOGIN).await;
            self.end(put_off, taken).await;
            return Vec::new();
        };
        let (mut packed, mut left_out) = (Vec::new(), Vec::new());
        let key = SessionKey::generate();
        let Ok(key) = key else { return taken };
        let mut package =
            PackageWriter::new(&key, &PackageOptions::default(), PartsInMemory::default());
        for taken in taken {
            let id = taken.leased.id();
            match self.company.ledger.xml_of(&taken.submission).await {
                Ok(xml) => match package.add(&format!("{}.xml", id.number()), &xml) {
                    Ok(()) => packed.push(taken),
                    // Alone, KSeF says what it makes of it.
                    Err(_) => left_out.push(taken),
                },
                Err(error) => log(id, &error),
            }
        }
        let sent = self.send_package(form, &login, (package, &key), &mut packed).await;
        self.end(sent, packed).await;
        left_out
    }

    async fn end(&self, done: Result<(), Stop>, taken: Vec<Taken<E>>) {
        if let (Err(Stop::Failed(error)), Some(first)) = (done, taken.first()) {
            log(first.leased.id(), &error);
        }
        self.give_back(taken).await;
    }

    async fn send_package(
        &self,
        form: &FormCode,
        login: &AuthSession,
        (package, key): (PackageWriter<'_, PartsInMemory>, &SessionKey),
        packed: &mut [Taken<E>],
    ) -> Result<(), Stop> {
        let Ok((manifest, parts)) = package.finish() else {
            return self.put_all_off(packed, NO_SESSION).await;
        };
        let batch = PreparedBatch::new(form, &manifest, key);
        let opened = self.sessions.open_batch(&self.company, login, batch).await;
        let Some(opened) = opened else {
            return self.put_all_off(packed, NO_SESSION).await;
        };
        self.append_all(packed, |taken| match taken.step {
            Step::Claim => vec![Fact::Claimed],
            _ => Vec::new(),
        })
        .await?;
        // A session that does not get further stays empty and ends by itself.
        if let Err(error) = opened.upload(&parts, &UploadOptions::default(), |_| {}).await {
            tracing::warn!(error = chain(&error), "a package was not uploaded");
            return self.put_all_off(packed, NO_SESSION).await;
        }
        self.close_batch(login, opened.reference_number(), packed).await
    }

    /// Closes the session of a batch, which submits its documents.
    async fn close_batch(
        &self,
        login: &AuthSession,
        session: ReferenceNumber,
        packed: &mut [Taken<E>],
    ) -> Result<(), Stop> {
        let channel = Channel::Batch;
        // Whoever closes the session submits all of them, so all intents are one record.
        self.append_all(packed, |taken| {
            let attempt = attempts(&taken.submission) + 1;
            vec![Fact::SessionReady { session, channel }, Fact::Intent { attempt, session }]
        })
        .await?;
        let Some(Taken { leased, submission, .. }) = packed.first() else { return Ok(()) };
        let invoice = self.outgoing(submission).await?;
        let history = submission.history().ok_or(Stop::Waits)?;
        let step = Step::Post { attempt: attempts(submission), session, channel };
        let performed = login.perform(&step, history, &invoice, None).await;
        self.company.note_answer(performed.error.as_ref()).await;
        tracing::debug!(
            first = leased.id().number(),
            documents = packed.len(),
            "a batch was closed"
        );
        self.append_all(packed, |taken| {
            let attempt = attempts(&taken.submission);
            performed.facts.iter().map(|fact| of_attempt(fact, attempt)).collect()
        })
        .await
    }

    async fn put_all_off(&self, taken: &mut [Taken<E>], reason: ReasonCode) -> Result<(), Stop> {
        for taken in &mut *taken {
            taken.put_off = Some(self.patience_until());
        }
        self.append_all(taken, |taken| {
            self.later(&taken.submission, &Step::Open, reason).into_iter().collect()
        })
        .await
    }

    /// Records facts of all the documents, or none.
    async fn append_all(
        &self,
        taken: &mut [Taken<E>],
        facts: impl Fn(&Taken<E>) -> Vec<Fact>,
    ) -> Result<(), Stop> {
        let (mut changed, mut appends) = (Vec::new(), Vec::new());
        for taken in taken {
            let events = self.events(facts(taken));
            if !events.is_empty() {
                let append = Append { id: taken.leased.id(), events };
                appends.push((append, taken.submission.clone()));
                changed.push(taken);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let recorded = self.company.ledger.append_seen(appends).await?;
        for (taken, submission) in changed.into_iter().zip(recorded) {
            taken.submission = submission;
        }
        Ok(())
    }

    /// Asks each session once for all documents that wait for the same answer.
    pub(super) async fn ask_sessions(self: &Arc<Self>, taken: Vec<Taken<E>>, round: &Round) {
        for (step, mut taken) in by(taken, |taken| taken.step.clone()) {
            if !self.is_over(round)
                && let Err(Stop::Failed(error)) = self.ask(&step, &mut taken).await
                && let Some(first) = taken.first()
            {
                log(first.leased.id(), &error);
            }
            self.give_back(taken).await;
        }
    }

    async fn ask(&self, step: &Step, taken: &mut [Taken<E>]) -> Result<(), Stop> {
        let Some(first) = taken.first() else { return Ok(()) };
        if let Step::Close { session, .. } = step {
            self.sessions.forget(*session).await;
        }
        let performed = match self.company.login().await {
            Ok(login) => {
                let invoice = self.outgoing(&first.submission).await?;
                let history = first.submission.history().ok_or(Stop::Waits)?;
                let performed = login.perform(step, history, &invoice, None).await;
                self.company.note_answer(performed.error.as_ref()).await;
                performed
            }
            Err(_) => {
                let until = self.patience_until();
                let mut performed = Performed::default();
                performed.facts.push(Fact::Postponed { reason: NO_LOGIN, until });
                performed
            }
        };
        let put_off = match performed.facts[..] {
            [Fact::Postponed { reason, until }] => Some((reason, until)),
            _ => None,
        };
        let is_known = |taken: &Taken<E>| {
            put_off.is_some_and(|(reason, _)| taken.submission.put_off() == Some(reason))
        };
        for taken in &mut *taken {
            taken.put_off = put_off.map(|(_, until)| until);
        }
        self.append_all(taken, |taken| {
            if is_known(taken) {
                Vec::new()
            } else {
                facts_for(&performed, digest(&taken.submission))
            }
        })
        .await
    }
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
