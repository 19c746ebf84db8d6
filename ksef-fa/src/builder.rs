//! `InvoiceBuilder`, an ordinary invoice or a correction in a few calls.
//!
//! The builder takes what is sold, to whom and at which rate, and computes what art. 106e of the
//! VAT act says: values of lines, totals by rate, tax, and tax in PLN. It derives an answer where
//! the rest leaves only one, and refuses to build where several are possible. Everything that it
//! refuses is reported at once.
//!
//! ```
//! use ksef_fa::builder::{InvoiceBuilder, LineItem, Party};
//! use ksef_fa::model::{CountryCode, VatRate};
//!
//! let seller = Party::nip("5265877635", "Sprzedawca sp. z o.o.")
//!     .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
//! let buyer = Party::nip("1111111111", "Nabywca S.A.")
//!     .address(CountryCode::Pl, "ul. Inna 2, 30-001 Kraków");
//!
//! let invoice = InvoiceBuilder::new("2026-02-01T09:30:47Z")
//!     .number("FV/1/2026")
//!     .issued_on("2026-02-01")
//!     .seller(seller)
//!     .buyer(buyer)
//!     .line(LineItem::net("Konsultacje", "150.00", VatRate::Rate23).quantity("7.5").unit("h"))
//!     .line(LineItem::net("Książka", "39.90", VatRate::Rate5))
//!     .due_on("2026-02-15")
//!     .build()?;
//!
//! // What is built is valid, so there is nothing left to check.
//! let xml = String::from_utf8(invoice.to_xml_unchecked())?;
//! assert!(xml.contains("<P_13_1>1125.00</P_13_1><P_14_1>258.75</P_14_1>"));
//! assert_eq!(invoice.body.vat_summary.p_15.to_string(), "1425.65");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! **Gross prices**, art. 106e(7) and (8): the tax is that within the gross total of each rate.
//!
//! ```
//! # use ksef_fa::builder::{InvoiceBuilder, LineItem, Party};
//! # use ksef_fa::model::{CountryCode, VatRate};
//! # let seller = Party::nip("5265877635", "S").address(CountryCode::Pl, "Warszawa");
//! let buyer = Party::consumer("Jan Kowalski").address(CountryCode::Pl, "Warszawa");
//! let invoice = InvoiceBuilder::new("2026-02-01T09:30:47Z")
//!     .number("FV/2/2026")
//!     .issued_on("2026-02-01")
//!     .seller(seller)
//!     .buyer(buyer)
//!     .line(LineItem::gross("Kubek", "49.99", VatRate::Rate23).quantity("2").unit("szt."))
//!     .build()?;
//!
//! let basic = invoice.body.vat_summary.basic.ok_or("no total")?;
//! assert_eq!((basic.p_13_1.to_string(), basic.p_14_1.to_string()), ("81.28".into(), "18.70".into()));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! **Another currency**, art. 106e(11): the tax of each band is converted to PLN once.
//!
//! ```
//! # use ksef_core::Currency;
//! # use ksef_fa::builder::{InvoiceBuilder, LineItem, Party};
//! # use ksef_fa::model::{CountryCode, VatRate};
//! # let seller = Party::nip("5265877635", "S").address(CountryCode::Pl, "Warszawa");
//! # let buyer = Party::nip("1111111111", "N").address(CountryCode::Pl, "Kraków");
//! let invoice = InvoiceBuilder::new("2026-02-01T09:30:47Z")
//!     .number("FV/3/2026")
//!     .issued_on("2026-02-01")
//!     .currency(Currency::Eur)
//!     .exchange_rate("4.5005")
//!     .seller(seller)
//!     .buyer(buyer)
//!     .line(LineItem::net("Maszyna", "13560.00", VatRate::Rate23))
//!     .build()?;
//!
//! let basic = invoice.body.vat_summary.basic.ok_or("no total")?;
//! assert_eq!(basic.p_14_1.to_string(), "3118.80");
//! assert_eq!(basic.p_14_1w.map(|tax| tax.to_string()).as_deref(), Some("14036.16"));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! **A correction by differences**, art. 106j: lines say by how much something changes.
//!
//! ```
//! # use ksef_fa::builder::{InvoiceBuilder, LineItem, Original, Party};
//! # use ksef_fa::model::{CorrectionEffect, CountryCode, VatRate};
//! # let seller = Party::nip("5265877635", "S").address(CountryCode::Pl, "Warszawa");
//! # let buyer = Party::nip("1111111111", "N").address(CountryCode::Pl, "Kraków");
//! let number = "5265877635-20250826-0100001AF629-AF";
//! let invoice = InvoiceBuilder::new("2026-03-01T09:30:47Z")
//!     .number("KOR/1/2026")
//!     .issued_on("2026-03-01")
//!     .seller(seller)
//!     .buyer(buyer)
//!     .corrects(Original::in_ksef("FV/8/2025", "2025-08-26", number))
//!     .correction_reason("Zwrot towaru")
//!     .correction_effect(CorrectionEffect::CorrectionDate)
//!     .line(LineItem::net("Książka", "39.90", VatRate::Rate5).quantity("-1"))
//!     .build()?;
//!
//! assert_eq!(invoice.body.vat_summary.p_15.to_string(), "-41.90");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! **A correction by states**: each changed line as it was and as it is; the totals are what is,
//! less what was.
//!
//! ```
//! # use ksef_fa::builder::{InvoiceBuilder, LineItem, Original, Party};
//! # use ksef_fa::model::{CountryCode, VatRate};
//! # let seller = Party::nip("5265877635", "S").address(CountryCode::Pl, "Warszawa");
//! # let buyer = Party::nip("1111111111", "N").address(CountryCode::Pl, "Kraków");
//! let hours = LineItem::net("Konsultacje", "150.00", VatRate::Rate23).unit("h");
//! let invoice = InvoiceBuilder::new("2026-03-01T09:30:47Z")
//!     .number("KOR/2/2026")
//!     .issued_on("2026-03-01")
//!     .seller(seller)
//!     .buyer(buyer)
//!     .corrects(Original::outside_ksef("FV/1/2026", "2026-02-01"))
//!     .change(hours.clone().quantity("7.5"), hours.quantity("7"))
//!     .build()?;
//!
//! assert_eq!(invoice.body.vat_summary.p_15.to_string(), "-92.25");
//! assert_eq!(invoice.body.lines.len(), 2);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Advance payments, their settlement and simplified invoices are not built here. What the builder
//! has no setter for is set on the [`Invoice`] afterwards; all of its fields are public.

