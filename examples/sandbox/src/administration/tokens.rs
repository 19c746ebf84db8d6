//! KSeF tokens: `/tokens`.

use std::collections::BTreeSet;

use http::StatusCode;
use ksef_core::{
    ContextIdentifier, ReferenceNumber, ReferenceNumberKind, Secret, Sha256Digest, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::registry::DESCRIPTION;
use super::rights::OWNER_PERMISSIONS;
use crate::auth::{Caller, Subject};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, ForbiddenReason, Paging, Refusal, Reply, Violations};
use crate::operation::Permission;
use crate::sessions::LoginProof;
use crate::world::World;

/// A KSeF token. Its text is told once and not kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KsefToken {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) context: ContextIdentifier,
    pub(crate) author: Subject,
    pub(crate) description: String,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) created_at: Timestamp,
    /// From when on it can be used.
    pub(crate) active_at: Timestamp,
    /// From when on it is revoked; until then, if there is such a time, it is being revoked.
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    /// Of its whole text.
    pub(crate) hash: Sha256Digest,
}

/// `AuthenticationTokenStatus` of the OpenAPI; here no token is ever `Failed`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum TokenState {
    Pending,
    Active,
    Revoking,
    Revoked,
    Failed,
}

/// What a new token is to be.
#[derive(Debug)]
pub(crate) struct TokenOrder {
    pub(crate) context: ContextIdentifier,
    pub(crate) author: Subject,
    pub(crate) description: String,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) now: Timestamp,
    pub(crate) active_at: Timestamp,
}

#[derive(Deserialize)]
struct TokenRequest {
    permissions: BTreeSet<Permission>,
    description: String,
}

/// `QueryTokensResponseItem` and `TokenStatusResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenView<'a> {
    reference_number: ReferenceNumber,
    author_identifier: Subject,
    context_identifier: ContextIdentifier,
    description: &'a str,
    requested_permissions: &'a BTreeSet<Permission>,
    date_created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_use_date: Option<Timestamp>,
    status: TokenState,
    status_details: [&'static str; 0],
}

impl KsefToken {
    /// Its state, which follows from its times.
    pub(crate) fn state(&self, now: Timestamp) -> TokenState {
        match self.revoked_at {
            Some(revoked_at) if now >= revoked_at => TokenState::Revoked,
            Some(_) => TokenState::Revoking,
            None if now < self.active_at => TokenState::Pending,
            None => TokenState::Active,
        }
    }

    fn view(&self, now: Timestamp) -> TokenView<'_> {
        TokenView {
            reference_number: self.reference_number,
            author_identifier: self.author,
            context_identifier: self.context,
            description: &self.description,
            requested_permissions: &self.permissions,
            date_created: self.created_at,
            last_use_date: self.last_used_at,
            status: self.state(now),
            status_details: [],
        }
    }
}

/// `POST /tokens`
pub(crate) fn generate_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    let caller = call.caller()?;
    if let LoginProof::Token(_) = caller.login_proof()? {
        return Err(ForbiddenReason::AuthMethodNotAllowed { category: "Token" }.into());
    }
    let request: TokenRequest = call.json()?;
    check_context(&caller.context)?;
    check_request(&request)?;
    check_held(caller, &request.permissions)?;
    let mut world = call.world();
    let author = world.identity(&caller.authentication)?.subject;
    let delay = call.sandbox.config.delays.administration;
    let (number, token) = world.create_token(TokenOrder {
        context: caller.context,
        author,
        description: request.description,
        permissions: request.permissions,
        now: call.now,
        active_at: call.now.checked_add(delay).unwrap_or(call.now),
    });
    let body = json!({ "referenceNumber": number, "token": token.expose() });
    Ok(Reply::json(StatusCode::ACCEPTED, &body))
}

fn check_context(context: &ContextIdentifier) -> Result<(), Refusal> {
    if matches!(context, ContextIdentifier::Nip(_) | ContextIdentifier::InternalId(_)) {
        return Ok(());
    }
    let kind = context.kind();
    let detail = format!("Aktualny typ kontekstu: {kind}. Dozwolone typy: Nip, InternalId.");
    Err(ExceptionCode::TokenContextNotAllowed.detail(detail).into())
}

