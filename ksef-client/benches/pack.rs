//! Packing and encrypting, beside a bare loop over the same libraries, and how much memory it takes.
//!
//! The memory is that of the process, so `KSEF_PACK_MEMORY=100000` runs the packing of so many
//! invoices alone, and prints by how much its peak grew.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up ends")]
#![expect(clippy::print_stdout, reason = "the memory is printed")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};

use aws_lc_rs::cipher::{
    AES_256, EncryptionContext, PaddedBlockEncryptingKey, StreamingEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use criterion::{Criterion, Throughput, criterion_group};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use ksef_client::batch::{PackageManifest, PackageOptions, PartFolder, PartSink, pack};
use ksef_client::encryption::SessionKey;
use ksef_client::limits::SessionLimits;
use ksef_core::{InvoiceXml, ParseError};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use sha2::{Digest, Sha256};

const INVOICES: usize = 10_000;
const INVOICE_BYTES: usize = 3_000;
const PART_BYTES: usize = 100_000_000;

/// An invoice of 3 kB: the tags are always the same, what is in them is not.
fn invoice(number: usize) -> Vec<u8> {
    let mut state = u64::try_from(number).expect("a number") + 1;
    let mut text = format!("<Faktura><Fa><P_2>FV/{number}/2026</P_2>");
    while text.len() < INVOICE_BYTES - 20 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (name, net) = (state >> 40, (state >> 20) % 100_000);
        text += &format!(
            "<FaWiersz><P_7>Usługa {name:x}</P_7><P_8A>szt.</P_8A><P_8B>1</P_8B>\
             <P_9A>{net}.00</P_9A><P_11>{net}.00</P_11><P_12>23</P_12></FaWiersz>"
        );
    }
    text.truncate(text.floor_char_boundary(INVOICE_BYTES - 20));
    text += "</Fa></Faktura>";
    text.into_bytes()
}

fn context() -> EncryptionContext {
    EncryptionContext::Iv128(FixedLength::from([7; 16]))
}

fn cipher_key() -> UnboundCipherKey {
    UnboundCipherKey::new(&AES_256, &[9; 32]).expect("a key")
}

/// One part after another, encrypted and hashed, by the libraries alone.
struct BareParts {
    folder: tempfile::TempDir,
    current: Option<(StreamingEncryptingKey, File, Sha256, usize)>,
    hash: Sha256,
    buffer: Vec<u8>,
    count: usize,
}

impl BareParts {
    fn end(&mut self) {
        if let Some((key, mut file, mut hash, _)) = self.current.take() {
            let (_, last) = key.finish(&mut self.buffer).expect("encrypted");
            hash.update(last.written());
            file.write_all(last.written()).expect("written");
            file.sync_all().expect("written");
            black_box(hash.finalize());
        }
    }
}

