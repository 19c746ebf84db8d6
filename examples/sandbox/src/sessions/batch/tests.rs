use std::time::Duration;

use bytes::Bytes;
use http::Request;
use ksef_core::Sha256Digest;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::archive::{self, CompressionType};
use crate::config::Delays;
use crate::faults::{Fault, FaultKind};
use crate::keys::SessionKey;
use crate::test_client::{Client, FA3, TestKey, invoice, invoice_of, now, sandbox};
use crate::test_support::NIP;
use crate::{Config, Sandbox};

const MINUTE: Duration = Duration::from_secs(60);

fn at_once(config: &mut Config) {
    config.delays = Delays::NONE;
}

/// A package on its way into a batch session; tests spoil what they are about.
struct Sending {
    form: [&'static str; 3],
    compression: CompressionType,
    /// As declared.
    hash: Sha256Digest,
    size: usize,
    /// Encrypted.
    parts: Vec<Vec<u8>>,
    /// As declared.
    part_hashes: Vec<Sha256Digest>,
    part_sizes: Vec<usize>,
}

impl Sending {
    /// A package in one part.
    fn of(package: &[u8], compression: CompressionType) -> Self {
        Self::in_parts(package, compression, package.len().max(1))
    }

    fn in_parts(package: &[u8], compression: CompressionType, length: usize) -> Self {
        let key = TestKey::new();
        let parts: Vec<_> = package.chunks(length).map(|part| key.encrypt(part)).collect();
        Self {
            form: FA3,
            compression,
            hash: Sha256Digest::of(package),
            size: package.len(),
            part_hashes: parts.iter().map(|part| Sha256Digest::of(part)).collect(),
            part_sizes: parts.iter().map(Vec::len).collect(),
            parts,
        }
    }

    fn files<N: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, C)>) -> Self {
        Self::of(&pack(CompressionType::Zip, files), CompressionType::Zip)
    }

    /// A package with one good invoice.
    fn one() -> Self {
        Self::files([("1.xml", invoice("1"))])
    }

    fn request(&self, sandbox: &Sandbox) -> Value {
        let [system_code, schema_version, value] = self.form;
        let parts = self.part_hashes.iter().zip(&self.part_sizes).zip(1..);
        let parts: Vec<_> = parts
            .map(|((hash, size), number)| {
                json!({ "ordinalNumber": number, "fileSize": size, "fileHash": hash })
            })
            .collect();
        json!({
            "formCode": {
                "systemCode": system_code, "schemaVersion": schema_version, "value": value,
            },
            "batchFile": {
                "fileSize": self.size,
                "fileHash": self.hash,
                "compressionType": self.compression,
                "fileParts": parts,
            },
            "encryption": TestKey::new().encryption(sandbox),
        })
    }

    fn open(&self, client: &Client) -> Opened {
        Opened::with(client, &self.request(&client.sandbox))
    }

    /// Opens, uploads and closes; the number of the session.
    fn send(&self, client: &Client) -> String {
        let opened = self.open(client);
        self.upload(&opened, &client.sandbox);
        let closed = close(client, &opened.session);
        assert_eq!(closed.status, 204, "{:?}", closed.body);
        opened.session
    }

    fn upload(&self, opened: &Opened, sandbox: &Sandbox) {
        for (url, part) in opened.urls.iter().zip(&self.parts) {
            assert_eq!(put(sandbox, url, part), 201);
        }
    }
}

/// What the opening answered.
struct Opened {
    session: String,
    urls: Vec<String>,
}

impl Opened {
    fn with(client: &Client, request: &Value) -> Self {
        let answer = client.post("/sessions/batch", request);
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let requests = answer.body["partUploadRequests"].as_array().unwrap().iter();
        let urls = requests.map(|request| {
            assert_eq!(request["method"], "PUT");
            assert_eq!(request["headers"], json!({ "x-ms-blob-type": "BlockBlob" }));
            request["url"].as_str().unwrap().to_owned()
        });
        Self { session: answer.text("referenceNumber").to_owned(), urls: urls.collect() }
    }
}

