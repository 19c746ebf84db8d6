//! Which function answers which operation.

use crate::exchange::{Call, Refusal, Reply};
use crate::invoices;
use crate::operation::Operation;
use crate::{administration, auth, limiter, sessions};

/// Answers the call of an operation whose caller was let through.
pub(crate) type Handler = fn(&Call<'_>) -> Result<Reply, Refusal>;

/// The handler of an operation; `None` answers 501.
pub(crate) fn of(operation: Operation) -> Option<Handler> {
    Some(match operation {
        Operation::AuthenticationChallenge => auth::challenge,
        Operation::OpenOnlineSession => sessions::open,
        Operation::SendInvoice => sessions::send,
        Operation::CloseOnlineSession => sessions::close,
        Operation::ListSessions => sessions::list,
        Operation::SessionStatus => sessions::session,
        Operation::ListSessionInvoices => sessions::invoices,
        Operation::ListFailedSessionInvoices => sessions::failed_invoices,
        Operation::SessionInvoiceStatus => sessions::invoice,
        Operation::UpoByKsefNumber => sessions::upo_by_ksef_number,
        Operation::UpoByInvoiceReference => sessions::upo_by_invoice_reference,
        Operation::SessionUpo => sessions::session_upo,
        Operation::AuthenticateByToken => auth::authenticate_by_token,
        Operation::AuthenticateByXades => auth::authenticate_by_xades,
        Operation::AuthenticationStatus => auth::authentication_status,
        Operation::RedeemTokens => auth::redeem_tokens,
        Operation::RefreshAccessToken => auth::refresh_access_token,
        Operation::ListAuthenticationSessions => auth::list_authentication_sessions,
        Operation::RevokeCurrentAuthenticationSession => {
            auth::revoke_current_authentication_session
        }
        Operation::RevokeAuthenticationSession => auth::revoke_authentication_session,
        Operation::PublicKeyCertificates => auth::public_key_certificates,
        Operation::GenerateToken => administration::generate_token,
        Operation::ListTokens => administration::list_tokens,
        Operation::TokenStatus => administration::token_status,
        Operation::RevokeToken => administration::revoke_token,
        Operation::CreateTestSubject => administration::create_test_subject,
        Operation::RemoveTestSubject => administration::remove_test_subject,
        Operation::CreateTestPerson => administration::create_test_person,
        Operation::RemoveTestPerson => administration::remove_test_person,
        Operation::GrantTestPermissions => administration::grant_test_permissions,
        Operation::RevokeTestPermissions => administration::revoke_test_permissions,
        Operation::EnableTestAttachments => administration::enable_test_attachments,
        Operation::DisableTestAttachments => administration::disable_test_attachments,
        Operation::BlockTestContext => administration::block_test_context,
        Operation::UnblockTestContext => administration::unblock_test_context,
        Operation::ContextLimits => administration::context_limits,
        Operation::SubjectLimits => administration::subject_limits,
        Operation::OverrideSessionLimits => administration::override_session_limits,
        Operation::ResetSessionLimits => administration::reset_session_limits,
        Operation::OverrideCertificateLimits => administration::override_certificate_limits,
        Operation::ResetCertificateLimits => administration::reset_certificate_limits,
        Operation::AttachmentPermissionStatus => administration::attachment_permission_status,
        Operation::QueryPersonalPermissions => administration::query_personal_permissions,
        Operation::EntityRoles => administration::entity_roles,
        Operation::EffectiveRateLimits => limiter::effective_rate_limits,
        Operation::OverrideRateLimits => limiter::override_rate_limits,
        Operation::ResetRateLimits => limiter::reset_rate_limits,
        Operation::ApplyProductionRateLimits => limiter::apply_production_rate_limits,
        Operation::OpenBatchSession => sessions::open_batch,
        Operation::CloseBatchSession => sessions::close_batch,
        Operation::DownloadInvoice => invoices::download,
        Operation::QueryInvoiceMetadata => invoices::query_metadata,
        Operation::ExportInvoices => invoices::order_export,
        Operation::ExportStatus => invoices::export_status,
        _ => return None,
    })
}
