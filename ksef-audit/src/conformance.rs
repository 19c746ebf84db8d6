//! What every backend must do: functions that any implementation can be run against.
//!
//! They write, so the backend has to be one for tests; every function uses tenants of its own.
//! They are no stable interface: a later version may ask more.

mod decisions;
mod registry;
mod search;
mod settings;
mod submissions;
mod work;
mod world;

use ksef_core::port::BoxFuture;

pub use self::decisions::{
    a_number_by_hand_counts_with_our_hash_only, a_refused_document_is_rebuilt_on_a_persons_word,
};
pub use self::registry::the_registry_knows_who_has_work;
pub use self::search::{
    a_name_finds_its_lines_alone, completeness_compares_three_lists,
    every_filter_finds_what_it_matches,
};
pub use self::settings::{
    an_application_keeps_values_and_secrets, settings_change_one_version_at_a_time,
    what_is_shared_is_changed_by_one_at_a_time,
};
pub use self::submissions::{
    a_key_creates_one_submission, a_session_key_is_kept_once, a_snapshot_is_of_one_state,
    a_submission_is_accepted_end_to_end, an_announced_source_arrives_once,
    an_attempt_is_recorded_once, many_are_answered_as_each_is_alone,
    only_a_verified_receipt_accepts, tenants_do_not_see_each_other, the_second_leg_follows_ksef,
};
pub use self::work::{
    due_work_is_leased_to_one_worker, poison_work_is_parked, work_given_back_hides_no_record,
};
use crate::registry::Registry;

/// A function of this module.
pub type Check = for<'a> fn(&'a dyn Registry) -> BoxFuture<'a, world::Outcome>;

macro_rules! checks {
    ($($name:ident)*) => {
        /// All functions of this module, by name.
        pub const CHECKS: &[(&str, Check)] =
            &[$((stringify!($name), |registry| Box::pin($name(registry)))),*];
    };
}

checks! {
    a_submission_is_accepted_end_to_end
    a_key_creates_one_submission
    many_are_answered_as_each_is_alone
    a_snapshot_is_of_one_state
    an_announced_source_arrives_once
    an_attempt_is_recorded_once
    tenants_do_not_see_each_other
    only_a_verified_receipt_accepts
    the_second_leg_follows_ksef
    a_session_key_is_kept_once
    a_refused_document_is_rebuilt_on_a_persons_word
    a_number_by_hand_counts_with_our_hash_only
    due_work_is_leased_to_one_worker
    work_given_back_hides_no_record
    poison_work_is_parked
    every_filter_finds_what_it_matches
    a_name_finds_its_lines_alone
    completeness_compares_three_lists
    settings_change_one_version_at_a_time
    what_is_shared_is_changed_by_one_at_a_time
    an_application_keeps_values_and_secrets
    the_registry_knows_who_has_work
}

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn every_function_is_listed() {
        let files = [
            include_str!("conformance/submissions.rs"),
            include_str!("conformance/decisions.rs"),
            include_str!("conformance/work.rs"),
            include_str!("conformance/search.rs"),
            include_str!("conformance/settings.rs"),
            include_str!("conformance/registry.rs"),
        ];
        let declared = files.iter().flat_map(|file| file.lines()).filter_map(|line| {
            line.strip_prefix("pub async fn ")?.split_once('(').map(|(name, _)| name)
        });
        assert_eq!(
            CHECKS.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            declared.collect::<Vec<_>>()
        );
    }
}
