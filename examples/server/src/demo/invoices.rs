//! The invoices of the demo: built, written, and judged before they are sent.

use std::error::Error;
use std::fs;
use std::path::Path;

use ksef_core::{Currency, Environment, InvoiceDate, InvoiceXml, Timestamp};
use ksef_fa::builder::{BuildErrors, LineItem, Original, Party};
use ksef_fa::model::{CountryCode, VatRate};
use ksef_fa::rules::Context;
use ksef_fa::{InvoiceBuilder, Profile, judge};

/// What the builder makes of a sale.
pub(super) enum Drafted {
    Written(InvoiceXml),
    /// It cannot be built without guessing.
    Refused(BuildErrors),
}

/// What is sold; each kind makes another kind of invoice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sale {
    OneRate,
    TwoRates,
    GrossPrices,
    InEuro,
    Correction,
    /// Exempt, and nobody says on which ground.
    ExemptWithoutGround,
}

impl Sale {
    /// Ordinary sales take turns.
    pub(super) const fn of_turn(turn: u64) -> Self {
        match turn % 5 {
            0 => Self::OneRate,
            1 => Self::TwoRates,
            2 => Self::GrossPrices,
            3 => Self::InEuro,
            _ => Self::Correction,
        }
    }
}

/// Builds the invoice with this number, writes it and judges what was written.
pub(super) fn draft(
    sale: Sale,
    number: &str,
    p_1: InvoiceDate,
    now: Timestamp,
) -> Result<Drafted, Box<dyn Error>> {
    let invoice = match builder(sale, number, p_1, now).build() {
        Ok(invoice) => invoice,
        Err(errors) => return Ok(Drafted::Refused(errors)),
    };
    let xml = invoice.to_xml()?;
    let profile = Profile::new(Environment::Test, now.warsaw_date()).deny_warnings();
    let report = judge(xml.as_bytes(), &profile, &Context::new());
    if report.is_valid() { Ok(Drafted::Written(xml)) } else { Err(report.into()) }
}

/// Stores the exact bytes, so that they can be looked at.
pub(super) fn store(folder: &Path, number: &str, xml: &InvoiceXml) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{}.xml", number.replace('/', "-"))), xml.as_bytes())
}

fn builder(sale: Sale, number: &str, p_1: InvoiceDate, now: Timestamp) -> InvoiceBuilder {
    let seller = Party::nip("1111111111", "Przykładowa sp. z o.o.")
        .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
    let buyer = Party::nip("9876543210", "Nabywca S.A.")
        .address(CountryCode::Pl, "ul. Inna 2, 30-001 Kraków");
    let builder = InvoiceBuilder::new(now)
        .system_info("ksef-server demo")
        .number(number)
        .issued_on(p_1)
        .seller(seller)
        .buyer(buyer);
    let hours = || LineItem::net("Konsultacje", "150.00", VatRate::Rate23).unit("h");
    match sale {
        Sale::OneRate => builder.line(hours().quantity("7.5")),
        Sale::TwoRates => builder
            .line(hours().quantity("3"))
            .line(LineItem::net("Książka", "39.90", VatRate::Rate5).quantity("2").unit("szt.")),
        Sale::GrossPrices => builder
            .line(LineItem::gross("Kubek", "49.99", VatRate::Rate23).quantity("3").unit("szt.")),
        Sale::InEuro => {
            builder.currency(Currency::Eur).exchange_rate("4.2513").line(hours().quantity("10"))
        }
        Sale::Correction => builder
            .corrects(Original::outside_ksef("FV/2026/10/77", "2026-10-05"))
            .correction_reason("Zwrot części usługi")
            .line(hours().quantity("-2")),
        Sale::ExemptWithoutGround => {
            builder.line(LineItem::net("Szkolenie", "900.00", VatRate::Zw))
        }
    }
}
