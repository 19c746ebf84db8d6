//! What goes over the wire: the table of operations and the bodies, private but for the table.

pub(crate) mod auth;
#[cfg(feature = "batch")]
pub(crate) mod batch;
pub(crate) mod certificates;
pub(crate) mod collective_identifiers;
pub(crate) mod limits;
pub(crate) mod operation;
pub(crate) mod peppol;
pub(crate) mod permissions;
pub(crate) mod problem;
pub(crate) mod retrieval;
pub(crate) mod sessions;
pub(crate) mod status_service;
#[cfg(feature = "test-data")]
pub(crate) mod test_data;
pub(crate) mod tokens;

use core::borrow::Borrow;
use core::fmt;
use core::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

use self::retrieval::IdentifierBody;
use crate::identifier::Identifier;

/// A part of a list, and what follows it.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Next,
}

/// How a list goes on.
pub(crate) enum Next {
    /// Not at all.
    None,
    /// With the next number.
    Number,
    /// With this token.
    Token(String),
}

impl<T> Page<T> {
    /// A page of a list by numbers (`hasMore`).
    pub(crate) fn numbered<B>(items: Vec<B>, has_more: bool) -> Self
    where
        T: From<B>,
    {
        let next = if has_more { Next::Number } else { Next::None };
        Self { items: items.into_iter().map(T::from).collect(), next }
    }

    /// A page of a list by tokens (`continuationToken`).
    pub(crate) fn continued<B>(items: Vec<B>, token: Option<String>) -> Self
    where
        T: From<B>,
    {
        let token = token.filter(|token| !token.is_empty());
        let next = token.map_or(Next::None, Next::Token);
        Self { items: items.into_iter().map(T::from).collect(), next }
    }
}

/// Bodies of answers, each with the public type that it becomes, whose fields have the same names.
macro_rules! answers {
    ($($body:ident => $type:path {
        $($(#[$attribute:meta])* $field:ident: $kind:ty,)*
    })*) => {$(
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $body {
            $($(#[$attribute])* $field: $kind,)*
        }

        impl From<$body> for $type {
            fn from(body: $body) -> Self {
                Self { $($field: body.$field,)* }
            }
        }
    )*};
}

/// Bodies of pages, with the field that has the items and what these become.
macro_rules! pages {
    (numbered: $($body:ident { $items:ident: $item:ty => $type:ty })*) => {$(
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $body {
            $items: Vec<$item>,
            has_more: bool,
        }

        impl From<$body> for $crate::wire::Page<$type> {
            fn from(body: $body) -> Self {
                Self::numbered(body.$items, body.has_more)
            }
        }
    )*};
    (continued: $($body:ident { $items:ident: $item:ty => $type:ty })*) => {$(
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $body {
            $items: Vec<$item>,
            #[serde(default)]
            continuation_token: Option<String>,
        }

        impl From<$body> for $crate::wire::Page<$type> {
            fn from(body: $body) -> Self {
                Self::continued(body.$items, body.continuation_token)
            }
        }
    )*};
}
pub(crate) use {answers, pages};

/// A code of an open list, whose `FromStr` keeps what it does not know: KSeF adds values to its
/// lists without a new version of the API.
pub(crate) fn code<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err = core::convert::Infallible>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.as_deref().map(open))
}

/// A code of an open list that is always there.
pub(crate) fn required_code<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = core::convert::Infallible>,
{
    String::deserialize(deserializer).map(|text| open(&text))
}

/// Codes of an open list; null is none.
pub(crate) fn codes<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: FromStr<Err = core::convert::Infallible>,
{
    let texts = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.iter().map(|text| open(text)).collect())
}

fn open<T: FromStr<Err = core::convert::Infallible>>(text: &str) -> T {
    let Ok(code) = text.parse();
    code
}

/// Something that is read from its text.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Something that may be missing or null, and is read from its text.
pub(crate) fn maybe_parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: fmt::Display>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

/// Something that is read by way of its body.
pub(crate) fn by<'de, D, B, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    B: Deserialize<'de>,
    T: From<B>,
{
    B::deserialize(deserializer).map(T::from)
}

/// Something that may be missing or null, and is read by way of its body.
pub(crate) fn maybe_by<'de, D, B, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    B: Deserialize<'de>,
    T: From<B>,
{
    Option::<B>::deserialize(deserializer).map(|body| body.map(T::from))
}

/// An identifier with its kind.
pub(crate) fn identifier<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Identifier, D::Error> {
    by::<D, IdentifierBody, _>(deserializer)
}

/// An identifier with its kind, which may be missing.
pub(crate) fn maybe_identifier<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Identifier>, D::Error> {
    maybe_by::<D, IdentifierBody, _>(deserializer)
}

impl From<IdentifierBody> for Identifier {
    fn from(body: IdentifierBody) -> Self {
        Self::read(body.kind, body.value)
    }
}

impl From<&Identifier> for IdentifierBody {
    fn from(identifier: &Identifier) -> Self {
        let (kind, value) = (identifier.kind().to_owned(), identifier.value());
        Self { kind, value: value.map(str::to_owned) }
    }
}

/// Writes an identifier with its kind.
pub(crate) fn identifier_body<S: Serializer>(
    identifier: &impl Borrow<Identifier>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    IdentifierBody::from(identifier.borrow()).serialize(serializer)
}

/// Writes an identifier with its kind, or null.
pub(crate) fn maybe_identifier_body<S: Serializer>(
    identifier: &Option<impl Borrow<Identifier>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let identifier = identifier.as_ref().map(Borrow::borrow);
    identifier.map(IdentifierBody::from).serialize(serializer)
}

/// Writes something as its text.
pub(crate) fn text<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

/// Writes something as its text, or null.
pub(crate) fn maybe_text<S: Serializer>(
    value: &Option<impl ToString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(ToString::to_string).serialize(serializer)
}

/// Writes the texts of a list.
pub(crate) fn texts<T: ToString, S: Serializer>(
    values: &impl AsRef<[T]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.as_ref().iter().map(ToString::to_string))
}
