//! The page about the data model, held beside the catalogue of a database.

use std::collections::BTreeSet;
use std::path::Path;

use ksef_tests::suite::Failed;
use rusqlite::Connection;

use crate::world::{new_submission, runtime, sqlite, start, tenant, tenant_id};

/// Table, column, type.
pub(crate) type Columns = BTreeSet<(String, String, String)>;

fn in_database(file: &Path) -> Result<Columns, Failed> {
    let sql = "SELECT tables.name, columns.name, columns.type
        FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'";
    let connection = Connection::open(file)?;
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The tables with the heading `| Column | Type |…` under a heading of the second level.
pub(crate) fn on_page(page: &str, section: &str) -> Result<Columns, Failed> {
    let section = format!("\n## {section}\n");
    let text = page.split_once(&section).ok_or("no such section")?.1;
    let text = text.split("\n## ").next().unwrap_or(text);
    let (mut columns, mut table, mut is_columns) = (Columns::new(), String::new(), false);
    for line in text.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let quoted = |text: &str| text.trim_matches('`').to_owned();
        match (line.strip_prefix("### "), cells.as_slice()) {
            (Some(name), _) => table = quoted(name),
            (None, ["Column", "Type", _]) => is_columns = true,
            (None, [name, kind, _]) if is_columns && name.starts_with('`') => {
                columns.insert((table.clone(), quoted(name), (*kind).to_owned()));
            }
            (None, ["---", ..]) => {}
            _ => is_columns = false,
        }
    }
    Ok(columns)
}

pub(crate) fn page() -> Result<String, Failed> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/DATA-MODEL.md");
    Ok(std::fs::read_to_string(page)?)
}

pub(crate) fn data_model() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        let backend = sqlite(folder.path()).await;
        tenant(&backend, 1).await.submit(new_submission("one"), start()).await.map(drop)
    })?;
    let page = page()?;
    for (section, file) in [
        ("A tenant's file", format!("{}.test.sqlite", tenant_id(1))),
        ("The registry", "registry.sqlite".to_owned()),
    ] {
        let (stored, described) =
            (in_database(&folder.path().join(file))?, on_page(&page, section)?);
        let differing: Vec<_> = stored.symmetric_difference(&described).collect();
        assert!(differing.is_empty(), "{section}: {differing:?}");
        assert!(stored.len() > 6, "hardly any column was compared");
    }
    Ok(())
}
