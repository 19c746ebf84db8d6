//! Rules beyond the schema: what KSeF checks besides it, what the law asks for, and advice.
//!
//! Each rule is a plain function, and [`RULES`] has all of them. [`judge`] runs those that apply
//! to the version of a document once its schema is satisfied.
//!
//! Amounts are exact decimals, and these rules allow for rounding:
//!
//! | code | what has to hold | within |
//! |---|---|---|
//! | `F-P15-SUM` | `P_15` is all `P_13` and `P_14` | 0.01 for each `P_13` |
//! | `F-P14-RATE` | `P_14` is `P_13` times the rate | 0.01 for each line of the rate, once at least; 1.00 in currencies without anything smaller |
//! | `F-LINE` | `P_11` is `P_8B` times `P_9A` less `P_10`, once or for each unit | 0.01 |
//! | all others | sums of lines, orders, advance payments and settlements | nothing |
//!
//! A rule says in which severity it reports ([`Code::severity`]): what the law plainly forbids is
//! an error, what is probably a mistake a warning, what is worth a look an information. KSeF
//! enforces the `K-` rules only; its documentation says that it does not verify calculations.
//!
//! [`judge`]: crate::judge()

mod annotations;
mod attachment;
mod context;
mod currency;
mod dates;
mod facts;
mod kinds;
mod ksef;
mod parties;
mod payment;
mod sums;
mod text;

use core::fmt;

use crate::{Code, Invoice, SchemaVersion};
use facts::Facts;

pub use context::Context;
pub(crate) use context::Setting;
pub(crate) use text::is_name;

/// A rule beyond the schema.
///
/// ```
/// use ksef_fa::rules::RULES;
/// use ksef_fa::{Code, SchemaVersion};
///
/// let rule = RULES.iter().find(|rule| rule.code() == Code::LocalGovernmentUnit).unwrap();
/// assert!(rule.applies_to(SchemaVersion::Fa3));
/// assert!(!rule.applies_to(SchemaVersion::Fa2));
/// ```
#[derive(Clone, Copy)]
pub struct Rule {
    code: Code,
    versions: &'static [SchemaVersion],
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
enum Check {
    /// The invoice.
    Invoice(fn(&Facts<'_>, &mut Findings)),
    /// The invoice, and where it goes.
    Setting(fn(&Facts<'_>, &Setting<'_>, &mut Findings)),
    /// Text before its white space is collapsed, which only the reader sees; it reports the rule.
    Reader,
}

impl Rule {
    /// The code that the rule reports.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The rule for some versions only.
    const fn only(mut self, versions: &'static [SchemaVersion]) -> Self {
        self.versions = versions;
        self
    }

    /// Whether the rule says anything about documents of a version.
    #[must_use]
    pub fn applies_to(&self, version: SchemaVersion) -> bool {
        self.versions.contains(&version)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).field("versions", &self.versions).finish()
    }
}

/// A rule that no program can check, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NotCheckable {
    /// The name of the rule, in the manner of [`Code::as_str`].
    pub name: &'static str,
    /// What the rule asks for, and why it takes a human.
    pub reason: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
}

/// The rules that no program can check.
pub const NOT_CHECKABLE: &[NotCheckable] = &[NotCheckable {
    name: "F-ATT-ABUSE",
    reason: "An attachment may only have data of complicated supplies, and no advertising; what \
             its text means takes a reader.",
    source: "art. 106gba of the VAT act; brochure on FA(3), 16.1",
}];

/// What a rule reported, with the path of the element.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) path: String,
}

/// What the rules reported so far.
#[derive(Debug)]
pub(crate) struct Findings {
    code: Code,
    limit: usize,
    found: Vec<Finding>,
}

impl Findings {
    /// Reports an element, by its path below the root.
    fn at(&mut self, path: impl fmt::Display) {
        if self.found.len() < self.limit {
            let path = format!("/{}/{path}", Invoice::ROOT);
            self.found.push(Finding { code: self.code, path });
        }
    }
}

/// Everything that the rules say about an invoice, no more than the profile's number of issues
/// and one.
pub(crate) fn check(invoice: &Invoice, setting: &Setting<'_>) -> Vec<Finding> {
    let facts = Facts::new(invoice);
    let limit = usize::from(setting.profile.max_issues()) + 1;
    let mut findings = Findings { code: Code::More, limit, found: Vec::new() };
    for rule in RULES.iter().filter(|rule| rule.applies_to(invoice.version())) {
        findings.code = rule.code;
        match rule.check {
            Check::Invoice(check) => check(&facts, &mut findings),
            Check::Setting(check) => check(&facts, setting, &mut findings),
            Check::Reader => {}
        }
    }
    findings.found
}

/// The items with the numbers that they have in paths.
fn indexed<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    (1..).zip(items)
}

/// The versions that a rule applies to.
const FA2_AND_FA3: &[SchemaVersion] = &[SchemaVersion::Fa2, SchemaVersion::Fa3];
/// What is there in FA(2) only.
const FA2: &[SchemaVersion] = &[SchemaVersion::Fa2];
/// What FA(2) has no element or code for.
const FA3: &[SchemaVersion] = &[SchemaVersion::Fa3];