mod assemble;
mod correction;
mod error;
mod input;
mod line_item;
mod party;
mod payment;
mod row;
mod statements;
#[cfg(test)]
mod tests;
mod totals;

use ksef_core::{Currency, InvoiceDate, Quantity, Timestamp};

pub use correction::Original;
pub use error::{BuildError, BuildErrors, Field};
pub use input::{Input, InputError};
pub use line_item::{LineItem, Taxation};
pub use party::Party;
pub use totals::TaxMethod;

use correction::Corrections;
use error::Problems;
use input::Given;
use payment::Terms;
use statements::Statements;

use crate::SchemaVersion;
use crate::model::{
    AccountNumber, CorrectionEffect, ExemptionBasis, FooterText, Invoice, MarginKind, NewVehicles,
    PaymentForm, Text, ThirdParty,
};

/// An invoice in the making; see the [module](self).
///
/// Setters take values or text, and what cannot be read is reported by
/// [`InvoiceBuilder::build`].
#[derive(Clone, Debug)]
#[must_use]
pub struct InvoiceBuilder {
    version: SchemaVersion,
    created_at: Given<Timestamp>,
    system_info: Option<Given<Text<256>>>,
    seller: Option<Party>,
    buyer: Option<Party>,
    third_parties: Vec<ThirdParty>,
    number: Option<Given<Text<256>>>,
    issued_on: Option<Given<InvoiceDate>>,
    place: Option<Given<Text<256>>>,
    supply: Option<Supply>,
    currency: Given<Currency>,
    exchange_rate: Option<Given<Quantity>>,
    method: Option<TaxMethod>,
    entries: Vec<Entry>,
    statements: Statements,
    corrections: Corrections,
    terms: Terms,
    infos: Vec<(Given<Text<256>>, Given<Text<256>>)>,
    footers: Vec<Given<FooterText>>,
}

#[derive(Clone, Debug)]
enum Supply {
    On(Given<InvoiceDate>),
    Over(Given<InvoiceDate>, Given<InvoiceDate>),
}

/// What becomes one row or two.
#[derive(Clone, Debug)]
enum Entry {
    Line(Box<LineItem>),
    Change(Box<[LineItem; 2]>),
}

