//! Bodies of permissions: grants, queries and what they find.

use ksef_core::{CertificateFingerprint, ReferenceNumber, Timestamp, VatUe};
use serde::{Deserialize, Serialize};

use super::retrieval::IdentifierBody;
use super::sessions::StatusInfo;
use super::{answers, pages};
use crate::identifier::Identifier;
use crate::permissions::{
    AttachmentPermission, Authorization, AuthorizationGrant, EntityDetails, EntityPermissionGrant,
    EntityRole, EntityRoleKind, EuEntityDetails, EuEntityPermissionGrant, IdDocument, Permission,
    PermissionId, PermissionState, PersonDetails, PersonPermissionGrant, PersonalPermission,
    SubordinateEntityRole, SubunitPermissionGrant,
};

/// All grants: to whom, what, and what KSeF shows of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GrantRequest<'a, S, W> {
    #[serde(serialize_with = "super::identifier_body")]
    pub(crate) subject_identifier: &'a Identifier,
    pub(crate) subject_details: S,
    pub(crate) description: &'a str,
    #[serde(flatten)]
    pub(crate) what: W,
}

#[derive(Serialize)]
pub(crate) struct Permissions<'a> {
    #[serde(serialize_with = "super::texts")]
    pub(crate) permissions: &'a [Permission],
}

#[derive(Serialize)]
pub(crate) struct EntityPermissions<'a> {
    pub(crate) permissions: Vec<EntityPermissionBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntityPermissionBody<'a> {
    #[serde(rename = "type")]
    pub(crate) permission: &'a str,
    pub(crate) can_delegate: bool,
}

#[derive(Serialize)]
pub(crate) struct AuthorizationBody<'a> {
    pub(crate) permission: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IndirectPermissions<'a> {
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) target_identifier: Option<&'a Identifier>,
    #[serde(serialize_with = "super::texts")]
    pub(crate) permissions: &'a [Permission],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubunitBody<'a> {
    #[serde(serialize_with = "super::identifier_body")]
    pub(crate) context_identifier: &'a Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subunit_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EuEntityBody<'a> {
    #[serde(serialize_with = "super::identifier_body")]
    pub(crate) context_identifier: Identifier,
    pub(crate) eu_entity_name: &'a str,
    pub(crate) eu_entity_details: NameAndAddress,
}

/// Who a person or a holder of a certificate is, in one of four forms.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubjectDetails {
    pub(crate) subject_details_type: &'static str,
    #[serde(flatten)]
    pub(crate) form: SubjectDetailsForm,
}

#[derive(Clone, Serialize)]
pub(crate) enum SubjectDetailsForm {
    #[serde(rename = "personById")]
    ById(PersonNames),
    #[serde(rename = "personByFpWithId")]
    ByFingerprintWithId {
        #[serde(flatten)]
        names: PersonNames,
        identifier: IdentifierBody,
    },
    #[serde(rename = "personByFpNoId", rename_all = "camelCase")]
    ByFingerprintWithoutId {
        #[serde(flatten)]
        names: PersonNames,
        birth_date: String,
        id_document: IdDocumentBody,
    },
    #[serde(rename = "entityByFp")]
    EntityByFingerprint(NameAndAddress),
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonNames {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

#[derive(Clone, Serialize)]
pub(crate) struct NameAndAddress {
    #[serde(rename = "fullName")]
    pub(crate) full_name: String,
    pub(crate) address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FullName<'a> {
    pub(crate) full_name: &'a str,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct IdDocumentBody {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) number: String,
    pub(crate) country: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationResponse {
    pub(crate) reference_number: ReferenceNumber,
}

#[derive(Deserialize)]
pub(crate) struct OperationStatusResponse {
    pub(crate) status: StatusInfo,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonalQueryBody {
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) context_identifier: Option<Identifier>,
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) target_identifier: Option<Identifier>,
    #[serde(serialize_with = "super::texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) permission_types: Vec<Permission>,
    #[serde(serialize_with = "super::maybe_text", skip_serializing_if = "Option::is_none")]
    pub(crate) permission_state: Option<PermissionState>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonQueryBody {
    pub(crate) query_type: &'static str,
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) author_identifier: Option<Identifier>,
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) authorized_identifier: Option<Identifier>,
    #[serde(flatten)]
    pub(crate) personal: PersonalQueryBody,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubunitQueryBody<'a> {
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) subunit_identifier: Option<&'a Identifier>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntityQueryBody<'a> {
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) context_identifier: Option<&'a Identifier>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubordinateQueryBody {
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) subordinate_entity_identifier: Option<Identifier>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationQueryBody {
    pub(crate) query_type: &'static str,
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) authorizing_identifier: Option<Identifier>,
    #[serde(
        serialize_with = "super::maybe_identifier_body",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) authorized_identifier: Option<Identifier>,
    #[serde(serialize_with = "super::texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) permission_types: Vec<Authorization>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EuEntityQueryBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vat_ue_identifier: Option<VatUe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorized_fingerprint_identifier: Option<CertificateFingerprint>,
    #[serde(serialize_with = "super::texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) permission_types: Vec<Permission>,
}

