//! `CanonicalXml`, a document in the form in which it is signed.

use super::algorithm::DSIG;
use super::tree::{CanonicalForm, Comments, Tree, decode};
use super::{Policy, SignatureFault};

/// A document in exclusive canonical form ([exc-C14N]), so that its bytes are what is signed.
///
/// It starts with its root element and ends with it: no declaration, no comments, attributes in
/// order, `<a></a>` in place of `<a/>`. [`AuthTokenRequest`](super::AuthTokenRequest) is written
/// like this; anything else is brought into the form by [`CanonicalXml::canonicalize`].
///
/// ```
/// use ksef_client::xades::{CanonicalXml, CanonicalXmlError};
///
/// let document = CanonicalXml::canonicalize("<?xml version='1.0'?><a b='1'  a='2'/>")?;
/// assert_eq!(document.as_str(), r#"<a a="2" b="1"></a>"#);
///
/// assert_eq!(CanonicalXml::new("<a/>"), Err(CanonicalXmlError::NotCanonical));
/// # Ok::<(), CanonicalXmlError>(())
/// ```
///
/// [exc-C14N]: https://www.w3.org/TR/xml-exc-c14n/
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CanonicalXml {
    text: String,
}

/// Why text is no document that can be signed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalXmlError {
    /// It cannot be read.
    #[error("the document cannot be read")]
    Unreadable(#[source] SignatureFault),
    /// It is well-formed, and its canonical form is another one.
    #[error("the document is not in exclusive canonical form")]
    NotCanonical,
    /// It has a processing instruction outside of the root element.
    #[error("the document has a processing instruction outside of its root element")]
    ProcessingInstruction,
    /// It contains a `ds:Signature` already.
    #[error("the document is signed already")]
    Signed,
    /// It does not end with the end tag of its root element, before which a signature goes.
    #[error("the document does not end with the end tag of its root element")]
    NoEndTag,
}

impl CanonicalXml {
    /// Takes text that is in canonical form.
    ///
    /// # Errors
    ///
    /// When it is not, or cannot be signed.
    pub fn new(text: &str) -> Result<Self, CanonicalXmlError> {
        let canonical = Self::canonicalize(text)?;
        if canonical.text == text { Ok(canonical) } else { Err(CanonicalXmlError::NotCanonical) }
    }

    /// Brings a document into canonical form. Comments are dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is signed already.
    pub fn canonicalize(text: &str) -> Result<Self, CanonicalXmlError> {
        let unreadable = CanonicalXmlError::Unreadable;
        let decoded = decode(text.as_bytes()).map_err(unreadable)?;
        let tree = Tree::parse(&decoded, Policy::DEFAULT_MAX_DEPTH).map_err(unreadable)?;
        if !tree.named(DSIG, "Signature").is_empty() {
            return Err(CanonicalXmlError::Signed);
        }
        if tree.has_instruction_outside() {
            return Err(CanonicalXmlError::ProcessingInstruction);
        }
        let form = CanonicalForm::EXCLUSIVE;
        let bytes = tree.canonical_subtree(tree.root(), &form, Comments::Dropped);
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or(CanonicalXmlError::NotCanonical)?;
        Ok(Self { text })
    }

    /// Text that our own code has written in canonical form.
    pub(super) const fn written(text: String) -> Self {
        Self { text }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text before and from the end tag of the root element, between which a signature goes.
    pub(super) fn around_signature(&self) -> (&str, &str) {
        let end_tag = self.text.rfind("</").unwrap_or(self.text.len());
        self.text.split_at_checked(end_tag).unwrap_or((&self.text, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_signed_is_refused() {
        let error = |text: &str| CanonicalXml::canonicalize(text).unwrap_err();
        assert_eq!(error("<a>"), CanonicalXmlError::Unreadable(SignatureFault::Malformed));
        assert_eq!(error("<!DOCTYPE a><a/>"), CanonicalXmlError::Unreadable(SignatureFault::Dtd));
        assert_eq!(error("<a/><?p q?>"), CanonicalXmlError::ProcessingInstruction);
        let signed = "<a><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></a>";
        assert_eq!(error(signed), CanonicalXmlError::Signed);
    }

    #[test]
    fn the_signature_goes_before_the_last_end_tag() {
        let document = CanonicalXml::canonicalize("<a><b/></a>").unwrap();
        assert_eq!(document.around_signature(), ("<a><b></b>", "</a>"));
    }
}
