//! `AuthTokenRequest`, the document that a login signs.

mod parse;

use core::fmt;
use core::net::Ipv4Addr;
use core::str::FromStr;

use ksef_core::{
    ContextIdentifier, ParseError, ParseErrorReason, ReferenceNumber, ReferenceNumberKind,
};

use super::CanonicalXml;
use super::text::{push_close, push_element, push_open};

/// The document that a login signs: which challenge it answers, and on whose behalf.
///
/// Schema: `AuthTokenRequest` of `http://ksef.mf.gov.pl/auth/token/2.1`, or 2.0, see
/// [`AuthSchema`]. It is written in canonical form, and it is good for ten minutes, as the
/// challenge is.
///
/// ```
/// use ksef_client::xades::{AuthTokenRequest, RequestError, SubjectIdentifierType};
///
/// let request = AuthTokenRequest::new(
///     "20250604-CR-461EA5B000-537A6BA15D-D7".parse()?,
///     "Nip/5265877635".parse()?,
///     SubjectIdentifierType::CertificateSubject,
/// )?;
/// let xml = request.to_canonical_xml();
/// assert!(xml.as_str().contains("<ContextIdentifier><Nip>5265877635</Nip></ContextIdentifier>"));
///
/// let session = "20250604-SO-461EA5B000-537A6BA15D-D7".parse()?;
/// let subject = SubjectIdentifierType::CertificateSubject;
/// let refused = AuthTokenRequest::new(session, "Nip/5265877635".parse()?, subject);
/// assert_eq!(refused, Err(RequestError::Challenge));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthTokenRequest {
    schema: AuthSchema,
    challenge: ReferenceNumber,
    context: ContextIdentifier,
    subject: SubjectIdentifierType,
    allowed_ips: AllowedIps,
}

/// The version of the schema, which its namespace names.
///
/// 2.1 came with release 2.5.0 of the API and differs in the patterns for addresses only.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AuthSchema {
    /// `http://ksef.mf.gov.pl/auth/token/2.0`
    V2_0,
    /// `http://ksef.mf.gov.pl/auth/token/2.1`
    #[default]
    V2_1,
}

/// How KSeF recognizes the subject of the certificate (`SubjectIdentifierType`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the schema lists these two")]
pub enum SubjectIdentifierType {
    /// By the NIP or PESEL in the subject: `certificateSubject`.
    CertificateSubject,
    /// By the fingerprint, to which permissions were granted: `certificateFingerprint`.
    CertificateFingerprint,
}

/// From which addresses the tokens of a login may be used (`AuthorizationPolicy/AllowedIps`).
///
/// At most ten of each kind, IPv4 only. Nothing in it means everywhere.
///
/// ```
/// use ksef_client::xades::{AllowedIps, RequestError};
///
/// let mut ips = AllowedIps::default();
/// ips.allow_range("10.0.0.1-10.0.0.254".parse()?)?;
/// ips.allow_mask("172.16.0.0/16".parse()?)?;
/// for last in 1..=10 {
///     ips.allow_address([192, 168, 0, last].into())?;
/// }
/// assert_eq!(ips.allow_address([192, 168, 0, 11].into()), Err(RequestError::TooManyIps));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AllowedIps {
    addresses: Vec<Ipv4Addr>,
    ranges: Vec<Ip4Range>,
    masks: Vec<Ip4Mask>,
}

/// A range of addresses, both ends in it: `10.0.0.1-10.0.0.254`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ip4Range {
    first: Ipv4Addr,
    last: Ipv4Addr,
}

/// A network: `172.16.0.0/16`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ip4Mask {
    address: Ipv4Addr,
    bits: u8,
}

/// Why a login document cannot be built or read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is no `AuthTokenRequest` of a known schema.
    #[error("not an AuthTokenRequest of schema 2.0 or 2.1")]
    Schema,
    /// The number is not that of a challenge.
    #[error("the reference number is not that of a challenge")]
    Challenge,
    /// `ContextIdentifier` is none.
    #[error("the context identifier is none")]
    Context,
    /// An entry of `AllowedIps` is none.
    #[error("an allowed address is none")]
    Ip,
    /// More than ten entries of one kind.
    #[error("at most ten addresses, ranges and masks each are allowed")]
    TooManyIps,
}