fn check_request(request: &TokenRequest) -> Result<(), Refusal> {
    let mut violations = Violations::default();
    violations.unless_length("description", &request.description, &DESCRIPTION);
    violations
        .unless(!request.permissions.is_empty(), || "'permissions' must not be empty.".to_owned());
    for permission in &request.permissions {
        violations.unless(OWNER_PERMISSIONS.contains(permission), || {
            format!("'permissions' must not contain {permission:?}.")
        });
    }
    violations.refuse()
}

fn check_held(caller: &Caller, wanted: &BTreeSet<Permission>) -> Result<(), Refusal> {
    let missing =
        wanted.difference(&caller.permissions).map(|permission| format!("{permission:?}"));
    let missing: Vec<String> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("Brakujące uprawnienia: {}.", missing.join(", "));
    Err(ExceptionCode::TokenPermissionNotHeld.detail(detail).into())
}

/// The filters of `GET /tokens`.
struct Filter {
    states: Vec<TokenState>,
    description: Option<String>,
    author: Option<String>,
    author_type: Option<String>,
}

impl Filter {
    const STATES: [TokenState; 5] = [
        TokenState::Pending,
        TokenState::Active,
        TokenState::Revoking,
        TokenState::Revoked,
        TokenState::Failed,
    ];
    const AUTHOR_TYPES: [&'static str; 3] = ["Nip", "Pesel", "Fingerprint"];

    fn of(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut violations = Violations::default();
        let mut states = Vec::new();
        for text in call.query.all("status") {
            let mut all = Self::STATES.into_iter();
            let state = all.find(|state| format!("{state:?}").eq_ignore_ascii_case(text));
            violations.unless(state.is_some(), || format!("The value '{text}' is not valid."));
            states.extend(state);
        }
        let part = |name| call.query.first(name).map(str::to_lowercase);
        let (description, author) = (part("description"), part("authorIdentifier"));
        for (name, value) in [("description", &description), ("authorIdentifier", &author)] {
            let is_long = value.as_ref().is_none_or(|value| value.chars().count() >= 3);
            violations.unless(is_long, || format!("'{name}' must be at least 3 characters."));
        }
        let author_type = part("authorIdentifierType");
        let is_type =
            |text: &String| Self::AUTHOR_TYPES.iter().any(|kind| kind.eq_ignore_ascii_case(text));
        violations.unless(author_type.as_ref().is_none_or(is_type), || {
            "'authorIdentifierType' must be Nip, Pesel or Fingerprint.".to_owned()
        });
        violations.refuse()?;
        Ok(Self { states, description, author, author_type })
    }

    fn selects(&self, token: &KsefToken, now: Timestamp) -> bool {
        let has = |part: &Option<String>, text: &str| {
            part.as_ref().is_none_or(|part| text.to_lowercase().contains(part))
        };
        (self.states.is_empty() || self.states.contains(&token.state(now)))
            && has(&self.description, &token.description)
            && has(&self.author, token.author.value())
            && self.author_type.as_ref().is_none_or(|kind| token.author.is_of_kind(kind))
    }
}

/// `GET /tokens`
pub(crate) fn list_tokens(call: &Call<'_>) -> Result<Reply, Refusal> {
    let paging = Paging::of(call, 10..=100)?;
    let filter = Filter::of(call)?;
    let caller = call.caller()?;
    let world = call.world();
    let visible =
        Visible::to(&world, caller, &[Permission::CredentialsManage, Permission::CredentialsRead])?;
    let tokens = world.tokens.values().rev().filter(|token| {
        token.context == caller.context
            && visible.includes(token)
            && filter.selects(token, call.now)
    });
    let (page, continuation_token) = paging.cut(tokens, |token| token.reference_number);
    let tokens: Vec<_> = page.into_iter().map(|token| token.view(call.now)).collect();
    Ok(Reply::ok(&json!({ "continuationToken": continuation_token, "tokens": tokens })))
}

/// `GET /tokens/{referenceNumber}`
pub(crate) fn token_status(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = call.reference_number("referenceNumber", ExceptionCode::InvalidInput)?;
    let world = call.world();
    let readers = [Permission::CredentialsManage, Permission::CredentialsRead];
    let token = world.visible_token(call.caller()?, number, &readers)?;
    Ok(Reply::ok(&token.view(call.now)))
}

/// `DELETE /tokens/{referenceNumber}`; a token that is revoked stays so.
pub(crate) fn revoke_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = call.reference_number("referenceNumber", ExceptionCode::InvalidInput)?;
    let revoked_at = call.now.checked_add(call.sandbox.config.delays.administration);
    let mut world = call.world();
    world.visible_token(call.caller()?, number, &[Permission::CredentialsManage])?;
    if let Some(token) = world.tokens.get_mut(number) {
        token.revoked_at = token.revoked_at.or(revoked_at);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Which tokens of its context a caller sees.
enum Visible {
    All,
    Only(ReferenceNumber),
    WrittenBy(Vec<Subject>),
}

impl Visible {
    /// All to holders of one of the rights; else the own token, or those that it wrote itself.
    fn to(world: &World, caller: &Caller, holders: &[Permission]) -> Result<Self, Refusal> {
        if holders.iter().any(|permission| caller.permissions.contains(permission)) {
            return Ok(Self::All);
        }
        let identity = world.identity(&caller.authentication)?;
        Ok(match identity.proof {
            LoginProof::Token(number) => Self::Only(number),
            LoginProof::SignedRequest(_) => Self::WrittenBy(world.aliases(&identity.subject)),
        })
    }

    fn includes(&self, token: &KsefToken) -> bool {
        match self {
            Self::All => true,
            Self::Only(number) => token.reference_number == *number,
            Self::WrittenBy(authors) => authors.contains(&token.author),
        }
    }
}

impl World {
    fn visible_token(
        &self,
        caller: &Caller,
        number: ReferenceNumber,
        holders: &[Permission],
    ) -> Result<&KsefToken, Refusal> {
        let visible = Visible::to(self, caller, holders)?;
        let in_context = self.tokens.get(number).filter(|token| token.context == caller.context);
        let missing = || {
            let detail = format!("Token o numerze referencyjnym {number} nie został znaleziony.");
            ExceptionCode::InvalidInput.detail(detail)
        };
        let token = in_context.ok_or_else(missing)?;
        if visible.includes(token) {
            return Ok(token);
        }
        Err(ForbiddenReason::InsufficientResourceAccess.into())
    }

    /// Puts a new token in and tells its text, for the only time.
    pub(crate) fn create_token(&mut self, order: TokenOrder) -> (ReferenceNumber, Secret<String>) {
        let number = self.reference_number(ReferenceNumberKind::Token, order.now);
        let kind = match order.context {
            ContextIdentifier::InternalId(_) => "internalId",
            ContextIdentifier::NipVatUe(_) => "nipVatUe",
            ContextIdentifier::PeppolId(_) => "peppolId",
            _ => "nip",
        };
        let secret = format!("{}{}", self.trace_id(), self.trace_id());
        let text = Secret::new(format!("{number}|{kind}-{}|{secret}", order.context.value()));
        self.tokens.insert(
            number.as_str(),
            KsefToken {
                reference_number: number,
                context: order.context,
                author: order.author,
                description: order.description,
                permissions: order.permissions,
                created_at: order.now,
                active_at: order.active_at,
                revoked_at: None,
                last_used_at: None,
                hash: Sha256Digest::of(text.expose().as_bytes()),
            },
        );
        (number, text)
    }

    /// The token with this text.
    pub(crate) fn token_of_text(&self, text: &str) -> Option<&KsefToken> {
        let (number, _) = text.split_once('|')?;
        let token = self.tokens.get(number)?;
        (token.hash == Sha256Digest::of(text.as_bytes())).then_some(token)
    }
}
