//! `BuildErrors`, all that is wrong with what a builder was given.

use core::fmt;

use ksef_core::Amount;

use super::input::{Given, InputError};
use crate::model::LineNumber;
use crate::{Issue, Language};

/// Declares what a problem can be about.
macro_rules! fields {
    ($($variant:ident $name:literal, $path:literal, $setter:literal;)+) => {
        /// What a [`BuildError`] is about.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Field {
            $(
                #[doc = concat!("The ", $name, ", given by `", $setter, "`. Schema: `", $path, "`.")]
                $variant,
            )+
        }

        impl Field {
            /// What it is, in English and without an article.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Where it stands in the document.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$variant => $path,)+
                }
            }

            /// What it is given by.
            #[must_use]
            pub const fn setter(self) -> &'static str {
                match self {
                    $(Self::$variant => $setter,)+
                }
            }
        }
    };
}

#[rustfmt::skip]
fields! {
    CreatedAt "time of creation", "Naglowek/DataWytworzeniaFa", "InvoiceBuilder::new";
    SystemInfo "name of the system", "Naglowek/SystemInfo", "InvoiceBuilder::system_info";
    Seller "seller", "Podmiot1", "InvoiceBuilder::seller";
    SellerNip "NIP of the seller", "Podmiot1/DaneIdentyfikacyjne/NIP", "Party::nip";
    SellerName "name of the seller", "Podmiot1/DaneIdentyfikacyjne/Nazwa", "Party::nip";
    SellerAddress "address of the seller", "Podmiot1/Adres", "Party::address";
    SellerContact "contact of the seller", "Podmiot1/DaneKontaktowe", "Party::email or Party::phone";
    SellerEori "EORI number of the seller", "Podmiot1/NrEORI", "Party::eori";
    SellerCustomerNumber "customer number", "Podmiot2/NrKlienta", "Party::customer_number";
    Buyer "buyer", "Podmiot2", "InvoiceBuilder::buyer";
    BuyerId "identifier of the buyer", "Podmiot2/DaneIdentyfikacyjne",
        "Party::nip, Party::eu_vat or Party::other_id";
    BuyerName "name of the buyer", "Podmiot2/DaneIdentyfikacyjne/Nazwa", "Party";
    BuyerAddress "address of the buyer", "Podmiot2/Adres", "Party::address";
    BuyerContact "contact of the buyer", "Podmiot2/DaneKontaktowe", "Party::email or Party::phone";
    BuyerEori "EORI number of the buyer", "Podmiot2/NrEORI", "Party::eori";
    CustomerNumber "customer number", "Podmiot2/NrKlienta", "Party::customer_number";
    Currency "currency", "Fa/KodWaluty", "InvoiceBuilder::currency";
    ExchangeRate "exchange rate", "Fa/FaWiersz/KursWaluty", "InvoiceBuilder::exchange_rate";
    IssueDate "date of issue", "Fa/P_1", "InvoiceBuilder::issued_on";
    Place "place of issue", "Fa/P_1M", "InvoiceBuilder::place";
    Number "number of the invoice", "Fa/P_2", "InvoiceBuilder::number";
    SupplyDate "date of supply", "Fa/P_6", "InvoiceBuilder::supplied_on";
    SupplyPeriod "period of supply", "Fa/OkresFa", "InvoiceBuilder::supplied_over";
    Totals "totals", "Fa/P_15", "InvoiceBuilder::line";
    Lines "lines", "Fa/FaWiersz", "InvoiceBuilder::line";
    ReverseCharge "answer on the reverse charge", "Fa/Adnotacje/P_18",
        "InvoiceBuilder::reverse_charge";
    SplitPayment "answer on split payment", "Fa/Adnotacje/P_18A", "InvoiceBuilder::split_payment";
    ExemptionBasis "basis of the exemption", "Fa/Adnotacje/Zwolnienie",
        "InvoiceBuilder::exemption";
    MarginKind "margin scheme", "Fa/Adnotacje/PMarzy", "InvoiceBuilder::margin";
    CorrectedInvoice "corrected invoice", "Fa/DaneFaKorygowanej", "InvoiceBuilder::corrects";
    CorrectedNumber "number of the corrected invoice", "Fa/DaneFaKorygowanej/NrFaKorygowanej",
        "Original";
    CorrectedDate "date of the corrected invoice", "Fa/DaneFaKorygowanej/DataWystFaKorygowanej",
        "Original";
    CorrectedKsefNumber "KSeF number of the corrected invoice",
        "Fa/DaneFaKorygowanej/NrKSeFFaKorygowanej", "Original::in_ksef";
    CorrectionReason "reason for the correction", "Fa/PrzyczynaKorekty",
        "InvoiceBuilder::correction_reason";
    CorrectionPeriod "period of the correction", "Fa/OkresFaKorygowanej",
        "InvoiceBuilder::correction_period";
    Info "additional information", "Fa/DodatkowyOpis", "InvoiceBuilder::info or LineItem::info";
    Description "description", "Fa/FaWiersz/P_7", "LineItem";
    Unit "unit of measure", "Fa/FaWiersz/P_8A", "LineItem::unit";
    Quantity "quantity", "Fa/FaWiersz/P_8B", "LineItem::quantity";
    NetPrice "net price", "Fa/FaWiersz/P_9A", "LineItem::net";
    GrossPrice "gross price", "Fa/FaWiersz/P_9B", "LineItem::gross";
    Discount "discount", "Fa/FaWiersz/P_10", "LineItem::discount";
    NetValue "net value", "Fa/FaWiersz/P_11", "LineItem::net_value";
    GrossValue "gross value", "Fa/FaWiersz/P_11A", "LineItem::gross_value";
    LineTax "tax of the line", "Fa/FaWiersz/P_11Vat", "LineItem::tax";
    Rate "rate of tax", "Fa/FaWiersz/P_12", "LineItem";
    LineSupplyDate "date of supply of the line", "Fa/FaWiersz/P_6A", "LineItem::supplied_on";
    ItemCode "code of the line", "Fa/FaWiersz/PKWiU", "LineItem::pkwiu, LineItem::cn and the like";
    StateBefore "state before the correction", "Fa/FaWiersz/StanPrzed", "InvoiceBuilder::change";
    DueDate "due date", "Fa/Platnosc/TerminPlatnosci", "InvoiceBuilder::due_on";
    PaymentDate "date of payment", "Fa/Platnosc/DataZaplaty", "InvoiceBuilder::paid_on";
    Account "bank account", "Fa/Platnosc/RachunekBankowy", "InvoiceBuilder::account";
    Footer "text of the footer", "Stopka/Informacje/StopkaFaktury", "InvoiceBuilder::footer";
}

