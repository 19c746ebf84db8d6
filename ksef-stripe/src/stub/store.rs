//! What Stripe holds: objects of accounts, secrets, idempotency keys.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::Timestamp;
use serde_json::{Value, json};

use super::StubError;
use super::reply::Reply;

/// The account whose objects they are; `None` for that of the key.
pub(super) type Account = Option<String>;

/// What Stripe holds.
#[derive(Default)]
pub(super) struct Store {
    /// In the order in which they were put in.
    objects: BTreeMap<Account, Vec<Value>>,
    pub(super) permissions: Option<BTreeSet<String>>,
    pub(super) secrets: BTreeMap<(Account, String), String>,
    /// The request and its answer, by account and key.
    pub(super) done: BTreeMap<(Account, String), (String, Reply)>,
    events: u64,
}

impl Store {
    pub(super) fn put(&mut self, account: Option<&str>, object: Value) -> Result<(), StubError> {
        let (Some(id), Some(_)) = (text(&object, "id"), text(&object, "object")) else {
            return Err(StubError::Object);
        };
        let objects = self.objects.entry(account.map(str::to_owned)).or_default();
        match objects.iter_mut().find(|known| has_id(known, id)) {
            Some(known) => *known = object,
            None => objects.push(object),
        }
        Ok(())
    }

    /// Puts an object in the place of one with its id, in whichever account that is.
    pub(super) fn replace(&mut self, object: Value) {
        let known = text(&object, "id").and_then(|id| self.all_mut().find(|it| has_id(it, id)));
        if let Some(known) = known {
            *known = object;
        }
    }

    pub(super) fn has(&self, account: &Account) -> bool {
        account.is_none() || self.objects.contains_key(account)
    }

    pub(super) fn object(&self, id: &str) -> Option<&Value> {
        self.objects.values().flatten().find(|object| has_id(object, id))
    }

    /// The object of this kind and id.
    pub(super) fn of(&self, account: &Account, kind: &str, id: &str) -> Option<&Value> {
        let objects = self.objects.get(account)?;
        objects.iter().find(|object| is_of(object, kind) && has_id(object, id))
    }

    pub(super) fn of_mut(&mut self, account: &Account, kind: &str, id: &str) -> Option<&mut Value> {
        let objects = self.objects.get_mut(account)?;
        objects.iter_mut().find(|object| is_of(object, kind) && has_id(object, id))
    }

    /// All of this kind, the latest first.
    pub(super) fn latest(&self, account: &Account, kind: &str) -> Vec<&Value> {
        let objects = self.objects.get(account).into_iter().flatten().rev();
        let mut objects: Vec<&Value> = objects.filter(|object| is_of(object, kind)).collect();
        objects.sort_by_key(|object| -number(object, "created"));
        objects
    }

    /// Keeps an event about an object and says under which id.
    pub(super) fn happen(
        &mut self,
        event_type: &str,
        object_id: &str,
        at: Timestamp,
    ) -> Result<String, StubError> {
        let found = self.objects.iter().find_map(|(account, objects)| {
            let object = objects.iter().find(|object| has_id(object, object_id))?;
            Some((account.clone(), object.clone()))
        });
        let (account, mut object) =
            found.ok_or_else(|| StubError::Missing(object_id.to_owned()))?;
        super::stripe::embed_lines(&mut object);
        self.events += 1;
        let id = format!("evt_{}", self.events);
        let mut event = json!({
            "id": id, "object": "event", "type": event_type,
            "api_version": crate::fetch::API_VERSION,
            "created": at.as_unix_milliseconds().div_euclid(1000),
            "livemode": object.get("livemode"), "pending_webhooks": 1,
            "data": { "object": object },
        });
        if let Some(account) = &account {
            set(&mut event, "account", account.as_str());
        }
        self.put(account.as_deref(), event)?;
        Ok(id)
    }

    pub(super) fn mark_delivered(&mut self, event_id: &str) -> Result<(), StubError> {
        let event = self.all_mut().find(|event| has_id(event, event_id));
        let event = event.ok_or_else(|| StubError::Missing(event_id.to_owned()))?;
        set(event, "pending_webhooks", 0);
        Ok(())
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.objects.values_mut().flatten()
    }
}

/// The text in a field.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.get(name)?.as_str()
}

/// The number in a field; 0 without one.
pub(super) fn number(object: &Value, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// Gives a field of an object this value.
pub(super) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value.into());
    }
}

pub(super) fn has_id(object: &Value, id: &str) -> bool {
    text(object, "id") == Some(id)
}

fn is_of(object: &Value, kind: &str) -> bool {
    text(object, "object") == Some(kind)
}
