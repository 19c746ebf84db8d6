use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use tar::{EntryType, Header};

use super::*;

const LIMITS: Limits = Limits { entries: 10, entry_bytes: 1_000, total_bytes: 100_000 };
const BOTH: [CompressionType; 2] = [CompressionType::Zip, CompressionType::TarGz];

fn read_all(
    package: &[u8],
    compression: CompressionType,
    limits: &Limits,
) -> Result<Vec<Entry>, ArchiveFault> {
    let mut entries = Vec::new();
    read(package, compression, limits, |entry| entries.push(entry))?;
    Ok(entries)
}

fn pack(compression: CompressionType, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let modified = "2026-11-20T12:00:00Z".parse().unwrap();
    write(Vec::new(), compression, modified, files.iter().map(|(name, bytes)| (name, bytes)))
        .unwrap()
}

fn numbered(count: usize, bytes: usize) -> Vec<(String, Vec<u8>)> {
    (0..count).map(|number| (format!("{number}.xml"), vec![b'a'; bytes])).collect()
}

/// A Zip archive of empty files under these very paths.
fn zip_of(paths: &[&str]) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for &path in paths {
        let (mut entry, configuration) =
            archive.new_file(EntryPath::verbatim(path.as_bytes())).start().unwrap();
        let (_, descriptor) = configuration.wrap(&mut entry).finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A member of a tar archive, under this very path.
fn member(kind: EntryType, path: &str, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(u64::try_from(content.len()).unwrap());
    header.set_cksum();
    let mut bytes = [header.as_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn tar_gz_of(members: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = members.concat();
    bytes.resize(bytes.len() + 1_024, 0);
    gzip(&bytes)
}

fn tar_gz_of_paths(paths: &[&str]) -> Vec<u8> {
    let members: Vec<_> = paths.iter().map(|path| member(EntryType::Regular, path, b"")).collect();
    tar_gz_of(&members)
}

fn package_of(compression: CompressionType, paths: &[&str]) -> Vec<u8> {
    match compression {
        CompressionType::Zip => zip_of(paths),
        CompressionType::TarGz => tar_gz_of_paths(paths),
    }
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| &*entry.name).collect()
}

#[test]
fn a_file_too_many_is_a_fault_of_its_own_status() {
    for compression in BOTH {
        let full = pack(compression, &numbered(10, 5));
        assert_eq!(read_all(&full, compression, &LIMITS).unwrap().len(), 10);
        let fault = read_all(&pack(compression, &numbered(11, 5)), compression, &LIMITS);
        let fault = fault.unwrap_err();
        assert!(matches!(fault, ArchiveFault::TooManyEntries { limit: 10 }), "{fault}");
        assert_eq!(fault.session_status(), 420);
    }
}

#[test]
fn a_file_too_large_is_named_and_not_read() {
    for compression in BOTH {
        let mut files = numbered(3, 1_000);
        files[1].1.push(b'a');
        let entries = read_all(&pack(compression, &files), compression, &LIMITS).unwrap();
        assert_eq!(names(&entries), ["0.xml", "1.xml", "2.xml"]);
        assert_eq!(entries[0].content, Content::Whole(vec![b'a'; 1_000]));
        assert_eq!(entries[1].content, Content::Oversized);
        assert_eq!(entries[2].content, Content::Whole(vec![b'a'; 1_000]));
    }
}

#[test]
fn more_bytes_in_all_than_allowed_are_a_fault_of_the_package() {
    for compression in BOTH {
        let limits = Limits { total_bytes: 5_000, ..LIMITS };
        let fault = read_all(&pack(compression, &numbered(10, 900)), compression, &limits);
        assert!(matches!(fault, Err(ArchiveFault::TooLarge { limit: 5_000 })), "{fault:?}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for path in ["../a.xml", "/etc/passwd", "a/b.xml", "..\\a.xml", "a\x01.xml", "."] {
        for compression in BOTH {
            let package = package_of(compression, &["fine.xml", path]);
            let fault = read_all(&package, compression, &LIMITS).unwrap_err();
            assert!(matches!(fault, ArchiveFault::Name), "{path} {fault}");
            assert_eq!(fault.session_status(), 430);
        }
    }
}

#[test]
fn two_files_of_one_name_are_refused() {
    for compression in BOTH {
        let package = package_of(compression, &["a.xml", "b.xml", "a.xml"]);
        let fault = read_all(&package, compression, &LIMITS);
        assert!(matches!(fault, Err(ArchiveFault::Duplicate)), "{fault:?}");
    }
}

#[test]
fn directories_are_passed_over() {
    for compression in BOTH {
        let package = package_of(compression, &["empty/", "a.xml", "../"]);
        assert_eq!(names(&read_all(&package, compression, &LIMITS).unwrap()), ["a.xml"]);
    }
    let members = [
        member(EntryType::Directory, "./", b""),
        member(EntryType::XGlobalHeader, "pax_global_header", b"16 comment=abcde\n"),
        member(EntryType::Regular, "./a.xml", b"abc"),
    ];
    let entries = read_all(&tar_gz_of(&members), CompressionType::TarGz, &LIMITS).unwrap();
    assert_eq!(names(&entries), ["a.xml"]);
}

#[test]
fn a_package_of_nothing_is_empty_and_no_package_is_a_fault() {
    for compression in BOTH {
        assert_eq!(read_all(&pack(compression, &[]), compression, &LIMITS).unwrap(), []);
        for bytes in [&b""[..], b"<Faktura/>", &[0; 2_000], &[0xFF; 2_000]] {
            let fault = read_all(bytes, compression, &LIMITS).unwrap_err();
            assert_eq!(fault.session_status(), 430);
        }
    }
    for (packed, declared) in [BOTH, [CompressionType::TarGz, CompressionType::Zip]]
        .map(|[packed, declared]| (packed, declared))
    {
        assert!(read_all(&pack(packed, &numbered(1, 5)), declared, &LIMITS).is_err());
    }
}

#[test]
fn links_devices_and_files_with_holes_are_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::GNUSparse,
        EntryType::GNULongLink,
    ] {
        let package = tar_gz_of(&[member(kind, "a.xml", b"")]);
        let fault = read_all(&package, CompressionType::TarGz, &LIMITS);
        assert!(matches!(fault, Err(ArchiveFault::NoFile)), "{kind:?} {fault:?}");
    }
    for pax in ["12 size=900\n", "25 GNU.sparse.realsize=9\n"] {
        let pax = member(EntryType::XHeader, "pax", pax.as_bytes());
        let package = tar_gz_of(&[pax, member(EntryType::Regular, "a.xml", b"")]);
        let fault = read_all(&package, CompressionType::TarGz, &LIMITS);
        assert!(matches!(fault, Err(ArchiveFault::NoFile)), "{fault:?}");
    }
    let mut archive = ZipArchiveWriter::new(Vec::new());
    let (mut entry, configuration) =
        archive.new_file("a.xml").unix_permissions(0o120_777).start().unwrap();
    let mut writer = configuration.wrap(&mut entry);
    writer.write_all(b"/etc/passwd").unwrap();
    let (_, descriptor) = writer.finish().unwrap();
    entry.finish(descriptor).unwrap();
    let fault = read_all(&archive.finish().unwrap(), CompressionType::Zip, &LIMITS);
    assert!(matches!(fault, Err(ArchiveFault::NoFile)), "{fault:?}");
}

#[test]
fn encrypted_files_and_other_methods_are_refused() {
    let of = |encrypted, method| {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        let file = archive.new_file("a.xml").compression_method(method).encrypted(encrypted);
        let (mut entry, configuration) = file.start().unwrap();
        let (_, descriptor) = configuration.wrap(&mut entry).finish().unwrap();
        entry.finish(descriptor).unwrap();
        read_all(&archive.finish().unwrap(), CompressionType::Zip, &LIMITS)
    };
    let fault = of(true, CompressionMethod::STORE);
    assert!(matches!(fault, Err(ArchiveFault::Encrypted)), "{fault:?}");
    let fault = of(false, CompressionMethod::DEFLATE64);
    assert!(matches!(fault, Err(ArchiveFault::Method)), "{fault:?}");
    assert_eq!(of(false, CompressionMethod::STORE).unwrap().len(), 1);
}

#[test]
fn long_names_are_read_in_the_form_of_gnu_and_of_pax() {
    let name = format!("{}.xml", "ż".repeat(100));
    let gnu = format!("{name}\0");
    let record = format!(" path={name}\n");
    let pax = format!("{}{record}", record.len() + 3);
    for header in [
        member(EntryType::GNULongName, "././@LongLink", gnu.as_bytes()),
        member(EntryType::XHeader, "pax", pax.as_bytes()),
    ] {
        let members = [header, member(EntryType::Regular, "cut", b"1"), {
            member(EntryType::Regular, "b.xml", b"2")
        }];
        let entries = read_all(&tar_gz_of(&members), CompressionType::TarGz, &LIMITS).unwrap();
        assert_eq!(names(&entries), [&*name, "b.xml"]);
    }
}

#[test]
fn a_long_name_of_megabytes_is_not_read() {
    let name = vec![b'a'; 10_000_000];
    let members = [member(EntryType::GNULongName, "././@LongLink", &name), {
        member(EntryType::Regular, "a.xml", b"")
    }];
    let limits = Limits { total_bytes: 100_000_000, ..LIMITS };
    let fault = read_all(&tar_gz_of(&members), CompressionType::TarGz, &limits);
    assert!(matches!(fault, Err(ArchiveFault::Name)), "{fault:?}");
}

/// A Deflate stream of zeros, ten gigabytes long and about ten megabytes large: the same
/// megabyte over and over, each ending on a whole byte and none looking back at another.
fn ten_gigabytes_of_zeros() -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut megabyte = Vec::with_capacity(10_000);
    compress.compress_vec(&vec![0; 1_000_000], &mut megabyte, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), 1_000_000);
    let mut bytes = megabyte.repeat(10_000);
    // The last block: empty.
    bytes.extend_from_slice(&[0x03, 0x00]);
    bytes
}

