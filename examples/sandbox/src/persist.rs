//! `StateFile`, which keeps all tables across a restart: rows as JSON in one SQLite database.

use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use rusqlite::Connection;

use crate::table::Change;
use crate::world::{World, WorldGuard};

/// The file within the directory of the state.
const FILE_NAME: &str = "ksef-sandbox.sqlite";

/// Stands in the file's `user_version`; another number means that its rows are not understood.
const FORMAT: i64 = 1;

/// Why the state cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The directory cannot be made.
    #[error("the directory of the state cannot be made")]
    Directory(#[source] io::Error),
    /// The file cannot be read or written, perhaps because another sandbox uses it.
    #[error("the state file cannot be read or written; one sandbox at a time can use it")]
    File(#[source] Box<dyn Error + Send + Sync>),
    /// The file is of another version of the sandbox; delete it or take that version.
    #[error("the state file is of another version of the sandbox; delete it or use that version")]
    Version,
    /// A record cannot be read; the file is of another version of the sandbox, or damaged.
    #[error("a record in table {table:?} of the state file cannot be read or written")]
    Record {
        /// The table.
        table: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(error.into())
    }
}

/// The file, of which this process is the only user.
#[derive(Debug)]
pub(crate) struct StateFile(Mutex<Writer>);

#[derive(Debug)]
struct Writer {
    connection: Connection,
    /// What could not be written yet.
    unsaved: Vec<(&'static str, Change)>,
}

impl StateFile {
    /// Opens the file of this directory, or makes both, and fills the tables from it.
    pub(crate) fn open(directory: &Path, world: &mut World) -> Result<Self, StateError> {
        fs::create_dir_all(directory).map_err(StateError::Directory)?;
        let connection = connect(&directory.join(FILE_NAME))?;
        load(&connection, world)?;
        world.restore();
        for (_, table) in world.tables() {
            table.note_changes();
        }
        Ok(Self(Mutex::new(Writer { connection, unsaved: Vec::new() })))
    }

    /// Writes what changed in one transaction, together with what others changed meanwhile.
    pub(crate) fn save<'a>(
        &self,
        world: impl FnOnce() -> WorldGuard<'a>,
    ) -> Result<(), StateError> {
        // The file is locked before the world is asked, so that no older change overtakes.
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.unsaved.extend(changes(&mut world())?);
        writer.write()
    }
}

fn connect(path: &Path) -> Result<Connection, StateError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match format {
        FORMAT => return Ok(connection),
        0 => {}
        _ => return Err(StateError::Version),
    }
    connection.execute_batch(
        "BEGIN;
         CREATE TABLE record (
             table_name TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,
             PRIMARY KEY (table_name, key)
         ) STRICT, WITHOUT ROWID;",
    )?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch("COMMIT;")?;
    Ok(connection)
}

fn load(connection: &Connection, world: &mut World) -> Result<(), StateError> {
    let mut select =
        connection.prepare("SELECT key, json FROM record WHERE table_name = ?1 ORDER BY key")?;
    for (name, table) in world.tables() {
        let mut rows = select.query([name])?;
        while let Some(row) = rows.next()? {
            let json: String = row.get(1)?;
            table.load(row.get(0)?, &json).map_err(|error| unreadable(name, error))?;
        }
    }
    Ok(())
}

fn changes(world: &mut World) -> Result<Vec<(&'static str, Change)>, StateError> {
    let mut all = Vec::new();
    for (name, table) in world.tables() {
        let changes = table.take_changes().map_err(|error| unreadable(name, error))?;
        all.extend(changes.into_iter().map(|change| (name, change)));
    }
    Ok(all)
}

fn unreadable(table: &str, error: serde_json::Error) -> StateError {
    StateError::Record { table: table.to_owned(), source: error.into() }
}

impl Writer {
    fn write(&mut self) -> Result<(), StateError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for (table, (key, json)) in &self.unsaved {
            match json {
                Some(json) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)")?
                    .execute([*table, key, json])?,
                None => transaction
                    .prepare_cached("DELETE FROM record WHERE table_name = ?1 AND key = ?2")?
                    .execute([*table, key])?,
            };
        }
        transaction.commit()?;
        self.unsaved.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
