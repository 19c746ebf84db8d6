//! Changes to bytes, which know nothing of XML.

use super::{Mutant, Random, below, index, pick};

const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"/",
    b"&",
    b"\"",
    b"'",
    b"=",
    b" ",
    b"\n",
    b"\r",
    b"\t",
    b"\0",
    b"\x01",
    b"\x7f",
    b"]]>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<?",
    b"?>",
    b"/>",
    b"</",
    b"</a>",
    b"<a>",
    b"<a/>",
    b"xmlns=\"\"",
    b"&#65;",
    b"&amp;",
    b":",
    b"-",
    b"0",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc5",
    b"\xef\xbb\xbf",
    b"\xef\xbf\xbe",
    b"\xc2\xa0",
    b"\xc2\x85",
];

/// The bytes with one change.
#[must_use]
pub fn mutate_bytes(xml: &[u8], random: &mut Random) -> Mutant {
    let at = index(random, xml.len());
    let (head, tail) = xml.split_at_checked(at).unwrap_or((xml, b""));
    let length = 1 + index(random, 12).min(tail.len());
    let rest = tail.get(length..).unwrap_or_default();
    let piece = pick(random, PIECES).copied().unwrap_or_default();
    let (label, xml) = match below(random, 8) {
        0 => ("truncated", head.to_vec()),
        1 => ("bytes removed", [head, rest].concat()),
        2 => ("byte removed", [head, tail.get(1..).unwrap_or_default()].concat()),
        3 => ("bytes doubled", [head, tail.get(..length).unwrap_or(tail), tail].concat()),
        4 => ("piece for a byte", [head, piece, tail.get(1..).unwrap_or_default()].concat()),
        5 => ("bit flipped", flip(random, head, tail)),
        _ => ("piece inserted", [head, piece, tail].concat()),
    };
    Mutant { label: label.to_owned(), xml }
}

fn flip(random: &mut Random, head: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut bytes = [head, tail].concat();
    if let Some(byte) = bytes.get_mut(head.len()) {
        *byte ^= 1 << below(random, 8);
    }
    bytes
}