/// One thing that is wrong with what a builder was given: what, on which line, and what to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// It was not given, and cannot be derived.
    Missing {
        /// What.
        field: Field,
        /// The line that makes it necessary, if it is one.
        line: Option<LineNumber>,
    },
    /// It was given, and something else says that it must not be, or must be otherwise.
    Unexpected {
        /// What.
        field: Field,
        /// The line that says so or that it is on, if it is one.
        line: Option<LineNumber>,
    },
    /// It cannot be read.
    Invalid {
        /// What.
        field: Field,
        /// The line that it is on, if it is on one.
        line: Option<LineNumber>,
        /// Why.
        cause: InputError,
    },
    /// The rate is one of several things: `0` and `np` of FA(2). Take the one of FA(3); in FA(2)
    /// it is written as there.
    AmbiguousRate {
        /// The line that it is on.
        line: LineNumber,
    },
    /// The price is net or gross, and the method of art. 106e of the VAT act needs the other one,
    /// or it is given with tax, and the method has none on lines.
    ///
    /// Give prices of one kind, or take [`TaxMethod::PerLine`](super::TaxMethod::PerLine).
    MethodMismatch {
        /// The line that it is on.
        line: LineNumber,
    },
    /// An amount was given, and it follows from others that it is another one.
    Mismatch {
        /// Which amount.
        field: Field,
        /// The line that it is on.
        line: LineNumber,
        /// What it should be, give or take a smallest unit of the currency.
        expected: Amount,
    },
    /// An amount has more digits than the schema takes.
    TooLarge {
        /// Which amount.
        field: Field,
        /// The line that it is on, if it is on one.
        line: Option<LineNumber>,
    },
    /// Its schema does not allow the invoice, which otherwise is complete.
    ///
    /// What the issue is about is not in the version of the schema, too long for it, too often
    /// there, or too early a date.
    Schema(Box<Issue>),
}

impl BuildError {
    /// The line that it is about, if it is about one.
    #[must_use]
    pub const fn line(&self) -> Option<LineNumber> {
        match self {
            Self::Missing { line, .. }
            | Self::Unexpected { line, .. }
            | Self::Invalid { line, .. }
            | Self::TooLarge { line, .. } => *line,
            Self::AmbiguousRate { line }
            | Self::MethodMismatch { line }
            | Self::Mismatch { line, .. } => Some(*line),
            Self::Schema(_) => None,
        }
    }

