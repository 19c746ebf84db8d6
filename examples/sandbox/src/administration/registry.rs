//! Entities and persons that exist in tests: `/testdata/subject` and `/testdata/person`.

use std::ops::RangeInclusive;

use http::StatusCode;
use ksef_core::{Nip, Pesel, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rights::nip_of;
use crate::auth::Subject;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply, Violations};
use crate::world::World;

/// How long descriptions are, in characters.
pub(super) const DESCRIPTION: RangeInclusive<usize> = 5..=256;

/// An entity with a role, and its units.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct TestSubject {
    pub(crate) nip: Nip,
    pub(crate) kind: SubjectKind,
    pub(crate) units: Vec<Unit>,
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    /// A removed one is kept, since a new one has to be younger.
    pub(crate) is_removed: bool,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum SubjectKind {
    EnforcementAuthority,
    VatGroup,
    #[serde(rename = "JST")]
    LocalGovernment,
}

/// A member of a VAT group or a unit of a local government.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unit {
    pub(crate) subject_nip: Nip,
    pub(crate) description: String,
}

/// A natural person, who owns the taxpayer with this NIP.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct TestPerson {
    pub(crate) nip: Nip,
    pub(crate) pesel: Pesel,
    pub(crate) is_bailiff: bool,
    pub(crate) is_deceased: bool,
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    /// A removed one is kept, since a new one has to be younger.
    pub(crate) is_removed: bool,
}

