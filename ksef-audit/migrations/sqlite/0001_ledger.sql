-- The data of one tenant in one environment. Facts are inserted and never changed or deleted; the
-- tables `submission`, `work`, `tally`, `trigram` and `log_head` say what follows from them.

CREATE TABLE scope (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    tenant TEXT NOT NULL,
    environment TEXT NOT NULL
) STRICT;

-- Facts: bytes that are kept under their SHA-256; none, where an object store has them.
CREATE TABLE document (
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('SOURCE', 'INVOICE', 'UPO', 'QUARANTINED')),
    bytes BLOB,
    PRIMARY KEY (digest, kind)
) STRICT;

-- Facts: the sealed keys of sessions.
CREATE TABLE session_key (
    session TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Facts: the leaves of the log in their order, `position` counts within the submission, both from 0.
CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL,
    position INTEGER NOT NULL,
    record BLOB NOT NULL,
    UNIQUE (submission, position)
) STRICT;

-- The head of the log: its size and the right edge of its tree.
CREATE TABLE log_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT;
INSERT INTO log_head VALUES (1, 0, zeroblob(8));
CREATE TRIGGER log_head_is_one BEFORE INSERT ON log_head
BEGIN SELECT RAISE(ABORT, 'there is one head'); END;
CREATE TRIGGER log_head_grows BEFORE UPDATE ON log_head WHEN NEW.size <= OLD.size
BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_head_is_not_deleted BEFORE DELETE ON log_head
BEGIN SELECT RAISE(ABORT, 'the head is not deleted'); END;

-- Facts: the wish that created each submission.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    submission INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- What the entries add up to: the lines of the audit log.
CREATE TABLE submission (
    number INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL,
    status TEXT NOT NULL,
    order_reference TEXT,
    source_id TEXT,
    customer TEXT,
    nip TEXT,
    document_type TEXT,
    ksef_number TEXT,
    upo_number TEXT,
    fakturownia_id TEXT,
    session TEXT,
    digest BLOB,
    receipt BLOB,
    p_1 TEXT,
    created_at TEXT NOT NULL,
    submitted_at TEXT,
    accepted_at TEXT,
    upo_downloaded_at TEXT,
    error TEXT,
    attempt INTEGER NOT NULL,
    searched TEXT NOT NULL
) STRICT;
CREATE INDEX submission_status ON submission (status, number);
CREATE INDEX submission_document_type ON submission (document_type, number);
CREATE INDEX submission_nip ON submission (nip, number);
CREATE INDEX submission_ksef_number ON submission (ksef_number) WHERE ksef_number IS NOT NULL;
CREATE INDEX submission_fakturownia_id ON submission (fakturownia_id) WHERE fakturownia_id IS NOT NULL;
CREATE INDEX submission_submitted_at ON submission (submitted_at, number) WHERE submitted_at IS NOT NULL;
CREATE INDEX submission_accepted_at ON submission (accepted_at, number) WHERE accepted_at IS NOT NULL;
CREATE INDEX submission_p_1 ON submission (p_1, number) WHERE p_1 IS NOT NULL;

-- Every group of three characters in `submission.searched`, which is found by `=`.
CREATE TABLE trigram (
    gram TEXT NOT NULL,
    submission INTEGER NOT NULL,
    PRIMARY KEY (gram, submission)
) STRICT, WITHOUT ROWID;

