//! Public samples: each of them can be read, and ends as the table says.

use ksef_tests::suite::Suite;

pub(crate) fn add(suite: Suite) -> Suite {
    suite
}