impl AuthTokenRequest {
    /// A login that answers this challenge on behalf of this context.
    ///
    /// # Errors
    ///
    /// [`RequestError::Challenge`] when the number is not that of a challenge.
    pub fn new(
        challenge: ReferenceNumber,
        context: ContextIdentifier,
        subject: SubjectIdentifierType,
    ) -> Result<Self, RequestError> {
        if challenge.kind() != ReferenceNumberKind::Challenge {
            return Err(RequestError::Challenge);
        }
        let (schema, allowed_ips) = (AuthSchema::default(), AllowedIps::default());
        Ok(Self { schema, challenge, context, subject, allowed_ips })
    }

    /// The same in another version of the schema.
    #[must_use]
    pub const fn with_schema(mut self, schema: AuthSchema) -> Self {
        self.schema = schema;
        self
    }

    /// The same with tokens that can be used from these addresses only.
    #[must_use]
    pub fn with_allowed_ips(mut self, allowed_ips: AllowedIps) -> Self {
        self.allowed_ips = allowed_ips;
        self
    }

    /// The version of the schema.
    #[must_use]
    pub const fn schema(&self) -> AuthSchema {
        self.schema
    }

    /// The challenge that is answered.
    #[must_use]
    pub const fn challenge(&self) -> ReferenceNumber {
        self.challenge
    }

    /// On whose behalf.
    #[must_use]
    pub const fn context(&self) -> ContextIdentifier {
        self.context
    }

    /// How the subject of the certificate is recognized.
    #[must_use]
    pub const fn subject(&self) -> SubjectIdentifierType {
        self.subject
    }

    /// From where the tokens may be used.
    #[must_use]
    pub const fn allowed_ips(&self) -> &AllowedIps {
        &self.allowed_ips
    }

    /// The document, ready to be signed.
    #[must_use]
    pub fn to_canonical_xml(&self) -> CanonicalXml {
        let namespace = self.schema.namespace();
        let mut xml = format!("<AuthTokenRequest xmlns=\"{namespace}\">");
        push_element(&mut xml, "Challenge", self.challenge.as_str());
        push_open(&mut xml, "ContextIdentifier");
        push_element(&mut xml, self.context.kind().as_str(), self.context.value());
        push_close(&mut xml, "ContextIdentifier");
        push_element(&mut xml, "SubjectIdentifierType", self.subject.as_str());
        if !self.allowed_ips.is_empty() {
            push_open(&mut xml, "AuthorizationPolicy");
            self.allowed_ips.push(&mut xml);
            push_close(&mut xml, "AuthorizationPolicy");
        }
        push_close(&mut xml, "AuthTokenRequest");
        CanonicalXml::written(xml)
    }
}

impl AuthSchema {
    const ALL: [Self; 2] = [Self::V2_0, Self::V2_1];

    /// The namespace.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V2_0 => "http://ksef.mf.gov.pl/auth/token/2.0",
            Self::V2_1 => "http://ksef.mf.gov.pl/auth/token/2.1",
        }
    }
}

impl SubjectIdentifierType {
    const ALL: [Self; 2] = [Self::CertificateSubject, Self::CertificateFingerprint];

    /// The name in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CertificateSubject => "certificateSubject",
            Self::CertificateFingerprint => "certificateFingerprint",
        }
    }
}

impl AllowedIps {
    const MOST: usize = 10;

    /// Allows one address.
    ///
    /// # Errors
    ///
    /// [`RequestError::TooManyIps`] after the tenth.
    pub fn allow_address(&mut self, address: Ipv4Addr) -> Result<(), RequestError> {
        push_limited(&mut self.addresses, address)
    }

