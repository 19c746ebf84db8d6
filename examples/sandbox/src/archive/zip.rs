//! Packages that are Zip archives.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive, ZipSliceEntry};

use super::name::{Names, is_directory};
use super::{ArchiveFault, Content, Entry, Limits, content};

/// A file that may be unpacked.
struct Member<'a> {
    name: String,
    method: CompressionMethod,
    /// How long it says that it is.
    claimed_bytes: u64,
    data: ZipSliceEntry<'a>,
}

pub(super) fn read(
    package: &[u8],
    limits: &Limits,
    mut each: impl FnMut(Entry),
) -> Result<(), ArchiveFault> {
    let archive = ZipArchive::from_slice(package)?;
    let mut budget = limits.total_bytes;
    for member in members(&archive, limits)? {
        let content = member.content(limits, &mut budget)?;
        each(Entry { name: member.name, content });
    }
    Ok(())
}

/// All files, looked at from the outside.
fn members<'a>(
    archive: &'a ZipSliceArchive<&[u8]>,
    limits: &Limits,
) -> Result<Vec<Member<'a>>, ArchiveFault> {
    let mut names = Names::new(limits);
    let mut members = Vec::new();
    let mut listed = 0;
    for record in archive.entries() {
        let record = record?;
        listed += 1;
        if !is_directory(record.file_path().as_bytes()) {
            members.push(member(archive, &record, &mut names)?);
        }
    }
    if listed != archive.entries_hint() {
        return Err(ArchiveFault::Count);
    }
    if overlap(&members, archive.directory_offset()) {
        return Err(ArchiveFault::Overlap);
    }
    Ok(members)
}

fn member<'a>(
    archive: &'a ZipSliceArchive<&[u8]>,
    record: &ZipFileHeaderRecord<'_>,
    names: &mut Names,
) -> Result<Member<'a>, ArchiveFault> {
    let name = names.admit(record.file_path().as_bytes())?;
    let method = record.compression_method();
    if record.flags().is_encrypted() {
        return Err(ArchiveFault::Encrypted);
    }
    if record.mode().is_symlink() {
        return Err(ArchiveFault::NoFile);
    }
    if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
        return Err(ArchiveFault::Method);
    }
    let claimed_bytes = record.uncompressed_size_hint();
    Ok(Member { name, method, claimed_bytes, data: archive.get_entry(record.wayfinder())? })
}

/// Whether bytes belong to two files, or to a file and the directory: a small archive that is a
/// large one by showing the same bytes many times.
fn overlap(members: &[Member<'_>], directory_offset: u64) -> bool {
    let mut ranges: Vec<_> =
        members.iter().map(|member| member.data.compressed_data_range()).collect();
    ranges.push((directory_offset, u64::MAX));
    ranges.sort_unstable();
    let following = ranges.iter().skip(1);
    ranges.iter().zip(following).any(|((_, end), (start, _))| end > start)
}

impl Member<'_> {
    fn content(&self, limits: &Limits, budget: &mut u64) -> Result<Content, ArchiveFault> {
        if usize::try_from(self.claimed_bytes).is_ok_and(|bytes| bytes <= limits.entry_bytes) {
            content(self.unpacked(), limits, budget)
        } else {
            Ok(Content::Oversized)
        }
    }

    /// The file itself; at its end its length and its checksum are verified.
    fn unpacked(&self) -> Box<dyn Read + '_> {
        let packed = self.data.data();
        if self.method == CompressionMethod::STORE {
            Box::new(self.data.verifying_reader(packed))
        } else {
            Box::new(self.data.verifying_reader(DeflateDecoder::new(packed)))
        }
    }
}
