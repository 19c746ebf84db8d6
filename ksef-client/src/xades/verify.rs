//! Verifying: everything that has to hold before a signed document is believed.

use std::borrow::Cow;

use core::fmt;

use ksef_core::{Sha256Digest, Timestamp};
use uppsala::NodeId;

use super::algorithm::{DSIG, DigestAlgorithm, XADES};
use super::reference::{Places, Reference, Target, algorithm, base64_of, read_form};
use super::tree::{CanonicalForm, Comments, Tree, decode};
use super::{Certificate, CertificateError, SignatureAlgorithm, SignatureFault, signature};

/// What [`verify`] asks for beyond a sound signature.
///
/// ```
/// use ksef_client::xades::{CertificateDates, Policy};
///
/// let policy = Policy::default();
/// assert_eq!(policy.certificate_dates, CertificateDates::AtSigningTime);
/// assert_eq!(policy.max_bytes, 16 * 1024 * 1024);
/// assert_eq!(policy.max_depth, 64);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// When the certificate has to be valid.
    pub certificate_dates: CertificateDates,
    /// The largest document that is read, in bytes.
    pub max_bytes: usize,
    /// The most elements within one another.
    pub max_depth: u32,
}

/// When a certificate has to be valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CertificateDates {
    /// At the time of signing that the document claims. A receipt stays good for years.
    AtSigningTime,
    /// At the time of signing and at this one. A login is checked while it happens.
    AtSigningTimeAnd(Timestamp),
    /// Never looked at.
    Ignored,
}

/// A document whose signature holds, and what is known of its signer.
///
/// Read the document from [`Verified::content`] and from nowhere else: these are the bytes that
/// the signature covers. `Debug` shows no personal data.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The certificate of the signer.
    pub signer: Certificate,
    /// The time of signing that the signer claims.
    pub signing_time: Timestamp,
    /// The algorithm of the signature.
    pub algorithm: SignatureAlgorithm,
    /// The SHA-256 of the document as it came, signature included.
    pub digest: Sha256Digest,
    content: Vec<u8>,
}

impl Policy {
    /// The session receipt of 10,000 invoices, its largest, has about 6 MB.
    const MAX_BYTES: usize = 16 * 1024 * 1024;
    pub(crate) const DEFAULT_MAX_DEPTH: u32 = 64;

    /// The default with these dates.
    #[must_use]
    pub const fn with_certificate_dates(mut self, dates: CertificateDates) -> Self {
        self.certificate_dates = dates;
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            certificate_dates: CertificateDates::AtSigningTime,
            max_bytes: Self::MAX_BYTES,
            max_depth: Self::DEFAULT_MAX_DEPTH,
        }
    }
}

impl Verified {
    /// The canonical form of the signed document without its signature: what was signed.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("signer", &self.signer)
            .field("signing_time", &self.signing_time)
            .field("algorithm", &self.algorithm)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// Checks an enveloped XAdES signature.
///
/// It holds if there is exactly one signature in the document, its references cover the whole
/// document and the XAdES properties and nothing outside, every algorithm and transform is on a
/// short list, all digests and the value match, and the properties name the certificate, which
/// was valid. Who issued the certificate is not looked at, see [`Certificate`].
///
/// # Errors
///
/// The first [`SignatureFault`] that is found.
pub fn verify(bytes: &[u8], policy: &Policy) -> Result<Verified, SignatureFault> {
    verify_by(bytes, policy, Certificate::new)
}

/// The same, with a way to read the certificate.
pub(super) fn verify_by(
    bytes: &[u8],
    policy: &Policy,
    read: impl Fn(&[u8]) -> Result<Certificate, CertificateError>,
) -> Result<Verified, SignatureFault> {
    let text = readable(bytes, policy)?;
    let tree = Tree::parse(&text, policy.max_depth)?;
    let examined = Examined::of(&tree, policy, read)?;
    let content = examined.signed_info.check_references(&tree, &examined.parts.places)?;
    examined.check_value(&tree)?;
    let Examined { certificate, signing_time, signed_info, .. } = examined;
    let (algorithm, digest) = (signed_info.algorithm, Sha256Digest::of(bytes));
    Ok(Verified { signer: certificate, signing_time, algorithm, digest, content })
}

/// The certificate of a signature of which everything holds that needs no arithmetic: its parts,
/// what it covers, the lists of algorithms and the dates.
#[cfg(feature = "xmlsec")]
pub(super) fn examine(bytes: &[u8], policy: &Policy) -> Result<Certificate, SignatureFault> {
    let text = readable(bytes, policy)?;
    let tree = Tree::parse(&text, policy.max_depth)?;
    Ok(Examined::of(&tree, policy, Certificate::new)?.certificate)
}

fn readable<'b>(bytes: &'b [u8], policy: &Policy) -> Result<Cow<'b, str>, SignatureFault> {
    if bytes.len() > policy.max_bytes {
        return Err(SignatureFault::TooLarge);
    }
    decode(bytes)
}

