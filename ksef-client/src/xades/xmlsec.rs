//! `Xmlsec`, the backend over libxmlsec1.

use ::xmlsec::{XmlSecDocumentExt as _, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};
use libxml::parser::{Parser, ParserOptions};
use libxml::tree::Document;
use libxml::xpath;

use ksef_core::Timestamp;

use super::algorithm::DSIG;
use super::sign::{check_validity, signature_element, signed_info, signed_properties};
use super::verify::examine;
use super::{
    CanonicalXml, CanonicalXmlError, Certificate, Policy, SignError, SignatureBackend,
    SignatureFault, SignedXml, SigningKey, Verified, verify,
};

/// The backend over [libxmlsec1] and libxml2.
///
/// For people who trust these libraries, and for documents that have to keep their bytes: it
/// signs any document as it stands, where [`Native`](super::Native) brings it into canonical form.
///
/// A signature is accepted only if libxmlsec1 and this crate both accept it, so that nobody can
/// gain from what the two read differently. Neither touches the network or a file: libxmlsec1
/// gets to see only documents without a DTD whose references stay within them, and keys that
/// were decrypted before. It blocks for about a millisecond. On a signature that does not hold
/// libxmlsec1 writes a line to the standard error, which cannot be switched off from safe code.
///
/// ```
/// # #[cfg(feature = "test-certificates")] {
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
/// use ksef_client::xades::{Policy, SignatureBackend, Xmlsec, verify};
///
/// let now = "2026-11-20T12:00:00Z".parse()?;
/// let key = TestCertificate::nameless().build(KeyKind::P256, now)?.signing_key()?;
/// let signed = Xmlsec.sign("<note  lang='pl'>Zażółć</note>", &key, now)?;
/// assert!(signed.as_bytes().starts_with(b"<note  lang='pl'>"));
/// assert_eq!(verify(signed.as_bytes(), &Policy::default())?.signer, *key.certificate());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [libxmlsec1]: https://www.aleksey.com/xmlsec/
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct Xmlsec;

/// Identifiers by their names, since there is no DTD to declare them.
const WITH_ID: &str = "//*[@Id]";

impl SignatureBackend for Xmlsec {
    fn sign(
        &self,
        document: &str,
        key: &SigningKey,
        at: Timestamp,
    ) -> Result<SignedXml, SignError> {
        check_validity(key.certificate(), at)?;
        let (before, after) = around_end_tag(document).map_err(SignError::Document)?;
        let properties = signed_properties(key.certificate(), at);
        let write = |digests: &[String; 2], value: &str| {
            let signed_info = signed_info(key.algorithm(), digests);
            let signature = signature_element(&signed_info, value, key.certificate(), &properties);
            format!("{before}{signature}{after}")
        };
        let template = write(&[String::new(), String::new()], "");
        let (digests, value) = computed(&template, key)?;
        Ok(SignedXml::new(write(&digests, &value)))
    }

    fn verify(&self, bytes: &[u8], policy: &Policy) -> Result<Verified, SignatureFault> {
        let certificate = examine(bytes, policy)?;
        if !accepts(bytes, &certificate) {
            return Err(SignatureFault::Refused);
        }
        verify(bytes, policy)
    }
}

/// The text before and from the end tag of the root element.
fn around_end_tag(document: &str) -> Result<(&str, &str), CanonicalXmlError> {
    CanonicalXml::canonicalize(document)?;
    let missing = CanonicalXmlError::NoEndTag;
    let parts = document.rfind("</").and_then(|at| document.split_at_checked(at));
    let (before, after) = parts.ok_or(missing)?;
    // What follows the root element could be a comment with an end tag of its own.
    let is_last = after.trim_end().find('>') == Some(after.trim_end().len().saturating_sub(1));
    if is_last { Ok((before, after)) } else { Err(missing) }
}

/// The digests of the document and of the properties, and the value, as libxmlsec1 fills them in.
fn computed(template: &str, key: &SigningKey) -> Result<([String; 2], String), SignError> {
    let failed = SignError::Cryptography;
    let Some(document) = parsed(template.as_bytes()) else { return Err(failed) };
    let private = key.to_pkcs8()?;
    let private = XmlSecKey::from_memory(&private, XmlSecKeyFormat::Der, None);
    let mut context = XmlSecSignatureContext::new();
    context.insert_key(private.map_err(|_| SignError::Cryptography)?);
    context.sign_document(&document).map_err(|_| SignError::Cryptography)?;
    let digests = values(&document, "//ds:SignedInfo/ds:Reference/ds:DigestValue");
    let value = values(&document, "//ds:SignatureValue");
    match (digests.and_then(|it| it.try_into().ok()), value.as_deref()) {
        (Some(digests), Some([value])) => Ok((digests, value.clone())),
        _ => Err(failed),
    }
}

/// Whether libxmlsec1 accepts the signature, with the key of this certificate.
fn accepts(bytes: &[u8], certificate: &Certificate) -> bool {
    let Some(document) = parsed(bytes) else { return false };
    let format = XmlSecKeyFormat::CertDer;
    let Ok(key) = XmlSecKey::from_memory(certificate.as_der(), format, None) else { return false };
    let mut context = XmlSecSignatureContext::new();
    context.insert_key(key);
    context.verify_document(&document).unwrap_or(false)
}

/// Without recovery, network and entities.
fn parsed(bytes: &[u8]) -> Option<Document> {
    let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
    let document = Parser::default().parse_string_with_options(bytes, options).ok()?;
    document.specify_idattr(WITH_ID, "Id", None).ok()?;
    Some(document)
}

/// The texts of the elements that a path finds, without blanks.
fn values(document: &Document, path: &str) -> Option<Vec<String>> {
    let context = xpath::Context::new(document).ok()?;
    context.register_namespace("ds", DSIG).ok()?;
    let found = context.evaluate(path).ok()?.get_nodes_as_vec();
    let without_blanks = |text: String| text.split_ascii_whitespace().collect();
    Some(found.iter().map(|node| without_blanks(node.get_content())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_split_before_its_last_end_tag() {
        assert_eq!(around_end_tag("<a><b/></a >\n"), Ok(("<a><b/>", "</a >\n")));
        for document in ["<a/>", "<a></a><!-- </a> -->", "<a></a><!--x-->"] {
            assert_eq!(around_end_tag(document), Err(CanonicalXmlError::NoEndTag), "{document}");
        }
    }
}
