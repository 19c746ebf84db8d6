//! The invoice as Rust types, one set for FA(2) and FA(3).
//!
//! **Names.** Polish words of the schema are English here, and its codes stay codes: `Podmiot1` is
//! [`Seller`], `P_13_1` is `p_13_1`. The schema's name is an alias in the search of this
//! documentation, and each field names its path.
//!
//! **Structure.** What the schema groups is a type, also where it has no element of its own, and
//! what it offers for choice is an enum, so that most of what it forbids cannot be written down.
//! What remains (the number of repetitions, fields and codes of one version, a few bounds) is
//! checked when an invoice is written.
//!
//! **Building.** `new` takes what is required, setters take the rest and return the structure;
//! setters of lists add to what is there. All fields are public, except marks that are always 1.
//!
//! **Reading.** What is read keeps its text: decimals their scale, points in time their form, codes
//! and percentages their zeros and signs ([`Written`], [`Mark`]), empty elements their place. So
//! what is read and written again has the same values, text for text.
//!
//! **JSON**, with the feature `serde`. Structures are objects with the names of their fields, choices
//! are objects with the one branch in `snake_case`, and every value is a string with the text that
//! the document has, amounts too. What is missing is left out, and so are marks that are always 1.
//! A field that there is not is refused, and so is a text that its type cannot hold; what the schema
//! says beyond that, [`Invoice::to_xml`] says about all of it at once.
//!
//! **Printing.** `Debug` shows everything, and that is names, addresses and account numbers. It is
//! for the eyes of whoever owns the invoice, and nothing in these crates prints it.

mod address;
mod advance;
mod annotations;
mod attachment;
mod body;
mod codes;
mod correction;
mod country;
pub(crate) mod declare;
mod footer;
mod header;
mod invoice;
mod line;
mod number;
mod order;
mod party;
mod payment;
mod settlement;
mod terms;
#[cfg(test)]
mod tests;
mod text;
mod vat_summary;
mod written;

pub use address::{Address, AuthorisedContact, Contact};
pub use advance::{AdvanceInvoice, AdvanceOutsideKsef, PartialAdvance};
pub use annotations::{
    Aircraft, Annotations, Exempted, Exemption, ExemptionBasis, LandVehicle, LandVehicleNumber,
    MarginKind, MarginProcedure, MarginScheme, NewMeansOfTransport, NewVehicle, NewVehicleKind,
    NewVehicles, Watercraft,
};
pub use attachment::{
    Attachment, AttachmentBlock, AttachmentText, BlockMetadata, Column, Table, TableHeader,
    TableMetadata, TableRow, TableTotals,
};
pub use body::{Body, KeyValue, Period, SupplyDate};
pub use codes::{
    AuthorisedRole, BankOwnAccount, CargoKind, ColumnType, CorrectionEffect, Gtu, OrderProcedure,
    PartialPaymentState, PaymentForm, Procedure, Role, SellerPrefix, TaxpayerStatus, TransportMode,
    VatRate, YesNo,
};
pub use correction::{
    BeforeCorrection, CorrectedBuyer, CorrectedInKsef, CorrectedInvoice, CorrectedInvoiceOrigin,
    CorrectedSeller, Correction,
};
pub use country::{CountryCode, EuCountryCode};
pub use footer::{Footer, FooterInfo, Registers};
pub use header::Header;
pub use invoice::{Invoice, Reading};
pub use line::Line;
pub use number::{DateTime, LineNumber, WholeNumber};
pub use order::{Order, OrderLine};
pub use party::{
    AuthorisedEntity, Buyer, EuVatIdentity, OtherIdentity, OtherRole, PartyIdentification,
    PartyIdentity, Seller, TaxpayerIdentification, ThirdParty, ThirdPartyIdentification,
    ThirdPartyIdentity, ThirdPartyRole,
};
pub use payment::{
    BankAccount, DueDate, EarlyPaymentDiscount, OtherPaymentForm, Paid, PartialPayment,
    PartialPayments, Payment, PaymentMethod, PaymentState, TermDescription, TermFromEvent,
};
pub use settlement::{Charge, Deduction, Settlement, SettlementOutcome};
pub use terms::{
    AgreedRate, Cargo, Carrier, Contract, OrderReference, OtherCargo, OtherTransport,
    TransactionTerms, Transport, TransportKind,
};
pub use text::{
    AccountNumber, EmailAddress, EuVatNumber, FooterText, Krs, OtherTaxId, PaymentId, PaymentLink,
    ReferencedKsefNumber, Regon, Swift, Text,
};
pub use vat_summary::{
    BasicRate, FirstReducedRate, SecondReducedRate, SpecialProcedure, TaxiFlatRate, VatSummary,
};
pub use written::{Mark, Written};