/// A signature of which everything but the arithmetic holds.
struct Examined {
    parts: Parts,
    signed_info: SignedInfo,
    certificate: Certificate,
    signing_time: Timestamp,
}

impl Examined {
    fn of(
        tree: &Tree<'_>,
        policy: &Policy,
        read: impl Fn(&[u8]) -> Result<Certificate, CertificateError>,
    ) -> Result<Self, SignatureFault> {
        let parts = Parts::find(tree)?;
        let signed_info = SignedInfo::read(tree, &parts)?;
        let certificate = parts.certificate(tree, read)?;
        let signing_time = parts.signing_time(tree)?;
        check_dates(&certificate, signing_time, policy.certificate_dates)?;
        Ok(Self { parts, signed_info, certificate, signing_time })
    }

    fn check_value(&self, tree: &Tree<'_>) -> Result<(), SignatureFault> {
        let message = self.signed_info.canonical(tree)?;
        let value = base64_of(tree, self.parts.value)?;
        signature::check(
            self.certificate.public_key(),
            self.signed_info.algorithm,
            &message,
            &value,
        )
    }
}

/// The parts of the one signature.
struct Parts {
    places: Places,
    signed_info: NodeId,
    value: NodeId,
}

impl Parts {
    fn find(tree: &Tree<'_>) -> Result<Self, SignatureFault> {
        let structure = SignatureFault::Structure;
        let signature = match tree.named(DSIG, "Signature").as_slice() {
            [signature] => *signature,
            [] => return Err(SignatureFault::NoSignature),
            _ => return Err(SignatureFault::SeveralSignatures),
        };
        if signature == tree.root() {
            // Enveloping: KSeF takes it for logins, and nobody was seen to send it.
            return Err(SignatureFault::DocumentNotCovered);
        }
        let child = |name| tree.only_child(signature, DSIG, name);
        let signed_info = child("SignedInfo").ok_or(structure)?;
        let value = child("SignatureValue").ok_or(structure)?;
        let key_info = child("KeyInfo").ok_or(SignatureFault::NoCertificate)?;
        let properties = Self::properties(tree, signature)?;
        Ok(Self { places: Places { signature, properties, key_info }, signed_info, value })
    }

    /// `xades:SignedProperties`, where it belongs and nowhere else.
    fn properties(tree: &Tree<'_>, signature: NodeId) -> Result<NodeId, SignatureFault> {
        let properties = match tree.named(XADES, "SignedProperties").as_slice() {
            [properties] => *properties,
            [] => return Err(SignatureFault::PropertiesNotCovered),
            _ => return Err(SignatureFault::Structure),
        };
        let structure = SignatureFault::Structure;
        let qualifying = tree.parent(properties).ok_or(structure)?;
        let object = tree.parent(qualifying).ok_or(structure)?;
        let is_in_place = tree.is(qualifying, XADES, "QualifyingProperties")
            && tree.is(object, DSIG, "Object")
            && tree.parent(object) == Some(signature);
        let target = tree.attribute(qualifying, "Target").and_then(|uri| uri.strip_prefix('#'));
        let is_about_this = target.is_some() && target == tree.attribute(signature, "Id");
        if is_in_place && is_about_this { Ok(properties) } else { Err(structure) }
    }

    fn signature_properties(&self, tree: &Tree<'_>) -> Option<NodeId> {
        tree.only_child(self.places.properties, XADES, "SignedSignatureProperties")
    }

    fn signing_time(&self, tree: &Tree<'_>) -> Result<Timestamp, SignatureFault> {
        let properties = self.signature_properties(tree);
        let time = properties.and_then(|node| tree.only_child(node, XADES, "SigningTime"));
        let text = time.and_then(|time| tree.text(time)).ok_or(SignatureFault::SigningTime)?;
        let text = text.trim();
        // The zone is optional in XML; where it is missing UTC is as good a guess as any.
        let parsed = text.parse().or_else(|_| format!("{text}Z").parse());
        parsed.map_err(|_| SignatureFault::SigningTime)
    }

    /// The certificate of `ds:KeyInfo` that the signed properties name.
    fn certificate(
        &self,
        tree: &Tree<'_>,
        read: impl Fn(&[u8]) -> Result<Certificate, CertificateError>,
    ) -> Result<Certificate, SignatureFault> {
        let named = self.named_certificates(tree)?;
        let mut found = SignatureFault::NoCertificate;
        for data in tree.named_children(self.places.key_info, DSIG, "X509Data") {
            for node in tree.named_children(data, DSIG, "X509Certificate") {
                let der = base64_of(tree, node)?;
                if named.iter().any(|(digest, value)| digest.matches(&der, value)) {
                    return read(&der).map_err(|_| SignatureFault::Certificate);
                }
                found = SignatureFault::SigningCertificate;
            }
        }
        Err(found)
    }

