-- Rows that are written together are checked and counted together, by triggers of the statement.

-- What is appended begins where the log, and each submission, ends, and has no gaps.
CREATE FUNCTION ksef_audit.entries_follow() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT tenant, environment, min(sequence) AS first, max(sequence) AS last,
                count(*) AS entries
            FROM added GROUP BY tenant, environment
        ) AS appended
        WHERE entries <> last - first + 1 OR first <> (
            SELECT coalesce(max(sequence) + 1, 0) FROM ksef_audit.entry
            WHERE tenant = appended.tenant AND environment = appended.environment
                AND sequence < first
        ) OR last <> (
            SELECT max(sequence) FROM ksef_audit.entry
            WHERE tenant = appended.tenant AND environment = appended.environment
        )
    ) OR EXISTS (
        SELECT FROM (
            SELECT tenant, environment, submission, min(position) AS first, max(position) AS last,
                count(*) AS entries
            FROM added GROUP BY tenant, environment, submission
        ) AS appended
        WHERE entries <> last - first + 1 OR first <> (
            SELECT coalesce(max(position) + 1, 0) FROM ksef_audit.entry
            WHERE tenant = appended.tenant AND environment = appended.environment
                AND submission = appended.submission AND position < first
        ) OR last <> (
            SELECT max(position) FROM ksef_audit.entry
            WHERE tenant = appended.tenant AND environment = appended.environment
                AND submission = appended.submission
        )
    ) THEN
        RAISE EXCEPTION 'entries are appended, without gaps' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ksef_audit.tally_added() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO ksef_audit.tally AS counted (tenant, environment, status, submissions)
    SELECT tenant, environment, status, count(*) FROM added GROUP BY tenant, environment, status
    ON CONFLICT (tenant, environment, status)
    DO UPDATE SET submissions = counted.submissions + excluded.submissions;
    RETURN NULL;
END $$;

CREATE FUNCTION ksef_audit.tally_changed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO ksef_audit.tally AS counted (tenant, environment, status, submissions)
    SELECT tenant, environment, status, sum(more) FROM (
        SELECT tenant, environment, status, 1 AS more FROM added
        UNION ALL SELECT tenant, environment, status, -1 FROM replaced
    ) AS changed
    GROUP BY tenant, environment, status HAVING sum(more) <> 0
    ON CONFLICT (tenant, environment, status)
    DO UPDATE SET submissions = counted.submissions + excluded.submissions;
    RETURN NULL;
END $$;

DROP TRIGGER entry_follows ON ksef_audit.entry;
DROP FUNCTION ksef_audit.entry_follows();
CREATE TRIGGER entries_follow AFTER INSERT ON ksef_audit.entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.entries_follow();

DROP TRIGGER tally_insert ON ksef_audit.submission;
DROP TRIGGER tally_update ON ksef_audit.submission;
DROP FUNCTION ksef_audit.tally();
CREATE TRIGGER tally_insert AFTER INSERT ON ksef_audit.submission
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.tally_added();
CREATE TRIGGER tally_update AFTER UPDATE ON ksef_audit.submission
    REFERENCING OLD TABLE AS replaced NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.tally_changed();
