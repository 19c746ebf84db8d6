//! The attachment, which only FA(3) has.

use super::declare::{Content, Source, sequence};
#[cfg(test)]
use super::declare::{Field, Group};
use super::{ColumnType, Text};
use crate::xml::writer::Writer;

sequence! {
    /// Data of complicated supplies.
    #[doc(alias = "Zalacznik")]
    pub struct Attachment in "Zalacznik", "FA(3) only" {
        /// The blocks of data.
        several blocks: AttachmentBlock = "BlokDanych" [1..=1000] in "FA(3) only";
    }
}

sequence! {
    /// A block of data.
    #[doc(alias = "BlokDanych")]
    pub struct AttachmentBlock in "Zalacznik/BlokDanych", "FA(3) only" {
        /// The heading.
        optional heading: Text<512> = "ZNaglowek": "TZnakowy512" in "FA(3) only";
        /// What the block is about.
        several metadata: BlockMetadata = "MetaDane" [1..=1000] in "FA(3) only";
        /// Text.
        optional text: AttachmentText = "Tekst" in "FA(3) only";
        /// Tables.
        repeated tables: Table = "Tabela" [0..=1000] in "FA(3) only";
    }
}

sequence! {
    /// Something that describes a block.
    #[doc(alias = "MetaDane")]
    pub struct BlockMetadata in "Zalacznik/BlokDanych/MetaDane", "FA(3) only" {
        /// What it is.
        required key: Text<256> = "ZKlucz": "TZnakowy" in "FA(3) only";
        /// Its value.
        required value: Text<256> = "ZWartosc": "TZnakowy" in "FA(3) only";
    }
}

sequence! {
    /// The text of a block.
    #[doc(alias = "Tekst")]
    pub struct AttachmentText in "Zalacznik/BlokDanych/Tekst", "FA(3) only" {
        /// The paragraphs.
        several paragraphs: Text<512> = "Akapit" [1..=10]: "TZnakowy512" in "FA(3) only";
    }
}

sequence! {
    /// A table.
    #[doc(alias = "Tabela")]
    pub struct Table in "Zalacznik/BlokDanych/Tabela", "FA(3) only" {
        /// What the table is about.
        repeated metadata: TableMetadata = "TMetaDane" [0..=1000] in "FA(3) only";
        /// A description.
        optional description: Text<512> = "Opis": "TZnakowy512" in "FA(3) only";
        /// The columns.
        required header: TableHeader = "TNaglowek" in "FA(3) only";
        /// The rows.
        several rows: TableRow = "Wiersz" [1..=1000] in "FA(3) only";
        /// The totals.
        optional totals: TableTotals = "Suma" in "FA(3) only";
    }
}

sequence! {
    /// Something that describes a table.
    #[doc(alias = "TMetaDane")]
    pub struct TableMetadata in "Zalacznik/BlokDanych/Tabela/TMetaDane", "FA(3) only" {
        /// What it is.
        required key: Text<256> = "TKlucz": "TZnakowy" in "FA(3) only";
        /// Its value.
        required value: Text<256> = "TWartosc": "TZnakowy" in "FA(3) only";
    }
}

sequence! {
    /// The columns of a table.
    #[doc(alias = "TNaglowek")]
    pub struct TableHeader in "Zalacznik/BlokDanych/Tabela/TNaglowek", "FA(3) only" {
        /// Each of them.
        several columns: Column = "Kol" [1..=20] in "FA(3) only";
    }
}

/// A column of a table: its heading, and what its cells contain.
///
/// Schema: `Zalacznik/BlokDanych/Tabela/TNaglowek/Kol`, FA(3) only.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
#[doc(alias = "Kol")]
pub struct Column {
    /// What the cells contain.
    ///
    /// Schema: `Zalacznik/BlokDanych/Tabela/TNaglowek/Kol/@Typ`, required, FA(3) only.
    #[doc(alias = "Typ")]
    pub kind: ColumnType,
    /// The heading.
    ///
    /// Schema: `Zalacznik/BlokDanych/Tabela/TNaglowek/Kol/NKom`, `TZnakowy2`, required, FA(3) only.
    #[doc(alias = "NKom")]
    pub heading: Text<256, 0>,
}

impl Column {
    /// With what the schema requires, which is everything.
    #[must_use]
    pub const fn new(kind: ColumnType, heading: Text<256, 0>) -> Self {
        Self { kind, heading }
    }
}

impl Content for Column {
    #[cfg(test)]
    const CHILDREN: Option<Group> = Some(Group {
        is_choice: false,
        fields: &[Field::element::<Text<256, 0>>("NKom", 1, 1).documented("TZnakowy2")],
    });

    fn read(source: &mut impl Source) -> Option<Self> {
        let kind = source.attribute("Typ").and_then(|text| text.parse().ok());
        let mut heading = None;
        while source.next_child().is_some() {
            heading = Content::read(source);
        }
        Some(Self { kind: kind?, heading: heading? })
    }

    fn write(&self, name: &str, writer: &mut Writer) {
        writer.open_with(name, &[("Typ", self.kind.as_str())]);
        self.heading.write("NKom", writer);
        writer.close(name);
    }
}

sequence! {
    /// A row of a table.
    #[doc(alias = "Wiersz")]
    pub struct TableRow in "Zalacznik/BlokDanych/Tabela/Wiersz", "FA(3) only" {
        /// The cells.
        several cells: Text<256, 0> = "WKom" [1..=20]: "TZnakowy2" in "FA(3) only";
    }
}

sequence! {
    /// The totals of a table.
    #[doc(alias = "Suma")]
    pub struct TableTotals in "Zalacznik/BlokDanych/Tabela/Suma", "FA(3) only" {
        /// The cells.
        several cells: Text<256, 0> = "SKom" [1..=20]: "TZnakowy2" in "FA(3) only";
    }
}
