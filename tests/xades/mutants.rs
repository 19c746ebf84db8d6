//! Changing signed documents: inside what the signature covers, at random and repeatably.

use crate::documents::Signed;

/// `SplitMix64`: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).expect("it is below a usize")
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A piece of the text between two tags or of a tag: start and end.
type Span = (usize, usize);

/// The parts of a signed document that the signature covers.
pub(crate) struct Regions {
    covered: Vec<Span>,
}

impl Regions {
    pub(crate) fn of(text: &str) -> Self {
        let span = |start: &str, end: &str| {
            let from = text.find(start).expect("it is there");
            (from, from + text[from..].find(end).expect("it is there") + end.len())
        };
        let root = text.find("\n<").expect("a root element") + 1;
        let signature = span("<ds:Signature ", "</ds:Signature>");
        let covered = vec![
            (root, signature.0),
            span("<ds:SignedInfo", "</ds:SignedInfo>"),
            span("<xades:SignedProperties", "</xades:SignedProperties>"),
            (signature.1, text.len()),
        ];
        Self { covered }
    }

    fn contains(&self, at: usize) -> bool {
        self.covered.iter().any(|(start, end)| (*start..*end).contains(&at))
    }
}

/// Tags and texts of the covered parts.
struct Pieces {
    /// Non-empty text between tags.
    texts: Vec<Span>,
    /// Values of attributes and namespaces.
    values: Vec<Span>,
    /// Whole elements without child elements.
    leaves: Vec<Span>,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let regions = Regions::of(text);
        let mut pieces = Self { texts: Vec::new(), values: Vec::new(), leaves: Vec::new() };
        let tags: Vec<Span> = text
            .match_indices('<')
            .map(|(at, _)| (at, at + text[at..].find('>').expect("a tag ends") + 1))
            .filter(|(at, _)| regions.contains(*at))
            .collect();
        for (start, end) in &tags {
            let mut quotes = text[*start..*end].match_indices('"').map(|(at, _)| start + at);
            while let (Some(open), Some(close)) = (quotes.next(), quotes.next()) {
                if open + 1 < close {
                    pieces.values.push((open + 1, close));
                }
            }
        }
        for pair in tags.windows(2) {
            let (open, close) = (pair[0], pair[1]);
            // The signature's own parts, which nothing covers, lie between some of the tags.
            if text[open.1..close.0].contains('<') {
                continue;
            }
            if open.1 < close.0 && regions.contains(open.1) {
                pieces.texts.push((open.1, close.0));
            }
            let is_leaf = !text[open.0..].starts_with("</") && text[close.0..].starts_with("</");
            if is_leaf && regions.contains(open.1) && regions.contains(close.0) {
                pieces.leaves.push((open.0, close.1));
            }
        }
        pieces
    }
}

/// Another character, never one that ends or starts markup.
fn other_character(random: &mut Random, than: &str) -> char {
    let alphabet = ['0', '7', 'A', 'z', 'ó', ' ', '=', '-', '.', '\u{a0}'];
    loop {
        let found = *random.of(&alphabet);
        if !than.starts_with(found) {
            return found;
        }
    }
}

/// Where a character starts, inside a span that has one.
fn character(random: &mut Random, text: &str, span: Span) -> Span {
    let starts: Vec<usize> =
        text[span.0..span.1].char_indices().map(|(at, _)| span.0 + at).collect();
    let start = *random.of(&starts);
    (start, start + text[start..].chars().next().map_or(0, char::len_utf8))
}

fn replaced(text: &str, span: Span, by: &str) -> String {
    format!("{}{by}{}", &text[..span.0], &text[span.1..])
}

/// A document whose signed infoset is certainly another one.
pub(crate) fn changed(random: &mut Random, document: &Signed) -> String {
    let text = &document.text;
    let pieces = Pieces::of(text);
    match random.below(10) {
        0 | 1 => replace_in(random, text, &pieces.texts),
        2 => replace_in(random, text, &pieces.values),
        3 => insert_in(random, text, &pieces.texts),
        4 => {
            let span = *random.of(&pieces.texts);
            let span = character(random, text, span);
            replaced(text, span, "")
        }
        5 => replaced(text, *random.of(&pieces.leaves), ""),
        6 => {
            let span = *random.of(&pieces.leaves);
            let twice = text[span.0..span.1].repeat(2);
            replaced(text, span, &twice)
        }
        7 => {
            let (start, _) = *random.of(&pieces.leaves);
            let inserted =
                *random.of(&["<X></X>", "<?p q?>", " ", "\n", "x", "<![CDATA[x]]>", "&#13;"]);
            replaced(text, (start, start), inserted)
        }
        8 => {
            let (start, end) = *random.of(&pieces.leaves);
            let open = start + text[start..end].find('>').expect("a tag ends");
            let attribute = *random.of(&[" X=\"1\"", " xml:lang=\"pl\"", " Id=\"X\""]);
            replaced(text, (open, open), attribute)
        }
        _ => rename(random, text, &pieces.leaves),
    }
}

