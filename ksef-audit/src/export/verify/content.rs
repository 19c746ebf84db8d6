//! Whether the log bears out what a bundle says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ksef_core::port::{UpoExpectation, UpoVerifier};
use ksef_core::{KsefNumber, Nip, Sha256Digest, UpoXml};

use super::BundleFinding;
use super::files::Files;
use crate::entry::form_code;
use crate::export::BundleDocument;
use crate::export::bundle::{CHECKPOINT, CONSISTENCY, EARLIER, RECORDS, TABLE};
use crate::export::csv_table::parse_csv;
use crate::export::row::{COLUMNS, neutralised};
use crate::log::{
    Checkpoint, ConsistencyProof, InclusionProof, Record, SignedCheckpoint, Tag, leaf_hash,
};

/// The columns that the log must bear out, and the fields of the records that do.
const PROVEN: [(&str, Tag); 9] = [
    ("Order Reference", Tag::OrderReference),
    ("Customer", Tag::Customer),
    ("NIP", Tag::BuyerNip),
    ("Document Type", Tag::DocumentType),
    ("KSeF-ID", Tag::KsefNumber),
    ("UPO Number", Tag::UpoReference),
    ("Fakturownia ID", Tag::SecondSystemId),
    ("Session Ref", Tag::Session),
    ("XML Hash", Tag::XmlDigest),
];

/// The tag of a field, and its value as the table shows it.
type Fact = (Tag, String);

/// The content of a bundle while it is checked.
pub(super) struct Content<'a> {
    files: &'a Files,
    findings: &'a mut BTreeSet<BundleFinding>,
    /// The records that are in the log.
    proven: Vec<Record>,
    /// The digests of the documents.
    found: HashSet<(Tag, Sha256Digest)>,
}

impl<'a> Content<'a> {
    pub(super) fn new(files: &'a Files, findings: &'a mut BTreeSet<BundleFinding>) -> Self {
        let (proven, found) = (Vec::new(), HashSet::new());
        Self { files, findings, proven, found }
    }

    pub(super) fn records(&self) -> usize {
        self.proven.len()
    }

    pub(super) fn documents(&self) -> usize {
        self.found.len()
    }

    /// Checks everything but signatures.
    pub(super) fn check(&mut self) {
        let Some(checkpoint) = self.checkpoint(CHECKPOINT) else {
            self.findings.insert(BundleFinding::Checkpoint);
            return;
        };
        self.check_consistency(&checkpoint);
        self.check_records(&checkpoint);
        self.check_documents();
        self.check_table(&checkpoint);
    }

    fn checkpoint(&self, name: &str) -> Option<Checkpoint> {
        SignedCheckpoint::read_unverified(self.files.text(name)?).ok()
    }

    fn check_consistency(&mut self, later: &Checkpoint) {
        let is_absent = self.files.get(EARLIER).is_none() && self.files.get(CONSISTENCY).is_none();
        if !is_absent && self.grew(later).is_none() {
            self.findings.insert(BundleFinding::Consistency);
        }
    }

    fn grew(&self, later: &Checkpoint) -> Option<()> {
        let earlier = self.checkpoint(EARLIER)?;
        let text = self.files.text(CONSISTENCY)?;
        let is_whole = text.is_empty() || text.ends_with('\n');
        let path: Option<Vec<_>> =
            text.split_terminator('\n').map(|line| Sha256Digest::from_hex(line).ok()).collect();
        let (first, last) = (earlier.head, later.head);
        let proof = ConsistencyProof { earlier: first.size, later: last.size, path: path? };
        let is_one_log = earlier.origin == later.origin && is_whole;
        is_one_log.then(|| proof.verify(&first, &last).ok())?
    }

    fn check_records(&mut self, checkpoint: &Checkpoint) {
        let Some(lines) = self.files.text(RECORDS).and_then(parse_records) else {
            self.findings.insert(BundleFinding::Records);
            return;
        };
        for line in lines {
            let sequence = line.proof.index;
            match line.check(checkpoint) {
                Some(record) => self.proven.push(record),
                None => drop(self.findings.insert(BundleFinding::Record(sequence))),
            }
        }
    }

