-- Whole order references and ids of sources are found like groups, behind a character that no text has.
WITH RECURSIVE line (number, text, rest) AS (
    SELECT number, NULL, searched || char(10) FROM submission WHERE searched <> ''
    UNION ALL
    SELECT number, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1)
    FROM line WHERE rest <> ''
)
INSERT INTO trigram
SELECT char(1) || substr(text, 1, 100), number FROM line WHERE text IS NOT NULL
ON CONFLICT DO NOTHING;
