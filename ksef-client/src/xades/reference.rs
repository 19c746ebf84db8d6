//! `ds:Reference`: what is covered, through which transforms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uppsala::NodeId;

use super::SignatureFault;
use super::algorithm::{
    DSIG, DigestAlgorithm, ENVELOPED, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XPATH, XPATH_FILTER,
};
use super::tree::{CanonicalForm, Comments, Tree};

/// What a reference covers. There is nothing else that it may cover.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// The whole document but the signature.
    Document,
    /// `xades:SignedProperties`.
    Properties,
    /// `ds:KeyInfo`, which some signers cover as well.
    KeyInfo,
}

/// A reference whose parts are all on the lists.
pub(super) struct Reference {
    pub(super) target: Target,
    form: CanonicalForm,
    comments: Comments,
    digest: DigestAlgorithm,
    value: Vec<u8>,
}

/// Where the parts of the one signature are.
pub(super) struct Places {
    pub(super) signature: NodeId,
    pub(super) properties: NodeId,
    pub(super) key_info: NodeId,
}

impl Reference {
    pub(super) fn read(
        tree: &Tree<'_>,
        node: NodeId,
        places: &Places,
    ) -> Result<Self, SignatureFault> {
        let parts: Vec<NodeId> = tree.children(node).collect();
        let (transforms, method, value) = match parts.as_slice() {
            [transforms, method, value] => (Some(*transforms), *method, *value),
            [method, value] => (None, *method, *value),
            _ => return Err(SignatureFault::Structure),
        };
        if !tree.is(method, DSIG, "DigestMethod") || !tree.is(value, DSIG, "DigestValue") {
            return Err(SignatureFault::Structure);
        }
        let target = target(tree, node, places)?;
        let (is_enveloped, form) = read_transforms(tree, transforms, places)?;
        if is_enveloped && target != Target::Document {
            return Err(SignatureFault::Transform);
        }
        if !is_enveloped && target == Target::Document {
            // The signature would have to contain its own digest.
            return Err(SignatureFault::Transform);
        }
        Ok(Self {
            target,
            form,
            // `URI=""` and `#id` leave comments out; only XPointer, refused here, keeps them.
            comments: Comments::Dropped,
            digest: DigestAlgorithm::from_uri(algorithm(tree, method)?)?,
            value: base64_of(tree, value)?,
        })
    }

    /// The covered bytes, if their digest is the one in the signature.
    pub(super) fn check(
        &self,
        tree: &Tree<'_>,
        places: &Places,
    ) -> Result<Vec<u8>, SignatureFault> {
        let (form, comments) = (&self.form, self.comments);
        let (bytes, fault) = match self.target {
            Target::Document => {
                let bytes = tree.canonical_without(places.signature, form, comments)?;
                (bytes, SignatureFault::DocumentDigest)
            }
            Target::Properties => {
                let bytes = tree.canonical_subtree(places.properties, form, comments)?;
                (bytes, SignatureFault::PropertiesDigest)
            }
            Target::KeyInfo => {
                let bytes = tree.canonical_subtree(places.key_info, form, comments)?;
                (bytes, SignatureFault::SigningCertificate)
            }
        };
        if self.digest.matches(&bytes, &self.value) { Ok(bytes) } else { Err(fault) }
    }
}

fn target(tree: &Tree<'_>, node: NodeId, places: &Places) -> Result<Target, SignatureFault> {
    let uri = tree.attribute(node, "URI").ok_or(SignatureFault::Reference)?;
    if uri.is_empty() {
        return Ok(Target::Document);
    }
    let id = uri.strip_prefix('#').ok_or(SignatureFault::ExternalReference)?;
    let target = tree.with_id(id).ok_or(SignatureFault::Reference)?;
    let is_properties = tree.attribute(node, "Type") == Some(SIGNED_PROPERTIES_TYPE);
    match target {
        target if target == places.properties && is_properties => Ok(Target::Properties),
        target if target == places.properties => Err(SignatureFault::PropertiesNotCovered),
        _ if is_properties => Err(SignatureFault::PropertiesNotCovered),
        target if target == tree.root() => Ok(Target::Document),
        target if target == places.key_info => Ok(Target::KeyInfo),
        _ => Err(SignatureFault::PartialReference),
    }
}

