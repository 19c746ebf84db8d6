//! Bodies of the public status service (Latarnia), which is outside of the contract.

use ksef_core::Timestamp;
use serde::{Deserialize, Deserializer};

use super::answers;
use crate::status_service::{ServiceMessage, ServiceStatus, SystemState};

answers! {
    StatusBody => ServiceStatus {
        #[serde(deserialize_with = "super::required_code")]
        status: SystemState,
        #[serde(default, deserialize_with = "messages")]
        messages: Vec<ServiceMessage>,
    }

    MessageBody => ServiceMessage {
        #[serde(default, deserialize_with = "loose_text")]
        id: Option<String>,
        #[serde(default, deserialize_with = "loose_text")]
        event_id: Option<String>,
        #[serde(default, deserialize_with = "super::code")]
        category: Option<SystemState>,
        #[serde(default, rename = "type")]
        message_type: Option<String>,
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        start: Option<Timestamp>,
        #[serde(default)]
        end: Option<Timestamp>,
        #[serde(default)]
        version: Option<i64>,
        #[serde(default)]
        published: Option<Timestamp>,
    }
}

fn messages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ServiceMessage>, D::Error> {
    let messages = Option::<Vec<MessageBody>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(messages.into_iter().map(ServiceMessage::from).collect())
}

/// An identifier, which may be a text or a number.
fn loose_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Text(String),
        Number(i64),
    }
    Ok(Option::<Loose>::deserialize(deserializer)?.map(|value| match value {
        Loose::Text(text) => text,
        Loose::Number(number) => number.to_string(),
    }))
}
