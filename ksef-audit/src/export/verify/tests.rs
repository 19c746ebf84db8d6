//! Bundles, sound and broken ones.

use std::collections::BTreeMap;

use ksef_core::{
    DocumentType, Environment, KsefNumber, Secret, Sha256Digest, SubmissionStatus, TenantId,
    Timestamp,
};
use proptest::prelude::*;

use super::*;
use crate::export::{
    BundleDocument, BundleWriter, ExportError, ExportRow, NamedDocument, ProvenRecord,
};
use crate::log::{
    Checkpoint, CheckpointSigner, ConsistencyProof, InclusionProof, MemoryTree, Record, RecordKind,
    Tag, leaf_hash,
};

const UPO_REFERENCE: &str = "20250626-EU-2F14610000-242991F8C9-B4";
const SESSION: &str = "20250626-SO-2F14610000-242991F8C9-B4";

fn moment() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn tenant() -> TenantId {
    TenantId::from_bytes([7; 16]).unwrap()
}

/// A submission of the made-up log.
struct Submission {
    number: u64,
    row: ExportRow,
    invoice: Vec<u8>,
    upo: Option<Vec<u8>>,
}

impl Submission {
    fn new(number: u64, order_reference: &str, customer: &str) -> Self {
        let is_accepted = number % 3 != 2;
        let invoice = format!("<Faktura>{number} {order_reference}</Faktura>").into_bytes();
        let upo = is_accepted.then(|| format!("<Potwierdzenie>{number}</Potwierdzenie>").into());
        let [.., a, b] = number.to_be_bytes();
        let date = "2026-11-20".parse().unwrap();
        let ksef_number =
            KsefNumber::new("5265877635".parse().unwrap(), date, [1, 0, 0, 0, a, b]).unwrap();
        let row = ExportRow {
            order_reference: order_reference.to_owned(),
            customer: customer.to_owned(),
            nip: Some("5265877635".parse().unwrap()),
            document_type: Some(DocumentType::Vat),
            ksef_number: is_accepted.then_some(ksef_number),
            upo_number: is_accepted.then(|| UPO_REFERENCE.parse().unwrap()),
            fakturownia_id: None,
            status: SubmissionStatus::Accepted,
            session: Some(SESSION.parse().unwrap()),
            xml_digest: Some(Sha256Digest::of(&invoice)),
            submitted_at: Some(moment()),
            accepted_at: is_accepted.then(moment),
            error: (!is_accepted).then(|| "=1+1".to_owned()),
            upo_downloaded_at: is_accepted.then(moment),
            environment: Environment::Test,
            attempt: 1,
        };
        Self { number, row, invoice, upo }
    }

    fn record(&self, kind: RecordKind, position: u64) -> Record {
        Record::new(kind, tenant(), Environment::Test)
            .with(Tag::RecordedAt, moment())
            .with(Tag::Submission, self.number)
            .with(Tag::Position, position)
    }

    fn records(&self) -> [Record; 3] {
        let described = self
            .record(RecordKind::Described, 0)
            .with(Tag::OrderReference, self.row.order_reference.as_str())
            .with(Tag::Customer, self.row.customer.as_str())
            .with(Tag::BuyerNip, "5265877635")
            .with(Tag::SellerNip, "5265877635")
            .with(Tag::DocumentType, "VAT")
            .with(Tag::FormCode, "FA (3)|1-0E|FA");
        let intent = self
            .record(RecordKind::Fact, 1)
            .with(Tag::Name, "intent")
            .with(Tag::Session, SESSION)
            .with(Tag::XmlDigest, Sha256Digest::of(&self.invoice))
            .with(Tag::Details, b"{}".as_slice());
        let receipt = self
            .record(RecordKind::Receipt, 2)
            .with(Tag::UpoReference, UPO_REFERENCE)
            .with_some(Tag::KsefNumber, self.row.ksef_number)
            .with_some(Tag::UpoDigest, self.upo.as_deref().map(Sha256Digest::of));
        [described, intent, receipt]
    }

    fn document(&self, bytes: &[u8]) -> NamedDocument {
        NamedDocument {
            order_reference: self.row.order_reference.clone(),
            ksef_number: self.row.ksef_number,
            modified: Some(moment()),
            bytes: bytes.into(),
        }
    }
}

fn submissions(count: u64) -> Vec<Submission> {
    let customers = ["Żółw; =1+1", "\"Sp.\", z o.o.", "'apostrof", "Jan Kowalski"];
    let customer = |number: u64| customers[usize::try_from(number % 4).unwrap()];
    (0..count)
        .map(|number| Submission::new(number, &format!("FV/{number}/2026"), customer(number)))
        .collect()
}