answers! {
    PersonDetailsBody => PersonDetails {
        first_name: String,
        last_name: String,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        person_identifier: Option<Identifier>,
        #[serde(default)]
        birth_date: Option<String>,
        #[serde(default, deserialize_with = "super::maybe_by::<_, IdDocumentBody, _>")]
        id_document: Option<IdDocument>,
    }

    EntityDetailsBody => EntityDetails {
        full_name: String,
        #[serde(default)]
        address: Option<String>,
    }

    EuEntityDetailsBody => EuEntityDetails {
        full_name: String,
        address: String,
    }

    PersonalPermissionBody => PersonalPermission {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        context_identifier: Option<Identifier>,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        authorized_identifier: Option<Identifier>,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        target_identifier: Option<Identifier>,
        #[serde(deserialize_with = "super::required_code")]
        permission_scope: Permission,
        description: String,
        #[serde(default, deserialize_with = "super::maybe_by::<_, PersonDetailsBody, _>")]
        subject_person_details: Option<PersonDetails>,
        #[serde(default, deserialize_with = "super::maybe_by::<_, EntityDetailsBody, _>")]
        subject_entity_details: Option<EntityDetails>,
        #[serde(deserialize_with = "super::required_code")]
        permission_state: PermissionState,
        start_date: Timestamp,
        can_delegate: bool,
    }

    PersonPermissionBody => PersonPermissionGrant {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(deserialize_with = "super::identifier")]
        authorized_identifier: Identifier,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        context_identifier: Option<Identifier>,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        target_identifier: Option<Identifier>,
        #[serde(deserialize_with = "super::identifier")]
        author_identifier: Identifier,
        #[serde(deserialize_with = "super::required_code")]
        permission_scope: Permission,
        description: String,
        #[serde(default, deserialize_with = "super::maybe_by::<_, PersonDetailsBody, _>")]
        subject_person_details: Option<PersonDetails>,
        #[serde(default, deserialize_with = "super::maybe_by::<_, EntityDetailsBody, _>")]
        subject_entity_details: Option<EntityDetails>,
        #[serde(deserialize_with = "super::required_code")]
        permission_state: PermissionState,
        start_date: Timestamp,
        can_delegate: bool,
    }

    SubunitPermissionBody => SubunitPermissionGrant {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(deserialize_with = "super::identifier")]
        authorized_identifier: Identifier,
        #[serde(deserialize_with = "super::identifier")]
        subunit_identifier: Identifier,
        #[serde(deserialize_with = "super::identifier")]
        author_identifier: Identifier,
        #[serde(deserialize_with = "super::required_code")]
        permission_scope: Permission,
        description: String,
        #[serde(default, deserialize_with = "super::maybe_by::<_, PersonDetailsBody, _>")]
        subject_person_details: Option<PersonDetails>,
        #[serde(default)]
        subunit_name: Option<String>,
        start_date: Timestamp,
    }

    EntityPermissionItem => EntityPermissionGrant {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(deserialize_with = "super::identifier")]
        context_identifier: Identifier,
        #[serde(deserialize_with = "super::required_code")]
        permission_scope: Permission,
        description: String,
        start_date: Timestamp,
        can_delegate: bool,
    }

    EntityRoleBody => EntityRole {
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        parent_entity_identifier: Option<Identifier>,
        #[serde(deserialize_with = "super::required_code")]
        role: EntityRoleKind,
        description: String,
        start_date: Timestamp,
    }

    SubordinateRoleBody => SubordinateEntityRole {
        #[serde(deserialize_with = "super::identifier")]
        subordinate_entity_identifier: Identifier,
        #[serde(deserialize_with = "super::required_code")]
        role: EntityRoleKind,
        description: String,
        start_date: Timestamp,
    }

    AuthorizationGrantBody => AuthorizationGrant {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(default, deserialize_with = "super::maybe_identifier")]
        author_identifier: Option<Identifier>,
        #[serde(deserialize_with = "super::identifier")]
        authorized_entity_identifier: Identifier,
        #[serde(deserialize_with = "super::identifier")]
        authorizing_entity_identifier: Identifier,
        #[serde(deserialize_with = "super::required_code")]
        authorization_scope: Authorization,
        description: String,
        #[serde(default, deserialize_with = "super::maybe_by::<_, EntityDetailsBody, _>")]
        subject_entity_details: Option<EntityDetails>,
        start_date: Timestamp,
    }

    EuEntityPermissionBody => EuEntityPermissionGrant {
        #[serde(deserialize_with = "super::parsed")]
        id: PermissionId,
        #[serde(deserialize_with = "super::identifier")]
        author_identifier: Identifier,
        vat_ue_identifier: String,
        eu_entity_name: String,
        authorized_fingerprint_identifier: String,
        #[serde(deserialize_with = "super::required_code")]
        permission_scope: Permission,
        description: String,
        #[serde(default, deserialize_with = "super::maybe_by::<_, PersonDetailsBody, _>")]
        subject_person_details: Option<PersonDetails>,
        #[serde(default, deserialize_with = "super::maybe_by::<_, EntityDetailsBody, _>")]
        subject_entity_details: Option<EntityDetails>,
        #[serde(default, deserialize_with = "super::maybe_by::<_, EuEntityDetailsBody, _>")]
        eu_entity_details: Option<EuEntityDetails>,
        start_date: Timestamp,
    }

    AttachmentStatusBody => AttachmentPermission {
        #[serde(default)]
        is_attachment_allowed: bool,
        #[serde(default)]
        revoked_date: Option<Timestamp>,
    }
}

