//! The edge: what comes over a socket is what is answered, and what cannot be answered ends properly.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use ksef_core::submission::simulation::Random;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::sandbox::Compression;
use ksef_tests::sandbox::{CheckedSandbox, InvoiceText, NIP, Package, request};
use ksef_tests::suite::Failed;

pub(crate) fn carry_what_is_answered() -> Result<(), Failed> {
    let checked = CheckedSandbox::behind_a_socket(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    client.deliver(&session, InvoiceText::new("1").as_bytes())?;
    let large = InvoiceText::new("2").longer_by(900_000);
    client.deliver(&session, large.as_bytes())?;
    let package = Package::new(Compression::TarGz, [("1.xml", InvoiceText::new("3").as_bytes())])?;
    let batch = client.send_batch(&package.order(&checked, 1)?)?;
    for session in [&session, &batch] {
        for invoice in client.invoices(session)? {
            let link = invoice.get("upoDownloadUrl").and_then(|link| link.as_str());
            checked.follow(link.ok_or("no receipt")?)?.expect(200)?;
        }
    }
    refusals(&checked)?;
    faults(&checked)?;
    if checked.sandbox().accepted().len() != 3 {
        return Err("not everything was accepted, or more".into());
    }
    checked.verdict()?;
    Ok(())
}

fn refusals(checked: &CheckedSandbox) -> Result<(), Failed> {
    checked.ask(&request("PUT", "/auth/challenge", None, None)?)?.expect(405)?;
    checked.ask(&request("GET", "/nothing", None, None)?)?.expect(404)?;
    checked.ask(&request("GET", "/sessions/nothing", None, None)?)?.expect(401)?;
    // A body that is longer than anything that KSeF takes is refused before it is read.
    let long = Request::post("/v2/auth/ksef-token").header("content-type", "application/json");
    checked.ask(&long.body(Bytes::from(vec![b' '; 101_000_001]))?)?.expect(413)?;
    checked.challenge()?;
    Ok(())
}

fn faults(checked: &CheckedSandbox) -> Result<(), Failed> {
    let challenge = request("POST", "/auth/challenge", None, None)?;
    let at_challenge = |kind| Fault::always(kind).at(Operation::AuthenticationChallenge).times(1);
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
        checked.sandbox().add_fault(at_challenge(kind));
        if checked.send(&challenge).is_ok() {
            return Err("the connection was not dropped".into());
        }
    }
    checked.sandbox().add_fault(at_challenge(FaultKind::Delay { milliseconds: 300 }));
    let asked = Instant::now();
    checked.ask(&challenge)?.expect(200)?;
    if asked.elapsed() < Duration::from_millis(300) {
        return Err("the answer was not held back".into());
    }
    Ok(())
}

/// Bytes that are no request, requests that never end, and connections that do nothing.
pub(crate) fn survive_whatever_comes() -> Result<(), Failed> {
    let checked = CheckedSandbox::behind_a_socket(|_| {})?;
    let address = checked.address().ok_or("there is no socket")?;
    let mut random = Random::new(1);
    let mut idle = Vec::new();
    let head =
        b"POST /v2/auth/ksef-token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{";
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address)?;
        let length = usize::try_from(random.below(300))?;
        let bytes: Vec<u8> = match random.below(3) {
            0 => (0..length).map(|_| random.bits().to_le_bytes()[0]).collect(),
            1 => head.iter().copied().take(length).collect(),
            _ => head
                .iter()
                .map(|byte| if random.happens(50) { random.bits().to_le_bytes()[0] } else { *byte })
                .collect(),
        };
        // It may be refused before it has been sent.
        let _ = stream.write_all(&bytes);
        if random.happens(500) {
            idle.push(stream);
        }
    }
    let client = checked.log_in(NIP)?;
    client.deliver(&client.open()?, InvoiceText::new("1").as_bytes())?;
    drop(idle);
    checked.verdict()?;
    Ok(())
}
