-- What is read before a tenant is known: ids and times, and nothing else.

CREATE TABLE scope (
    tenant TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- When the scope has work next, as far as is known here; its own file says what is true.
    due_at TEXT,
    -- Counts how often `due_at` was brought forward.
    noted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX scope_due ON scope (due_at) WHERE due_at IS NOT NULL;

-- The addresses to which others send webhooks.
CREATE TABLE endpoint (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    environment TEXT NOT NULL,
    FOREIGN KEY (tenant, environment) REFERENCES scope
) STRICT, WITHOUT ROWID;