-- How many submissions there are, by status.
CREATE TABLE tally (
    status TEXT PRIMARY KEY,
    submissions INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tally_insert AFTER INSERT ON submission
BEGIN
    INSERT INTO tally VALUES (NEW.status, 1)
    ON CONFLICT DO UPDATE SET submissions = submissions + 1;
END;
CREATE TRIGGER tally_update AFTER UPDATE OF status ON submission WHEN NEW.status <> OLD.status
BEGIN
    UPDATE tally SET submissions = submissions - 1 WHERE status = OLD.status;
    INSERT INTO tally VALUES (NEW.status, 1)
    ON CONFLICT DO UPDATE SET submissions = submissions + 1;
END;

-- What workers do next, and who has it.
CREATE TABLE work (
    submission INTEGER PRIMARY KEY,
    due_at TEXT,
    leased_until TEXT,
    worker TEXT,
    token INTEGER NOT NULL DEFAULT 0,
    strikes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX work_due ON work (due_at) WHERE due_at IS NOT NULL;

CREATE TRIGGER scope_is_a_fact_update BEFORE UPDATE ON scope
BEGIN SELECT RAISE(ABORT, 'the scope is not changed'); END;
CREATE TRIGGER scope_is_a_fact_delete BEFORE DELETE ON scope
BEGIN SELECT RAISE(ABORT, 'the scope is not deleted'); END;
CREATE TRIGGER document_is_a_fact_update BEFORE UPDATE ON document
BEGIN SELECT RAISE(ABORT, 'documents are not changed'); END;
CREATE TRIGGER document_is_a_fact_delete BEFORE DELETE ON document
BEGIN SELECT RAISE(ABORT, 'documents are not deleted'); END;
CREATE TRIGGER session_key_is_a_fact_update BEFORE UPDATE ON session_key
BEGIN SELECT RAISE(ABORT, 'session keys are not changed'); END;
CREATE TRIGGER session_key_is_a_fact_delete BEFORE DELETE ON session_key
BEGIN SELECT RAISE(ABORT, 'session keys are not deleted'); END;
CREATE TRIGGER entry_is_a_fact_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END;
CREATE TRIGGER entry_is_a_fact_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are not deleted'); END;
CREATE TRIGGER idempotency_is_a_fact_update BEFORE UPDATE ON idempotency
BEGIN SELECT RAISE(ABORT, 'idempotency keys are not changed'); END;
CREATE TRIGGER idempotency_is_a_fact_delete BEFORE DELETE ON idempotency
BEGIN SELECT RAISE(ABORT, 'idempotency keys are not deleted'); END;
CREATE TRIGGER submission_is_not_deleted BEFORE DELETE ON submission
BEGIN SELECT RAISE(ABORT, 'submissions are not deleted'); END;

-- `INSERT OR REPLACE` deletes without asking the triggers above; what is there stays.
CREATE TRIGGER scope_stays BEFORE INSERT ON scope
WHEN EXISTS (SELECT 1 FROM scope)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER document_stays BEFORE INSERT ON document
WHEN EXISTS (SELECT 1 FROM document WHERE digest = NEW.digest AND kind = NEW.kind)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER idempotency_stays BEFORE INSERT ON idempotency
WHEN EXISTS (SELECT 1 FROM idempotency WHERE key = NEW.key OR submission = NEW.submission)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER session_key_stays BEFORE INSERT ON session_key
WHEN EXISTS (SELECT 1 FROM session_key WHERE session = NEW.session)
BEGIN SELECT RAISE(IGNORE); END;

CREATE TRIGGER entry_follows BEFORE INSERT ON entry
WHEN NEW.sequence <> (SELECT coalesce(max(sequence) + 1, 0) FROM entry)
  OR NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM entry WHERE submission = NEW.submission)
BEGIN SELECT RAISE(ABORT, 'entries are appended, without gaps'); END;

CREATE TRIGGER accepted_has_a_number_and_a_receipt_insert BEFORE INSERT ON submission
WHEN NEW.status IN ('ACCEPTED', 'KSEF_OK_FAKTUROWNIA_FAILED') AND (
    NEW.ksef_number IS NULL
    OR NOT EXISTS (SELECT 1 FROM document WHERE digest = NEW.receipt AND kind = 'UPO')
)
BEGIN SELECT RAISE(ABORT, 'accepted without a number or a stored receipt'); END;
CREATE TRIGGER accepted_has_a_number_and_a_receipt_update BEFORE UPDATE ON submission
WHEN NEW.status IN ('ACCEPTED', 'KSEF_OK_FAKTUROWNIA_FAILED') AND (
    NEW.ksef_number IS NULL
    OR NOT EXISTS (SELECT 1 FROM document WHERE digest = NEW.receipt AND kind = 'UPO')
)
BEGIN SELECT RAISE(ABORT, 'accepted without a number or a stored receipt'); END;
