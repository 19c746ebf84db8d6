//! Just enough HTTP: one connection that is kept open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::Failure;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The cookie that it sets, if it sets one.
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// To a base URL without a path.
    pub(crate) fn open(base_url: &str) -> Result<Self, Failure> {
        let host = base_url.strip_prefix("http://").ok_or("the base URL is http")?.to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host })
    }

    pub(crate) fn ask(
        &mut self,
        method: &str,
        target: &str,
        (name, value): (&str, &str),
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\n{name}: {value}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&request)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer, Failure> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut answer = Answer { status, ..Answer::default() };
        let mut length = Some(0);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse()?),
                "transfer-encoding" => length = None,
                "set-cookie" => answer.cookie = value.trim().split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        match length {
            Some(length) => self.read(length, &mut answer.body)?,
            None => self.chunks(&mut answer.body)?,
        }
        Ok(answer)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<(), Failure> {
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            self.read(length, body)?;
            self.line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    fn read(&mut self, length: usize, body: &mut Vec<u8>) -> Result<(), Failure> {
        let before = body.len();
        body.resize(before + length, 0);
        self.stream.read_exact(body.get_mut(before..).unwrap_or_default())?;
        Ok(())
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the connection ended".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