fn signer() -> CheckpointSigner {
    CheckpointSigner::new("audit.example.com", &Secret::new([1; 32])).unwrap()
}

fn checkpoint(head: crate::log::TreeHead) -> SignedCheckpoint {
    let origin = format!("audit.example.com/{}/TEST", tenant()).parse().unwrap();
    signer().sign(&Checkpoint { origin, head })
}

/// A bundle about every other submission of a log, with an earlier checkpoint if there is one.
fn bundle(count: u64, earlier: Option<u64>) -> Vec<u8> {
    let submissions = submissions(count);
    let records = submissions.iter().flat_map(Submission::records);
    let records: Vec<_> = (0_u64..)
        .zip(records)
        .map(|(sequence, record)| {
            let submission = record.number(Tag::Submission).unwrap();
            (submission, record.with(Tag::Sequence, sequence).encode().unwrap())
        })
        .collect();
    let leaves = records.iter().map(|(_, record)| leaf_hash(record));
    let tree: MemoryTree = leaves.clone().collect();
    let head = tree.head();
    let chosen: Vec<_> = submissions.iter().filter(|it| it.number % 2 == 0).collect();
    let proven = (0_u64..).zip(&records).filter(|(_, (submission, _))| submission % 2 == 0);
    let proven = proven.map(|(sequence, (_, bytes))| {
        let proof = InclusionProof::build(sequence, head.size, |node| tree.node(node)).unwrap();
        Ok::<_, ExportError>(ProvenRecord { sequence, bytes: bytes.clone(), path: proof.path })
    });

    let mut bundle = BundleWriter::new(Vec::new());
    bundle.rows(chosen.iter().map(|it| Ok::<_, ExportError>(it.row.clone()))).unwrap();
    for submission in &chosen {
        let invoice = submission.document(&submission.invoice);
        bundle.document(BundleDocument::Invoice, &invoice).unwrap();
        if let Some(upo) = &submission.upo {
            bundle.document(BundleDocument::Upo, &submission.document(upo)).unwrap();
        }
    }
    bundle.records(proven).unwrap();
    let earlier = earlier.map(|size| {
        let first: MemoryTree = leaves.take(usize::try_from(size).unwrap()).collect();
        let proof = ConsistencyProof::build(size, head.size, |node| tree.node(node)).unwrap();
        (checkpoint(first.head()), proof)
    });
    let earlier = earlier.as_ref().map(|(checkpoint, proof)| (checkpoint, proof));
    bundle.finish(&checkpoint(head), earlier, &signer()).unwrap()
}

fn verify(bundle: &[u8]) -> BundleReport {
    verify_bundle(bundle, &[signer().verifier_key().clone()], None)
}

/// The findings without those that only Rust has.
fn findings(bundle: &[u8]) -> Vec<String> {
    let report = verify(bundle);
    let is_shared = |it: &&BundleFinding| {
        !matches!(it, BundleFinding::Signature(_) | BundleFinding::Receipt(_))
    };
    let mut lines: Vec<_> =
        report.findings.iter().filter(is_shared).map(ToString::to_string).collect();
    lines.sort_unstable();
    lines
}

type FileMap = BTreeMap<String, Vec<u8>>;

fn unpack(bundle: &[u8]) -> FileMap {
    let files = Files::read(bundle).unwrap();
    files.folder("").map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
}

/// Packs files as they are, with sums that fit or the old ones.
fn pack(mut files: FileMap, with_new_sums: bool) -> Vec<u8> {
    if with_new_sums {
        files.remove("SHA256SUMS");
        let signature = files.remove("signature");
        let line = |(name, bytes): (&String, &Vec<u8>)| {
            format!("{}  {name}\n", Sha256Digest::of(bytes).to_hex())
        };
        let sums: String = files.iter().map(line).collect();
        files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
        files.extend(signature.map(|bytes| ("signature".to_owned(), bytes)));
    }
    let mut archive = crate::export::archive::Archive::new(Vec::new());
    for (name, bytes) in &files {
        archive.add(name, None, bytes).unwrap();
    }
    archive.finish().unwrap()
}