/// Setters.
impl InvoiceBuilder {
    /// An invoice of FA(3) in PLN that is made at this time, which the caller's clock says.
    ///
    /// It is when the document is made, `DataWytworzeniaFa`, and not the date of issue.
    pub fn new(created_at: impl Input<Timestamp>) -> Self {
        Self {
            version: SchemaVersion::Fa3,
            created_at: created_at.read(),
            system_info: None,
            seller: None,
            buyer: None,
            third_parties: Vec::new(),
            number: None,
            issued_on: None,
            place: None,
            supply: None,
            currency: Ok(Currency::Pln),
            exchange_rate: None,
            method: None,
            entries: Vec::new(),
            statements: Statements::default(),
            corrections: Corrections::default(),
            terms: Terms::default(),
            infos: Vec::new(),
            footers: Vec::new(),
        }
    }

    /// The version of the schema. It is FA(3) unless one says otherwise.
    pub const fn version(mut self, version: SchemaVersion) -> Self {
        self.version = version;
        self
    }

    /// The system that the invoice is made with.
    pub fn system_info(mut self, name: impl Input<Text<256>>) -> Self {
        self.system_info = Some(name.read());
        self
    }

    /// The seller, a party with a NIP and an address.
    pub fn seller(mut self, seller: Party) -> Self {
        self.seller = Some(seller);
        self
    }

    /// The buyer, a party with an address.
    pub fn buyer(mut self, buyer: Party) -> Self {
        self.buyer = Some(buyer);
        self
    }

    /// Somebody else who has to do with the invoice.
    ///
    /// A recipient that is a unit of local government or a member of a VAT group also answers
    /// `JST` and `GV` of the buyer with yes, which otherwise are no.
    pub fn third_party(mut self, third_party: ThirdParty) -> Self {
        self.third_parties.push(third_party);
        self
    }

    /// The number, unique for the seller (art. 106e(1)(2) of the VAT act).
    pub fn number(mut self, number: impl Input<Text<256>>) -> Self {
        self.number = Some(number.read());
        self
    }

    /// The date of issue (art. 106e(1)(1) of the VAT act).
    pub fn issued_on(mut self, date: impl Input<InvoiceDate>) -> Self {
        self.issued_on = Some(date.read());
        self
    }

    /// The place of issue.
    pub fn place(mut self, place: impl Input<Text<256>>) -> Self {
        self.place = Some(place.read());
        self
    }

    /// The day of the supply, or of the payment before it.
    ///
    /// It is written if it differs from the date of issue (art. 106e(1)(6) of the VAT act).
    pub fn supplied_on(mut self, date: impl Input<InvoiceDate>) -> Self {
        self.supply = Some(Supply::On(date.read()));
        self
    }

    /// The period that the invoice is about (art. 19a(3), (4) and (5)(4) of the VAT act).
    pub fn supplied_over(
        mut self,
        from: impl Input<InvoiceDate>,
        to: impl Input<InvoiceDate>,
    ) -> Self {
        self.supply = Some(Supply::Over(from.read(), to.read()));
        self
    }

    /// The currency of all amounts that are given. It is PLN unless one says otherwise.
    pub fn currency(mut self, currency: impl Input<Currency>) -> Self {
        self.currency = currency.read();
        self
    }

    /// The exchange rate by which tax is converted, PLN for one unit (art. 31a of the VAT act).
    ///
    /// On a correction it is that of the original invoice (art. 31b of the VAT act).
    pub fn exchange_rate(mut self, rate: impl Input<Quantity>) -> Self {
        self.exchange_rate = Some(rate.read());
        self
    }

