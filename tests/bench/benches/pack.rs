//! Packing a folder of invoices, beside the Python package `ksef-client` with the same folder in the same run.
//!
//! Needs the Python of `tests/python-venv`.

#[path = "../../../ksef-fa/benches/shared/contest.rs"]
mod contest;

use std::cell::RefCell;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use criterion::Criterion;
use ksef_client::batch::{PackageOptions, PartFolder, pack_folder};
use ksef_client::encryption::SessionKey;
use ksef_tests::python;

use crate::contest::{Contestant, Corpus};

const INVOICES: usize = 10_000;
const INVOICE_BYTES: usize = 3_000;

/// Other clients as a process that packs the folder as often as it is asked to.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pack_peer.py");
        let mut command = Command::new(python::interpreter());
        command.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    /// The size of all encrypted parts.
    fn pack(&mut self) -> Result<usize, Box<dyn Error>> {
        writeln!(self.input)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        debug_assert!(ended.is_ok(), "the process is ours");
    }
}

/// An invoice of 3 kB: the tags are always the same, what is in them is not.
fn invoice(number: usize) -> String {
    let mut state = u64::try_from(number).unwrap_or_default() + 1;
    let mut text = format!("<Faktura><Fa><P_2>FV/{number}/2026</P_2>");
    while text.len() < INVOICE_BYTES - 20 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (name, net) = (state >> 40, (state >> 20) % 100_000);
        text += &format!(
            "<FaWiersz><P_7>Usługa {name:x}</P_7><P_8A>szt.</P_8A><P_8B>1</P_8B>\
             <P_9A>{net}.00</P_9A><P_11>{net}.00</P_11><P_12>23</P_12></FaWiersz>"
        );
    }
    text + "</Fa></Faktura>"
}

fn write_invoices(folder: &Path) -> io::Result<usize> {
    let mut bytes = 0;
    for number in 0..INVOICES {
        let invoice = invoice(number);
        bytes += invoice.len();
        fs::write(folder.join(format!("{number}.xml")), invoice)?;
    }
    Ok(bytes)
}

fn ours(folder: &Path, key: &SessionKey) -> Result<usize, Box<dyn Error>> {
    let options = PackageOptions::default();
    let (manifest, _) = pack_folder(folder, key, &options, PartFolder::temporary()?)?;
    Ok(usize::try_from(manifest.file_size)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let bytes = write_invoices(folder.path())?;
    let key = SessionKey::generate()?;
    let mut peer = Peer::start(folder.path())?;
    // A contestant only says how long it takes; what went wrong is kept for the end.
    let failure = RefCell::new(None);
    let or_zero = |packed: Result<usize, Box<dyn Error>>| {
        packed.unwrap_or_else(|error| {
            *failure.borrow_mut() = Some(error);
            0
        })
    };
    let mut contestants = [
        Contestant { name: "Python, ksef-client", run: Box::new(|| or_zero(peer.pack())) },
        Contestant {
            name: "batch::pack_folder",
            run: Box::new(|| or_zero(ours(folder.path(), &key))),
        },
    ];
    let name = format!("packing {INVOICES} invoices");
    let corpus = Corpus { name, documents: INVOICES, bytes };
    let mut criterion = Criterion::default().configure_from_args();
    let times = contest::compare(&mut criterion, &corpus, &mut contestants)?;
    criterion.final_summary();
    drop(contestants);
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    match times.as_slice() {
        [peer, ours] if *peer < *ours * 2 => {
            Err(format!("less than twice as fast: {ours:?} and {peer:?}").into())
        }
        _ => Ok(()),
    }
}
