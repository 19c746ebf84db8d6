-- What the application may do. Its role is named in the setting `ksef_audit.application`.
DO $$
DECLARE
    application CONSTANT text := current_setting('ksef_audit.application');
BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA ksef_audit FROM %I', application);
    EXECUTE format('GRANT USAGE ON SCHEMA ksef_audit TO %I', application);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA ksef_audit TO %I', application);
    EXECUTE format(
        'GRANT INSERT ON ksef_audit.scope, ksef_audit.endpoint, ksef_audit.document,
            ksef_audit.session_key, ksef_audit.entry, ksef_audit.log_head, ksef_audit.idempotency,
            ksef_audit.submission, ksef_audit.trigram, ksef_audit.tally, ksef_audit.work,
            ksef_audit.setting, ksef_audit.shared TO %I',
        application
    );
    EXECUTE format('GRANT UPDATE (due_at) ON ksef_audit.scope TO %I', application);
    EXECUTE format('GRANT DELETE ON ksef_audit.endpoint TO %I', application);
    EXECUTE format('GRANT UPDATE (size, frontier) ON ksef_audit.log_head TO %I', application);
    EXECUTE format(
        'GRANT UPDATE (entries, status, order_reference, source_id, customer, nip, document_type,
            ksef_number, upo_number, fakturownia_id, session, digest, receipt, p_1, submitted_at,
            accepted_at, upo_downloaded_at, error, attempt, searched) ON ksef_audit.submission TO %I',
        application
    );
    EXECUTE format('GRANT UPDATE (submissions) ON ksef_audit.tally TO %I', application);
    EXECUTE format(
        'GRANT UPDATE (due_at, leased_until, worker, token, strikes) ON ksef_audit.work TO %I',
        application
    );
    EXECUTE format('GRANT UPDATE (version, value) ON ksef_audit.setting TO %I', application);
    EXECUTE format('GRANT UPDATE (version, value) ON ksef_audit.shared TO %I', application);
END $$;
