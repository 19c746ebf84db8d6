-- Filters by a date and by what lines have in common are answered by the index alone.
DROP INDEX submission_p_1;
DROP INDEX submission_submitted_at;
DROP INDEX submission_accepted_at;
CREATE INDEX submission_p_1 ON submission (p_1, number, status, document_type, nip)
    WHERE p_1 IS NOT NULL;
CREATE INDEX submission_submitted_at ON submission (submitted_at, number, status, document_type, nip)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX submission_accepted_at ON submission (accepted_at, number, status, document_type, nip)
    WHERE accepted_at IS NOT NULL;
