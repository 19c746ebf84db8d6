//! The corpus that fuzzing has left, through what the fuzz targets check.

use std::path::Path;
use std::{fs, io, panic};

#[path = "../../ksef-fa/fuzz/src/checks.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod checks;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ksef-fa/fuzz/corpus");

/// Takes every document of a target through its check.
fn replay(target: &str, check: fn(&[u8])) -> io::Result<()> {
    let mut count = 0;
    for file in fs::read_dir(Path::new(CORPUS).join(target))? {
        let path = file?.path();
        let document = fs::read(&path)?;
        let outcome = panic::catch_unwind(|| check(&document));
        assert!(outcome.is_ok(), "{}", path.display());
        count += 1;
    }
    assert_ne!(count, 0, "no corpus of {target}");
    Ok(())
}

#[test]
fn fuzzed_documents_get_a_report_with_places_inside_of_them() -> io::Result<()> {
    replay("validate", checks::validate_any)
}

#[test]
fn fuzzed_documents_are_read_exactly_where_they_are_valid() -> io::Result<()> {
    replay("read", checks::read_as_validated)
}

#[test]
fn fuzzed_documents_are_written_as_they_were_read() -> io::Result<()> {
    replay("roundtrip", checks::round_trip)
}
