//! Texts that are near a boundary of a simple type, for comparisons with independent judges.

use std::collections::BTreeSet;

use ksef_fa::schema::{Base, SimpleType};

/// Characters that take the place of one in a text, or come before or after it.
const NEIGHBOURS: [&str; 18] = [
    "0", "9", "a", "Z", ".", "-", "+", ":", "/", " ", "\t", "\n", "\r", "\u{a0}", "é", "٣", "𝟙",
    "🧾",
];

/// Texts that belong to one type or another.
#[rustfmt::skip]
const KNOWN: [&str; 125] = [
    "", " ", "  ", "\t", "\n", "\u{a0}", "\u{2003}", "\u{85}", "a", " a", "a ", "a b", "a  b", " a \n b ", "ż", "🧾", "🧾 🧾",
    "0", "00", "-0", "+0", "1", "01", "+1", "-1", " 1", "1 ", "\n1", "1\r", "2", "3", "7", "9", "07", "7.0", "6.5", "06.50", "+6.5", "6,5",
    "1.", ".1", ".", "+", "-", "+.1", "--1", "1e5", "INF", "NaN", "0x1", "1_000", "1 000", "١", "１",
    "127", "128", "-128", "-129", "256", "99999999999999", "100000000000000", "000000000000000000000000000001",
    "100", "100.000000", "100.0000001", "100.000001", "-0.00", "0.0000001", "50.0000000", "99.999999", "50.1234567",
    "12345678.1", "-0.000001", "9999999999999999", "99999999999999999", "9999999999999999.99", "9999999999999999.999",
    "99999999999999.99999999", "99999999999999.999999999", "9999999999999999.999999", "9999999999999999.9999999",
    "123456789012345678901234", "1234567890123456789012345", "0.123456789012345678901234567890",
    "true", "PL", "pl", "PL ", "XX", "EL", "GR", "XI", "PLN", "XCG", "VAT", "KOR", "VAT_RR", "GTU_13", "GTU_14", "0 KR", "0  KR", "np I", "np", "zw", "oo",
    "WSTO_EE", "I_42", "FA", "FA_RR", "date", "txt", "a@b", "@b", "a@", "@@@", "a@@", "a b@c", "ab@",
    "0123456789", "012345678", "01234567890123", "٠١٢٣٤٥٦٧٨", "+*A", "ABCDEFGHIJKL", "ABCDEFGHIJKLM",
];

