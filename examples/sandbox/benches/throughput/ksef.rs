//! A small KSeF client.

use std::io::Write;
use std::thread;
use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use ksef_core::{InvoiceXml, Sha256Digest};
use ksef_fa::InvoiceBuilder;
use ksef_fa::builder::{LineItem, Party};
use ksef_fa::model::{CountryCode, VatRate};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::Failure;
use crate::http::Connection;
use crate::program::Program;

const KEY: [u8; 32] = [7; 32];
const VECTOR: [u8; 16] = [9; 16];

/// How long to wait before a status is asked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// Someone who is logged in.
pub(crate) struct Client {
    connection: Connection,
    base_url: String,
    authorization: String,
    encryption: Value,
}

/// An invoice of ten lines with this number.
pub(crate) fn document(number: &str) -> Result<InvoiceXml, Failure> {
    let seller = Party::nip("5265877635", "Sprzedawca sp. z o.o.")
        .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
    let buyer = Party::nip("1111111111", "Nabywca S.A.")
        .address(CountryCode::Pl, "ul. Inna 2, 30-001 Kraków");
    let line = LineItem::net("Konsultacje", "150.00", VatRate::Rate23).quantity("7.5").unit("h");
    let invoice = InvoiceBuilder::new("2026-02-02T09:30:47Z")
        .number(number)
        .issued_on("2026-02-02")
        .seller(seller)
        .buyer(buyer);
    let invoice = (0..10).fold(invoice, |invoice, _| invoice.line(line.clone()));
    Ok(invoice.build()?.to_xml()?)
}

impl Client {
    pub(crate) fn log_in(program: &Program) -> Result<Self, Failure> {
        let base_url = program.said("base_url")?.to_owned();
        let connection = Connection::open(&base_url)?;
        let mut client =
            Self { connection, base_url, authorization: String::new(), encryption: Value::Null };
        let keys = client.get("/security/public-key-certificates")?;
        let challenge = client.post("/auth/challenge", &Value::Null)?;
        let plain = format!("{}|{}", program.said("ksef_token")?, challenge["timestampMs"]);
        let login = client.post(
            "/auth/ksef-token",
            &json!({
                "challenge": challenge["challenge"],
                "contextIdentifier": { "type": "Nip", "value": program.said("nip")? },
                "encryptedToken": encrypt(&keys, "KsefTokenEncryption", plain.as_bytes())?,
            }),
        )?;
        client.authorization = bearer(&login["authenticationToken"]["token"])?;
        let tokens = client.post("/auth/token/redeem", &Value::Null)?;
        client.authorization = bearer(&tokens["accessToken"]["token"])?;
        client.encryption = json!({
            "encryptedSymmetricKey": encrypt(&keys, "SymmetricKeyEncryption", &KEY)?,
            "initializationVector": STANDARD.encode(VECTOR),
        });
        Ok(client)
    }

    pub(crate) fn open_online(&mut self) -> Result<String, Failure> {
        let body = json!({ "formCode": form_code(), "encryption": self.encryption });
        text(&self.post("/sessions/online", &body)?["referenceNumber"])
    }

    /// Sends an invoice, and returns its reference number.
    pub(crate) fn send(&mut self, session: &str, xml: &[u8]) -> Result<String, Failure> {
        let ciphertext = cipher(xml)?;
        let body = json!({
            "invoiceHash": Sha256Digest::of(xml),
            "invoiceSize": xml.len(),
            "encryptedInvoiceHash": Sha256Digest::of(&ciphertext),
            "encryptedInvoiceSize": ciphertext.len(),
            "encryptedInvoiceContent": STANDARD.encode(&ciphertext),
        });
        let sent = self.post(&format!("/sessions/online/{session}/invoices"), &body)?;
        text(&sent["referenceNumber"])
    }

    /// Sees that it was accepted, and fetches its receipt.
    pub(crate) fn receipt_of(&mut self, session: &str, invoice: &str) -> Result<(), Failure> {
        let status = self.get(&format!("/sessions/{session}/invoices/{invoice}"))?;
        if status["status"]["code"] != 200 {
            return Err(format!("it is not accepted: {status}").into());
        }
        self.follow(&text(&status["upoDownloadUrl"])?).map(drop)
    }

    pub(crate) fn close_online(&mut self, session: &str) -> Result<(), Failure> {
        self.post(&format!("/sessions/online/{session}/close"), &Value::Null).map(drop)
    }

