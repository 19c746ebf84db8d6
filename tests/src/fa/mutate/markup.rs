//! Changes to everything that is neither an element nor text.

use ksef_fa::schema::{BASE_TYPES_NAMESPACE, Content, XML_SCHEMA_NAMESPACE};

use super::{Element, Node, Site, below, index, pick};

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(super) fn add_attribute(site: &mut Site<'_>) -> Option<()> {
    let own = site.schema.namespace();
    let (declaration, name, value) = *pick(
        site.random,
        &[
            (None, "x", "1"),
            (None, "xml:lang", "pl"),
            (None, "xml:space", "preserve"),
            (None, "xml:id", "a"),
            (None, "kodSystemowy", "FA (3)"),
            (None, "Typ", "txt"),
            (None, "y:x", "prefix that is not bound"),
            (None, "xmlns:unused", "urn:unused"),
            (None, "xmlns:empty", ""),
            (None, "xmlns:xml", "http://www.w3.org/XML/1998/namespace"),
            (None, "xmlns:xml", "urn:not-it"),
            (None, "xmlns:xmlns", "urn:not-it"),
            (None, "xmlns:own", "a relative one"),
            (None, "1x", "no name"),
            (Some(("xmlns:y", "urn:y")), "y:x", "1"),
            (Some(("xmlns:y", own)), "y:Typ", "txt"),
            (Some(("xmlns:y", own)), "y:wersjaSchemy", "1-0E"),
        ],
    )?;
    let declaration = declaration.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let element = site.any()?;
    element.attributes.extend(declaration);
    element.attributes.push((name.to_owned(), value.to_owned()));
    Some(())
}

pub(super) fn add_instance_attribute(site: &mut Site<'_>) -> Option<()> {
    let location = format!("{} urn:nowhere", site.schema.namespace());
    let (name, value) = *pick(
        site.random,
        &[
            ("xsi:nil", "true"),
            ("xsi:nil", "false"),
            ("xsi:nil", "1"),
            ("xsi:nil", "maybe"),
            ("xsi:type", ""),
            ("xsi:type", "u:TData"),
            ("xsi:type", "TNaturalny"),
            ("xsi:schemaLocation", location.as_str()),
            ("xsi:noNamespaceSchemaLocation", "urn:nowhere"),
            ("xsi:unknown", "1"),
        ],
    )?;
    declare_prefixes(site);
    site.any()?.attributes.push((name.to_owned(), value.to_owned()));
    Some(())
}

/// The name of the element's own type, mostly, or of another one.
pub(super) fn name_type(site: &mut Site<'_>) -> Option<()> {
    declare_prefixes(site);
    let prefix = site.pick(&["t:", "t:", "t:", "b:", "s:", "", " t:", "t:T"]);
    let other = site.pick(&[
        "",
        "",
        "",
        "",
        "",
        "",
        "TKwotowy",
        "TZnakowy",
        "TData",
        "TDataT",
        "TAdres",
        "TPodmiot1",
        "TNaglowek",
        "TWybor1",
        "TNrNIP",
        "TKodKraju",
        "TRodzajFaktury",
        "string",
        "token",
        "integer",
        "date",
        "decimal",
        "anyType",
        "anySimpleType",
    ]);
    let size = site.document.root.size();
    let number = index(site.random, size);
    let (element, path) = site.document.root.nth(number)?;
    let own = match site.schema.element(&path.join("/"))?.content {
        Content::Simple(simple) => simple.name,
        Content::Complex(complex) => complex.name,
    };
    let name = if other.is_empty() { own } else { other };
    element.attributes.push(("xsi:type".to_owned(), format!("{prefix}{name}")));
    if name == "TRodzajFaktury" {
        element.children = vec![Node::Text("VAT".to_owned())];
    }
    Some(())
}

/// `t` for the schema's own types, `b` for the Ministry's, `s` for XML Schema's.
fn declare_prefixes(site: &mut Site<'_>) {
    let own = site.schema.namespace();
    let root = &mut site.document.root.attributes;
    for (prefix, namespace) in [
        ("xmlns:xsi", INSTANCE),
        ("xmlns:s", XML_SCHEMA_NAMESPACE),
        ("xmlns:b", BASE_TYPES_NAMESPACE),
        ("xmlns:t", own),
    ] {
        if root.iter().all(|(name, _)| name != prefix) {
            root.push((prefix.to_owned(), namespace.to_owned()));
        }
    }
}

