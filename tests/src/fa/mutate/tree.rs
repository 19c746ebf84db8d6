//! Changes to which elements there are, where, and under which name.

use super::{Element, Node, Schema, Site, below, index, names, one, pick};

pub(super) fn drop_element(site: &mut Site<'_>) -> Option<()> {
    let (parent, at) = site.place()?;
    parent.children.remove(at);
    Some(())
}

/// Once more, or so often that lower limits are passed.
pub(super) fn duplicate(site: &mut Site<'_>) -> Option<()> {
    let times = if site.random.happens(200) { 1 + below(site.random, 40) } else { 1 };
    let (parent, at) = site.place()?;
    let copy = parent.children.get(at)?.clone();
    for _ in 0..times {
        parent.children.insert(at, copy.clone());
    }
    Some(())
}

pub(super) fn swap(site: &mut Site<'_>) -> Option<()> {
    let (parent, at) = site.place()?;
    let next = at + 1;
    (next < parent.children.len()).then(|| parent.children.swap(at, next))
}

/// To another place in the same parent, or in another one.
pub(super) fn move_element(site: &mut Site<'_>) -> Option<()> {
    let stays = site.random.happens(500);
    let (parent, at) = site.place()?;
    let moved = parent.children.remove(at);
    let mut length = parent.children.len();
    let number = if stays { None } else { site.find(|element| !element.is_leaf()) };
    if let Some(number) = number {
        length = site.nth(number)?.children.len();
        let to = index(site.random, length + 1);
        site.nth(number)?.children.insert(to, moved);
    } else if length > 0 {
        let (parent, at) = site.place()?;
        parent.children.insert(at, moved);
    }
    Some(())
}

pub(super) fn child_in_text(site: &mut Site<'_>) -> Option<()> {
    let schema = site.schema;
    let name =
        if site.random.happens(500) { pick(site.random, &names(schema)).copied()? } else { "Inny" };
    let at_start = site.random.happens(500);
    let leaf = site.leaf()?;
    let at = if at_start { 0 } else { leaf.children.len() };
    leaf.children.insert(at, Node::Element(Element::with_text(name, "")));
    Some(())
}

pub(super) fn empty(site: &mut Site<'_>) -> Option<()> {
    site.any()?.children.clear();
    Some(())
}

pub(super) fn rename_to_official(site: &mut Site<'_>) -> Option<()> {
    let name = pick(site.random, &names(site.schema)).copied()?;
    name.clone_into(&mut site.any()?.name);
    Some(())
}

/// The names of two siblings change places.
pub(super) fn rename_to_sibling(site: &mut Site<'_>) -> Option<()> {
    let (parent, at) = site.place()?;
    let mut names = parent.children.iter_mut().skip(at).filter_map(|child| match child {
        Node::Element(element) => Some(&mut element.name),
        Node::Text(_) | Node::Markup(_) => None,
    });
    let (one, other) = (names.next()?, names.next()?);
    core::mem::swap(one, other);
    Some(())
}

pub(super) fn rename_to_unknown(site: &mut Site<'_>) -> Option<()> {
    let (ending, kind) = (one(site.random, "_1aZż"), below(site.random, 4));
    let element = site.any()?;
    element.name = match kind {
        0 => "Inny".to_owned(),
        1 => element.name.to_lowercase(),
        2 => element.name.to_uppercase(),
        _ => format!("{}{ending}", element.name),
    };
    Some(())
}

pub(super) fn namespace_of_all(site: &mut Site<'_>) -> Option<()> {
    let namespace = namespace(site);
    let attribute = site.document.root.attributes.iter_mut().find(|(name, _)| name == "xmlns")?;
    attribute.1 = namespace;
    Some(())
}

pub(super) fn namespace_of_one(site: &mut Site<'_>) -> Option<()> {
    let namespace = namespace(site);
    let number = site.find(|element| element.attributes.iter().all(|(name, _)| name != "xmlns"))?;
    site.nth(number)?.attributes.push(("xmlns".to_owned(), namespace));
    Some(())
}

/// Valid, if every element gets the prefix.
pub(super) fn prefix_of_all(site: &mut Site<'_>) -> Option<()> {
    let prefix = site.pick(&["p", "tns", "_x", "ż", "fa-3.0"]);
    let declared = format!("xmlns:{prefix}");
    let attribute = site.document.root.attributes.iter_mut().find(|(name, _)| name == "xmlns")?;
    attribute.0 = declared;
    if site.random.happens(200) {
        let other = namespace(site);
        site.document.root.attributes.push(("xmlns".to_owned(), other));
    }
    site.document.root.for_each(&mut |element| element.name = format!("{prefix}:{}", element.name));
    if site.random.happens(200) {
        let element = site.any()?;
        element.name = element.name.split(':').next_back()?.to_owned();
    }
    Some(())
}

/// Bound to the namespace, to another one, or to none at all.
pub(super) fn prefix_of_one(site: &mut Site<'_>) -> Option<()> {
    let own = site.schema.namespace().to_owned();
    let bound = match below(site.random, 4) {
        0 => None,
        1 => Some(namespace(site)),
        _ => Some(own),
    };
    let on_root = site.random.happens(300);
    if let (true, Some(bound)) = (on_root, &bound) {
        site.document.root.attributes.push(("xmlns:q".to_owned(), bound.clone()));
    }
    let element = site.any()?;
    element.name = format!("q:{}", element.name);
    if let (false, Some(bound)) = (on_root, bound) {
        element.attributes.push(("xmlns:q".to_owned(), bound));
    }
    Some(())
}

fn namespace(site: &mut Site<'_>) -> String {
    let [fa2, fa3, fa_rr] = Schema::ALL.map(Schema::namespace);
    let own = site.schema.namespace();
    let without_slash = own.trim_end_matches('/');
    let padded = format!(" {own}");
    let upper = own.to_uppercase();
    site.pick(&[fa2, fa3, fa_rr, own, without_slash, &padded, &upper, "", "urn:inna"]).to_owned()
}
