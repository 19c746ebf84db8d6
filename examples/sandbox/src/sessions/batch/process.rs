//! From the parts of a package to the invoices of its session.

use ksef_core::{Clock, ContextIdentifier, ReferenceNumber, Sha256Digest, Timestamp};

use super::{Batch, Part};
use crate::archive::{self, ArchiveFault, Content, Entry, Limits};
use crate::faults::{FaultKind, Moment};
use crate::invoices::checks::{Judged, Rules, judge, too_large};
use crate::invoices::{Arrival, later};
use crate::keys::SessionKey;
use crate::operation::Operation;
use crate::sandbox::Shared;
use crate::sessions::SessionFailure;
use crate::world::World;

/// How many bytes a package may unpack to. KSeF has no such limit of its own; it bounds the work
/// and the memory that a package can cost here.
const MOST_UNPACKED: u64 = 1_000_000_000;

/// A package that was sent in full, with everything that has to be known to process it.
#[derive(Debug)]
pub(super) struct Package {
    /// The operation that closed the session; faults go by it.
    pub(super) operation: Operation,
    pub(super) session: ReferenceNumber,
    pub(super) context: ContextIdentifier,
    pub(super) key: Option<SessionKey>,
    pub(super) opened_at: Timestamp,
    pub(super) closed_at: Timestamp,
    pub(super) rules: Rules,
    /// How many invoices the session takes.
    pub(super) most_invoices: u32,
    pub(super) batch: Batch,
}

/// A document of a package and what was found out about it.
struct Document {
    name: String,
    hash: Sha256Digest,
    judged: Judged,
}

/// The status of a session whose package cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Unusable(u16);

impl Package {
    /// Judges what is in the package and records it, all at once.
    pub(super) fn process(self, sandbox: &Shared) {
        let outcome = self.documents();
        let mut world = sandbox.world();
        world.batches.remove(self.session);
        let fault = world.fault(self.operation, Moment::Package);
        // Read under the lock, so that nothing enters permanent storage at a time which a query
        // was told to be complete.
        let planned = later(self.closed_at, sandbox.config.delays.batch);
        let done_at = planned.max(sandbox.clock.now());
        match (fault, outcome) {
            // It is never done.
            (Some(FaultKind::StuckProcessing), _) => {}
            (Some(_), _) => self.fail(&mut world, Unusable(500), done_at),
            (None, Err(failure)) => self.fail(&mut world, failure, done_at),
            (None, Ok(documents)) => {
                let storage_delay = sandbox.config.delays.permanent_storage;
                for Document { name, hash, judged } in documents {
                    world.receive(Arrival {
                        operation: self.operation,
                        session: self.session,
                        context: &self.context,
                        judged,
                        hash,
                        is_offline: self.batch.is_offline,
                        corrects: None,
                        file_name: Some(name),
                        invoicing_date: self.opened_at,
                        now: done_at,
                        processing_at: self.closed_at,
                        final_at: done_at,
                        storage_delay,
                    });
                }
                if let Some(session) = world.sessions.get_mut(self.session) {
                    session.processed_at = Some(done_at);
                }
            }
        }
    }

    fn fail(&self, world: &mut World, Unusable(code): Unusable, at: Timestamp) {
        if let Some(session) = world.sessions.get_mut(self.session) {
            session.failure = Some(SessionFailure { code, details: Vec::new(), at });
        }
    }

    fn documents(&self) -> Result<Vec<Document>, Unusable> {
        let key = self.key.as_ref().ok_or(Unusable(415))?;
        let package = self.joined(key)?;
        let limits = Limits {
            entries: usize::try_from(self.most_invoices).unwrap_or(usize::MAX),
            entry_bytes: usize::try_from(self.rules.most_bytes()).unwrap_or(usize::MAX),
            total_bytes: MOST_UNPACKED,
        };
        let read = |each: &mut dyn FnMut(Entry)| {
            archive::read(&package, self.batch.compression, &limits, each)
        };
        // A fault may turn up at the end, and nothing is kept in memory until it is known that
        // there is none.
        read(&mut |_| {})?;
        let mut documents = Vec::new();
        read(&mut |entry| documents.push(self.judge(entry)))?;
        Ok(documents)
    }

    /// The plain package, if all of it is what was declared.
    fn joined(&self, key: &SessionKey) -> Result<Vec<u8>, Unusable> {
        let is_declared =
            |part: &Part| part.content.as_ref().is_some_and(|it| Sha256Digest::of(it) == part.hash);
        if !self.batch.parts.iter().all(is_declared) {
            return Err(Unusable(405));
        }
        let mut package = Vec::new();
        for content in self.batch.parts.iter().filter_map(|part| part.content.as_ref()) {
            package.append(&mut key.decrypt(content).map_err(|_| Unusable(435))?);
        }
        let has_size = u64::try_from(package.len()) == Ok(self.batch.file_size);
        if !has_size || Sha256Digest::of(&package) != self.batch.file_hash {
            return Err(Unusable(405));
        }
        Ok(package)
    }

    fn judge(&self, Entry { name, content }: Entry) -> Document {
        match content {
            Content::Whole(bytes) => {
                let hash = Sha256Digest::of(&bytes);
                let mut judged = judge(bytes.into(), &self.rules);
                // What is no invoice at all is not worth its memory.
                judged.content = judged.content.filter(|_| judged.summary.is_some());
                Document { name, hash, judged }
            }
            // Of so long a file not even the hash is known.
            Content::Oversized => {
                Document { name, hash: Sha256Digest::of(b""), judged: too_large(&self.rules) }
            }
        }
    }
}

impl From<ArchiveFault> for Unusable {
    fn from(fault: ArchiveFault) -> Self {
        Self(fault.session_status())
    }
}
