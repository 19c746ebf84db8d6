-- What processes tell each other, for example how many requests they have made: nothing that is recorded
-- depends on it, and the log does not tell of it.
CREATE TABLE ksef_audit.shared (
    tenant uuid NOT NULL,
    environment ksef_audit.environment NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value bytea NOT NULL,
    PRIMARY KEY (tenant, environment, name)
);
ALTER TABLE ksef_audit.shared ENABLE ROW LEVEL SECURITY;
ALTER TABLE ksef_audit.shared FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON ksef_audit.shared USING (
    tenant = nullif(current_setting('ksef_audit.tenant', true), '')::uuid
    AND environment = nullif(current_setting('ksef_audit.environment', true), '')::ksef_audit.environment
) WITH CHECK (
    tenant = nullif(current_setting('ksef_audit.tenant', true), '')::uuid
    AND environment = nullif(current_setting('ksef_audit.environment', true), '')::ksef_audit.environment
);