/// Texts that a pattern matches; whatever is one step from them is tried too.
const MATCHING: [(&str, &[&str]); 14] = [
    (
        r"[1-9]((\d[1-9])",
        &[
            "1234563218",
            "1034563218",
            "1304563218",
            "1004563218",
            "1٣٣4563218",
            "1\u{de7}34563218",
            "1\u{1e4f1}34563218",
        ],
    ),
    (r"\d{7}-\d{5}", &["1234563218-12345", "1034563218-0000٣"]),
    (
        "M",
        &[
            "1234563218-20260302-0123456789AB-CD",
            "1234563218-20260302-012345-6789AB-CD",
            "M123456789-20991231-ABCDEF-ABCDEF-00",
            "ABC1234567-99990101-ABCDEFABCDEF-FF",
            "1234563218-20191231-0123456789AB-CD",
            "1234563218-20261331-0123456789AB-CD",
        ],
    ),
    (r"\+|\*", &["PL1234567890", "12+*ABCDEFG9", "A"]),
    ("[A-Z]{6}", &["ABCDPLPW", "ABCDPLPWXXX", "ABCDPL00000"]),
    (
        "[0-9A-Z]{10,32}",
        &["73111111111111111111111111", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"],
    ),
    ("[a-zA-Z0-9]{1,50}", &["aB3", "01234567890123456789012345678901234567890123456789"]),
    ("^[0-9]{3}", &["123abcDEF4567"]),
    (
        "https?",
        &[
            "https://pay.example.pl/a?x=1&IPKSeF=123abcDEF4567&y=2#z",
            "http://a.pl?IPKSeF=123abcDEF4567",
            "https://a-.b-c.example.com:12345/x/y/?IPKSeF=123abcDEF4567#a #b",
            "https://a.pl?b?IPKSeF=123abcDEF4567",
            "https://a.pl:123456?IPKSeF=123abcDEF4567",
            "https://a.p?&&IPKSeF=123abcDEF4567",
        ],
    ),
    ("@", &["a@b", "a.b@c.pl", "@a@b"]),
    (r"\d{9}", &["123456789"]),
    (r"\d{10}", &["0123456789"]),
    (r"\d{14}", &["12345678901234"]),
    (r"-?([1-9]", &["0", "-0.00", "123.45", "-12345678901234.12345678", "1234567890123456.12"]),
];

const DATES: [&str; 24] = [
    "2026-03-02",
    "2016-07-01",
    "2016-06-30",
    "2006-01-01",
    "2005-12-31",
    "1990-01-01",
    "1989-12-31",
    "2050-01-01",
    "2050-01-02",
    "1900-01-01",
    "2050-12-31",
    "2026-02-29",
    "2028-02-29",
    "2100-02-29",
    "2026-04-31",
    "2026-00-10",
    "2026-13-10",
    "2026-10-00",
    "2026-03-02Z",
    "2026-03-02+01:00",
    "02026-03-02",
    "-2026-03-02",
    "0000-01-01",
    "12026-03-02",
];

const TIMES: [&str; 26] = [
    "00:00:00",
    "23:59:59",
    "24:00:00",
    "24:00:01",
    "24:00:00.0",
    "24:00:00.001",
    "23:59:60",
    "12:60:00",
    "25:00:00",
    "12:00",
    "12:00:00.",
    "12:00:00.5",
    "12:00:00.1234567",
    "12:00:00.123456789012",
    "12:00:00,5",
    "1:00:00",
    "12:0:00",
    "12:00:00.000000000000",
    "12",
    "",
    "14:00:00",
    "13:59:59",
    "14:00:01",
    "10:00:00",
    "09:59:59",
    "23:59:59.9",
];

const ZONES: [&str; 16] = [
    "", "Z", "z", "+00:00", "-00:00", "+01:00", "-01:00", "+14:00", "-14:00", "+14:01", "-14:01",
    "+15:00", "+13:60", "+1:00", "+0100", "+01",
];

/// Days that a bound of a type is on, or that are beside one.
const DAYS: [&str; 13] = [
    "2026-03-02",
    "2021-09-30",
    "2021-10-01",
    "2021-10-02",
    "2021-12-31",
    "2022-01-01",
    "2025-08-31",
    "2025-12-31",
    "2025-09-01",
    "2026-01-01",
    "2049-12-31",
    "2050-01-01",
    "2050-01-02",
];

/// Texts to try a type with: what others have, what it allows, and what is beside that.
pub(crate) fn near(simple: &SimpleType) -> BTreeSet<String> {
    let mut texts: BTreeSet<String> = KNOWN.map(str::to_owned).into();
    for (_, matching) in MATCHING {
        texts.extend(matching.iter().map(|text| (*text).to_owned()));
    }
    for text in seeds(simple) {
        texts.extend(variants(&text));
    }
    texts.extend(lengths(simple));
    match simple.base {
        Base::Date => texts.extend(DATES.iter().flat_map(|text| variants(text))),
        Base::DateTime => texts.extend(moments()),
        Base::Union(members) => texts.extend(members.iter().flat_map(|member| near(member))),
        _ => {}
    }
    texts
}

/// Values that the facets of the type name or suggest.
fn seeds(simple: &SimpleType) -> Vec<String> {
    let listed = simple.values.iter().chain(&simple.fixed);
    let bounds = [simple.min_inclusive, simple.max_inclusive, simple.min_exclusive];
    let named = listed.copied().chain(bounds.into_iter().flatten());
    let matching = simple.patterns.iter().flat_map(|pattern| matching(pattern.expression));
    named.chain(matching).map(str::to_owned).collect()
}

/// Texts for a pattern, found by a part of its expression.
pub(crate) fn matching(expression: &str) -> impl Iterator<Item = &'static str> {
    let anchored = format!("^{expression}");
    let of_pattern = MATCHING.iter().filter(move |(part, _)| anchored.contains(part));
    of_pattern.flat_map(|(_, texts)| texts.iter().copied())
}

/// A text, and everything that is one character from it.
pub(crate) fn variants(text: &str) -> BTreeSet<String> {
    let mut variants = BTreeSet::from([text.to_owned(), text.to_lowercase(), text.to_uppercase()]);
    let positions = text.char_indices().map(|(at, character)| (at, character.len_utf8()));
    for (at, length) in positions.chain([(text.len(), 0)]) {
        let (before, rest) = text.split_at(at);
        let (character, after) = rest.split_at(length);
        variants.insert(format!("{before}{after}"));
        variants.insert(format!("{before}{character}{character}{after}"));
        for neighbour in NEIGHBOURS {
            variants.insert(format!("{before}{neighbour}{after}"));
            variants.insert(format!("{before}{neighbour}{character}{after}"));
        }
    }
    variants
}

/// Texts as long as is allowed, and a little longer and shorter, of one byte, two and four.
fn lengths(simple: &SimpleType) -> Vec<String> {
    let mut texts = Vec::new();
    for bound in [simple.min_length, simple.max_length].into_iter().flatten() {
        let bound = usize::try_from(bound).unwrap_or_default();
        for length in bound.saturating_sub(1)..=bound + 1 {
            for character in ["a", "ż", "🧾"] {
                let text = character.repeat(length);
                texts.extend([
                    format!(" {text}"),
                    format!("{text}\n\t"),
                    text.replacen(character, "a  b", 1),
                ]);
                texts.push(text);
            }
        }
    }
    texts
}

fn moments() -> impl Iterator<Item = String> {
    let days = DAYS.into_iter().chain(DATES);
    let all = days.flat_map(|day| TIMES.map(|time| format!("{day}T{time}")));
    let all = all.flat_map(|moment| ZONES.map(|zone| format!("{moment}{zone}")));
    let spoilt = ["2026-03-02T12:00:00Z", "2050-01-01T23:59:59Z", "2026-03-02T12:00:00.5-02:30"];
    all.chain(spoilt.into_iter().flat_map(variants)).chain([
        "2026-03-02t12:00:00Z".to_owned(),
        "2026-03-02 12:00:00Z".to_owned(),
        format!("2026-03-02T12:00:59.{}Z", "9".repeat(40)),
        format!("2050-01-01T23:59:59.{}1Z", "0".repeat(40)),
    ])
}
