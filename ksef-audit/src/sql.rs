//! What the backends over SQL have in common: columns, filters, the order of the lines.
//!
//! Statements number their parameters as `$1`, which SQLite and PostgreSQL both read.

pub(crate) mod many;
pub(crate) mod plan;
pub(crate) mod row;
pub(crate) mod search;
pub(crate) mod writer;

use ksef_core::Timestamp;

use crate::Error;
use crate::store::{Content, NewDocument, SealedKey};

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Integer(i64),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A number as a parameter.
pub(crate) fn number(number: u64) -> Value {
    Value::Integer(integer(number))
}

/// A text as a parameter.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(Some(text.to_owned()))
}

/// A moment as a parameter.
pub(crate) fn moment(at: Option<Timestamp>) -> Value {
    Value::Text(at.map(|at| at.to_string()))
}

/// The columns of a document: its digest, its kind, its bytes where it is kept with the rows.
pub(crate) fn document(document: &NewDocument) -> [Value; 3] {
    let digest = Value::Bytes(Some(document.digest.as_bytes().to_vec()));
    let bytes = match &document.content {
        Content::Inline(bytes) => Some(bytes.to_vec()),
        Content::Elsewhere => None,
    };
    [digest, text(document.kind.as_str()), Value::Bytes(bytes)]
}

/// The columns of the key of a session: the session, its sealed key.
pub(crate) fn session_key(key: &SealedKey) -> [Value; 2] {
    [text(key.session.as_str()), Value::Bytes(Some(key.sealed.clone()))]
}

/// A statement in the making, whose parts are texts of this crate and whose values are parameters.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn value(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.value(Value::Text(Some(text.into())))
    }
}

/// The integers of the databases are signed; nothing here is negative, and nothing grows beyond.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as a database has it. Nothing here is negative unless somebody made it so.
pub(crate) fn unsigned(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Damaged { finding: "a number is negative" })
}

/// Binds the values to a statement of either database, in their order.
macro_rules! bind_values {
    ($statement:expr, $values:expr) => {{
        let mut statement = $statement;
        for value in $values {
            statement = match value {
                crate::sql::Value::Integer(integer) => statement.bind(integer),
                crate::sql::Value::Text(text) => statement.bind(text),
                crate::sql::Value::Bytes(bytes) => statement.bind(bytes),
            };
        }
        statement
    }};
}

pub(crate) use bind_values;