fn pack<N: AsRef<str>, C: AsRef<[u8]>>(
    compression: CompressionType,
    files: impl IntoIterator<Item = (N, C)>,
) -> Vec<u8> {
    archive::write(Vec::new(), compression, now(), files).unwrap()
}

fn put(sandbox: &Sandbox, url: &str, content: &[u8]) -> u16 {
    let request = Request::put(url).header("x-ms-blob-type", "BlockBlob");
    let request = request.body(Bytes::copy_from_slice(content)).unwrap();
    sandbox.handle(&request).unwrap().status().as_u16()
}

fn close(client: &Client, session: &str) -> crate::test_client::Answer {
    client.post(&format!("/sessions/batch/{session}/close"), &Value::Null)
}

fn code(client: &Client, session: &str) -> u64 {
    client.session(session)["status"]["code"].as_u64().unwrap()
}

fn invoices(client: &Client, session: &str) -> Vec<Value> {
    let answer = client.get(&format!("/sessions/{session}/invoices?pageSize=1000"));
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["invoices"].as_array().unwrap().clone()
}

/// The status of a session whose package is processed on a thread of its own, once that is over.
fn settled(client: &Client, session: &str) -> u64 {
    loop {
        match code(client, session) {
            150 => std::thread::yield_now(),
            code => return code,
        }
    }
}

/// The final status of a session with this package, on a sandbox without delays.
fn outcome(sending: &Sending) -> u64 {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let session = sending.send(&client);
    let code = settled(&client, &session);
    assert!(invoices(&client, &session).is_empty());
    code
}

#[test]
fn a_batch_goes_from_100_over_150_to_200() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    let sending = Sending::one();
    let opened = sending.open(&client);
    let session = &opened.session;
    assert!(session.contains("-SB-"));
    assert_eq!(code(&client, session), 100);
    sending.upload(&opened, &sandbox);
    assert_eq!(code(&client, session), 100);
    sandbox.advance(MINUTE);
    assert_eq!(close(&client, session).status, 204);
    assert_eq!(code(&client, session), 150);
    sandbox.advance(Delays::REAL.batch);
    assert_eq!(code(&client, session), 150);
    sandbox.advance(Delays::REAL.session);
    let done = client.session(session);
    assert_eq!(done["status"]["code"], 200);
    assert_eq!(done["successfulInvoiceCount"], 1);
    let sent = &invoices(&client, session)[0];
    assert_eq!(sent["status"]["code"], 200);
    assert_eq!(sent["invoiceFileName"], "1.xml");
    assert_eq!(sent["invoiceHash"], json!(Sha256Digest::of(invoice("1").as_bytes())));
    assert_eq!(sent["invoicingDate"], json!(now()));
}

#[test]
fn each_invoice_of_a_package_has_its_own_fate() {
    for compression in [CompressionType::Zip, CompressionType::TarGz] {
        let sandbox = sandbox(at_once);
        let client = Client::new(&sandbox);
        let files = [
            ("good.xml", invoice("1")),
            ("same.xml", invoice("1")),
            ("foreign.xml", invoice_of("1111111111", "1", "2026-11-20", "VAT")),
            ("broken.xml", "<Faktura".to_owned()),
            ("late.xml", invoice_of(NIP, "2", "2026-11-21", "VAT")),
            ("long.xml", format!("{}<!--{}-->", invoice("3"), "x".repeat(3_000_000))),
            ("past.xml", invoice_of(NIP, "4", "2026-11-19", "VAT")),
        ];
        let session = Sending::of(&pack(compression, files), compression).send(&client);
        let invoices = invoices(&client, &session);
        let codes: Vec<_> = invoices.iter().map(|it| it["status"]["code"].clone()).collect();
        assert_eq!(codes, [200, 440, 410, 450, 450, 430, 200]);
        let numbers: Vec<_> = invoices.iter().map(|it| it["ordinalNumber"].clone()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
        let modes = [&invoices[0], &invoices[6]].map(|it| it["invoicingMode"].clone());
        assert_eq!(modes, ["Online", "Offline"]);
        assert_eq!(
            invoices[1]["status"]["extensions"]["originalSessionReferenceNumber"],
            session.as_str()
        );
        assert_eq!(code(&client, &session), 200);
    }
}

#[test]
fn a_package_of_which_nothing_is_accepted_ends_with_445() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let session = Sending::files([("1.xml", "<Faktura/>")]).send(&client);
    assert_eq!(code(&client, &session), 445);
    assert_eq!(invoices(&client, &session)[0]["status"]["code"], 450);
}

