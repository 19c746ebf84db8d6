-- Whole order references and ids of sources are found like groups, behind a character that no text has.
-- The owner sees no rows as long as row security is forced.
ALTER TABLE ksef_audit.submission NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ksef_audit.trigram NO FORCE ROW LEVEL SECURITY;
INSERT INTO ksef_audit.trigram (tenant, environment, gram, submission)
SELECT tenant, environment, chr(1) || left(line, 100), number
FROM ksef_audit.submission, unnest(string_to_array(searched, E'\n')) AS line
WHERE searched <> ''
ON CONFLICT DO NOTHING;
ALTER TABLE ksef_audit.submission FORCE ROW LEVEL SECURITY;
ALTER TABLE ksef_audit.trigram FORCE ROW LEVEL SECURITY;