pub(super) fn remove_attribute(site: &mut Site<'_>) -> Option<()> {
    with_attribute(site)?.attributes.pop()?;
    Some(())
}

pub(super) fn change_attribute(site: &mut Site<'_>) -> Option<()> {
    let (kind, blank) = (below(site.random, 7), site.pick(&[" ", "\n", "\t", "\u{a0}"]));
    let element = with_attribute(site)?;
    let (name, value) = element.attributes.last_mut()?;
    match kind {
        0 => value.clear(),
        1 => *value = format!("{value}{blank}"),
        2 => *value = format!("{blank}{value}"),
        3 => *value = value.replace(' ', blank),
        4 => *name = name.to_uppercase(),
        5 => "FA (2)".clone_into(value),
        _ => "1-1E".clone_into(value),
    }
    Some(())
}

pub(super) fn double_attribute(site: &mut Site<'_>) -> Option<()> {
    let element = with_attribute(site)?;
    let copy = element.attributes.last()?.clone();
    element.attributes.push(copy);
    Some(())
}

/// An element with an attribute that is no declaration of a namespace.
fn with_attribute<'a>(site: &'a mut Site<'_>) -> Option<&'a mut Element> {
    let has_own = |element: &Element| {
        element.attributes.last().is_some_and(|(name, _)| !name.starts_with("xmlns"))
    };
    // Few elements have any, and the header's first child always has.
    let number = site.find(has_own).or(Some(2))?;
    site.nth(number).filter(|element| has_own(element))
}

pub(super) fn text_between(site: &mut Site<'_>) -> Option<()> {
    let text = site.pick(&["x", "0", "\u{a0}", "\u{85}", " \n\t\r", "ż", "]]>", "\u{feff}"]);
    insert(site, Node::Text(text.to_owned()))
}

pub(super) fn cdata_between(site: &mut Site<'_>) -> Option<()> {
    let text = site.pick(&["", " ", "\n", "x", "<a/>", "&amp;"]);
    insert(site, Node::Markup(format!("<![CDATA[{text}]]>")))
}

/// The whole text or a part of it; where it has a `]]>`, the section ends early.
pub(super) fn cdata_in_text(site: &mut Site<'_>) -> Option<()> {
    let kind = below(site.random, 4);
    let leaf = site.leaf()?;
    let text = leaf.text();
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (head, tail) = text.split_at_checked(middle)?;
    let section = |text: &str| Node::Markup(format!("<![CDATA[{text}]]>"));
    leaf.children = match kind {
        0 => vec![section(&text)],
        1 => vec![Node::Text(head.to_owned()), section(tail)],
        2 => vec![section(head), section(""), Node::Text(tail.to_owned())],
        _ => vec![section(" "), Node::Text(text)],
    };
    Some(())
}

pub(super) fn comment(site: &mut Site<'_>) -> Option<()> {
    let markup = site.pick(&[
        "<!-- ż -->",
        "<!---->",
        "<!-- a -- b -->",
        "<!-- a --->",
        "<!-- <a> & ]]> -->",
        "<!- a -->",
        "<?a?>",
        "<?a b ?>",
        "<?xml version=\"1.0\"?>",
        "<?XML a?>",
        "<?1?>",
        "<?a:b c?>",
        "<?xml-stylesheet href=\"a\"?>",
    ]);
    let markup = markup.to_owned();
    match below(site.random, 4) {
        0 => site.document.prolog.push_str(&markup),
        1 => site.document.epilog.push_str(&markup),
        2 => insert(site, Node::Markup(markup))?,
        _ => {
            let leaf = site.leaf()?;
            let text = leaf.text();
            let middle = text.char_indices().nth(1).map_or(0, |(at, _)| at);
            let (head, tail) = text.split_at_checked(middle)?;
            let texts = [Node::Text(head.to_owned()), Node::Text(tail.to_owned())];
            let [head, tail] = texts;
            leaf.children = vec![head, Node::Markup(markup), tail];
        }
    }
    Some(())
}

