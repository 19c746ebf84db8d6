//! Keys in every form in which people have them, made by `openssl`.

use std::fs;
use std::path::Path;
use std::process::Command;

use ksef_client::xades::{CanonicalXml, KeyError, Policy, SigningKey, verify};
use ksef_core::Secret;
use ksef_tests::suite::Failed;

use crate::documents::{SIGNATORIES, Signatory, now};
use crate::judges;

const PASSWORD: &str = "zażółć ' 1";

fn openssl(folder: &Path, arguments: &str) {
    let arguments =
        arguments.split(' ').map(|word| word.replace("PASS", &format!("pass:{PASSWORD}")));
    let mut command = Command::new("openssl");
    let output = command.current_dir(folder).args(arguments).output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn signs(key: Result<SigningKey, KeyError>, name: &str) -> Result<(), Failed> {
    let key = key.map_err(|error| format!("{name}: {error:?}"))?;
    let signed = key.sign(CanonicalXml::canonicalize("<a/>")?, now())?;
    verify(signed.as_bytes(), &Policy::default())?;
    Ok(())
}

fn refused(key: Result<SigningKey, KeyError>, expected: KeyError) -> Result<(), Failed> {
    match key {
        Err(found) if found == expected => Ok(()),
        other => Err(format!("expected {expected:?}, found {other:?}").into()),
    }
}

pub(crate) fn load_in_every_form() -> Result<(), Failed> {
    for (signatory, name) in SIGNATORIES.iter().zip(["rsa", "ec"]) {
        let folder = judges::folder(&format!("keys-{name}"));
        fs::write(folder.join("certificate.pem"), signatory.identity.certificate_pem())?;
        fs::write(folder.join("key.pem"), signatory.identity.key_pem().expose())?;
        unencrypted(signatory, &folder, name)?;
        encrypted(signatory, &folder)?;
        archives(&folder)?;
    }
    let [rsa, ec] = &*SIGNATORIES;
    let mixed = SigningKey::new(rsa.identity.certificate_der(), ec.identity.key_der().expose());
    refused(mixed, KeyError::Mismatch)
}

fn unencrypted(signatory: &Signatory, folder: &Path, name: &str) -> Result<(), Failed> {
    let certificate = signatory.identity.certificate_pem();
    openssl(folder, &format!("{name} -in key.pem -outform DER -out traditional.der"));
    let traditional = if name == "rsa" { "rsa -traditional" } else { "ec" };
    openssl(folder, &format!("{traditional} -in key.pem -out traditional.pem"));
    openssl(folder, "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out pkcs8.der");
    for file in ["key.pem", "traditional.der", "traditional.pem", "pkcs8.der"] {
        signs(SigningKey::new(certificate.as_bytes(), &fs::read(folder.join(file))?), file)?;
    }
    signs(
        SigningKey::new(signatory.identity.certificate_der(), &fs::read(folder.join("key.pem"))?),
        "DER",
    )?;
    let pem = fs::read(folder.join("key.pem"))?;
    refused(SigningKey::new(certificate.as_bytes(), &pem[..pem.len() / 2]), KeyError::Format)?;
    refused(SigningKey::new(certificate.as_bytes(), certificate.as_bytes()), KeyError::Format)?;
    openssl(folder, "genpkey -algorithm ed25519 -outform DER -out ed25519.der");
    refused(
        SigningKey::new(certificate.as_bytes(), &fs::read(folder.join("ed25519.der"))?),
        KeyError::Kind,
    )
}

fn encrypted(signatory: &Signatory, folder: &Path) -> Result<(), Failed> {
    let certificate = signatory.identity.certificate_pem();
    let certificate = certificate.as_bytes();
    let (right, wrong) = (Secret::new(PASSWORD.to_owned()), Secret::new("x".to_owned()));
    for options in
        ["-v2 aes256", "-v2 aes128 -v2prf hmacWithSHA1", "-v2 aes192 -v2prf hmacWithSHA512"]
    {
        for form in ["PEM", "DER"] {
            openssl(
                folder,
                &format!("pkcs8 -topk8 {options} -passout PASS -in key.pem -outform {form} -out e"),
            );
            let key = fs::read(folder.join("e"))?;
            signs(SigningKey::with_password(certificate, &key, &right), options)?;
            refused(SigningKey::with_password(certificate, &key, &wrong), KeyError::WrongPassword)?;
            refused(SigningKey::new(certificate, &key), KeyError::Encrypted)?;
        }
    }
    openssl(folder, "pkcs8 -topk8 -v2 des3 -passout PASS -in key.pem -out e");
    let outdated = fs::read(folder.join("e"))?;
    refused(
        SigningKey::with_password(certificate, &outdated, &right),
        KeyError::UnsupportedEncryption,
    )
}

fn archives(folder: &Path) -> Result<(), Failed> {
    let (right, wrong) = (Secret::new(PASSWORD.to_owned()), Secret::new("x".to_owned()));
    let export = "pkcs12 -export -passout PASS -inkey key.pem -in certificate.pem -out a";
    openssl(folder, export);
    let archive = fs::read(folder.join("a"))?;
    signs(SigningKey::from_pkcs12(&archive, &right), "PKCS#12")?;
    refused(SigningKey::from_pkcs12(&archive, &wrong), KeyError::WrongPassword)?;
    refused(SigningKey::from_pkcs12(&archive[..100], &right), KeyError::Archive)?;
    openssl(folder, &format!("{export} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"));
    refused(SigningKey::from_pkcs12(&fs::read(folder.join("a"))?, &right), KeyError::Archive)?;
    openssl(folder, "pkcs12 -export -nokeys -passout PASS -in certificate.pem -out a");
    refused(SigningKey::from_pkcs12(&fs::read(folder.join("a"))?, &right), KeyError::ArchiveKey)
}
