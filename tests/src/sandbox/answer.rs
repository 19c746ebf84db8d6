//! `Answer`, what a request was answered with.

use bytes::Bytes;
use http::Response;
use libtest_mimic::Failed;
use serde_json::Value;

/// What a request was answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    response: Response<Bytes>,
    json: Value,
}

/// `status` of a login, a session, an invoice or an export.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// `code`.
    pub code: u16,
    /// `description`.
    pub description: String,
    /// `details`, where there are some.
    pub details: Vec<String>,
}

impl Answer {
    /// Reads an answer; a body that is no JSON is `null`.
    #[must_use]
    pub fn of(response: Response<Bytes>) -> Self {
        let json = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Self { response, json }
    }

    /// The status of HTTP.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The body as it is.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.response.body()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The answer, if it has this status.
    ///
    /// # Errors
    ///
    /// When it has another.
    pub fn expect(self, code: u16) -> Result<Self, Failed> {
        if self.code() == code {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(self.body()).into_owned();
        Err(format!("{} instead of {code}: {body}", self.code()).into())
    }

    /// The text at a JSON pointer.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn text(&self, pointer: &str) -> Result<&str, Failed> {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| format!("no text at {pointer} in {}", self.json).into())
    }

    /// The number at a JSON pointer.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn number(&self, pointer: &str) -> Result<i64, Failed> {
        let found = self.json.pointer(pointer).and_then(Value::as_i64);
        found.ok_or_else(|| format!("no number at {pointer} in {}", self.json).into())
    }

    /// The list at a JSON pointer.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn list(&self, pointer: &str) -> Result<&[Value], Failed> {
        let found = self.json.pointer(pointer).and_then(Value::as_array);
        found
            .map(Vec::as_slice)
            .ok_or_else(|| format!("no list at {pointer} in {}", self.json).into())
    }

    /// `status` of what is told about.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn status(&self) -> Result<Status, Failed> {
        let code = u16::try_from(self.number("/status/code")?)?;
        let description = self.text("/status/description")?.to_owned();
        let details = self.json.pointer("/status/details").and_then(Value::as_array);
        let details = details.into_iter().flatten().filter_map(Value::as_str);
        Ok(Status { code, description, details: details.map(str::to_owned).collect() })
    }

    /// The codes of a refusal in its older form: `exceptionCode`.
    #[must_use]
    pub fn exceptions(&self) -> Vec<i64> {
        let list = self.json.pointer("/exception/exceptionDetailList").and_then(Value::as_array);
        let codes = list.into_iter().flatten().map(|exception| exception.get("exceptionCode"));
        codes.flatten().filter_map(Value::as_i64).collect()
    }

    /// That it is status 400 with this code among its exceptions.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn refused_with(self, code: i64) -> Result<Self, Failed> {
        let answer = self.expect(400)?;
        if answer.exceptions().contains(&code) {
            return Ok(answer);
        }
        Err(format!("no exception {code} in {}", answer.json).into())
    }
}
