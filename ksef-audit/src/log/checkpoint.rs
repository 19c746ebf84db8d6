//! Checkpoints: the head of a log, signed, in the format that transparency logs use.

use core::fmt;
use core::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{Environment, ParseError, ParseErrorReason, Secret, Sha256Digest, TenantId};

use super::TreeHead;

/// The type of an Ed25519 signature in a signed note.
const ED25519_TYPE: u8 = 1;

/// What a signature line begins with: an em dash and a space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// The most signature lines that are looked at.
const MAX_SIGNATURES: usize = 64;

/// Why a checkpoint is not accepted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text is no signed note, or its text is no checkpoint.
    #[error("not a signed checkpoint")]
    Malformed,
    /// None of the known keys signed it.
    #[error("no known key signed the checkpoint; check which keys are trusted")]
    UnknownSigner,
    /// A known key is named, and the signature is not its.
    #[error("the signature of the checkpoint does not hold; it was changed")]
    Signature,
    /// The key cannot be used.
    #[error("the key cannot sign; use the 32 bytes of an Ed25519 seed")]
    Key,
}

/// Which log it is: the first line of its checkpoints.
///
/// ```
/// use ksef_audit::log::Origin;
/// use ksef_core::{Environment, TenantId};
///
/// let tenant = TenantId::from_bytes([7; 16])?;
/// let origin = Origin::new("audit.example.com", tenant, Environment::Test)?;
/// let expected = "audit.example.com/07070707-0707-0707-0707-070707070707/TEST";
/// assert_eq!(origin.as_str(), expected);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin(String);

impl Origin {
    const EXPECTED: &'static str = "key name or origin of a log";

    /// The log of a tenant in an environment, on an installation with this name.
    ///
    /// # Errors
    ///
    /// When the name is empty, or has white space, a plus or a control character.
    pub fn new(
        installation: &str,
        tenant: TenantId,
        environment: Environment,
    ) -> Result<Self, ParseError> {
        check_name(installation)?;
        format!("{installation}/{tenant}/{environment}").parse()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The rule for key names, C2SP signed-note; it is kept for origins too.
fn check_name(name: &str) -> Result<(), ParseError> {
    let error = |reason| Err(ParseError::new(Origin::EXPECTED, reason));
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    match name {
        "" => error(ParseErrorReason::Empty),
        _ if name.len() > 200 => error(ParseErrorReason::Length),
        _ if name.contains(is_foreign) => error(ParseErrorReason::Character),
        _ => Ok(()),
    }
}

impl FromStr for Origin {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check_name(text).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The head of a log at some moment, as the text that is signed (C2SP tlog-checkpoint).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the three lines of the format")]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Its size and root hash.
    pub head: TreeHead,
}

impl Checkpoint {
    /// The text that is signed: three lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.head.size, self.head.root)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let size = size.parse().ok().filter(|read: &u64| read.to_string() == size)?;
        let head = TreeHead { size, root: root.parse().ok()? };
        let checkpoint = Self { origin: origin.parse().ok()?, head };
        lines.next().is_none().then_some(checkpoint)
    }
}

/// The public half of a key that signs checkpoints, with its name.
///
/// Its text is that of the Go checksum database, `name+id+key`, so that other tools take it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct VerifierKey {
    name: String,
    public_key: [u8; 32],
}

impl VerifierKey {
    const EXPECTED: &'static str = "verifier key of the form name+id+key";

    /// A public key, 32 bytes, under a name.
    ///
    /// # Errors
    ///
    /// When the name cannot stand in a signed note.
    pub fn new(name: impl Into<String>, public_key: [u8; 32]) -> Result<Self, ParseError> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self { name, public_key })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn typed_key(&self) -> Vec<u8> {
        [&[ED25519_TYPE], self.public_key.as_slice()].concat()
    }

    fn id(&self) -> [u8; 4] {
        let named = [self.name.as_bytes(), b"\n", &self.typed_key()].concat();
        let [a, b, c, d, ..] = *Sha256Digest::of(&named).as_bytes();
        [a, b, c, d]
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(self.typed_key()))
    }
}

impl FromStr for VerifierKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseError::new(Self::EXPECTED, ParseErrorReason::Format);
        // The key is Base64, which may contain a plus; the name may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(error());
        };
        let typed = STANDARD.decode(key).map_err(|_| error())?;
        let Some((&ED25519_TYPE, public_key)) = typed.split_first() else { return Err(error()) };
        let key = Self::new(name, public_key.try_into().map_err(|_| error())?)?;
        // The id in the middle is a checksum over the rest.
        if key.to_string() == text {
            return Ok(key);
        }
        Err(ParseError::new(Self::EXPECTED, ParseErrorReason::CheckDigit))
    }
}

