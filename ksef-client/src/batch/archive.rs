//! The archive, which is the same for the same documents: it has no dates and names no user.

use std::io::{self, Write};

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress, GzBuilder, Status};
use rawzip::{CompressionMethod, DataDescriptorOutput, ErrorKind, ZipArchiveWriter};

use super::CompressionType;
use crate::encryption::byte_count;

/// Fast: invoices are small, and what a higher level saves is lost on the way to it.
const LEVEL: Compression = Compression::fast();

/// Permissions of each file: anyone may read it.
const MODE: u32 = 0o644;

/// The operating system in the header of gzip: unknown, so that it is the same everywhere.
const UNKNOWN_SYSTEM: u8 = 255;

/// An archive that is written file by file.
pub(super) enum Archive<W: Write> {
    Zip(Box<Zip<W>>),
    TarGz(Box<tar::Builder<GzEncoder<W>>>),
}

/// With what is used again for each file.
pub(super) struct Zip<W> {
    writer: ZipArchiveWriter<W>,
    compress: Compress,
    compressed: Vec<u8>,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(compression: CompressionType, to: W) -> Self {
        match compression {
            CompressionType::Zip => Self::Zip(Box::new(Zip {
                writer: ZipArchiveWriter::new(to),
                compress: Compress::new(LEVEL, false),
                compressed: Vec::new(),
            })),
            CompressionType::TarGz => {
                let builder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
                Self::TarGz(Box::new(tar::Builder::new(builder.write(to, LEVEL))))
            }
        }
    }

    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.add(name, content),
            Self::TarGz(tar) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(byte_count(content));
                header.set_mode(MODE);
                header.set_mtime(0);
                tar.append_data(&mut header, name, content)
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Zip(zip) => zip.writer.finish().map_err(unwrapped),
            Self::TarGz(tar) => tar.into_inner()?.finish(),
        }
    }
}

/// The error of the writer below, if it was one.
fn unwrapped(error: rawzip::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::IO(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

impl<W: Write> Zip<W> {
    fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.deflate(content)?;
        let mut crc = Crc::new();
        crc.update(content);
        let file = self.writer.new_file(name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, _) = file.unix_permissions(MODE).start().map_err(unwrapped)?;
        entry.write_all(&self.compressed)?;
        let descriptor = DataDescriptorOutput::new(crc.sum(), byte_count(content));
        entry.finish(descriptor).map_err(unwrapped)?;
        Ok(())
    }

    /// Leaves the deflated content in `self.compressed`.
    fn deflate(&mut self, content: &[u8]) -> io::Result<()> {
        self.compress.reset();
        self.compressed.clear();
        let mut rest = content;
        loop {
            // Deflate adds five bytes to each 64 KiB that it cannot make smaller.
            self.compressed.reserve(rest.len() + rest.len() / 1_000 + 64);
            let before = self.compress.total_in();
            let finish = FlushCompress::Finish;
            let status = self.compress.compress_vec(rest, &mut self.compressed, finish)?;
            let read = usize::try_from(self.compress.total_in() - before);
            rest = rest.get(read.map_err(io::Error::other)?..).unwrap_or_default();
            if status == Status::StreamEnd {
                return Ok(());
            }
        }
    }
}
