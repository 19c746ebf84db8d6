use http::Method;
use ksef_core::Sha256Digest;
use serde_json::{Value, json};

use super::*;
use crate::archive::{self, Content, Limits};
use crate::faults::Fault;
use crate::invoices::test_records::{record, store};
use crate::keys::SessionKey;
use crate::test_client::{Client, TestKey, follow, now, sandbox};
use crate::{Config, Sandbox};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const BOTH: [(CompressionType, &str); 2] =
    [(CompressionType::Zip, "zip"), (CompressionType::TarGz, "tar.gz")];

/// The key of [`TestKey`], with which a client decrypts.
fn session_key() -> SessionKey {
    SessionKey::new(&[7; 32], &[9; 16]).unwrap()
}

fn at_once(config: &mut Config) {
    config.delays.export = Duration::ZERO;
    config.delays.high_water_mark = Duration::ZERO;
}

fn request(sandbox: &Sandbox, members: Value) -> Value {
    let mut request = json!({
        "encryption": TestKey::new().encryption(sandbox),
        "filters": {
            "subjectType": "Subject1",
            "dateRange": {
                "dateType": "PermanentStorage",
                "from": "2026-11-20T00:00:00Z",
                "restrictToPermanentStorageHwmDate": true,
            },
        },
    });
    let Value::Object(members) = members else { unreachable!("members are an object") };
    request.as_object_mut().unwrap().extend(members);
    request
}

fn ordered(client: &Client, members: Value) -> String {
    let answer = client.post("/invoices/exports", &request(&client.sandbox, members));
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.text("referenceNumber").to_owned()
}

fn status(client: &Client, number: &str) -> Value {
    let answer = client.get(&format!("/invoices/exports/{number}"));
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body
}

fn code(client: &Client, number: &str) -> u64 {
    status(client, number)["status"]["code"].as_u64().unwrap()
}

/// Fetches and decrypts the parts, whose hashes and sizes have to be right.
fn package(client: &Client, status: &Value) -> Vec<u8> {
    let mut package = Vec::new();
    for part in status["package"]["parts"].as_array().unwrap() {
        let url = part["url"].as_str().unwrap();
        let response = follow(&client.sandbox, url, Method::GET);
        let hash = Sha256Digest::of(response.body()).to_string();
        assert_eq!(part["encryptedPartHash"], hash);
        assert_eq!(response.headers()["x-ms-meta-hash"], hash.as_str());
        assert_eq!(part["encryptedPartSize"], response.body().len());
        let plain = session_key().decrypt(response.body()).unwrap();
        assert_eq!(part["partHash"], Sha256Digest::of(&plain).to_string());
        assert_eq!(part["partSize"], plain.len());
        package.extend(plain);
    }
    assert_eq!(status["package"]["size"], package.len());
    package
}

fn files(package: &[u8], compression: CompressionType) -> Vec<(String, Vec<u8>)> {
    let limits = Limits { entries: 20_000, entry_bytes: 1 << 30, total_bytes: 1 << 30 };
    let mut files = Vec::new();
    archive::read(package, compression, &limits, |entry| match entry.content {
        Content::Whole(bytes) => files.push((entry.name, bytes)),
        Content::Oversized => unreachable!("no file is that long"),
    })
    .unwrap();
    files
}

#[test]
fn a_package_holds_the_documents_and_what_a_query_says_about_them() {
    for (compression, extension) in BOTH {
        let sandbox = sandbox(at_once);
        let numbers = [1, 2, 3].map(|number| store(&sandbox, record(number)));
        let client = Client::new(&sandbox);
        let number = ordered(&client, json!({ "compressionType": compression }));
        let status = status(&client, &number);
        assert_eq!(status["status"]["code"], 200);
        assert_eq!(status["package"]["compressionType"], json!(compression));
        assert_eq!(status["package"]["invoiceCount"], 3);
        let name = format!("{number}-001.{extension}.aes");
        assert_eq!(status["package"]["parts"][0]["partName"], name);
        let mut files = files(&package(&client, &status), compression);
        let (name, metadata) = files.pop().unwrap();
        assert_eq!(name, "_metadata.json");
        let expected: Vec<_> = numbers
            .iter()
            .zip(1..)
            .map(|(number, index)| (format!("{number}.xml"), format!("document {index}").into()))
            .collect();
        assert_eq!(files, expected);
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        let filters = &request(&sandbox, json!({}))["filters"];
        let queried = client.post("/invoices/query/metadata", filters).body;
        assert_eq!(metadata["invoices"], queried["invoices"]);
        assert_eq!(
            status["package"]["permanentStorageHwmDate"],
            queried["permanentStorageHwmDate"]
        );
    }
}

