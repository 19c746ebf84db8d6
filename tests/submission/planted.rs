//! Faults that a worker could have. Each is switched on by a feature of this package only, and
//! with any of them the suite must fail.

/// The worker repeats a request whose answer it did not get.
pub(crate) const RESEND_WITHOUT_ASKING: bool = cfg!(feature = "planted-resend-without-asking");
/// The worker sends although the ledger refused its intent.
pub(crate) const SKIPPED_FENCE: bool = cfg!(feature = "planted-skipped-fence");
/// The worker takes a duplicate's original for its own document.
pub(crate) const ADOPT_WITHOUT_COMPARING: bool = cfg!(feature = "planted-adopt-without-comparing");
/// The worker takes a list for complete while the session goes on.
pub(crate) const ABSENCE_BEFORE_THE_END: bool = cfg!(feature = "planted-absence-before-the-end");
