//! The endpoints of Stripe.

use http::{HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use super::SeenRequest;
use super::page::{EMBEDDED, page};
use super::reply::{Reply, bad_parameter, error, json_reply, not_found, ok, with_header};
use super::store::{Account, Store, number, set, text};

/// How many secrets an account may have.
const SECRETS: usize = 10;

/// What is only named by its id where it is not expanded.
const EXPANDABLE: [&str; 2] = ["account_tax_ids", "discounts"];

/// A kind of object: its path, its name, what reads and writes it, and the text that can be changed.
struct Kind {
    path: &'static str,
    name: &'static str,
    reading: &'static str,
    writing: &'static str,
    text: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        path: "invoices",
        name: "invoice",
        reading: "invoice_read",
        writing: "invoice_write",
        text: "footer",
    },
    Kind {
        path: "credit_notes",
        name: "credit_note",
        reading: "credit_note_read",
        writing: "credit_note_write",
        text: "memo",
    },
    Kind { path: "tax_rates", name: "tax_rate", reading: "tax_rate_read", writing: "", text: "" },
    Kind { path: "events", name: "event", reading: "event_read", writing: "", text: "" },
];

/// Answers a request below `/v1/`.
pub(super) fn answer(store: &mut Store, request: &SeenRequest) -> Reply {
    let is_key = |key: &str| key.starts_with("sk_") || key.starts_with("rk_");
    if !request.key().is_some_and(is_key) {
        let message = "You did not provide an API key, or it is not valid.";
        return error(StatusCode::UNAUTHORIZED, "api_key_invalid", message);
    }
    let account = request.header("stripe-account").map(str::to_owned);
    if !store.has(&account) {
        let message = "The provided key does not have access to this account (or that account \
                       does not exist). Application access may have been revoked.";
        return error(StatusCode::FORBIDDEN, "account_invalid", message);
    }
    if request.is_write() {
        write(store, &account, request)
    } else {
        read(store, &account, request)
    }
}

/// A request that changes something, once for its idempotency key.
fn write(store: &mut Store, account: &Account, request: &SeenRequest) -> Reply {
    let Some(key) = request.header("idempotency-key") else {
        return change(store, account, request);
    };
    let key = (account.clone(), key.to_owned());
    let form: Vec<String> =
        request.form().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let contents = format!("{}?{}", request.path(), form.join("&"));
    if let Some((known, reply)) = store.done.get(&key) {
        if *known != contents {
            let message = "Keys for idempotent requests can only be used with the same parameters.";
            let error = json!({ "type": "idempotency_error", "message": message });
            return json_reply(StatusCode::BAD_REQUEST, &json!({ "error": error }));
        }
        let replayed = HeaderName::from_static("idempotent-replayed");
        return with_header(reply.clone(), replayed, "true");
    }
    let reply = change(store, account, request);
    store.done.insert(key, (contents, reply.clone()));
    reply
}

fn read(store: &Store, account: &Account, request: &SeenRequest) -> Reply {
    let path: Vec<&str> = request.path().split('/').skip(2).collect();
    if path == ["apps", "secrets", "find"] {
        return permitted(store, "secret_write")
            .unwrap_or_else(|| find_secret(store, account, request));
    }
    let [kind, rest @ ..] = path.as_slice() else { return no_such_endpoint(request) };
    let Some(kind) = KINDS.iter().find(|known| known.path == *kind) else {
        return no_such_endpoint(request);
    };
    if let Some(refused) = permitted(store, kind.reading) {
        return refused;
    }
    match rest {
        [] => list(store, account, kind, request),
        [id] => match store.of(account, kind.name, id) {
            Some(object) => ok(&shown(object, request)),
            None => not_found(id),
        },
        [id, "lines"] => match store.of(account, kind.name, id) {
            Some(object) => page(&lines(object), request.path(), request),
            None => not_found(id),
        },
        _ => no_such_endpoint(request),
    }
}

