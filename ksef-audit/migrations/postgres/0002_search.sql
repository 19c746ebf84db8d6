-- The last characters of a text begin a group as well, so that parts of one or two are found by groups.
-- The owner sees no rows as long as row security is forced.
ALTER TABLE ksef_audit.submission NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ksef_audit.trigram NO FORCE ROW LEVEL SECURITY;
INSERT INTO ksef_audit.trigram (tenant, environment, gram, submission)
SELECT tenant, environment, right(searched, 2) || E'\n', number FROM ksef_audit.submission
WHERE length(searched) > 1
UNION ALL SELECT tenant, environment, right(searched, 1) || E'\n\n', number FROM ksef_audit.submission
WHERE length(searched) > 0
ON CONFLICT DO NOTHING;
ALTER TABLE ksef_audit.submission FORCE ROW LEVEL SECURITY;
ALTER TABLE ksef_audit.trigram FORCE ROW LEVEL SECURITY;