#[test]
fn a_package_without_invoices_ends_with_440() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let session = Sending::files([("", ""); 0]).send(&client);
    let status = client.session(&session)["status"].clone();
    assert_eq!(
        (&status["code"], &status["details"][0]),
        (&440.into(), &"Nie przesłano faktur".into())
    );
}

#[test]
fn a_batch_that_is_never_closed_ends_with_440() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    let sending = Sending::one();
    let opened = sending.open(&client);
    sending.upload(&opened, &sandbox);
    sandbox.advance(20 * MINUTE);
    let status = client.session(&opened.session)["status"].clone();
    assert_eq!(status["code"], 440);
    assert_eq!(status["details"][0], "Przekroczono czas wysyłki");
    assert_eq!(close(&client, &opened.session).exception().0, 21208);
    assert_eq!(put(&sandbox, &opened.urls[0], b""), 403);
}

#[test]
fn a_part_with_another_hash_ends_with_405() {
    let mut sending = Sending::one();
    sending.part_hashes[0] = Sha256Digest::of(b"");
    assert_eq!(outcome(&sending), 405);
}

#[test]
fn a_package_with_another_hash_or_size_ends_with_405() {
    let mut sending = Sending::one();
    sending.hash = Sha256Digest::of(b"");
    assert_eq!(outcome(&sending), 405);
    let mut sending = Sending::one();
    sending.size += 1;
    assert_eq!(outcome(&sending), 405);
}

#[test]
fn a_key_that_cannot_be_decrypted_ends_with_415_after_the_close() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let sending = Sending::one();
    let mut request = sending.request(&sandbox);
    request["encryption"]["encryptedSymmetricKey"] = "AAAA".into();
    let opened = Opened::with(&client, &request);
    sending.upload(&opened, &sandbox);
    assert_eq!(code(&client, &opened.session), 100);
    assert_eq!(close(&client, &opened.session).status, 204);
    assert_eq!(code(&client, &opened.session), 415);
}

#[test]
fn too_many_invoices_end_with_420() {
    let files = (0..10_001).map(|number| (format!("{number}.xml"), ""));
    assert_eq!(outcome(&Sending::files(files)), 420);
}

#[test]
fn what_is_no_archive_of_the_declared_kind_ends_with_430() {
    assert_eq!(outcome(&Sending::of(b"no archive at all", CompressionType::Zip)), 430);
    let package = pack(CompressionType::TarGz, [("1.xml", invoice("1"))]);
    assert_eq!(outcome(&Sending::of(&package, CompressionType::Zip)), 430);
    let package = pack(CompressionType::Zip, [("1.xml", invoice("1"))]);
    assert_eq!(outcome(&Sending::of(&package[..package.len() / 2], CompressionType::Zip)), 430);
}

#[test]
fn names_that_lead_out_of_the_package_end_with_430() {
    for name in ["../1.xml", "/1.xml", "a/../../1.xml", "..\\1.xml"] {
        let package = hostile_tar(name);
        assert_eq!(outcome(&Sending::of(&package, CompressionType::TarGz)), 430, "{name}");
    }
}

