//! Invoices to send.

/// The NIP of the client that tests log in.
pub const NIP: &str = "5265877635";

/// The NIP of somebody else.
pub const OTHER_NIP: &str = "3413523739";

const MINIMAL: &str = include_str!("../../data/fa3/minimal.xml");

/// An FA(3), made out of `data/fa3/minimal.xml`.
#[derive(Clone, Debug)]
pub struct InvoiceText(String);

impl InvoiceText {
    /// An invoice of [`NIP`] with this number, issued on the day of [`super::NOW`].
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self(MINIMAL.to_owned())
            .replacing("1111111111", NIP)
            .replacing("2026-03-02", "2026-11-20")
            .replacing("<P_2>FV 1/2026", &format!("<P_2>{number}"))
    }

    /// The same from another seller.
    #[must_use]
    pub fn from_seller(self, nip: &str) -> Self {
        self.replacing(NIP, nip)
    }

    /// The same, issued on another day.
    #[must_use]
    pub fn issued_on(self, date: &str) -> Self {
        self.replacing("<P_1>2026-11-20", &format!("<P_1>{date}"))
    }

    /// The same with another text for each place of this one.
    #[must_use]
    pub fn replacing(self, from: &str, to: &str) -> Self {
        Self(self.0.replace(from, to))
    }

    /// The same with an attachment.
    #[must_use]
    pub fn with_attachment(self) -> Self {
        const ATTACHMENT: &str = "</Fa><Zalacznik><BlokDanych><MetaDane><ZKlucz>Opis</ZKlucz>\
            <ZWartosc>Zmyślony</ZWartosc></MetaDane></BlokDanych></Zalacznik>";
        self.replacing("</Fa>", ATTACHMENT)
    }

    /// The same, longer by a comment of this many bytes.
    #[must_use]
    pub fn longer_by(self, bytes: usize) -> Self {
        let comment = format!("<Fa><!--{}-->", "x".repeat(bytes));
        self.replacing("<Fa>", &comment)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