/// A Zip archive with one local file and a directory that lists it under each of the names.
fn zip_by_hand(names: &[&str], packed: &[u8], claimed: u32) -> Vec<u8> {
    let size = u32::try_from(packed.len()).unwrap();
    let mut bytes = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    let sizes = [size.to_le_bytes(), claimed.to_le_bytes()].concat();
    bytes.extend([&sizes[..], &[0, 0, 0, 0], packed].concat());
    let start = u32::try_from(bytes.len()).unwrap();
    for name in names {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        bytes.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0");
        bytes.extend([&sizes[..], &length, &[0; 16], name.as_bytes()].concat());
    }
    let length = u32::try_from(bytes.len()).unwrap() - start;
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    bytes.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat());
    bytes.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn gigabytes_of_zeros_are_not_unpacked_whatever_length_they_claim() {
    let zeros = ten_gigabytes_of_zeros();
    let zip = |claimed| {
        let package = zip_by_hand(&["a.xml"], &zeros, claimed);
        read_all(&package, CompressionType::Zip, &LIMITS)
    };
    for claimed in [1_001, 1_410_065_408, u32::MAX - 1] {
        assert_eq!(zip(claimed).unwrap()[0].content, Content::Oversized);
    }
    // More than it claims is a lie and no oversized file.
    assert!(matches!(zip(1_000), Err(ArchiveFault::Stream(_))));
    let mut header = Header::new_gnu();
    header.set_path("a.xml").unwrap();
    header.set_size(10_000_000_000 - 512);
    header.set_cksum();
    // A header of gzip, the header of tar as a stored block, and the zeros.
    let mut package = b"\x1F\x8B\x08\0\0\0\0\0\0\xFF\0\0\x02\xFF\xFD".to_vec();
    package.extend([header.as_bytes(), &zeros[..]].concat());
    let fault = read_all(&package, CompressionType::TarGz, &LIMITS);
    assert!(matches!(fault, Err(ArchiveFault::TooLarge { .. })), "{fault:?}");
}

