use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::operation::Operation;

const OPEN: Place = Place::Operation(Operation::OpenOnlineSession);
const CLOSE: Place = Place::Operation(Operation::CloseOnlineSession);

fn parse(json: &Value) -> Result<Fault, FaultError> {
    Fault::from_json(json.to_string().as_bytes())
}

fn one_of_each() -> Vec<FaultKind> {
    vec![
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Delay { milliseconds: 300 },
        FaultKind::TooManyRequests { retry_after_seconds: 30 },
        FaultKind::ServerError { status: 503 },
        FaultKind::Html,
        FaultKind::SessionKeyRace,
        FaultKind::SessionUnavailable,
        FaultKind::StuckProcessing,
        FaultKind::ExportStuck,
        FaultKind::WrongPartHash,
        FaultKind::InvoiceCancelled,
        FaultKind::UnknownError,
        FaultKind::AuthenticationCancelled,
        FaultKind::AuthenticationError,
        FaultKind::LatePermanentStorage { seconds: 60 },
        FaultKind::ShortAccessToken { seconds: 5 },
        FaultKind::WrongOriginalSession,
        FaultKind::SystemWarning { text: "[W1]: Prace serwisowe".to_owned() },
    ]
}

#[test]
fn each_kind_is_written_flat_and_read_again() {
    for kind in one_of_each() {
        let fault = Fault { operation: Some(OPEN), count: Some(2), ..Fault::always(kind) };
        let json = serde_json::to_value(&fault).unwrap();
        assert_eq!(json["kind"], fault.kind.name());
        assert_eq!(parse(&json).unwrap(), fault);
    }
    let json = json!({ "kind": "tooManyRequests", "retryAfterSeconds": 30 });
    let kind = FaultKind::TooManyRequests { retry_after_seconds: 30 };
    assert_eq!(parse(&json).unwrap(), Fault::always(kind));
}

#[test]
fn a_fault_that_is_not_understood_is_named() {
    for (json, message) in [
        (json!({ "kind": "flood" }), "unknown variant `flood`, expected one of `dropBefore`"),
        (json!({ "kind": "delay" }), "missing field `milliseconds`"),
        (json!({ "milliseconds": 3 }), "missing field `kind`"),
        (json!({ "kind": "delay", "milliseconds": -3 }), "invalid value"),
        (json!({ "kind": "html", "status": 200 }), "`status` is no field of this fault"),
        (json!({ "kind": "html", "probabilty": 500 }), "`probabilty` is no field of this fault"),
        (json!({ "kind": "html", "probability": 1_001 }), "in thousandths, from 0 to 1000"),
        (json!({ "kind": "html", "probability": 0.5 }), "invalid type"),
        (json!({ "kind": "html", "count": -1 }), "invalid value"),
        (json!({ "kind": "html", "operation": "sessions" }), "one of the contract"),
        (json!({ "kind": "html", "operation": "PATCH /sessions" }), "one of the contract"),
        (json!({ "kind": "serverError", "status": 499 }), "from 500 to 599"),
        (json!({ "kind": "serverError", "status": 600 }), "from 500 to 599"),
        (json!({ "kind": "tooManyRequests", "retryAfterSeconds": 0 }), "at least 1"),
        (json!({ "kind": "systemWarning", "text": "a\r\nSet-Cookie: b" }), "visible ASCII"),
        (json!({ "kind": "systemWarning", "text": "ż" }), "visible ASCII"),
        (json!({ "kind": "systemWarning", "text": " " }), "visible ASCII"),
        (json!([]), "the fault is not understood"),
        (json!("html"), "the fault is not understood"),
    ] {
        let error = parse(&json).unwrap_err().to_string();
        assert!(error.contains(message), "{json}: {error}");
    }
    assert!(Fault::from_json(b"{").is_err());
    assert!(Fault::from_json(b"\xFF").is_err());
}

#[test]
fn a_fault_happens_at_its_moment_and_operation_only() {
    let mut faults = Faults::default();
    faults.add(Fault { operation: Some(OPEN), ..Fault::always(FaultKind::DropAfter) });
    faults.add(Fault::always(FaultKind::Html));
    assert_eq!(faults.fire(OPEN, Moment::Request), Some(FaultKind::Html));
    assert_eq!(faults.fire(CLOSE, Moment::Request), Some(FaultKind::Html));
    assert_eq!(faults.fire(OPEN, Moment::Answer), Some(FaultKind::DropAfter));
    assert_eq!(faults.fire(CLOSE, Moment::Answer), None);
    assert_eq!(faults.fire(OPEN, Moment::Verdict), None);
}

