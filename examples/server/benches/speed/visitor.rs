//! Somebody who looks at pages.

use crate::Failure;
use crate::company::{OWNER_NAME, PASSWORD};
use crate::http::Connection;

#[derive(Debug)]
pub(crate) struct Visitor {
    connection: Connection,
    cookie: String,
}

impl Visitor {
    pub(crate) fn log_in(mut connection: Connection) -> Result<Self, Failure> {
        let form = format!("name={OWNER_NAME}&password={}", PASSWORD.replace(' ', "+"));
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let answer = connection.ask("POST", "/login", kind, form.as_bytes())?;
        let cookie = answer.cookie.ok_or("the login was refused")?;
        Ok(Self { connection, cookie })
    }

    /// The page at this address.
    pub(crate) fn page(&mut self, path: &str) -> Result<Vec<u8>, Failure> {
        let answer = self.connection.ask("GET", path, ("Cookie", &self.cookie), &[])?;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(format!("{path} was answered {}", answer.status).into())
        }
    }
}