    /// What it is about; `None` where an issue of the schema says that.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Missing { field, .. }
            | Self::Unexpected { field, .. }
            | Self::Invalid { field, .. }
            | Self::Mismatch { field, .. }
            | Self::TooLarge { field, .. } => Some(*field),
            Self::AmbiguousRate { .. } => Some(Field::Rate),
            Self::MethodMismatch { .. } => Some(Field::Totals),
            Self::Schema(_) => None,
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line() {
            write!(f, "line {line}: ")?;
        }
        match self {
            Self::Missing { field, .. } => {
                write!(f, "the {} is missing: give it by {}", field.name(), field.setter())
            }
            Self::Unexpected { field, .. } => {
                write!(f, "the {} contradicts the rest: see {}", field.name(), field.setter())
            }
            // The cause is the source.
            Self::Invalid { field, .. } => write!(f, "the {} cannot be read", field.name()),
            Self::AmbiguousRate { .. } => {
                f.write_str("the rate is one of several: give that of FA(3), in FA(2) as well")
            }
            Self::MethodMismatch { .. } => f.write_str(
                "the price or the tax does not go with the method: give prices of one kind, or \
                 take TaxMethod::PerLine",
            ),
            Self::Mismatch { field, expected, .. } => {
                write!(f, "the {} should be {expected}: see {}", field.name(), field.setter())
            }
            Self::TooLarge { field, .. } => {
                write!(f, "the {} has too many digits for the schema", field.name())
            }
            Self::Schema(issue) => write!(f, "{}: {}", issue.path(), issue.text(Language::English)),
        }
    }
}

impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Invalid { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// All that is wrong with what a builder was given, at least one thing.
///
/// ```
/// use ksef_fa::builder::{BuildError, Field, InvoiceBuilder};
///
/// let errors = InvoiceBuilder::new("2026-02-01T09:30:47Z").number("").build().unwrap_err();
/// let fields: Vec<_> = errors.iter().filter_map(BuildError::field).collect();
/// assert!(fields.contains(&Field::Seller) && fields.contains(&Field::Number));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BuildErrors(Vec<BuildError>);

impl BuildErrors {
    /// Each of them.
    pub fn iter(&self) -> core::slice::Iter<'_, BuildError> {
        self.0.iter()
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[BuildError] {
        &self.0
    }
}

impl IntoIterator for BuildErrors {
    type Item = BuildError;
    type IntoIter = std::vec::IntoIter<BuildError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a BuildErrors {
    type Item = &'a BuildError;
    type IntoIter = core::slice::Iter<'a, BuildError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for BuildErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl core::error::Error for BuildErrors {}

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems(Vec<BuildError>);

impl Problems {
    pub(super) fn push(&mut self, error: BuildError) {
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    pub(super) fn missing(&mut self, field: Field, line: Option<LineNumber>) {
        self.push(BuildError::Missing { field, line });
    }

    pub(super) fn unexpected(&mut self, field: Field, line: Option<LineNumber>) {
        self.push(BuildError::Unexpected { field, line });
    }

    /// The value, unless it could not be read.
    pub(super) fn read<T>(
        &mut self,
        given: Given<T>,
        field: Field,
        line: Option<LineNumber>,
    ) -> Option<T> {
        given.map_err(|cause| self.push(BuildError::Invalid { field, line, cause })).ok()
    }

    /// The value, if there is one that could be read.
    pub(super) fn read_any<T>(&mut self, given: Option<Given<T>>, field: Field) -> Option<T> {
        given.and_then(|given| self.read(given, field, None))
    }

    /// The value, which has to be there.
    pub(super) fn require<T>(&mut self, given: Option<Given<T>>, field: Field) -> Option<T> {
        if given.is_none() {
            self.missing(field, None);
        }
        self.read_any(given, field)
    }

    /// The result, unless it is too large.
    pub(super) fn compute<T, E>(
        &mut self,
        result: Result<T, E>,
        field: Field,
        line: Option<LineNumber>,
    ) -> Option<T> {
        result.map_err(|_| self.push(BuildError::TooLarge { field, line })).ok()
    }

    /// The whole, if there are no problems.
    pub(super) fn finish<T>(self, whole: Option<T>) -> Result<T, BuildErrors> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(BuildErrors(self.0)),
        }
    }
}
