//! Reading what the protocol needs to know out of an FA(2) or FA(3).

use core::str::FromStr;

use ksef_core::{FormCode, InvoiceXml, Nip};

use super::OutgoingInvoice;
use crate::error::InputError;
use crate::xades::Policy;
use crate::xades::tree::{Tree, decode};

impl OutgoingInvoice {
    /// An FA(2) or FA(3), whose form, seller (`Podmiot1`) and date of issue (`P_1`) are read from
    /// it. It is not validated; that is for `ksef-fa`.
    ///
    /// ```
    /// use ksef_client::OutgoingInvoice;
    /// use ksef_core::{FormCode, InvoiceXml};
    ///
    /// let xml = br#"<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">
    ///   <Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza></Naglowek>
    ///   <Podmiot1><DaneIdentyfikacyjne><NIP>5265877635</NIP></DaneIdentyfikacyjne></Podmiot1>
    ///   <Fa><P_1>2026-11-20</P_1></Fa>
    /// </Faktura>"#;
    /// let invoice = OutgoingInvoice::read(InvoiceXml::new(xml.as_slice())?)?;
    /// assert_eq!(invoice.form_code(), &FormCode::Fa3);
    /// assert_eq!(invoice.seller().as_str(), "5265877635");
    /// assert_eq!(invoice.issue_date().to_string(), "2026-11-20");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InputError::Unread`] for everything else; [`OutgoingInvoice::new`] takes it all the same.
    #[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
    pub fn read(xml: InvoiceXml) -> Result<Self, InputError> {
        let parts = Parts::read(xml.as_bytes()).ok_or(InputError::Unread)?;
        Ok(Self::new(parts.form_code, xml, parts.seller, parts.issue_date))
    }
}

struct Parts {
    form_code: FormCode,
    seller: Nip,
    issue_date: ksef_core::InvoiceDate,
}

impl Parts {
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = decode(bytes).ok()?;
        let tree = Tree::parse(&text, Policy::DEFAULT_MAX_DEPTH).ok()?;
        let namespace = tree.element(tree.root())?.name.namespace_uri.as_deref()?.to_owned();
        let find = |path: &[&str]| {
            path.iter().try_fold(tree.root(), |node, name| tree.only_child(node, &namespace, name))
        };
        let form = tree.attribute(find(&["Naglowek", "KodFormularza"])?, "kodSystemowy")?;
        let forms = [FormCode::Fa2, FormCode::Fa3];
        let form_code = forms.into_iter().find(|known| known.system_code() == form)?;
        let seller = tree.text(find(&["Podmiot1", "DaneIdentyfikacyjne", "NIP"])?)?;
        let issue_date = tree.text(find(&["Fa", "P_1"])?)?;
        Some(Self {
            form_code,
            // KSeF checks the digits in production alone.
            seller: Nip::for_test_environment(seller.trim()).ok()?,
            issue_date: FromStr::from_str(issue_date.trim()).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let invoice = OutgoingInvoice::read(InvoiceXml::new(text.as_bytes()).unwrap()).ok()?;
        Some(format!("{} {} {}", invoice.form_code(), invoice.seller(), invoice.issue_date()))
    }

    #[test]
    fn only_what_says_everything_once_is_read() {
        let document = "<f:Faktura xmlns:f=\"n\"><f:Naglowek>\
            <f:KodFormularza kodSystemowy=\"FA (2)\"/></f:Naglowek><f:Podmiot1>\
            <f:DaneIdentyfikacyjne><f:NIP>1234567890</f:NIP></f:DaneIdentyfikacyjne></f:Podmiot1>\
            <f:Fa><f:P_1> 2026-11-20 </f:P_1></f:Fa></f:Faktura>";
        assert_eq!(read(document).as_deref(), Some("FA (2) 1234567890 2026-11-20"));
        for (from, to) in [
            ("FA (2)", "PEF (3)"),
            ("1234567890", "12345"),
            ("2026-11-20", "20.11.2026"),
            ("<f:Fa>", "<f:Fa/><f:Fa>"),
            ("f:Podmiot1", "f:Podmiot2"),
            ("</f:Faktura>", ""),
            ("<f:Faktura", "<!DOCTYPE f:Faktura><f:Faktura"),
        ] {
            assert_eq!(read(&document.replace(from, to)), None, "{to}");
        }
    }
}
