//! Pages of lists.

use serde_json::{Value, json};

use super::SeenRequest;
use super::reply::{Reply, bad_parameter, ok};
use super::store::has_id;

/// How many items an embedded list has, and a page for which nothing else is asked.
pub(super) const EMBEDDED: usize = 10;

/// The most items that a page may have.
const MOST: usize = 100;

/// The page of these items that is asked for. Where it begins says any item; what it has, the filter.
pub(super) fn page(
    items: &[&Value],
    is_asked_for: impl Fn(&Value) -> bool,
    show: impl Fn(&Value) -> Value,
    request: &SeenRequest,
) -> Reply {
    let limit = match request.query("limit").map(str::parse) {
        None => EMBEDDED,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => return bad_parameter("parameter_invalid_integer", "limit"),
    };
    let (after, before) = (request.query("starting_after"), request.query("ending_before"));
    let place = |id: &str| items.iter().position(|item| has_id(item, id));
    let range = match (after, before) {
        (Some(_), Some(_)) => return bad_parameter("parameter_invalid", "ending_before"),
        (Some(id), None) => match place(id) {
            Some(last) => items.get(last + 1..),
            None => return bad_parameter("resource_missing", "starting_after"),
        },
        (None, Some(id)) => match place(id) {
            Some(end) => items.get(..end),
            None => return bad_parameter("resource_missing", "ending_before"),
        },
        (None, None) => Some(items),
    };
    let range = range.unwrap_or_default().iter().filter(|item| is_asked_for(item));
    let range: Vec<&Value> = range.copied().collect();
    let has_more = range.len() > limit;
    // Going back, a page is what stands right before the item.
    let skipped = if before.is_some() { range.len().saturating_sub(limit) } else { 0 };
    let data: Vec<Value> = range.into_iter().skip(skipped).take(limit).map(show).collect();
    ok(&json!({ "object": "list", "url": request.path(), "data": data, "has_more": has_more }))
}
