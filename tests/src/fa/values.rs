//! Texts for the simple types: values of them, and texts on both sides of their boundaries.

use ksef_core::submission::simulation::Random;
use ksef_fa::schema::{Base, SimpleType, WhiteSpace};

const DIGITS: &str = "0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HEX: &str = "0123456789ABCDEF";
const UPPER_OR_DIGIT: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TEXT: &str =
    "abcdefghijklmnoprstuwyzABCDEFGHIJ0123456789ąćęłńóśźżĄŁŻ.,-/()%:;&<>\"'@#+=~|\u{a0}–„”€日🧾";

/// A value of a type, or an empty text where nobody knows how to make one.
#[must_use]
pub fn value(random: &mut Random, simple: &SimpleType) -> String {
    if let Some(fixed) = simple.fixed {
        return fixed.to_owned();
    }
    if let Some(value) = pick(random, simple.values) {
        return (*value).to_owned();
    }
    match (simple.patterns, simple.base) {
        (_, Base::Date) => date(random, simple),
        ([], _) => unpatterned(random, simple),
        ([pattern], _) => made_for_pattern(random, pattern.expression).unwrap_or_default(),
        _ => String::new(),
    }
}

fn unpatterned(random: &mut Random, simple: &SimpleType) -> String {
    match simple.base {
        Base::String | Base::NormalizedString | Base::Token => text(random, simple),
        Base::Decimal => percentage(random),
        Base::Integer => integer(random),
        Base::NonNegativeInteger => natural(random, u64::from(simple.total_digits.unwrap_or(9))),
        Base::Byte => below(random, 128).to_string(),
        Base::DateTime => date_time(random, simple),
        Base::Union(members) => {
            pick(random, members).map(|member| value(random, member)).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// A text that matches an official pattern, if there is a maker for it.
#[must_use]
pub fn made_for_pattern(random: &mut Random, expression: &str) -> Option<String> {
    Some(match expression {
        r"[1-9]((\d[1-9])|([1-9]\d))\d{7}" => nip(random),
        r"[1-9]((\d[1-9])|([1-9]\d))\d{7}-\d{5}" => {
            format!("{}-{}", nip(random), some(random, DIGITS, 5))
        }
        r"(\d|[A-Z]|\+|\*){1,12}" => between(random, "ABCXYZ0123456789+*", 1, 12),
        "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3}){0,1}" => swift(random),
        "[0-9A-Z]{10,32}" => between(random, UPPER_OR_DIGIT, 10, 32),
        "[a-zA-Z0-9]{1,50}" => between(random, ALPHANUMERIC, 1, 50),
        "[0-9]{3}[a-zA-Z0-9]{10}" => payment_id(random),
        "(.)+@(.)+" => email(random),
        r"\d{9}" => some(random, DIGITS, 9),
        r"\d{10}" => some(random, DIGITS, 10),
        r"\d{14}" => some(random, DIGITS, 14),
        r"-?([1-9]\d{0,15}|0)(\.\d{1,2})?" => number(random, 16, 2),
        r"-?([1-9]\d{0,13}|0)(\.\d{1,8})?" => number(random, 14, 8),
        r"-?([1-9]\d{0,15}|0)(\.\d{1,6})?" => number(random, 16, 6),
        _ if expression.contains("IPKSeF=") => payment_link(random),
        _ if expression.contains("[0-9A-F]{6}") => ksef_number(random),
        _ => return None,
    })
}

/// Texts around what a type allows; some of them are values of it, some are not.
#[must_use]
pub fn boundaries(random: &mut Random, simple: &SimpleType) -> Vec<String> {
    let mut texts: Vec<String> = match simple.base {
        Base::Decimal | Base::Integer | Base::NonNegativeInteger | Base::Byte => numbers(simple),
        Base::Date => dates(simple),
        Base::DateTime => moments(simple),
        Base::Union(members) => {
            members.iter().flat_map(|member| boundaries(random, member)).collect()
        }
        _ => vec![],
    };
    texts.extend(lengths(random, simple));
    let base = value(random, simple);
    texts.extend(simple.values.iter().take(3).flat_map(|value| variants(value)));
    texts.extend(variants(&base));
    texts.extend(edits(random, &base));
    texts
}

fn lengths(random: &mut Random, simple: &SimpleType) -> Vec<String> {
    let limits = [simple.min_length, simple.max_length];
    let around = |limit: u32| [limit.saturating_sub(1), limit, limit.saturating_add(1)];
    let lengths = limits.into_iter().flatten().flat_map(around);
    let mut texts = vec![String::new()];
    for length in lengths {
        texts.push(some(random, ALPHANUMERIC, length));
        texts.push(some(random, "🧾ż", length));
        // The blanks do not count where white space is collapsed.
        texts.push(format!(" \n{}\t ", some(random, "a", length)));
    }
    texts
}

fn variants(value: &str) -> Vec<String> {
    let mut texts: Vec<String> = [
        "{} ", " {}", "\t{}", "{}\n", "{}\r\n", "+{}", "-{}", "0{}", "{}0", "{}.", "{}.0",
        "{}\u{a0}",
    ]
    .map(|form| form.replace("{}", value))
    .into();
    texts.push(value.to_lowercase());
    texts.push(value.to_uppercase());
    texts.push(value.replace(' ', "  "));
    texts.push(value.replacen(['0', '1', '2'], "٢", 1));
    texts.push(value.replacen(['3', '4', '5', '6'], "６", 1));
    texts.push(value.replacen(['7', '8', '9', '1'], "𝟗", 1));
    texts
}

/// The value with one character removed, doubled and replaced.
fn edits(random: &mut Random, value: &str) -> Vec<String> {
    let characters: Vec<char> = value.chars().collect();
    if characters.is_empty() {
        return vec![];
    }
    let at = index(random, characters.len());
    let (head, tail) = characters.split_at(at);
    let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
    let rest = tail.chars().skip(1).collect::<String>();
    let replaced = one(random, "aZ0-.@&?#/ _ż🧾\u{a0}\n");
    vec![format!("{head}{rest}"), format!("{head}{tail}{tail}"), format!("{head}{replaced}{rest}")]
}

fn numbers(simple: &SimpleType) -> Vec<String> {
    let mut texts: Vec<String> = [
        "0",
        "-0",
        "+0",
        "00",
        "0.0",
        "-0.00",
        "1",
        "+1",
        "01",
        "-1",
        "1.",
        ".5",
        "-.5",
        "+.5",
        ".",
        "-",
        "+",
        "1e3",
        "1E3",
        "INF",
        "NaN",
        "0x10",
        "1,5",
        "1 000",
        "1\u{a0}000",
        "--1",
        "1.2.3",
        "127",
        "128",
        "-128",
        "-129",
        "255",
        "99",
        "100",
        "100.0",
        "100.000000",
        "100.000001",
        "100.0000000",
        "000100",
        "0.000001",
        "0.0000001",
        "50.1234567",
        "0.10000000",
    ]
    .map(str::to_owned)
    .into();
    for digits in [13, 14, 15, 16, 17, 18, 19, 22, 23, 40] {
        texts.push("9".repeat(digits));
        texts.push(format!("1{}", "0".repeat(digits - 1)));
        texts.push(format!("{}1", "0".repeat(digits)));
        for fraction in [1, 2, 3, 6, 7, 8, 9] {
            texts.push(format!("-{}.{}", "9".repeat(digits), "9".repeat(fraction)));
            texts.push(format!("{}.{}", "9".repeat(digits), "0".repeat(fraction)));
        }
    }
    texts.extend(bounds(simple));
    texts
}

fn dates(simple: &SimpleType) -> Vec<String> {
    let mut texts: Vec<String> = [
        "2026-02-30",
        "2026-02-29",
        "2028-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-01-32",
        "2026-04-31",
        "2026-1-1",
        "26-01-01",
        "02026-01-01",
        "12026-01-01",
        "-2026-01-01",
        "+2026-01-01",
        "0000-01-01",
        "0001-01-01",
        "2026-01-01Z",
        "2026-01-01+01:00",
        "2026/01/01",
        "01-01-2026",
        "20260101",
        "2026-01-01T00:00:00",
        "2015-12-31",
        "2016-06-30",
        "2016-07-01",
        "2016-07-02",
        "2005-12-31",
        "2006-01-01",
        "1989-12-31",
        "1990-01-01",
        "2049-12-31",
        "2050-01-01",
        "2050-01-02",
        "٢٠٢٦-01-01",
    ]
    .map(str::to_owned)
    .into();
    texts.extend(bounds(simple));
    texts
}

fn moments(simple: &SimpleType) -> Vec<String> {
    let times = [
        "00:00:00",
        "23:59:59",
        "24:00:00",
        "24:00:01",
        "24:00:00.0",
        "24:01:00",
        "25:00:00",
        "23:60:00",
        "23:59:60",
        "23:59:59.999999999999",
        "12:00",
        "12:00:0",
        "12:00:00.",
        "1:00:00",
        "12:00:00.1",
    ];
    let zones = [
        "", "Z", "z", "+00:00", "-00:00", "+01:00", "-14:00", "+14:00", "+14:01", "-14:01",
        "+15:00", "+13:59", "+1:00", "+0100", "+01", "+01:60", " Z",
    ];
    let mut texts: Vec<String> = times.map(|time| format!("2026-05-04T{time}Z")).into();
    texts.extend(zones.map(|zone| format!("2026-05-04T12:00:00{zone}")));
    for bound in bounds(simple) {
        let bare = bound.trim_end_matches('Z');
        texts.extend(zones.map(|zone| format!("{bare}{zone}")));
        texts.push(format!("{bare}.000Z"));
        texts.push(format!("{bare}.001Z"));
        texts.push(bare.replace('T', " "));
    }
    texts.extend(
        [
            "2025-08-31T23:59:59Z",
            "2025-08-31T24:00:00Z",
            "2021-09-30T23:59:59Z",
            "2025-12-31T23:59:59Z",
            "2021-12-31T23:59:59Z",
            "2050-01-02T00:00:00Z",
            "2050-01-01T24:00:00Z",
            "12026-05-04T10:00:00Z",
            "-2026-05-04T10:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-05-04",
        ]
        .map(str::to_owned),
    );
    texts
}

fn bounds(simple: &SimpleType) -> Vec<String> {
    let bounds = [simple.min_inclusive, simple.max_inclusive, simple.min_exclusive];
    bounds.into_iter().flatten().map(str::to_owned).collect()
}

fn text(random: &mut Random, simple: &SimpleType) -> String {
    let min = simple.min_length.unwrap_or(0);
    let max = simple.max_length.unwrap_or(40);
    let length = match random.below(40) {
        0 => max,
        1 => max.saturating_sub(1).max(min),
        2..6 => min,
        _ => draw(random, min, max.min(min + 20)),
    };
    let letters = some(random, TEXT, length);
    let is_kept = simple.white_space == WhiteSpace::Preserve;
    if length < 3 { letters } else { with_blank(random, &letters, is_kept) }
}

/// One character in the middle becomes a blank, or other white space where it is kept.
fn with_blank(random: &mut Random, text: &str, is_kept: bool) -> String {
    let middle = text.chars().count() / 2;
    let blank = if is_kept { one(random, " \n\t\r") } else { ' ' };
    text.chars().enumerate().map(|(at, c)| if at == middle { blank } else { c }).collect()
}

fn percentage(random: &mut Random) -> String {
    match random.below(6) {
        0 => "0".to_owned(),
        1 => "100".to_owned(),
        2 => "99.999999".to_owned(),
        3 => "33.33".to_owned(),
        _ => format!("{}.{}", below(random, 100), between(random, DIGITS, 1, 6)),
    }
}

fn integer(random: &mut Random) -> String {
    match random.below(4) {
        0 => "0".to_owned(),
        1 => format!("-{}", natural(random, 9)),
        2 => natural(random, 18),
        _ => natural(random, 2),
    }
}

fn natural(random: &mut Random, digits: u64) -> String {
    match random.below(8) {
        0 => "1".to_owned(),
        1 => (0..digits).map(|_| '9').collect(),
        _ => (1 + below(random, 200)).to_string(),
    }
}

fn number(random: &mut Random, integer: u32, fraction: u32) -> String {
    let sign = if random.happens(150) { "-" } else { "" };
    let whole = match random.below(10) {
        0 => "0".to_owned(),
        1 => format!("{}{}", one(random, "123456789"), some(random, DIGITS, integer - 1)),
        _ => (1 + below(random, 99_999)).to_string(),
    };
    match random.below(5) {
        0 => format!("{sign}{whole}"),
        1 => format!("{sign}{whole}.{}", some(random, DIGITS, fraction)),
        _ => format!("{sign}{whole}.{}", between(random, DIGITS, 1, 2)),
    }
}

fn date(random: &mut Random, simple: &SimpleType) -> String {
    let min = simple.min_inclusive.unwrap_or("2006-01-01");
    let max = simple.max_inclusive.unwrap_or("2050-01-01");
    match random.below(20) {
        0 => min.to_owned(),
        1 => max.to_owned(),
        2 => "2028-02-29".to_owned(),
        _ => {
            let year = 1990 + below(random, 61);
            let date = format!("{year}-{:02}-{:02}", 1 + below(random, 12), 1 + below(random, 28));
            date.clamp(min.to_owned(), max.to_owned())
        }
    }
}

fn date_time(random: &mut Random, simple: &SimpleType) -> String {
    let min = simple.min_inclusive.unwrap_or("2021-10-01T00:00:00Z");
    let max = simple.max_inclusive.unwrap_or("2050-01-01T23:59:59Z");
    match random.below(20) {
        0 => min.to_owned(),
        1 => max.to_owned(),
        _ => {
            // Inside of all bounds, whatever the time zone.
            let year = 2027 + below(random, 20);
            let date = format!("{year}-{:02}-{:02}", 1 + below(random, 12), 1 + below(random, 28));
            format!("{date}T{}{}", time(random), zone(random))
        }
    }
}

fn time(random: &mut Random) -> String {
    let (hour, minute, second) = (below(random, 24), below(random, 60), below(random, 60));
    let fraction = match random.below(4) {
        0 => format!(".{}", between(random, DIGITS, 1, 9)),
        _ => String::new(),
    };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

fn zone(random: &mut Random) -> String {
    match random.below(8) {
        0 => String::new(),
        1 => format!("+{:02}:{:02}", below(random, 14), below(random, 60)),
        2 => format!("-{:02}:00", below(random, 15)),
        _ => "Z".to_owned(),
    }
}

fn nip(random: &mut Random) -> String {
    let (first, other) = (one(random, "123456789"), one(random, "123456789"));
    let any = one(random, DIGITS);
    let (second, third) = if random.happens(500) { (any, other) } else { (other, any) };
    format!("{first}{second}{third}{}", some(random, DIGITS, 7))
}

fn ksef_number(random: &mut Random) -> String {
    let who = match random.below(3) {
        0 => format!("M{}", some(random, DIGITS, 9)),
        1 => format!("{}{}", some(random, UPPER, 3), some(random, DIGITS, 7)),
        _ => nip(random),
    };
    let year =
        if random.happens(100) { 2100 + below(random, 7900) } else { 2020 + below(random, 80) };
    let date = format!("{year}{:02}{:02}", 1 + below(random, 12), 1 + below(random, 31));
    let dash = if random.happens(300) { "-" } else { "" };
    let (one, two, sum) = (some(random, HEX, 6), some(random, HEX, 6), some(random, HEX, 2));
    format!("{who}-{date}-{one}{dash}{two}-{sum}")
}

fn swift(random: &mut Random) -> String {
    let tail = if random.happens(500) { 2 } else { 5 };
    format!("{}{}", some(random, UPPER, 6), some(random, UPPER_OR_DIGIT, tail))
}

fn payment_id(random: &mut Random) -> String {
    format!("{}{}", some(random, DIGITS, 3), some(random, ALPHANUMERIC, 10))
}

fn payment_link(random: &mut Random) -> String {
    let scheme = one_of(random, &["http", "https"]);
    let host = one_of(random, &["a.pl", "pay.example.com", "x-.Y9.org"]);
    let port = one_of(random, &["", "", ":8080", ":00000"]);
    let path = one_of(random, &["", "/", "/a/b_c", "/ż:@"]);
    let before = one_of(random, &["", "", "a=b&", "?&", "IPKSeF=x&"]);
    let after = one_of(random, &["", "", "&c=d", "&", "&?/"]);
    let fragment = one_of(random, &["", "", "#", "#f &x", "#a#b"]);
    format!("{scheme}://{host}{port}{path}?{before}IPKSeF={}{after}{fragment}", payment_id(random))
        .trim_end()
        .to_owned()
}

fn email(random: &mut Random) -> String {
    match random.below(10) {
        0 => "a@b".to_owned(),
        1 => format!("{}@{}", some(random, ALPHANUMERIC, 127), some(random, ALPHANUMERIC, 127)),
        2 => "ż ó@ł@ć".to_owned(),
        _ => format!(
            "{}@{}.pl",
            between(random, ALPHANUMERIC, 1, 12),
            between(random, ALPHANUMERIC, 1, 9)
        ),
    }
}

/// Some characters out of an alphabet, as many as there are between two numbers.
fn between(random: &mut Random, alphabet: &str, min: u32, max: u32) -> String {
    let length = draw(random, min, max);
    some(random, alphabet, length)
}

fn some(random: &mut Random, alphabet: &str, length: u32) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..length).filter_map(|_| pick(random, &alphabet).copied()).collect()
}

/// One character out of an alphabet.
pub(super) fn one(random: &mut Random, alphabet: &str) -> char {
    let alphabet: Vec<char> = alphabet.chars().collect();
    pick(random, &alphabet).copied().unwrap_or_default()
}

fn one_of<'a>(random: &mut Random, items: &[&'a str]) -> &'a str {
    pick(random, items).copied().unwrap_or_default()
}

/// One of some items, unless there are none.
pub(super) fn pick<'a, T>(random: &mut Random, items: &'a [T]) -> Option<&'a T> {
    items.get(index(random, items.len()))
}

/// A number below a length.
pub(super) fn index(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length as u64)).unwrap_or_default()
}

fn draw(random: &mut Random, min: u32, max: u32) -> u32 {
    min + below(random, max.saturating_sub(min) + 1)
}

pub(super) fn below(random: &mut Random, bound: u32) -> u32 {
    u32::try_from(random.below(u64::from(bound))).unwrap_or_default()
}
