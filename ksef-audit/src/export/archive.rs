//! ZIP archives, written as a stream.

use std::collections::HashSet;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use ksef_core::{Sha256Digest, Timestamp};
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter, ZipDataWriter, ZipEntryWriter};

use super::ExportError;

/// Anyone may read the files.
const MODE: u32 = 0o644;

/// The most characters that an order reference contributes to a name.
const MAX_STEM: usize = 80;

/// Writes files into an archive. What it keeps in memory is their names.
pub(super) struct Archive<W> {
    writer: ZipArchiveWriter<W>,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(to: W) -> Self {
        Self { writer: ZipArchiveWriter::new(to) }
    }

    /// Begins a file.
    pub(super) fn start(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
    ) -> Result<ArchiveFile<'_, W>, ExportError> {
        let mut file = self
            .writer
            .new_file(name)
            .compression_method(CompressionMethod::DEFLATE)
            .unix_permissions(MODE);
        if let Some(modified) = modified {
            let seconds = modified.as_unix_milliseconds().div_euclid(1_000);
            file = file.last_modified(UtcDateTime::from_unix(seconds));
        }
        let (entry, configuration) = file.start().map_err(ExportError::write)?;
        let encoder = DeflateEncoder::new(entry, Compression::default());
        Ok(ArchiveFile { writer: configuration.wrap(encoder) })
    }

    /// Adds a whole file.
    pub(super) fn add(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        bytes: &[u8],
    ) -> Result<(), ExportError> {
        let mut file = self.start(name, modified)?;
        file.write_all(bytes)?;
        file.finish()
    }

    pub(super) fn finish(self) -> Result<W, ExportError> {
        self.writer.finish().map_err(ExportError::write)
    }
}

/// A file of an archive, while it is written.
pub(super) struct ArchiveFile<'a, W: Write> {
    writer: ZipDataWriter<DeflateEncoder<ZipEntryWriter<'a, W>>>,
}

impl<W: Write> ArchiveFile<'_, W> {
    pub(super) fn finish(self) -> Result<(), ExportError> {
        let (encoder, descriptor) = self.writer.finish().map_err(ExportError::write)?;
        encoder.finish()?.finish(descriptor).map_err(ExportError::write)?;
        Ok(())
    }
}

impl<W: Write> Write for ArchiveFile<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Gives out names that are safe everywhere, each once, whatever case a file system tells apart.
#[derive(Default)]
pub(super) struct Names {
    /// Digests of the names: 8 bytes a name. Two names that share one are told apart needlessly.
    taken: HashSet<[u8; 8]>,
}

impl Names {
    /// A name of the form `{order-reference}-{id}.xml`, with a number where that is taken.
    pub(super) fn give(&mut self, order_reference: &str, id: Option<&str>) -> String {
        let stem = match (safe(order_reference), id.map(safe)) {
            (reference, Some(id)) => format!("{reference}-{id}"),
            (reference, None) => reference,
        };
        let mut name = format!("{stem}.xml");
        let mut number = 2_u64;
        while !self.take(&name) {
            name = format!("{stem}-{number}.xml");
            number += 1;
        }
        name
    }

    fn take(&mut self, name: &str) -> bool {
        let digest = Sha256Digest::of(name.to_ascii_lowercase().as_bytes());
        let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
        self.taken.insert([a, b, c, d, e, f, g, h])
    }
}

/// Letters, digits, `-`, `_` and inner points of ASCII; anything else becomes `_`.
fn safe(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let safe = |c| if is_safe(c) { c } else { '_' };
    let name: String = text.chars().take(MAX_STEM).map(safe).collect();
    let name = name.trim_matches('.').replace("..", "__");
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Hashes what passes through.
pub(super) struct Hashing<W> {
    to: W,
    hash: sha2::Sha256,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to, hash: sha2::Digest::new() }
    }

    /// What it was written to, and the digest.
    pub(super) fn finish(self) -> (W, Sha256Digest) {
        (self.to, Sha256Digest::from_bytes(sha2::Digest::finalize(self.hash).into()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        sha2::Digest::update(&mut self.hash, bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_safe_and_given_once() {
        let mut names = Names::default();
        let number = Some("5265877635-20250826-0100001AF629-AF");
        let end = "5265877635-20250826-0100001AF629-AF.xml";
        assert_eq!(names.give("FV/1/2026", number), format!("FV_1_2026-{end}"));
        assert_eq!(
            names.give("FV 1 2026", number),
            format!("FV_1_2026-{}", end.replace(".xml", "-2.xml"))
        );
        assert_eq!(
            names.give("fv/1/2026", number),
            format!("fv_1_2026-{}", end.replace(".xml", "-3.xml"))
        );
        assert_eq!(names.give("../../etc/passwd", number), format!("____etc_passwd-{end}"));
        assert_eq!(names.give("", None), "_.xml");
    }

    proptest! {
        #[test]
        fn no_name_leads_anywhere(
            references in prop::collection::vec("\\PC{0,100}|[./\\\\]{0,6}", 1..20),
        ) {
            let mut names = Names::default();
            let given: Vec<_> = references.iter().map(|it| names.give(it, None)).collect();
            let mut lower: Vec<_> = given.iter().map(|name| name.to_ascii_lowercase()).collect();
            lower.sort_unstable();
            lower.dedup();
            prop_assert_eq!(lower.len(), given.len());
            for name in given {
                let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                prop_assert!(name.chars().all(is_safe) && name.len() < 130, "{}", name);
                prop_assert!(!name.starts_with('.') && !name.contains(".."), "{}", name);
            }
        }
    }
}