/// Shows nothing about the person.
impl std::fmt::Debug for TestPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestPerson").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubjectRequest {
    subject_nip: Nip,
    subject_type: SubjectKind,
    subunits: Option<Vec<Unit>>,
    description: String,
    created_date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubjectRemoval {
    subject_nip: Nip,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonRequest {
    nip: Nip,
    pesel: Pesel,
    is_bailiff: bool,
    description: String,
    #[serde(default)]
    is_deceased: bool,
    created_date: Option<Timestamp>,
}

#[derive(Deserialize)]
struct PersonRemoval {
    nip: Nip,
}

/// `POST /testdata/subject`
pub(crate) fn create_test_subject(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: SubjectRequest = call.json()?;
    let units = request.subunits.unwrap_or_default();
    let mut violations = Violations::default();
    violations.unless_length("description", &request.description, &DESCRIPTION);
    for unit in &units {
        violations.unless_length("subunits.description", &unit.description, &DESCRIPTION);
    }
    let mut world = call.world();
    let previous = world.test_subjects.get(request.subject_nip);
    let previous = previous.map(|subject| (subject.created_at, subject.is_removed));
    check_created_date(&mut violations, previous, request.created_date);
    violations.refuse()?;
    let exists = previous.is_some_and(|(_, is_removed)| !is_removed);
    if exists || units.iter().any(|unit| world.parent_of(unit.subject_nip).is_some()) {
        return Err(ExceptionCode::AlreadyExists.into());
    }
    let subject = TestSubject {
        nip: request.subject_nip,
        kind: request.subject_type,
        units,
        description: request.description,
        created_at: request.created_date.unwrap_or(call.now),
        is_removed: false,
    };
    world.test_subjects.insert(request.subject_nip.as_str(), subject);
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/subject/remove`; nothing happens if there is none.
pub(crate) fn remove_test_subject(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: SubjectRemoval = call.json()?;
    if let Some(subject) = call.world().test_subjects.get_mut(request.subject_nip) {
        subject.is_removed = true;
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/person`
pub(crate) fn create_test_person(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: PersonRequest = call.json()?;
    let mut violations = Violations::default();
    violations.unless_length("description", &request.description, &DESCRIPTION);
    let mut world = call.world();
    let previous = world.test_persons.get(request.nip);
    let previous = previous.map(|person| (person.created_at, person.is_removed));
    check_created_date(&mut violations, previous, request.created_date);
    violations.refuse()?;
    if previous.is_some_and(|(_, is_removed)| !is_removed) {
        return Err(ExceptionCode::AlreadyExists.into());
    }
    let person = TestPerson {
        nip: request.nip,
        pesel: request.pesel,
        is_bailiff: request.is_bailiff,
        is_deceased: request.is_deceased,
        description: request.description,
        created_at: request.created_date.unwrap_or(call.now),
        is_removed: false,
    };
    world.test_persons.insert(request.nip.as_str(), person);
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/person/remove`; whatever was granted to the person is taken away.
pub(crate) fn remove_test_person(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: PersonRemoval = call.json()?;
    let mut world = call.world();
    if let Some(person) = world.test_persons.get_mut(request.nip) {
        person.is_removed = true;
        let pesel = person.pesel;
        world.revoke_all_grants_to(&[Subject::Nip(request.nip), Subject::Pesel(pesel)]);
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// Whoever is created again under the same number has to be younger.
fn check_created_date(
    violations: &mut Violations,
    previous: Option<(Timestamp, bool)>,
    created: Option<Timestamp>,
) {
    if let (Some((previous, _)), Some(created)) = (previous, created) {
        violations
            .unless(created > previous, || format!("'createdDate' must be later than {previous}."));
    }
}

/// A role of an entity, `EntityRole` of the OpenAPI.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Role<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_entity_identifier: Option<serde_json::Value>,
    role: &'static str,
    description: &'a str,
    start_date: Timestamp,
}

/// `GET /permissions/query/entities/roles`
pub(crate) fn entity_roles(call: &Call<'_>) -> Result<Reply, Refusal> {
    let offset = call.query.number("pageOffset", 0..=usize::MAX, 0)?;
    let size = call.query.number("pageSize", 10..=100, 10)?;
    let world = call.world();
    let nip = nip_of(&call.caller()?.context);
    let mut roles: Vec<_> = nip.map(|nip| world.roles(nip)).unwrap_or_default();
    roles.sort_by_key(|role| std::cmp::Reverse(role.start_date));
    let has_more = roles.len() > offset.saturating_add(1).saturating_mul(size);
    let page: Vec<_> = roles.into_iter().skip(offset.saturating_mul(size)).take(size).collect();
    Ok(Reply::ok(&json!({ "roles": page, "hasMore": has_more })))
}

impl SubjectKind {
    const fn role(self) -> &'static str {
        match self {
            Self::EnforcementAuthority => "EnforcementAuthority",
            Self::VatGroup => "VatGroupUnit",
            Self::LocalGovernment => "LocalGovernmentUnit",
        }
    }

    const fn role_of_units(self) -> &'static str {
        match self {
            Self::EnforcementAuthority => "EnforcementAuthority",
            Self::VatGroup => "VatGroupSubUnit",
            Self::LocalGovernment => "LocalGovernmentSubUnit",
        }
    }
}

impl World {
    /// The entity with this NIP.
    pub(crate) fn test_subject(&self, nip: Nip) -> Option<&TestSubject> {
        self.test_subjects.get(nip).filter(|subject| !subject.is_removed)
    }

    /// The person who owns the taxpayer with this NIP.
    pub(crate) fn test_person(&self, nip: Nip) -> Option<&TestPerson> {
        self.test_persons.get(nip).filter(|person| !person.is_removed)
    }

    /// The persons that exist.
    pub(super) fn persons(&self) -> impl Iterator<Item = &TestPerson> {
        self.test_persons.values().filter(|person| !person.is_removed)
    }

    /// The VAT group or local government that the taxpayer belongs to, and what it is there.
    pub(super) fn parent_of(&self, nip: Nip) -> Option<(&TestSubject, &Unit)> {
        let subjects = self.test_subjects.values().filter(|subject| !subject.is_removed);
        let mut units =
            subjects.flat_map(|subject| subject.units.iter().map(move |unit| (subject, unit)));
        units.find(|(_, unit)| unit.subject_nip == nip)
    }

    fn roles(&self, nip: Nip) -> Vec<Role<'_>> {
        let own = self.test_subject(nip).map(|subject| Role {
            parent_entity_identifier: None,
            role: subject.kind.role(),
            description: &subject.description,
            start_date: subject.created_at,
        });
        let as_unit = self.parent_of(nip).map(|(parent, unit)| Role {
            parent_entity_identifier: Some(json!({ "type": "Nip", "value": parent.nip })),
            role: parent.kind.role_of_units(),
            description: &unit.description,
            start_date: parent.created_at,
        });
        let bailiff = self.test_person(nip).filter(|person| person.is_bailiff);
        let as_bailiff = bailiff.map(|person| Role {
            parent_entity_identifier: None,
            role: "CourtBailiff",
            description: &person.description,
            start_date: person.created_at,
        });
        [own, as_unit, as_bailiff].into_iter().flatten().collect()
    }
}
