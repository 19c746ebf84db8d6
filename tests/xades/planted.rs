//! Faults that a verifier could have. Each is switched on by a feature of this package only, and
//! with any of them the suite must fail.

use ksef_client::xades::{SignatureFault, Verified};

/// What a faulty verifier would say in the place of ours; `None` stands for what it accepted.
pub(crate) fn verdict(
    found: Result<Verified, SignatureFault>,
) -> Result<Option<Verified>, SignatureFault> {
    use SignatureFault as F;
    let coverage = [F::DocumentNotCovered, F::PropertiesNotCovered, F::PartialReference];
    let digests = [F::DocumentDigest, F::PropertiesDigest];
    match found {
        Err(fault) if cfg!(feature = "planted-unchecked-coverage") && coverage.contains(&fault) => {
            Ok(None)
        }
        Err(fault) if cfg!(feature = "planted-forgiven-digest") && digests.contains(&fault) => {
            Ok(None)
        }
        found => found.map(Some),
    }
}
