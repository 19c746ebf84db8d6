//! Packages that are tar archives packed by gzip.

use std::io::{self, Read, Take};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType, PaxExtensions};

use super::name::{Names, is_directory};
use super::{ArchiveFault, Entry, Limits, content};

/// How long a header may be that only says more about the next file, as its long name.
const MAX_EXTENSION_BYTES: u64 = 64 * 1024;

type Stream<'a> = Take<MultiGzDecoder<&'a [u8]>>;

pub(super) fn read(
    package: &[u8],
    limits: &Limits,
    each: impl FnMut(Entry),
) -> Result<(), ArchiveFault> {
    let mut stream = MultiGzDecoder::new(package).take(limits.total_bytes.saturating_add(1));
    let outcome = members(&mut stream, limits, each).and_then(|()| to_the_end(&mut stream));
    // Then the stream was cut here, and what was made of its end says nothing.
    if stream.limit() == 0 {
        return Err(ArchiveFault::TooLarge { limit: limits.total_bytes });
    }
    outcome
}

/// The checksum comes last, behind the padding of the archive.
fn to_the_end(stream: &mut Stream<'_>) -> Result<(), ArchiveFault> {
    io::copy(stream, &mut io::sink())?;
    Ok(())
}

/// The members one by one. Headers that say more about the next file are read here and not by
/// [`tar`], which would take any length of them into memory.
fn members(
    stream: &mut Stream<'_>,
    limits: &Limits,
    mut each: impl FnMut(Entry),
) -> Result<(), ArchiveFault> {
    let mut archive = Archive::new(stream);
    let mut names = Names::new(limits);
    let mut long_name = None;
    let mut budget = limits.total_bytes;
    for member in archive.entries()?.raw(true) {
        let member = member?;
        match member.header().entry_type() {
            EntryType::GNULongName => long_name = Some(gnu_long_name(member)?),
            EntryType::XHeader => long_name = pax_path(member)?.or(long_name),
            EntryType::XGlobalHeader => {}
            EntryType::Directory => long_name = None,
            EntryType::Regular | EntryType::Continuous => {
                let path = long_name.take().unwrap_or_else(|| member.path_bytes().into_owned());
                if !is_directory(&path) {
                    let name = names.admit(&path)?;
                    each(Entry { name, content: content(member, limits, &mut budget)? });
                }
            }
            _ => return Err(ArchiveFault::NoFile),
        }
    }
    Ok(())
}

fn extension(header: impl Read) -> Result<Vec<u8>, ArchiveFault> {
    let mut bytes = Vec::new();
    header.take(MAX_EXTENSION_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_EXTENSION_BYTES) {
        Ok(bytes)
    } else {
        Err(ArchiveFault::Name)
    }
}

fn gnu_long_name(header: impl Read) -> Result<Vec<u8>, ArchiveFault> {
    let mut name = extension(header)?;
    if name.last() == Some(&0) {
        name.pop();
    }
    Ok(name)
}

/// The path that a pax header gives, if it does. One that makes the next member something else
/// than the bytes that follow is refused: a length for files over 8 GB, or holes.
fn pax_path(header: impl Read) -> Result<Option<Vec<u8>>, ArchiveFault> {
    let mut path = None;
    for record in PaxExtensions::new(&extension(header)?) {
        let record = record?;
        match record.key_bytes() {
            b"path" => path = Some(record.value_bytes().to_vec()),
            b"size" => return Err(ArchiveFault::NoFile),
            key if key.starts_with(b"GNU.sparse.") => return Err(ArchiveFault::NoFile),
            _ => {}
        }
    }
    Ok(path)
}