#[derive(Clone, Debug)]
enum Breakage {
    Nothing,
    /// A byte of a file, with or without sums that fit again.
    Flip {
        file: prop::sample::Index,
        at: prop::sample::Index,
        change: u8,
        new_sums: bool,
    },
    Remove {
        file: prop::sample::Index,
        new_sums: bool,
    },
    Truncate {
        file: prop::sample::Index,
        at: prop::sample::Index,
        new_sums: bool,
    },
    Rename {
        file: prop::sample::Index,
        new_sums: bool,
    },
    Swap {
        one: prop::sample::Index,
        other: prop::sample::Index,
        new_sums: bool,
    },
    /// A line of a text file is left out or stands twice.
    Line {
        file: prop::sample::Index,
        at: prop::sample::Index,
        twice: bool,
        new_sums: bool,
    },
    Add {
        new_sums: bool,
    },
    /// A file of another bundle takes the place of this one's.
    Foreign {
        file: prop::sample::Index,
        new_sums: bool,
    },
    /// A byte of the archive itself.
    Raw {
        at: prop::sample::Index,
        change: u8,
    },
    Cut {
        at: prop::sample::Index,
    },
}

fn any_breakage() -> impl Strategy<Value = Breakage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => Just(Breakage::Nothing),
        6 => (index(), index(), 1..=255_u8, any::<bool>())
            .prop_map(|(file, at, change, new_sums)| Breakage::Flip { file, at, change, new_sums }),
        1 => (index(), any::<bool>()).prop_map(|(file, new_sums)| Breakage::Remove { file, new_sums }),
        2 => (index(), index(), any::<bool>())
            .prop_map(|(file, at, new_sums)| Breakage::Truncate { file, at, new_sums }),
        1 => (index(), any::<bool>()).prop_map(|(file, new_sums)| Breakage::Rename { file, new_sums }),
        2 => (index(), index(), any::<bool>())
            .prop_map(|(one, other, new_sums)| Breakage::Swap { one, other, new_sums }),
        3 => (index(), index(), any::<bool>(), any::<bool>())
            .prop_map(|(file, at, twice, new_sums)| Breakage::Line { file, at, twice, new_sums }),
        1 => any::<bool>().prop_map(|new_sums| Breakage::Add { new_sums }),
        2 => (index(), any::<bool>()).prop_map(|(file, new_sums)| Breakage::Foreign { file, new_sums }),
        4 => (index(), 1..=255_u8).prop_map(|(at, change)| Breakage::Raw { at, change }),
        1 => index().prop_map(|at| Breakage::Cut { at }),
    ]
}

fn name_of(files: &FileMap, file: prop::sample::Index) -> String {
    files.keys().nth(file.index(files.len())).unwrap().clone()
}

/// The bundle after it was broken.
#[expect(clippy::too_many_lines, reason = "a table with an arm for each way")]
fn break_it(bundle_bytes: &[u8], breakage: &Breakage) -> Vec<u8> {
    let mut files = unpack(bundle_bytes);
    let is_renewed = match breakage.clone() {
        Breakage::Nothing => return bundle_bytes.to_vec(),
        Breakage::Raw { at, change } => {
            let mut bytes = bundle_bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            return bytes;
        }
        Breakage::Cut { at } => return bundle_bytes[..at.index(bundle_bytes.len())].to_vec(),
        Breakage::Flip { file, at, change, new_sums } => {
            let bytes = files.get_mut(&name_of(&files, file)).unwrap();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] ^= change;
            }
            new_sums
        }
        Breakage::Remove { file, new_sums } => {
            files.remove(&name_of(&files, file));
            new_sums
        }
        Breakage::Truncate { file, at, new_sums } => {
            let bytes = files.get_mut(&name_of(&files, file)).unwrap();
            bytes.truncate(at.index(bytes.len() + 1));
            new_sums
        }
        Breakage::Rename { file, new_sums } => {
            let name = name_of(&files, file);
            let bytes = files.remove(&name).unwrap();
            files.insert(format!("{name}.old"), bytes);
            new_sums
        }
        Breakage::Swap { one, other, new_sums } => {
            let (one, other) = (name_of(&files, one), name_of(&files, other));
            let (first, second) = (files[&one].clone(), files[&other].clone());
            files.insert(one, second);
            files.insert(other, first);
            new_sums
        }
        Breakage::Line { file, at, twice, new_sums } => {
            let bytes = files.get_mut(&name_of(&files, file)).unwrap();
            let mut lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            if !lines.is_empty() {
                let at = at.index(lines.len());
                let line = lines.remove(at);
                if twice {
                    lines.insert(at, line.clone());
                    lines.insert(at, line);
                }
            }
            *bytes = lines.concat();
            new_sums
        }
        Breakage::Add { new_sums } => {
            files.insert("invoices/FV_x.xml".to_owned(), b"<Faktura/>".to_vec());
            new_sums
        }
        Breakage::Foreign { file, new_sums } => {
            let name = name_of(&files, file);
            let other = unpack(&bundle(5, Some(3)));
            files.insert(name.clone(), other.get(&name).cloned().unwrap_or_default());
            new_sums
        }
    };
    pack(files, is_renewed)
}

