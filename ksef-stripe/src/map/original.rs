//! The invoice that a credit note corrects.
