//! KSeF certificates: for logging in, and for signing verification links.
//!
//! KSeF API, `certyfikaty-KSeF.md`: ask for the data of the subject, make a [`CertificateRequest`]
//! of exactly that, send it, wait, fetch the certificate.

mod csr;

pub use csr::{CertificateRequest, CsrError, EnrollmentData, RequestKeyKind};
