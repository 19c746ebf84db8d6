//! Every generated value of every type survives its text and its JSON.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    Amount, Currency, DocumentType, Endpoints, Environment, FormCode, InvoiceDate, InvoiceKind,
    InvoiceXml, Percent, Quantity, Sha256Digest, TenantId, Timestamp, UnitPrice, UpoXml,
};

fn survives_text<T>(value: &T)
where
    T: FromStr + Display + Debug + PartialEq,
    T::Err: Debug + PartialEq,
{
    let text = value.to_string();
    assert_eq!(text.parse::<T>().as_ref(), Ok(value));
    assert_eq!(text.parse::<T>().unwrap().to_string(), text);
}

fn survives_json<T: Serialize + DeserializeOwned + Debug + PartialEq>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}

/// One test for each type, named after it.
macro_rules! round_trips {
    ($($name:ident: $type:ty, $($survives:ident)+;)+) => {
        proptest! {
            $(
                #[test]
                fn $name(value in any::<$type>()) {
                    $($survives(&value);)+
                }
            )+
        }
    };
}

round_trips! {
    an_amount: Amount, survives_text survives_json;
    a_currency: Currency, survives_text survives_json;
    a_document_type: DocumentType, survives_text survives_json;
    endpoints: Endpoints, survives_json;
    an_environment: Environment, survives_text survives_json;
    a_form_code: FormCode, survives_text survives_json;
    an_invoice_date: InvoiceDate, survives_text survives_json;
    an_invoice_kind: InvoiceKind, survives_text survives_json;
    an_invoice_xml: InvoiceXml, survives_json;
    a_percentage: Percent, survives_text survives_json;
    a_quantity: Quantity, survives_text survives_json;
    a_digest: Sha256Digest, survives_text survives_json;
    a_tenant_id: TenantId, survives_text survives_json;
    a_timestamp: Timestamp, survives_text survives_json;
    a_unit_price: UnitPrice, survives_text survives_json;
    a_upo_xml: UpoXml, survives_json;
}

#[test]
fn text_is_the_form_in_json_and_bad_text_is_refused_without_an_echo() {
    let amount: Amount = "-0.00".parse().unwrap();
    assert_eq!(serde_json::to_string(&amount).unwrap(), r#""-0.00""#);
    assert_eq!(serde_json::to_string(&Currency::Pln).unwrap(), r#""PLN""#);
    assert_eq!(serde_json::to_string(&InvoiceKind::KorZal).unwrap(), r#""KOR_ZAL""#);
    // A number in JSON is a binary fraction to most readers, so amounts are not written as one.
    assert!(serde_json::from_str::<Amount>("1.5").is_err());
    let error = serde_json::from_str::<TenantId>(r#""hunter2""#).unwrap_err().to_string();
    assert!(error.contains("tenant id") && !error.contains("hunter2"), "{error}");
}
