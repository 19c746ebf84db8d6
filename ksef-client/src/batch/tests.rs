use std::fs;
use std::io::{self, Read as _};

use flate2::bufread::{DeflateDecoder, GzDecoder};
use ksef_core::{InvoiceXml, Sha256Digest};
use proptest::prelude::*;

use super::*;
use crate::encryption::{SessionKey, ciphertext_bytes};
use crate::limits::SessionLimits;

const BOTH: [CompressionType; 2] = [CompressionType::Zip, CompressionType::TarGz];

type Files = Vec<(String, Vec<u8>)>;

fn invoice(content: &[u8]) -> InvoiceXml {
    InvoiceXml::new(content).unwrap()
}

fn options(compression: CompressionType) -> PackageOptions {
    PackageOptions::default().with_compression_type(compression)
}

fn key() -> SessionKey {
    SessionKey::generate().unwrap()
}

fn pack_files(
    files: &Files,
    key: &SessionKey,
    options: &PackageOptions,
) -> Result<(PackageManifest, PartsInMemory), PackageError> {
    let mut writer = PackageWriter::new(key, options, PartsInMemory::default());
    for (name, content) in files {
        writer.add(name, &invoice(content))?;
    }
    writer.finish()
}

fn numbered(count: usize) -> Files {
    (0..count).map(|n| (format!("{n}.xml"), format!("<Faktura>{n}</Faktura>").into())).collect()
}

/// Files in full, of bytes that cannot be made smaller.
fn incompressible(count: u32, bytes: usize) -> Files {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|n| (format!("{n}.xml"), (0..bytes).map(|_| next()).collect())).collect()
}

/// What KSeF does: decrypt each part, put them together, unpack.
fn unpack(manifest: &PackageManifest, parts: &[Vec<u8>], key: &SessionKey) -> Files {
    let package: Vec<u8> = parts.iter().flat_map(|part| key.decrypt(part).unwrap()).collect();
    assert_eq!(Sha256Digest::of(&package), manifest.file_hash);
    assert_eq!(package.len() as u64, manifest.file_size);
    match manifest.compression_type {
        CompressionType::Zip => unzip(&package),
        CompressionType::TarGz => {
            let mut archive = tar::Archive::new(GzDecoder::new(package.as_slice()));
            let files = archive.entries().unwrap().map(|entry| {
                let mut entry = entry.unwrap();
                let name = entry.path().unwrap().to_str().unwrap().to_owned();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                (name, content)
            });
            files.collect()
        }
    }
}

fn unzip(package: &[u8]) -> Files {
    let archive = rawzip::ZipArchive::from_slice(package).unwrap();
    let files = archive.entries().map(|record| {
        let record = record.unwrap();
        let name = String::from_utf8(record.file_path().as_bytes().to_vec()).unwrap();
        let entry = archive.get_entry(record.wayfinder()).unwrap();
        let mut content = Vec::new();
        let mut reader = entry.verifying_reader(DeflateDecoder::new(entry.data()));
        reader.read_to_end(&mut content).unwrap();
        (name, content)
    });
    files.collect()
}

#[test]
fn what_is_packed_comes_out_in_order_under_its_names() {
    let mut files = numbered(50);
    files.push(("Faktura żółta 1.xml".to_owned(), b"<Faktura/>".to_vec()));
    files.push(("ż".repeat(128), b"<Faktura />".to_vec()));
    let key = key();
    for compression in BOTH {
        let (manifest, sink) = pack_files(&files, &key, &options(compression)).unwrap();
        assert_eq!(unpack(&manifest, &sink.parts, &key), files, "{compression:?}");
        for ((name, content), document) in files.iter().zip(&manifest.documents) {
            let digest = Sha256Digest::of(content);
            assert_eq!((&document.file_name, document.invoice_hash), (name, digest));
            assert_eq!(document.invoice_size, content.len() as u64);
            assert_eq!(manifest.document(digest), Some(document));
        }
    }
}

#[test]
fn the_same_documents_and_key_give_the_same_parts() {
    let (files, key) = (numbered(20), key());
    for compression in BOTH {
        let once = pack_files(&files, &key, &options(compression)).unwrap();
        assert_eq!(once, pack_files(&files, &key, &options(compression)).unwrap());
    }
}

#[test]
fn each_part_is_cut_first_and_encrypted_on_its_own() {
    let (files, key) = (incompressible(10, 1_000), key());
    for compression in BOTH {
        let whole = pack_files(&files, &key, &options(compression)).unwrap().0;
        let options = options(compression).with_part_bytes(992);
        let (manifest, sink) = pack_files(&files, &key, &options).unwrap();
        assert_eq!(manifest.file_hash, whole.file_hash);
        assert!(manifest.file_parts.len() > 10);
        assert_eq!(unpack(&manifest, &sink.parts, &key), files);
        for ((part, bytes), number) in manifest.file_parts.iter().zip(&sink.parts).zip(1..) {
            assert_eq!(part.ordinal_number, number);
            assert_eq!(part.file_hash, Sha256Digest::of(bytes));
            assert_eq!(part.file_size, bytes.len() as u64);
            assert!(key.decrypt(bytes).unwrap().len() <= 992);
        }
        let (_, full) = manifest.file_parts.split_last().unwrap();
        assert!(full.iter().all(|part| part.file_size == ciphertext_bytes(992)));
    }
}