/// A character as a reference, or a reference to none.
pub(super) fn character_reference(site: &mut Site<'_>) -> Option<()> {
    let broken = [
        "&#0;",
        "&#1;",
        "&#x1F;",
        "&#xD800;",
        "&#xFFFE;",
        "&#x110000;",
        "&#99999999999;",
        "&#;",
        "&#x;",
        "&#xZ;",
        "&#X41;",
        "&;",
        "&",
        "& ",
        "&nbsp;",
        "&amp",
        "&#65",
        "&#32;",
        "&#x20;",
        "&#9;",
        "&#10;",
        "&#13;",
        "&#160;",
        "&#x85;",
        "&#x1F9FE;",
        "&#x0041;",
        "&lt;",
        "&gt;",
        "&quot;",
        "&apos;",
        "&amp;",
        "&amp;amp;",
        "<",
        ">",
    ];
    let (keeps, broken) = (site.random.happens(500), site.pick(&broken));
    let (in_text, is_hex) = (site.random.happens(850), site.random.happens(500));
    if !in_text {
        return insert(site, Node::Markup(broken.to_owned()));
    }
    let leaf = site.leaf()?;
    let text = leaf.text();
    let first = text.chars().next();
    let (reference, rest) = match first.filter(|_| keeps) {
        Some(c) if is_hex => (format!("&#x{:X};", u32::from(c)), text.get(c.len_utf8()..)?),
        Some(c) => (format!("&#{};", u32::from(c)), text.get(c.len_utf8()..)?),
        None => (broken.to_owned(), text.as_str()),
    };
    leaf.children = vec![Node::Markup(reference), Node::Text(rest.to_owned())];
    Some(())
}

pub(super) fn declaration(site: &mut Site<'_>) -> Option<()> {
    let prolog = site.pick(&[
        "",
        "\n",
        "\u{feff}",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
        "<?xml version=\"1.0\" standalone=\"no\"?>",
        "<?xml version=\"1.0\" standalone=\"maybe\"?>",
        "<?xml version=\"1.1\"?>",
        "<?xml version=\"2.0\"?>",
        "<?xml encoding=\"UTF-8\"?>",
        "<?xml encoding=\"UTF-8\" version=\"1.0\"?>",
        "<?xml version=\"1.0\"encoding=\"UTF-8\"?>",
        "<?xml version = \"1.0\" encoding = \"UTF-8\" ?>\r\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?",
        "<?xml?>",
        "<?XML version=\"1.0\"?>",
        " <?xml version=\"1.0\"?>",
        "<?xml version=\"1.0\" a=\"b\"?>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?>",
        "x",
        "\u{a0}",
        "&#32;",
        "<![CDATA[]]>",
    ]);
    prolog.clone_into(&mut site.document.prolog);
    if site.random.happens(200) {
        let epilog = site.pick(&["\n", " \t", "x", "<a/>", "</Faktura>", "<![CDATA[ ]]>", "&#32;"]);
        epilog.clone_into(&mut site.document.epilog);
    }
    Some(())
}

pub(super) fn document_type(site: &mut Site<'_>) -> Option<()> {
    let document_type = site.pick(&[
        "<!DOCTYPE Faktura>",
        "<!DOCTYPE Faktura []>",
        "<!DOCTYPE Faktura [<!ENTITY a \"b\">]>",
        "<!DOCTYPE Faktura [<!ELEMENT Faktura ANY>]>",
        "<!DOCTYPE",
        "<!doctype Faktura>",
    ]);
    site.document.prolog.push_str(document_type);
    Some(())
}

/// Valid: blanks and line ends between elements.
pub(super) fn indent(site: &mut Site<'_>) -> Option<()> {
    let blank = site.pick(&["\n", "\r\n", " ", "\n\t\t", "<!-- -->\n"]);
    let blank = Node::Markup(blank.to_owned());
    site.document.root.for_each(&mut |element| {
        if !element.is_leaf() {
            let children = element.children.drain(..).flat_map(|child| [blank.clone(), child]);
            let children: Vec<Node> = children.collect();
            element.children = children;
            element.children.push(blank.clone());
        }
    });
    Some(())
}

/// Between the elements of some element.
fn insert(site: &mut Site<'_>, node: Node) -> Option<()> {
    let at = index(site.random, 20);
    let branch = site.branch()?;
    let at = at.min(branch.children.len());
    branch.children.insert(at, node);
    Some(())
}
