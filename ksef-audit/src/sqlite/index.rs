//! The groups of three characters by which parts of references are found, for many submissions at
//! once: each touches pages all over the table, so that submissions share them.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::script::Script;
use super::{backend, other};
use crate::Error;
use crate::query::index_trigrams;
use crate::sql::{Value, integer};

/// How many submissions are indexed together. Until there are so many they are looked through, see
/// `Dialect::unindexed`.
pub(super) const TOGETHER: u64 = 512;

/// Indexes the next submissions. Returns how many are not indexed then.
pub(super) async fn next(connection: &mut SqliteConnection) -> Result<u64, Error> {
    let mut script = Script::default();
    script.add("BEGIN IMMEDIATE");
    script.add("SELECT coalesce(max(number), 0) FROM submission");
    let unindexed = script.add(
        "SELECT number, searched FROM submission
        WHERE number > (SELECT through FROM indexed) ORDER BY number LIMIT ",
    );
    unindexed.value(Value::Integer(integer(TOGETHER)));
    let found = script.run(connection).await.map_err(backend)?;
    let mut found = found.iter();
    let newest: i64 = found.next().map_or(Ok(0), |row| row.try_get(0)).map_err(backend)?;
    let (mut through, mut postings) = (None, BTreeMap::<String, Vec<i64>>::new());
    for row in found {
        let (number, searched): (i64, &str) = read(row).map_err(backend)?;
        for gram in index_trigrams(searched) {
            postings.entry(gram).or_default().push(number);
        }
        through = Some(number);
    }
    if let Some(through) = through {
        let postings = serde_json::to_string(&postings).map_err(other)?;
        let insert = script.add(
            "INSERT INTO trigram (gram, submission)
            SELECT posting.key, number.value FROM json_each(",
        );
        insert.text(postings);
        insert.push(
            ") AS posting, json_each(posting.value) AS number
            WHERE true ON CONFLICT DO NOTHING",
        );
        script.add("UPDATE indexed SET through = ").value(Value::Integer(through));
    }
    script.add("COMMIT");
    script.run(connection).await.map_err(backend)?;
    Ok(through.map_or(0, |through| newest.saturating_sub(through).unsigned_abs()))
}

fn read(row: &SqliteRow) -> Result<(i64, &str), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}
