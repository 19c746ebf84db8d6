//! Everything that the builder refuses, and what it says about it.

use ksef_core::ArithmeticError;

use super::*;

fn errors(builder: InvoiceBuilder) -> Vec<BuildError> {
    builder.build().unwrap_err().into_iter().collect()
}

fn first() -> Option<LineNumber> {
    Some(LineNumber::FIRST)
}

fn missing(field: Field, line: Option<LineNumber>) -> Vec<BuildError> {
    vec![BuildError::Missing { field, line }]
}

fn unexpected(field: Field, line: Option<LineNumber>) -> Vec<BuildError> {
    vec![BuildError::Unexpected { field, line }]
}

fn mismatch(field: Field, expected: &str) -> Vec<BuildError> {
    let expected = expected.parse().unwrap();
    vec![BuildError::Mismatch { field, line: LineNumber::FIRST, expected }]
}

#[test]
fn everything_that_is_missing_is_reported_at_once() {
    let fields: Vec<_> =
        errors(InvoiceBuilder::new("now")).iter().filter_map(BuildError::field).collect();
    let expected = [
        Field::CreatedAt,
        Field::Number,
        Field::IssueDate,
        Field::Lines,
        Field::Seller,
        Field::Buyer,
    ];
    assert_eq!(fields, expected);
}

