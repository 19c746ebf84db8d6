//! Documents in an object store.

use ksef_audit::{First, VerifyOptions};

use super::super::objects::Sale;
use super::abuse::work_until;
use super::refused::is_accepted;
use super::*;

/// A valid invoice of more than 64 KiB: additional descriptions make it as large as one likes.
async fn large_invoice(company: &Company<Test>) -> Vec<u8> {
    let at = company.now().as_unix_milliseconds() / 1000;
    let object = Sale::Plain.object("FV-2026-0950", at).to_string();
    let first = company.map(STRIPE_INVOICE, object.as_bytes(), None).await.unwrap();
    let First::Prepared(prepared) = first else { panic!("{first:?}") };
    let xml = String::from_utf8(prepared.xml.as_bytes().to_vec()).unwrap();
    let more: String = (0..400)
        .map(|number| {
            let value = "x".repeat(200);
            format!(
                "<DodatkowyOpis><Klucz>{number}</Klucz><Wartosc>{value}</Wartosc></DodatkowyOpis>"
            )
        })
        .collect();
    xml.replacen("<FaWiersz>", &format!("{more}<FaWiersz>"), 1).into_bytes()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_documents_are_in_the_object_store_and_are_downloaded_and_verified() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let app = server
        .app_with(|text| format!("documents = \"file://{}\"\n{text}", folder.path().display()))
        .await;
    let Some(AnyCompany::Test(served)) = app.companies().first().cloned() else { panic!("TEST") };
    let (company, router) = (&served.company, crate::web::router(Arc::clone(&app)));
    let xml = large_invoice(company).await;
    assert!(xml.len() > 64 * 1024);
    let request = Request::post("/api/documents").header("idempotency-key", "large");
    let key = server.stage.api_keys[0].expose();
    let request = request.header("authorization", format!("Bearer {}", key.trim()));
    let answered = answer(&router, request.body(xml.clone()).unwrap()).await;
    assert_eq!(answered.status(), StatusCode::ACCEPTED, "{}", text(&answered));
    work_until(&server, company, is_accepted).await;

    let id = company.ledger.submission_id(1).await.unwrap();
    let row = company.ledger.row(id).await.unwrap();
    let digest = row.digest.unwrap().to_hex();
    let stored = files(folder.path());
    let object = stored.iter().find(|file| file.ends_with(&digest)).unwrap();
    assert_eq!(fs::read(object).unwrap(), xml);
    let in_database = files(&server.stage.folder.join("ledger"));
    let mut in_database = in_database.iter().map(|file| fs::read(file).unwrap());
    let part = &xml[xml.len() / 2..xml.len() / 2 + 1_000];
    assert!(!in_database.any(|file| file.windows(part.len()).any(|found| found == part)));

    let (_, _, password) = server.stage.logins.iter().find(|(name, ..)| name == "anna").unwrap();
    let form = format!("name=anna&password={password}").into_bytes();
    let login = answer(&router, Request::post("/login").body(form).unwrap()).await;
    let cookie = login.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let get = async |path: &str| {
        let request = Request::get(path).header(header::COOKIE, cookie.split(';').next().unwrap());
        answer(&router, request.body(Vec::new()).unwrap()).await
    };
    assert_eq!(*get("/documents/1/invoice.xml").await.body(), xml);
    assert!(text(&get("/documents/1/upo.xml").await).contains("Potwierdzenie"));
    assert!(get("/export/evidence.zip").await.body().starts_with(b"PK"));
    let verify = async || company.ledger.verify(&VerifyOptions::default()).await.unwrap();
    let verified = verify().await;
    assert!(verified.is_clean() && verified.documents > 0, "{:?}", verified.findings);
    // What is not there any more is not shown, and is found out.
    fs::remove_file(object).unwrap();
    assert!(!get("/documents/1/invoice.xml").await.status().is_success());
    assert!(!verify().await.is_clean());
}
