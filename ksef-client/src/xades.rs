//! XAdES: the signature under a KSeF login and under the official receipt (UPO).
//!
//! Logging in with a certificate means signing an [`AuthTokenRequest`]; the Ministry signs every
//! receipt in the same way. Both are enveloped XAdES signatures, and both have their one home
//! here: signing needs a [`SigningKey`] or, for a key that never leaves its device, a [`Signer`];
//! [`verify`] says whether a signature holds and, if not, exactly why ([`SignatureFault`]), which
//! KSeF does not (its error 9105 gives no reason). [`verify_login`] reads a login the way KSeF
//! does, and [`UpoSignatureVerifier`] holds a receipt against the document that was sent.
//!
//! What we sign is written in exclusive canonical form from the start ([`CanonicalXml`]), so no
//! general canonicalization stands between the text and its digest. What others signed is
//! canonicalized, and what it says is read from exactly the bytes whose digest was checked.
//!
//! [`SignatureBackend`] is for people who trust another library more: [`Native`] is the code here,
//! and with the feature `xmlsec` there is a second one over libxmlsec1.
//!
//! Nothing here does input or output, needs a runtime, or asks the system for the time.
//!
//! ```
//! # #[cfg(feature = "test-certificates")] {
//! use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
//! use ksef_client::xades::{AuthTokenRequest, Policy, SubjectIdentifierType, verify_login};
//!
//! let now = "2026-11-20T12:00:00Z".parse()?;
//! let key = TestCertificate::seal("5265877635".parse()?).build(KeyKind::P256, now)?.signing_key()?;
//!
//! let request = AuthTokenRequest::new(
//!     "20261120-CR-461EA5B000-537A6BA15D-D7".parse()?,
//!     "Nip/5265877635".parse()?,
//!     SubjectIdentifierType::CertificateSubject,
//! )?;
//! let signed = key.sign(request.to_canonical_xml(), now)?;
//!
//! let login = verify_login(signed.as_bytes(), &Policy::default())?;
//! assert_eq!(login.request, request);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod backend;
mod canonical;
pub(crate) mod certificate;
pub(crate) mod fault;
mod key;
mod login;
mod reference;
mod request;
mod sign;
mod signature;
mod signer;
mod subject;
#[cfg(feature = "test-certificates")]
#[cfg_attr(docsrs, doc(cfg(feature = "test-certificates")))]
pub mod test_certificates;
mod text;
pub(crate) mod tree;
mod upo;
mod verify;
#[cfg(feature = "xmlsec")]
#[cfg_attr(docsrs, doc(cfg(feature = "xmlsec")))]
mod xmlsec;

pub use algorithm::SignatureAlgorithm;
pub use backend::{Native, SignatureBackend};
pub use canonical::{CanonicalXml, CanonicalXmlError};
pub use certificate::{Certificate, CertificateError, KeyUsage, PublicKeyKind};
pub use fault::SignatureFault;
pub use key::{KeyError, SigningKey};
pub use login::{LoginFault, VerifiedLogin, read_login, verify_login};
pub use request::{
    AllowedIps, AuthSchema, AuthTokenRequest, Ip4Mask, Ip4Range, RequestError,
    SubjectIdentifierType,
};
pub use sign::{SignError, SignedXml, ToBeSigned, sign_with};
pub(crate) use signature::is_der;
pub use signer::{Signer, SignerError};
pub use subject::{PersonIdentifier, SubjectFault, SubjectIdentity};
pub use upo::{Upo, UpoDocument, UpoFault, UpoLogin, UpoSignatureVerifier, VerifiedUpo};
pub use verify::{CertificateDates, Policy, Verified, verify};
#[cfg(feature = "xmlsec")]
#[cfg_attr(docsrs, doc(cfg(feature = "xmlsec")))]
pub use xmlsec::Xmlsec;
