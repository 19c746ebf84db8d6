//! Proofs over every type of `ksef-core` that is read from text.

mod known_numbers;
mod random_text;