fn change(store: &mut Store, account: &Account, request: &SeenRequest) -> Reply {
    let path: Vec<&str> = request.path().split('/').skip(2).collect();
    if let ["apps", "secrets", rest @ ..] = path.as_slice() {
        if let Some(refused) = permitted(store, "secret_write") {
            return refused;
        }
        return match rest {
            [] => set_secret(store, account, request),
            ["delete"] => delete_secret(store, account, request),
            _ => no_such_endpoint(request),
        };
    }
    let [kind, id] = path.as_slice() else { return no_such_endpoint(request) };
    let kind = KINDS.iter().find(|known| known.path == *kind && !known.writing.is_empty());
    let Some(kind) = kind else { return no_such_endpoint(request) };
    if let Some(refused) = permitted(store, kind.writing) {
        return refused;
    }
    match store.of_mut(account, kind.name, id) {
        Some(object) => update(object, kind, request),
        None => not_found(id),
    }
}

/// The answer to who lacks a permission.
fn permitted(store: &Store, permission: &str) -> Option<Reply> {
    let has_it = store.permissions.as_ref().is_none_or(|known| known.contains(permission));
    let message = format!(
        "The provided key 'rk_test_*****' does not have the required permissions for this \
         endpoint on account 'acct_1'. Having the 'rak_{permission}' permission would allow this \
         request to continue."
    );
    (!has_it).then(|| {
        let error = json!({ "type": "invalid_request_error", "message": message });
        json_reply(StatusCode::FORBIDDEN, &json!({ "error": error }))
    })
}

fn no_such_endpoint(request: &SeenRequest) -> Reply {
    let what = format!("Unrecognized request URL ({}: {}).", request.method(), request.path());
    error(StatusCode::NOT_FOUND, "url_invalid", &what)
}

/// The metadata and the one text, and nothing else. All of it is checked before anything changes.
fn update(object: &mut Value, kind: &Kind, request: &SeenRequest) -> Reply {
    let unknown =
        request.form().iter().find(|(name, _)| name != kind.text && metadata_key(name).is_none());
    if let Some((name, _)) = unknown {
        return bad_parameter("parameter_unknown", name);
    }
    let mut metadata = object.get("metadata").cloned().filter(Value::is_object);
    let metadata = metadata.get_or_insert_with(|| json!({}));
    for (name, value) in request.form() {
        // Empty text takes something away.
        let value = if value.is_empty() { Value::Null } else { value.as_str().into() };
        match metadata_key(name) {
            Some(key) => set(metadata, key, value),
            None => set(object, name, value),
        }
    }
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    set(object, "metadata", metadata.take());
    ok(&shown(object, request))
}

/// The key in `metadata[key]`.
fn metadata_key(name: &str) -> Option<&str> {
    name.strip_prefix("metadata[")?.strip_suffix(']')
}

fn list(store: &Store, account: &Account, kind: &Kind, request: &SeenRequest) -> Reply {
    let objects = store.latest(account, kind.name).into_iter();
    let objects = objects.filter(|object| is_asked_for(object, request));
    let objects: Vec<Value> = objects.map(|object| shown(object, request)).collect();
    page(&objects.iter().collect::<Vec<_>>(), request.path(), request)
}

/// By time, and events by type and delivery.
fn is_asked_for(object: &Value, request: &SeenRequest) -> bool {
    let created = number(object, "created");
    let holds = |name: &str, holds: fn(&i64, &i64) -> bool| {
        let bound = request.query(&format!("created[{name}]"));
        bound.and_then(|bound| bound.parse().ok()).is_none_or(|bound| holds(&created, &bound))
    };
    let is_of_type = request.queries("types[]").next().is_none()
        || request.queries("types[]").any(|name| text(object, "type") == Some(name));
    let is_delivered = number(object, "pending_webhooks") == 0;
    let delivery = request.query("delivery_success").map(|wanted| wanted == "true");
    holds("gt", i64::gt)
        && holds("gte", i64::ge)
        && holds("lt", i64::lt)
        && holds("lte", i64::le)
        && is_of_type
        && delivery.is_none_or(|wanted| wanted == is_delivered)
}

