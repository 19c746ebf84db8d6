//! The files of a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use ksef_core::Sha256Digest;
use rawzip::{CompressionMethod, ZipArchive};

use super::BundleFinding;
use crate::export::bundle::{SIGNATURE, SUMS};

/// The files of a bundle, by name.
pub(super) struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// The files of an archive, if it is sound and all names are those of a bundle.
    pub(super) fn read(bundle: &[u8]) -> Option<Self> {
        let archive = ZipArchive::from_slice(bundle).ok()?;
        let mut files = BTreeMap::new();
        let mut listed = 0;
        for record in archive.entries() {
            let record = record.ok()?;
            listed += 1;
            let name = core::str::from_utf8(record.file_path().as_bytes()).ok()?;
            let entry = archive.get_entry(record.wayfinder()).ok()?;
            let is_one_name = entry.local_header().file_path().as_bytes() == name.as_bytes();
            let header = bundle.get(usize::try_from(record.central_directory_offset()).ok()?..)?;
            if !is_name(name) || !is_one_name || !is_plain(header)? {
                return None;
            }
            let mut bytes = Vec::new();
            match record.compression_method() {
                CompressionMethod::STORE => {
                    entry.verifying_reader(entry.data()).read_to_end(&mut bytes).ok()?;
                }
                CompressionMethod::DEFLATE => {
                    let unpacked = DeflateDecoder::new(entry.data());
                    entry.verifying_reader(unpacked).read_to_end(&mut bytes).ok()?;
                }
                _ => return None,
            }
            if files.insert(name.to_owned(), bytes).is_some() {
                return None;
            }
        }
        (listed == archive.entries_hint()).then_some(Self(files))
    }

    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        core::str::from_utf8(self.get(name)?).ok()
    }

    /// The files of a folder, by their full names.
    pub(super) fn folder(&self, folder: &'static str) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.0.iter().filter(move |(name, _)| name.starts_with(folder));
        files.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    pub(super) fn check_sums(&self, findings: &mut BTreeSet<BundleFinding>) {
        let Some(sums) = self.text(SUMS).and_then(parse_sums) else {
            findings.insert(BundleFinding::Manifest);
            return;
        };
        for (name, sum) in &sums {
            match self.get(name) {
                None => drop(findings.insert(BundleFinding::Missing(name.clone()))),
                Some(bytes) if Sha256Digest::of(bytes) != *sum => {
                    findings.insert(BundleFinding::Changed(name.clone()));
                }
                Some(_) => {}
            }
        }
        let extra = self.0.keys().filter(|name| *name != SUMS && *name != SIGNATURE);
        let extra = extra.filter(|name| !sums.contains_key(*name));
        findings.extend(extra.cloned().map(BundleFinding::Extra));
    }
}

/// Whether the header of a directory asks for nothing that a plain reader of archives lacks: a
/// newer version, encryption, patches.
fn is_plain(header: &[u8]) -> Option<bool> {
    const NEWEST_VERSION: u8 = 63;
    const ENCRYPTED_OR_PATCHED: u8 = 0b0110_0001;
    let (version, flags) = (header.get(6)?, header.get(8)?);
    Some(*version <= NEWEST_VERSION && flags & ENCRYPTED_OR_PATCHED == 0)
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    let is_outside = name.contains("..") || name.starts_with('/') || name.ends_with('/');
    !name.is_empty() && name.bytes().all(is_allowed) && !is_outside
}

/// Lines of `sha256sum`, in the strict order of the names.
fn parse_sums(text: &str) -> Option<BTreeMap<String, Sha256Digest>> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    let mut sums = BTreeMap::new();
    for line in text.strip_suffix('\n')?.split('\n') {
        let (sum, name) = line.split_once("  ")?;
        let follows = sums.last_key_value().is_none_or(|(last, _): (&String, _)| **last < *name);
        if name.is_empty() || !name.bytes().all(is_allowed) || !follows {
            return None;
        }
        sums.insert(name.to_owned(), Sha256Digest::from_hex(sum).ok()?);
    }
    Some(sums)
}