#[test]
fn metadata_alone_come_alone() {
    let sandbox = sandbox(at_once);
    store(&sandbox, record(1));
    let client = Client::new(&sandbox);
    let number = ordered(&client, json!({ "onlyMetadata": true }));
    let status = status(&client, &number);
    let files = files(&package(&client, &status), CompressionType::Zip);
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["_metadata.json"]);
    assert_eq!(status["package"]["invoiceCount"], 1);
}

#[test]
fn an_export_is_done_then_expires_and_is_forgotten() {
    let sandbox = sandbox(|config| config.delays.export = Duration::from_secs(2));
    let client = Client::new(&sandbox);
    let number = ordered(&client, json!({}));
    assert_eq!(
        status(&client, &number),
        json!({
            "status": { "code": 100, "description": "Eksport faktur w toku" },
        })
    );
    sandbox.advance(Duration::from_secs(2));
    let done = status(&client, &number);
    assert_eq!(done["status"]["code"], 200);
    assert_eq!(done["completedDate"], "2026-11-20T12:00:02.0000000+00:00");
    assert_eq!(done["packageExpirationDate"], "2026-11-27T12:00:02.0000000+00:00");
    let bytes = package(&client, &done);
    sandbox.advance(6 * DAY);
    assert_eq!(package(&client, &status(&client, &number)), bytes);
    sandbox.advance(DAY);
    let expired = status(&client, &number);
    assert_eq!(expired["status"]["code"], 210);
    assert!(expired.get("package").is_none());
    sandbox.advance(7 * DAY);
    assert_eq!(client.get(&format!("/invoices/exports/{number}")).status, 410);
}

#[test]
fn a_link_lasts_an_hour_and_takes_no_token() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let number = ordered(&client, json!({}));
    let part = status(&client, &number)["package"]["parts"][0].clone();
    assert_eq!(part["expirationDate"], "2026-11-20T13:00:00.0000000+00:00");
    let url = part["url"].as_str().unwrap();
    let with_token = http::Request::get(url).header("authorization", "Bearer x");
    let answer = sandbox.handle(&with_token.body(Bytes::new()).unwrap()).unwrap();
    assert!(answer.status().is_client_error());
    assert_eq!(follow(&sandbox, url, Method::GET).status(), 200);
    assert_eq!(follow(&sandbox, url, Method::PUT).status(), 403);
    sandbox.advance(Duration::from_secs(3600));
    assert_eq!(follow(&sandbox, url, Method::GET).status(), 403);
    let again = status(&client, &number)["package"]["parts"][0].clone();
    assert_eq!(follow(&sandbox, again["url"].as_str().unwrap(), Method::GET).status(), 200);
}

#[test]
fn a_key_that_cannot_be_decrypted_ends_the_export_with_415() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let mut encryption = TestKey::new().encryption(&sandbox);
    encryption["encryptedSymmetricKey"] = "AAAA".into();
    let number = ordered(&client, json!({ "encryption": encryption }));
    assert_eq!(code(&client, &number), 415);
    sandbox.advance(7 * DAY);
    assert_eq!(client.get(&format!("/invoices/exports/{number}")).status, 410);
}

#[test]
fn a_range_beyond_the_high_water_mark_ends_the_export_with_420() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let mut filters = request(&sandbox, json!({}))["filters"].clone();
    filters["dateRange"]["from"] = "2026-11-20T12:00:01Z".into();
    let number = ordered(&client, json!({ "filters": filters }));
    let status = status(&client, &number);
    assert_eq!(status["status"]["code"], 420);
    assert_eq!(status["status"]["details"][0], BEYOND_AVAILABLE_DATA);
}

#[test]
fn faults_end_an_export_with_500_or_550_or_never() {
    for (kind, expected) in [
        (FaultKind::UnknownError, 500),
        (FaultKind::InvoiceCancelled, 550),
        (FaultKind::ExportStuck, 100),
    ] {
        let sandbox = sandbox(at_once);
        sandbox.0.world().faults.add(Fault::always(kind));
        let client = Client::new(&sandbox);
        let number = ordered(&client, json!({}));
        sandbox.advance(DAY);
        assert_eq!(code(&client, &number), expected);
    }
}

#[test]
fn a_fault_names_hashes_that_are_not_those_of_the_parts() {
    let sandbox = sandbox(at_once);
    let mut once = Fault::always(FaultKind::WrongPartHash);
    once.count = Some(1);
    sandbox.0.world().faults.add(once);
    let client = Client::new(&sandbox);
    let number = ordered(&client, json!({}));
    let hashes = |status: Value| {
        let part = &status["package"]["parts"][0];
        [part["partHash"].clone(), part["encryptedPartHash"].clone()]
    };
    let wrong = hashes(status(&client, &number));
    let right = status(&client, &number);
    package(&client, &right);
    let right = hashes(right);
    assert!(wrong.iter().zip(&right).all(|(wrong, right)| wrong != right));
}

