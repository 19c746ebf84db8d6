//! Mutation of documents in units of their markup.
//!
//! Bytes alone rarely stay a document whose schema is satisfied, and only such ones reach the
//! model and the rules. So half of the mutations move, repeat or remove whole pieces between one
//! `<` and another, or change one text.

pub mod checks;

use libfuzzer_sys::fuzzer_mutate;

/// Mutates the first `size` bytes of the buffer, and gives their new number.
pub fn mutate(buffer: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) | 1 << 40);
    let pieces = pieces(&buffer[..size]);
    if pieces.len() < 2 || random.below(2) == 0 {
        return fuzzer_mutate(buffer, size, max_size);
    }
    let mutated = join(&change(pieces, &mut random));
    let size = mutated.len().min(max_size);
    buffer[..size].copy_from_slice(&mutated[..size]);
    size
}

/// The bytes cut before each `<`.
fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'<').map(<[u8]>::to_vec).collect()
}

fn join(pieces: &[Vec<u8>]) -> Vec<u8> {
    pieces.concat()
}

fn change(mut pieces: Vec<Vec<u8>>, random: &mut Random) -> Vec<Vec<u8>> {
    let start = random.below(pieces.len());
    // Usually an element with its end; sometimes a whole group.
    let count = if random.below(3) == 0 { 2 * random.below(12) } else { 2 };
    let end = (start + count.max(1)).min(pieces.len());
    match random.below(4) {
        0 => drop(pieces.drain(start..end)),
        1 => {
            let copy = pieces[start..end].to_vec();
            pieces.splice(start..start, copy);
        }
        2 => {
            let moved: Vec<_> = pieces.drain(start..end).collect();
            let at = random.below(pieces.len() + 1);
            pieces.splice(at..at, moved);
        }
        _ => change_text(&mut pieces[start], random),
    }
    pieces
}

/// Gives the text after a tag another value, which some type or other allows.
fn change_text(piece: &mut Vec<u8>, random: &mut Random) {
    let Some(end) = piece.iter().position(|byte| *byte == b'>') else { return };
    let is_open = piece.last() == Some(&b'<');
    piece.truncate(end + 1);
    piece.extend_from_slice(VALUES[random.below(VALUES.len())].as_bytes());
    piece.extend(is_open.then_some(b'<'));
}

/// Values of the types of the schema, at their limits and in unusual spellings.
const VALUES: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "2",
    "01",
    "+1",
    "-1",
    "-0",
    "00",
    "1.0",
    ".5",
    "5.",
    "+.50",
    "050",
    "100",
    "999999999999999999",
    "99999999999999999999999",
    "-9999999999999999.99",
    "0.00000001",
    "12345678901234.123456",
    "9999999999999999.99",
    "100.000000",
    "23",
    "0 KR",
    "0 WDT",
    "np I",
    "zw",
    "oo",
    "PLN",
    "EUR",
    "JPY",
    "VAT",
    "KOR",
    "ZAL",
    "ROZ",
    "UPR",
    "KOR_ZAL",
    "KOR_ROZ",
    "PL",
    "XI",
    "EL",
    "2026-02-01",
    "2006-01-01",
    "2050-01-01",
    "2024-02-29",
    "2026-02-01Z",
    "2026-02-01+14:00",
    "2026-02-01T24:00:00",
    "2026-02-01T23:59:59.999999999999+01:00",
    "2026-02-01T00:00:00-00:00",
    "5265877635",
    "9999999999",
    "٥٢٦٥٨٧٧٦٣٥",
    "0000000000",
    "PL61109010140000071219812874",
    "5265877635-20250826-0100001AF629-AF",
    "5265877635-12345",
    "ą\u{a0}ż",
    "&#x1F600;",
    "&amp;&lt;&gt;&quot;&apos;",
    "&#9;&#10;&#13;x",
    "]]&gt;",
    "<![CDATA[x]]>",
    "a\r\nb",
    "  a  b  ",
    "<!-- -->",
    "<?x?>",
    "\u{feff}",
    "\u{fffd}",
    "https://example.com/?IPKSeF=1A2B3C4D5E6F7",
    "x@y",
    "999",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "10",
    "11",
    "15",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % limit.max(1)
    }
}
