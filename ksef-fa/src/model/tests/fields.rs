//! Each structure has the fields that the table has, as often and in the same order.

use std::collections::BTreeSet;

use crate::Schema;
use crate::model::declare::{Children, Field, Group};
use crate::model::{self, Invoice};
use crate::schema::{Body, Content, Element, Particle};

/// A content model in one form, whoever declares it: sequences that are neither optional nor a
/// branch are gone, and so are those whose items are all optional anyway.
#[derive(Clone, Debug)]
enum Node {
    Element { name: &'static str, min: u32, max: u32, children: Option<Vec<Self>>, leaf: Leaf },
    Sequence(Vec<Self>),
    Choice { min: u32, branches: Vec<Vec<Self>> },
}

/// What is known of the text of an element.
#[derive(Clone, Debug, Default)]
struct Leaf {
    /// The type in the table, or the one that the documentation names.
    schema: &'static str,
    rust: &'static str,
}

impl Node {
    const fn is_optional(&self) -> bool {
        match self {
            Self::Element { min, .. } | Self::Choice { min, .. } => *min == 0,
            Self::Sequence(_) => true,
        }
    }

    fn optional_sequence(mut items: Vec<Self>) -> Vec<Self> {
        match items.as_mut_slice() {
            items if items.iter().all(Self::is_optional) => {}
            [Self::Element { min, .. }] => *min = 0,
            _ => return vec![Self::Sequence(items)],
        }
        items
    }

    /// The choice may be empty if one of its branches may be, and then none of them has to be.
    fn choice(mut min: u32, mut branches: Vec<Vec<Self>>) -> Self {
        for branch in &mut branches {
            if let [Self::Element { min: of_element @ 0, .. }] = branch.as_mut_slice() {
                (min, *of_element) = (0, 1);
            }
        }
        Self::Choice { min, branches }
    }
}

fn of_particle(particle: &Particle) -> Vec<Node> {
    let all = |items: &[Particle]| items.iter().flat_map(of_particle).collect();
    match particle {
        Particle::Element(element) => vec![of_element(element)],
        Particle::Sequence { min: 0, items } => Node::optional_sequence(all(items)),
        Particle::Sequence { items, .. } => all(items),
        Particle::Choice { min, items } => {
            vec![Node::choice(*min, items.iter().map(of_particle).collect())]
        }
    }
}

fn of_element(element: &Element) -> Node {
    let Element { name, min, max, .. } = *element;
    let (children, schema) = match element.content {
        Content::Simple(simple) => (None, simple.name),
        Content::Complex(complex) => match &complex.body {
            Body::Children(children) => (Some(of_particle(children)), complex.name),
            Body::Text(simple) => (None, simple.name),
        },
    };
    Node::Element { name, min, max, children, leaf: Leaf { schema, rust: "" } }
}

fn of_group(group: Group) -> Vec<Node> {
    group.fields.iter().flat_map(of_field).collect()
}

fn of_field(field: &Field) -> Vec<Node> {
    match *field {
        Field::Element { name, min, max, children, rust, documented } => {
            let children = children.map(|group| match group.is_choice {
                true => vec![Node::choice(1, branches(group))],
                false => of_group(group),
            });
            let leaf = Leaf { schema: documented, rust: rust() };
            vec![Node::Element { name, min, max, children, leaf }]
        }
        Field::Group { min, group } if group.is_choice => vec![Node::choice(min, branches(group))],
        Field::Group { min: 0, group } => Node::optional_sequence(of_group(group)),
        Field::Group { group, .. } => of_group(group),
    }
}

fn branches(group: Group) -> Vec<Vec<Node>> {
    group.fields.iter().map(of_field).collect()
}

/// One line for each node, to be compared.
fn lines(path: &str, nodes: &[Node], lines: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Element { name, min, max, children, .. } => {
                lines.push(format!("{path}/{name} {min}..{max}"));
                if let Some(children) = children {
                    self::lines(&format!("{path}/{name}"), children, lines);
                }
            }
            Node::Sequence(items) => {
                lines.push(format!("{path} ("));
                self::lines(path, items, lines);
                lines.push(format!("{path} )"));
            }
            Node::Choice { min, branches } => {
                lines.push(format!("{path} choice {min}"));
                for branch in branches {
                    lines.push(format!("{path} |"));
                    self::lines(path, branch, lines);
                }
                lines.push(format!("{path} end"));
            }
        }
    }
}

fn lines_of_table(schema: Schema) -> Vec<String> {
    let mut found = Vec::new();
    lines("", &[of_element(schema.root())], &mut found);
    found
}

fn lines_of_model() -> Vec<String> {
    let mut found = vec!["/Faktura 1..1".to_owned()];
    lines("/Faktura", &of_group(Invoice::GROUP), &mut found);
    found
}

#[test]
fn the_fields_are_those_of_fa3() {
    let (model, table) = (lines_of_model(), lines_of_table(Schema::Fa3));
    for (model, table) in model.iter().zip(&table) {
        assert_eq!(model, table);
    }
    assert_eq!(model.len(), table.len());
}

