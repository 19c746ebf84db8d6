//! Changes to the text of elements.

use super::{Element, Node, Site, boundaries, index, one, pick, simple_type, value};

/// Replaces a text by one around the limits of its type.
pub(super) fn boundary(site: &mut Site<'_>) -> Option<()> {
    let number = site.find(Element::is_leaf)?;
    boundary_of(site, number)
}

/// The header has the only bounded time, and texts that are fixed; few elements of most documents.
pub(super) fn boundary_of_the_header(site: &mut Site<'_>) -> Option<()> {
    let number = 1 + index(site.random, 5);
    boundary_of(site, number)
}

fn boundary_of(site: &mut Site<'_>, number: usize) -> Option<()> {
    let (element, path) = site.document.root.nth(number)?;
    if !element.is_leaf() {
        return None;
    }
    let simple = simple_type(site.schema.element(&path.join("/"))?)?;
    let texts = boundaries(site.random, simple);
    let text = pick(site.random, &texts)?.clone();
    element.children = vec![Node::Text(text)];
    Some(())
}

pub(super) fn white_space(site: &mut Site<'_>) -> Option<()> {
    let blank = site.pick(&[" ", "  ", "\t", "\n", "\r", "\r\n", "\u{a0}", "\u{2003}", "\u{85}"]);
    let place = site.pick(&["before", "after", "around", "inside", "instead"]);
    let leaf = site.leaf()?;
    let text = leaf.text();
    let text = match place {
        "before" => format!("{blank}{text}"),
        "after" => format!("{text}{blank}"),
        "around" => format!("{blank}{text}{blank}"),
        "inside" => text.replacen(' ', &format!(" {blank}"), 1),
        _ => blank.to_owned(),
    };
    leaf.children = vec![Node::Text(text)];
    Some(())
}

pub(super) fn foreign_digit(site: &mut Site<'_>) -> Option<()> {
    let digits = site.pick(&[
        "٠١٢٣٤٥٦٧٨٩",
        "０１２３４５６７８９",
        "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        "०१२३४५६७८९",
        "²³¹⅓Ⅷ①④⑤⑥⑦",
    ]);
    let skipped = index(site.random, 8);
    let leaf = site.full_leaf()?;
    let text = leaf.text();
    let (at, digit) = text
        .char_indices()
        .filter_map(|(at, c)| Some((at, c.to_digit(10)?)))
        .cycle()
        .nth(skipped)?;
    let foreign = digits.chars().nth(usize::try_from(digit).ok()?)?;
    let (head, tail) = text.split_at_checked(at)?;
    leaf.children = vec![Node::Text(format!("{head}{foreign}{}", tail.get(1..)?))];
    Some(())
}

pub(super) fn insert_character(site: &mut Site<'_>) -> Option<()> {
    let c = one(
        site.random,
        "🧾żaZ0-+.,@ \u{1}\u{8}\u{b}\u{1f}\u{7f}\u{80}\u{85}\u{9f}\u{ad}\u{200b}\u{2028}\u{feff}\u{fdd0}\u{fffd}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\u{0}",
    );
    let at = index(site.random, 300);
    let leaf = site.leaf()?;
    let mut text: Vec<char> = leaf.text().chars().collect();
    text.insert(at.min(text.len()), c);
    leaf.children = vec![Node::Text(text.into_iter().collect())];
    Some(())
}

pub(super) fn text_of_another(site: &mut Site<'_>) -> Option<()> {
    let text = site.full_leaf()?.text();
    site.leaf()?.children = vec![Node::Text(text)];
    Some(())
}

/// A value of the type of any element with text.
pub(super) fn value_of_another(site: &mut Site<'_>) -> Option<()> {
    let number = site.find(Element::is_leaf)?;
    let (_, path) = site.document.root.nth(number)?;
    let simple = simple_type(site.schema.element(&path.join("/"))?)?;
    let text = value(site.random, simple);
    site.leaf()?.children = vec![Node::Text(text)];
    Some(())
}
