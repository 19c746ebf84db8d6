//! The pages on which a company is set up, through their real forms.

use std::collections::BTreeMap;

use ksef_audit::secrets::{ConnectionStatus, LoginMethod, SecretName};
use ksef_audit::{Production, Tenant};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_core::SubmissionStatus;
use ksef_core::port::{SecretKey, SecretStore as _};
use ksef_core::submission::Decision;

use super::abuse::work_until;
use super::refused::is_accepted;
use super::*;
use crate::onboarding::{enter, luggage};
use crate::settings;

const BOUNDARY: &str = "-----------------------------1";

/// A form with a file, as browsers send it.
fn multipart(fields: &[(&str, &str)], archive: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(archive);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    body
}

fn urlencoded(form_token: &str, fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("form_token", form_token).extend_pairs(fields);
    form.finish()
}

/// An owner before the form of the connection.
struct Owner {
    server: Server,
    cookie: String,
    form_token: String,
}

impl Owner {
    async fn anna() -> Self {
        Self::of(Server::start().await).await
    }

    async fn of(server: Server) -> Self {
        let cookie = server.log_in("anna").await;
        let form_token = server.form_token(&cookie).await;
        Self { server, cookie, form_token }
    }

    async fn connect(&self, fields: &[(&str, &str)], archive: &[u8]) -> Response<Vec<u8>> {
        let mut all = vec![("form_token", self.form_token.as_str())];
        all.extend(fields);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = vec![("content-type", kind)];
        let ask = Ask { cookie: &self.cookie, headers, body: multipart(&all, archive) };
        self.server.ask(Method::POST, "/settings/connection", ask).await
    }

    async fn save(&self, page: &str, fields: &[(&str, &str)]) -> Response<Vec<u8>> {
        let form = urlencoded(&self.form_token, fields);
        self.server.post(page, &self.cookie, &form).await
    }

    fn company(&self) -> &Company<Test> {
        &self.server.stage.players[0].company
    }

    async fn stored(&self) -> BTreeMap<SecretName, Vec<u8>> {
        let (mut found, vault) = (BTreeMap::new(), &self.server.stage.app.safe.vault);
        for name in SecretName::ALL {
            let secret = self.company().ledger.secret(name, vault).await.unwrap();
            found.extend(secret.map(|secret| (name, secret.expose().clone())));
        }
        found
    }

    /// A token of this company that KSeF takes.
    fn token(&self, permissions: &[Permission]) -> String {
        let nip = self.company().profile.nip;
        let sandbox = self.server.stage.ksef.sandbox();
        sandbox.create_token(nip, permissions.iter().copied()).expose().clone()
    }

    /// A certificate of this company and its key, in PEM.
    fn certificate(&self) -> (String, String) {
        let certificate = TestCertificate::seal(self.company().profile.nip);
        let made = certificate.build(KeyKind::P256, self.company().now()).unwrap();
        (made.certificate_pem(), made.key_pem().expose().clone())
    }
}

/// What an owner enters to log in with this certificate and its key from now on.
fn with_certificate((certificate, key): &(String, String)) -> [(&str, &str); 4] {
    let method = ("method", "certificate");
    [("environment", "TEST"), method, ("certificate", certificate), ("private_key", key)]
}

