//! Reading a receipt by its schema.

use core::str::FromStr;

use ksef_core::{Environment, Nip};
use uppsala::NodeId;

use super::{Upo, UpoDocument, UpoLogin};
use crate::xades::Policy;
use crate::xades::tree::{Tree, decode};

const NAMESPACE: &str = "http://upo.schematy.mf.gov.pl/KSeF/v4-3";
const MINISTRY: &str = "Ministerstwo Finansów";
const MOST_DOCUMENTS: usize = 10_000;

/// The children of `Potwierdzenie` before its documents, and whether each is required.
const HEAD: [(&str, bool); 6] = [
    ("NazwaPodmiotuPrzyjmujacego", true),
    ("NumerReferencyjnySesji", true),
    ("Uwierzytelnienie", true),
    ("OpisPotwierdzenia", false),
    ("NazwaStrukturyLogicznej", true),
    ("KodFormularza", true),
];

const DOCUMENT: [&str; 8] = [
    "NipSprzedawcy",
    "NumerKSeFDokumentu",
    "NumerFaktury",
    "DataWystawieniaFaktury",
    "DataPrzeslaniaDokumentu",
    "DataNadaniaNumeruKSeF",
    "SkrotDokumentu",
    "TrybWysylki",
];

impl Upo {
    /// Reads the bytes that a signature covers.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = decode(bytes).ok()?;
        let tree = Tree::parse(&text, Policy::DEFAULT_MAX_DEPTH).ok()?;
        let root = tree.root();
        if !tree.is(root, NAMESPACE, "Potwierdzenie") {
            return None;
        }
        let mut children = tree.children(root).peekable();
        let mut head: Vec<Option<NodeId>> = Vec::new();
        for (name, is_required) in HEAD {
            let found = children.next_if(|node| tree.is(*node, NAMESPACE, name));
            if found.is_none() && is_required {
                return None;
            }
            head.push(found);
        }
        let documents: Vec<UpoDocument> =
            children.map(|node| document(&tree, node)).collect::<Option<_>>()?;
        let is_possible = (1..=MOST_DOCUMENTS).contains(&documents.len());
        let [ministry, session, login_of, page_of, _, form_code] = head.try_into().ok()?;
        is_possible.then_some(Self {
            environment: environment(&token(&tree, ministry?)?)?,
            session: session.and_then(|node| value(&tree, node)),
            login: login_of.and_then(|node| login(&tree, node)),
            page: page_of.and_then(|node| page(&tree, node)),
            form_code: token(&tree, form_code?)?,
            documents,
        })
    }
}

fn document(tree: &Tree<'_>, node: NodeId) -> Option<UpoDocument> {
    let parts: Vec<NodeId> = tree.children(node).collect();
    let is_in_order = parts.len() == DOCUMENT.len()
        && parts.iter().zip(DOCUMENT).all(|(part, name)| tree.is(*part, NAMESPACE, name));
    if !tree.is(node, NAMESPACE, "Dokument") || !is_in_order {
        return None;
    }
    let [seller, ksef_number, number, issued, received, accepted, digest, mode] = parts.as_slice()
    else {
        return None;
    };
    Some(UpoDocument {
        seller: Nip::for_test_environment(&token(tree, *seller)?).ok()?,
        ksef_number: value(tree, *ksef_number)?,
        digest: value(tree, *digest)?,
        invoice_number: token(tree, *number).filter(|number| !number.is_empty()),
        issue_date: value(tree, *issued),
        received_at: value(tree, *received),
        accepted_at: value(tree, *accepted),
        is_offline: match token(tree, *mode)?.as_str() {
            "Online" => Some(false),
            "Offline" => Some(true),
            _ => None,
        },
    })
}

fn login(tree: &Tree<'_>, node: NodeId) -> Option<UpoLogin> {
    let proof = tree.children(node).nth(1)?;
    if tree.is(proof, NAMESPACE, "NumerReferencyjnyTokenaKSeF") {
        return value(tree, proof).map(UpoLogin::Token);
    }
    let is_document = tree.is(proof, NAMESPACE, "SkrotDokumentuUwierzytelniajacego");
    value(tree, proof).filter(|_| is_document).map(UpoLogin::SignedDocument)
}

fn page(tree: &Tree<'_>, node: NodeId) -> Option<(u32, u32)> {
    let number = |name| value(tree, tree.only_child(node, NAMESPACE, name)?);
    Some((number("Strona")?, number("LiczbaStron")?))
}

fn value<T: FromStr>(tree: &Tree<'_>, node: NodeId) -> Option<T> {
    token(tree, node)?.parse().ok()
}

/// The text as `xsd:token` has it: blanks around it dropped, those inside made single.
fn token(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let text = tree.text(node)?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    Some(words.join(" "))
}

