//! What callers and tests arrange: who exists and may do what, tokens, and limits.

mod attachments;
mod blocked_contexts;
mod direct;
mod grants;
mod limits;
mod registry;
mod rights;
mod tokens;

pub(crate) use attachments::{
    AttachmentConsent, attachment_permission_status, disable_test_attachments,
    enable_test_attachments,
};
pub(crate) use blocked_contexts::{block_test_context, unblock_test_context};
pub(crate) use grants::{
    Grant, grant_test_permissions, query_personal_permissions, revoke_test_permissions,
};
pub(crate) use limits::{
    CertificateLimits, SessionLimits, context_limits, override_certificate_limits,
    override_session_limits, reset_certificate_limits, reset_session_limits, subject_limits,
};
pub(crate) use registry::{
    TestPerson, TestSubject, create_test_person, create_test_subject, entity_roles,
    remove_test_person, remove_test_subject,
};
pub(crate) use rights::nip_of;
pub(crate) use tokens::{
    KsefToken, TokenState, generate_token, list_tokens, revoke_token, token_status,
};

#[cfg(test)]
mod tests;
