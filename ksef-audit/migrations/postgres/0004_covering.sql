-- Filters by a date and by what lines have in common are answered by the index alone.
DROP INDEX ksef_audit.submission_p_1;
DROP INDEX ksef_audit.submission_submitted_at;
DROP INDEX ksef_audit.submission_accepted_at;
CREATE INDEX submission_p_1 ON ksef_audit.submission (tenant, environment, p_1, number)
    INCLUDE (status, document_type, nip) WHERE p_1 IS NOT NULL;
CREATE INDEX submission_submitted_at ON ksef_audit.submission (tenant, environment, submitted_at, number)
    INCLUDE (status, document_type, nip) WHERE submitted_at IS NOT NULL;
CREATE INDEX submission_accepted_at ON ksef_audit.submission (tenant, environment, accepted_at, number)
    INCLUDE (status, document_type, nip) WHERE accepted_at IS NOT NULL;

-- And so are beginnings of KSeF numbers.
DROP INDEX ksef_audit.submission_ksef_number;
CREATE INDEX submission_ksef_number ON ksef_audit.submission (tenant, environment, ksef_number)
    INCLUDE (number) WHERE ksef_number IS NOT NULL;