#[test]
fn problems_of_several_lines_are_reported_at_once() {
    let lines = [
        LineItem::net("", "1,5", VatRate::Rate23).quantity("x"),
        line(VatRate::Zw).unit(""),
        line(VatRate::Zero),
    ];
    let found = errors(invoice().lines(lines).footer("").info("", "x"));
    let found: Vec<_> = found
        .iter()
        .map(|error| (error.field().unwrap(), error.line().map(LineNumber::get)))
        .collect();
    let expected = [
        (Field::NetPrice, Some(1)),
        (Field::Quantity, Some(1)),
        (Field::Description, Some(1)),
        (Field::Unit, Some(2)),
        (Field::Rate, Some(3)),
        (Field::ExemptionBasis, Some(2)),
        (Field::Info, None),
        (Field::Footer, None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn parties_need_identifier_name_and_address() {
    let nobody = Party::consumer("").email("x").eori("");
    let found = errors(invoice().line(line(VatRate::Rate23)).seller(nobody.clone()).buyer(nobody));
    let fields: Vec<_> = found.iter().filter_map(BuildError::field).collect();
    let expected = [
        Field::SellerNip,
        Field::SellerName,
        Field::SellerAddress,
        Field::SellerContact,
        Field::SellerEori,
        Field::BuyerName,
        Field::BuyerAddress,
        Field::BuyerContact,
        Field::BuyerEori,
    ];
    assert_eq!(fields, expected);
}

#[test]
fn identifiers_are_checked() {
    for wrong in [
        Party::nip("1111111112", "N"),
        Party::eu_vat("PL1111111111", "N"),
        Party::other_id(None, "", "N"),
    ] {
        let wrong = wrong.address(CountryCode::Pl, "Kraków");
        let found = errors(invoice().line(line(VatRate::Rate23)).buyer(wrong));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field(), Some(Field::BuyerId));
    }
    let seller = seller().customer_number("7");
    let found = errors(invoice().line(line(VatRate::Rate23)).seller(seller));
    assert_eq!(found, unexpected(Field::SellerCustomerNumber, None));
}

#[test]
fn exemption_and_its_basis_go_together() {
    let basis = ExemptionBasis::P19a("art. 43 ust. 1 pkt 37 ustawy".parse().unwrap());
    assert!(invoice().line(line(VatRate::Zw)).exemption(basis.clone()).build().is_ok());
    let found = errors(invoice().line(line(VatRate::Zw)));
    assert_eq!(found, missing(Field::ExemptionBasis, first()));
    let found = errors(invoice().line(line(VatRate::Rate8)).exemption(basis));
    assert_eq!(found, unexpected(Field::ExemptionBasis, None));
}

#[test]
fn margin_and_its_scheme_go_together() {
    let item = LineItem::gross("auto", "100", Taxation::Margin);
    let kind = MarginKind::SecondHandGoods(crate::model::Mark::SET);
    assert!(invoice().line(item.clone()).margin(kind.clone()).build().is_ok());
    assert_eq!(errors(invoice().line(item)), missing(Field::MarginKind, first()));
    let found = errors(invoice().line(line(VatRate::Rate23)).margin(kind.clone()));
    assert_eq!(found, unexpected(Field::MarginKind, None));
    let net = LineItem::net("auto", "100", Taxation::Margin);
    let found = errors(invoice().line(net).margin(kind));
    assert!(found.contains(&BuildError::Unexpected { field: Field::NetPrice, line: first() }));
}

#[test]
fn the_reverse_charge_is_asked_for_where_it_is_not_certain() {
    let found = errors(invoice().line(line(VatRate::NpI)));
    assert_eq!(found, missing(Field::ReverseCharge, first()));
    let found = errors(invoice().line(line(VatRate::Oo)).reverse_charge(false));
    assert_eq!(found, unexpected(Field::ReverseCharge, first()));
    let found = errors(invoice().line(line(VatRate::Rate23)).reverse_charge(true));
    assert_eq!(found, unexpected(Field::ReverseCharge, None));
}

#[test]
fn split_payment_is_asked_for_where_it_is_not_certain() {
    let steel = || LineItem::net("stal", "20000", VatRate::Rate23).of_annex_15();
    let found = errors(correction().line(steel()));
    assert_eq!(found, missing(Field::SplitPayment, first()));
    let foreigner = Party::eu_vat("DE123456789", "K").address(CountryCode::De, "Berlin");
    let found = errors(invoice().buyer(foreigner).line(steel()));
    assert_eq!(found, missing(Field::SplitPayment, first()));
    let found = errors(invoice().line(steel()).split_payment(false));
    assert_eq!(found, unexpected(Field::SplitPayment, first()));
}

#[test]
fn an_exchange_rate_is_needed_for_tax_in_another_currency_only() {
    let euro = || invoice().currency("EUR");
    assert!(euro().line(line(VatRate::ZeroKr)).build().is_ok());
    let found = errors(euro().line(line(VatRate::Rate23)));
    assert_eq!(found, missing(Field::ExchangeRate, None));
    let found = errors(invoice().line(line(VatRate::Rate23)).exchange_rate("4"));
    assert_eq!(found, unexpected(Field::ExchangeRate, None));
    let found = errors(euro().line(line(VatRate::ZeroKr)).exchange_rate("0"));
    assert_eq!(found[0].field(), Some(Field::ExchangeRate));
    assert_eq!(errors(invoice().line(line(VatRate::Rate23)).currency("eur")).len(), 1);
}

#[test]
fn the_rates_of_fa_2_alone_are_ambiguous_in_both_versions() {
    for version in [SchemaVersion::Fa2, SchemaVersion::Fa3] {
        for rate in [VatRate::Zero, VatRate::Np] {
            let found = errors(invoice().version(version).line(line(rate)));
            assert_eq!(found, [BuildError::AmbiguousRate { line: LineNumber::FIRST }]);
        }
    }
}

#[test]
fn prices_of_two_kinds_go_together_line_by_line_only() {
    let gross = LineItem::gross("b", "1", VatRate::Rate8);
    let both = || invoice().line(line(VatRate::Rate23)).line(gross.clone());
    let second = LineNumber::try_from(2).unwrap();
    assert_eq!(errors(both()), [BuildError::MethodMismatch { line: second }]);
    assert!(both().tax_method(TaxMethod::PerLine).build().is_ok());
    let misfit = [BuildError::MethodMismatch { line: LineNumber::FIRST }];
    let with_tax = invoice().line(line(VatRate::Rate23).tax("23"));
    assert_eq!(errors(with_tax.tax_method(TaxMethod::NetTotals)), misfit);
    let found = errors(invoice().line(gross).tax_method(TaxMethod::NetTotals));
    assert_eq!(found, misfit);
}

#[test]
fn given_amounts_must_follow_from_the_others() {
    let with_tax = |tax: &str| invoice().line(line(VatRate::Rate23).tax(tax));
    assert!(with_tax("23.01").build().is_ok());
    assert_eq!(errors(with_tax("23.02")), mismatch(Field::LineTax, "23.00"));
    let yen = |tax: &str| with_tax(tax).currency("JPY").exchange_rate("0.027");
    assert!(yen("24").build().is_ok());
    assert_eq!(errors(yen("24.01")), mismatch(Field::LineTax, "23.00"));
    let untaxed = invoice().line(line(VatRate::ZeroKr).tax("0.01"));
    assert_eq!(errors(untaxed), mismatch(Field::LineTax, "0.00"));

    let valued = |value: &str| {
        let item = LineItem::net_value("a", value, VatRate::Rate23).quantity("3");
        invoice().line(item.unit_price("0.333"))
    };
    assert!(valued("1.01").build().is_ok());
    assert_eq!(errors(valued("1.02")), mismatch(Field::NetValue, "1.00"));
}

#[test]
fn amounts_beyond_the_schema_are_too_large() {
    let item = LineItem::net("a", "99999999999999", VatRate::Rate23).quantity("9999999");
    let found = errors(invoice().line(item));
    assert_eq!(found, [BuildError::TooLarge { field: Field::NetValue, line: first() }]);
    let item = LineItem::net_value("a", "9999999999999999.99", VatRate::Rate23);
    let found = errors(invoice().line(item));
    assert_eq!(found, [BuildError::TooLarge { field: Field::Totals, line: None }]);
}

#[test]
fn what_belongs_to_corrections_needs_one() {
    let item = || line(VatRate::Rate23);
    let found = errors(invoice().change(item(), item()));
    assert_eq!(found, missing(Field::CorrectedInvoice, first()));
    let found = errors(invoice().line(item()).correction_reason("Pomyłka"));
    assert_eq!(found, missing(Field::CorrectedInvoice, None));
    let found = errors(invoice().line(item()).corrects(Original::in_ksef("", "2026", "1")));
    let fields: Vec<_> = found.iter().filter_map(BuildError::field).collect();
    let expected = [Field::CorrectedNumber, Field::CorrectedDate, Field::CorrectedKsefNumber];
    assert_eq!(fields, expected);
}

#[test]
fn dates_of_supply_are_consistent() {
    let dated = line(VatRate::Rate23).supplied_on("2026-01-30");
    assert!(invoice().line(dated.clone()).build().is_ok());
    let found = errors(invoice().line(dated).supplied_on("2026-01-31"));
    assert_eq!(found, unexpected(Field::LineSupplyDate, first()));
    let found =
        errors(invoice().line(line(VatRate::Rate8)).supplied_over("2026-02-01", "2026-01-01"));
    assert_eq!(found[0].field(), Some(Field::SupplyPeriod));
}

#[test]
fn what_the_schema_alone_knows_is_refused_with_its_issue() {
    let long = "a".repeat(300);
    let item = LineItem::net(long.as_str(), "1", VatRate::Rate23);
    assert!(invoice().line(item.clone()).build().is_ok());
    let cases = [
        invoice().line(item).version(SchemaVersion::Fa2),
        invoice().line(line(VatRate::Rate23)).due_on("2016-06-30"),
        invoice()
            .line(line(VatRate::Rate23))
            .version(SchemaVersion::Fa2)
            .account("PL 73 1111 1111"),
        ["1", "2", "3", "4"]
            .into_iter()
            .fold(invoice().line(line(VatRate::Rate23)), InvoiceBuilder::footer),
    ];
    for case in cases {
        let found = errors(case);
        assert!(matches!(found.as_slice(), [BuildError::Schema(_)]), "{found:?}");
        assert_eq!((found[0].field(), found[0].line()), (None, None));
        assert!(found[0].to_string().starts_with("/Faktura"), "{}", found[0]);
    }
}

#[test]
fn an_error_says_what_where_and_what_to_do_and_never_repeats_the_input() {
    let builder = invoice().number("tajne\u{7F}").line(line(VatRate::Zw)).line(line(VatRate::Np));
    let errors = builder.build().unwrap_err();
    let text = errors.to_string();
    assert!(text.contains("line 1: the basis of the exemption is missing: give it by"), "{text}");
    assert!(text.contains("line 2: the rate is one of several"), "{text}");
    assert!(!text.contains("tajne"));
    let source = core::error::Error::source(&errors.as_slice()[0]).unwrap();
    assert!(source.to_string().contains("character"));
    assert_eq!(
        InputError::from(ArithmeticError::Overflow).to_string(),
        ArithmeticError::Overflow.to_string()
    );
}
