//! Evidence bundles, sound ones and broken ones, before both of their verifiers.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{env, fs, thread};

use ksef_audit::export::{BundleFinding, VERIFIER, verify_bundle};
use ksef_audit::log::{CheckpointSigner, FileSink, VerifierKey};
use ksef_audit::query::Filter;
use ksef_audit::{Checkpoints, ExportRequest, InMemory};
use ksef_core::submission::simulation::Random;
use ksef_core::{Secret, Sha256Digest};
use ksef_tests::suite::{Failed, cases};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use crate::world::{drive, ksef, new_submission, runtime, start, tenant};

type Files = BTreeMap<String, Vec<u8>>;

/// The bundle of a log with so many submissions, one of them not sent.
async fn bundle(submissions: u8) -> Result<(Vec<u8>, VerifierKey), Failed> {
    let folder = tempfile::tempdir()?;
    let backend = InMemory::new();
    let tenant = tenant(&backend, 1).await;
    let signer = CheckpointSigner::new("audit.example.com", &Secret::new([1; 32]))?;
    let sink = Arc::new(FileSink::new(folder.path()));
    let checkpoints = Checkpoints::new("audit.example.com", signer, sink);
    let mut ksef = ksef();
    for number in 1..=submissions {
        let id = tenant.submit(new_submission(&format!("bundle {number}")), start()).await?;
        if number > 1 {
            drive(&tenant, id, &mut ksef, &mut || {}).await;
        }
        if number == submissions / 2 {
            checkpoints.keep(&tenant, start()).await?;
        }
    }
    let request = ExportRequest { filter: Filter::default(), person: "Anna Nowak", now: start() };
    let mut bundle = Vec::new();
    tenant.export_bundle(&request, &checkpoints, &mut bundle).await?;
    Ok((bundle, checkpoints.signer().verifier_key().clone()))
}

fn unpack(bundle: &[u8]) -> Result<Files, Failed> {
    let archive = ZipArchive::from_slice(bundle)?;
    let mut files = Files::new();
    for record in archive.entries() {
        let record = record?;
        let name = String::from_utf8(record.file_path().as_bytes().to_vec())?;
        let mut bytes = Vec::new();
        let entry = archive.get_entry(record.wayfinder())?;
        flate2::read::DeflateDecoder::new(entry.data()).read_to_end(&mut bytes)?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Packs the files, with sums that fit if they are to.
fn pack(mut files: Files, with_new_sums: bool) -> Result<Vec<u8>, Failed> {
    if with_new_sums {
        let is_listed = |name: &&String| !matches!(name.as_str(), "SHA256SUMS" | "signature");
        let line = |name: &String| format!("{}  {name}\n", Sha256Digest::of(&files[name]).to_hex());
        let sums: String = files.keys().filter(is_listed).map(line).collect();
        files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    }
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, bytes) in &files {
        let file = archive.new_file(name).compression_method(CompressionMethod::STORE);
        let (entry, configuration) = file.start()?;
        let mut writer = configuration.wrap(entry);
        writer.write_all(bytes)?;
        let (entry, descriptor) = writer.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?)
}

fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(bound.max(1) as u64)).expect("small")
}

/// A bundle with something wrong, or nothing. Says whether the archive's own bytes were damaged.
fn break_one(sound: &[u8], other: &Files, random: &mut Random) -> Result<(Vec<u8>, bool), Failed> {
    let mut raw = sound.to_vec();
    let at = below(random, raw.len());
    match random.below(12) {
        0 => return Ok((raw, false)),
        1 => {
            raw[at] ^= 1 << random.below(8);
            return Ok((raw, true));
        }
        2 => {
            raw.truncate(at);
            return Ok((raw, true));
        }
        _ => {}
    }
    let mut files = unpack(sound)?;
    let names: Vec<_> = files.keys().cloned().collect();
    let (name, second) = (&names[below(random, names.len())], &names[below(random, names.len())]);
    let bytes = files.get_mut(name).ok_or("a file")?;
    let at = below(random, bytes.len());
    match random.below(7) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        2 => drop(files.remove(name)),
        3 => {
            let moved = files.remove(name).ok_or("a file")?;
            files.insert(format!("{name}.xml"), moved);
        }
        4 => {
            let (one, two) = (files[name].clone(), files[second].clone());
            files.extend([(name.clone(), two), (second.clone(), one)]);
        }
        5 => {
            let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let line = below(random, lines.len());
            match random.below(2) {
                0 => _ = lines.remove(line),
                _ => lines.push(lines[line]),
            }
            *bytes = lines.concat();
        }
        _ => bytes.clone_from(other.get(name).unwrap_or(&Vec::new())),
    }
    Ok((pack(files, random.below(2) == 0)?, false))
}