    /// The digests in `xades:SigningCertificate`, or in its second version.
    fn named_certificates(
        &self,
        tree: &Tree<'_>,
    ) -> Result<Vec<(DigestAlgorithm, Vec<u8>)>, SignatureFault> {
        let missing = SignatureFault::NoSigningCertificate;
        let properties = self.signature_properties(tree).ok_or(missing)?;
        let mut lists = tree.children(properties).filter(|node| {
            tree.is(*node, XADES, "SigningCertificate")
                || tree.is(*node, XADES, "SigningCertificateV2")
        });
        let list = lists.next().filter(|_| lists.next().is_none()).ok_or(missing)?;
        let digests = tree.named_children(list, XADES, "Cert").map(|certificate| {
            let digest = tree.only_child(certificate, XADES, "CertDigest").ok_or(missing)?;
            let method = tree.only_child(digest, DSIG, "DigestMethod").ok_or(missing)?;
            let value = tree.only_child(digest, DSIG, "DigestValue").ok_or(missing)?;
            let method = DigestAlgorithm::from_uri(algorithm(tree, method)?)?;
            Ok((method, base64_of(tree, value)?))
        });
        digests.collect()
    }
}

/// `ds:SignedInfo`, all of it on the lists.
struct SignedInfo {
    node: NodeId,
    form: CanonicalForm,
    algorithm: SignatureAlgorithm,
    references: Vec<Reference>,
}

impl SignedInfo {
    fn read(tree: &Tree<'_>, parts: &Parts) -> Result<Self, SignatureFault> {
        let node = parts.signed_info;
        let mut children = tree.children(node);
        let (Some(method), Some(signature_method)) = (children.next(), children.next()) else {
            return Err(SignatureFault::Structure);
        };
        let is_in_order = tree.is(method, DSIG, "CanonicalizationMethod")
            && tree.is(signature_method, DSIG, "SignatureMethod");
        let references: Vec<NodeId> = children.collect();
        if !is_in_order || !references.iter().all(|node| tree.is(*node, DSIG, "Reference")) {
            return Err(SignatureFault::Structure);
        }
        let form = read_form(tree, method).ok_or(SignatureFault::Canonicalization)?;
        let name = algorithm(tree, signature_method)?;
        let algorithm = SignatureAlgorithm::from_uri(name)?;
        if tree.children(signature_method).next().is_some() {
            return Err(SignatureFault::SignatureAlgorithm);
        }
        let references =
            references.into_iter().map(|node| Reference::read(tree, node, &parts.places));
        let references: Vec<Reference> = references.collect::<Result<_, _>>()?;
        check_coverage(&references)?;
        Ok(Self { node, form, algorithm, references })
    }

    /// The bytes of the document, once every digest matches.
    fn check_references(
        &self,
        tree: &Tree<'_>,
        places: &Places,
    ) -> Result<Vec<u8>, SignatureFault> {
        let mut content = None;
        for reference in &self.references {
            let bytes = reference.check(tree, places)?;
            if reference.target == Target::Document {
                content = Some(bytes);
            }
        }
        content.ok_or(SignatureFault::DocumentNotCovered)
    }

    fn canonical(&self, tree: &Tree<'_>) -> Result<Vec<u8>, SignatureFault> {
        tree.canonical_subtree(self.node, &self.form, Comments::Kept)
    }
}

/// The document once and the properties once.
fn check_coverage(references: &[Reference]) -> Result<(), SignatureFault> {
    let count = |target| references.iter().filter(|found| found.target == target).count();
    match (count(Target::Document), count(Target::Properties)) {
        (0, _) => Err(SignatureFault::DocumentNotCovered),
        (_, 0) => Err(SignatureFault::PropertiesNotCovered),
        (1, 1) if count(Target::KeyInfo) <= 1 => Ok(()),
        (_, _) => Err(SignatureFault::Structure),
    }
}

fn check_dates(
    certificate: &Certificate,
    signing_time: Timestamp,
    dates: CertificateDates,
) -> Result<(), SignatureFault> {
    let times = match dates {
        CertificateDates::AtSigningTime => vec![signing_time],
        CertificateDates::AtSigningTimeAnd(now) => vec![signing_time, now],
        CertificateDates::Ignored => Vec::new(),
    };
    for time in times {
        if time < certificate.valid_from() {
            return Err(SignatureFault::CertificateNotYetValid);
        }
        if time > certificate.valid_to() {
            return Err(SignatureFault::CertificateExpired);
        }
    }
    Ok(())
}
