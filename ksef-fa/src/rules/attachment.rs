//! The attachment.

use super::facts::Facts;
use super::{Findings, indexed};

/// A row that has more cells than the table has columns.
pub(super) fn row_width(facts: &Facts<'_>, findings: &mut Findings) {
    let blocks = facts.invoice.attachment.as_ref().map_or(&[][..], |found| &found.blocks);
    for (block_index, block) in indexed(blocks) {
        for (table_index, table) in indexed(&block.tables) {
            let at = format!("Zalacznik/BlokDanych[{block_index}]/Tabela[{table_index}]");
            let columns = table.header.columns.len();
            let wide = indexed(&table.rows).filter(|(_, row)| row.cells.len() > columns);
            for (index, _) in wide {
                findings.at(format_args!("{at}/Wiersz[{index}]"));
            }
            if table.totals.as_ref().is_some_and(|totals| totals.cells.len() > columns) {
                findings.at(format_args!("{at}/Suma"));
            }
        }
    }
}