const fn rule(code: Code, check: fn(&Facts<'_>, &mut Findings)) -> Rule {
    Rule { code, versions: FA2_AND_FA3, check: Check::Invoice(check) }
}

const fn in_setting(code: Code, check: fn(&Facts<'_>, &Setting<'_>, &mut Findings)) -> Rule {
    Rule { code, versions: FA2_AND_FA3, check: Check::Setting(check) }
}

/// Every rule.
pub static RULES: &[Rule] = &[
    in_setting(Code::FutureDate, ksef::future_date),
    in_setting(Code::NipCheckDigit, ksef::nip_check_digits),
    in_setting(Code::InternalIdCheckDigits, ksef::internal_ids),
    in_setting(Code::Duplicate, ksef::duplicate),
    in_setting(Code::AttachmentSession, ksef::attachment).only(FA3),
    in_setting(Code::NotPermitted, ksef::permission),
    in_setting(Code::SchemaNotAccepted, ksef::accepted_schema).only(FA2),
    rule(Code::LocalGovernmentUnit, parties::local_government).only(FA3),
    rule(Code::VatGroupMember, parties::vat_group).only(FA3),
    rule(Code::UnannouncedRole, parties::unannounced_role).only(FA3),
    rule(Code::NipInOtherField, parties::nip_in_other_field),
    rule(Code::ShareOfOtherRole, parties::share_of_other_role),
    rule(Code::SumOfShares, parties::sum_of_shares),
    rule(Code::SelfBillingIssuer, parties::self_billing),
    rule(Code::Employee, parties::employee).only(FA3),
    rule(Code::BuyerData, parties::buyer_data),
    rule(Code::IntraCommunityNumbers, parties::intra_community_numbers),
    rule(Code::BuyerKeys, parties::buyer_keys),
    rule(Code::CorrectedNip, parties::corrected_nip),
    rule(Code::TwoSupplyDates, dates::two_supply_dates),
    rule(Code::PeriodOrder, dates::period_order),
    rule(Code::SameSupplyDate, dates::same_supply_date),
    rule(Code::IssuedLate, dates::issued_late),
    rule(Code::IssuedEarly, dates::issued_early),
    rule(Code::NoTimeZone, dates::created_without_zone),
    rule(Code::CorrectedInvoice, kinds::corrected_invoice),
    rule(Code::AmountBefore, kinds::amount_before),
    rule(Code::AdvanceOrder, kinds::advance_order),
    rule(Code::SettledAdvances, kinds::settled_advances),
    rule(Code::NoLines, kinds::lines),
    rule(Code::StateBefore, kinds::state_before),
    rule(Code::LineNumbers, kinds::line_numbers),
    rule(Code::LineReferences, kinds::line_references),
    rule(Code::Negative, kinds::negative),
    rule(Code::KsefNumberCheckDigits, kinds::ksef_numbers),
    rule(Code::SimplifiedLimit, kinds::simplified),
    rule(Code::TotalSum, sums::total),
    rule(Code::TaxOfRate, sums::tax),
    rule(Code::NetOfLines, sums::net_of_lines),
    rule(Code::LineValue, sums::line_value),
    rule(Code::OrderValue, sums::order_value),
    rule(Code::AdvanceSum, sums::advances),
    rule(Code::SettlementSum, sums::settlement),
    rule(Code::PartialPayments, sums::partial_payments),
    rule(Code::TaxInPln, currency::tax_in_pln),
    rule(Code::ConversionOfPln, currency::conversion_of_pln),
    rule(Code::AdvanceExchangeRate, currency::advance_exchange_rate),
    in_setting(Code::PublishedRate, currency::published_rate),
    rule(Code::AgreedCurrency, currency::agreed_currency),
    rule(Code::Exemption, annotations::exemption),
    rule(Code::ReverseCharge, annotations::reverse_charge),
    rule(Code::ServicesAbroad, annotations::services_abroad).only(FA3),
    rule(Code::ForeignReverseCharge, annotations::foreign_reverse_charge),
    rule(Code::SplitPayment, annotations::split_payment),
    rule(Code::NeedlessSplitPayment, annotations::needless_split_payment),
    rule(Code::MarginScheme, annotations::margin),
    rule(Code::TriangularNumbers, parties::triangular_numbers),
    rule(Code::NewMeansOfTransport, annotations::new_means_of_transport),
    rule(Code::SpecialProcedure, annotations::special_procedure),
    rule(Code::PolishAccount, payment::polish_account),
    rule(Code::ForeignAccount, payment::foreign_account),
    rule(Code::Factor, payment::factor),
    rule(Code::PaymentLink, payment::payment_link).only(FA3),
    rule(Code::TermBelowOne, payment::term_below_one).only(FA3),
    rule(Code::RowWidth, attachment::row_width).only(FA3),
    Rule { code: Code::Blanks, versions: FA2_AND_FA3, check: Check::Reader },
    rule(Code::OddCharacters, text::odd_characters),
    rule(Code::SystemInfo, text::system_info),
];