    fn check_documents(&mut self) {
        for (kind, tag) in
            [(BundleDocument::Invoice, Tag::XmlDigest), (BundleDocument::Upo, Tag::UpoDigest)]
        {
            let known: HashSet<_> =
                self.proven.iter().filter_map(|record| record.digest(tag)).collect();
            for (name, bytes) in self.files.folder(kind.folder()) {
                let digest = Sha256Digest::of(bytes);
                self.found.insert((tag, digest));
                if !known.contains(&digest) {
                    self.findings.insert(BundleFinding::Unrecorded(name.to_owned()));
                }
            }
        }
    }

    fn check_table(&mut self, checkpoint: &Checkpoint) {
        let Some(rows) = self.files.text(TABLE).and_then(parse_table) else {
            self.findings.insert(BundleFinding::Table);
            return;
        };
        let facts = Facts::of(&self.proven);
        let found: HashSet<Fact> =
            self.found.iter().map(|(tag, digest)| (*tag, digest.to_hex())).collect();
        let mut unlisted: BTreeSet<u64> = facts.of_submission.keys().copied().collect();
        for (place, row) in rows.iter().enumerate() {
            let cell = |column| row.get(column).map(String::as_str).unwrap_or_default();
            let origin = checkpoint.origin.as_str();
            let is_ours = origin.ends_with(&format!("/{}", cell("Environment")));
            let proven = facts.bear_out(cell, &found);
            if !is_ours || proven.is_empty() {
                self.findings.insert(BundleFinding::Row(place + 1));
            }
            for submission in proven {
                unlisted.remove(&submission);
            }
        }
        self.findings.extend(unlisted.into_iter().map(BundleFinding::Unlisted));
    }

    /// Verifies each receipt that the log speaks of against the document it is for. Returns how
    /// many hold.
    pub(super) fn check_receipts(&mut self, verifier: &dyn UpoVerifier) -> usize {
        let mut held = 0;
        for (name, bytes) in self.files.folder(BundleDocument::Upo.folder()) {
            let digest = Sha256Digest::of(bytes);
            let of_receipt = |record: &&Record| record.digest(Tag::UpoDigest) == Some(digest);
            let submissions: BTreeSet<_> = self
                .proven
                .iter()
                .filter(of_receipt)
                .filter_map(|record| record.number(Tag::Submission))
                .collect();
            for submission in submissions {
                let records = self.proven.iter();
                let records: Vec<_> = records
                    .filter(|record| record.number(Tag::Submission) == Some(submission))
                    .collect();
                match holds(verifier, bytes, &records) {
                    Some(()) => held += 1,
                    None => drop(self.findings.insert(BundleFinding::Receipt(name.to_owned()))),
                }
            }
        }
        held
    }
}

/// Whether a receipt holds for the document of a submission. What the document is, its last records
/// say.
fn holds(verifier: &dyn UpoVerifier, bytes: &[u8], records: &[&Record]) -> Option<()> {
    let last = |tag| records.iter().rev().find_map(|record| record.text(tag));
    let digest = records.iter().rev().find_map(|record| record.digest(Tag::XmlDigest))?;
    let ksef_number: KsefNumber = last(Tag::KsefNumber)?.parse().ok()?;
    let seller = Nip::for_test_environment(last(Tag::SellerNip)?).ok()?;
    let form_code = form_code(last(Tag::FormCode)?)?;
    let environment = last(Tag::Environment)?.parse().ok()?;
    let expected = UpoExpectation {
        digest,
        ksef_number: &ksef_number,
        seller,
        form_code: &form_code,
        environment,
    };
    verifier.verify(&UpoXml::new(bytes).ok()?, &expected).ok().map(drop)
}

/// A line of the list of records.
struct Line {
    bytes: Vec<u8>,
    proof: InclusionProof,
}

