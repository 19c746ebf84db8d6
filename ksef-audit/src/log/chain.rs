//! Verifying a whole log.

use ksef_core::{Environment, TenantId};

use super::{Frontier, Record, RecordError, Tag, TreeHead, leaf_hash};

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The record at this place cannot be read.
    #[error("the record at {sequence} is damaged: {source}")]
    Record {
        /// Its place.
        sequence: u64,
        /// What is wrong with it.
        source: RecordError,
    },
    /// The record at this place says that it stands elsewhere: records are missing, were added or
    /// swapped.
    #[error("the record at {sequence} belongs elsewhere; records are missing, added or swapped")]
    Sequence {
        /// Its place.
        sequence: u64,
    },
    /// The record at this place is from the log of another tenant or environment.
    #[error("the record at {sequence} is from another log")]
    Foreign {
        /// Its place.
        sequence: u64,
    },
    /// The records lead to another root than a head that is known for this size.
    #[error("the first {size} records are not those that were recorded")]
    Root {
        /// The size of that head.
        size: u64,
    },
    /// The log is shorter than a head that is known: it was cut off or rolled back.
    #[error("the log has {size} records and once had {known}")]
    RolledBack {
        /// How many there are.
        size: u64,
        /// How many there were.
        known: u64,
    },
    /// There are records that the head does not count.
    #[error("the log has {size} records, its head counts {known}")]
    Uncounted {
        /// How many there are.
        size: u64,
        /// How many the head counts.
        known: u64,
    },
}

/// Verifies a log from its records: their form, their places, and every head that is known.
///
/// The records are handed over one by one, so a log of any length takes no memory.
///
/// ```
/// use ksef_audit::log::{ChainVerifier, Frontier};
/// use ksef_core::{Environment, TenantId};
///
/// let tenant = TenantId::from_bytes([7; 16])?;
/// let verifier = ChainVerifier::new(tenant, Environment::Test, []);
/// assert_eq!(verifier.finish(&Frontier::new().head()), Ok(()));
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    tenant: TenantId,
    environment: Environment,
    frontier: Frontier,
    /// The heads that are still ahead, the smallest last.
    known: Vec<TreeHead>,
}

impl ChainVerifier {
    /// Begins with no records. `known` are the heads of the checkpoints that are at hand, in any
    /// order; each is compared when the log has reached its size.
    #[must_use]
    pub fn new(
        tenant: TenantId,
        environment: Environment,
        known: impl IntoIterator<Item = TreeHead>,
    ) -> Self {
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_unstable_by_key(|head| core::cmp::Reverse(head.size));
        Self { tenant, environment, frontier: Frontier::new(), known }
    }