#[test]
fn faults_happen_in_the_order_in_which_they_were_turned_on() {
    let mut faults = Faults::default();
    let once = |kind| Fault { count: Some(1), ..Fault::always(kind) };
    let first = faults.add(once(FaultKind::DropBefore));
    let second = faults.add(once(FaultKind::Html));
    assert_eq!(faults.fire(OPEN, Moment::Request), Some(FaultKind::DropBefore));
    assert_eq!(faults.list()[&second].fired, 0);
    assert_eq!(faults.fire(OPEN, Moment::Request), Some(FaultKind::Html));
    assert_eq!(faults.fire(OPEN, Moment::Request), None);
    assert_eq!((faults.list()[&first].fired, faults.list()[&second].fired), (1, 1));
}

#[test]
fn faults_are_listed_with_their_numbers_and_turned_off_by_them() {
    let mut faults = Faults::default();
    let first = faults.add(Fault::always(FaultKind::Html));
    let second = faults.add(Fault::always(FaultKind::Delay { milliseconds: 5 }));
    faults.fire(OPEN, Moment::Sending);
    assert_eq!(
        serde_json::to_value(&faults.list()[&second]).unwrap(),
        json!({
            "id": 2, "kind": "delay", "milliseconds": 5, "operation": null, "count": null,
            "probability": 1_000, "seed": 0, "fired": 1,
        })
    );
    assert!(faults.remove(first));
    assert!(!faults.remove(first));
    assert_eq!(faults.list().len(), 1);
    faults.clear();
    assert!(faults.list().is_empty());
    // A number is not given twice.
    assert!(faults.add(Fault::always(FaultKind::Html)) > second);
}

fn fault() -> impl Strategy<Value = Fault> {
    let kind = prop::sample::select(one_of_each());
    let operation = prop::option::of(prop::sample::select(vec![OPEN, CLOSE]));
    let count = prop::option::of(0_u32..20);
    (kind, operation, count, 0..=ALWAYS, any::<u64>()).prop_map(
        |(kind, operation, count, probability, seed)| Fault {
            kind,
            operation,
            count,
            probability,
            seed,
        },
    )
}

const MOMENTS: [Moment; 12] = [
    Moment::Request,
    Moment::Answer,
    Moment::Headers,
    Moment::Sending,
    Moment::SessionOpening,
    Moment::SessionUse,
    Moment::Verdict,
    Moment::Duplicate,
    Moment::Acceptance,
    Moment::ExportStart,
    Moment::ExportParts,
    Moment::AccessToken,
];

fn occasions() -> impl Strategy<Value = Vec<(Place, Moment)>> {
    let occasion =
        (prop::sample::select(vec![OPEN, CLOSE]), prop::sample::select(MOMENTS.to_vec()));
    prop::collection::vec(occasion, 0..300)
}

fn run(faults: &[Fault], occasions: &[(Place, Moment)]) -> (Faults, Vec<Option<FaultKind>>) {
    let mut registry = Faults::default();
    for fault in faults {
        registry.add(fault.clone());
    }
    let happened =
        occasions.iter().map(|&(operation, moment)| registry.fire(operation, moment)).collect();
    (registry, happened)
}

proptest! {
    #[test]
    fn a_fault_never_happens_more_often_than_its_count(
        faults in prop::collection::vec(fault(), 0..6),
        occasions in occasions(),
    ) {
        let (registry, happened) = run(&faults, &occasions);
        for armed in registry.list().values() {
            prop_assert!(armed.fault.count.is_none_or(|count| armed.fired <= count));
        }
        let fired: usize =
            registry.list().values().map(|armed| usize::try_from(armed.fired).unwrap()).sum();
        prop_assert_eq!(fired, happened.iter().flatten().count());
        for (&(_, moment), kind) in occasions.iter().zip(&happened) {
            prop_assert!(kind.as_ref().is_none_or(|kind| kind.happens_at(moment)));
        }
    }

    #[test]
    fn the_same_seeds_and_occasions_give_the_same_faults(
        faults in prop::collection::vec(fault(), 0..6),
        occasions in occasions(),
    ) {
        prop_assert_eq!(run(&faults, &occasions).1, run(&faults, &occasions).1);
    }

    #[test]
    fn never_is_never_and_always_is_always(fault in fault(), occasions in occasions()) {
        let never = Fault { probability: 0, ..fault.clone() };
        prop_assert!(run(&[never], &occasions).1.iter().all(Option::is_none));
        let always = Fault { probability: ALWAYS, operation: None, count: None, ..fault };
        let kind = always.kind.clone();
        let (_, happened) = run(&[always], &occasions);
        for (&(_, moment), happened) in occasions.iter().zip(&happened) {
            prop_assert_eq!(happened.is_some(), kind.happens_at(moment));
        }
    }

    #[test]
    fn what_is_written_is_read(fault in fault()) {
        prop_assert_eq!(parse(&serde_json::to_value(&fault).unwrap()).unwrap(), fault);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _read_or_refused = Fault::from_json(&bytes);
    }
}
