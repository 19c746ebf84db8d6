//! Proofs over every type of `ksef-core` that is read from text.

mod random_text;
