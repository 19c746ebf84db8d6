//! KSeF certificates: for logging in, and for signing verification links.
//!
//! KSeF API, `certyfikaty-KSeF.md`: ask for the data of the subject, make a [`CertificateRequest`]
//! of exactly that, send it, wait, fetch the certificate.
#![cfg_attr(
    feature = "client",
    doc = r#"
```no_run
use ksef_client::certificates::{CertificateRequest, CertificateType, RequestKeyKind};
use ksef_client::{AuthSession, PollPolicy};

# async fn example(auth: AuthSession) -> Result<(), Box<dyn std::error::Error>> {
let certificates = auth.certificates();
let data = certificates.enrollment_data().await?;
let request = CertificateRequest::generate(&data, RequestKeyKind::P256)?;
// Here the key is kept, encrypted: `request.key_der()`.
let enrollment = certificates
    .enroll("Cash desk 1", &CertificateType::Offline, &request, None)
    .await?;
let certificate = enrollment.issued(&PollPolicy::default()).await?;
println!("{}", certificate.serial_number);
# Ok(())
# }
```"#
)]

mod csr;
#[cfg(feature = "client")]
mod issued;
#[cfg(feature = "client")]
mod serial_number;

pub use csr::{CertificateRequest, CsrError, EnrollmentData, RequestKeyKind};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use issued::{
    CertificateLimit, CertificateLimits, CertificateMetadata, CertificateQuery, CertificateStatus,
    CertificateType, Certificates, Enrollment, EnrollmentStatus, KsefCertificate, RevocationReason,
};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use serial_number::CertificateSerialNumber;
