//! Signatures that no honest signer makes: each is sound but for one thing.

use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_client::xades::{SignatureFault, Signer};
use ksef_core::Sha256Digest;

use crate::documents::{SIGNATORIES, Signatory, request};
use crate::judges;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const MD5: &str = "http://www.w3.org/2001/04/xmldsig-more#md5";
const PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
const ID: &str = "AuthTokenRequest xmlns=\"http://ksef.mf.gov.pl/auth/token/2.1\" Id=\"x\"";

/// What a `ds:Reference` says.
#[derive(Clone)]
struct Reference {
    uri: &'static str,
    kind: &'static str,
    transforms: Vec<String>,
    digest_method: &'static str,
    digest: String,
}

/// Everything that goes into a signature.
#[derive(Clone)]
struct Forge {
    signatory: &'static Signatory,
    document: String,
    properties: String,
    references: Vec<Reference>,
    canonicalization: String,
    method: String,
    certificate: Vec<u8>,
}

fn transform(algorithm: &str, content: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\">{content}</ds:Transform>")
}

fn digest(text: &str) -> String {
    Sha256Digest::of(text.as_bytes()).to_string()
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a key in memory never waits"),
    }
}

impl Forge {
    /// What an honest signer would make.
    fn honest(signatory: &'static Signatory) -> Self {
        let document = request("Nip/5265877635").to_canonical_xml().as_str().to_owned();
        let honest = signatory.sign("", request("Nip/5265877635").to_canonical_xml()).text;
        let from = honest.find("<xades:SignedProperties").expect("properties");
        let end = "</xades:SignedProperties>";
        let until = honest.find(end).expect("properties") + end.len();
        let properties = honest[from..until].to_owned();
        let references = vec![
            Reference {
                uri: "",
                kind: "",
                transforms: vec![transform(ENVELOPED, ""), transform(EXCLUSIVE, "")],
                digest_method: SHA256,
                digest: digest(&document),
            },
            Reference {
                uri: "#SignedProperties",
                kind: PROPERTIES,
                transforms: vec![transform(EXCLUSIVE, "")],
                digest_method: SHA256,
                digest: digest(&properties),
            },
        ];
        Self {
            signatory,
            document,
            properties,
            references,
            canonicalization: format!(
                "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>"
            ),
            method: signatory.key.algorithm().uri().to_owned(),
            certificate: signatory.key.certificate().as_der().to_vec(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The properties changed, and signed as they are then.
    fn with_properties(mut self, from: &str, to: &str) -> Self {
        assert!(self.properties.contains(from), "{from}");
        self.properties = self.properties.replace(from, to);
        self.references[1].digest = digest(&self.properties);
        self
    }

    fn signed_info(&self) -> String {
        let mut info = format!("<ds:SignedInfo xmlns:ds=\"{DSIG}\">{}", self.canonicalization);
        info += &format!("<ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>", self.method);
        for reference in &self.references {
            let Reference { uri, digest_method, digest, .. } = reference;
            let kind = match reference.kind {
                "" => String::new(),
                kind => format!(" Type=\"{kind}\""),
            };
            let transforms = reference.transforms.concat();
            info += &format!(
                "<ds:Reference{kind} URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
                 <ds:DigestMethod Algorithm=\"{digest_method}\"></ds:DigestMethod>\
                 <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
            );
        }
        info + "</ds:SignedInfo>"
    }

    fn value(&self) -> Vec<u8> {
        let info = self.signed_info();
        ready(Signer::sign(&self.signatory.key, info.as_bytes())).expect("it signs")
    }

    fn text(&self) -> String {
        self.text_with(&self.value())
    }

    fn text_with(&self, value: &[u8]) -> String {
        let end = self.document.rfind("</").expect("an end tag");
        let (before, after) = self.document.split_at(end);
        let (info, properties) = (self.signed_info(), &self.properties);
        let (value, certificate) = (STANDARD.encode(value), STANDARD.encode(&self.certificate));
        format!(
            "{before}<ds:Signature xmlns:ds=\"{DSIG}\" Id=\"Signature\">{info}\
             <ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
             <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
             <ds:Object><xades:QualifyingProperties \
             xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" Target=\"#Signature\">{properties}\
             </xades:QualifyingProperties></ds:Object></ds:Signature>{after}"
        )
    }
}

/// A forged document, and the one reason for which it is to be refused.
pub(crate) type Case = (&'static str, String, SignatureFault);

/// Signatures other than ours that are sound, so that refusing the others says something.
pub(crate) fn sound() -> Vec<(&'static str, String)> {
    let forge = || Forge::honest(&SIGNATORIES[0]);
    let xpath = |expression: &str| {
        let node = format!("<ds:XPath>{expression}</ds:XPath>");
        forge().with(|f| {
            f.references[0].transforms[0] =
                transform("http://www.w3.org/TR/1999/REC-xpath-19991116", &node)
        })
    };
    let filter = "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">/descendant::ds:Signature</f:XPath>";
    vec![
        ("honest RSA", forge().text()),
        ("honest P-256", Forge::honest(&SIGNATORIES[1]).text()),
        ("XPath in place of enveloped", xpath("not(ancestor-or-self::ds:Signature)").text()),
        ("filter in place of enveloped", forge().with(|f| f.references[0].transforms[0] = transform("http://www.w3.org/2002/06/xmldsig-filter2", filter)).text()),
        ("the root by its Id", by_id(forge()).text()),
        ("the properties first", forge().with(|f| f.references.reverse()).text()),
        ("a prefix list", forge().with(|f| {
            let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"ds\"></ec:InclusiveNamespaces>");
            f.canonicalization = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\">{list}</ds:CanonicalizationMethod>");
        }).text()),
    ]
}

/// The root element has an Id, and the first reference names it.
fn by_id(forge: Forge) -> Forge {
    forge.with(|f| {
        let plain = "AuthTokenRequest xmlns=\"http://ksef.mf.gov.pl/auth/token/2.1\"";
        f.document = f.document.replacen(plain, ID, 1);
        f.references[0].uri = "#x";
        f.references[0].digest = digest(&f.document);
    })
}

/// Every forgery with its reason.
pub(crate) fn cases() -> Vec<Case> {
    let parts = [coverage(), transforms(), tampering(), wrapping(), algorithms(), values()];
    [parts.concat(), certificates(), forms()].concat()
}

fn coverage() -> Vec<Case> {
    use SignatureFault as F;
    let forge = || Forge::honest(&SIGNATORIES[0]);
    let part = "<Challenge xmlns=\"http://ksef.mf.gov.pl/auth/token/2.1\" Id=\"x\">20261120-CR-461EA5B000-537A6BA15D-D7</Challenge>";
    let partial = forge().with(|f| {
        f.document = f.document.replace("<Challenge>", "<Challenge Id=\"x\">");
        f.references[0].uri = "#x";
        f.references[0].transforms.remove(0);
        f.references[0].digest = digest(part);
    });
    let outside = |uri| forge().with(|f| f.references[0].uri = uri).text();
    vec![
        (
            "no reference to the properties",
            forge()
                .with(|f| {
                    f.references.pop();
                })
                .text(),
            F::PropertiesNotCovered,
        ),
        (
            "the properties without their type",
            forge().with(|f| f.references[1].kind = "").text(),
            F::PropertiesNotCovered,
        ),
        (
            "no reference to the document",
            forge()
                .with(|f| {
                    f.references.remove(0);
                })
                .text(),
            F::DocumentNotCovered,
        ),
        ("a part of the document", partial.text(), F::PartialReference),
        ("detached, a file", outside("document.xml"), F::ExternalReference),
        ("detached, an address", outside("https://example.com/document.xml"), F::ExternalReference),
        ("an XPointer", outside("#xpointer(/)"), F::Reference),
        ("nothing by that name", outside("#nothing"), F::Reference),
    ]
}

fn transforms() -> Vec<Case> {
    use SignatureFault as F;
    let forge = || Forge::honest(&SIGNATORIES[0]);
    let foreign = |algorithm: &str, content: &str| {
        forge().with(|f| f.references[0].transforms.insert(1, transform(algorithm, content))).text()
    };
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    vec![
        ("XSLT", foreign("http://www.w3.org/TR/1999/REC-xslt-19991116", ""), F::Transform),
        ("Base64", foreign("http://www.w3.org/2000/09/xmldsig#base64", ""), F::Transform),
        (
            "XPath that leaves text out",
            foreign(xpath, "<ds:XPath>not(self::text())</ds:XPath>"),
            F::Transform,
        ),
        (
            "XPath with a foreign prefix",
            foreign(xpath, "<ds:XPath>not(ancestor-or-self::x:Signature)</ds:XPath>"),
            F::Transform,
        ),
        (
            "no transform takes the signature out",
            forge()
                .with(|f| {
                    f.references[0].transforms.remove(0);
                })
                .text(),
            F::Transform,
        ),
        (
            "something after the canonicalization",
            forge().with(|f| f.references[0].transforms.reverse()).text(),
            F::Transform,
        ),
        (
            "the document twice",
            forge()
                .with(|f| {
                    let r = f.references[0].clone();
                    f.references.push(r);
                })
                .text(),
            F::Structure,
        ),
    ]
}

/// From the first occurrence of one text to the end of the next occurrence of another.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).expect("a start");
    let until = from + text[from..].find(end).expect("an end") + end.len();
    &text[from..until]
}

fn signature_of(text: &str) -> &str {
    between(text, "<ds:Signature ", "</ds:Signature>")
}

/// Puts an object into the signature, where nothing covers it.
fn with_object(text: &str, content: &str) -> String {
    let object = format!("<ds:Object>{content}</ds:Object></ds:Signature>");
    text.replacen("</ds:Signature>", &object, 1)
}

/// The signed element is still there, but another one is read in its place.
fn wrapping() -> Vec<Case> {
    use SignatureFault as F;
    let honest = Forge::honest(&SIGNATORIES[1]).text();
    let by_id = by_id(Forge::honest(&SIGNATORIES[1])).text();
    let wrap = |inner: &str| {
        let root = "AuthTokenRequest xmlns=\"http://ksef.mf.gov.pl/auth/token/2.1\"";
        format!("<{root}><Evil>{inner}</Evil></AuthTokenRequest>")
    };
    let signature = signature_of(&honest);
    let original = by_id.replace(signature_of(&by_id), "");
    let evil = by_id.replace("5265877635<", "6824515772<").replace(" Id=\"x\"", " Id=\"y\"");
    let properties = between(&honest, "<xades:SignedProperties", "</xades:SignedProperties>");
    let second = honest.replace("</ds:Signature>", &format!("</ds:Signature>{signature}"));
    let around = format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:Object>{original}</ds:Object></ds:Signature>"
    );
    vec![
        ("a second signature", second, F::SeveralSignatures),
        ("a signature within it", with_object(&honest, signature), F::SeveralSignatures),
        ("wrapped in another root", wrap(&honest), F::DocumentDigest),
        ("wrapped in another root, by Id", wrap(&by_id), F::PartialReference),
        ("moved into the signature", with_object(&evil, &original), F::PartialReference),
        ("the Id given to two elements", with_object(&by_id, &original), F::Reference),
        ("properties twice", with_object(&honest, properties), F::Structure),
        ("a signature around the document", around, F::DocumentNotCovered),
    ]
}

