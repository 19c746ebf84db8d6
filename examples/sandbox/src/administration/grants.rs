//! Rights that tests grant: `/testdata/permissions`, and a subject's own rights.

use std::collections::BTreeSet;

use http::StatusCode;
use ksef_core::{ContextIdentifier, Nip, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::registry::DESCRIPTION;
use super::rights::OWNER_PERMISSIONS;
use crate::auth::Subject;
use crate::exchange::{Call, Refusal, Reply, Violations};
use crate::operation::Permission;
use crate::world::World;

/// A right of a subject in the context of a taxpayer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Grant {
    /// 36 characters, like a UUID.
    pub(crate) id: String,
    pub(crate) authorized: Subject,
    pub(crate) permission: Permission,
    pub(crate) description: String,
    pub(crate) granted_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantRequest {
    context_identifier: OnlyNip,
    authorized_identifier: Subject,
    permissions: Vec<GrantedPermission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevocationRequest {
    context_identifier: OnlyNip,
    authorized_identifier: Subject,
}

/// A context, of which only taxpayers are taken here.
#[derive(Clone, Copy, Deserialize)]
#[serde(tag = "type", content = "value")]
enum OnlyNip {
    Nip(Nip),
}

impl OnlyNip {
    const fn nip(self) -> Nip {
        match self {
            Self::Nip(nip) => nip,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantedPermission {
    description: String,
    permission_type: Permission,
}

/// `POST /testdata/permissions`; what is granted already stays as it is.
pub(crate) fn grant_test_permissions(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: GrantRequest = call.json()?;
    let mut violations = Violations::default();
    check_authorized(&mut violations, &request.authorized_identifier);
    for permission in &request.permissions {
        violations.unless_length("permissions.description", &permission.description, &DESCRIPTION);
        let name = permission.permission_type;
        violations.unless(OWNER_PERMISSIONS.contains(&name), || {
            format!("'permissions.permissionType' {name:?} cannot be granted.")
        });
    }
    violations.refuse()?;
    let context = request.context_identifier.nip();
    let mut world = call.world();
    for permission in request.permissions {
        let id = world.permission_id();
        world.grant(
            context,
            Grant {
                id,
                authorized: request.authorized_identifier,
                permission: permission.permission_type,
                description: permission.description,
                granted_at: call.now,
            },
        );
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/permissions/revoke`: everything that the subject has in the context.
pub(crate) fn revoke_test_permissions(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: RevocationRequest = call.json()?;
    let mut violations = Violations::default();
    check_authorized(&mut violations, &request.authorized_identifier);
    violations.refuse()?;
    if let Some(grants) = call.world().grants.get_mut(request.context_identifier.nip()) {
        grants.retain(|grant| grant.authorized != request.authorized_identifier);
    }
    Ok(Reply::empty(StatusCode::OK))
}

fn check_authorized(violations: &mut Violations, authorized: &Subject) {
    violations.unless(!matches!(authorized, Subject::PeppolId(_)), || {
        "'authorizedIdentifier.type' must be Nip, Pesel or Fingerprint.".to_owned()
    });
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonalQuery {
    context_identifier: Option<ContextIdentifier>,
    permission_types: Option<BTreeSet<Permission>>,
    permission_state: Option<State>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
enum State {
    Active,
    Inactive,
}

/// `POST /permissions/query/personal/grants`: grants are active from the start here, and what
/// an owner has is told apart from what was granted.
pub(crate) fn query_personal_permissions(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query =
        if call.request.body().is_empty() { PersonalQuery::default() } else { call.json()? };
    let offset = call.query.number("pageOffset", 0..=usize::MAX, 0)?;
    let size = call.query.number("pageSize", 10..=100, 10)?;
    let caller = call.caller()?;
    let world = call.world();
    let subject = world.identity(&caller.authentication)?.subject;
    let mut grants: Vec<&Grant> = match caller.context {
        ContextIdentifier::Nip(nip) if query.selects_context(&caller.context) => {
            world.grants_to(&subject, nip).filter(|grant| query.selects(grant)).collect()
        }
        _ => Vec::new(),
    };
    grants.sort_by(|a, b| b.granted_at.cmp(&a.granted_at).then_with(|| a.id.cmp(&b.id)));
    let has_more = grants.len() > offset.saturating_add(1).saturating_mul(size);
    let page = grants.into_iter().skip(offset.saturating_mul(size)).take(size);
    let permissions = page.map(|grant| as_personal(grant, &subject, &caller.context));
    let permissions: Vec<Value> = permissions.collect();
    let is_owner = world.is_owner(&subject, &caller.context);
    let owner_permissions: &[Permission] = if is_owner { &OWNER_PERMISSIONS } else { &[] };
    Ok(Reply::ok(&json!({
        "permissions": permissions,
        "ownerPermissions": owner_permissions,
        "hasMore": has_more,
    })))
}

impl PersonalQuery {
    fn selects_context(&self, context: &ContextIdentifier) -> bool {
        self.context_identifier.as_ref().is_none_or(|asked| asked == context)
            && self.permission_state != Some(State::Inactive)
    }

    fn selects(&self, grant: &Grant) -> bool {
        self.permission_types.as_ref().is_none_or(|types| types.contains(&grant.permission))
    }
}

/// The subject is named only where the right was granted to another number of it.
fn as_personal(grant: &Grant, subject: &Subject, context: &ContextIdentifier) -> Value {
    let authorized = Some(grant.authorized).filter(|authorized| authorized != subject);
    json!({
        "id": grant.id,
        "contextIdentifier": context,
        "authorizedIdentifier": authorized,
        "permissionScope": grant.permission,
        "description": grant.description,
        "permissionState": "Active",
        "startDate": grant.granted_at,
        "canDelegate": false,
    })
}

impl World {
    /// Puts a right in unless the subject has it.
    pub(crate) fn grant(&mut self, context: Nip, grant: Grant) {
        if !self.grants.contains(context) {
            self.grants.insert(context.as_str(), Vec::new());
        }
        let Some(grants) = self.grants.get_mut(context) else {
            return;
        };
        let is_same = |other: &Grant| {
            other.authorized == grant.authorized && other.permission == grant.permission
        };
        if !grants.iter().any(is_same) {
            grants.push(grant);
        }
    }

    /// What was granted to the subject, or to the same person under another number.
    pub(crate) fn grants_to(
        &self,
        subject: &Subject,
        context: Nip,
    ) -> impl Iterator<Item = &Grant> {
        let aliases = self.aliases(subject);
        let grants = self.grants.get(context).map(Vec::as_slice).unwrap_or_default();
        grants.iter().filter(move |grant| aliases.contains(&grant.authorized))
    }

    pub(super) fn granted(&self, subject: &Subject, context: Nip) -> BTreeSet<Permission> {
        self.grants_to(subject, context).map(|grant| grant.permission).collect()
    }

    pub(super) fn revoke_all_grants_to(&mut self, subjects: &[Subject]) {
        let contexts: Vec<String> = self.grants.iter().map(|(key, _)| key.to_owned()).collect();
        for context in contexts {
            if let Some(grants) = self.grants.get_mut(context) {
                grants.retain(|grant| !subjects.contains(&grant.authorized));
            }
        }
    }

    fn permission_id(&mut self) -> String {
        let digits = self.trace_id();
        let part = |range| digits.get(range).unwrap_or_default();
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        )
    }
}
