//! What is no invoice.

use ksef_stripe::model::Invoice;
use ksef_tests::suite::Failed;

use crate::objects::{self, Shape};

pub(crate) fn is_an_error_with_a_place() -> Result<(), Failed> {
    let object = objects::read("pln", Shape::Basil);
    let mut texts = Vec::new();
    let mut changed = |pointer: &str, value: serde_json::Value, code, place| {
        let mut object = object.clone();
        objects::set(&mut object, pointer, value);
        texts.push((object.to_string().into_bytes(), code, place));
    };
    let line = "/lines/data/0";
    changed("/total", "12300".into(), "invalid_value", "/total".to_owned());
    changed("/total", 123.5.into(), "invalid_value", "/total".to_owned());
    changed("/object", "customer".into(), "other_object", "/object".to_owned());
    let quantity = format!("{line}/quantity_decimal");
    changed(&quantity, "many".into(), "invalid_value", quantity.clone());
    let amount = format!("{line}/taxes/0/amount");
    changed(&amount, u64::MAX.into(), "invalid_value", amount.clone());
    changed("/lines/data", "none".into(), "invalid_value", "/lines/data".to_owned());
    let text = object.to_string();
    let overflow = text.replacen("\"total\":12300", "\"total\":1e400", 1);
    texts.push((overflow.into_bytes(), "invalid_value", "/total".to_owned()));
    texts.push((text.as_bytes()[..300].to_vec(), "not_json", String::new()));
    texts.push((b"\xEF\xBB\xBF{}".to_vec(), "not_json", String::new()));
    texts.push((b"[]".to_vec(), "invalid_value", String::new()));
    texts.push((vec![b' '; 50_000_000], "too_large", String::new()));
    let deep = "[".repeat(1_000_000);
    texts.push((
        format!("{{\"object\":\"invoice\",\"customer_tax_ids\":{deep}").into_bytes(),
        "not_json",
        String::new(),
    ));
    for (bytes, code, place) in texts {
        let Err(error) = Invoice::from_json(&bytes) else {
            return Err(format!("{code}: read").into());
        };
        let is_here = error.pointer() == place || code == "not_json";
        let is_code = error.code().as_str() == code
            || (code == "not_json"
                && matches!(error.code().as_str(), "too_deep" | "invalid_value"));
        if !is_code || !is_here {
            return Err(format!("{error} instead of {code} at {place}").into());
        }
    }
    Ok(())
}
