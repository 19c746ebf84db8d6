//! A made-up invoice with as many lines as one likes, and sums that hold.

use std::io::{BufRead, BufReader, Cursor, Read};

/// An invoice of two lines.
const INVOICE: &str = include_str!("../invoice.xml");

/// The invoice with so many lines, made while it is read, so that it takes no memory.
pub(crate) fn reader(lines: u32) -> impl BufRead {
    let (head, rest) = INVOICE.split_once("    <FaWiersz>").unwrap_or_default();
    let (_, tail) = rest.rsplit_once("</FaWiersz>\n").unwrap_or_default();
    let head = with_sums(head, lines);
    let lines = Lines { next: 1..=lines, line: Cursor::default() };
    BufReader::new(Cursor::new(head).chain(lines).chain(tail.as_bytes()))
}

/// Each line is 50.00 at 5 %.
fn with_sums(head: &str, lines: u32) -> String {
    let sum = |grosze: u64| {
        let grosze = grosze * u64::from(lines);
        format!("{}.{:02}", grosze / 100, grosze % 100)
    };
    let (before, rest) = head.split_once("<P_13_1>").unwrap_or((head, ""));
    let (_, after) = rest.split_once("</P_15>").unwrap_or_default();
    let (net, tax, total) = (sum(50_00), sum(2_50), sum(52_50));
    format!("{before}<P_13_3>{net}</P_13_3><P_14_3>{tax}</P_14_3><P_15>{total}</P_15>{after}")
}

struct Lines {
    next: std::ops::RangeInclusive<u32>,
    line: Cursor<String>,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.line.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        let Some(number) = self.next.next() else { return Ok(0) };
        self.line = Cursor::new(line(number));
        self.line.read(buffer)
    }
}

fn line(number: u32) -> String {
    format!(
        "    <FaWiersz>\n      <NrWierszaFa>{number}</NrWierszaFa>\n      \
         <P_7>Mąka żytnia, worek 25 kg</P_7>\n      <P_8A>szt.</P_8A>\n      <P_8B>1</P_8B>\n      \
         <P_9A>50.00</P_9A>\n      <P_11>50.00</P_11>\n      <P_12>5</P_12>\n    </FaWiersz>\n"
    )
}
