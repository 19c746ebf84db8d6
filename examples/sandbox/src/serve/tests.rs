use std::time::Duration;

use ksef_core::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::test_support::config;
use crate::{Fault, FaultKind, Handle, Operation, Sandbox};

const CHALLENGE: &str = "POST /v2/auth/challenge HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST_CHALLENGE: &str =
    "POST /v2/auth/challenge HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn start() -> Handle {
    Sandbox::start(config()).await.unwrap()
}

/// Everything that is answered until the connection ends.
async fn exchange(handle: &Handle, text: &str) -> String {
    let mut stream = TcpStream::connect(handle.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // The other side may have closed while something was still unread.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_dropped_connection_ends_without_a_byte() {
    let handle = start().await;
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
        handle.sandbox().clear_faults();
        handle.sandbox().add_fault(Fault::always(kind));
        assert_eq!(exchange(&handle, CHALLENGE).await, "");
    }
    handle.sandbox().clear_faults();
    assert!(exchange(&handle, LAST_CHALLENGE).await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_held_back_for_its_time() {
    let handle = start().await;
    let fault = Fault::always(FaultKind::Delay { milliseconds: 20_000 });
    handle.sandbox().add_fault(fault.at(Operation::AuthenticationChallenge));
    let before = Instant::now();
    assert!(exchange(&handle, LAST_CHALLENGE).await.starts_with("HTTP/1.1 200 OK\r\n"));
    let waited = before.elapsed();
    assert!((20..21).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test]
async fn several_requests_share_a_connection() {
    let handle = start().await;
    let answers = exchange(&handle, &[CHALLENGE, CHALLENGE, LAST_CHALLENGE].concat()).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
}

#[tokio::test]
async fn requests_for_the_real_host_are_answered() {
    let handle = start().await;
    for target in ["/v2/auth/challenge", "http://api-test.ksef.mf.gov.pl/v2/auth/challenge"] {
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: api-test.ksef.mf.gov.pl\r\nConnection: close\r\n\r\n"
        );
        assert!(exchange(&handle, &request).await.starts_with("HTTP/1.1 200 OK\r\n"), "{target}");
    }
}

#[tokio::test]
async fn the_links_lead_to_the_public_url() {
    let public_url = Some("http://ksef-sandbox.test:8090/".to_owned());
    let handle = Sandbox::start(crate::Config { public_url, ..config() }).await.unwrap();
    assert_eq!(handle.base_url(), "http://ksef-sandbox.test:8090");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let handle = start().await;
    let request =
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(1_000_000));
    let mut stream = TcpStream::connect(handle.address()).await.unwrap();
    // It may be refused before it has been sent.
    let _ = stream.write_all(request.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(exchange(&handle, LAST_CHALLENGE).await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_sent() {
    let handle = start().await;
    let request = "PUT /storage/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101000001\r\n\r\n";
    assert!(exchange(&handle, request).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_ends_its_head_is_left() {
    let handle = start().await;
    let before = Instant::now();
    exchange(&handle, "GET / HTTP/1.1\r\nHost: loc").await;
    assert_eq!(before.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_ends_its_body_is_left() {
    let handle = start().await;
    let before = Instant::now();
    let request =
        "POST /v2/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    assert!(exchange(&handle, request).await.starts_with("HTTP/1.1 408 "));
    assert_eq!(before.elapsed().as_secs(), 300);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_no_request() {
    let handle = start().await;
    let mut stream = TcpStream::connect(handle.address()).await.unwrap();
    let request =
        "POST /v2/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    rest(&mut stream).await;
    assert_eq!(handle.sandbox().0.world().challenges.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_is_under_way_and_ends_idle_connections() {
    let handle = start().await;
    let mut idle = TcpStream::connect(handle.address()).await.unwrap();
    idle.write_all(CHALLENGE.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();

    handle.sandbox().add_fault(Fault::always(FaultKind::Delay { milliseconds: 5_000 }));
    let mut busy = TcpStream::connect(handle.address()).await.unwrap();
    busy.write_all(CHALLENGE.as_bytes()).await.unwrap();
    let sandbox = handle.sandbox().clone();
    while sandbox.faults()[0].fired == 0 {
        tokio::task::yield_now().await;
    }
    let (answer, ()) = tokio::join!(rest(&mut busy), handle.stop());
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    rest(&mut idle).await;
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_ever() {
    let handle = start().await;
    handle.sandbox().add_fault(Fault::always(FaultKind::Delay { milliseconds: 3_600_000 }));
    let mut busy = TcpStream::connect(handle.address()).await.unwrap();
    busy.write_all(CHALLENGE.as_bytes()).await.unwrap();
    let sandbox = handle.sandbox().clone();
    while sandbox.faults()[0].fired == 0 {
        tokio::task::yield_now().await;
    }
    let before = Instant::now();
    handle.stop().await;
    assert_eq!(before.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let handle = start().await;
    let taken = crate::Config { listen: handle.address(), ..config() };
    let refused = Sandbox::start(taken).await;
    assert!(matches!(refused, Err(crate::StartError::Listen(_))));
}

#[tokio::test]
async fn the_clock_of_the_handle_is_that_of_the_server() {
    let handle = start().await;
    handle.sandbox().advance(Duration::from_secs(60));
    let shown = handle.sandbox().now();
    assert_eq!(shown, handle.sandbox().0.clock.now());
    let answer =
        exchange(&handle, "GET /sandbox/clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.await.contains(&shown.to_string()));
}