/// What of the model is not in FA(2), and what of FA(2) is not in the model, beside the attachment.
const DIFFERENCES: [&str; 19] = [
    "+ /Faktura/Podmiot2/JST 1..1",
    "+ /Faktura/Podmiot2/GV 1..1",
    "+ /Faktura/Podmiot3/Adres 0..1",
    "- /Faktura/Podmiot3/Adres 1..1",
    "+ /Faktura/Fa/DaneFaKorygowanej 1..50000",
    "- /Faktura/Fa/DaneFaKorygowanej 1..4294967295",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa choice 0",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa |",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa/FormaPlatnosci 1..1",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa/PlatnoscInna 1..1",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa/OpisPlatnosci 1..1",
    "+ /Faktura/Fa/Platnosc/ZaplataCzesciowa end",
    "+ /Faktura/Fa/Platnosc/TerminPlatnosci/Termin 0..1",
    "- /Faktura/Fa/Platnosc/TerminPlatnosci/Termin 1..1",
    "+ /Faktura/Fa/Platnosc/TerminPlatnosci/TerminOpis/Ilosc 1..1",
    "+ /Faktura/Fa/Platnosc/TerminPlatnosci/TerminOpis/Jednostka 1..1",
    "+ /Faktura/Fa/Platnosc/TerminPlatnosci/TerminOpis/ZdarzeniePoczatkowe 1..1",
    "+ /Faktura/Fa/Platnosc/LinkDoPlatnosci 0..1",
    "+ /Faktura/Fa/Platnosc/IPKSeF 0..1",
];

#[test]
fn the_fields_are_those_of_fa2_but_for_what_is_listed() {
    let (model, table) = (lines_of_model(), lines_of_table(Schema::Fa2));
    let only = |these: &[String], those: &[String], sign: &str| {
        let only = these.iter().filter(|line| !those.contains(line));
        let only = only.filter(|line| !line.starts_with("/Faktura/Zalacznik"));
        only.map(|line| format!("{sign} {line}")).collect::<BTreeSet<_>>()
    };
    let mut found = only(&model, &table, "+");
    found.extend(only(&table, &model, "-"));
    assert_eq!(found, DIFFERENCES.map(str::to_owned).into());
    // In the same order as well.
    let common = |these: &[String], those: &[String]| {
        these.iter().filter(|line| those.contains(line)).cloned().collect::<Vec<_>>()
    };
    let of_model = common(&model, &table).into_iter().filter(|line| !line.ends_with('|'));
    let of_table = common(&table, &model).into_iter().filter(|line| !line.ends_with('|'));
    assert!(of_model.eq(of_table));
}

/// Types of the schema, and what they are here.
const TYPES: [(&str, &[&str]); 42] = [
    ("SWIFT_Type", &["Swift"]),
    ("TAdresEmail", &["EmailAddress"]),
    ("TData", &["InvoiceDate"]),
    ("TDataCzas", &["DateTime"]),
    ("TDataT", &["InvoiceDate"]),
    ("TDataU", &["InvoiceDate"]),
    ("TFormaPlatnosci", &["Written<PaymentForm>"]),
    ("TGLN", &["Text<13>"]),
    ("TGTU", &["Gtu"]),
    ("TIlosci", &["Quantity"]),
    ("TKodFormularza", &["FormMark"]),
    ("TKodKraju", &["CountryCode"]),
    ("TKodWaluty", &["Currency"]),
    ("TKodyKrajowUE", &["EuCountryCode", "Written<SellerPrefix>"]),
    ("TKwotowy", &["Amount"]),
    ("TKwotowy2", &["UnitPrice"]),
    ("TLadunek", &["Written<CargoKind>"]),
    ("TNIPIdWew", &["InternalId"]),
    ("TNaturalny", &["Written<LineNumber>"]),
    ("TNrIdentyfikacjiPodatkowej", &["OtherTaxId"]),
    ("TNrKRS", &["Krs"]),
    ("TNrNIP", &["Nip"]),
    ("TNrRB", &["AccountNumber"]),
    ("TNrREGON", &["Regon"]),
    ("TNrVatUE", &["EuVatNumber"]),
    ("TNumerKSeF", &["ReferencedKsefNumber"]),
    ("TNumerTelefonu", &["Text<16>"]),
    ("TOznaczenieProcedury", &["Procedure"]),
    ("TOznaczenieProceduryZ", &["OrderProcedure"]),
    ("TProcentowy", &["Written<Percent>"]),
    ("TRachunekWlasnyBanku", &["Written<BankOwnAccount>"]),
    ("TRodzajFaktury", &["InvoiceKind"]),
    ("TRodzajTransportu", &["Written<TransportMode>"]),
    ("TRolaPodmiotu3", &["Written<Role>"]),
    ("TRolaPodmiotuUpowaznionego", &["Written<AuthorisedRole>"]),
    ("TStatusInfoPodatnika", &["Written<TaxpayerStatus>"]),
    ("TStawkaPodatku", &["VatRate"]),
    ("TTekstowy", &["FooterText"]),
    ("TTypKorekty", &["Written<CorrectionEffect>"]),
    ("TWybor1", &["Mark"]),
    ("TWybor1_2", &["Written<YesNo>", "Written<PartialPaymentState>"]),
    ("TZnakowy", &["Text<256>"]),
];

