//! JSON objects and lists whose values stay the bytes that came.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use super::FetchError;

/// An object: its members in their order, their values as they came.
pub(super) struct RawObject(Vec<(String, Box<RawValue>)>);

impl RawObject {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, FetchError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    pub(super) fn member(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.member(name)?.get()).ok()
    }

    pub(super) fn replace(&mut self, name: &str, value: Box<RawValue>) {
        if let Some(member) = self.0.iter_mut().find(|(key, _)| key == name) {
            member.1 = value;
        }
    }

    pub(super) fn is_same_but(&self, other: &Self, left_aside: &[&str]) -> bool {
        let counts = |object: &Self| -> Vec<(String, String)> {
            let members = object.0.iter().filter(|(key, _)| !left_aside.contains(&key.as_str()));
            members.map(|(key, value)| (key.clone(), value.get().to_owned())).collect()
        };
        counts(self) == counts(other)
    }
}

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = RawObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawObject, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawObject(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A list of Stripe, or one page of it.
#[derive(serde::Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Box<RawValue>>,
    pub(super) has_more: bool,
}

/// The id of an object.
pub(super) fn id_of(object: &RawValue) -> Result<String, FetchError> {
    #[derive(serde::Deserialize)]
    struct Identified {
        id: String,
    }

    Ok(serde_json::from_str::<Identified>(object.get())?.id)
}
