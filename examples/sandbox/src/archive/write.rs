//! Writing packages, for exports.

use std::io::{self, Write};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, GzBuilder};
use ksef_core::Timestamp;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::CompressionType;

/// How long a part of an export may be before it is encrypted, which adds up to 16 bytes, so that
/// the encrypted part has at most 50 MB: KSeF API, `pobieranie-faktur.md`.
pub(crate) const PART_BYTES: usize = 50_000_000 - 16;

/// Permissions of each file: anyone may read it.
const MODE: u32 = 0o644;

/// The operating system in the header of gzip: unknown, so that it is the same everywhere.
const UNKNOWN_SYSTEM: u8 = 255;

/// Writes files into a package, and returns what it was written to.
///
/// The same files at the same second give the same bytes. The package is cut at each
/// [`PART_BYTES`] afterwards: `package.chunks(PART_BYTES)`.
///
/// # Errors
///
/// When `to` fails, or a name is longer than the package can hold.
pub(crate) fn write<W: Write, N: AsRef<str>, C: AsRef<[u8]>>(
    to: W,
    compression: CompressionType,
    modified: Timestamp,
    files: impl IntoIterator<Item = (N, C)>,
) -> io::Result<W> {
    let seconds = modified.as_unix_milliseconds().div_euclid(1_000);
    match compression {
        CompressionType::Zip => zip(to, seconds, files).map_err(io::Error::other),
        CompressionType::TarGz => tar_gz(to, seconds, files),
    }
}

fn zip<W: Write, N: AsRef<str>, C: AsRef<[u8]>>(
    to: W,
    seconds: i64,
    files: impl IntoIterator<Item = (N, C)>,
) -> Result<W, rawzip::Error> {
    let mut archive = ZipArchiveWriter::new(to);
    for (name, content) in files {
        let file = archive
            .new_file(name.as_ref())
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(UtcDateTime::from_unix(seconds))
            .unix_permissions(MODE);
        let (mut entry, configuration) = file.start()?;
        let encoder = DeflateEncoder::new(&mut entry, Compression::default());
        let mut writer = configuration.wrap(encoder);
        writer.write_all(content.as_ref())?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    archive.finish()
}

fn tar_gz<W: Write, N: AsRef<str>, C: AsRef<[u8]>>(
    to: W,
    seconds: i64,
    files: impl IntoIterator<Item = (N, C)>,
) -> io::Result<W> {
    let mut archive = tar::Builder::new(gzip(to, seconds));
    for (name, content) in files {
        let content = content.as_ref();
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).map_err(io::Error::other)?);
        header.set_mode(MODE);
        header.set_mtime(u64::try_from(seconds).unwrap_or_default());
        archive.append_data(&mut header, name.as_ref(), content)?;
    }
    archive.into_inner()?.finish()
}

fn gzip<W: Write>(to: W, seconds: i64) -> GzEncoder<W> {
    let builder = GzBuilder::new().mtime(u32::try_from(seconds).unwrap_or_default());
    builder.operating_system(UNKNOWN_SYSTEM).write(to, Compression::default())
}