pages! { numbered:
    PersonalPermissionsPage { permissions: PersonalPermissionBody => PersonalPermission }
    PersonPermissionsPage { permissions: PersonPermissionBody => PersonPermissionGrant }
    SubunitPermissionsPage { permissions: SubunitPermissionBody => SubunitPermissionGrant }
    EntityPermissionsPage { permissions: EntityPermissionItem => EntityPermissionGrant }
    EntityRolesPage { roles: EntityRoleBody => EntityRole }
    SubordinateRolesPage { roles: SubordinateRoleBody => SubordinateEntityRole }
    AuthorizationsPage { authorization_grants: AuthorizationGrantBody => AuthorizationGrant }
    EuEntityPermissionsPage { permissions: EuEntityPermissionBody => EuEntityPermissionGrant }
}

/// What an owner may do, which stands beside the list of permissions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnerPermissionsBody {
    #[serde(default, deserialize_with = "super::codes")]
    pub(crate) owner_permissions: Vec<Permission>,
}

impl From<IdDocumentBody> for IdDocument {
    fn from(body: IdDocumentBody) -> Self {
        Self::new(body.kind, body.number, body.country)
    }
}

impl From<&IdDocument> for IdDocumentBody {
    fn from(document: &IdDocument) -> Self {
        let (kind, number) = (document.kind.clone(), document.number.clone());
        Self { kind, number, country: document.country.clone() }
    }
}

impl SubjectDetails {
    pub(crate) const fn of(form: SubjectDetailsForm) -> Self {
        let subject_details_type = match form {
            SubjectDetailsForm::ById(_) => "PersonByIdentifier",
            SubjectDetailsForm::ByFingerprintWithId { .. } => "PersonByFingerprintWithIdentifier",
            SubjectDetailsForm::ByFingerprintWithoutId { .. } => {
                "PersonByFingerprintWithoutIdentifier"
            }
            SubjectDetailsForm::EntityByFingerprint(_) => "EntityByFingerprint",
        };
        Self { subject_details_type, form }
    }
}