/// Further ones, by their names or, where they have none, by their elements.
const MORE_TYPES: [(&str, &str); 14] = [
    ("TZnakowy2", "Text<256, 0>"),
    ("TZnakowy50", "Text<50>"),
    ("TZnakowy20", "Text<20>"),
    ("TZnakowy512", "Text<512>"),
    ("BDO", "Text<9>"),
    ("DataWytworzeniaFa", "DateTime"),
    ("GV", "Written<YesNo>"),
    ("IDNabywcy", "Text<32>"),
    ("IPKSeF", "PaymentId"),
    ("integer", "WholeNumber"),
    ("JST", "Written<YesNo>"),
    ("LinkDoPlatnosci", "PaymentLink"),
    ("NrID", "OtherTaxId"),
    ("WariantFormularza", "Written<SchemaVersion>"),
];

/// All elements with text, in order.
fn leaves(nodes: &[Node], found: &mut Vec<(&'static str, Leaf)>) {
    for node in nodes {
        match node {
            Node::Element { name, children: None, leaf, .. } => found.push((name, leaf.clone())),
            Node::Element { children: Some(children), .. } => leaves(children, found),
            Node::Sequence(items) => leaves(items, found),
            Node::Choice { branches, .. } => {
                branches.iter().for_each(|branch| leaves(branch, found));
            }
        }
    }
}

/// `ksef_fa::model::text::Text<256, 1>` without its modules and defaults.
fn short(name: &str) -> String {
    let words = name.split_inclusive(['<', ' ', ',']);
    let words: String = words.map(|word| word.rsplit("::").next().unwrap()).collect();
    words.replace(", 1>", ">")
}

#[test]
fn each_text_has_the_type_of_the_schema() {
    let (mut model, mut table) = (Vec::new(), Vec::new());
    leaves(&of_group(Invoice::GROUP), &mut model);
    leaves(&[of_element(Schema::Fa3.root())], &mut table);
    assert_eq!(model.len(), table.len());
    let is_known = |schema: &str, rust: &str| {
        TYPES.iter().any(|(known, types)| *known == schema && types.contains(&rust))
            || MORE_TYPES.contains(&(schema, rust))
    };
    for ((name, model), (_, table)) in model.iter().zip(&table) {
        let rust = short(model.rust);
        let schema = if table.schema.is_empty() { name } else { table.schema };
        assert!(is_known(schema, &rust), "{name} is {schema:?} and {rust}");
        let documented = model.schema.split(' ').next().unwrap();
        let is_documented = documented == schema || documented.is_empty();
        assert!(is_documented || table.schema.is_empty(), "{name} is {schema}, not {documented}");
    }
}

#[test]
fn the_codes_are_those_of_both_versions() {
    macro_rules! assert_codes {
        ($($type:ident at $path:literal;)+) => {$(
            let codes: BTreeSet<&str> = model::$type::ALL.iter().map(|code| code.as_str()).collect();
            let values = [Schema::Fa2, Schema::Fa3].into_iter().filter_map(|schema| {
                match schema.element($path)?.content {
                    Content::Simple(simple) => Some(simple.values),
                    Content::Complex(_) => panic!("{} has no text", $path),
                }
            });
            let values: BTreeSet<&str> = values.flatten().copied().collect();
            assert_eq!(codes, values, "{}", $path);
        )+};
    }
    assert_codes! {
        AuthorisedRole at "PodmiotUpowazniony/RolaPU";
        BankOwnAccount at "Fa/Platnosc/RachunekBankowy/RachunekWlasnyBanku";
        CargoKind at "Fa/WarunkiTransakcji/Transport/OpisLadunku";
        CorrectionEffect at "Fa/TypKorekty";
        CountryCode at "Podmiot1/Adres/KodKraju";
        EuCountryCode at "Podmiot2/DaneIdentyfikacyjne/KodUE";
        Gtu at "Fa/FaWiersz/GTU";
        OrderProcedure at "Fa/Zamowienie/ZamowienieWiersz/ProceduraZ";
        PartialPaymentState at "Fa/Platnosc/ZnacznikZaplatyCzesciowej";
        PaymentForm at "Fa/Platnosc/FormaPlatnosci";
        Procedure at "Fa/FaWiersz/Procedura";
        Role at "Podmiot3/Rola";
        TaxpayerStatus at "Podmiot1/StatusInfoPodatnika";
        TransportMode at "Fa/WarunkiTransakcji/Transport/RodzajTransportu";
        VatRate at "Fa/FaWiersz/P_12";
        YesNo at "Podmiot2/JST";
        YesNo at "Fa/Adnotacje/P_16";
    }
}