/// Changed after signing.
fn tampering() -> Vec<Case> {
    use SignatureFault as F;
    let honest = Forge::honest(&SIGNATORIES[1]).text();
    let changed = |from: &str, to: &str| {
        assert!(honest.contains(from), "{from}");
        honest.replace(from, to)
    };
    let added = changed("</ds:Signature>", "</ds:Signature><Evil></Evil>");
    vec![
        ("stripped", changed(signature_of(&honest), ""), F::NoSignature),
        ("properties about another", changed("\"#Signature\"", "\"#Other\""), F::Structure),
        ("an element added beside the signature", added, F::DocumentDigest),
        ("a changed number", changed("5265877635<", "6824515772<"), F::DocumentDigest),
        ("a changed time", changed("12:00:00Z", "12:00:01Z"), F::PropertiesDigest),
        ("a changed reference", changed("URI=\"\"", "URI=\"\" Id=\"z\""), F::SignatureValue),
    ]
}

fn algorithms() -> Vec<Case> {
    use SignatureFault as F;
    let rsa =
        |name: &str| Forge::honest(&SIGNATORIES[0]).with(|f| f.method = name.to_owned()).text();
    let ec =
        |name: &str| Forge::honest(&SIGNATORIES[1]).with(|f| f.method = name.to_owned()).text();
    let digest =
        |name| Forge::honest(&SIGNATORIES[0]).with(|f| f.references[0].digest_method = name).text();
    let more = |name: &str| format!("http://www.w3.org/2001/04/xmldsig-more#{name}");
    let pss = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    let dsa = "http://www.w3.org/2009/xmldsig11#dsa-sha256";
    vec![
        ("RSA with SHA-1", rsa("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), F::Sha1),
        ("ECDSA with SHA-1", ec(&more("ecdsa-sha1")), F::Sha1),
        ("a digest by SHA-1", digest(SHA1), F::Sha1),
        ("a digest by MD5", digest(MD5), F::DigestAlgorithm),
        ("RSA-PSS", rsa(pss), F::SignatureAlgorithm),
        ("HMAC", rsa(&more("hmac-sha256")), F::SignatureAlgorithm),
        ("DSA", rsa(dsa), F::SignatureAlgorithm),
        ("an ECDSA name over an RSA key", rsa(&more("ecdsa-sha256")), F::KeyMismatch),
        ("an RSA name over a P-256 key", ec(&more("rsa-sha256")), F::KeyMismatch),
        ("the hash of another name", rsa(&more("rsa-sha512")), F::SignatureValue),
    ]
}

fn values() -> Vec<Case> {
    use SignatureFault as F;
    let rsa = || Forge::honest(&SIGNATORIES[0]);
    let ec = || Forge::honest(&SIGNATORIES[1]);
    let in_der = der(&ec().value());
    let unknown = "http://www.w3.org/2006/12/xml-c14n99";
    let method =
        format!("<ds:CanonicalizationMethod Algorithm=\"{unknown}\"></ds:CanonicalizationMethod>");
    let c14n = rsa().with(|f| f.canonicalization = method);
    vec![
        ("an unknown canonicalization", c14n.text(), F::Canonicalization),
        ("ECDSA in DER", ec().text_with(&in_der), F::EcdsaDer),
        ("a value of zeros", ec().text_with(&[0; 64]), F::SignatureValue),
        ("a value of nothing", rsa().text_with(&[]), F::SignatureValue),
    ]
}

fn certificates() -> Vec<Case> {
    use SignatureFault as F;
    let forge = || Forge::honest(&SIGNATORIES[0]);
    let other = SIGNATORIES[1].key.certificate().as_der().to_vec();
    let list = |forge: &Forge| {
        let text = &forge.properties;
        let end = "</xades:SigningCertificate>";
        text[text.find("<xades:SigningCertificate>").expect("a list")
            ..text.find(end).expect("a list") + end.len()]
            .to_owned()
    };
    let unnamed = list(&forge());
    let own = STANDARD.encode(forge().certificate);
    let key_info =
        format!("<ds:X509Data><ds:X509Certificate>{own}</ds:X509Certificate></ds:X509Data>");
    let text = forge().text();
    let time = |to: &str| forge().with_properties("2026-11-20T12:00:00Z", to).text();
    vec![
        (
            "another certificate",
            forge().with(|f| f.certificate.clone_from(&other)).text(),
            F::SigningCertificate,
        ),
        (
            "no named certificate",
            forge().with_properties(&unnamed, "").text(),
            F::NoSigningCertificate,
        ),
        ("no certificate", text.replace(&key_info, "<ds:KeyName>x</ds:KeyName>"), F::NoCertificate),
        (
            "no key info",
            text.replace(&format!("<ds:KeyInfo>{key_info}</ds:KeyInfo>"), ""),
            F::NoCertificate,
        ),
        ("before the certificate", time("2026-11-18T12:00:00Z"), F::CertificateNotYetValid),
        ("after the certificate", time("2030-11-20T12:00:00Z"), F::CertificateExpired),
        ("a time that is none", time("yesterday"), F::SigningTime),
        (
            "no time",
            forge()
                .with_properties("<xades:SigningTime>2026-11-20T12:00:00Z</xades:SigningTime>", "")
                .text(),
            F::SigningTime,
        ),
    ]
}

fn forms() -> Vec<Case> {
    use SignatureFault as F;
    let honest = Forge::honest(&SIGNATORIES[0]).text();
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    vec![
        ("a DTD", format!("<!DOCTYPE AuthTokenRequest [<!ENTITY e \"x\">]>{honest}"), F::Dtd),
        (
            "too deep",
            honest.replace("</AuthTokenRequest>", &format!("{deep}</AuthTokenRequest>")),
            F::TooDeep,
        ),
        (
            "too large",
            honest.replace("</AuthTokenRequest>", &" ".repeat(17 * 1024 * 1024)),
            F::TooLarge,
        ),
        ("broken", honest.replace("</AuthTokenRequest>", ""), F::Malformed),
        (
            "another encoding",
            format!("<?xml version=\"1.0\" encoding=\"iso-8859-2\"?>{honest}"),
            F::Encoding,
        ),
        (
            "a value that is no Base64",
            honest.replace("<ds:SignatureValue>", "<ds:SignatureValue>!"),
            F::Base64,
        ),
        (
            "two values",
            honest.replace("<ds:KeyInfo>", "<ds:SignatureValue></ds:SignatureValue><ds:KeyInfo>"),
            F::Structure,
        ),
    ]
}

/// `R‖S` as most libraries write it.
fn der(value: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[zeros..];
        let padding = usize::from(bytes.first().is_some_and(|byte| byte & 0x80 != 0));
        let mut der = vec![2, u8::try_from(bytes.len() + padding).expect("short")];
        der.resize(2 + padding, 0);
        der.extend_from_slice(bytes);
        der
    };
    let numbers = [number(&value[..32]), number(&value[32..])].concat();
    [vec![0x30, u8::try_from(numbers.len()).expect("short")], numbers].concat()
}

/// A login with a certificate whose key is too short, or of a kind that is not taken; by `openssl`.
pub(crate) fn with_key_of(openssl: &[&str]) -> String {
    let folder =
        judges::folder(&format!("key-{}", openssl.last().expect("an option").replace(':', "-")));
    let certificate = folder.join("certificate.der");
    // Its own configuration, so that a machine without one will do.
    let configuration = folder.join("openssl.cnf");
    std::fs::write(&configuration, "[req]\ndistinguished_name = dn\n[dn]\n")
        .expect("it is written");
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-nodes", "-subj", "/CN=Test", "-outform", "DER"]).args(openssl);
    command.arg("-config").arg(configuration);
    command.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(&certificate);
    let output = command.output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let certificate = std::fs::read(certificate).expect("a certificate");
    let forge = Forge::honest(&SIGNATORIES[0]);
    let old = Sha256Digest::of(&forge.certificate).to_string();
    let new = Sha256Digest::of(&certificate).to_string();
    let forge = forge.with_properties(&old, &new).with(|f| f.certificate = certificate);
    forge.text()
}