    /// Allows a range.
    ///
    /// # Errors
    ///
    /// [`RequestError::TooManyIps`] after the tenth.
    pub fn allow_range(&mut self, range: Ip4Range) -> Result<(), RequestError> {
        push_limited(&mut self.ranges, range)
    }

    /// Allows a network.
    ///
    /// # Errors
    ///
    /// [`RequestError::TooManyIps`] after the tenth.
    pub fn allow_mask(&mut self, mask: Ip4Mask) -> Result<(), RequestError> {
        push_limited(&mut self.masks, mask)
    }

    /// The single addresses.
    #[must_use]
    pub fn addresses(&self) -> &[Ipv4Addr] {
        &self.addresses
    }

    /// The ranges.
    #[must_use]
    pub fn ranges(&self) -> &[Ip4Range] {
        &self.ranges
    }

    /// The networks.
    #[must_use]
    pub fn masks(&self) -> &[Ip4Mask] {
        &self.masks
    }

    /// Whether nothing is listed, which allows every address.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.ranges.is_empty() && self.masks.is_empty()
    }

    /// Whether tokens may be used from this address.
    ///
    /// ```
    /// use ksef_client::xades::AllowedIps;
    ///
    /// let mut ips = AllowedIps::default();
    /// assert!(ips.allows([8, 8, 8, 8].into()));
    /// ips.allow_mask("172.16.0.0/16".parse()?)?;
    /// assert!(ips.allows([172, 16, 255, 1].into()));
    /// assert!(!ips.allows([172, 17, 0, 1].into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn allows(&self, address: Ipv4Addr) -> bool {
        self.is_empty()
            || self.addresses.contains(&address)
            || self.ranges.iter().any(|range| (range.first..=range.last).contains(&address))
            || self.masks.iter().any(|mask| mask.contains(address))
    }

    fn push(&self, xml: &mut String) {
        push_open(xml, "AllowedIps");
        for address in &self.addresses {
            push_element(xml, "Ip4Address", &address.to_string());
        }
        for range in &self.ranges {
            push_element(xml, "Ip4Range", &range.to_string());
        }
        for mask in &self.masks {
            push_element(xml, "Ip4Mask", &mask.to_string());
        }
        push_close(xml, "AllowedIps");
    }
}

fn push_limited<T>(list: &mut Vec<T>, item: T) -> Result<(), RequestError> {
    if list.len() >= AllowedIps::MOST {
        return Err(RequestError::TooManyIps);
    }
    list.push(item);
    Ok(())
}

impl Ip4Range {
    const EXPECTED: &'static str = "range of IPv4 addresses";

    /// From the first address to the last one.
    ///
    /// # Errors
    ///
    /// When the last one comes before the first.
    pub fn new(first: Ipv4Addr, last: Ipv4Addr) -> Result<Self, ParseError> {
        if last < first {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        Ok(Self { first, last })
    }
}

impl Ip4Mask {
    const EXPECTED: &'static str = "IPv4 network";

    /// The network of an address with so many leading bits.
    ///
    /// # Errors
    ///
    /// With more than 32 bits.
    pub const fn new(address: Ipv4Addr, bits: u8) -> Result<Self, ParseError> {
        if bits > 32 {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        Ok(Self { address, bits })
    }

    fn contains(self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
        address.to_bits() & mask == self.address.to_bits() & mask
    }
}

impl FromStr for Ip4Range {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ends = text
            .split_once('-')
            .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        let (first, last) =
            ends.ok_or(ParseError::new(Self::EXPECTED, ParseErrorReason::Format))?;
        Self::new(first, last)
    }
}

impl FromStr for Ip4Mask {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = ParseError::new(Self::EXPECTED, ParseErrorReason::Format);
        let (address, bits) = text.split_once('/').ok_or(error)?;
        let is_plain = bits.bytes().all(|byte| byte.is_ascii_digit())
            && (bits == "0" || !bits.starts_with('0'));
        let bits = bits.parse().ok().filter(|_| is_plain).ok_or(error)?;
        Self::new(address.parse().map_err(|_| error)?, bits)
    }
}

