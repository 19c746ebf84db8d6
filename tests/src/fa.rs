//! Documents in the FA structures: made from the schema tables, changed, and judged by others.
//!
//! ```
//! use ksef_fa::Schema;
//! use ksef_tests::fa::{Generator, Target};
//!
//! let target = Target::all(Schema::Fa3).swap_remove(7);
//! let document = Generator::new(Schema::Fa3, 1).document(&target);
//! assert!(document.to_xml().contains("http://crd.gov.pl/wzor/2025/06/25/13775/"));
//! ```

mod coverage;
mod document;
mod generate;
mod mutate;
mod values;

pub use coverage::{Coverage, Target};
pub use document::{Document, Element, Node};
pub use generate::Generator;
pub use mutate::{Mutant, mutate, mutate_bytes};
pub use values::{boundaries, made_for_pattern, value};
