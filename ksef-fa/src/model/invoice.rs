//! `Invoice`, the whole document.

use super::declare::{Children as _, sequence};
use super::{Attachment, AuthorisedEntity, Body, Buyer, Footer, Header, Seller, ThirdParty};
use crate::SchemaVersion;
use crate::xml::writer::Writer;

sequence! {
    /// An invoice.
    ///
    /// ```
    /// use ksef_core::{Currency, InvoiceKind};
    /// use ksef_fa::SchemaVersion;
    /// use ksef_fa::model::*;
    ///
    /// let header = Header::new(SchemaVersion::Fa3, "2026-02-01T09:30:47Z".parse()?);
    ///
    /// let address = Address::new(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa".parse()?);
    /// let seller = TaxpayerIdentification::new("5265877635".parse()?, "Sprzedawca".parse()?);
    /// let seller = Seller::new(seller, address);
    ///
    /// let buyer = PartyIdentification::new(PartyIdentity::Nip("9999999999".parse()?));
    /// let buyer = Buyer::new(buyer.name("Nabywca".parse()?), YesNo::No, YesNo::No);
    ///
    /// let basic = BasicRate::new("100.00".parse()?, "23.00".parse()?);
    /// let summary = VatSummary::new("123.00".parse()?).basic(basic);
    /// let (p_1, p_2) = ("2026-02-01".parse()?, "FV/1/2026".parse()?);
    /// let (none, kind) = (Annotations::none(), InvoiceKind::Vat);
    /// let line = Line::new(LineNumber::FIRST)
    ///     .p_7("usługa".parse()?)
    ///     .p_8b("1".parse()?)
    ///     .p_9a("100.00".parse()?)
    ///     .p_11("100.00".parse()?)
    ///     .p_12(VatRate::Rate23);
    /// let body = Body::new(Currency::Pln, p_1, p_2, summary, none, kind).lines([line]);
    ///
    /// let invoice = Invoice::new(header, seller, buyer, body);
    /// let xml = String::from_utf8(invoice.to_xml_unchecked())?;
    /// assert!(xml.contains("<P_7>usługa</P_7><P_8B>1</P_8B><P_9A>100.00</P_9A>"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[doc(alias = "Faktura")]
    pub struct Invoice in "Faktura" {
        /// In which schema the invoice is, and when it was made.
        required header: Header = "Naglowek": "TNaglowek";
        /// The seller.
        required seller: Seller = "Podmiot1";
        /// The buyer.
        required buyer: Buyer = "Podmiot2";
        /// Others who have to do with the invoice.
        repeated third_parties: ThirdParty = "Podmiot3" [0..=100];
        /// Who is authorised to issue it instead of the seller.
        optional authorised_entity: AuthorisedEntity = "PodmiotUpowazniony";
        /// What is invoiced.
        required body: Body = "Fa";
        /// Further information.
        optional footer: Footer = "Stopka";
        /// Data of complicated supplies.
        optional attachment: Attachment = "Zalacznik" in "FA(3) only",
            "KSeF takes it in batch sessions, after notification.";
    }
}

impl Invoice {
    /// The version of the schema that the invoice is in.
    #[must_use]
    pub const fn version(&self) -> SchemaVersion {
        self.header.version.value()
    }

    /// The document, whether or not its schema allows it.
    ///
    /// It is UTF-8 without a byte order mark, has the namespace of its version as the default one,
    /// the elements in the order of the schema, and no white space between them. Equal invoices
    /// that were built are equal bytes.
    #[must_use]
    pub fn to_xml_unchecked(&self) -> Vec<u8> {
        let mut writer = Writer::new(self.version());
        let namespace = self.version().schema().namespace();
        writer.open_with(Self::ROOT, &[("xmlns", namespace)]);
        self.write_children(&mut writer);
        writer.close(Self::ROOT);
        writer.into_bytes()
    }

    /// The name of the element that is the document.
    pub(crate) const ROOT: &'static str = "Faktura";
}