/// Signs checkpoints with an Ed25519 key.
pub struct CheckpointSigner {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
}

impl CheckpointSigner {
    /// A signer with the key of this seed, under a name that verifiers know it by.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Key`] if the name cannot stand in a signed note, or the key is refused.
    pub fn new(name: &str, seed: &Secret<[u8; 32]>) -> Result<Self, CheckpointError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose());
        let pair = pair.map_err(|_| CheckpointError::Key)?;
        let public_key = pair.public_key().as_ref().try_into();
        let public_key = public_key.map_err(|_| CheckpointError::Key)?;
        let verifier = VerifierKey::new(name, public_key).map_err(|_| CheckpointError::Key)?;
        Ok(Self { verifier, pair })
    }

    /// What verifiers need.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a checkpoint. Never sign two of one origin and size with different roots.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> SignedCheckpoint {
        let text = checkpoint.to_text();
        let signature = self.pair.sign(text.as_bytes());
        let signature = STANDARD.encode([&self.verifier.id(), signature.as_ref()].concat());
        let name = &self.verifier.name;
        let note = format!("{text}\n{SIGNATURE_MARK}{name} {signature}\n");
        SignedCheckpoint { checkpoint: checkpoint.clone(), note }
    }
}

impl fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointSigner({})", self.verifier)
    }
}

/// A checkpoint with its signatures, as a signed note (C2SP signed-note).
///
/// ```
/// use ksef_audit::log::{Checkpoint, CheckpointSigner, Frontier, SignedCheckpoint};
/// use ksef_core::Secret;
///
/// let signer = CheckpointSigner::new("audit.example.com", &Secret::new([1; 32])).unwrap();
/// let head = Frontier::new().head();
/// let checkpoint = Checkpoint { origin: "audit.example.com/log".parse().unwrap(), head };
/// let note = signer.sign(&checkpoint).to_string();
///
/// let keys = [signer.verifier_key().clone()];
/// assert_eq!(SignedCheckpoint::open(&note, &keys).unwrap().checkpoint(), &checkpoint);
/// assert!(SignedCheckpoint::open(&note.replace("\n0\n", "\n1\n"), &keys).is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

impl SignedCheckpoint {
    /// Reads a signed note and verifies it: one known key must have signed it, and no signature
    /// that names a known key may be wrong. Those of other keys are passed over.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`]; the text must not be used then.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let (unverified, signatures) = parse_note(note).ok_or(CheckpointError::Malformed)?;
        let mut is_signed = false;
        for (name, signature) in &signatures {
            let known = keys.iter().filter(|key| key.name == *name);
            for key in known.filter(|key| signature.starts_with(&key.id())) {
                verify(key, unverified.checkpoint.to_text().as_bytes(), signature)?;
                is_signed = true;
            }
        }
        if is_signed { Ok(unverified) } else { Err(CheckpointError::UnknownSigner) }
    }

    /// Reads a signed note without verifying who signed it.
    ///
    /// For those who compare roots only; a forged checkpoint passes.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Malformed`].
    pub fn read_unverified(note: &str) -> Result<Checkpoint, CheckpointError> {
        let (read, _) = parse_note(note).ok_or(CheckpointError::Malformed)?;
        Ok(read.checkpoint)
    }

    /// What was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with its signatures.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.note)
    }
}

fn verify(key: &VerifierKey, text: &[u8], signature: &[u8]) -> Result<(), CheckpointError> {
    let signature = signature.get(4..).ok_or(CheckpointError::Signature)?;
    let public_key = UnparsedPublicKey::new(&ED25519, key.public_key);
    public_key.verify(text, signature).map_err(|_| CheckpointError::Signature)
}

/// The name of a key, and the id and signature that are stated for it.
type NamedSignature<'a> = (&'a str, Vec<u8>);

/// The checkpoint of a note, not verified, and its signatures.
fn parse_note(note: &str) -> Option<(SignedCheckpoint, Vec<NamedSignature<'_>>)> {
    let (text, lines) = note.rsplit_once("\n\n")?;
    let is_control = |c: char| c < ' ' && c != '\n';
    let lines: Vec<_> = lines.strip_suffix('\n')?.split('\n').collect();
    if note.contains(is_control) || lines.len() > MAX_SIGNATURES {
        return None;
    }
    let checkpoint = Checkpoint::parse(&format!("{text}\n"))?;
    let signatures: Option<Vec<_>> = lines.into_iter().map(parse_signature).collect();
    Some((SignedCheckpoint { checkpoint, note: note.to_owned() }, signatures?))
}