const BOTH: [Permission; 2] = [Permission::InvoiceRead, Permission::InvoiceWrite];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blank_keeps_a_value_replaces_and_a_switch_discards() {
    let owner = Owner::anna().await;
    let tokens = [String::new(), owner.token(&BOTH), owner.token(&BOTH), "no|token".to_owned()];
    let none = (String::new(), String::new());
    let certificates = [none, owner.certificate(), owner.certificate()];
    let mut model = owner.stored().await;
    let mut seed = SEED;
    let mut choose = |count: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % count
    };
    let (mut saved, mut refused) = (0, 0);
    for _ in 0..60 {
        let method = LoginMethod::ALL[choose(2)];
        let token = &tokens[choose(tokens.len())];
        let (certificate, key) = &certificates[choose(certificates.len())];
        let fields = [
            ("environment", "TEST"),
            ("method", method.code()),
            ("ksef_token", token),
            ("certificate", certificate),
            ("private_key", key),
        ];
        let answer = owner.connect(&fields, b"").await;
        let entered = [
            (SecretName::KsefToken, token),
            (SecretName::Certificate, certificate),
            (SecretName::PrivateKey, key),
        ];
        let mut expected = model.clone();
        expected.retain(|name, _| name.method() == method);
        let entered = entered.into_iter().filter(|(_, text)| !text.is_empty());
        let mut is_sound = token != "no|token";
        for (name, text) in entered {
            is_sound &= name.method() == method;
            expected.insert(name, text.trim().as_bytes().to_vec());
        }
        is_sound &= method.required().iter().all(|name| expected.contains_key(name));
        if is_sound {
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(&answer));
            model = expected;
            saved += 1;
        } else {
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            refused += 1;
        }
        assert_eq!(owner.stored().await, model);
        let page =
            text(&answer) + &text(&owner.server.get("/settings/connection", &owner.cookie).await);
        for secret in tokens.iter().chain(certificates.iter().map(|(_, key)| key)) {
            assert!(secret.is_empty() || !page.contains(secret.trim()), "a secret is shown");
        }
    }
    assert!(saved > 10 && refused > 10, "{saved} saved, {refused} refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ksef_refuses_changes_nothing_and_says_why() {
    let owner = Owner::anna().await;
    let changes = owner.company().ledger.setting_changes().await.unwrap();
    let foreign = owner.server.stage.ksef.sandbox();
    let foreign = foreign.create_token("7012345671".parse().unwrap(), BOTH).expose().clone();
    let (certificate, key) = owner.certificate();
    let (_, other_key) = owner.certificate();
    let token = |token| vec![("method", "ksef_token"), ("ksef_token", token)];
    let signed = |certificate, key| {
        vec![("method", "certificate"), ("certificate", certificate), ("private_key", key)]
    };
    for (mut fields, says) in [
        (token(&foreign), "450"),
        (token("with blanks in it"), "token"),
        (signed(&certificate, ""), ""),
        (signed(&certificate, &other_key), "does not belong"),
        (signed("nothing", &key), "PEM or DER"),
    ] {
        fields.push(("environment", "TEST"));
        let answer = owner.connect(&fields, b"").await;
        let page = text(&answer);
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        assert!(page.contains("Nic nie zapisano.") && page.contains(says), "{says}: {page}");
    }
    let answer = owner.connect(&[("method", "certificate")], b"no archive").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(owner.company().ledger.setting_changes().await.unwrap(), changes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_takes_the_place_of_a_token_and_its_end_is_shown() {
    let owner = Owner::anna().await;
    let identity = owner.certificate();
    let fields = with_certificate(&identity);
    assert_eq!(owner.connect(&fields, b"").await.status(), StatusCode::SEE_OTHER);
    let connection = owner.company().ledger.connection().await.unwrap().unwrap();
    assert_eq!(connection.method(), LoginMethod::Certificate);
    assert!(matches!(connection.status(), ConnectionStatus::Working { .. }));
    assert!(connection.expires_at().is_some());
    assert!(!owner.stored().await.contains_key(&SecretName::KsefToken));
    let page = text(&owner.server.get("/settings/connection", &owner.cookie).await);
    assert!(page.contains("Połączenie działa") && page.contains("2028-11-1"), "{page}");
}

/// What `openssl` makes of a certificate and its key.
fn archive_of((certificate, key): &(String, String), password: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("certificate.pem"), certificate).unwrap();
    fs::write(folder.path().join("key.pem"), key).unwrap();
    let exported = Command::new("openssl")
        .args(["pkcs12", "-export", "-in", "certificate.pem", "-inkey", "key.pem"])
        .args(["-out", "archive.p12", "-passout", &format!("pass:{password}")])
        .current_dir(&folder)
        .status();
    assert!(exported.unwrap().success());
    fs::read(folder.path().join("archive.p12")).unwrap()
}

/// Whether a file of the ledgers has these bytes in it.
fn is_on_disk(server: &Server, bytes: &[u8]) -> bool {
    let files = fs::read_dir(server.stage.folder.join("ledger")).unwrap();
    let mut contents = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    contents.any(|content| content.windows(bytes.len()).any(|part| part == bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_and_its_password_log_in_and_an_invoice_is_sent_with_them() {
    const PASSWORD: &str = "zażółć ' 1";
    let owner = Owner::anna().await;
    let identity = owner.certificate();
    let archive = archive_of(&identity, PASSWORD);
    let connect = async |password| {
        let fields = [
            ("environment", "TEST"),
            ("method", "certificate"),
            ("private_key_password", password),
        ];
        owner.connect(&fields, &archive).await
    };
    for wrong in ["", "another"] {
        let answer = connect(wrong).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(text(&answer).contains("Nic nie zapisano."));
    }
    let answer = connect(PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(&answer));
    let stored = owner.stored().await;
    assert_eq!(stored[&SecretName::PrivateKey], archive);
    assert_eq!(stored[&SecretName::PrivateKeyPassword], PASSWORD.as_bytes());
    let pem = ksef_client::xades::SigningKey::new(identity.0.as_bytes(), identity.1.as_bytes());
    let certificate = pem.unwrap().certificate().as_der().to_vec();
    assert_eq!(stored[&SecretName::Certificate], certificate);
    for (name, secret) in &stored {
        assert!(!is_on_disk(&owner.server, secret), "{name:?} is not sealed");
    }
    let company = owner.server.company().await;
    let connection = company.ledger.connection().await.unwrap().unwrap();
    assert!(matches!(connection.status(), ConnectionStatus::Working { .. }));
    owner.server.announce(0..1).await;
    work_until(&owner.server, &company, is_accepted).await;
    assert_eq!(owner.server.stage.ksef.sandbox().accepted().len(), 1);
}

/// Workers that run take the certificate over, and nothing waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_token_to_a_certificate_invoices_go_on_all_the_time() {
    let owner = Owner::anna().await;
    let page = text(&owner.server.get("/settings/connection", &owner.cookie).await);
    assert!(page.contains("to-certificate"), "the page says how: {page}");
    let (end, ended) = watch::channel(());
    let working = tokio::spawn(serve::work(Arc::clone(&owner.server.stage.app), ended));
    let identity = owner.certificate();
    let fields = with_certificate(&identity);
    // Before, while it is changed, and afterwards; 50 is what ten times the online path sends.
    let (announced, changed) = tokio::join!(
        async {
            for begin in (0..50).step_by(5) {
                owner.server.announce(begin..begin + 5).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        },
        async {
            tokio::time::sleep(Duration::from_millis(450)).await;
            owner.connect(&fields, b"").await
        },
    );
    let () = announced;
    assert_eq!(changed.status(), StatusCode::SEE_OTHER, "{}", text(&changed));
    let ledger = &owner.company().ledger;
    let began = Instant::now();
    while ledger.counts().await.unwrap().of(SubmissionStatus::Accepted) < 50 {
        assert!(began.elapsed() < Duration::from_secs(120), "they are not accepted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(end);
    working.await.unwrap();
    assert_eq!(owner.server.stage.ksef.sandbox().accepted().len(), 50, "each once");
    let method = ledger.connection().await.unwrap().unwrap().method();
    assert_eq!(method, LoginMethod::Certificate);
    for number in 1..=50 {
        let id = ledger.submission_id(number).await.unwrap();
        let put_off = format!("{:?}", ledger.timeline(id).await.unwrap());
        assert!(!put_off.contains("no_login"), "{put_off}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_that_a_token_lacks_are_shown() {
    let owner = Owner::anna().await;
    let token = owner.token(&[Permission::InvoiceRead]);
    let fields = [("environment", "TEST"), ("method", "ksef_token"), ("ksef_token", &*token)];
    assert_eq!(owner.connect(&fields, b"").await.status(), StatusCode::SEE_OTHER);
    let page = text(&owner.server.get("/settings/connection", &owner.cookie).await);
    assert!(page.contains("InvoiceWrite"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_needs_the_nip_typed_and_is_not_made_without_it() {
    let owner = Owner::anna().await;
    let scopes = owner.server.stage.app.safe.scopes().await.unwrap();
    let token = owner.token(&BOTH);
    for typed in ["", "7012345671", "526-587-76-35", "5265877636"] {
        let fields = [
            ("environment", "PRODUCTION"),
            ("typed_nip", typed),
            ("method", "ksef_token"),
            ("ksef_token", token.as_str()),
        ];
        let answer = owner.connect(&fields, b"").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&answer).contains("Wpisany NIP"), "{}", text(&answer));
    }
    assert_eq!(owner.server.stage.app.safe.scopes().await.unwrap(), scopes);
    let page = text(&owner.server.get("/settings/connection", &owner.cookie).await);
    assert!(page.contains("value=\"TEST\" checked"), "TEST stays chosen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_is_another_company_that_files_from_now_on_with_system_certificates() {
    let owner = Owner::anna().await;
    let app = &owner.server.stage.app;
    let nothing = owner.save("/settings/environment", &[("environment", "PRODUCTION")]).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    let (decision, now) = (Decision::new("anna", "to production").unwrap(), owner.company().now());
    let from = Scope::new(owner.company().ledger.tenant(), Environment::Test);
    let scope = Scope::new(from.tenant(), Environment::Production);
    let from = app.company(from).unwrap();
    let there: Tenant<Production> =
        Tenant::open(&*app.safe.registry, scope.tenant()).await.unwrap();
    let luggage = luggage(&from).await.unwrap();
    enter(app, &there, &luggage, now, (&decision, now)).await.unwrap();
    app.reload().await.unwrap();
    assert!(app.company(scope).is_none(), "it is no company before it has its profile");
    there.change_profile(0, &luggage.profile, &decision, now).await.unwrap();
    app.reload().await.unwrap();
    let Some(AnyCompany::Production(served)) = app.company(scope) else { panic!("not open") };
    assert_eq!(served.company.files_from, Some(now));
    assert_eq!(served.company.profile, owner.company().profile);
    assert!(!served.company.ksef.is_connected() && served.webhook.is_none());

    let there = owner.save("/settings/environment", &[("environment", "PRODUCTION")]).await;
    assert_eq!(there.status(), StatusCode::SEE_OTHER);
    let page = text(&owner.server.get("/log", &owner.cookie).await);
    assert!(!page.contains("<strong>TEST</strong>") && page.contains("Brak połączenia"), "{page}");
    let answer = owner.save("/settings/stripe", &[("key", "rk_test_0123")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let jan = owner.server.log_in("jan").await;
    assert!(!text(&owner.server.get("/log", &jan).await).contains("<strong>TEST</strong>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_for_programs_is_shown_once_and_ends_the_one_before() {
    let owner = Owner::anna().await;
    let page = text(&owner.save("/settings/company/api-key", &[]).await);
    let (_, rest) = page.split_once("<code>ksef_").unwrap();
    let key = format!("ksef_{}", rest.split_once('<').unwrap().0);
    let ask = async |key: &str| {
        let headers = vec![("authorization", format!("Bearer {key}"))];
        let ask = Ask { headers, ..Ask::default() };
        owner.server.ask(Method::POST, "/api/documents", ask).await.status()
    };
    assert_eq!(ask(&key).await, StatusCode::BAD_REQUEST, "known, without an Idempotency-Key");
    let before = owner.server.stage.api_keys[0].expose();
    assert_eq!(ask(before).await, StatusCode::NOT_FOUND);
    let page = text(&owner.server.get("/settings/company", &owner.cookie).await);
    assert!(!page.contains(&key));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_to_live_payments_go_with_production_alone_and_blank_keeps() {
    let owner = Owner::anna().await;
    let vault = &owner.server.stage.app.safe.vault;
    let stored = async |name| {
        let ledger = &owner.company().ledger;
        ledger.application_secret(name, vault).await.unwrap().unwrap().expose().clone()
    };
    let key = stored(settings::STRIPE_KEY).await;
    for live in ["rk_live_0123", "sk_live_0123", "pk_test_0123"] {
        let answer = owner.save("/settings/stripe", &[("key", live)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{live}");
    }
    assert_eq!(stored(settings::STRIPE_KEY).await, key);
    let fields = [("account", "acct_1"), ("key", " "), ("webhook_secrets", "whsec_a\nwhsec_b")];
    let answer = owner.save("/settings/stripe", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(stored(settings::STRIPE_KEY).await, key);
    assert_eq!(stored(settings::WEBHOOK_SECRETS).await, b"whsec_a\nwhsec_b");
    let page = text(&owner.server.get("/settings/stripe", &owner.cookie).await);
    assert!(page.contains("acct_1") && !page.contains("whsec_a"), "{page}");
    let status = FaultKind::Status { status: 401, code: "invalid_api_key".to_owned() };
    owner.server.stage.players[0].stripe.add_fault(Fault::new(status));
    let answer = owner.save("/settings/stripe", &[("key", "rk_test_new")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stored(settings::STRIPE_KEY).await, key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_stripe_needs_four_rights_and_the_one_that_it_lacks_is_named() {
    const RIGHTS: [&str; 4] = ["invoice_read", "credit_note_read", "tax_rate_read", "event_read"];
    let owner = Owner::anna().await;
    let stripe = &owner.server.stage.players[0].stripe;
    let page = text(&owner.server.get("/settings/stripe", &owner.cookie).await);
    for right in ["Invoices", "Credit notes", "Tax rates", "Events"] {
        assert!(page.contains(right), "{right}: {page}");
    }
    for missing in RIGHTS {
        stripe.restrict_key(RIGHTS.into_iter().filter(|right| *right != missing));
        let answer = owner.save("/settings/stripe", &[("key", "rk_test_new")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{missing}");
        assert!(text(&answer).contains(missing), "{}", text(&answer));
    }
    // And no other: with these alone everything is done.
    stripe.restrict_key(RIGHTS);
    let answer = owner.save("/settings/stripe", &[("key", "rk_test_new")]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(&answer));
    let company = owner.server.company().await;
    company.sweep(company.now()).await.unwrap();
    owner.server.announce(0..1).await;
    work_until(&owner.server, &company, is_accepted).await;
    assert_eq!(owner.server.stage.ksef.sandbox().accepted().len(), 1);
}

/// Whether the ledger has a reference alone, without the app's store at hand.
async fn is_outside(owner: &Owner) -> bool {
    let vault = &owner.server.stage.app.safe.vault;
    match owner.company().ledger.secret(SecretName::KsefToken, vault).await {
        Ok(secret) => {
            assert!(secret.is_some());
            false
        }
        Err(error) => {
            assert!(matches!(error, ksef_audit::Error::Unsupported { .. }), "{error}");
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_app_of_stripe_the_token_lives_in_its_store_as_long_as_there_is_room() {
    const KEY: &str = "\n[stripe_app]\ntest_key = { file = \"app-key.txt\" }\n";
    let server = Server::start().await;
    crate::command::private(&server.stage.folder.join("app-key.txt"), "rk_test_app").unwrap();
    let owner = Owner::of(server.reopened(|text| text + KEY).await).await;
    let stripe = &owner.server.stage.players[0].stripe;
    let token = owner.stored().await[&SecretName::KsefToken].clone();
    let invoice = objects::Sale::Plain.object("FV-2026-0960", 1_763_000_000);
    stripe.put_for("acct_7", invoice).unwrap();
    let (with_app, without) =
        ([("account", "acct_7"), ("has_app", "1")], [("account", "acct_7"), ("key", "rk_test_1")]);
    let save = async |fields: &[(&str, &str)]| {
        let answer = owner.save("/settings/stripe", fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(&answer));
        let company = owner.server.company().await;
        assert!(company.login().await.is_ok(), "it logs in with what is kept");
        company.ksef.log_out().await;
    };
    assert!(!is_outside(&owner).await);
    stripe.restrict_key(["invoice_read", "credit_note_read", "tax_rate_read", "event_read"]);
    let refused = owner.save("/settings/stripe", &with_app).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    stripe.restrict_key([
        "invoice_read",
        "credit_note_read",
        "tax_rate_read",
        "event_read",
        "secret_write",
    ]);
    save(&with_app).await;
    assert!(is_outside(&owner).await);
    let connection = owner.company().ledger.connection().await.unwrap().unwrap();
    assert_eq!(connection.method(), LoginMethod::KsefToken);
    let page = text(&owner.server.get("/settings/stripe", &owner.cookie).await);
    assert!(page.contains("name=\"has_app\" value=\"1\" checked"), "{page}");

    // Whoever leaves the app takes it along, and leaves nothing there.
    save(&without).await;
    assert_eq!(owner.stored().await[&SecretName::KsefToken], token);
    let account = settings::STRIPE.read(&owner.company().ledger).await.unwrap().value.unwrap();
    let app = &owner.server.stage.app;
    let store = app.opening().app_sources::<Test>(&account).unwrap().into_secret_store();
    let key = |tenant| SecretKey::new(tenant, Environment::Test, SecretName::KsefToken.code());
    let own = key(owner.company().ledger.tenant());
    assert!(store.fetch(&own).await.unwrap().is_none());

    // Where there is no room it is sealed here.
    for number in 1..=10 {
        let other = key(TenantId::from_bytes([100 + number; 16]).unwrap());
        store.put(&other, Secret::new(b"another".to_vec())).await.unwrap();
    }
    save(&with_app).await;
    assert_eq!(owner.stored().await[&SecretName::KsefToken], token);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_checked_and_seen_at_once() {
    let owner = Owner::anna().await;
    let fields = |nip, name, policies| {
        [
            ("version", "1"),
            ("policies_version", "1"),
            ("nip", nip),
            ("name", name),
            ("country", "PL"),
            ("address_1", "ul. Nowa 2"),
            ("policies", policies),
        ]
    };
    let bad = [
        fields("5265877636", "Nowa S.A.", ""),
        fields("5265877635", "", ""),
        fields("5265877635", "Nowa S.A.", "{"),
        fields("5265877635", "Nowa S.A.", "{\"policies\":{\"supplies\":\"air\"}}"),
    ];
    for fields in bad {
        let answer = owner.save("/settings/company", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let good = fields("5265877635", "Nowa S.A.", "{\"number_prefix\":\"N-\"}");
    assert_eq!(owner.save("/settings/company", &good).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&owner.server.get("/log", &owner.cookie).await).contains("Nowa S.A."));
    let stale = owner.save("/settings/company", &good).await;
    assert_eq!(stale.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_alone_sees_the_settings() {
    let server = Server::start().await;
    let jan = server.log_in("jan").await;
    for page in ["company", "connection", "stripe"] {
        let path = format!("/settings/{page}");
        assert_eq!(server.get(&path, &jan).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(server.get(&path, "").await.status(), StatusCode::SEE_OTHER);
    }
    let token = server.form_token(&jan).await;
    for page in ["company", "company/api-key", "stripe"] {
        let path = format!("/settings/{page}");
        let answer = server.post(&path, &jan, &format!("form_token={token}&key=rk_test_1")).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_and_go_and_the_last_owner_stays() {
    let owner = Owner::anna().await;
    let change = async |what, name, password| {
        let fields = [("do", what), ("name", name), ("password", password), ("role", "accountant")];
        owner.save("/settings/people", &fields).await.status()
    };
    let (saved, refused) = (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change("add", "piotr", "too short").await, refused);
    assert_eq!(change("add", "ewa", "a long password").await, refused, "she is of another company");
    assert_eq!(change("add", "piotr", "a long password").await, saved);
    let log_in = async |password: &str| {
        let form = format!("name=piotr&password={password}");
        owner.server.post("/login", "", &form).await
    };
    let answer = log_in("a+long+password").await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(owner.server.get("/log", cookie).await.status(), StatusCode::OK);
    assert_eq!(change("password", "piotr", "another password").await, saved);
    assert_eq!(owner.server.get("/log", cookie).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(log_in("a+long+password").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(log_in("another+password").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(change("remove", "piotr", "").await, saved);
    assert_eq!(log_in("another+password").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(change("remove", "anna", "").await, refused);
}