impl Write for BareParts {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.current.is_none() {
            self.count += 1;
            let file = File::create(self.folder.path().join(self.count.to_string()))?;
            let key = StreamingEncryptingKey::less_safe_cbc_pkcs7(cipher_key(), context());
            self.current = Some((key.expect("a key"), file, Sha256::new(), 0));
        }
        let (key, file, hash, size) = self.current.as_mut().expect("there is one");
        let bytes = bytes.get(..PART_BYTES - *size).unwrap_or(bytes);
        self.buffer.resize(bytes.len() + 16, 0);
        let update = key.update(bytes, &mut self.buffer).expect("encrypted");
        hash.update(update.written());
        file.write_all(update.written())?;
        *size += bytes.len();
        self.hash.update(bytes);
        if *size == PART_BYTES {
            self.end();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The same work without our code; invoices are hashed here as they are there.
fn bare_loop(count: usize, level: Compression) {
    let folder = tempfile::tempdir().expect("a folder");
    let (hash, buffer) = (Sha256::new(), Vec::new());
    let parts = BareParts { folder, current: None, hash, buffer, count: 0 };
    let mut archive = ZipArchiveWriter::new(BufWriter::with_capacity(64 * 1024, parts));
    for number in 0..count {
        let invoice = invoice(number);
        black_box(Sha256::digest(&invoice));
        let name = format!("{number}.xml");
        let file = archive.new_file(&name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, configuration) = file.start().expect("an entry");
        let mut writer = configuration.wrap(DeflateEncoder::new(&mut entry, level));
        writer.write_all(&invoice).expect("written");
        let (encoder, descriptor) = writer.finish().expect("written");
        encoder.finish().expect("written");
        entry.finish(descriptor).expect("written");
    }
    let mut parts = archive.finish().expect("written").into_inner().ok().expect("written");
    parts.end();
    black_box(parts.hash.finalize());
}

fn pack_invoices<S: PartSink>(count: usize, key: &SessionKey, sink: S) -> (PackageManifest, S) {
    let limits = SessionLimits::PRODUCTION.with_values(count, 1_000_000, 3_000_000);
    let documents = (0..count).map(|number| {
        Ok::<_, ParseError>((format!("{number}.xml"), InvoiceXml::new(invoice(number))?))
    });
    let options = PackageOptions::default().with_limits(limits);
    pack(documents, key, &options, sink).expect("a package")
}

fn packages(c: &mut Criterion) {
    let key = SessionKey::generate().expect("a key");
    let mut group = c.benchmark_group("pack 10,000 invoices of 3 kB");
    group.sample_size(10);
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("making the invoices, which all of these do", |b| {
        b.iter(|| (0..INVOICES).for_each(|number| drop(black_box(invoice(number)))));
    });
    group.bench_function("bare loop, fast", |b| {
        b.iter(|| bare_loop(INVOICES, Compression::fast()));
    });
    group.bench_function("bare loop, default compression", |b| {
        b.iter(|| bare_loop(INVOICES, Compression::default()));
    });
    group.bench_function("batch::pack", |b| {
        b.iter(|| pack_invoices(INVOICES, &key, PartFolder::temporary().expect("a folder")));
    });
    group.finish();
}

fn invoices(c: &mut Criterion) {
    let key = SessionKey::generate().expect("a key");
    let bytes = invoice(1);
    let mut group = c.benchmark_group("encrypt and hash an invoice of 3 kB");
    group.bench_function("raw AES and 2 × SHA-256", |b| {
        b.iter(|| {
            let plain = black_box(&bytes);
            let hash = Sha256::digest(plain);
            let mut content = Vec::with_capacity(plain.len() + 16);
            content.extend_from_slice(plain);
            let key = PaddedBlockEncryptingKey::cbc_pkcs7(cipher_key()).expect("a key");
            let encrypted = key.less_safe_encrypt(&mut content, context());
            encrypted.expect("encrypted");
            let encrypted_hash = Sha256::digest(&content);
            (hash, encrypted_hash, content)
        });
    });
    group.bench_function("InvoiceXml and SessionKey::encrypt", |b| {
        b.iter(|| {
            let invoice = InvoiceXml::new(black_box(bytes.as_slice())).expect("an invoice");
            key.encrypt(&invoice).expect("encrypted")
        });
    });
    group.finish();
}

/// The most memory that the process ever had, in kB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status of Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a size")
}

fn memory(count: usize) {
    let key = SessionKey::generate().expect("a key");
    pack_invoices(10, &key, PartFolder::temporary().expect("a folder"));
    let before = peak();
    let packed = pack_invoices(count, &key, PartFolder::temporary().expect("a folder"));
    let grown = peak() - before;
    println!("{count} invoices in {} bytes: {grown} kB more", packed.0.file_size);
}

criterion_group!(benches, packages, invoices);

fn main() {
    if let Ok(count) = std::env::var("KSEF_PACK_MEMORY") {
        memory(count.parse().expect("a number of invoices"));
        return;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
