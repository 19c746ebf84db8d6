-- The number up to which `trigram` has the submissions. Those after it are few; they are looked through.
CREATE TABLE indexed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    through INTEGER NOT NULL
) STRICT;
INSERT INTO indexed SELECT 1, coalesce(max(number), 0) FROM submission;

-- The last characters of a text begin a group as well, so that parts of one or two are found by groups.
INSERT INTO trigram
SELECT substr(searched, -2) || char(10), number FROM submission WHERE length(searched) > 1
UNION ALL SELECT substr(searched, -1) || char(10, 10), number FROM submission WHERE length(searched) > 0
ON CONFLICT DO NOTHING;
