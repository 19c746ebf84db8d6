//! Faults that a verifier could have. With any of them the suite must fail.

use ksef_client::xades::{SignatureFault, Verified};
use ksef_tests::planted::PlantedFault::{ForgivenDigest, UncheckedCoverage};

/// What a faulty verifier would say in the place of ours; `None` stands for what it accepted.
pub(crate) fn verdict(
    found: Result<Verified, SignatureFault>,
) -> Result<Option<Verified>, SignatureFault> {
    use SignatureFault as F;
    let coverage = [F::DocumentNotCovered, F::PropertiesNotCovered, F::PartialReference];
    let digests = [F::DocumentDigest, F::PropertiesDigest];
    match found {
        Err(fault) if UncheckedCoverage.is_on() && coverage.contains(&fault) => Ok(None),
        Err(fault) if ForgivenDigest.is_on() && digests.contains(&fault) => Ok(None),
        found => found.map(Some),
    }
}