#[test]
fn ten_exports_of_a_subject_run_at_once() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    for _ in 0..MOST_RUNNING {
        ordered(&client, json!({}));
    }
    let eleventh = client.post("/invoices/exports", &request(&sandbox, json!({})));
    assert_eq!(eleventh.exception().0, 21182);
    ordered(&Client::of(&sandbox, "1111111111"), json!({}));
    sandbox.advance(Duration::from_secs(2));
    ordered(&client, json!({}));
}

#[test]
fn an_order_is_refused_for_its_filters_its_key_and_its_context() {
    let sandbox = sandbox(at_once);
    let client = Client::new(&sandbox);
    let refused = |members: Value| {
        let answer = client.post("/invoices/exports", &request(&sandbox, members));
        let (code, detail) = answer.exception();
        (answer.status, code, detail.to_owned())
    };
    let detail = "'filters.dateRange' must not be empty.".to_owned();
    assert_eq!(refused(json!({ "filters": { "subjectType": "Subject1" } })), (400, 21405, detail));
    let mut encryption = TestKey::new().encryption(&sandbox);
    encryption["publicKeyId"] = Sha256Digest::of(b"").to_string().into();
    assert_eq!(refused(json!({ "encryption": encryption })).1, 21470);
    assert_eq!(refused(json!({ "compressionType": "Rar" })).1, 21405);

    let query: Filters =
        serde_json::from_value(request(&sandbox, json!({}))["filters"].clone()).unwrap();
    let query = query.read("", now()).unwrap();
    let unit = "InternalId/6824515772-12343".parse().unwrap();
    assert!(!query.subject_type.exists_in(&unit));
    let refusal = not_for_this_context(&query, &unit);
    assert_eq!(refusal.code, ExceptionCode::InvalidExportRequest);
    assert_eq!(
        refusal.details[0],
        "Nie można wyeksportować paczki faktur dla wybranego podmiotu (Subject1) i zalogowanego \
         identyfikatora kontekstu (InternalId)."
    );
}

#[test]
fn an_export_belongs_to_its_context() {
    let sandbox = sandbox(at_once);
    let number = ordered(&Client::new(&sandbox), json!({}));
    let stranger = Client::of(&sandbox, "1111111111");
    let path = format!("/invoices/exports/{number}");
    assert_eq!(stranger.get(&path).exception().0, 21175);
    assert_eq!(stranger.get("/invoices/exports/1").exception().0, 21175);
}

#[test]
fn an_export_of_more_than_ten_thousand_says_where_to_go_on() {
    let sandbox = sandbox(at_once);
    for number in 0..10_001 {
        store(&sandbox, record(number));
    }
    let client = Client::new(&sandbox);
    let export = |date_type: &str| {
        let mut filters = request(&sandbox, json!({}))["filters"].clone();
        filters["dateRange"]["dateType"] = date_type.into();
        let number = ordered(&client, json!({ "onlyMetadata": true, "filters": filters }));
        status(&client, &number)["package"].clone()
    };
    let start = "2026-11-20T12:00:00.0000000+00:00";
    for (date_type, member, value) in [
        ("Issue", "lastIssueDate", "2026-11-20"),
        ("Invoicing", "lastInvoicingDate", start),
        ("PermanentStorage", "lastPermanentStorageDate", start),
    ] {
        let package = export(date_type);
        assert_eq!(package["invoiceCount"], 10_000);
        assert_eq!((&package["isTruncated"], &package[member]), (&true.into(), &value.into()));
        let others = ["lastIssueDate", "lastInvoicingDate", "lastPermanentStorageDate"];
        let named = others.into_iter().filter(|name| package.get(name).is_some());
        assert_eq!(named.collect::<Vec<_>>(), [member]);
    }
}

#[test]
fn a_package_is_cut_into_parts_that_are_encrypted_each_on_its_own() {
    let sandbox = sandbox(at_once);
    // Random bytes do not get shorter by being packed.
    let mut random = ksef_core::submission::simulation::Random::new(1);
    let content: Vec<u8> =
        (0..archive::PART_BYTES / 8 + 1_000).flat_map(|_| random.bits().to_le_bytes()).collect();
    let mut long = record(1);
    long.content = Some(content.clone().into());
    store(&sandbox, long);
    let client = Client::new(&sandbox);
    let number = ordered(&client, json!({}));
    let status = status(&client, &number);
    let parts = status["package"]["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1]["partName"], format!("{number}-002.zip.aes"));
    assert!(parts.iter().all(|part| part["encryptedPartSize"].as_u64() <= Some(50_000_000)));
    let files = files(&package(&client, &status), CompressionType::Zip);
    assert!(files[0].1 == content);
}
