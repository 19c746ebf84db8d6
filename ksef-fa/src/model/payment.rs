//! When and how an invoice is paid.

use ksef_core::{Amount, InvoiceDate};

#[cfg(test)]
use super::declare::Group;
use super::declare::{Content, Source, choice, sequence};
use super::{
    AccountNumber, BankOwnAccount, Mark, PartialPaymentState, PaymentForm, PaymentId, PaymentLink,
    Swift, Text, WholeNumber,
};
use crate::SchemaVersion;
use crate::xml::writer::Writer;

sequence! {
    /// When and how to pay.
    #[derive(Default)]
    #[doc(alias = "Platnosc")]
    pub struct Payment in "Fa/Platnosc" {
        /// What has been paid.
        optional_group state: PaymentState;
        /// When the rest is due.
        repeated due_dates: DueDate = "TerminPlatnosci" [0..=100];
        /// How to pay.
        optional_group method: PaymentMethod;
        /// Accounts of the seller.
        repeated accounts: BankAccount = "RachunekBankowy" [0..=100]: "TRachunekBankowy";
        /// Accounts of the factor.
        repeated factor_accounts: BankAccount = "RachunekBankowyFaktora" [0..=20]: "TRachunekBankowy";
        /// What one saves by paying early.
        optional discount: EarlyPaymentDiscount = "Skonto";
        /// A link to a payment.
        optional link: PaymentLink = "LinkDoPlatnosci" in "FA(3) only";
        /// The payment identifier of KSeF.
        optional ip_ksef: PaymentId = "IPKSeF" in "FA(3) only";
    }
}

choice! {
    /// What has been paid when the invoice is issued.
    pub enum PaymentState in "Fa/Platnosc" {
        /// All of it, in one payment.
        group Paid(Paid);
        /// A part, or all of it in several payments.
        group Partial(PartialPayments);
    }
}

sequence! {
    /// The invoice has been paid.
    pub struct Paid in "Fa/Platnosc" {
        fixed mark: Mark = "Zaplacono": "TWybor1";
        /// On this day.
        required paid_on: InvoiceDate = "DataZaplaty": "TData";
    }
}

sequence! {
    /// The invoice has been paid in part, or in parts.
    pub struct PartialPayments in "Fa/Platnosc" {
        /// Whether anything remains.
        written state: PartialPaymentState = "ZnacznikZaplatyCzesciowej":
            "TWybor1_2 (FA(2): TWybor1)";
        /// The payments.
        several payments: PartialPayment = "ZaplataCzesciowa" [1..=100];
    }
}

sequence! {
    /// A payment for a part of the invoice.
    #[doc(alias = "ZaplataCzesciowa")]
    pub struct PartialPayment in "Fa/Platnosc/ZaplataCzesciowa" {
        /// How much, in the currency of the invoice.
        required amount: Amount = "KwotaZaplatyCzesciowej": "TKwotowy";
        /// When.
        required paid_on: InvoiceDate = "DataZaplatyCzesciowej": "TData";
        /// How.
        optional_group method: PaymentMethod in "FA(3) only";
    }
}

choice! {
    /// How an invoice is paid.
    pub enum PaymentMethod in "Fa/Platnosc" {
        /// In a form of the list.
        written Listed(PaymentForm) = "FormaPlatnosci": "TFormaPlatnosci";
        /// In another form.
        group Other(OtherPaymentForm);
    }
}

sequence! {
    /// A form of payment that is not on the list.
    pub struct OtherPaymentForm in "Fa/Platnosc" {
        fixed mark: Mark = "PlatnoscInna": "TWybor1";
        /// What it is.
        required description: Text<256> = "OpisPlatnosci": "TZnakowy";
    }
}

sequence! {
    /// When a payment is due. In FA(3) it may be empty.
    #[derive(Default)]
    #[doc(alias = "TerminPlatnosci")]
    pub struct DueDate in "Fa/Platnosc/TerminPlatnosci" {
        /// The day.
        optional date: InvoiceDate = "Termin": "TData" in "required in FA(2), optional in FA(3)";
        /// What the day follows from.
        optional description: TermDescription = "TerminOpis";
    }
}

/// What a due date follows from.
///
/// Schema: `Fa/Platnosc/TerminPlatnosci/TerminOpis`, text in FA(2), a structure in FA(3).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
#[doc(alias = "TerminOpis")]
pub enum TermDescription {
    /// Any text, FA(2) only.
    Text(Text<256>),
    /// So long after an event, FA(3) only.
    FromEvent(TermFromEvent),
}

impl Content for TermDescription {
    #[cfg(test)]
    const CHILDREN: Option<Group> = TermFromEvent::CHILDREN;

    fn read(source: &mut impl Source) -> Option<Self> {
        match source.version() {
            SchemaVersion::Fa2 => Content::read(source).map(Self::Text),
            SchemaVersion::Fa3 => Content::read(source).map(Self::FromEvent),
        }
    }

    fn write(&self, name: &str, writer: &mut Writer) {
        match self {
            Self::Text(text) => text.write(name, writer),
            Self::FromEvent(term) => term.write(name, writer),
        }
    }
}

sequence! {
    /// So long after an event, for example 14 days after delivery.
    pub struct TermFromEvent in "Fa/Platnosc/TerminPlatnosci/TerminOpis", "FA(3) only" {
        /// How many units of time.
        required count: WholeNumber = "Ilosc": "integer" in "FA(3) only";
        /// The unit of time.
        required unit: Text<50> = "Jednostka": "TZnakowy50" in "FA(3) only";
        /// The event.
        required event: Text<256> = "ZdarzeniePoczatkowe": "TZnakowy" in "FA(3) only";
    }
}

sequence! {
    /// A bank account.
    #[doc(alias = "TRachunekBankowy")]
    pub struct BankAccount in "TRachunekBankowy" {
        /// The number.
        required number: AccountNumber = "NrRB": "TNrRB";
        /// The SWIFT code of the bank.
        optional swift: Swift = "SWIFT": "SWIFT_Type";
        /// What the bank uses it for, if it is the bank's own.
        optional_written bank_own_account: BankOwnAccount = "RachunekWlasnyBanku":
            "TRachunekWlasnyBanku";
        /// The name of the bank.
        optional bank_name: Text<256> = "NazwaBanku": "TZnakowy";
        /// What the account is.
        optional description: Text<256> = "OpisRachunku": "TZnakowy";
    }
}

sequence! {
    /// What one saves by paying early.
    #[doc(alias = "Skonto")]
    pub struct EarlyPaymentDiscount in "Fa/Platnosc/Skonto" {
        /// Under which terms.
        required terms: Text<256> = "WarunkiSkonta": "TZnakowy";
        /// How much.
        required amount: Text<256> = "WysokoscSkonta": "TZnakowy";
    }
}