impl fmt::Display for Ip4Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl fmt::Display for Ip4Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(context: &str) -> AuthTokenRequest {
        AuthTokenRequest::new(
            "20250604-CR-461EA5B000-537A6BA15D-D7".parse().unwrap(),
            context.parse().unwrap(),
            SubjectIdentifierType::CertificateFingerprint,
        )
        .unwrap()
    }

    fn ips() -> AllowedIps {
        let mut ips = AllowedIps::default();
        ips.allow_address([192, 168, 0, 10].into()).unwrap();
        ips.allow_range("10.0.0.1-10.0.0.254".parse().unwrap()).unwrap();
        ips.allow_mask("172.16.0.0/16".parse().unwrap()).unwrap();
        ips
    }

    #[test]
    fn a_full_document_is_written_in_canonical_form() {
        let request = request("PeppolId/PPL123456").with_allowed_ips(ips());
        let xml = request.to_canonical_xml();
        assert_eq!(
            xml.as_str(),
            "<AuthTokenRequest xmlns=\"http://ksef.mf.gov.pl/auth/token/2.1\">\
             <Challenge>20250604-CR-461EA5B000-537A6BA15D-D7</Challenge>\
             <ContextIdentifier><PeppolId>PPL123456</PeppolId></ContextIdentifier>\
             <SubjectIdentifierType>certificateFingerprint</SubjectIdentifierType>\
             <AuthorizationPolicy><AllowedIps><Ip4Address>192.168.0.10</Ip4Address>\
             <Ip4Range>10.0.0.1-10.0.0.254</Ip4Range><Ip4Mask>172.16.0.0/16</Ip4Mask>\
             </AllowedIps></AuthorizationPolicy></AuthTokenRequest>"
        );
        assert_eq!(CanonicalXml::new(xml.as_str()), Ok(xml));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for context in [
            "Nip/5265877635",
            "InternalId/6824515772-12343",
            "NipVatUe/5265877635-NL+*3456789B12",
            "PeppolId/PPL123456",
        ] {
            for schema in AuthSchema::ALL {
                let plain = request(context).with_schema(schema);
                let limited = plain.clone().with_allowed_ips(ips());
                for request in [plain, limited] {
                    let xml = request.to_canonical_xml();
                    assert_eq!(AuthTokenRequest::parse(xml.as_str()), Ok(request));
                }
            }
        }
    }

    #[test]
    fn a_range_and_a_mask_say_what_is_wrong() {
        for bad in ["10.0.0.1", "10.0.0.1-", "10.0.0.1-10.0.0", "10.0.0.01-10.0.0.2"] {
            assert_eq!(bad.parse::<Ip4Range>().unwrap_err().reason(), ParseErrorReason::Format);
        }
        let backwards = "10.0.0.2-10.0.0.1".parse::<Ip4Range>();
        assert_eq!(backwards.unwrap_err().reason(), ParseErrorReason::OutOfRange);
        for bad in ["10.0.0.1", "10.0.0.1/", "10.0.0.1/08", "10.0.0.1/+8", "10.0.0/8"] {
            assert_eq!(
                bad.parse::<Ip4Mask>().unwrap_err().reason(),
                ParseErrorReason::Format,
                "{bad}"
            );
        }
        let too_many = "10.0.0.1/33".parse::<Ip4Mask>();
        assert_eq!(too_many.unwrap_err().reason(), ParseErrorReason::OutOfRange);
    }

    #[test]
    fn a_mask_of_no_bits_allows_everything_and_one_of_32_one_address() {
        let everything = Ip4Mask::new([10, 0, 0, 1].into(), 0).unwrap();
        assert!(everything.contains([255, 0, 0, 1].into()));
        let one = Ip4Mask::new([10, 0, 0, 1].into(), 32).unwrap();
        assert!(one.contains([10, 0, 0, 1].into()) && !one.contains([10, 0, 0, 0].into()));
    }
}
