//! What the client encrypts and signs, before a judge from outside: `openssl`.

#![expect(clippy::expect_used, reason = "a test that meets what cannot be is red")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ksef_client::certificates::{CertificateRequest, EnrollmentData, RequestKeyKind};
use ksef_client::encryption::{EncryptionPublicKey, SessionKey};
use ksef_client::verification_link::UnsignedCertificateLink;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_core::{Endpoints, Environment, InvoiceXml, Sha256Digest};
use ksef_tests::suite::{Failed, Need, Suite};

const OPENSSL: [Need; 1] = [Need::Program("openssl")];

fn main() -> ExitCode {
    Suite::new()
        .test("openssl_opens_the_session_key_and_the_invoice", &OPENSSL, opens_the_invoice)
        .test("openssl_accepts_our_certificate_requests", &OPENSSL, accepts_requests)
        .test("openssl_accepts_the_signature_of_kod_ii", &OPENSSL, accepts_links)
        .run()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cryptography").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs `openssl` and returns what it wrote.
fn openssl(folder: &Path, arguments: &str) -> Result<Vec<u8>, Failed> {
    let mut command = Command::new("openssl");
    // Nothing of the machine's settings is wanted, and a plain image has none.
    command.env("OPENSSL_CONF", "/dev/null");
    let output = command.current_dir(folder).args(arguments.split(' ')).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("{arguments}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

fn identity(kind: KeyKind) -> Result<TestIdentity, Failed> {
    let seal = TestCertificate::seal("5265877635".parse()?).serial_number(0x01F2_0A5D_352A_E590);
    Ok(seal.offline().build(kind, "2026-11-20T12:00:00Z".parse()?)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn opens_the_invoice() -> Result<(), Failed> {
    let (folder, identity) = (folder("encryption"), identity(KeyKind::Rsa2048)?);
    let public_key = EncryptionPublicKey::from_certificate(identity.certificate_der())?;
    let key = SessionKey::generate()?;
    let invoice = InvoiceXml::new(b"<Faktura>1</Faktura>".as_slice())?;
    let encrypted = key.encrypt(&invoice)?;
    fs::write(folder.join("key.pem"), identity.key_pem().expose())?;
    fs::write(folder.join("wrapped"), key.wrap(&public_key)?)?;
    fs::write(folder.join("invoice"), &encrypted.encrypted_invoice_content)?;

    let oaep = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \
                -pkeyopt rsa_mgf1_md:sha256";
    let unwrapped =
        openssl(&folder, &format!("pkeyutl -decrypt -inkey key.pem -in wrapped {oaep}"))?;
    let (unwrapped, vector) = (hex(&unwrapped), hex(key.initialization_vector()));
    let decrypt = format!("enc -d -aes-256-cbc -K {unwrapped} -iv {vector} -in invoice");
    if openssl(&folder, &decrypt)? == invoice.as_bytes() {
        Ok(())
    } else {
        Err("another invoice came out".into())
    }
}

fn accepts_requests() -> Result<(), Failed> {
    let folder = folder("requests");
    let data: EnrollmentData = serde_json::from_value(serde_json::json!({
        "commonName": "Zażółć Gęślą",
        "countryName": "PL",
        "givenName": "Zażółć",
        "surname": "Gęślą",
        "serialNumber": "TINPL-5265877635",
        "organizationIdentifier": "VATPL-5265877635",
    }))?;
    for kind in [RequestKeyKind::Rsa2048, RequestKeyKind::P256] {
        let request = CertificateRequest::generate(&data, kind)?;
        fs::write(folder.join("request.der"), request.as_der())?;
        let options = "-noout -subject -nameopt oneline,utf8,-esc_msb,sep_comma_plus_space";
        let read = openssl(&folder, &format!("req -inform DER -in request.der -verify {options}"))?;
        let read = String::from_utf8(read)?;
        let subject = "CN = Zażółć Gęślą, C = PL, GN = Zażółć, SN = Gęślą, \
                       serialNumber = TINPL-5265877635, organizationIdentifier = VATPL-5265877635";
        if !read.contains(subject) {
            return Err(read.into());
        }
    }
    Ok(())
}

fn accepts_links() -> Result<(), Failed> {
    let (folder, identity) = (folder("links"), identity(KeyKind::Rsa2048)?);
    let key = identity.signing_key()?;
    let link = UnsignedCertificateLink::new(
        &Endpoints::official(Environment::Test),
        "Nip/5265877635".parse()?,
        "5265877635".parse()?,
        key.certificate(),
        Sha256Digest::of(b"<Faktura/>"),
    )?;
    fs::write(folder.join("message"), link.message())?;
    fs::write(folder.join("certificate.pem"), identity.certificate_pem())?;
    let link = link.sign(&key)?;
    let signature = link.as_str().rsplit('/').next().unwrap_or_default();
    fs::write(folder.join("signature"), URL_SAFE_NO_PAD.decode(signature)?)?;
    openssl(&folder, "x509 -in certificate.pem -pubkey -noout -out public.pem")?;
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256";
    let verify = format!("dgst -sha256 {pss} -verify public.pem -signature signature message");
    openssl(&folder, &verify).map(|_| ())
}
