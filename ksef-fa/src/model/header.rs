//! The header, which says what the document is.

use ksef_core::FormCode;

#[cfg(test)]
use super::declare::Group;
use super::declare::{Content, Source, sequence};
use super::{DateTime, Text};
use crate::SchemaVersion;
use crate::xml::writer::Writer;

sequence! {
    /// In which schema the invoice is, and when and by what it was made.
    #[doc(alias = "Naglowek")]
    pub struct Header in "Naglowek" {
        fixed form: FormMark = "KodFormularza": "TKodFormularza";
        /// The version of the schema.
        written version: SchemaVersion = "WariantFormularza";
        /// When the document was made, which is not the date of issue.
        required created_at: DateTime = "DataWytworzeniaFa": "TDataCzas";
        /// The system that the taxpayer made it with.
        optional system_info: Text<256> = "SystemInfo": "TZnakowy";
    }
}

/// `KodFormularza`: always `FA`, with the system code and the schema version as attributes.
///
/// It says nothing that [`Header::version`] does not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub(crate) struct FormMark;

#[cfg(feature = "serde")]
impl super::declare::Fixed for FormMark {
    fn is_plain(&self) -> bool {
        true
    }
}

impl Content for FormMark {
    #[cfg(test)]
    const CHILDREN: Option<Group> = None;

    fn read(source: &mut impl Source) -> Option<Self> {
        source.value().map(|_| Self)
    }

    fn write(&self, name: &str, writer: &mut Writer) {
        let code: FormCode = writer.version().schema().form_code();
        let attributes =
            [("kodSystemowy", code.system_code()), ("wersjaSchemy", code.schema_version())];
        writer.open_with(name, &attributes);
        writer.text(code.value());
        writer.close(name);
    }
}
