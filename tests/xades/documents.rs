//! What is signed in this suite: logins of every kind, and receipts made up here.

use std::sync::LazyLock;

use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_client::xades::{
    AllowedIps, AuthSchema, AuthTokenRequest, CanonicalXml, SigningKey, SubjectIdentifierType,
};
use ksef_core::Timestamp;

pub(crate) const CONTEXTS: [&str; 4] = [
    "Nip/5265877635",
    "InternalId/6824515772-12343",
    "NipVatUe/5265877635-NL+*3456789B12",
    "PeppolId/PPL123456",
];

/// A signed document with what the judges need to know about it.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) certificate: String,
}

impl Signed {
    pub(crate) fn for_judges(&self) -> (String, String) {
        (self.text.clone(), self.certificate.clone())
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

/// A key with its certificate.
pub(crate) struct Signatory {
    pub(crate) key: SigningKey,
    pub(crate) identity: TestIdentity,
}

impl Signatory {
    fn new(certificate: &TestCertificate, kind: KeyKind) -> Self {
        let identity = certificate.build(kind, now()).expect("a certificate");
        Self { key: identity.signing_key().expect("a key"), identity }
    }

    pub(crate) fn sign(&self, name: &str, document: CanonicalXml) -> Signed {
        let signed = self.key.sign(document, now()).expect("it is signed");
        let text = String::from_utf8(signed.into_bytes()).expect("UTF-8");
        let certificate = self.identity.certificate_pem();
        Signed { name: format!("{name}, {:?}", self.key.algorithm()), text, certificate }
    }
}

/// RSA and P-256, a seal and a person, with names that need escaping in every place.
pub(crate) static SIGNATORIES: LazyLock<[Signatory; 2]> = LazyLock::new(|| {
    let nip = "5265877635".parse().expect("a NIP");
    let seal = TestCertificate::seal(nip).organization("Żółć, <Syn> & \"Wnuk\" + Łódź; = \\ #1");
    let person = TestCertificate::person_with_nip(nip, "Zażółć, & <Gęślą>", "\"Jaźń\" ");
    [Signatory::new(&seal, KeyKind::Rsa2048), Signatory::new(&person, KeyKind::P256)]
});

pub(crate) fn request(context: &str) -> AuthTokenRequest {
    AuthTokenRequest::new(
        "20261120-CR-461EA5B000-537A6BA15D-D7".parse().expect("a challenge"),
        context.parse().expect("a context"),
        SubjectIdentifierType::CertificateSubject,
    )
    .expect("a request")
}

fn ips() -> AllowedIps {
    let mut ips = AllowedIps::default();
    for last in 1..=10 {
        ips.allow_address([192, 168, 0, last].into()).expect("ten fit");
    }
    ips.allow_range("10.0.0.1-10.0.0.254".parse().expect("a range")).expect("it fits");
    ips.allow_mask("172.16.0.0/16".parse().expect("a mask")).expect("it fits");
    ips
}

/// Every kind of login.
pub(crate) fn requests() -> Vec<AuthTokenRequest> {
    let mut requests = Vec::new();
    for context in CONTEXTS {
        for schema in [AuthSchema::V2_0, AuthSchema::V2_1] {
            let request = request(context).with_schema(schema);
            requests.push(request.clone());
            requests.push(request.with_allowed_ips(ips()));
        }
    }
    requests
}

/// A receipt with this many documents, indented as the Ministry's are.
pub(crate) fn upo(documents: usize) -> String {
    let document = "
\t<Dokument>
\t\t<NipSprzedawcy>5265877635</NipSprzedawcy>
\t\t<NumerKSeFDokumentu>5265877635-20250826-0100001AF629-AF</NumerKSeFDokumentu>
\t\t<NumerFaktury>FV/\"Żółw\" &amp; &lt;Syn&gt;/1</NumerFaktury>
\t\t<DataWystawieniaFaktury>2025-08-26</DataWystawieniaFaktury>
\t\t<DataPrzeslaniaDokumentu>2025-08-26T11:05:40.841+02:00</DataPrzeslaniaDokumentu>
\t\t<DataNadaniaNumeruKSeF>2025-08-26T11:05:41.045+02:00</DataNadaniaNumeruKSeF>
\t\t<SkrotDokumentu>ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=</SkrotDokumentu>
\t\t<TrybWysylki>Online</TrybWysylki>
\t</Dokument>"
        .repeat(documents);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<Potwierdzenie xmlns=\"http://upo.schematy.mf.gov.pl/KSeF/v4-3\" wersjaSchemy=\"4-3 &quot;x&quot;\">
\t<NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów - środowisko testowe (TE)</NazwaPodmiotuPrzyjmujacego>
\t<NumerReferencyjnySesji>20250826-SO-2F14610000-242991F8C9-B4</NumerReferencyjnySesji>
\t<Uwierzytelnienie>
\t\t<IdKontekstu><Nip>5265877635</Nip></IdKontekstu>
\t\t<NumerReferencyjnyTokenaKSeF>20250819-EC-1ECDD12000-5EE71AE5E3-B7</NumerReferencyjnyTokenaKSeF>
\t</Uwierzytelnienie>
\t<NazwaStrukturyLogicznej>Schemat_FA(3)_v1-0E.xsd</NazwaStrukturyLogicznej>
\t<KodFormularza>FA (3)</KodFormularza>{document}
</Potwierdzenie>"
    )
}

/// Logins and receipts, by both keys.
pub(crate) fn signed() -> Vec<Signed> {
    let mut signed = Vec::new();
    for signatory in SIGNATORIES.iter() {
        for request in requests() {
            let name = format!("login {} {:?}", request.context(), request.schema());
            signed.push(signatory.sign(&name, request.to_canonical_xml()));
        }
        for documents in [1, 3] {
            let upo = CanonicalXml::canonicalize(&upo(documents)).expect("a document");
            signed.push(signatory.sign(&format!("receipt of {documents}"), upo));
        }
    }
    signed
}
