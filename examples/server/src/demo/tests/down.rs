//! What is down is answered 503, and nothing that was acknowledged is lost.

use std::env;

use ksef_audit::VerifyOptions;

use super::*;

/// Set in the process whose disk is full.
const ROLE: &str = "KSEF_SERVER_TEST_WITH_A_FULL_DISK";

/// How much more the files may grow, in bytes.
const SPACE: u64 = 300_000;

/// How large a file of this process may become; a signal that nobody hears says when it is larger.
fn limit(size: &str) {
    let limited = Command::new("prlimit")
        .arg(format!("--pid={}", std::process::id()))
        .arg(format!("--fsize={size}:"))
        .status();
    assert!(limited.unwrap().success());
}

/// The size of the largest file of the ledgers.
fn largest(server: &Server) -> u64 {
    let files = fs::read_dir(server.stage.folder.join("ledger")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap()
}

#[test]
fn a_full_disk_is_answered_503_and_loses_nothing() {
    let name = "demo::tests::down::a_full_disk_is_answered_503_and_loses_nothing";
    if env::var_os(ROLE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(fill_the_disk());
    } else {
        let mut other = Command::new("sh");
        other.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
        let other = other.args(["--exact", name, "--nocapture"]).env(ROLE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&other.stdout);
        assert!(other.status.success() && said.contains("1 passed"), "{said}");
    }
}

async fn fill_the_disk() {
    let server = Server::with_the_day().await;
    let router = crate::web::router(Arc::clone(&server.stage.app));
    let company = &server.stage.players[0].company;
    let key = server.stage.api_keys[0].expose().clone();
    let hand_in = async |number: usize| {
        let request = Request::post("/api/documents").header("idempotency-key", number.to_string());
        let request = request.header("authorization", format!("Bearer {}", key.trim()));
        // What is no invoice is recorded as that, and takes as much space.
        let body = format!("<Faktura>{number} {}</Faktura>", "x".repeat(20_000));
        answer(&router, request.body(body.into_bytes()).unwrap()).await
    };
    let before = server.recorded().await[0];
    limit(&(largest(&server) + SPACE).to_string());
    let mut acknowledged = 0;
    let refused = loop {
        let answer = hand_in(acknowledged).await;
        if answer.status() != StatusCode::UNPROCESSABLE_ENTITY {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 1_000, "the disk was never full");
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "60");
    limit("0");
    // Stripe is told to come again.
    let first = &server.stage.players[0];
    let row = first.cast.day.iter().find(|row| row.number == NEVER_ARRIVES).unwrap();
    let delivery = first.event(row, &first.secret, &server.stage.clock).unwrap();
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    let told = server.deliver(&path, delivery.clone()).await;
    assert_eq!(told, StatusCode::SERVICE_UNAVAILABLE);

    limit("unlimited");
    assert_eq!(hand_in(acknowledged).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.deliver(&path, delivery).await, StatusCode::OK);
    let recorded = server.recorded().await[0] - before;
    println!("{acknowledged} documents before the disk was full");
    assert!(acknowledged > 0);
    assert_eq!(recorded, u64::try_from(acknowledged).unwrap() + 2);
    let verified = company.ledger.verify(&VerifyOptions::default()).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
}