fn environment(name: &str) -> Option<Environment> {
    let suffix = name.strip_prefix(MINISTRY)?.trim_start();
    Some(match suffix {
        "" => Environment::Production,
        _ if suffix.ends_with("(TE)") => Environment::Test,
        _ => Environment::Demo,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made up; the numbers are the examples of the API's documents.
    fn upo() -> String {
        let document = "<Dokument><NipSprzedawcy>5265877635</NipSprzedawcy>
            <NumerKSeFDokumentu>5265877635-20250826-0100001AF629-AF</NumerKSeFDokumentu>
            <NumerFaktury>1</NumerFaktury><DataWystawieniaFaktury>2025-08-26</DataWystawieniaFaktury>
            <DataPrzeslaniaDokumentu>2025-08-26T11:05:40.841+02:00</DataPrzeslaniaDokumentu>
            <DataNadaniaNumeruKSeF>2025-08-26T11:05:41.045+02:00</DataNadaniaNumeruKSeF>
            <SkrotDokumentu>ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=</SkrotDokumentu>
            <TrybWysylki>Online</TrybWysylki></Dokument>";
        format!(
            "<Potwierdzenie xmlns=\"{NAMESPACE}\">
            <NazwaPodmiotuPrzyjmujacego>{MINISTRY} - środowisko testowe (TE)</NazwaPodmiotuPrzyjmujacego>
            <NumerReferencyjnySesji>20250826-SO-2F14610000-242991F8C9-B4</NumerReferencyjnySesji>
            <Uwierzytelnienie><IdKontekstu><Nip>5265877635</Nip></IdKontekstu></Uwierzytelnienie>
            <NazwaStrukturyLogicznej>Schemat_FA(3)_v1-0E.xsd</NazwaStrukturyLogicznej>
            <KodFormularza> FA
            (3) </KodFormularza>{document}{document}</Potwierdzenie>"
        )
    }

    #[test]
    fn a_receipt_is_read() {
        let upo = Upo::parse(upo().as_bytes()).unwrap();
        assert_eq!((upo.environment, upo.form_code.as_str()), (Environment::Test, "FA (3)"));
        let session = upo.session.map(|session| session.to_string());
        assert_eq!(session.as_deref(), Some("20250826-SO-2F14610000-242991F8C9-B4"));
        assert_eq!((upo.login, upo.page), (None, None));
        let [first, second] = upo.documents.as_slice() else { panic!("two documents") };
        assert_eq!(first.invoice_number.as_deref(), Some("1"));
        assert_eq!(first.issue_date.map(|date| date.to_string()).as_deref(), Some("2025-08-26"));
        assert_eq!(first.accepted_at, "2025-08-26T09:05:41.045Z".parse().ok());
        assert_eq!(first.is_offline, Some(false));
        assert_eq!(first, second);
        assert_eq!(first.ksef_number.as_str(), "5265877635-20250826-0100001AF629-AF");
    }

    #[test]
    fn login_and_page_are_read() {
        let digest = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let token = "20250819-EC-1ECDD12000-5EE71AE5E3-B7";
        for (proof, expected) in [
            (
                format!("<NumerReferencyjnyTokenaKSeF>{token}</NumerReferencyjnyTokenaKSeF>"),
                token.parse().ok().map(UpoLogin::Token),
            ),
            (
                format!(
                    "<SkrotDokumentuUwierzytelniajacego>{digest}</SkrotDokumentuUwierzytelniajacego>"
                ),
                digest.parse().ok().map(UpoLogin::SignedDocument),
            ),
            ("<Other/>".to_owned(), None),
        ] {
            let page = "<OpisPotwierdzenia><Strona>1</Strona><LiczbaStron>2</LiczbaStron></OpisPotwierdzenia>";
            let end = "</Uwierzytelnienie>";
            let upo = Upo::parse(upo().replace(end, &format!("{proof}{end}{page}")).as_bytes());
            let upo = upo.unwrap();
            assert_eq!((upo.login, upo.page), (expected, Some((1, 2))));
        }
    }

    #[test]
    fn the_environment_is_in_the_suffix() {
        assert_eq!(environment(MINISTRY), Some(Environment::Production));
        let suffixed = |suffix: &str| environment(&format!("{MINISTRY} - {suffix}"));
        assert_eq!(suffixed("środowisko testowe (TE)"), Some(Environment::Test));
        assert_eq!(suffixed("środowisko przedprodukcyjne (DEMO)"), Some(Environment::Demo));
        assert_eq!(environment("Ministerstwo Zdrowia"), None);
    }

    #[test]
    fn every_departure_from_the_schema_is_refused() {
        for (from, to) in [
            ("v4-3", "v4-2"),
            ("Potwierdzenie", "Poswiadczenie"),
            ("<KodFormularza>", "<More/><KodFormularza>"),
            ("NumerReferencyjnySesji", "NumerSesji"),
            ("-AF<", "-AE<"),
            ("Fa0=", "Fa1="),
            ("NipSprzedawcy>5265877635", "NipSprzedawcy>526587763"),
            ("<TrybWysylki>Online</TrybWysylki>", ""),
            ("</Dokument>", "<More/></Dokument>"),
            ("</Potwierdzenie>", "<More/></Potwierdzenie>"),
        ] {
            assert_eq!(Upo::parse(upo().replace(from, to).as_bytes()), None, "{to}");
        }
        let without = upo();
        let start = without.find("<Dokument>").unwrap();
        let none = format!("{}</Potwierdzenie>", &without[..start]);
        assert_eq!(Upo::parse(none.as_bytes()), None);
    }
}