fn replace_in(random: &mut Random, text: &str, spans: &[Span]) -> String {
    let span = *random.of(spans);
    let span = character(random, text, span);
    let by = other_character(random, &text[span.0..span.1]);
    replaced(text, span, &by.to_string())
}

fn insert_in(random: &mut Random, text: &str, spans: &[Span]) -> String {
    let span = *random.of(spans);
    let (at, _) = character(random, text, span);
    let by = other_character(random, "");
    replaced(text, (at, at), &by.to_string())
}

/// Another name for an element, in both of its tags.
fn rename(random: &mut Random, text: &str, leaves: &[Span]) -> String {
    let (start, end) = *random.of(leaves);
    let element = &text[start..end];
    let name_end = element.find(['>', ' ']).expect("a name ends");
    let name = &element[1..name_end];
    let renamed = element
        .replacen(&format!("<{name}"), &format!("<{name}X"), 1)
        .replace(&format!("</{name}>"), &format!("</{name}X>"));
    replaced(text, (start, end), &renamed)
}

/// A document with one byte changed in what is covered: mostly another infoset, sometimes broken,
/// sometimes the same one in other words.
pub(crate) fn one_byte_changed(random: &mut Random, document: &Signed) -> String {
    let text = &document.text;
    let regions = Regions::of(text);
    loop {
        let span = *random.of(&regions.covered);
        if span.0 == span.1 {
            continue;
        }
        let span = character(random, text, span);
        let by = *random.of(&[
            " ", "\n", "\t", "\r", "'", "\"", "<", ">", "&", "/", ":", "=", "a", "1", "!", "",
        ]);
        if text[span.0..span.1] != *by {
            return replaced(text, span, by);
        }
    }
}

/// A document that says the same in other words.
pub(crate) fn neutral(random: &mut Random, document: &Signed) -> String {
    let text = &document.text;
    let pieces = Pieces::of(text);
    let (start, end) = *random.of(&pieces.leaves);
    let open = start + text[start..end].find('>').expect("a tag ends");
    let blank = *random.of(&[" ", "\n", "\t ", "\r\n"]);
    match random.below(9) {
        0 => replaced(text, (start, start), "<!-- nothing -->"),
        1 => quotes_changed(text),
        2 => replaced(text, (open, open), blank),
        3 => replaced(text, (end - 1, end - 1), blank),
        4 => reference(random, text, &pieces.texts),
        5 => cdata(random, text, &pieces.texts),
        6 => text.replacen("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "", 1),
        7 => format!("\u{feff}{text}<!-- after -->\n"),
        _ => text.replace("></ds:Transform>", "/>").replace("></ds:SignatureMethod>", " />"),
    }
}

fn quotes_changed(text: &str) -> String {
    let pieces = Pieces::of(text);
    let mut bytes = text.to_owned().into_bytes();
    for (start, end) in pieces.values {
        if !text[start..end].contains('\'') {
            bytes[start - 1] = b'\'';
            bytes[end] = b'\'';
        }
    }
    String::from_utf8(bytes).expect("only quotes were changed")
}

/// One character as a character reference.
fn reference(random: &mut Random, text: &str, texts: &[Span]) -> String {
    let span = plain(random, text, texts);
    let span = character(random, text, span);
    let code = text[span.0..].chars().next().map_or(0, u32::from);
    replaced(text, span, &format!("&#x{code:X};"))
}

fn cdata(random: &mut Random, text: &str, texts: &[Span]) -> String {
    let span = plain(random, text, texts);
    replaced(text, span, &format!("<![CDATA[{}]]>", &text[span.0..span.1]))
}

/// Text without references.
fn plain(random: &mut Random, text: &str, texts: &[Span]) -> Span {
    loop {
        let span = *random.of(texts);
        if !text[span.0..span.1].contains('&') {
            return span;
        }
    }
}