#[test]
fn there_are_fifty_parts_at_most() {
    let (files, key) = (incompressible(1, 10_000), key());
    for compression in BOTH {
        let size = pack_files(&files, &key, &options(compression)).unwrap().0.file_size;
        let enough = options(compression).with_part_bytes(size.div_ceil(50));
        assert_eq!(pack_files(&files, &key, &enough).unwrap().0.file_parts.len(), 50);
        let short = options(compression).with_part_bytes(size / 50 - 1);
        let refused = pack_files(&files, &key, &short);
        assert!(matches!(refused, Err(PackageError::TooManyParts)), "{refused:?}");
    }
}

#[test]
fn what_ksef_would_refuse_is_left_out_and_the_rest_goes_on() {
    let key = key();
    let limits = SessionLimits::PRODUCTION.with_values(3, 100, 300);
    let options = PackageOptions::default().with_limits(limits);
    let mut writer = PackageWriter::new(&key, &options, PartsInMemory::default());
    writer.add("1.xml", &invoice(b"1")).unwrap();
    let too_long = "a".repeat(129);
    for name in ["", ".", "..", "a/b.xml", "/a.xml", "..\\a.xml", "a\n.xml", &too_long] {
        let refused = writer.add(name, &invoice(b"2"));
        assert!(matches!(refused, Err(PackageError::Name { .. })), "{name:?}");
    }
    let refused = writer.add("2.xml", &invoice(b"1"));
    assert!(matches!(refused, Err(PackageError::DuplicateDocument { .. })));
    let refused = writer.add("1.xml", &invoice(b"2"));
    assert!(matches!(refused, Err(PackageError::DuplicateName { .. })));
    let refused = writer.add("2.xml", &invoice(&[b'a'; 101]));
    let Err(PackageError::DocumentTooLarge { file_name, source }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((file_name.as_str(), source.bytes, source.limit), ("2.xml", 101, 100));
    writer.add("2.xml", &invoice(b"2")).unwrap();
    writer.add("3.xml", &invoice(b"3")).unwrap();
    let refused = writer.add("4.xml", &invoice(b"4"));
    assert!(matches!(refused, Err(PackageError::TooManyDocuments { limit: 3 })));
    let (manifest, sink) = writer.finish().unwrap();
    let names: Vec<_> = manifest.documents.iter().map(|document| &document.file_name).collect();
    assert_eq!(names, ["1.xml", "2.xml", "3.xml"]);
    assert_eq!(unpack(&manifest, &sink.parts, &key).len(), 3);
}

#[test]
fn no_package_is_made_of_nothing() {
    for compression in BOTH {
        let refused = pack_files(&Files::new(), &key(), &options(compression));
        assert!(matches!(refused, Err(PackageError::NoDocuments)));
    }
}

/// Takes so many parts, and so many bytes of each.
struct Full {
    parts: u32,
    bytes: usize,
}

struct FullPart(usize);

impl PartSink for Full {
    type Part = FullPart;

    fn start(&mut self, ordinal_number: u32) -> io::Result<FullPart> {
        if ordinal_number > self.parts {
            return Err(io::Error::other("no more parts"));
        }
        Ok(FullPart(self.bytes))
    }

    fn finish(&mut self, _: u32, _: FullPart) -> io::Result<()> {
        Ok(())
    }
}

impl io::Write for FullPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.checked_sub(bytes.len());
        self.0 = left.ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_usable() {
    let key = key();
    for compression in BOTH {
        for bytes in [0, 100_000] {
            let options = options(compression).with_part_bytes(90_000);
            let sink = Full { parts: u32::from(bytes > 0), bytes };
            let mut writer = PackageWriter::new(&key, &options, sink);
            let files = incompressible(5, 90_000);
            let added = files.iter().try_for_each(|(name, xml)| writer.add(name, &invoice(xml)));
            let refused = added.expect_err("it is full");
            assert!(matches!(refused, PackageError::Write(_)), "{refused:?}");
            let refused = writer.add("later.xml", &invoice(b"later"));
            assert!(matches!(refused, Err(PackageError::Incomplete)));
            assert!(matches!(writer.finish(), Err(PackageError::Incomplete)));
        }
    }
}

#[test]
fn a_full_disk_at_the_very_end_is_told_too() {
    for compression in BOTH {
        let (key, options) = (key(), options(compression));
        let mut writer = PackageWriter::new(&key, &options, Full { parts: 1, bytes: 1 });
        writer.add("1.xml", &invoice(b"1")).unwrap();
        assert!(matches!(writer.finish(), Err(PackageError::Write(_))));
    }
}

#[test]
fn a_document_that_does_not_come_ends_the_package() {
    let documents = [Ok(("1.xml", invoice(b"1"))), Err(io::Error::other("the database is away"))];
    let sink = PartsInMemory::default();
    let refused = pack(documents, &key(), &PackageOptions::default(), sink);
    assert!(matches!(refused, Err(PackError::Document(_))));
}

#[test]
fn a_folder_gives_its_xml_files_by_name() {
    let source = tempfile::tempdir().unwrap();
    for (name, content) in
        [("b.xml", "b"), ("a.XML", "a"), ("._c.xml", "hidden"), ("notes.txt", "no invoice")]
    {
        fs::write(source.path().join(name), content).unwrap();
    }
    fs::create_dir(source.path().join("d.xml")).unwrap();
    let (key, sink) = (key(), PartsInMemory::default());
    let packed = pack_folder(source.path(), &key, &PackageOptions::default(), sink);
    let (manifest, sink) = packed.unwrap();
    let files = unpack(&manifest, &sink.parts, &key);
    let expected = [("a.XML", "a"), ("b.xml", "b")];
    assert_eq!(files, expected.map(|(name, xml)| (name.to_owned(), xml.as_bytes().to_vec())));
}

#[test]
fn files_of_a_folder_that_are_no_invoices_are_told_by_name() {
    let source = tempfile::tempdir().unwrap();
    let pack = || {
        let sink = PartsInMemory::default();
        pack_folder(source.path(), &key(), &PackageOptions::default(), sink)
    };
    assert!(matches!(pack(), Err(PackageError::NoDocuments)));
    fs::write(source.path().join("a.xml"), "").unwrap();
    assert!(matches!(pack(), Err(PackageError::Empty { file_name }) if file_name == "a.xml"));
    let large = fs::File::create(source.path().join("a.xml")).unwrap();
    large.set_len(1 << 40).unwrap();
    let refused = pack();
    assert!(matches!(refused, Err(PackageError::DocumentTooLarge { .. })), "{refused:?}");
    let absent = source.path().join("absent");
    let refused =
        pack_folder(&absent, &key(), &PackageOptions::default(), PartsInMemory::default());
    assert!(matches!(refused, Err(PackageError::Read(_))));
}

#[test]
fn another_process_finds_the_parts_and_sees_what_is_missing() {
    let (files, key) = (incompressible(5, 1_000), key());
    let options = PackageOptions::default().with_part_bytes(1_000);
    let documents = || files.iter().map(|(name, xml)| Ok::<_, io::Error>((name, invoice(xml))));
    let folder = PartFolder::temporary().unwrap();
    let (manifest, folder) = pack(documents(), &key, &options, folder).unwrap();
    folder.save(&manifest).unwrap();

    let path = folder.keep();
    let folder = PartFolder::new(&path).unwrap();
    let manifest = folder.load().unwrap();
    folder.verify(&manifest).unwrap();

    let second = folder.part_path(2);
    let mut changed = fs::read(&second).unwrap();
    changed[500] ^= 1;
    fs::write(&second, &changed).unwrap();
    let fault = folder.verify(&manifest).unwrap_err();
    assert!(matches!(fault, PartFault::Changed { ordinal_number: 2 }));
    fs::remove_file(&second).unwrap();
    let fault = folder.verify(&manifest).unwrap_err();
    assert!(matches!(fault, PartFault::Unreadable { ordinal_number: 2, .. }));

    // With the key the lost part is made again.
    let (again, folder) = pack(documents(), &key, &options, folder).unwrap();
    assert_eq!(again, manifest);
    folder.verify(&manifest).unwrap();
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn a_temporary_folder_is_removed() {
    let folder = PartFolder::temporary().unwrap();
    let path = folder.path().to_owned();
    assert!(path.is_dir());
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn a_manifest_of_another_version_is_not_guessed_at() {
    let (manifest, _) = pack_files(&numbered(1), &key(), &PackageOptions::default()).unwrap();
    let json = serde_json::to_string(&manifest).unwrap();
    assert!(json.starts_with(r#"{"version":1,"compressionType":"Zip","fileSize":"#), "{json}");
    assert_eq!(serde_json::from_str::<PackageManifest>(&json).unwrap(), manifest);
    let later = json.replace(r#""version":1"#, r#""version":2"#);
    let error = serde_json::from_str::<PackageManifest>(&later).unwrap_err();
    assert!(error.to_string().contains("the version 2 is not known"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_documents_come_out_as_they_went_in(
        contents in proptest::collection::btree_set(
            proptest::collection::vec(any::<u8>(), 1..5_000), 1..20),
        part_bytes in 5_000_u64..20_000,
        tar: bool,
    ) {
        let files: Files =
            (0..).zip(contents).map(|(n, content)| (format!("{n}.xml"), content)).collect();
        let key = key();
        let compression = if tar { CompressionType::TarGz } else { CompressionType::Zip };
        let options = options(compression).with_part_bytes(part_bytes);
        let (manifest, sink) = pack_files(&files, &key, &options).unwrap();
        prop_assert_eq!(unpack(&manifest, &sink.parts, &key), files);
    }
}
