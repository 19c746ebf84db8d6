//! A request that is taken, for every operation that the sandbox has.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use ksef_client::xades::SubjectIdentifierType::CertificateSubject;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_sandbox::Config;
use ksef_tests::contract::{Contract, operations};
use ksef_tests::sandbox::Compression::Zip;
use ksef_tests::sandbox::{
    CheckedSandbox, Client, DocumentKey, InvoiceText, Login, NIP, OTHER_NIP, Package, Usage, now,
    request, sealed,
};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

/// A sandbox with something of everything.
pub(crate) struct Stage {
    pub(crate) checked: CheckedSandbox,
    access_token: String,
    closed: String,
    invoice: String,
    ksef_number: String,
    upo: String,
    export: String,
}

/// Makes a request that the stage takes; what it needs is made at that moment.
type Make = fn(&Stage) -> Result<Request<Bytes>, Failed>;

/// An operation, as the contract writes it, and a request for it.
pub(crate) const TABLE: &[(&str, Make)] = &[
    ("GET /auth/sessions", |stage| stage.get("/auth/sessions?pageSize=10")),
    ("DELETE /auth/sessions/current", |stage| {
        request("DELETE", "/auth/sessions/current", Some(stage.log_in()?.refresh_token()), None)
    }),
    ("DELETE /auth/sessions/{referenceNumber}", |stage| {
        let login = stage.login()?;
        stage.checked.redeem(&login)?.expect(200)?;
        stage.delete(&format!("/auth/sessions/{}", login.reference_number))
    }),
    ("GET /security/public-key-certificates", |_| {
        request("GET", "/security/public-key-certificates", None, None)
    }),
    ("POST /testdata/subject", |_| {
        let unit = json!([{ "subjectNip": NIP, "description": "Jednostka testowa" }]);
        anonymous(
            "/testdata/subject",
            &json!({
                "subjectNip": "7762811692", "subjectType": "VatGroup", "subunits": unit,
                "description": "Grupa testowa",
            }),
        )
    }),
    ("POST /testdata/subject/remove", |stage| {
        let body = json!({
            "subjectNip": "1111111111", "subjectType": "EnforcementAuthority",
            "description": "Organ testowy",
        });
        stage.checked.ask(&anonymous("/testdata/subject", &body)?)?;
        anonymous("/testdata/subject/remove", &json!({ "subjectNip": "1111111111" }))
    }),
    ("POST /testdata/person", |_| {
        anonymous(
            "/testdata/person",
            &json!({
                "nip": "7762811692", "pesel": "99022812340", "isBailiff": true,
                "description": "Komornik testowy",
            }),
        )
    }),
    ("POST /testdata/person/remove", |stage| {
        let body = json!({
            "nip": "1111111111", "pesel": "99022812340", "isBailiff": false,
            "description": "Osoba testowa",
        });
        stage.checked.ask(&anonymous("/testdata/person", &body)?)?;
        anonymous("/testdata/person/remove", &json!({ "nip": "1111111111" }))
    }),
    ("POST /testdata/permissions", |_| {
        let permission = json!({ "permissionType": "InvoiceRead", "description": "Opis testowy" });
        let mut body = grant();
        body["permissions"] = json!([permission]);
        anonymous("/testdata/permissions", &body)
    }),
    ("POST /testdata/permissions/revoke", |_| anonymous("/testdata/permissions/revoke", &grant())),
    ("POST /testdata/attachment", |_| anonymous("/testdata/attachment", &json!({ "nip": NIP }))),
    ("POST /testdata/attachment/revoke", |stage| {
        stage.checked.ask(&anonymous("/testdata/attachment", &json!({ "nip": NIP }))?)?;
        anonymous(
            "/testdata/attachment/revoke",
            &json!({ "nip": NIP, "expectedEndDate": "2027-01-01" }),
        )
    }),
    ("POST /testdata/context/block", |_| anonymous("/testdata/context/block", &other_context())),
    ("POST /testdata/context/unblock", |_| {
        anonymous("/testdata/context/unblock", &other_context())
    }),
    ("GET /limits/context", |stage| stage.get("/limits/context")),
    ("GET /limits/subject", |stage| stage.get("/limits/subject")),
    ("GET /rate-limits", |stage| stage.get("/rate-limits")),
    ("POST /testdata/limits/context/session", |stage| {
        let limits = json!({
            "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 9000,
        });
        stage.post(
            "/testdata/limits/context/session",
            &json!({
                "onlineSession": limits, "batchSession": limits,
                "collectiveIdentifier": { "maxInvoices": 9 },
            }),
        )
    }),
    ("DELETE /testdata/limits/context/session", |stage| {
        stage.delete("/testdata/limits/context/session")
    }),
    ("POST /testdata/limits/subject/certificate", |stage| {
        let body = json!({
            "subjectIdentifierType": "Nip", "enrollment": { "maxEnrollments": 7 },
            "certificate": { "maxCertificates": 7 },
        });
        stage.post("/testdata/limits/subject/certificate", &body)
    }),
    ("DELETE /testdata/limits/subject/certificate", |stage| {
        stage.delete("/testdata/limits/subject/certificate")
    }),
    ("POST /testdata/rate-limits", |stage| {
        let limit = json!({ "perSecond": 9, "perMinute": 20, "perHour": 100 });
        let groups = [
            "onlineSession",
            "batchSession",
            "invoiceSend",
            "invoiceStatus",
            "sessionList",
            "sessionInvoiceList",
            "sessionMisc",
            "invoiceMetadata",
            "invoiceExport",
            "invoiceExportStatus",
            "invoiceDownload",
            "collectiveIdentifier",
            "other",
        ];
        let limits: BTreeMap<_, _> = groups.map(|group| (group, limit.clone())).into();
        stage.post("/testdata/rate-limits", &json!({ "rateLimits": limits }))
    }),
    ("DELETE /testdata/rate-limits", |stage| stage.delete("/testdata/rate-limits")),
    ("POST /testdata/rate-limits/production", |stage| {
        stage.request("POST", "/testdata/rate-limits/production", None)
    }),
    ("GET /permissions/attachments/status", |stage| stage.get("/permissions/attachments/status")),
    ("POST /permissions/query/personal/grants", |stage| {
        let body = json!({ "permissionTypes": ["InvoiceRead"], "permissionState": "Active" });
        stage.post("/permissions/query/personal/grants?pageOffset=0&pageSize=10", &body)
    }),
    ("GET /permissions/query/entities/roles", |stage| {
        stage.get("/permissions/query/entities/roles")
    }),
    ("GET /invoices/ksef/{ksefNumber}", |stage| {
        stage.get(&format!("/invoices/ksef/{}", stage.ksef_number))
    }),
    ("POST /invoices/query/metadata", |stage| {
        let body = json!({
            "subjectType": "Subject1",
            "dateRange": {
                "dateType": "Invoicing", "from": "2026-11-01T00:00:00+01:00", "to": "2026-11-21T00:00:00Z",
                "restrictToPermanentStorageHwmDate": false,
            },
            "ksefNumber": stage.ksef_number, "sellerNip": NIP,
            "amount": { "type": "Brutto", "from": 0.01, "to": 1_000_000.99 },
            "buyerIdentifier": { "type": "Nip", "value": OTHER_NIP },
            "currencyCodes": ["PLN"], "invoicingMode": "Online", "isSelfInvoicing": false,
            "formType": "FA", "invoiceTypes": ["Vat"], "hasAttachment": false,
        });
        stage.post("/invoices/query/metadata?sortOrder=Desc&pageOffset=0&pageSize=10", &body)
    }),
    ("POST /invoices/exports", |stage| {
        stage.post("/invoices/exports", &crate::causes::order_of_export(&stage.checked)?)
    }),
    ("GET /invoices/exports/{referenceNumber}", |stage| {
        stage.get(&format!("/invoices/exports/{}", stage.export))
    }),
    ("GET /sessions", |stage| {
        stage.get(
            "/sessions?sessionType=Online&statuses=Succeeded&statuses=InProgress&pageSize=10\
            &dateCreatedFrom=2026-11-01T00:00:00Z",
        )
    }),
    ("GET /sessions/{referenceNumber}", |stage| stage.get(&format!("/sessions/{}", stage.closed))),
    ("GET /sessions/{referenceNumber}/invoices", |stage| {
        stage.get(&format!("/sessions/{}/invoices?pageSize=10", stage.closed))
    }),
    ("GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}", |stage| {
        stage.get(&format!("/sessions/{}/invoices/{}", stage.closed, stage.invoice))
    }),
    ("GET /sessions/{referenceNumber}/invoices/failed", |stage| {
        stage.get(&format!("/sessions/{}/invoices/failed", stage.closed))
    }),
    ("GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo", |stage| {
        stage.get(&format!("/sessions/{}/invoices/ksef/{}/upo", stage.closed, stage.ksef_number))
    }),
    ("GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo", |stage| {
        stage.get(&format!("/sessions/{}/invoices/{}/upo", stage.closed, stage.invoice))
    }),
    ("GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}", |stage| {
        stage.get(&format!("/sessions/{}/upo/{}", stage.closed, stage.upo))
    }),
    ("POST /tokens", |stage| stage.post("/tokens", &token())),
    ("GET /tokens", |stage| stage.get("/tokens?status=Active&pageSize=10")),
    ("GET /tokens/{referenceNumber}", |stage| stage.get(&stage.new_token()?)),
    ("DELETE /tokens/{referenceNumber}", |stage| stage.delete(&stage.new_token()?)),
    ("POST /auth/challenge", |_| request("POST", "/auth/challenge", None, None)),
    ("POST /auth/xades-signature", |stage| {
        let query = "verifyCertificateChain=false";
        let request = Request::post(format!("/v2/auth/xades-signature?{query}"));
        Ok(request.header("Content-Type", "application/xml").body(stage.signed()?.into())?)
    }),
    ("POST /auth/ksef-token", |stage| {
        let client = stage.log_in()?;
        let mut body = stage.checked.token_login(&client.ksef_token()?, NIP)?;
        body["authorizationPolicy"] = json!({ "allowedIps": {
            "ip4Addresses": ["127.0.0.1"], "ip4Ranges": ["10.0.0.1-10.0.0.9"],
            "ip4Masks": ["172.16.0.0/16"],
        } });
        anonymous("/auth/ksef-token", &body)
    }),
    ("GET /auth/{referenceNumber}", |stage| {
        let Login { reference_number, authentication_token, .. } = stage.login()?;
        request("GET", &format!("/auth/{reference_number}"), Some(&authentication_token), None)
    }),
    ("POST /auth/token/redeem", |stage| {
        request("POST", "/auth/token/redeem", Some(&stage.login()?.authentication_token), None)
    }),
    ("POST /auth/token/refresh", |stage| {
        request("POST", "/auth/token/refresh", Some(stage.log_in()?.refresh_token()), None)
    }),
    ("POST /sessions/online", |stage| stage.post("/sessions/online", &stage.opening()?)),
    ("POST /sessions/online/{referenceNumber}/invoices", |stage| {
        let text = InvoiceText::new("FV/2");
        let mut body = sealed(text.as_bytes(), &DocumentKey::TEST.encrypt(text.as_bytes())?);
        body["offlineMode"] = json!(true);
        stage.post(&format!("/sessions/online/{}/invoices", stage.open()?), &body)
    }),
    ("POST /sessions/online/{referenceNumber}/close", |stage| {
        stage.request("POST", &format!("/sessions/online/{}/close", stage.open()?), None)
    }),
    ("POST /sessions/batch", |stage| {
        stage.post("/sessions/batch", package()?.order(&stage.checked, 2)?.body())
    }),
    ("POST /sessions/batch/{referenceNumber}/close", |stage| {
        let client = stage.log_in()?;
        let order = package()?.order(&stage.checked, 2)?;
        let opened = client.open_batch(&order)?.expect(201)?;
        client.upload(&opened, order.parts())?;
        let number = opened.text("/referenceNumber")?;
        stage.request("POST", &format!("/sessions/batch/{number}/close"), None)
    }),
];