    /// How the tax is computed. Otherwise it follows from the lines, see [`TaxMethod`].
    pub const fn tax_method(mut self, method: TaxMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// A line; on a correction, a difference or something new.
    pub fn line(mut self, item: LineItem) -> Self {
        self.entries.push(Entry::Line(Box::new(item)));
        self
    }

    /// Several lines.
    pub fn lines(mut self, items: impl IntoIterator<Item = LineItem>) -> Self {
        self.entries.extend(items.into_iter().map(|item| Entry::Line(Box::new(item))));
        self
    }

    /// On a correction, a line as it was before and as it is now. A line that goes away is one
    /// of quantity 0 now.
    pub fn change(mut self, before: LineItem, after: LineItem) -> Self {
        self.entries.push(Entry::Change(Box::new([before, after])));
        self
    }

    /// That tax is due when payment arrives (art. 19a(5)(1), art. 21(1) of the VAT act).
    pub const fn cash_accounting(mut self) -> Self {
        self.statements.is_cash_accounting = true;
        self
    }

    /// That the buyer issues the invoice (art. 106d(1) of the VAT act).
    pub const fn self_billing(mut self) -> Self {
        self.statements.is_self_billing = true;
        self
    }

    /// That it is the invoice of the second taxpayer of a triangular transaction (art. 135(1)(4)
    /// of the VAT act).
    pub const fn triangular(mut self) -> Self {
        self.statements.is_triangular = true;
        self
    }

    /// Whether the buyer owes the tax (art. 106e(1)(18) of the VAT act).
    ///
    /// It follows from lines at `oo` and `np II`, and from there being none without Polish tax. It
    /// has to be said for lines at `np I`, unless the buyer is a consumer.
    pub const fn reverse_charge(mut self, is_used: bool) -> Self {
        self.statements.reverse_charge = Some(is_used);
        self
    }

    /// Whether payment has to be split (art. 106e(1)(18a) of the VAT act).
    ///
    /// It follows from the lines of annex 15, the total and a buyer with a NIP. It has to be said
    /// where there are such lines on a correction, for a foreign buyer, or without the exchange rate.
    pub const fn split_payment(mut self, is_used: bool) -> Self {
        self.statements.split_payment = Some(is_used);
        self
    }

    /// The provision by which lines at `zw` are exempt (art. 106e(1)(19) of the VAT act).
    pub fn exemption(mut self, basis: ExemptionBasis) -> Self {
        self.statements.exemption = Some(basis);
        self
    }

    /// The margin scheme of lines with [`Taxation::Margin`] (art. 106e(2) and (3) of the VAT act).
    pub fn margin(mut self, kind: MarginKind) -> Self {
        self.statements.margin = Some(kind);
        self
    }

    /// The new means of transport that go to another member state (art. 106e(1)(24)(b) of the VAT
    /// act).
    pub fn new_vehicles(mut self, vehicles: NewVehicles) -> Self {
        self.statements.new_vehicles = Some(vehicles);
        self
    }

    /// An invoice that is corrected, of one or several. This makes the invoice a correction.
    pub fn corrects(mut self, original: Original) -> Self {
        self.corrections.originals.push(original);
        self
    }

    /// The reason for the correction.
    pub fn correction_reason(mut self, reason: impl Input<Text<256>>) -> Self {
        self.corrections.reason = Some(reason.read());
        self
    }

    /// In which period the correction counts.
    pub const fn correction_effect(mut self, effect: CorrectionEffect) -> Self {
        self.corrections.effect = Some(effect);
        self
    }

    /// The period of a rebate on all supplies to the buyer (art. 106j(3) of the VAT act).
    pub fn correction_period(mut self, period: impl Input<Text<256>>) -> Self {
        self.corrections.period = Some(period.read());
        self
    }

    /// When payment is due; several dates, if it is in parts.
    pub fn due_on(mut self, date: impl Input<InvoiceDate>) -> Self {
        self.terms.due_on.push(date.read());
        self
    }

    /// When all of it was paid.
    pub fn paid_on(mut self, date: impl Input<InvoiceDate>) -> Self {
        self.terms.paid_on = Some(date.read());
        self
    }

    /// How it is paid.
    pub const fn payment_form(mut self, form: PaymentForm) -> Self {
        self.terms.form = Some(form);
        self
    }

    /// A bank account of the seller.
    pub fn account(mut self, number: impl Input<AccountNumber>) -> Self {
        self.terms.accounts.push(number.read());
        self
    }

    /// Something that has no other place: what it is, and its value.
    pub fn info(mut self, key: impl Input<Text<256>>, value: impl Input<Text<256>>) -> Self {
        self.infos.push((key.read(), value.read()));
        self
    }

    /// A text of the footer, of up to three.
    pub fn footer(mut self, text: impl Input<FooterText>) -> Self {
        self.footers.push(text.read());
        self
    }
}

/// Building.
impl InvoiceBuilder {
    /// The invoice, with everything computed. It is valid in its schema.
    ///
    /// # Errors
    ///
    /// All that is wrong, missing or ambiguous.
    pub fn build(self) -> Result<Invoice, BuildErrors> {
        let mut problems = Problems::default();
        let invoice = self.assemble(&mut problems);
        let invoice = problems.finish(invoice)?;
        let Err(report) = invoice.to_xml() else { return Ok(invoice) };
        let mut problems = Problems::default();
        let issues = report.errors().cloned();
        issues.for_each(|issue| problems.push(BuildError::Schema(Box::new(issue))));
        problems.finish(None)
    }
}
