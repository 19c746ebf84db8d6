//! One request over a socket of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use ksef_sandbox::Dropped;

/// A longer body is not sent before the server wants it, since it may be refused for its length.
const LONG: usize = 1_000_000;

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
    if request.body().len() > LONG {
        bytes.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    stream.write_all(&bytes)?;
    let mut answer = Vec::new();
    if request.body().len() > LONG {
        let mut first = [0; 1024];
        let length = stream.read(&mut first)?;
        answer.extend_from_slice(first.get(..length).unwrap_or_default());
        if !answer.starts_with(b"HTTP/1.1 100 ") {
            stream.read_to_end(&mut answer)?;
            return Ok(answer);
        }
        answer.clear();
    }
    stream.write_all(request.body())?;
    stream.read_to_end(&mut answer)?;
    Ok(answer)
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
    let length = match response.headers().get("content-length") {
        Some(length) => length.to_str().ok()?.parse().ok()?,
        None => 0,
    };
    (body.len() == length).then_some(response)
}