#[test]
fn files_that_share_their_bytes_are_refused() {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[]).unwrap();
    let packed = encoder.finish().unwrap();
    let alone = zip_by_hand(&["a.xml"], &packed, 0);
    assert_eq!(read_all(&alone, CompressionType::Zip, &LIMITS).unwrap().len(), 1);
    let fault = read_all(&zip_by_hand(&["a", "b"], &packed, 0), CompressionType::Zip, &LIMITS);
    assert!(matches!(fault, Err(ArchiveFault::Overlap)), "{fault:?}");
}

#[test]
fn a_million_tiny_files_are_refused_at_the_first_one_too_many() {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    let mut tar = Vec::new();
    for number in 0..1_000_000 {
        let name = number.to_string();
        let (mut entry, configuration) = archive.new_file(&*name).start().unwrap();
        let (_, descriptor) = configuration.wrap(&mut entry).finish().unwrap();
        entry.finish(descriptor).unwrap();
        if number < 20_000 {
            tar.push(member(EntryType::Regular, &name, b""));
        }
    }
    let limits = Limits { entries: 10_000, entry_bytes: 1_000_000, total_bytes: 30_000_000_000 };
    for (package, compression) in [
        (archive.finish().unwrap(), CompressionType::Zip),
        (tar_gz_of(&tar), CompressionType::TarGz),
    ] {
        let mut handed_over = 0;
        let fault = read(&package, compression, &limits, |_| handed_over += 1);
        assert!(matches!(fault, Err(ArchiveFault::TooManyEntries { .. })), "{fault:?}");
        assert!(handed_over <= 10_000);
    }
}

