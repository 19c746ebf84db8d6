//! `/sandbox/faults`: what goes wrong on purpose.

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::{Answer, Trouble, bad_request};
use crate::exchange::Reply;
use crate::faults::Fault;
use crate::sandbox::Shared;

/// `GET /sandbox/faults`
pub(super) fn list(sandbox: &Shared) -> Reply {
    let world = sandbox.world();
    let faults: Vec<_> = world.faults.list().values().collect();
    Reply::ok(&json!({ "faults": faults }))
}

/// `POST /sandbox/faults`
pub(super) fn add(sandbox: &Shared, body: &Bytes) -> Answer {
    let fault = Fault::from_json(body).map_err(|error| bad_request(error.to_string()))?;
    let id = sandbox.world().faults.add(fault);
    Ok(Reply::json(StatusCode::CREATED, &json!({ "id": id })))
}

/// `DELETE /sandbox/faults`
pub(super) fn clear(sandbox: &Shared) -> Reply {
    sandbox.world().faults.clear();
    Reply::empty(StatusCode::NO_CONTENT)
}

/// `DELETE /sandbox/faults/{id}`
pub(super) fn remove(sandbox: &Shared, id: &str) -> Answer {
    let is_removed = id.parse().is_ok_and(|id| sandbox.world().faults.remove(id));
    if is_removed {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    }
    Err(Trouble(StatusCode::NOT_FOUND, "there is no fault of this number".to_owned()))
}
