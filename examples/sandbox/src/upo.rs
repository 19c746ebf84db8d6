//! The official receipt (UPO v4-3): written in canonical form and signed.

use core::fmt::{self, Display, Write};

use bytes::Bytes;
use ksef_client::xades::{CanonicalXml, CanonicalXmlError, SignError, SigningKey};
use ksef_core::{
    ContextIdentifier, Environment, FormCode, InvoiceDate, KsefNumber, Nip, ReferenceNumber,
    Sha256Digest, Timestamp,
};

use crate::invoices::InvoicingMode;
use crate::sessions::LoginProof;

/// What a receipt says (`Potwierdzenie`).
#[derive(Clone, Debug)]
pub(crate) struct Upo<'a> {
    pub(crate) environment: Environment,
    pub(crate) session: &'a ReferenceNumber,
    pub(crate) context: &'a ContextIdentifier,
    pub(crate) login_proof: &'a LoginProof,
    pub(crate) form_code: &'a FormCode,
    /// For a page of a session; the receipt of a single invoice has none.
    pub(crate) page: Option<UpoPage>,
    pub(crate) documents: &'a [UpoDocument<'a>],
}

/// Which part of a session's documents stands on a page (`OpisPotwierdzenia`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpoPage {
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// The ordinal number of the first document, from 1.
    pub(crate) first: usize,
    /// The ordinal number of the last one.
    pub(crate) last: usize,
    pub(crate) documents: usize,
}

/// A document of a receipt (`Dokument`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpoDocument<'a> {
    pub(crate) seller: Nip,
    pub(crate) ksef_number: KsefNumber,
    pub(crate) invoice_number: &'a str,
    pub(crate) issue_date: InvoiceDate,
    pub(crate) received: Timestamp,
    pub(crate) acquired: Timestamp,
    pub(crate) hash: Sha256Digest,
    pub(crate) mode: InvoicingMode,
}

/// A receipt could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpoError {
    #[error("the receipt could not be written")]
    Write(#[from] CanonicalXmlError),
    #[error("the receipt could not be signed")]
    Sign(#[from] SignError),
}

impl Upo<'_> {
    /// The receipt with its signature; the time of signing is part of it.
    pub(crate) fn sign(&self, key: &SigningKey, now: Timestamp) -> Result<Bytes, UpoError> {
        let document = CanonicalXml::new(&self.to_string())?;
        Ok(key.sign(document, now)?.into_bytes().into())
    }
}

/// The receipt without a signature, in exclusive canonical form.
impl Display for Upo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<Potwierdzenie xmlns=\"http://upo.schematy.mf.gov.pl/KSeF/v4-3\">")?;
        element(f, "NazwaPodmiotuPrzyjmujacego", receiver(self.environment))?;
        element(f, "NumerReferencyjnySesji", self.session)?;
        f.write_str("<Uwierzytelnienie><IdKontekstu>")?;
        element(f, context_name(self.context), self.context.value())?;
        f.write_str("</IdKontekstu>")?;
        match self.login_proof {
            LoginProof::Token(number) => element(f, "NumerReferencyjnyTokenaKSeF", number)?,
            LoginProof::SignedRequest(hash) => {
                element(f, "SkrotDokumentuUwierzytelniajacego", hash)?;
            }
        }
        f.write_str("</Uwierzytelnienie>")?;
        if let Some(page) = &self.page {
            page.fmt(f)?;
        }
        element(f, "NazwaStrukturyLogicznej", StructureName(self.form_code))?;
        element(f, "KodFormularza", self.form_code.system_code())?;
        self.documents.iter().try_for_each(|document| document.fmt(f))?;
        f.write_str("</Potwierdzenie>")
    }
}

impl Display for UpoPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<OpisPotwierdzenia>")?;
        element(f, "Strona", self.page)?;
        element(f, "LiczbaStron", self.pages)?;
        element(f, "ZakresDokumentowOd", self.first)?;
        // The schema says exclusive, the Ministry's examples are inclusive.
        element(f, "ZakresDokumentowDo", self.last)?;
        element(f, "CalkowitaLiczbaDokumentow", self.documents)?;
        f.write_str("</OpisPotwierdzenia>")
    }
}

impl Display for UpoDocument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<Dokument>")?;
        element(f, "NipSprzedawcy", self.seller)?;
        element(f, "NumerKSeFDokumentu", self.ksef_number)?;
        element(f, "NumerFaktury", self.invoice_number)?;
        element(f, "DataWystawieniaFaktury", self.issue_date)?;
        element(f, "DataPrzeslaniaDokumentu", self.received.warsaw())?;
        element(f, "DataNadaniaNumeruKSeF", self.acquired.warsaw())?;
        element(f, "SkrotDokumentu", self.hash)?;
        element(f, "TrybWysylki", self.mode.name())?;
        f.write_str("</Dokument>")
    }
}

/// `NazwaPodmiotuPrzyjmujacego`. What DEMO says was never published; its suffix here is ours.
const fn receiver(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "Ministerstwo Finansów",
        Environment::Demo => "Ministerstwo Finansów - środowisko przedprodukcyjne (TR)",
        Environment::Test => "Ministerstwo Finansów - środowisko testowe (TE)",
    }
}

const fn context_name(context: &ContextIdentifier) -> &'static str {
    match context {
        ContextIdentifier::InternalId(_) => "IdWewnetrzny",
        ContextIdentifier::NipVatUe(_) => "IdZlozonyVatUE",
        ContextIdentifier::PeppolId(_) => "IdDostawcyUslugPeppol",
        _ => "Nip",
    }
}

/// `Schemat_FA(3)_v1-0E.xsd`: the system code without its blank, and the version of the schema.
struct StructureName<'a>(&'a FormCode);

impl Display for StructureName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.system_code().replace(' ', "");
        write!(f, "Schemat_{name}_v{}.xsd", self.0.schema_version())
    }
}

/// `<name>value</name>`; the names and values have no attributes.
fn element(f: &mut fmt::Formatter<'_>, name: &str, value: impl Display) -> fmt::Result {
    write!(f, "<{name}>")?;
    write!(Escaped(f), "{value}")?;
    write!(f, "</{name}>")
}

/// Escapes text as canonical XML does.
struct Escaped<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '\r' => self.0.write_str("&#xD;"),
            other => self.0.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests;
