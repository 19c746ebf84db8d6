-- What holds for the tenant as a whole: its connection, its profile, sealed secrets, wrapped keys, legal
-- holds. The log tells of every change with the SHA-256 of the value, so `verify` finds a change that it
-- does not tell of. A value that was replaced or destroyed is not kept.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    value BLOB
) STRICT, WITHOUT ROWID;

CREATE TRIGGER setting_begins BEFORE INSERT ON setting
WHEN NEW.version <> 1 OR EXISTS (SELECT 1 FROM setting WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a setting begins with version 1, and once'); END;
CREATE TRIGGER setting_follows BEFORE UPDATE ON setting
WHEN NEW.name <> OLD.name OR NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'a setting has the next version with each change'); END;
CREATE TRIGGER setting_is_not_deleted BEFORE DELETE ON setting
BEGIN SELECT RAISE(ABORT, 'settings are not deleted'); END;