/// Whether the signature is taken out, and the canonicalization that comes last.
fn read_transforms(
    tree: &Tree<'_>,
    transforms: Option<NodeId>,
    places: &Places,
) -> Result<(bool, CanonicalForm), SignatureFault> {
    let Some(transforms) = transforms else {
        return Ok((false, CanonicalForm::DEFAULT));
    };
    if !tree.is(transforms, DSIG, "Transforms") {
        return Err(SignatureFault::Structure);
    }
    let mut is_enveloped = false;
    let mut form = None;
    for transform in tree.children(transforms) {
        // Nothing can follow a canonicalization: it leaves bytes, and bytes are what is hashed.
        if !tree.is(transform, DSIG, "Transform") || form.is_some() {
            return Err(SignatureFault::Transform);
        }
        if takes_the_signature_out(tree, transform, places)? {
            is_enveloped = true;
        } else {
            form = Some(read_form(tree, transform).ok_or(SignatureFault::Transform)?);
        }
    }
    Ok((is_enveloped, form.unwrap_or(CanonicalForm::DEFAULT)))
}

/// The transform made for it, and two expressions that signing programs use in its place. With
/// only one signature in the document all three say the same.
fn takes_the_signature_out(
    tree: &Tree<'_>,
    transform: NodeId,
    places: &Places,
) -> Result<bool, SignatureFault> {
    let uri = algorithm(tree, transform)?;
    let (start, end, namespace) = match uri {
        ENVELOPED => {
            let is_plain = tree.children(transform).next().is_none();
            // A transform takes out the signature that it stands in.
            let is_inside = tree.is_within(transform, places.signature);
            return if is_plain && is_inside { Ok(true) } else { Err(SignatureFault::Transform) };
        }
        XPATH => ("not(ancestor-or-self::", ":Signature)", DSIG),
        XPATH_FILTER => ("/descendant::", ":Signature", XPATH_FILTER),
        _ => return Ok(false),
    };
    let fault = SignatureFault::Transform;
    let expression = tree.only_child(transform, namespace, "XPath").ok_or(fault)?;
    let is_subtract = tree.attribute(expression, "Filter") == Some("subtract");
    if tree.children(transform).count() != 1 || (uri == XPATH_FILTER) != is_subtract {
        return Err(fault);
    }
    let text = tree.text(expression).ok_or(fault)?;
    let prefix = text.trim().strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    let prefix = prefix.filter(|prefix| !prefix.is_empty()).ok_or(fault)?;
    match tree.namespace_of_prefix(expression, prefix) {
        Some(DSIG) => Ok(true),
        Some(_) | None => Err(fault),
    }
}

/// A canonicalization with its `PrefixList`.
pub(super) fn read_form(tree: &Tree<'_>, node: NodeId) -> Option<CanonicalForm> {
    let mut form = CanonicalForm::from_uri(tree.attribute(node, "Algorithm")?)?;
    for parameter in tree.children(node) {
        if !form.is_exclusive() || !tree.is(parameter, EXCLUSIVE, "InclusiveNamespaces") {
            return None;
        }
        let prefixes = tree.attribute(parameter, "PrefixList")?;
        form.prefixes = prefixes.split_ascii_whitespace().map(str::to_owned).collect();
    }
    Some(form)
}

/// `Algorithm`, of an element that has no parameters that we know.
pub(super) fn algorithm<'t>(tree: &'t Tree<'_>, node: NodeId) -> Result<&'t str, SignatureFault> {
    tree.attribute(node, "Algorithm").ok_or(SignatureFault::Structure)
}

/// Base64 with line ends and blanks in it.
pub(super) fn base64_of(tree: &Tree<'_>, node: NodeId) -> Result<Vec<u8>, SignatureFault> {
    let mut text = tree.text(node).ok_or(SignatureFault::Base64)?;
    text.retain(|character| !character.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| SignatureFault::Base64)
}