#[test]
fn a_directory_that_lists_other_files_than_it_announces_is_refused() {
    let mut package = zip_of(&["a.xml", "b.xml"]);
    let end = package.len() - 22;
    package[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
    let fault = read_all(&package, CompressionType::Zip, &LIMITS);
    assert!(matches!(fault, Err(ArchiveFault::Count)), "{fault:?}");
}

#[test]
fn the_same_files_at_the_same_time_give_the_same_package_cut_at_fifty_megabytes() {
    for compression in BOTH {
        let files = numbered(5, 700);
        assert_eq!(pack(compression, &files), pack(compression, &files));
    }
    let encrypted = (PART_BYTES / 16 + 1) * 16;
    assert_eq!(encrypted, 50_000_000);
}

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..1_000),
        (0_usize..1_000).prop_map(|length| vec![b' '; length]),
    ];
    prop::collection::btree_map("[a-zA-ZąęŻ0-9 _-]{1,120}\\.xml", content, 0..10)
        .prop_map(|files| files.into_iter().collect())
}

fn compression() -> impl Strategy<Value = CompressionType> {
    prop_oneof![Just(CompressionType::Zip), Just(CompressionType::TarGz)]
}

/// What no package can break, however it was made.
fn within_limits(outcome: &Result<Vec<Entry>, ArchiveFault>) -> bool {
    let fits = |entry: &Entry| match &entry.content {
        Content::Whole(bytes) => bytes.len() <= LIMITS.entry_bytes,
        Content::Oversized => true,
    };
    outcome
        .as_ref()
        .map_or(true, |entries| entries.len() <= LIMITS.entries && entries.iter().all(fits))
}

proptest! {
    #[test]
    fn what_is_written_is_read(files in files(), compression in compression()) {
        let entries = read_all(&pack(compression, &files), compression, &LIMITS).unwrap();
        let read: Vec<_> = entries.into_iter().map(|entry| (entry.name, entry.content)).collect();
        let written: Vec<_> =
            files.into_iter().map(|(name, bytes)| (name, Content::Whole(bytes))).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn a_damaged_package_is_read_within_the_limits_or_refused(
        files in files(),
        compression in compression(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut package = pack(compression, &files);
        for (place, byte) in damage {
            let place = place.index(package.len());
            package[place] = byte;
        }
        prop_assert!(within_limits(&read_all(&package, compression, &LIMITS)));
    }

    #[test]
    fn a_damaged_archive_within_gzip_is_read_within_the_limits_or_refused(
        files in files(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let package = pack(CompressionType::TarGz, &files);
        let mut tar = Vec::new();
        io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*package), &mut tar).unwrap();
        for (place, byte) in damage {
            let place = place.index(tar.len());
            tar[place] = byte;
            // With a right checksum the damage reaches what is behind it.
            let header = place / 512 * 512;
            let mut fixed = Header::new_old();
            fixed.as_mut_bytes().copy_from_slice(&tar[header..header + 512]);
            fixed.set_cksum();
            tar[header..header + 512].copy_from_slice(fixed.as_bytes());
        }
        let outcome = read_all(&gzip(&tar), CompressionType::TarGz, &LIMITS);
        prop_assert!(within_limits(&outcome));
    }

    #[test]
    fn a_package_cut_off_is_refused(
        files in files(),
        compression in compression(),
        place in any::<prop::sample::Index>(),
    ) {
        let package = pack(compression, &files);
        let outcome = read_all(&package[..place.index(package.len())], compression, &LIMITS);
        prop_assert_eq!(outcome.map_err(|fault| fault.session_status()), Err(430));
    }

    #[test]
    fn any_bytes_are_refused_or_read_within_the_limits(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        compression in compression(),
    ) {
        prop_assert!(within_limits(&read_all(&bytes, compression, &LIMITS)));
        let mut end = b"PK\x05\x06".to_vec();
        end.extend(bytes);
        prop_assert!(within_limits(&read_all(&end, CompressionType::Zip, &LIMITS)));
    }
}
