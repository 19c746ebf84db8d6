//! Pages of lists.

use http::StatusCode;
use serde_json::{Value, json};

use super::SeenRequest;
use super::reply::{Reply, bad_parameter, error, ok};
use super::store::has_id;

/// How many items an embedded list has, and a page for which nothing else is asked.
pub(super) const EMBEDDED: usize = 10;

/// The most items that a page may have.
const MOST: usize = 100;

/// The page of these items that is asked for.
pub(super) fn page(items: &[&Value], url: &str, request: &SeenRequest) -> Reply {
    let limit = match request.query("limit").map(str::parse) {
        None => EMBEDDED,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => return bad_parameter("parameter_invalid_integer", "limit"),
    };
    let (after, before) = (request.query("starting_after"), request.query("ending_before"));
    if after.is_some() && before.is_some() {
        let message = "You can only specify one of ending_before and starting_after";
        return error(StatusCode::BAD_REQUEST, "parameter_invalid", message);
    }
    let place = |id: &str| items.iter().position(|item| has_id(item, id));
    let (data, has_more) = match (after, before) {
        (_, Some(id)) => {
            let Some(end) = place(id) else {
                return bad_parameter("resource_missing", "ending_before");
            };
            let start = end.saturating_sub(limit);
            (items.get(start..end).unwrap_or_default(), start > 0)
        }
        (Some(id), _) => {
            let Some(last) = place(id) else {
                return bad_parameter("resource_missing", "starting_after");
            };
            first(items.get(last + 1..).unwrap_or_default(), limit)
        }
        (None, None) => first(items, limit),
    };
    ok(&json!({ "object": "list", "url": url, "data": data, "has_more": has_more }))
}

fn first<'i, 'v>(items: &'i [&'v Value], limit: usize) -> (&'i [&'v Value], bool) {
    (items.get(..limit).unwrap_or(items), items.len() > limit)
}
