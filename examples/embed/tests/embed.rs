//! The program against a sandbox.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ksef_core::Clock as _;
use ksef_sandbox::{Config, Delays, Permission, Sandbox};
use ksef_tests::client::ShiftedClock;

#[path = "../src/main.rs"]
#[expect(dead_code, reason = "its main function is that of the program, which runs as well")]
mod program;

const NIP: &str = "5265877635";

/// An invoice of one line at 23 %, issued at this moment, in seconds since 1970.
fn invoice(at: i64) -> String {
    let taxes = r#"[{"amount":23000,"tax_behavior":"exclusive",
        "tax_rate_details":{"tax_rate":"txr_23"},"taxability_reason":"standard_rated",
        "taxable_amount":100000,"type":"tax_rate_details"}]"#;
    format!(
        r#"{{"id":"in_1","object":"invoice","livemode":false,"status":"open","number":"FV-1",
        "currency":"pln","created":{at},"effective_at":{at},"collection_method":"send_invoice",
        "due_date":null,"customer":"cus_1","customer_name":"Nabywca S.A.",
        "customer_address":{{"line1":"ul. Inna 2","line2":null,"postal_code":"30-001",
        "city":"Kraków","state":null,"country":"PL"}},"customer_tax_exempt":"none",
        "customer_tax_ids":[{{"type":"pl_nip","value":"1111111111"}}],
        "automatic_tax":{{"enabled":false,"status":null,"liability":null}},
        "issuer":{{"type":"self"}},"on_behalf_of":null,"account_tax_ids":null,"from_invoice":null,
        "status_transitions":{{"finalized_at":{at},"paid_at":null,"voided_at":null,
        "marked_uncollectible_at":null}},"lines":{{"object":"list","has_more":false,"data":[{{
        "id":"il_1","object":"line_item","amount":100000,"currency":"pln",
        "description":"Abonament","discount_amounts":[],"period":{{"start":{at},"end":{at}}},
        "livemode":false,"pretax_credit_amounts":[],"quantity":1,"quantity_decimal":"1",
        "pricing":{{"type":"price_details","price_details":{{"price":"price_1",
        "product":"prod_1"}},"unit_amount_decimal":"100000"}},"parent":null,
        "taxes":{taxes}}}]}},"subtotal":100000,
        "total":123000,"total_excluding_tax":100000,"starting_balance":0,"shipping_cost":null,
        "metadata":{{}},"custom_fields":null,"footer":null,"total_taxes":{taxes},"parent":null}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_of_stripe_ends_with_its_receipt_once() {
    // Noon of a day. From midnight in Poland until midnight in UTC it would wait, for KSeF refuses what
    // was issued on a day that has not begun there.
    let clock = Arc::new(ShiftedClock::starting_now().unwrap());
    let mut config = Config::default();
    config.clock = Arc::<ShiftedClock>::clone(&clock);
    config.delays = Delays::each(Duration::from_millis(2));
    let ksef = Sandbox::start(config).await.unwrap();
    let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
    let token = ksef.sandbox().create_token(NIP.parse().unwrap(), permissions);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("invoice.json");
    fs::write(&file, invoice(clock.now().as_unix_milliseconds() / 1_000)).unwrap();
    let api = format!("{}/v2", ksef.base_url());
    let arguments =
        [&api, NIP, token.expose(), file.to_str().unwrap(), folder.path().to_str().unwrap()];
    let arguments = arguments.map(str::to_owned);
    for _ in 0..2 {
        program::run(&arguments, Arc::<ShiftedClock>::clone(&clock)).await.unwrap();
    }
    let csv = fs::read_to_string(folder.path().join("TEST-audit.csv")).unwrap();
    let [accepted] = &ksef.sandbox().accepted()[..] else { panic!("{csv}") };
    assert!(csv.contains(&accepted.ksef_number.to_string()), "{csv}");
    assert!(csv.contains(",ACCEPTED,"), "{csv}");
    assert!(fs::read(folder.path().join("TEST-upo.zip")).unwrap().starts_with(b"PK"));
    ksef.stop().await;
}

#[test]
fn the_program_says_how_it_is_called() {
    let output = Command::new(env!("CARGO_BIN_EXE_ksef-embed")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("usage: ksef-embed API NIP TOKEN"), "{said}");
}