/// A packed tar archive with a file of this very name.
fn hostile_tar(name: &str) -> Vec<u8> {
    use std::io::Write as _;

    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(0);
    header.set_cksum();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(header.as_bytes()).unwrap();
    packed.write_all(&[0; 1024]).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_bomb_that_unpacks_to_more_than_a_gigabyte_ends_with_430() {
    use std::io::Write as _;

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut header = tar::Header::new_gnu();
    header.set_size(2_000_000_000);
    header.set_path("1.xml").unwrap();
    header.set_cksum();
    packed.write_all(header.as_bytes()).unwrap();
    for _ in 0..1_001 {
        packed.write_all(&[0; 1_000_000]).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert_eq!(outcome(&Sending::of(&bomb, CompressionType::TarGz)), 430);
}

#[test]
fn a_part_that_was_encrypted_otherwise_ends_with_435() {
    let package = pack(CompressionType::Zip, [("1.xml", invoice("1"))]);
    let other = SessionKey::new(&[8; 32], &[9; 16]).unwrap();
    let mut sending = Sending::of(&package, CompressionType::Zip);
    sending.parts = vec![other.encrypt(&package).unwrap()];
    sending.part_hashes = vec![Sha256Digest::of(&sending.parts[0])];
    // With another key the padding is wrong, but for one case in 256; this is not one.
    assert_eq!(outcome(&sending), 435);

    // Cut off after the declaration, which fits what was cut.
    let mut cut = Sending::of(&package, CompressionType::Zip);
    cut.parts[0].truncate(cut.part_sizes[0] - 1);
    cut.part_sizes[0] -= 1;
    cut.part_hashes[0] = Sha256Digest::of(&cut.parts[0]);
    assert_eq!(outcome(&cut), 435);
}

#[test]
fn a_package_that_was_encrypted_before_it_was_split_ends_with_435_or_405() {
    let package = pack(CompressionType::Zip, [("1.xml", invoice("1"))]);
    let encrypted = TestKey::new().encrypt(&package);
    let (first, second) = encrypted.split_at(encrypted.len() / 32 * 16);
    let mut sending = Sending::of(&package, CompressionType::Zip);
    sending.parts = vec![first.to_vec(), second.to_vec()];
    sending.part_hashes = sending.parts.iter().map(|part| Sha256Digest::of(part)).collect();
    sending.part_sizes = sending.parts.iter().map(Vec::len).collect();
    assert!([405, 435].contains(&outcome(&sending)));
}

#[test]
fn faults_end_a_batch_with_500_or_never_and_an_invoice_with_550() {
    for (kind, expected) in [(FaultKind::UnknownError, 500), (FaultKind::StuckProcessing, 150)] {
        let sandbox = sandbox(at_once);
        let once = Fault { count: Some(1), ..Fault::always(kind) };
        sandbox.0.world().faults.add(once);
        let client = Client::new(&sandbox);
        let session = Sending::one().send(&client);
        assert_eq!(code(&client, &session), expected);
    }
    let sandbox = sandbox(at_once);
    let once = Fault { count: Some(1), ..Fault::always(FaultKind::InvoiceCancelled) };
    sandbox.0.world().faults.add(once);
    let client = Client::new(&sandbox);
    let session = Sending::files([("1.xml", invoice("1")), ("2.xml", invoice("2"))]).send(&client);
    let codes: Vec<_> =
        invoices(&client, &session).iter().map(|it| it["status"]["code"].clone()).collect();
    assert_eq!(codes, [550, 200]);
}

#[test]
fn a_fault_spoils_the_key_at_the_opening() {
    let sandbox = sandbox(at_once);
    sandbox.0.world().faults.add(Fault::always(FaultKind::SessionKeyRace));
    let client = Client::new(&sandbox);
    let session = Sending::one().send(&client);
    assert_eq!(code(&client, &session), 415);
}

#[test]
fn an_opening_is_refused_for_everything_that_is_wrong_with_it() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let codes = |change: &dyn Fn(&mut Value)| {
        let mut request = Sending::one().request(&sandbox);
        change(&mut request);
        let answer = client.post("/sessions/batch", &request);
        let list = answer.body["exception"]["exceptionDetailList"].as_array().unwrap();
        list.iter().map(|it| it["exceptionCode"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let part = |number: u32, size: u64| json!({ "ordinalNumber": number, "fileSize": size, "fileHash": Sha256Digest::of(b"") });
    let with_parts = |parts: Vec<Value>| {
        codes(&move |request| request["batchFile"]["fileParts"] = parts.clone().into())
    };
    assert_eq!(with_parts(vec![part(1, 100_000_017)]), [21157]);
    assert_eq!(with_parts((1..=51).map(|number| part(number, 1)).collect()), [21161]);
    assert_eq!(with_parts(vec![]), [21405]);
    assert_eq!(with_parts(vec![part(0, 1)]), [21405]);
    assert_eq!(with_parts(vec![part(1, 0)]), [21405]);
    assert_eq!(with_parts(vec![part(1, 1), part(1, 1)]), [21405]);
    assert_eq!(with_parts(vec![part(1, 1), part(1, 100_000_017)]), [21405, 21157]);
    assert_eq!(codes(&|it| it["batchFile"]["fileSize"] = 5_000_000_001_u64.into()), [21405]);
    assert_eq!(codes(&|it| it["batchFile"]["fileHash"] = "short".into()), [21405]);
    assert_eq!(codes(&|it| it["batchFile"]["compressionType"] = "Rar".into()), [21405]);
    assert_eq!(codes(&|it| it["encryption"]["publicKeyId"] = "unknown".into()), [21470]);
    let form = |code: &str, version: &str, value: &str| json!({ "systemCode": code, "schemaVersion": version, "value": value });
    for form in [form("FA3", "1-0E", "FA"), form("PEF (3)", "2-1", "PEF")] {
        assert_eq!(codes(&|it| it["formCode"] = form.clone()), [21405]);
    }
}

#[test]
fn parts_of_the_greatest_size_are_let_in() {
    let sandbox = sandbox(at_once);
    let mut request = Sending::one().request(&sandbox);
    request["batchFile"]["fileParts"][0]["fileSize"] = 100_000_016.into();
    Opened::with(&Client::new(&sandbox), &request);
}

#[test]
fn a_part_is_uploaded_by_its_link_alone_and_with_its_header() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let sending = Sending::one();
    let opened = sending.open(&client);
    let url = &opened.urls[0];
    let path =
        format!("/storage/09/{}/batch-parts/1.zip.enc?", opened.session.to_ascii_lowercase());
    assert!(url.contains(&path), "{url}");
    let answer = |request: http::request::Builder| {
        let response = sandbox.handle(&request.body(Bytes::from_static(b"x")).unwrap()).unwrap();
        assert_eq!(response.headers()["content-type"], "application/xml");
        response.status().as_u16()
    };
    let blob = |request: http::request::Builder| request.header("x-ms-blob-type", "BlockBlob");
    assert_eq!(answer(Request::put(url)), 400);
    assert_eq!(answer(Request::put(url).header("x-ms-blob-type", "PageBlob")), 400);
    assert!(
        (400..=403).contains(&answer(blob(Request::put(url)).header("authorization", "Bearer x")))
    );
    assert_eq!(answer(blob(Request::put(url.replace("1.zip", "2.zip")))), 403);
    assert_eq!(answer(blob(Request::put(url.split_once('?').unwrap().0))), 403);
    assert_eq!(answer(blob(Request::get(url))), 403);
    assert_eq!(close(&client, &opened.session).exception().0, 21205);
    // A part may be sent again until the session is closed, and the last one counts.
    assert_eq!(put(&sandbox, url, b"not yet"), 201);
    sending.upload(&opened, &sandbox);
    assert_eq!(close(&client, &opened.session).status, 204);
    assert_eq!(put(&sandbox, url, b"too late"), 403);
    assert_eq!(code(&client, &opened.session), 200);
}

#[test]
fn fifty_parts_are_joined_in_the_order_of_their_numbers() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let package = pack(CompressionType::Zip, [("1.xml", invoice("1"))]);
    let sending = Sending::in_parts(&package, CompressionType::Zip, package.len().div_ceil(50));
    let count = sending.parts.len();
    assert!((40..=50).contains(&count));
    let mut request = sending.request(&sandbox);
    request["batchFile"]["fileParts"].as_array_mut().unwrap().reverse();
    let opened = Opened::with(&client, &request);
    sandbox.advance(20 * MINUTE);
    sending.upload(&opened, &sandbox);
    assert_eq!(close(&client, &opened.session).status, 204);
    assert_eq!(code(&client, &opened.session), 200);
}

#[test]
fn a_close_names_every_part_that_is_missing_or_of_another_size() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let package = pack(CompressionType::Zip, [("1.xml", invoice("1"))]);
    let mut sending = Sending::in_parts(&package, CompressionType::Zip, package.len().div_ceil(50));
    sending.part_sizes.iter_mut().for_each(|size| *size += 1);
    let opened = sending.open(&client);
    sending.upload(&opened, &sandbox);
    let count = sending.parts.len();
    let exceptions = |answer: crate::test_client::Answer| {
        answer.body["exception"]["exceptionDetailList"].as_array().unwrap().clone()
    };
    let refused = exceptions(close(&client, &opened.session));
    assert_eq!(refused.len(), count);
    for (exception, number) in refused.iter().zip(1..) {
        assert_eq!(exception["exceptionCode"], 21157);
        let detail =
            format!("Zadeklarowany rozmiar części '{number}' nie zgadza się z rzeczywistym.");
        assert_eq!(exception["details"][0], detail);
    }
    let empty = sending.open(&client);
    let refused = exceptions(close(&client, &empty.session));
    assert_eq!((refused.len(), &refused[0]["exceptionCode"]), (count, &21205.into()));
    assert_eq!(refused[0]["details"][0], "Nie przesłano zadeklarowanej '1' części pliku.");
    // The session is still open.
    assert_eq!(code(&client, &opened.session), 100);
}

#[test]
fn a_close_needs_an_open_batch_session_of_the_context() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let session = Sending::one().send(&client);
    let again = close(&client, &session);
    assert_eq!(again.exception().0, 21180);
    assert!(again.exception().1.contains("200"));
    let online = client.open(&TestKey::new());
    assert_eq!(close(&client, &online).exception().0, 21173);
    let unknown = "20261120-SB-2AF1E80000-0000000001-00";
    assert_eq!(close(&client, unknown).exception().0, 21173);
    assert_eq!(close(&Client::of(&sandbox, "1111111111"), &session).status, 403);
}

