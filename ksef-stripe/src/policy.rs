//! `Policies`, every choice that is the seller's.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::{Currency, InternalId, Nip};
use ksef_fa::model::CorrectionEffect;
use serde::Deserialize;

/// Declares an enum of a policy once, with its default and its texts.
macro_rules! policy {
    (
        $(#[$meta:meta])*
        $type:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$about])* $variant,)+
        }

        impl $type {
            /// A stable text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

policy! {
    /// On which event an invoice is filed. Credit notes are filed when they are made.
    Trigger {
        /// `invoice.finalized`: the invoice is issued.
        #[default]
        Finalized = "finalized",
        /// `invoice.paid`: the invoice is paid. It usually is so days after it was issued, so it
        /// goes with [`IssueDate::SubmissionDate`].
        Paid = "paid",
        /// No event: a person says so.
        Manual = "manual",
    }
}

policy! {
    /// What becomes of sales to buyers without a tax identifier.
    ///
    /// KSeF is not obligatory for them (art. 106ga(2)(4) of the VAT act).
    Consumers {
        /// They are left out.
        #[default]
        Skip = "skip",
        /// They are filed, with `BrakID`.
        File = "file",
    }
}

policy! {
    /// What `P_1` is. **Needs an adviser.**
    ///
    /// A document whose `P_1` is before the day on which it is sent counts as one of the mode
    /// offline24, and may be sent until the next working day.
    IssueDate {
        /// The date that the Stripe document bears.
        #[default]
        DocumentDate = "document_date",
        /// The day on which it is mapped.
        SubmissionDate = "submission_date",
    }
}

policy! {
    /// What becomes of a line below zero on an invoice. **Needs an adviser.**
    NegativeLines {
        /// The invoice is refused: what was sold earlier is corrected by a correction.
        #[default]
        Refuse = "refuse",
        /// A proration stays as a negative line, if its rate remains above zero in total.
        Net = "net",
    }
}

policy! {
    /// What billing credits are, which Stripe takes off before tax. **Needs an adviser.**
    CreditGrants {
        /// Not known: prepaid or promotional.
        #[default]
        Refuse = "refuse",
        /// A discount: all of them are promotional.
        Discount = "discount",
    }
}

policy! {
    /// What `P_18` is on services to buyers outside the EU, where Stripe does not speak of a
    /// reverse charge. **Needs an adviser.**
    ReverseChargeOutsideEu {
        /// No.
        #[default]
        No = "no",
        /// Yes: the buyer owes VAT or a tax of similar nature.
        Yes = "yes",
    }
}

policy! {
    /// What becomes of an identifier of another country than the address.
    TaxIdCountry {
        /// The document is refused.
        #[default]
        Refuse = "refuse",
        /// The identifier counts.
        Accept = "accept",
    }
}

policy! {
    /// What becomes of a description of more than 512 characters.
    LongDescriptions {
        /// The document is refused.
        #[default]
        Refuse = "refuse",
        /// It is cut, and the whole text goes into `DodatkowyOpis`.
        Truncate = "truncate",
    }
}

policy! {
    /// What becomes of lines of nothing, where others are of something.
    ZeroLines {
        /// They are left out.
        #[default]
        Drop = "drop",
        /// They are kept.
        Keep = "keep",
    }
}

policy! {
    /// What becomes of documents about nothing: trials, coupons of 100 %.
    ZeroTotals {
        /// They are left out.
        #[default]
        Skip = "skip",
        /// They are filed.
        File = "file",
    }
}

policy! {
    /// Where rates come from.
    Rates {
        /// From Stripe's tax rates.
        #[default]
        Lookup = "lookup",
        /// From Stripe's tax rates; where one is not known, the one Polish rate that gives all
        /// amounts of tax.
        Infer = "infer",
    }
}

policy! {
    /// What becomes of lines to buyers abroad that say nothing about tax at all.
    /// **Needs an adviser.**
    Untaxed {
        /// The document is refused.
        #[default]
        Refuse = "refuse",
        /// They are taken for lines without tax: who buys decides.
        ByBuyer = "by_buyer",
    }
}

policy! {
    /// What becomes of the tax of other member states.
    OneStopShop {
        /// The document is left out: the one-stop shop is outside KSeF.
        #[default]
        Skip = "skip",
        /// It is filed with `P_12_XII` and `P_13_5`.
        File = "file",
    }
}

policy! {
    /// What a sale is. Stripe does not say it.
    SupplyKind {
        /// Not known. Sales to buyers abroad are refused.
        #[default]
        Unknown = "unknown",
        /// A service.
        Service = "service",
        /// Goods. To buyers abroad they are refused, unless their export is proven.
        Goods = "goods",
        /// Goods that leave Poland, and the seller has the proof (art. 41(4) and 42 of the VAT
        /// act).
        GoodsWithProof = "goods_with_proof",
    }
}

policy! {
    /// The kind of invoice, or the procedure, that a product takes and that is not made here.
    Special {
        /// An advance payment, or the settlement of one.
        Advance = "advance",
        /// A simplified invoice.
        Simplified = "simplified",
        /// The margin scheme.
        Margin = "margin",
        /// The buyer issues the invoice.
        SelfBilling = "self_billing",
        /// Annex 15 to the VAT act.
        #[default]
        Annex15 = "annex15",
    }
}

policy! {
    /// In which period a correction counts, `TypKorekty`. **Needs an adviser.**
    CorrectionPeriod {
        /// In that of the original, 1.
        Original = "original",
        /// In that in which the correction is issued, 2. So it is for reductions.
        #[default]
        Correction = "correction",
        /// In another one, 3.
        Other = "other",
        /// The field is left out.
        Omitted = "omitted",
    }
}

policy! {
    /// How a correction says what it corrects.
    CorrectionRows {
        /// By what is taken off each line.
        #[default]
        Differences = "differences",
        /// By each line as it was, `StanPrzed`, and as it is now. Where a credit note does not name
        /// the lines of the invoice, or an earlier one has changed them, by differences still.
        BeforeAndAfter = "before_and_after",
    }
}

impl CorrectionPeriod {
    /// `TypKorekty`; `None` where it is left out.
    #[must_use]
    pub const fn effect(self) -> Option<CorrectionEffect> {
        match self {
            Self::Original => Some(CorrectionEffect::OriginalDate),
            Self::Correction => Some(CorrectionEffect::CorrectionDate),
            Self::Other => Some(CorrectionEffect::OtherDate),
            Self::Omitted => None,
        }
    }
}

/// Which currencies are filed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Currencies {
    /// All that the schema has.
    #[default]
    All,
    /// These.
    Only(BTreeSet<Currency>),
}

