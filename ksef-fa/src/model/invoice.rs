//! `Invoice`, the whole document.

use ksef_core::{Environment, InvoiceXml};

use super::declare::{Children as _, read_children, sequence};
use super::{Attachment, AuthorisedEntity, Body, Buyer, Footer, Header, Seller, ThirdParty};
use crate::read::Reader;
use crate::xml::writer::Writer;
use crate::{Profile, Report, Schema, SchemaVersion};

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

    /// Reads an invoice and validates it, in one pass over the bytes.
    ///
    /// The report is that of [`validate`](crate::validate()). There is an invoice if everything that
    /// the model requires could be read, also where the report has errors: then it lacks what they
    /// are about, and is for looking at. [`Invoice::from_xml`] gives valid ones only.
    ///
    /// ```
    /// use ksef_core::Environment;
    /// use ksef_fa::{Invoice, Profile};
    ///
    /// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
    /// let reading = Invoice::read(b"<Faktura/>", &profile);
    /// assert!(reading.invoice.is_none());
    /// assert!(!reading.report.is_valid());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn read(bytes: &[u8], profile: &Profile) -> Reading {
        let mut reader = Reader::new(bytes, profile);
        let invoice = Self::read_with(&mut reader);
        Reading { invoice, report: reader.finish() }
    }

    /// Reads the root element, and the invoice if it is one.
    pub(crate) fn read_with(reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.next_child()?;
        if matches!(reader.schema(), Some(Schema::Fa2 | Schema::Fa3)) {
            return read_children(reader);
        }
        reader.skip();
        None
    }

    /// Reads an invoice that is valid under the profile.
    ///
    /// # Errors
    ///
    /// The report, if it has errors, or if the document is valid and its model cannot hold it: no
    /// FA(2) or FA(3), or a NIP with digits of another script, which the schema allows.
    pub fn from_xml(bytes: &[u8], profile: &Profile) -> Result<Self, Report> {
        let Reading { invoice, report } = Self::read(bytes, profile);
        match invoice {
            Some(invoice) if report.is_valid() => Ok(invoice),
            _ => Err(report),
        }
    }

    /// The document, if its schema allows it.
    ///
    /// What is written is validated as [`validate`](crate::validate()) does for the environment TEST,
    /// where every rule on characters is enforced; the document is not changed by it.
    ///
    /// ```
    /// use ksef_core::{Currency, InvoiceKind};
    /// use ksef_fa::model::*;
    /// use ksef_fa::{Code, SchemaVersion};
    ///
    /// let address = Address::new(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa".parse()?);
    /// let seller = TaxpayerIdentification::new("5265877635".parse()?, "Sprzedawca".parse()?);
    /// let buyer = PartyIdentification::new(PartyIdentity::Absent(Mark::SET));
    /// let summary = VatSummary::new("0.00".parse()?);
    /// let (p_1, p_2) = ("2026-02-01".parse()?, "1".parse()?);
    /// let none = Annotations::none();
    /// let mut invoice = Invoice::new(
    ///     Header::new(SchemaVersion::Fa3, "2026-02-01T09:30:47Z".parse()?),
    ///     Seller::new(seller, address),
    ///     Buyer::new(buyer, YesNo::No, YesNo::No),
    ///     Body::new(Currency::Pln, p_1, p_2, summary, none, InvoiceKind::Vat),
    /// );
    /// assert!(invoice.to_xml().is_ok());
    ///
    /// invoice.buyer.jst = None;
    /// let report = invoice.to_xml().unwrap_err();
    /// assert_eq!(report.issues()[0].code(), Code::Missing);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The report, if the schema does not allow the document.
    pub fn to_xml(&self) -> Result<InvoiceXml, Report> {
        let bytes = self.to_xml_unchecked();
        let profile = Profile::new(Environment::Test, self.body.p_1);
        let report = Reader::new(&bytes, &profile).finish();
        if !report.is_valid() {
            return Err(report);
        }
        // The only error is that of no bytes.
        InvoiceXml::new(bytes).map_err(|_| report)
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

/// What reading a document gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading {
    /// The invoice, if everything that the model requires could be read.
    pub invoice: Option<Invoice>,
    /// What is wrong with the document.
    pub report: Report,
}
