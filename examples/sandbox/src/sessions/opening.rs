//! What all openings of a session have in common: the form, the key, the feature.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{ContextIdentifier, Environment, FormCode};
use serde::Deserialize;

use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal};
use crate::keys::{KeyUsage, SessionKey};

/// `FormCode` of the OpenAPI.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FormCodeParts {
    system_code: String,
    schema_version: String,
    value: String,
}

/// `EncryptionInfo` of the OpenAPI.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EncryptionInfo {
    encrypted_symmetric_key: String,
    initialization_vector: String,
    public_key_id: Option<String>,
}

impl fmt::Debug for EncryptionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionInfo").finish_non_exhaustive()
    }
}

impl FormCodeParts {
    /// The form, if sessions of this context may carry it.
    pub(crate) fn accept(
        &self,
        environment: Environment,
        context: &ContextIdentifier,
    ) -> Result<FormCode, Exception> {
        let Self { system_code, schema_version, value } = self;
        FormCode::from_parts(system_code, schema_version, value)
            .ok()
            .filter(|form| FormCode::KNOWN.contains(form) && form.accepted_in(environment))
            .filter(|form| !is_peppol(form) || matches!(context, ContextIdentifier::PeppolId(_)))
            .ok_or_else(|| invalid("Wskazany kod formularza nie jest wspierany."))
    }
}

impl EncryptionInfo {
    /// The key, or `None` if it cannot be decrypted, which KSeF finds out later.
    ///
    /// Everything else that is wrong is told at once.
    pub(crate) fn decrypt(&self, call: &Call<'_>) -> Result<Option<SessionKey>, Refusal> {
        let key = STANDARD
            .decode(&self.encrypted_symmetric_key)
            .ok()
            .filter(|key| !key.is_empty())
            .ok_or_else(|| not_base64("encryption.encryptedSymmetricKey"));
        let iv = STANDARD
            .decode(&self.initialization_vector)
            .map_err(|_| not_base64("encryption.initializationVector"))
            .and_then(|iv| {
                <[u8; 16]>::try_from(iv).map_err(|iv| {
                    invalid(format!(
                        "'encryption.initializationVector' must be 16 bytes long. You entered {} \
                         bytes.",
                        iv.len()
                    ))
                })
            });
        let (key, iv) = match (key, iv) {
            (Ok(key), Ok(iv)) => (key, iv),
            (key, iv) => {
                return Err(Refusal::Invalid(key.err().into_iter().chain(iv.err()).collect()));
            }
        };
        self.check_key_id(call)?;
        let plain = call.sandbox.keys.decrypt(KeyUsage::SymmetricKeyEncryption, &key).ok();
        Ok(plain.and_then(|key| SessionKey::new(&key, &iv).ok()))
    }

    fn check_key_id(&self, call: &Call<'_>) -> Result<(), Exception> {
        match &self.public_key_id {
            Some(id) if !call.sandbox.keys.knows(KeyUsage::SymmetricKeyEncryption, id) => {
                let detail = format!("Klucz o identyfikatorze {id} nie jest wspierany.");
                Err(ExceptionCode::UnknownKey.detail(detail))
            }
            _ => Ok(()),
        }
    }
}

/// Whether the caller asks for check digits to count: by exactly one header with exactly this
/// value, as TEST does it.
pub(crate) fn validates_identifiers(call: &Call<'_>) -> bool {
    let mut values = call.headers().get_all("x-ksef-feature").iter();
    let is_asked_for = values.next().is_some_and(|value| value == "subject-identifier-validation");
    is_asked_for && values.next().is_none()
}

const fn is_peppol(form: &FormCode) -> bool {
    matches!(form, FormCode::Pef3 | FormCode::PefKor3)
}

fn not_base64(field: &str) -> Exception {
    invalid(format!("'{field}' is not in the correct format."))
}

fn invalid(detail: impl Into<String>) -> Exception {
    ExceptionCode::InvalidInput.detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(parts: [&str; 3], environment: Environment, context: &str) -> Option<FormCode> {
        let [system_code, schema_version, value] = parts.map(str::to_owned);
        let parts = FormCodeParts { system_code, schema_version, value };
        parts.accept(environment, &context.parse().unwrap()).ok()
    }

    #[test]
    fn peppol_forms_are_for_peppol_contexts() {
        for parts in [["PEF (3)", "2-1", "PEF"], ["PEF_KOR (3)", "2-1", "PEF"]] {
            assert!(accept(parts, Environment::Test, "PeppolId/PPL123456").is_some());
            assert_eq!(accept(parts, Environment::Test, "Nip/5265877635"), None);
        }
    }

    #[test]
    fn an_environment_takes_the_forms_that_it_has() {
        for form in FormCode::KNOWN.into_iter().filter(|form| !is_peppol(form)) {
            for environment in Environment::ALL {
                let parts = [form.system_code(), form.schema_version(), form.value()];
                let found = accept(parts, environment, "Nip/5265877635");
                let is_there = form != FormCode::Fa2 || environment == Environment::Test;
                assert_eq!(found.is_some(), is_there, "{parts:?} {environment:?}");
            }
        }
    }
}