impl Currencies {
    pub(crate) fn has(&self, currency: Currency) -> bool {
        match self {
            Self::All => true,
            Self::Only(currencies) => currencies.contains(&currency),
        }
    }
}

/// The exemption by which a seller, or a product, has no tax in Poland.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Exemption {
    /// There is none.
    #[default]
    None,
    /// By a provision of a Polish act or regulation, `P_19A`; for a small seller, `art. 113 ust. 1
    /// ustawy o VAT`.
    Act(String),
    /// By a provision of directive 2006/112/EC, `P_19B`.
    Directive(String),
    /// On another basis, `P_19C`.
    Other(String),
}

/// What is known about a product of Stripe, `prod_…`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Product {
    /// What it is; otherwise what all sales are.
    pub kind: Option<SupplyKind>,
    /// Its exemption; otherwise that of all sales.
    pub exemption: Option<Exemption>,
    /// The unit of measure, `P_8A`.
    pub unit: Option<String>,
    /// The kind of invoice that it takes and that is not made here.
    pub special: Option<Special>,
}

/// The unit for which a customer buys: a school of a town, a company of a VAT group.
///
/// The customer is the taxpayer, the unit becomes `Podmiot3`, and `JST` or `GV` is 1.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Recipient {
    /// What the unit is.
    pub kind: RecipientKind,
    /// Its NIP, or the internal identifier (`IDWew`) that the customer gave it.
    pub id: RecipientId,
    /// Its name.
    pub name: String,
}

/// What the unit is for which a customer buys.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecipientKind {
    /// A unit of local government, role 8.
    LocalGovernment,
    /// A member of a VAT group, role 10.
    VatGroup,
}

/// The identifier of a unit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecipientId {
    /// A NIP.
    Nip(Nip),
    /// An internal identifier.
    InternalId(InternalId),
}

