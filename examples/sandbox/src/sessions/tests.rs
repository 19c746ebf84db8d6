mod invoices;
mod lifecycle;
mod receipts;
mod refusals;

use serde_json::Value;

/// Code and first detail of a status.
fn status(answer: &Value) -> (u64, &str) {
    let status = &answer["status"];
    (status["code"].as_u64().unwrap(), status["details"][0].as_str().unwrap_or_default())
}

fn code(answer: &Value) -> u64 {
    status(answer).0
}
