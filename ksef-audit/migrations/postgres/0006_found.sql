-- Lines of a status, a type or a NIP that another one of these narrows down are found by the index alone.
DROP INDEX ksef_audit.submission_status;
DROP INDEX ksef_audit.submission_document_type;
DROP INDEX ksef_audit.submission_nip;
CREATE INDEX submission_status ON ksef_audit.submission (tenant, environment, status, number)
    INCLUDE (document_type, nip);
CREATE INDEX submission_document_type ON ksef_audit.submission (tenant, environment, document_type, number)
    INCLUDE (status, nip);
CREATE INDEX submission_nip ON ksef_audit.submission (tenant, environment, nip, number)
    INCLUDE (status, document_type);

-- A KSeF number begins with the seller's NIP and the year and month. The lines of a month, however many,
-- are found in their order.
ALTER TABLE ksef_audit.submission ADD COLUMN ksef_month text COLLATE "C"
    GENERATED ALWAYS AS (left(ksef_number, 17)) STORED;
CREATE INDEX submission_ksef_month ON ksef_audit.submission (tenant, environment, ksef_month, number)
    WHERE ksef_month IS NOT NULL;
