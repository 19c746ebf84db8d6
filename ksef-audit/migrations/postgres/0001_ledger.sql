-- The data of all tenants, each row under its tenant and environment. Facts are inserted and never
-- changed or deleted; the tables `submission`, `work`, `tally`, `trigram` and `log_head` say what
-- follows from them.
--
-- Text has the byte order, as the other backends have it, and is compared without the rules of any
-- language; such comparisons are also the ones that row security lets an index serve.

CREATE TYPE ksef_audit.environment AS ENUM ('TEST', 'DEMO', 'PRODUCTION');

-- Read before a tenant is known, so by everyone: which tenants there are and when each has work next.
-- Ids and times, and nothing else.
CREATE TABLE ksef_audit.scope (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    due_at text COLLATE "C",
    PRIMARY KEY (tenant, environment)
);
CREATE INDEX scope_due ON ksef_audit.scope (due_at) WHERE due_at IS NOT NULL;

-- Read before a tenant is known, so by everyone: the addresses to which others send webhooks.
CREATE TABLE ksef_audit.endpoint (
    id text COLLATE "C" PRIMARY KEY,
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    FOREIGN KEY (tenant, environment) REFERENCES ksef_audit.scope
);

-- Facts: bytes that are kept under their SHA-256; none, where an object store has them.
CREATE TABLE ksef_audit.document (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SOURCE', 'INVOICE', 'UPO', 'QUARANTINED')),
    bytes bytea,
    PRIMARY KEY (tenant, environment, digest, kind)
);

-- Facts: the sealed keys of sessions.
CREATE TABLE ksef_audit.session_key (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    session text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant, environment, session)
);

-- Facts: the leaves of the log in their order. `position` counts within the submission, or among the
-- notices, which have submission 0; both from 0.
CREATE TABLE ksef_audit.entry (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    submission bigint NOT NULL CHECK (submission >= 0),
    position bigint NOT NULL CHECK (position >= 0),
    record bytea NOT NULL,
    PRIMARY KEY (tenant, environment, sequence),
    UNIQUE (tenant, environment, submission, position)
);

-- The head of the log: its size and the right edge of its tree. Whoever records locks it first.
CREATE TABLE ksef_audit.log_head (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    size bigint NOT NULL,
    frontier bytea NOT NULL,
    PRIMARY KEY (tenant, environment)
);

-- Facts: the wish that created each submission.
CREATE TABLE ksef_audit.idempotency (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    key text COLLATE "C" NOT NULL,
    submission bigint NOT NULL CHECK (submission > 0),
    PRIMARY KEY (tenant, environment, key),
    UNIQUE (tenant, environment, submission)
);

-- What the entries add up to: the lines of the audit log. A row without a KSeF number and a stored
-- receipt cannot be accepted.
CREATE TABLE ksef_audit.submission (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    entries bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    order_reference text COLLATE "C",
    source_id text COLLATE "C",
    customer text COLLATE "C",
    nip text COLLATE "C",
    document_type text COLLATE "C",
    ksef_number text COLLATE "C",
    upo_number text COLLATE "C",
    fakturownia_id text COLLATE "C",
    session text COLLATE "C",
    digest bytea,
    receipt bytea,
    receipt_kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS ('UPO') STORED,
    p_1 text COLLATE "C",
    created_at text COLLATE "C" NOT NULL,
    submitted_at text COLLATE "C",
    accepted_at text COLLATE "C",
    upo_downloaded_at text COLLATE "C",
    error text COLLATE "C",
    attempt bigint NOT NULL,
    searched text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, environment, number),
    CONSTRAINT accepted_has_a_number_and_a_receipt CHECK (
        status NOT IN ('ACCEPTED', 'KSEF_OK_FAKTUROWNIA_FAILED')
        OR (ksef_number IS NOT NULL AND receipt IS NOT NULL)
    ),
    CONSTRAINT a_receipt_is_stored
        FOREIGN KEY (tenant, environment, receipt, receipt_kind) REFERENCES ksef_audit.document
);
CREATE INDEX submission_status ON ksef_audit.submission (tenant, environment, status, number);
CREATE INDEX submission_document_type ON ksef_audit.submission (tenant, environment, document_type, number);
CREATE INDEX submission_nip ON ksef_audit.submission (tenant, environment, nip, number);
CREATE INDEX submission_ksef_number ON ksef_audit.submission (tenant, environment, ksef_number)
    WHERE ksef_number IS NOT NULL;
CREATE INDEX submission_fakturownia_id ON ksef_audit.submission (tenant, environment, fakturownia_id)
    WHERE fakturownia_id IS NOT NULL;
CREATE INDEX submission_submitted_at ON ksef_audit.submission (tenant, environment, submitted_at, number)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX submission_accepted_at ON ksef_audit.submission (tenant, environment, accepted_at, number)
    WHERE accepted_at IS NOT NULL;
CREATE INDEX submission_p_1 ON ksef_audit.submission (tenant, environment, p_1, number)
    WHERE p_1 IS NOT NULL;

-- Every group of three characters in `submission.searched`, which is found by `=`.
CREATE TABLE ksef_audit.trigram (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    gram text COLLATE "C" NOT NULL,
    submission bigint NOT NULL,
    PRIMARY KEY (tenant, environment, gram, submission)
);