#[test]
fn bundles_of_every_size_are_sound() {
    for count in 0..12 {
        for earlier in [None, Some(0), Some(count), Some(count * 3)] {
            let report = verify(&bundle(count, earlier));
            assert!(report.is_sound(), "{count} {earlier:?} {:?}", report.findings);
            assert_eq!(report.records as u64, count.div_ceil(2) * 3);
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bundle() {
    assert_eq!(bundle(7, Some(4)), bundle(7, Some(4)));
}

#[test]
fn a_bundle_that_was_made_to_fit_by_a_forger_fails() {
    let sound = unpack(&bundle(6, None));
    // Another customer in the table.
    let mut files = sound.clone();
    let table = String::from_utf8(files["audit.csv"].clone()).unwrap();
    files.insert("audit.csv".to_owned(), table.replace("FV/2/2026", "FV/3/2026").into_bytes());
    assert_eq!(findings(&pack(files, true)), ["row 2", "unlisted 2"]);
    // A record that says something else.
    let mut files = sound.clone();
    let records = String::from_utf8(files["records.txt"].clone()).unwrap();
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let forged = records.replacen(&hex("FV/2/2026"), &hex("FV/3/2026"), 1);
    files.insert("records.txt".to_owned(), forged.into_bytes());
    assert_eq!(findings(&pack(files, true)), ["record 6", "row 2", "unlisted 2"]);
    // Another root, which nobody signed.
    let mut files = sound;
    let other = unpack(&bundle(8, None));
    for name in ["audit.csv", "records.txt", "checkpoint"] {
        files.insert(name.to_owned(), other[name].clone());
    }
    let note = String::from_utf8(files["checkpoint"].clone()).unwrap();
    let stranger = CheckpointSigner::new("audit.example.com", &Secret::new([2; 32])).unwrap();
    let head = SignedCheckpoint::read_unverified(&note).unwrap();
    files.insert("checkpoint".to_owned(), stranger.sign(&head).to_string().into_bytes());
    let report = verify(&pack(files, true));
    let unsigned = BundleFinding::Signature(CheckpointError::UnknownSigner);
    assert!(report.findings.contains(&unsigned));
}

#[test]
fn receipts_are_verified_against_the_document_that_the_log_names() {
    use ksef_core::port::{ScriptedUpoVerifier, UpoMismatch};
    use ksef_core::submission::ReceiptSigner;

    let sound = ScriptedUpoVerifier::new(Ok(ReceiptSigner::Pinned));
    let report = verify_bundle(&bundle(9, None), &[signer().verifier_key().clone()], Some(&sound));
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.receipts, 3);
    let broken = ScriptedUpoVerifier::new(Err(UpoMismatch::Signature));
    let report = verify_bundle(&bundle(9, None), &[signer().verifier_key().clone()], Some(&broken));
    let is_receipt = |it: &&BundleFinding| matches!(it, BundleFinding::Receipt(_));
    assert_eq!(report.findings.iter().filter(is_receipt).count(), 3);
}

#[test]
fn the_python_verifier_has_the_tables_of_the_records() {
    let script = super::super::VERIFIER;
    let numbers = |tags: &[Tag]| tags.iter().map(|tag| tag.number()).collect::<Vec<_>>();
    for kind in RecordKind::ALL {
        let (required, optional) = (numbers(kind.required()), numbers(kind.optional()));
        let row = format!("{}: ({required:?}, {optional:?})", kind.number());
        assert!(script.contains(&row), "{row}");
    }
    let forms: Vec<_> = Tag::ALL.iter().map(|tag| tag.form_name()).collect();
    let table = script.split("enumerate(").nth(1).unwrap().split(".split()").next().unwrap();
    let words: Vec<_> = table.split([' ', '"', '\n']).filter(|it| !it.is_empty()).collect();
    assert_eq!(words, forms);
}

#[test]
fn the_python_verifier_is_short() {
    assert!(super::super::VERIFIER.lines().count() <= 300);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_changed_file_never_passes(count in 1..8_u64, breakage in any_breakage()) {
        let sound = bundle(count, Some(count));
        let broken = break_it(&sound, &breakage);
        if verify(&broken).is_sound() {
            // A signature may stand twice, or beside one of somebody else.
            let vouched_for = |bundle: &[u8]| {
                let mut files = unpack(bundle);
                files.remove("signature");
                files
            };
            prop_assert_eq!(vouched_for(&broken), vouched_for(&sound), "{:?}", breakage);
        }
    }
}
