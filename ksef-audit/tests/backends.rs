//! Every backend conforms.

use ksef_audit::conformance;

macro_rules! conformance {
    ($backend:expr, $($function:ident)*) => {
        #[test]
        fn no_function_is_left_out() {
            let all = conformance::CHECKS.iter().map(|(name, _)| *name);
            assert_eq!([$(stringify!($function)),*].as_slice(), all.collect::<Vec<_>>());
        }

        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $function() {
                let (backend, _folder) = $backend.await;
                conformance::$function(&backend).await.unwrap();
            }
        )*
    };
}

macro_rules! conformance_of {
    ($name:ident, $backend:expr) => {
        mod $name {
            use super::*;

            conformance!($backend,
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
            );
        }
    };
}

conformance_of!(memory, async { (ksef_audit::InMemory::new(), ()) });
#[cfg(feature = "sqlite")]
conformance_of!(sqlite, async {
    let folder = tempfile::tempdir().unwrap();
    (ksef_audit::Sqlite::open(folder.path()).await.unwrap(), folder)
});
#[cfg(all(feature = "sqlite", feature = "object-store"))]
conformance_of!(sqlite_with_a_folder_of_objects, async {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = ksef_audit::Sqlite::open(folder.path()).await.unwrap();
    let objects = object_store::local::LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let objects = std::sync::Arc::new(objects.with_fsync(true));
    (ksef_audit::WithObjects::new(sqlite, objects, 0).await.unwrap(), folder)
});
#[cfg(feature = "object-store")]
conformance_of!(memory_with_objects, async {
    let objects = std::sync::Arc::new(object_store::memory::InMemory::new());
    let memory = ksef_audit::InMemory::new();
    (ksef_audit::WithObjects::new(memory, objects, 20).await.unwrap(), ())
});
