//! What a program or a test makes without a request: a KSeF token, a certificate to log in with.

use ksef_client::xades::test_certificates::{
    KeyKind, TestCertificate, TestCertificateError, TestIdentity,
};
use ksef_core::{Nip, Secret};

use super::tokens::TokenOrder;
use crate::auth::Subject;
use crate::operation::Permission;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// A KSeF token for the context of this taxpayer, written by its owner and active at once.
    ///
    /// It is told here and never again. It carries of these rights those that owners have: all
    /// but `VatUeManage` and `PefInvoiceWrite`.
    ///
    /// ```
    /// use ksef_core::Nip;
    /// use ksef_sandbox::{Config, Permission, Sandbox};
    ///
    /// let sandbox = Sandbox::new(Config::default())?;
    /// let nip: Nip = "5265877635".parse()?;
    /// let token = sandbox.create_token(nip, [Permission::InvoiceRead, Permission::InvoiceWrite]);
    /// assert!(token.expose().contains("|nip-5265877635|"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn create_token(
        &self,
        nip: Nip,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Secret<String> {
        let now = self.now();
        let order = TokenOrder {
            context: nip.into(),
            author: Subject::Nip(nip),
            description: "Sandbox".to_owned(),
            permissions: permissions.into_iter().collect(),
            now,
            active_at: now,
        };
        self.0.world().create_token(order).1
    }

    /// A self-signed seal of this taxpayer with its key, to log in with: certificate and key are
    /// told in PEM and DER, and [`TestIdentity::signing_key`] signs with them.
    ///
    /// ```
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// let sandbox = Sandbox::new(Config::default())?;
    /// let seal = sandbox.create_certificate("5265877635".parse()?)?;
    /// assert!(seal.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails.
    pub fn create_certificate(&self, nip: Nip) -> Result<TestIdentity, TestCertificateError> {
        TestCertificate::seal(nip).build(KeyKind::P256, self.now())
    }
}