#[test]
fn a_large_package_is_processed_after_the_answer() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    // A comment that does not get shorter by being packed.
    let mut random = ksef_core::submission::simulation::Random::new(1);
    let mut noise = || (0..2_000).map(|_| format!("{:x}", random.bits())).collect::<String>();
    let files: Vec<_> = (0..80)
        .map(|number| {
            let document = format!("{}<!--{}-->", invoice(&number.to_string()), noise());
            (format!("{number}.xml"), document)
        })
        .collect();
    let sending = Sending::files(files);
    assert!(sending.size > 1_000_000);
    let session = sending.send(&client);
    assert_eq!(settled(&client, &session), 200);
    assert_eq!(client.session(&session)["successfulInvoiceCount"], 80);
    assert!(sandbox.0.world().batches.get(&session).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_in_any_parts_end_a_session(
        package in prop::collection::vec(any::<u8>(), 1..2_000),
        parts in 1_usize..50,
        is_zip: bool,
    ) {
        let compression = if is_zip { CompressionType::Zip } else { CompressionType::TarGz };
        let sending = Sending::in_parts(&package, compression, package.len().div_ceil(parts));
        prop_assert_eq!(outcome(&sending), 430);
    }

    #[test]
    fn a_package_with_changed_bytes_is_accepted_or_refused(
        position in 0_usize..10_000,
        byte: u8,
        is_zip: bool,
    ) {
        let compression = if is_zip { CompressionType::Zip } else { CompressionType::TarGz };
        let mut package = pack(compression, [("1.xml", invoice("1"))]);
        let position = position % package.len();
        package[position] = byte;
        let sandbox = sandbox(at_once);
        let client = Client::new(&sandbox);
        let session = Sending::of(&package, compression).send(&client);
        prop_assert!([200, 430, 440, 445].contains(&code(&client, &session)));
    }
}