/// What our verifier finds, but for signatures, as the other one prints it.
fn ours(bundle: &[u8], key: &VerifierKey) -> Vec<String> {
    let report = verify_bundle(bundle, core::slice::from_ref(key), None);
    let is_shared = |it: &&BundleFinding| {
        !matches!(it, BundleFinding::Signature(_) | BundleFinding::Receipt(_))
    };
    let mut lines: Vec<_> =
        report.findings.iter().filter(is_shared).map(ToString::to_string).collect();
    lines.sort_unstable();
    lines
}

/// What the verifier within the bundles finds, for each of them.
fn theirs(folder: &Path, paths: &[PathBuf]) -> Result<Vec<Vec<String>>, Failed> {
    const DRIVER: &str = "import sys\nexec(open(sys.argv[1]).read().split('if __name__')[0])\n\
        for path in sys.stdin:\n    print('|'.join(sorted(verify(path.strip()))))\n";
    let script = folder.join("verify.py");
    fs::write(&script, VERIFIER)?;
    let mut child = Command::new("python3")
        .args(["-c", DRIVER])
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let lines: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")??;
    let text = String::from_utf8(output.stdout)?;
    let split =
        |line: &str| line.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Ok(text.lines().map(split).collect())
}

/// Readers of archives differ in what they forgive of an archive whose own bytes were damaged: there,
/// one may refuse the whole where the other looks at the files.
fn agree(ours: &[String], theirs: &[String], is_raw: bool) -> bool {
    let is_refused = ours == ["archive"] || theirs == ["archive"];
    ours == theirs || (is_refused && is_raw)
}

/// `KSEF_BUNDLES` says how many.
pub(crate) fn both_verifiers_agree() -> Result<(), Failed> {
    let count = match env::var("KSEF_BUNDLES") {
        Ok(text) => text.parse()?,
        Err(_) => cases(1_000, 10_000),
    };
    let folder = tempfile::tempdir()?;
    let (sound, key, others) = runtime().block_on(async {
        let mut sound = Vec::new();
        let (_, key) = bundle(1).await?;
        for size in 1..=4 {
            sound.push(bundle(size).await?.0);
        }
        let others: Result<Vec<_>, Failed> = sound.iter().map(|it| unpack(it)).collect();
        Ok::<_, Failed>((sound, key, others?))
    })?;
    let mut random = Random::new(17);
    let (mut found, mut paths, mut raw) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        let (one, other) = (below(&mut random, sound.len()), below(&mut random, sound.len()));
        let (bundle, is_raw) = break_one(&sound[one], &others[other], &mut random)?;
        let path = folder.path().join(format!("{number}.zip"));
        fs::write(&path, &bundle)?;
        found.push(ours(&bundle, &key));
        paths.push(path);
        raw.push(is_raw);
    }
    let theirs = theirs(folder.path(), &paths)?;
    assert_eq!(theirs.len(), found.len());
    for (place, (ours, theirs)) in found.iter().zip(&theirs).enumerate() {
        if !agree(ours, theirs, raw[place]) {
            return Err(format!("bundle {place}: we {ours:?}, they {theirs:?}").into());
        }
    }
    let broken = found.iter().filter(|it| !it.is_empty()).count();
    println!("{count} bundles, {broken} of them broken");
    assert!(broken * 2 > found.len() && broken < found.len(), "sound ones and broken ones");
    Ok(())
}
