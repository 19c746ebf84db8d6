//! One request over a socket of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use ksef_sandbox::Dropped;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is answered; a connection that ends without a whole answer was dropped.
pub(super) fn exchange(
    address: SocketAddr,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Dropped> {
    let answer = send(address, request).map_err(|_| Dropped)?;
    parse(&answer).ok_or(Dropped)
}

fn send(address: SocketAddr, request: &Request<Bytes>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: {address}\r\n", request.method());
    head.push_str("Connection: close\r\n");
    head.push_str(&format!("Content-Length: {}\r\n", request.body().len()));
    let mut bytes = head.into_bytes();
    for (name, value) in request.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    // A server that refuses a long body answers and closes before it has read it.
    let sent = stream.write_all(&bytes);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => Err(error),
        _ if answer.is_empty() => sent.map(|()| answer),
        _ => Ok(answer),
    }
}

/// An answer with `Content-Length`, or without a body.
fn parse(answer: &[u8]) -> Option<Response<Bytes>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = (answer.get(..end)?, answer.get(end + 4..)?);
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status.try_into().ok()?;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.parse().ok()?;
        response.headers_mut().append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    let length = response.headers().get("content-length")?.to_str().ok()?;
    (length.parse() == Ok(body.len())).then_some(response)
}