-- How many submissions there are, by status.
CREATE TABLE ksef_audit.tally (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    status text COLLATE "C" NOT NULL,
    submissions bigint NOT NULL,
    PRIMARY KEY (tenant, environment, status)
);

-- What workers do next, and who has it.
CREATE TABLE ksef_audit.work (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    submission bigint NOT NULL,
    due_at text COLLATE "C",
    leased_until text COLLATE "C",
    worker text COLLATE "C",
    token bigint NOT NULL DEFAULT 0,
    strikes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, environment, submission)
);
CREATE INDEX work_due ON ksef_audit.work (tenant, environment, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX work_free ON ksef_audit.work (tenant, environment, due_at)
    WHERE due_at IS NOT NULL AND leased_until IS NULL;
CREATE INDEX work_leased ON ksef_audit.work (tenant, environment, leased_until)
    WHERE due_at IS NOT NULL AND leased_until IS NOT NULL;

-- What holds for the tenant as a whole: its connection, its profile, sealed secrets, wrapped keys, legal
-- holds. The log tells of every change with the SHA-256 of the value. A value that was replaced or
-- destroyed is not kept.
CREATE TABLE ksef_audit.setting (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value bytea,
    PRIMARY KEY (tenant, environment, name)
);

-- Whatever runs as a trigger finds the operators of the system, whoever's path it runs under.

CREATE FUNCTION ksef_audit.refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION ksef_audit.head_grows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.size <> 0 THEN
        RAISE EXCEPTION 'a log begins empty' USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'UPDATE' AND (NEW.size <= OLD.size OR NEW.tenant <> OLD.tenant) THEN
        RAISE EXCEPTION 'the log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ksef_audit.entry_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.sequence <> (
        SELECT coalesce(max(sequence) + 1, 0) FROM ksef_audit.entry
        WHERE tenant = NEW.tenant AND environment = NEW.environment
    ) OR NEW.position <> (
        SELECT coalesce(max(position) + 1, 0) FROM ksef_audit.entry
        WHERE tenant = NEW.tenant AND environment = NEW.environment AND submission = NEW.submission
    ) THEN
        RAISE EXCEPTION 'entries are appended, without gaps' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ksef_audit.setting_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.version <> 1 THEN
        RAISE EXCEPTION 'a setting begins with version 1' USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a setting has the next version with each change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ksef_audit.tally() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE ksef_audit.tally SET submissions = submissions - 1
        WHERE tenant = OLD.tenant AND environment = OLD.environment AND status = OLD.status;
    END IF;
    INSERT INTO ksef_audit.tally AS counted (tenant, environment, status, submissions)
    VALUES (NEW.tenant, NEW.environment, NEW.status, 1)
    ON CONFLICT (tenant, environment, status) DO UPDATE SET submissions = counted.submissions + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER document_is_a_fact BEFORE UPDATE OR DELETE OR TRUNCATE ON ksef_audit.document
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER session_key_is_a_fact BEFORE UPDATE OR DELETE OR TRUNCATE ON ksef_audit.session_key
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER entry_is_a_fact BEFORE UPDATE OR DELETE OR TRUNCATE ON ksef_audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER idempotency_is_a_fact BEFORE UPDATE OR DELETE OR TRUNCATE ON ksef_audit.idempotency
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER submission_is_not_deleted BEFORE DELETE OR TRUNCATE ON ksef_audit.submission
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER log_head_is_not_deleted BEFORE DELETE OR TRUNCATE ON ksef_audit.log_head
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();
CREATE TRIGGER setting_is_not_deleted BEFORE DELETE OR TRUNCATE ON ksef_audit.setting
    FOR EACH STATEMENT EXECUTE FUNCTION ksef_audit.refuse();

CREATE TRIGGER log_head_grows BEFORE INSERT OR UPDATE ON ksef_audit.log_head
    FOR EACH ROW EXECUTE FUNCTION ksef_audit.head_grows();
CREATE TRIGGER entry_follows BEFORE INSERT ON ksef_audit.entry
    FOR EACH ROW EXECUTE FUNCTION ksef_audit.entry_follows();
CREATE TRIGGER setting_follows BEFORE INSERT OR UPDATE ON ksef_audit.setting
    FOR EACH ROW EXECUTE FUNCTION ksef_audit.setting_follows();
CREATE TRIGGER tally_insert AFTER INSERT ON ksef_audit.submission
    FOR EACH ROW EXECUTE FUNCTION ksef_audit.tally();
CREATE TRIGGER tally_update AFTER UPDATE ON ksef_audit.submission
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION ksef_audit.tally();

-- A row is there for the tenant that the transaction has set, and for nobody where none is set. After a
-- transaction the setting is empty, not absent.
DO $$
DECLARE
    own CONSTANT text := $own$(
        tenant = nullif(current_setting('ksef_audit.tenant', true), '')::uuid
        AND environment = nullif(current_setting('ksef_audit.environment', true), '')::ksef_audit.environment
    )$own$;
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'ksef_audit' AND tablename <> 'migration'
    LOOP
        EXECUTE format('ALTER TABLE ksef_audit.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE ksef_audit.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON ksef_audit.%I USING %s WITH CHECK %s', name, own, own);
    END LOOP;
    CREATE POLICY read_before_a_tenant_is_known ON ksef_audit.scope FOR SELECT USING (true);
    CREATE POLICY read_before_a_tenant_is_known ON ksef_audit.endpoint FOR SELECT USING (true);
END $$;