    /// Sends a package in one part.
    pub(crate) fn send_batch(&mut self, package: &[u8]) -> Result<String, Failure> {
        let part = cipher(package)?;
        let body = json!({
            "formCode": form_code(),
            "batchFile": {
                "fileSize": package.len(),
                "fileHash": Sha256Digest::of(package),
                "fileParts": [{
                    "ordinalNumber": 1,
                    "fileSize": part.len(),
                    "fileHash": Sha256Digest::of(&part),
                }],
            },
            "encryption": self.encryption,
        });
        let opened = self.post("/sessions/batch", &body)?;
        let target = self.target(&text(&opened["partUploadRequests"][0]["url"])?)?;
        let headers = [("x-ms-blob-type", "BlockBlob")];
        let (status, answer) = self.connection.ask("PUT", &target, &headers, &part)?;
        if status != 201 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&answer)).into());
        }
        let session = text(&opened["referenceNumber"])?;
        self.post(&format!("/sessions/batch/{session}/close"), &Value::Null)?;
        Ok(session)
    }

    /// Waits until all invoices are accepted, and fetches the receipts; how long they are.
    pub(crate) fn receipts_of(&mut self, session: &str, count: u32) -> Result<usize, Failure> {
        let status = loop {
            let status = self.get(&format!("/sessions/{session}"))?;
            match status["status"]["code"].as_u64() {
                Some(..200) => thread::sleep(PAUSE),
                Some(200) if status["successfulInvoiceCount"] == count => break status,
                _ => return Err(format!("not all are accepted: {status}").into()),
            }
        };
        let pages = status["upo"]["pages"].as_array().ok_or("no receipts")?;
        let mut length = 0;
        for page in pages {
            length += self.follow(&text(&page["downloadUrl"])?)?.len();
        }
        Ok(length)
    }

    fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask("GET", path, &Value::Null)
    }

    fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask("POST", path, body)
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let authorization = self.authorization.clone();
        let mut headers = vec![("Content-Type", "application/json")];
        if !authorization.is_empty() {
            headers.push(("Authorization", &authorization));
        }
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        let (status, answer) =
            self.connection.ask(method, &format!("/v2{path}"), &headers, &body)?;
        if !(200..300).contains(&status) {
            let answer = String::from_utf8_lossy(&answer);
            return Err(format!("{method} {path}: {status}: {answer}").into());
        }
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }

    fn follow(&mut self, link: &str) -> Result<Vec<u8>, Failure> {
        let target = self.target(link)?;
        match self.connection.ask("GET", &target, &[], &[])? {
            (200, document) => Ok(document),
            (status, _) => Err(format!("{link}: {status}").into()),
        }
    }

    fn target(&self, link: &str) -> Result<String, Failure> {
        Ok(link.strip_prefix(&self.base_url).ok_or("the link leads elsewhere")?.to_owned())
    }
}

/// A ZIP of so many invoices.
pub(crate) fn package(count: u32) -> Result<Vec<u8>, Failure> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for number in 0..count {
        let xml = document(&format!("batch/{number}"))?;
        let name = format!("{number}.xml");
        let file = archive.new_file(&name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, configuration) = file.start()?;
        let mut writer = configuration.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
        writer.write_all(xml.as_bytes())?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?)
}

fn form_code() -> Value {
    json!({ "systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA" })
}

fn text(value: &Value) -> Result<String, Failure> {
    Ok(value.as_str().ok_or("a text was expected")?.to_owned())
}

fn bearer(token: &Value) -> Result<String, Failure> {
    Ok(format!("Bearer {}", text(token)?))
}

fn cipher(plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &KEY)?)?;
    let mut buffer = plain.to_vec();
    key.less_safe_encrypt(&mut buffer, EncryptionContext::Iv128(FixedLength::from(VECTOR)))?;
    Ok(buffer)
}

/// Encrypts to the key of this usage.
fn encrypt(keys: &Value, usage: &str, plain: &[u8]) -> Result<String, Failure> {
    let mut keys = keys.as_array().ok_or("no keys")?.iter();
    let key = keys.find(|key| key["usage"] == json!([usage])).ok_or("no such key")?;
    let certificate = Certificate::from_der(&STANDARD.decode(text(&key["certificate"])?)?)?;
    let key = certificate.tbs_certificate().subject_public_key_info().to_der()?;
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key)?)?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let ciphertext = key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut ciphertext, None)?;
    Ok(STANDARD.encode(ciphertext))
}