/// Every choice that is the seller's. The default refuses where it is not sure.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policies {
    /// On which event an invoice is filed.
    pub trigger: Trigger,
    /// Which currencies are filed.
    pub currencies: Currencies,
    /// What becomes of sales to buyers without a tax identifier.
    pub consumers: Consumers,
    /// What `P_1` is.
    pub issue_date: IssueDate,
    /// What becomes of lines below zero.
    pub negative_lines: NegativeLines,
    /// What billing credits are.
    pub credit_grants: CreditGrants,
    /// What `P_18` is on services to buyers outside the EU.
    pub reverse_charge_outside_eu: ReverseChargeOutsideEu,
    /// What becomes of an identifier of another country than the address.
    pub tax_id_country: TaxIdCountry,
    /// What becomes of long descriptions.
    pub long_descriptions: LongDescriptions,
    /// What becomes of lines of nothing.
    pub zero_lines: ZeroLines,
    /// What becomes of documents about nothing.
    pub zero_totals: ZeroTotals,
    /// Where rates come from.
    pub rates: Rates,
    /// What becomes of the tax of other member states.
    pub one_stop_shop: OneStopShop,
    /// What becomes of lines that say nothing about tax.
    pub untaxed: Untaxed,
    /// What sales are.
    pub supplies: SupplyKind,
    /// The exemption of all sales.
    pub exemption: Exemption,
    /// In which period a correction counts.
    pub correction_period: CorrectionPeriod,
    /// How a correction says what it corrects.
    pub correction_rows: CorrectionRows,
    /// Whether tax is due when payment arrives, `P_16`.
    pub cash_accounting: bool,
    /// What is known about products, by their identifiers.
    pub products: BTreeMap<String, Product>,
    /// Customers that are left out, by their identifiers.
    pub excluded_customers: BTreeSet<String>,
    /// Keys of `metadata` that go into `DodatkowyOpis`.
    pub metadata: BTreeSet<String>,
    /// Whether the custom fields of the invoice go into `DodatkowyOpis`.
    pub custom_fields: bool,
    /// Whether the footer of the invoice goes into `StopkaFaktury`.
    pub footer: bool,
    /// The custom field, or the key of `metadata`, whose value is the number of the buyer's order
    /// (`Zamowienia`).
    pub order_number: Option<String>,
    /// Whether what the customer's balance adds or takes off goes into `Rozliczenie`.
    pub balance: bool,
    /// Whether payments in part, or in several parts, go into `Platnosc`.
    pub partial_payments: bool,
    /// The units for which customers buy, by the identifiers of the customers.
    pub recipients: BTreeMap<String, Recipient>,
}

impl Policies {
    pub(crate) fn product(&self, id: Option<&str>) -> Option<&Product> {
        id.and_then(|id| self.products.get(id))
    }

    pub(crate) fn kind(&self, product: Option<&str>) -> SupplyKind {
        self.product(product).and_then(|product| product.kind).unwrap_or(self.supplies)
    }

    pub(crate) fn exemption(&self, product: Option<&str>) -> &Exemption {
        let own = self.product(product).and_then(|product| product.exemption.as_ref());
        own.unwrap_or(&self.exemption)
    }

    /// The choices that are not the default.
    pub(crate) fn chosen(&self) -> Vec<(&'static str, String)> {
        let default = Self::default();
        let mut chosen = Vec::new();
        macro_rules! choices {
            ($($field:ident),+) => {
                $(if self.$field != default.$field {
                    chosen.push((stringify!($field), self.$field.as_str().to_owned()));
                })+
            };
        }
        choices!(
            trigger,
            consumers,
            issue_date,
            negative_lines,
            credit_grants,
            reverse_charge_outside_eu,
            tax_id_country,
            long_descriptions,
            zero_lines,
            zero_totals,
            rates,
            untaxed,
            one_stop_shop,
            supplies,
            correction_period,
            correction_rows
        );
        if self.cash_accounting {
            chosen.push(("cash_accounting", "true".to_owned()));
        }
        if self.balance {
            chosen.push(("balance", "true".to_owned()));
        }
        if self.partial_payments {
            chosen.push(("partial_payments", "true".to_owned()));
        }
        if let Some(name) = &self.order_number {
            chosen.push(("order_number", name.clone()));
        }
        if let Some((_, basis)) = self.exemption.basis() {
            chosen.push(("exemption", basis.to_owned()));
        }
        chosen
    }
}

/// Which of the three elements names the basis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BasisKind {
    Act,
    Directive,
    Other,
}

impl Exemption {
    pub(crate) fn basis(&self) -> Option<(BasisKind, &str)> {
        match self {
            Self::None => None,
            Self::Act(text) => Some((BasisKind::Act, text)),
            Self::Directive(text) => Some((BasisKind::Directive, text)),
            Self::Other(text) => Some((BasisKind::Other, text)),
        }
    }
}