/// The object without what is not asked for.
fn shown(object: &Value, request: &SeenRequest) -> Value {
    let mut object = object.clone();
    embed_lines(&mut object);
    for name in EXPANDABLE {
        if request.expands(name) {
            continue;
        }
        for item in object.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(id) = text(item, "id") {
                *item = id.into();
            }
        }
    }
    if let Some(fields) = object.as_object_mut()
        && !request.expands("payments")
    {
        fields.remove("payments");
    }
    object
}

/// Ten lines, and whether there are more.
pub(super) fn embed_lines(object: &mut Value) {
    let Some(mut list) = object.get("lines").cloned().filter(|lines| lines.get("data").is_some())
    else {
        return;
    };
    let lines = lines(object);
    let path =
        if text(object, "object") == Some("credit_note") { "credit_notes" } else { "invoices" };
    let id = text(object, "id").unwrap_or_default();
    set(&mut list, "url", format!("/v1/{path}/{id}/lines"));
    set(&mut list, "total_count", lines.len());
    set(&mut list, "has_more", lines.len() > EMBEDDED);
    let embedded: Vec<Value> = lines.into_iter().take(EMBEDDED).cloned().collect();
    set(&mut list, "data", embedded);
    set(object, "lines", list);
}

fn lines(object: &Value) -> Vec<&Value> {
    object.pointer("/lines/data").and_then(Value::as_array).into_iter().flatten().collect()
}

/// Account and name of a secret, where its scope is the account.
fn secret_name(
    account: &Account,
    name: Option<&str>,
    scope: Option<&str>,
) -> Option<(Account, String)> {
    name.filter(|_| scope == Some("account")).map(|name| (account.clone(), name.to_owned()))
}

fn secret(name: &str, payload: Option<&str>) -> Value {
    json!({
        "id": format!("appsecret_{name}"), "object": "apps.secret", "name": name,
        "scope": { "type": "account" }, "payload": payload, "expires_at": null, "livemode": false,
    })
}

fn find_secret(store: &Store, account: &Account, request: &SeenRequest) -> Reply {
    let name = secret_name(account, request.query("name"), request.query("scope[type]"));
    let Some(name) = name else { return bad_parameter("parameter_missing", "name") };
    match store.secrets.get(&name) {
        Some(payload) => {
            let payload = request.expands("payload").then_some(payload.as_str());
            ok(&secret(&name.1, payload))
        }
        None => not_found(&name.1),
    }
}

fn set_secret(store: &mut Store, account: &Account, request: &SeenRequest) -> Reply {
    let name = secret_name(account, request.field("name"), request.field("scope[type]"));
    let Some((name, payload)) = name.zip(request.field("payload")) else {
        return bad_parameter("parameter_missing", "payload");
    };
    let count = store.secrets.keys().filter(|(of, _)| of == account).count();
    if count >= SECRETS && !store.secrets.contains_key(&name) {
        return bad_parameter("secrets_limit_reached", "name");
    }
    let answer = ok(&secret(&name.1, None));
    store.secrets.insert(name, payload.to_owned());
    answer
}

fn delete_secret(store: &mut Store, account: &Account, request: &SeenRequest) -> Reply {
    let name = secret_name(account, request.field("name"), request.field("scope[type]"));
    let Some(name) = name else { return bad_parameter("parameter_missing", "name") };
    if store.secrets.remove(&name).is_none() {
        return not_found(&name.1);
    }
    let mut gone = secret(&name.1, None);
    set(&mut gone, "deleted", true);
    ok(&gone)
}

/// Whether the double knows such a method.
pub(super) fn is_known(method: &Method) -> bool {
    [Method::GET, Method::POST].contains(method)
}
