use std::collections::BTreeSet;

use ksef_core::{Currency, FormCode, InvoiceDate};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Sandbox;
use crate::invoices::later;
use crate::invoices::summary::{AuthorizedSubject, ThirdSubject};
use crate::invoices::test_records::{ksef_number, record, set_stored_at, store, summary_of};
use crate::test_client::{Client, now, sandbox};
use crate::test_support::NIP;

const OTHER: &str = "1111111111";
const PATH: &str = "/invoices/query/metadata";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Filters for everything of the seller in the last and next hours, with these members besides.
fn filters(members: Value) -> Value {
    let mut filters = json!({
        "subjectType": "Subject1",
        "dateRange": {
            "dateType": "Invoicing",
            "from": "2026-11-20T00:00:00Z",
            "to": "2026-11-21T00:00:00Z",
        },
    });
    let Value::Object(members) = members else { unreachable!("members are an object") };
    filters.as_object_mut().unwrap().extend(members);
    filters
}

/// The numbers of the invoices that are found.
fn found(client: &Client, filters: &Value) -> Vec<String> {
    let answer = client.post(&format!("{PATH}?pageSize=250"), filters);
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    numbers(&answer.body)
}

fn numbers(body: &Value) -> Vec<String> {
    let invoices = body["invoices"].as_array().unwrap().iter();
    invoices.map(|invoice| invoice["invoiceNumber"].as_str().unwrap().to_owned()).collect()
}

/// One ordinary invoice, and one for each way in which it can be another one.
fn assorted(sandbox: &Sandbox) {
    let changes: [fn(&mut Invoice); 11] = [
        |_| {},
        |it| summary_of(it).buyer.identifier = Identifier::Nip(OTHER.to_owned()),
        |it| summary_of(it).buyer.identifier = Identifier::VatUe("DE123456789".to_owned()),
        |it| summary_of(it).buyer.identifier = Identifier::Other("EIN 1".to_owned()),
        |it| summary_of(it).currency = Currency::Eur,
        |it| it.mode = InvoicingMode::Offline,
        |it| summary_of(it).is_self_invoicing = true,
        |it| summary_of(it).form_code = FormCode::FaRr1,
        |it| summary_of(it).invoice_type = InvoiceType::KorZal,
        |it| summary_of(it).has_attachment = true,
        |it| {
            let summary = summary_of(it);
            summary.net_amount = Decimal::new(-1, 2);
            summary.gross_amount = Decimal::new(20_000_000_000_000_001, 2);
            summary.vat_amount = Decimal::ZERO;
        },
    ];
    for (change, number) in changes.into_iter().zip(0..) {
        let mut invoice = record(number);
        change(&mut invoice);
        store(sandbox, invoice);
    }
}