fn parse_signature(line: &str) -> Option<NamedSignature<'_>> {
    let (name, signature) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
    check_name(name).ok()?;
    Some((name, STANDARD.decode(signature).ok().filter(|bytes| bytes.len() > 4)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(name: &str, seed: u8) -> CheckpointSigner {
        CheckpointSigner::new(name, &Secret::new([seed; 32])).unwrap()
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let head = TreeHead { size, root: Sha256Digest::of(&size.to_be_bytes()) };
        Checkpoint { origin: "audit.example.com/log".parse().unwrap(), head }
    }

    fn signed() -> (SignedCheckpoint, [VerifierKey; 1]) {
        let signer = signer("audit.example.com", 1);
        (signer.sign(&checkpoint(20_852_163)), [signer.verifier_key().clone()])
    }

    /// The key and a note that implementations of the format are compared with.
    #[test]
    fn a_published_key_and_its_signature_verify() {
        let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let key: VerifierKey = key.parse().unwrap();
        assert_eq!(key.name(), "example.com/foo");
        let signature = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";
        let signature = STANDARD.decode(signature).unwrap();
        assert!(signature.starts_with(&key.id()));
        assert_eq!(verify(&key, b"This is an example message.\n", &signature), Ok(()));
        let found = verify(&key, b"This is another message.\n", &signature);
        assert_eq!(found, Err(CheckpointError::Signature));
    }

    #[test]
    fn the_text_is_the_one_of_the_format() {
        let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
        let read = SignedCheckpoint::read_unverified(note).unwrap();
        assert_eq!(read.head.size, 20_852_163);
        assert!(note.starts_with(&read.to_text()));
        let stranger = signer("example.com/behind-the-sofa", 1).verifier_key().clone();
        let found = SignedCheckpoint::open(note, &[stranger]);
        assert_eq!(found, Err(CheckpointError::UnknownSigner));
    }

    #[test]
    fn other_signatures_are_passed_over_and_a_wrong_one_of_a_known_key_is_not() {
        let (ours, keys) = signed();
        let theirs = signer("witness.example.org", 2).sign(ours.checkpoint());
        let their_line = theirs.as_str().lines().last().unwrap();
        let both = format!("{ours}{their_line}\n");
        assert!(SignedCheckpoint::open(&both, &keys).is_ok());

        let other = signer("audit.example.com", 1).sign(&checkpoint(1));
        let wrong_line = other.as_str().lines().last().unwrap();
        let found = SignedCheckpoint::open(&format!("{ours}{wrong_line}\n"), &keys);
        assert_eq!(found, Err(CheckpointError::Signature));
    }

    #[test]
    fn a_note_that_is_no_checkpoint_is_refused() {
        let (ours, keys) = signed();
        for bad in [
            String::new(),
            "\n\n".to_owned(),
            ours.as_str().replace("\n2", "\n02"),
            ours.as_str().replace("\n2", "\n+2"),
            ours.as_str().replace("\n\n", "\n\n\n"),
            ours.as_str().replace("\n\n", "\nextension\n\n"),
            ours.as_str().replace('\n', "\r\n"),
            ours.as_str().replace('\u{2014}', "--"),
            ours.as_str().trim_end().to_owned(),
            format!("{ours}\n"),
        ] {
            assert_eq!(
                SignedCheckpoint::open(&bad, &keys),
                Err(CheckpointError::Malformed),
                "{bad}"
            );
        }
    }

    #[test]
    fn names_that_would_break_a_note_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", "a\u{7f}"] {
            assert!(name.parse::<Origin>().is_err());
            assert!(VerifierKey::new(name, [0; 32]).is_err());
            assert!(CheckpointSigner::new(name, &Secret::new([1; 32])).is_err());
        }
    }

    proptest! {
        #[test]
        fn keys_print_and_parse(seed: u8) {
            let key = signer("audit.example.com", seed).verifier_key().clone();
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn every_changed_byte_of_a_checkpoint_is_found(
            place in any::<prop::sample::Index>(),
            change in 1..=255_u8,
        ) {
            let (ours, keys) = signed();
            let mut bytes = ours.as_str().as_bytes().to_vec();
            let place = place.index(bytes.len());
            bytes[place] ^= change;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert!(SignedCheckpoint::open(&changed, &keys).is_err());
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*|[a-z\n\u{2014} ]*") {
            prop_assert!(SignedCheckpoint::open(&text, &[]).is_err());
            let _ = text.parse::<VerifierKey>();
        }
    }
}