impl Line {
    /// The record, if it is one of this log and in it.
    fn check(mut self, checkpoint: &Checkpoint) -> Option<Record> {
        let record = Record::decode(&self.bytes).ok()?;
        let log = format!("/{}/{}", record.tenant()?, record.environment()?);
        let is_ours = checkpoint.origin.as_str().ends_with(&log)
            && record.number(Tag::Sequence) == Some(self.proof.index);
        self.proof.size = checkpoint.head.size;
        self.proof.verify(leaf_hash(&self.bytes), &checkpoint.head).ok()?;
        is_ours.then_some(record)
    }
}

fn parse_records(text: &str) -> Option<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    if !text.is_empty() && !text.ends_with('\n') {
        return None;
    }
    for line in text.split_terminator('\n') {
        let mut parts = line.split(' ');
        let (sequence, bytes) = (parts.next()?, parse_hex(parts.next()?)?);
        let index = sequence.parse().ok().filter(|read: &u64| read.to_string() == sequence)?;
        let path: Option<Vec<_>> = parts.map(|part| Sha256Digest::from_hex(part).ok()).collect();
        let follows = lines.last().is_none_or(|last| last.proof.index < index);
        if bytes.is_empty() || !follows {
            return None;
        }
        // The size is that of the checkpoint, which is put in when the proof is verified.
        lines.push(Line { bytes, proof: InclusionProof { index, size: 0, path: path? } });
    }
    Some(lines)
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

fn parse_table(text: &str) -> Option<Vec<BTreeMap<&'static str, String>>> {
    let mut rows = parse_csv(text)?.into_iter();
    let is_whole = rows.next()?.iter().eq(COLUMNS.iter());
    let mut table = Vec::new();
    for row in rows {
        if row.len() != COLUMNS.len() {
            return None;
        }
        table.push(COLUMNS.into_iter().zip(row).collect());
    }
    is_whole.then_some(table)
}

/// What the log says of each submission.
struct Facts {
    of_submission: HashMap<u64, HashSet<Fact>>,
    submissions: HashMap<Fact, BTreeSet<u64>>,
}

impl Facts {
    fn of(records: &[Record]) -> Self {
        let (mut of_submission, mut submissions) = (HashMap::new(), HashMap::new());
        for record in records {
            let Some(submission) = record.number(Tag::Submission) else { continue };
            let known: &mut HashSet<Fact> = of_submission.entry(submission).or_default();
            for fact in record.fields().filter_map(|(tag, _)| shown(record, tag)) {
                let among: &mut BTreeSet<u64> = submissions.entry(fact.clone()).or_default();
                among.insert(submission);
                known.insert(fact);
            }
        }
        Self { of_submission, submissions }
    }

    /// The submissions of which all of this is true, and whose documents are there.
    fn bear_out<'c>(
        &self,
        cell: impl Fn(&'static str) -> &'c str,
        found: &HashSet<Fact>,
    ) -> Vec<u64> {
        let stated = PROVEN.into_iter().filter(|(column, _)| !cell(column).is_empty());
        let stated: Vec<Fact> = stated.map(|(column, tag)| (tag, cell(column).into())).collect();
        let digest = cell("XML Hash");
        if !digest.is_empty() && !found.contains(&(Tag::XmlDigest, digest.into())) {
            return Vec::new();
        }
        // Fewest first: a customer has many submissions, a hash has one.
        let fitting = stated.iter().map(|fact| self.submissions.get(fact));
        let Some(fewest) = fitting.min_by_key(|it| it.map_or(0, BTreeSet::len)).flatten() else {
            return Vec::new();
        };
        let needs_receipt = !cell("UPO Downloaded At").is_empty();
        let is_proven = |submission: &u64| {
            self.of_submission.get(submission).is_some_and(|known| {
                let mut of_receipt = known.iter().filter(|fact| fact.0 == Tag::UpoDigest);
                stated.iter().all(|fact| known.contains(fact))
                    && (!needs_receipt || of_receipt.any(|fact| found.contains(fact)))
            })
        };
        fewest.iter().copied().filter(is_proven).collect()
    }
}

/// A digest or text field of a record, as the table shows it.
fn shown(record: &Record, tag: Tag) -> Option<Fact> {
    if tag.is_digest() {
        return Some((tag, record.digest(tag)?.to_hex()));
    }
    tag.is_text().then(|| record.text(tag).map(|text| (tag, neutralised(text))))?
}