#[test]
fn every_filter_finds_what_it_says_and_nothing_else() {
    let sandbox = sandbox(|_| {});
    assorted(&sandbox);
    let client = Client::new(&sandbox);
    let assert_found = |members: Value, expected: &[u32]| {
        let expected: Vec<_> = expected.iter().map(|number| format!("FV/{number}")).collect();
        assert_eq!(found(&client, &filters(members.clone())), expected, "{members}");
    };
    let all: Vec<u32> = (0..11).collect();
    let all_but = |number: u32| all.iter().copied().filter(|it| *it != number).collect::<Vec<_>>();
    assert_found(json!({}), &all);
    assert_found(json!({ "ksefNumber": ksef_number(&record(3)) }), &[3]);
    assert_found(json!({ "invoiceNumber": "FV/4" }), &[4]);
    assert_found(json!({ "invoiceNumber": "FV/" }), &[]);
    assert_found(json!({ "sellerNip": NIP }), &all);
    assert_found(json!({ "sellerNip": OTHER }), &[]);
    assert_found(json!({ "buyerIdentifier": { "type": "Nip" } }), &[1]);
    assert_found(json!({ "buyerIdentifier": { "type": "Nip", "value": OTHER } }), &[1]);
    assert_found(json!({ "buyerIdentifier": { "type": "Nip", "value": NIP } }), &[]);
    assert_found(json!({ "buyerIdentifier": { "type": "VatUe", "value": "DE123456789" } }), &[2]);
    assert_found(json!({ "buyerIdentifier": { "type": "Other", "value": "EIN 1" } }), &[3]);
    let nobody = [0, 4, 5, 6, 7, 8, 9, 10];
    assert_found(json!({ "buyerIdentifier": { "type": "None" } }), &nobody);
    assert_found(json!({ "currencyCodes": ["EUR", "SLE"] }), &[4]);
    assert_found(json!({ "currencyCodes": [] }), &all);
    assert_found(json!({ "invoicingMode": "Offline" }), &[5]);
    assert_found(json!({ "isSelfInvoicing": true }), &[6]);
    assert_found(json!({ "isSelfInvoicing": false }), &all_but(6));
    assert_found(json!({ "formType": "FA_RR" }), &[7]);
    assert_found(json!({ "formType": "PEF" }), &[]);
    assert_found(json!({ "invoiceTypes": ["KorZal", "Roz"] }), &[8]);
    assert_found(json!({ "hasAttachment": true }), &[9]);
    assert_found(json!({ "amount": { "type": "Netto", "to": -0.01 } }), &[10]);
    assert_found(
        json!({ "amount": { "type": "Brutto", "from": 123, "to": 123.00 } }),
        &all_but(10),
    );
    assert_found(json!({ "amount": { "type": "Brutto", "from": 123.01 } }), &[10]);
    assert_found(json!({ "amount": { "type": "Vat", "from": 0, "to": 22.99 } }), &[10]);
    assert_found(json!({ "invoiceTypes": null, "hasAttachment": null, "amount": null }), &all);
}

