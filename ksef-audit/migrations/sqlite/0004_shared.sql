-- What processes tell each other, for example how many requests they have made: nothing that is recorded
-- depends on it, and the log does not tell of it.
CREATE TABLE shared (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