    /// Takes the next record. It returns the record, so that what it says can be checked too.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or with the log up to it. The verifier can go on after that; the
    /// bytes are counted as they are.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Record, ChainError> {
        let sequence = self.frontier.size();
        let known = self.compare();
        self.frontier.append(leaf_hash(bytes));
        known?;
        let record =
            Record::decode(bytes).map_err(|source| ChainError::Record { sequence, source })?;
        if record.number(Tag::Sequence) != Some(sequence) {
            return Err(ChainError::Sequence { sequence });
        }
        let is_ours = record.bytes(Tag::Tenant) == Some(self.tenant.as_bytes().as_slice())
            && record.text(Tag::Environment) == Some(self.environment.as_str());
        if is_ours { Ok(record) } else { Err(ChainError::Foreign { sequence }) }
    }

    /// Compares what there is with the stored head of the log.
    ///
    /// # Errors
    ///
    /// When records are missing, were added, or are not those of the head, or the log is shorter
    /// than a known head.
    pub fn finish(mut self, head: &TreeHead) -> Result<(), ChainError> {
        self.compare()?;
        let ours = self.frontier.head();
        let size = ours.size;
        if let Some(last) = self.known.first() {
            return Err(ChainError::RolledBack { size, known: last.size });
        }
        match size.cmp(&head.size) {
            core::cmp::Ordering::Less => Err(ChainError::RolledBack { size, known: head.size }),
            core::cmp::Ordering::Greater => Err(ChainError::Uncounted { size, known: head.size }),
            core::cmp::Ordering::Equal if ours.root == head.root => Ok(()),
            core::cmp::Ordering::Equal => Err(ChainError::Root { size }),
        }
    }

    /// The head over the records so far.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    fn compare(&mut self) -> Result<(), ChainError> {
        let size = self.frontier.size();
        let mut result = Ok(());
        while let Some(head) = self.known.pop_if(|head| head.size == size) {
            if head.root != self.frontier.head().root {
                result = Err(ChainError::Root { size });
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::sample;
    use super::*;

    fn encoded(count: u64) -> Vec<Vec<u8>> {
        (0..count).map(|sequence| sample(sequence).encode().unwrap()).collect()
    }

    fn head(records: &[Vec<u8>]) -> TreeHead {
        let mut frontier = Frontier::new();
        for record in records {
            frontier.append(leaf_hash(record));
        }
        frontier.head()
    }

    fn verify(records: &[Vec<u8>], known: &[TreeHead], head: &TreeHead) -> Result<(), ChainError> {
        let tenant = TenantId::from_bytes([7; 16]).unwrap();
        let mut verifier = ChainVerifier::new(tenant, Environment::Test, known.iter().copied());
        for record in records {
            verifier.push(record)?;
        }
        verifier.finish(head)
    }

    #[test]
    fn a_log_as_it_was_recorded_passes_with_all_its_heads() {
        let records = encoded(40);
        let known: Vec<_> = (0..=40).map(|size| head(&records[..size])).collect();
        assert_eq!(verify(&records, &known, &head(&records)), Ok(()));
    }

    #[test]
    fn a_log_that_was_rolled_back_with_its_head_is_found_by_a_checkpoint() {
        let records = encoded(40);
        let known = [head(&records[..33])];
        let rolled_back = &records[..32];
        let found = verify(rolled_back, &known, &head(rolled_back));
        assert_eq!(found, Err(ChainError::RolledBack { size: 32, known: 33 }));
    }

    #[test]
    fn a_log_that_was_written_anew_is_found_by_a_checkpoint() {
        let records = encoded(40);
        let known = [head(&records[..33])];
        let mut forged = records.clone();
        forged[5] = sample(5).with(Tag::Name, "other").encode().unwrap();
        let found = verify(&forged, &known, &head(&forged));
        assert_eq!(found, Err(ChainError::Root { size: 33 }));
    }

    #[test]
    fn the_log_of_another_tenant_or_environment_is_refused() {
        let other = TenantId::from_bytes([8; 16]).unwrap();
        for (tenant, environment) in [
            (other, Environment::Test),
            (TenantId::from_bytes([7; 16]).unwrap(), Environment::Demo),
        ] {
            let mut verifier = ChainVerifier::new(tenant, environment, []);
            let found = verifier.push(&encoded(1)[0]);
            assert_eq!(found, Err(ChainError::Foreign { sequence: 0 }));
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Tampering {
        Flip(prop::sample::Index, u8),
        Remove,
        Repeat,
        Swap(prop::sample::Index),
        Truncate,
    }

    fn any_tampering() -> impl Strategy<Value = Tampering> {
        prop_oneof![
            (any::<prop::sample::Index>(), 0..8_u8).prop_map(|(at, bit)| Tampering::Flip(at, bit)),
            Just(Tampering::Remove),
            Just(Tampering::Repeat),
            any::<prop::sample::Index>().prop_map(Tampering::Swap),
            Just(Tampering::Truncate),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn every_tampering_is_found(
            count in 1..40_u64,
            at in any::<prop::sample::Index>(),
            tampering in any_tampering(),
        ) {
            let records = encoded(count);
            let head = head(&records);
            let mut changed = records.clone();
            let at = at.index(changed.len());
            match tampering {
                Tampering::Flip(byte, bit) => {
                    let byte = byte.index(changed[at].len());
                    changed[at][byte] ^= 1 << bit;
                }
                Tampering::Remove => drop(changed.remove(at)),
                Tampering::Repeat => changed.insert(at, changed[at].clone()),
                Tampering::Swap(other) => {
                    let other = other.index(changed.len());
                    changed.swap(at, other);
                }
                Tampering::Truncate => changed.truncate(at),
            }
            prop_assert_eq!(verify(&changed, &[], &head).is_ok(), changed == records);
        }
    }
}