#[test]
fn amounts_are_numbers_with_all_their_digits() {
    let sandbox = sandbox(|_| {});
    assorted(&sandbox);
    let filters = filters(json!({ "invoiceNumber": "FV/10" }));
    let answer = Client::new(&sandbox).post(PATH, &filters);
    let body = str::from_utf8(answer.response.body()).unwrap();
    assert!(body.contains(r#""netAmount":-0.01,"grossAmount":200000000000000.01,"vatAmount":0"#));
}

#[test]
fn a_context_sees_the_invoices_on_which_it_is_the_subject() {
    let sandbox = sandbox(|_| {});
    let third = |identifier| ThirdSubject { identifier, name: None, role: 1 };
    let authorized = AuthorizedSubject { nip: OTHER.parse().unwrap(), name: None, role: 3 };
    let mut invoices = [1, 2, 3, 4].map(record);
    let [_, second, third_invoice, fourth] = &mut invoices;
    summary_of(second).buyer.identifier = Identifier::Nip(OTHER.to_owned());
    summary_of(third_invoice).third_subjects = vec![third(Identifier::Nip(OTHER.to_owned()))];
    summary_of(fourth).authorized_subject = Some(authorized);
    for invoice in invoices {
        store(&sandbox, invoice);
    }
    let client = Client::of(&sandbox, OTHER);
    let found_as = |subject: &str| found(&client, &filters(json!({ "subjectType": subject })));
    assert!(found_as("Subject1").is_empty());
    assert_eq!(found_as("Subject2"), ["FV/2"]);
    assert_eq!(found_as("Subject3"), ["FV/3"]);
    assert_eq!(found_as("SubjectAuthorized"), ["FV/4"]);
    let owner = Client::new(&sandbox);
    assert_eq!(found(&owner, &filters(json!({}))).len(), 4);
}

#[test]
fn units_and_foreign_buyers_are_subjects_of_their_kind_only() {
    let unit: ContextIdentifier = "InternalId/6824515772-12343".parse().unwrap();
    let foreign: ContextIdentifier = format!("NipVatUe/{NIP}-DE123456789").parse().unwrap();
    let peppol: ContextIdentifier = "PeppolId/PPL123456".parse().unwrap();
    let mut of_unit = record(1);
    let identifier = Identifier::InternalId(unit.value().to_owned());
    summary_of(&mut of_unit).third_subjects =
        vec![ThirdSubject { identifier, name: None, role: 8 }];
    let mut of_foreigner = record(2);
    summary_of(&mut of_foreigner).buyer.identifier = Identifier::VatUe("DE123456789".to_owned());
    for context in [&unit, &foreign, &peppol] {
        for subject in SubjectType::ALL {
            let is_on = |invoice: &Invoice| {
                subject.is_context(&Stored::of(invoice, now()).unwrap(), context)
            };
            let is_unit = *context == unit && subject == SubjectType::Subject3;
            let is_foreigner = *context == foreign && subject == SubjectType::Subject2;
            assert_eq!(is_on(&of_unit), is_unit);
            assert_eq!(is_on(&of_foreigner), is_foreigner);
            assert_eq!(subject.exists_in(context), is_unit || is_foreigner);
        }
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    let body = json!({
        "subjectType": "Subject4",
        "dateRange": { "dateType": "Receipt", "to": "2026-11-20T12:00:00" },
        "ksefNumber": "1",
        "invoiceNumber": "x".repeat(257),
        "sellerNip": 7,
        "currencyCodes": ["PLN", "pln"],
        "amount": { "type": "Gross", "from": 2, "to": 1 },
        "hasAttachment": "yes",
    });
    let answer = client.post(PATH, &body);
    let list = &answer.body["exception"]["exceptionDetailList"];
    assert_eq!((answer.status, answer.exception().0), (400, 21405));
    let details: Vec<_> =
        list[0]["details"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let malformed = |name: &str| format!("'{name}' is not in the correct format.");
    for sentence in [
        malformed("subjectType"),
        malformed("dateRange.dateType"),
        "'dateRange.from' must not be empty.".to_owned(),
        malformed("dateRange.to"),
        malformed("ksefNumber"),
        "'invoiceNumber' must be between 0 and 256 characters. You entered 257 characters."
            .to_owned(),
        malformed("sellerNip"),
        malformed("currencyCodes"),
        malformed("amount.type"),
        "'amount.to' must be greater than or equal to 'amount.from'.".to_owned(),
        malformed("hasAttachment"),
    ] {
        assert!(details.contains(&sentence.as_str()), "{sentence}: {details:?}");
    }
    assert_eq!(details.len(), 11);
    let nothing = client.post(PATH, &json!({}));
    assert_eq!(nothing.exception().0, 21405);
}

#[test]
fn pages_and_orders_have_bounds() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    for (query, detail) in [
        ("pageSize=9", "'pageSize' must be between 10 and 250. You entered 9."),
        ("pageSize=251", "'pageSize' must be between 10 and 250. You entered 251."),
        ("sortOrder=Up", "'sortOrder' is not in the correct format."),
    ] {
        let answer = client.post(&format!("{PATH}?{query}"), &filters(json!({})));
        assert_eq!(answer.exception(), (21405, detail));
    }
}

#[test]
fn a_range_has_an_order_and_a_hundred_days() {
    let sandbox = sandbox(|_| {});
    let client = Client::new(&sandbox);
    let exception = |from: &str, to: &str| {
        let range = json!({ "dateType": "Issue", "from": from, "to": to });
        let answer = client.post(PATH, &filters(json!({ "dateRange": range })));
        (answer.status == 400).then(|| answer.exception().1.to_owned())
    };
    let (from, to) = ("2026-08-01T00:00:00+02:00", "2026-11-09T00:00:00+01:00");
    assert_eq!(exception("2026-08-01T00:00:00Z", "2026-11-09T00:00:00Z"), None);
    let too_long = Some("'dateRange' must not exceed 100 days.".to_owned());
    assert_eq!(exception(from, to), too_long);
    assert_eq!(exception("2026-08-01T00:00:00Z", "2026-11-09T00:00:00.0000001Z"), too_long);
    let backwards = "'dateRange.to' must be greater than or equal to 'dateRange.from'.";
    assert_eq!(exception(to, from).as_deref(), Some(backwards));
    // Without an end the range ends now.
    let open = json!({ "dateType": "Issue", "from": "2026-08-12T11:59:59Z" });
    let answer = client.post(PATH, &filters(json!({ "dateRange": open })));
    assert_eq!(answer.exception().1, "'dateRange' must not exceed 100 days.");
}

#[test]
fn of_the_issue_only_the_day_in_poland_counts() {
    let sandbox = sandbox(|_| {});
    for (date, number) in [("2026-10-31", 1), ("2026-11-01", 2), ("2026-11-02", 3)] {
        let mut invoice = record(number);
        summary_of(&mut invoice).issue_date = date.parse::<InvoiceDate>().unwrap();
        store(&sandbox, invoice);
    }
    let range = json!({
        "dateType": "Issue", "from": "2026-10-31T23:30:00Z", "to": "2026-11-01T22:59:59Z",
    });
    let found = found(&Client::new(&sandbox), &filters(json!({ "dateRange": range })));
    assert_eq!(found, ["FV/2"]);
}

#[test]
fn the_high_water_mark_lies_behind_the_clock_and_bounds_what_is_asked_for() {
    let sandbox = sandbox(|config| config.delays.high_water_mark = seconds(5));
    let mut old = record(1);
    set_stored_at(&mut old, now().checked_sub(seconds(5)).unwrap());
    store(&sandbox, old);
    store(&sandbox, record(2));
    let client = Client::new(&sandbox);
    let ask = |from: &str, to: Value, restrict: bool| {
        let range = json!({
            "dateType": "PermanentStorage", "from": from, "to": to,
            "restrictToPermanentStorageHwmDate": restrict,
        });
        client.post(PATH, &filters(json!({ "dateRange": range })))
    };
    let mark = "2026-11-20T11:59:55.0000000+00:00";
    let open = ask("2026-11-20T00:00:00Z", Value::Null, false);
    assert_eq!(numbers(&open.body), ["FV/1", "FV/2"]);
    assert_eq!(open.body["permanentStorageHwmDate"], mark);
    let restricted = ask("2026-11-20T00:00:00Z", Value::Null, true);
    assert_eq!(numbers(&restricted.body), ["FV/1"]);
    let past = ask("2026-11-20T00:00:00Z", "2026-11-20T08:00:00Z".into(), true);
    assert_eq!(past.body["permanentStorageHwmDate"], "2026-11-20T08:00:00.0000000+00:00");
    assert_eq!(ask(mark, Value::Null, true).status, 200);
    let beyond = ask("2026-11-20T11:59:56Z", Value::Null, true);
    assert_eq!(beyond.exception().0, 21183);
    assert_eq!(ask("2026-11-20T11:59:56Z", Value::Null, false).status, 200);
    let by_receipt = client.post(PATH, &filters(json!({})));
    assert!(by_receipt.body.get("permanentStorageHwmDate").is_none());
}

#[test]
fn what_is_not_in_permanent_storage_yet_is_not_found() {
    let sandbox = sandbox(|_| {});
    let mut invoice = record(1);
    set_stored_at(&mut invoice, later(now(), seconds(1)));
    store(&sandbox, invoice);
    let client = Client::new(&sandbox);
    assert!(found(&client, &filters(json!({}))).is_empty());
    sandbox.advance(seconds(1));
    assert_eq!(found(&client, &filters(json!({}))), ["FV/1"]);
}

#[test]
fn ten_thousand_are_found_at_most_and_the_rest_after_the_last_date() {
    let sandbox = sandbox(|_| {});
    let first = now().checked_sub(seconds(10_001)).unwrap();
    for number in 0..10_001 {
        let mut invoice = record(number);
        invoice.invoicing_date = later(first, seconds(number.into()));
        store(&sandbox, invoice);
    }
    let client = Client::new(&sandbox);
    let page = |filters: &Value, offset: usize| {
        client.post(&format!("{PATH}?pageSize=250&pageOffset={offset}"), filters).body
    };
    let flags = |page: &Value| (page["hasMore"] == true, page["isTruncated"] == true);
    let filters = filters(json!({}));
    assert_eq!(flags(&page(&filters, 38)), (true, false));
    let last = page(&filters, 39);
    assert_eq!((numbers(&last).len(), flags(&last)), (250, (true, true)));
    let beyond = page(&filters, 40);
    assert_eq!((numbers(&beyond).len(), flags(&beyond)), (0, (true, true)));
    let mut following = filters.clone();
    following["dateRange"]["from"] = last["invoices"][249]["invoicingDate"].clone();
    let rest = page(&following, 0);
    assert_eq!(numbers(&rest), ["FV/9999", "FV/10000"]);
    assert_eq!(flags(&rest), (false, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn paging_gives_each_invoice_once_and_in_order(
        received in prop::collection::vec(0_u64..20, 0..60),
        size in 10_usize..25,
        is_descending: bool,
    ) {
        let sandbox = sandbox(|_| {});
        for (after, number) in received.iter().zip(0..) {
            let mut invoice = record(number);
            invoice.invoicing_date = now().checked_sub(seconds(*after)).unwrap();
            store(&sandbox, invoice);
        }
        let client = Client::new(&sandbox);
        let order = if is_descending { "Desc" } else { "Asc" };
        let mut all = Vec::new();
        for offset in 0.. {
            let path = format!("{PATH}?pageSize={size}&pageOffset={offset}&sortOrder={order}");
            let page = client.post(&path, &filters(json!({}))).body;
            all.extend(page["invoices"].as_array().unwrap().clone());
            if page["hasMore"] == false {
                break;
            }
        }
        let ids: BTreeSet<_> = all.iter().map(|it| it["ksefNumber"].to_string()).collect();
        prop_assert_eq!((ids.len(), all.len()), (received.len(), received.len()));
        let dates: Vec<_> = all.iter().map(|it| it["invoicingDate"].to_string()).collect();
        let is_ordered = |pair: &[String]| {
            if is_descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] }
        };
        prop_assert!(dates.windows(2).all(is_ordered));
    }

    #[test]
    fn a_sync_by_the_high_water_mark_sees_each_invoice_once(
        arrivals in prop::collection::vec((0_u64..40, 0_u64..20), 0..40),
        pauses in prop::collection::vec(1_u64..30, 1..20),
        lag in 0_u64..10,
    ) {
        let sandbox = sandbox(|config| config.delays.high_water_mark = seconds(lag));
        let start = now();
        let client = Client::new(&sandbox);
        let mut from = start;
        let mut seen = BTreeSet::new();
        let mut arrived = BTreeSet::new();
        let pauses = pauses.into_iter().chain([100, 100]);
        for pause in pauses {
            sandbox.advance(seconds(pause));
            // An invoice comes into the records when it is received, and no later.
            for (index, (received, stored_after)) in arrivals.iter().enumerate() {
                let received_at = later(start, seconds(*received));
                if received_at <= sandbox.now() && arrived.insert(index) {
                    let mut invoice = record(u32::try_from(index).unwrap());
                    let stored_at = later(sandbox.now(), seconds(*stored_after));
                    set_stored_at(&mut invoice, stored_at);
                    store(&sandbox, invoice);
                }
            }
            let range = json!({
                "dateType": "PermanentStorage", "from": from,
                "restrictToPermanentStorageHwmDate": true,
            });
            let path = format!("{PATH}?pageSize=250");
            let answer = client.post(&path, &filters(json!({ "dateRange": range })));
            if answer.status == 400 {
                prop_assert_eq!(answer.exception().0, 21183);
                continue;
            }
            seen.extend(numbers(&answer.body));
            from = answer.text("permanentStorageHwmDate").parse().unwrap();
        }
        prop_assert_eq!(seen.len(), arrivals.len());
    }
}