fn anonymous(path: &str, body: &Value) -> Result<Request<Bytes>, Failed> {
    request("POST", path, None, Some(body))
}

fn grant() -> Value {
    json!({
        "contextIdentifier": { "type": "Nip", "value": NIP },
        "authorizedIdentifier": { "type": "Nip", "value": OTHER_NIP },
    })
}

fn other_context() -> Value {
    json!({ "contextIdentifier": { "type": "Nip", "value": OTHER_NIP } })
}

fn token() -> Value {
    json!({ "permissions": ["InvoiceRead", "InvoiceWrite"], "description": "Token of a test" })
}

fn package() -> Result<Package, Failed> {
    Package::new(Zip, [("1.xml", InvoiceText::new("FV/3").as_bytes())])
}

impl Stage {
    pub(crate) fn new() -> Result<Self, Failed> {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Result<Self, Failed> {
        let checked = CheckedSandbox::new(change)?;
        let client = checked.log_in(NIP)?;
        let closed = client.open()?;
        let invoice = client.deliver(&closed, InvoiceText::new("FV/1").as_bytes())?;
        client.deliver(&closed, b"no invoice")?;
        client.close(&closed)?.expect(204)?;
        let upo = client.session(&closed)?.text("/upo/pages/0/referenceNumber")?.to_owned();
        let ksef_number = client.invoice(&closed, &invoice)?.text("/ksefNumber")?.to_owned();
        let order = crate::causes::order_of_export(&checked)?;
        let ordered = client.post("/invoices/exports", &order)?.expect(201)?;
        let export = ordered.text("/referenceNumber")?.to_owned();
        let access_token = client.access_token().to_owned();
        drop(client);
        Ok(Self { checked, access_token, closed, invoice, ksef_number, upo, export })
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Request<Bytes>, Failed> {
        request(method, path, Some(&self.access_token), body)
    }

    fn get(&self, path: &str) -> Result<Request<Bytes>, Failed> {
        self.request("GET", path, None)
    }

    fn delete(&self, path: &str) -> Result<Request<Bytes>, Failed> {
        self.request("DELETE", path, None)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Request<Bytes>, Failed> {
        self.request("POST", path, Some(body))
    }

    fn log_in(&self) -> Result<Client<'_>, Failed> {
        self.checked.log_in(NIP)
    }

    fn signed(&self) -> Result<Vec<u8>, Failed> {
        let challenge = self.checked.challenge()?;
        let seal = TestCertificate::seal(NIP.parse()?).build(KeyKind::P256, now()?)?;
        let context = format!("Nip/{NIP}");
        self.checked.signed_login(
            challenge.text("/challenge")?,
            &context,
            CertificateSubject,
            &seal,
        )
    }

    fn login(&self) -> Result<Login, Failed> {
        Login::of(&self.checked.submit_signed(self.signed()?, "")?)
    }

    fn opening(&self) -> Result<Value, Failed> {
        let key = self.checked.public_key(Usage::SymmetricKeyEncryption)?;
        let mut encryption = DocumentKey::TEST.encryption(&key.certificate)?;
        encryption["publicKeyId"] = json!(key.id);
        Ok(json!({
            "formCode": { "systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA" },
            "encryption": encryption,
        }))
    }

    fn open(&self) -> Result<String, Failed> {
        let answer = self.checked.ask(&self.post("/sessions/online", &self.opening()?)?)?;
        Ok(answer.expect(201)?.text("/referenceNumber")?.to_owned())
    }

    /// The path of a new token.
    fn new_token(&self) -> Result<String, Failed> {
        let ordered = self.checked.ask(&self.post("/tokens", &token())?)?.expect(202)?;
        Ok(format!("/tokens/{}", ordered.text("/referenceNumber")?))
    }
}

/// Each is what the contract allows, and is taken; every other operation is said to be missing.
pub(crate) fn are_taken_or_missing() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let mut wrong = Vec::new();
    for operation in operations()? {
        let stage = Stage::new()?;
        let name = operation.to_string();
        let made = TABLE.iter().find(|(known, _)| *known == name);
        let (request, is_expected): (_, fn(u16) -> bool) = match made {
            Some((_, make)) => {
                let request = make(&stage).map_err(|why| format!("{name}: {why:?}"))?;
                let violations = contract.check_request(&request).err().into_iter().flatten();
                wrong.extend(violations.map(|violation| violation.to_string()));
                (request, |code| (200..300).contains(&code))
            }
            None => {
                let path = operation.path().replace(['{', '}'], "");
                (stage.request(operation.method().as_str(), &path, None)?, |code| code == 501)
            }
        };
        let answer = stage.checked.ask(&request)?;
        if !is_expected(answer.code()) {
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            wrong.push(format!("{name}: {}: {body}", answer.code()));
        }
        stage.checked.verdict()?;
    }
    crate::none(&wrong)
}
