//! FA(3).

use super::Content::{self, Complex, Simple};
use super::common::*;
use super::dsl::*;
use super::types::*;
use super::{Attribute, Element, SimpleType};

/// The root.
pub(super) static INVOICE: Element = root(
    "Faktura",
    Complex(&inner(seq(&[
        req("Naglowek", HEADER),
        req("Podmiot1", SELLER),
        req("Podmiot2", BUYER),
        many("Podmiot3", THIRD_PARTY, 0, 100),
        opt("PodmiotUpowazniony", AUTHORISED_ENTITY),
        req("Fa", BODY),
        opt("Stopka", FOOTER),
        opt("Zalacznik", ATTACHMENT),
    ]))),
);

/// `TNaglowek`.
const HEADER: Content = Complex(&named(
    "TNaglowek",
    seq(&[
        req("KodFormularza", FORM_CODE),
        req("WariantFormularza", VARIANT),
        req("DataWytworzeniaFa", CREATION_TIME),
        opt("SystemInfo", TEXT_256),
    ]),
));

/// `KodFormularza`.
const FORM_CODE: Content = Complex(&text(
    &string("TKodFormularza").values(&["FA"]),
    &[fixed_attribute("kodSystemowy", "FA (3)"), fixed_attribute("wersjaSchemy", "1-0E")],
));

/// `Podmiot2`.
const BUYER: Content = Complex(&inner(seq(&[
    opt("NrEORI", TEXT_256),
    req("DaneIdentyfikacyjne", BUYER_IDENTITY),
    opt("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT, 0, 3),
    opt("NrKlienta", TEXT_256),
    opt("IDNabywcy", BUYER_LINK),
    req("JST", ONE_OR_TWO),
    req("GV", ONE_OR_TWO),
])));

/// `TPodmiot2`.
const BUYER_IDENTITY: Content = Complex(&named(
    "TPodmiot2",
    seq(&[
        choice(&[
            req("NIP", NIP),
            seq(&[req("KodUE", EU_COUNTRY), req("NrVatUE", EU_VAT_NUMBER)]),
            seq(&[opt("KodKraju", COUNTRY), req("NrID", FOREIGN_ID)]),
            req("BrakID", MARK),
        ]),
        opt_seq(&[req("Nazwa", TEXT_512)]),
    ]),
));

/// `Podmiot3`.
const THIRD_PARTY: Content = Complex(&inner(seq(&[
    opt("IDNabywcy", BUYER_LINK),
    opt("NrEORI", TEXT_256),
    req("DaneIdentyfikacyjne", THIRD_PARTY_IDENTITY),
    opt("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT_OF_THIRD_PARTY, 0, 3),
    choice(&[
        req("Rola", THIRD_PARTY_ROLE),
        seq(&[req("RolaInna", MARK), req("OpisRoli", TEXT_256)]),
    ]),
    opt("Udzial", PERCENT),
    opt("NrKlienta", TEXT_256),
])));

/// `TPodmiot3`.
const THIRD_PARTY_IDENTITY: Content = Complex(&named(
    "TPodmiot3",
    seq(&[
        choice(&[
            req("NIP", NIP),
            req("IDWew", INTERNAL_ID),
            seq(&[req("KodUE", EU_COUNTRY), req("NrVatUE", EU_VAT_NUMBER)]),
            seq(&[opt("KodKraju", COUNTRY), req("NrID", FOREIGN_ID)]),
            req("BrakID", MARK),
        ]),
        opt_seq(&[req("Nazwa", TEXT_512)]),
    ]),
));

/// `Fa`.
const BODY: Content = Complex(&inner(seq(&[
    req("KodWaluty", CURRENCY),
    req("P_1", DATE_T),
    opt("P_1M", TEXT_256),
    req("P_2", TEXT_256),
    many("WZ", TEXT_256, 0, 1000),
    opt_choice(&[req("P_6", DATE_T), req("OkresFa", PERIOD)]),
    opt_seq(&[req("P_13_1", AMOUNT), req("P_14_1", AMOUNT), opt("P_14_1W", AMOUNT)]),
    opt_seq(&[req("P_13_2", AMOUNT), req("P_14_2", AMOUNT), opt("P_14_2W", AMOUNT)]),
    opt_seq(&[req("P_13_3", AMOUNT), req("P_14_3", AMOUNT), opt("P_14_3W", AMOUNT)]),
    opt_seq(&[req("P_13_4", AMOUNT), req("P_14_4", AMOUNT), opt("P_14_4W", AMOUNT)]),
    opt_seq(&[req("P_13_5", AMOUNT), opt("P_14_5", AMOUNT)]),
    opt("P_13_6_1", AMOUNT),
    opt("P_13_6_2", AMOUNT),
    opt("P_13_6_3", AMOUNT),
    opt("P_13_7", AMOUNT),
    opt("P_13_8", AMOUNT),
    opt("P_13_9", AMOUNT),
    opt("P_13_10", AMOUNT),
    opt("P_13_11", AMOUNT),
    req("P_15", AMOUNT),
    opt("KursWalutyZ", QUANTITY),
    req("Adnotacje", ANNOTATIONS),
    req("RodzajFaktury", INVOICE_KIND),
    opt_seq(&[
        opt("PrzyczynaKorekty", TEXT_256),
        opt("TypKorekty", CORRECTION_TYPE),
        many("DaneFaKorygowanej", CORRECTED_INVOICE, 1, 50_000),
        opt("OkresFaKorygowanej", TEXT_256),
        opt("NrFaKorygowany", TEXT_256),
        opt("Podmiot1K", CORRECTED_SELLER),
        many("Podmiot2K", CORRECTED_BUYER, 0, 101),
        opt_seq(&[req("P_15ZK", AMOUNT), opt("KursWalutyZK", QUANTITY)]),
    ]),
    many("ZaliczkaCzesciowa", PARTIAL_ADVANCE, 0, 31),
    opt("FP", MARK),
    opt("TP", MARK),
    many("DodatkowyOpis", KEY_VALUE, 0, 10_000),
    many("FakturaZaliczkowa", ADVANCE_INVOICE, 0, 100),
    opt("ZwrotAkcyzy", MARK),
    many("FaWiersz", LINE, 0, 10_000),
    opt("Rozliczenie", SETTLEMENT),
    opt("Platnosc", PAYMENT),
    opt("WarunkiTransakcji", TRANSACTION_TERMS),
    opt("Zamowienie", ORDER),
])));

/// `Podmiot2K`.
const CORRECTED_BUYER: Content = Complex(&inner(seq(&[
    req("DaneIdentyfikacyjne", BUYER_IDENTITY),
    opt("Adres", ADDRESS),
    opt("IDNabywcy", BUYER_LINK),
])));

/// `FaWiersz`.
const LINE: Content = Complex(&inner(seq(&[
    req("NrWierszaFa", LINE_NUMBER),
    opt("UU_ID", TEXT_50),
    opt("P_6A", DATE_T),
    opt("P_7", TEXT_512),
    opt("Indeks", TEXT_50),
    opt("GTIN", TEXT_20),
    opt("PKWiU", TEXT_50),
    opt("CN", TEXT_50),
    opt("PKOB", TEXT_50),
    opt("P_8A", TEXT_256),
    opt("P_8B", QUANTITY),
    opt("P_9A", UNIT_PRICE),
    opt("P_9B", UNIT_PRICE),
    opt("P_10", UNIT_PRICE),
    opt("P_11", AMOUNT),
    opt("P_11A", AMOUNT),
    opt("P_11Vat", AMOUNT),
    opt("P_12", VAT_RATE),
    opt("P_12_XII", PERCENT),
    opt("P_12_Zal_15", MARK),
    opt("KwotaAkcyzy", AMOUNT),
    opt("GTU", GTU),
    opt("Procedura", PROCEDURE),
    opt("KursWaluty", QUANTITY),
    opt("StanPrzed", MARK),
])));

/// `Platnosc`.
const PAYMENT: Content = Complex(&inner(seq(&[
    opt_choice(&[
        seq(&[req("Zaplacono", MARK), req("DataZaplaty", DATE)]),
        seq(&[
            req("ZnacznikZaplatyCzesciowej", YES_NO),
            many("ZaplataCzesciowa", PARTIAL_PAYMENT, 1, 100),
        ]),
    ]),
    many("TerminPlatnosci", PAYMENT_TERM, 0, 100),
    opt_choice(&[
        req("FormaPlatnosci", PAYMENT_FORM),
        seq(&[req("PlatnoscInna", MARK), req("OpisPlatnosci", TEXT_256)]),
    ]),
    many("RachunekBankowy", BANK_ACCOUNT, 0, 100),
    many("RachunekBankowyFaktora", BANK_ACCOUNT, 0, 20),
    opt("Skonto", DISCOUNT),
    opt("LinkDoPlatnosci", PAYMENT_LINK),
    opt("IPKSeF", PAYMENT_ID),
])));

/// `ZaplataCzesciowa`.
const PARTIAL_PAYMENT: Content = Complex(&inner(seq(&[
    req("KwotaZaplatyCzesciowej", AMOUNT),
    req("DataZaplatyCzesciowej", DATE),
    opt_choice(&[
        req("FormaPlatnosci", PAYMENT_FORM),
        seq(&[req("PlatnoscInna", MARK), req("OpisPlatnosci", TEXT_256)]),
    ]),
])));

/// `TerminPlatnosci`.
const PAYMENT_TERM: Content =
    Complex(&inner(opt_seq(&[opt("Termin", DATE), opt("TerminOpis", PAYMENT_TERM_DESCRIPTION)])));

/// `TerminOpis`.
const PAYMENT_TERM_DESCRIPTION: Content = Complex(&inner(seq(&[
    req("Ilosc", INTEGER),
    req("Jednostka", TEXT_50),
    req("ZdarzeniePoczatkowe", TEXT_256),
])));

/// `TRachunekBankowy`.
const BANK_ACCOUNT: Content = Complex(&named(
    "TRachunekBankowy",
    seq(&[
        seq(&[req("NrRB", ACCOUNT), opt("SWIFT", SWIFT)]),
        opt("RachunekWlasnyBanku", BANKS_OWN_ACCOUNT),
        opt("NazwaBanku", TEXT_256),
        opt("OpisRachunku", TEXT_256),
    ]),
));

/// `WarunkiTransakcji`.
const TRANSACTION_TERMS: Content = Complex(&inner(seq(&[
    many("Umowy", CONTRACT, 0, 100),
    many("Zamowienia", PURCHASE_ORDER, 0, 100),
    many("NrPartiiTowaru", TEXT_256, 0, 1000),
    opt("WarunkiDostawy", TEXT_256),
    opt_seq(&[req("KursUmowny", QUANTITY), req("WalutaUmowna", CURRENCY)]),
    many("Transport", TRANSPORT, 0, 20),
    opt("PodmiotPosredniczacy", MARK),
])));

/// `Umowy`.
const CONTRACT: Content =
    Complex(&inner(opt_seq(&[opt("DataUmowy", DATE_U), opt("NrUmowy", TEXT_256)])));

/// `Zamowienia`.
const PURCHASE_ORDER: Content =
    Complex(&inner(opt_seq(&[opt("DataZamowienia", DATE_U), opt("NrZamowienia", TEXT_256)])));

/// `Transport`.
const TRANSPORT: Content = Complex(&inner(seq(&[
    choice(&[
        req("RodzajTransportu", TRANSPORT_KIND),
        seq(&[req("TransportInny", MARK), req("OpisInnegoTransportu", TEXT_50)]),
    ]),
    opt("Przewoznik", CARRIER),
    opt("NrZleceniaTransportu", TEXT_256),
    seq(&[
        choice(&[
            req("OpisLadunku", CARGO),
            seq(&[req("LadunekInny", MARK), req("OpisInnegoLadunku", TEXT_50)]),
        ]),
        opt("JednostkaOpakowania", TEXT_256),
    ]),
    opt_seq(&[
        opt("DataGodzRozpTransportu", DATE_TIME),
        opt("DataGodzZakTransportu", DATE_TIME),
        opt("WysylkaZ", ADDRESS),
        many("WysylkaPrzez", ADDRESS, 0, 20),
        opt("WysylkaDo", ADDRESS),
    ]),
])));

/// `Przewoznik`.
const CARRIER: Content = Complex(&inner(seq(&[
    req("DaneIdentyfikacyjne", BUYER_IDENTITY),
    req("AdresPrzewoznika", ADDRESS),
])));

/// `Zamowienie`.
const ORDER: Content = Complex(&inner(seq(&[
    req("WartoscZamowienia", AMOUNT),
    many("ZamowienieWiersz", ORDER_LINE, 1, 10_000),
])));

/// `ZamowienieWiersz`.
const ORDER_LINE: Content = Complex(&inner(seq(&[
    req("NrWierszaZam", LINE_NUMBER),
    opt("UU_IDZ", TEXT_50),
    opt("P_7Z", TEXT_512),
    opt("IndeksZ", TEXT_50),
    opt("GTINZ", TEXT_20),
    opt("PKWiUZ", TEXT_50),
    opt("CNZ", TEXT_50),
    opt("PKOBZ", TEXT_50),
    opt("P_8AZ", TEXT_256),
    opt("P_8BZ", QUANTITY),
    opt("P_9AZ", UNIT_PRICE),
    opt("P_11NettoZ", AMOUNT),
    opt("P_11VatZ", AMOUNT),
    opt("P_12Z", VAT_RATE),
    opt("P_12Z_XII", PERCENT),
    opt("P_12Z_Zal_15", MARK),
    opt("GTUZ", GTU),
    opt("ProceduraZ", ORDER_PROCEDURE),
    opt("KwotaAkcyzyZ", AMOUNT),
    opt("StanPrzedZ", MARK),
])));

/// `Zalacznik`.
const ATTACHMENT: Content = Complex(&inner(seq(&[many("BlokDanych", DATA_BLOCK, 1, 1000)])));

/// `BlokDanych`.
const DATA_BLOCK: Content = Complex(&inner(seq(&[
    opt("ZNaglowek", TEXT_512),
    many("MetaDane", METADATA, 1, 1000),
    opt("Tekst", PARAGRAPHS),
    opt_seq(&[many("Tabela", DATA_TABLE, 0, 1000)]),
])));

/// `MetaDane`.
const METADATA: Content =
    Complex(&inner(seq(&[req("ZKlucz", TEXT_256), req("ZWartosc", TEXT_256)])));

/// `Tekst`.
const PARAGRAPHS: Content = Complex(&inner(seq(&[many("Akapit", TEXT_512, 1, 10)])));

/// `Tabela`.
const DATA_TABLE: Content = Complex(&inner(seq(&[
    many("TMetaDane", TABLE_METADATA, 0, 1000),
    opt("Opis", TEXT_512),
    req("TNaglowek", TABLE_HEADER),
    many("Wiersz", ROW, 1, 1000),
    opt("Suma", TOTALS),
])));

/// `TMetaDane`.
const TABLE_METADATA: Content =
    Complex(&inner(seq(&[req("TKlucz", TEXT_256), req("TWartosc", TEXT_256)])));

/// `TNaglowek` of a table.
const TABLE_HEADER: Content = Complex(&inner(seq(&[many("Kol", COLUMN, 1, 20)])));

/// `Kol`.
const COLUMN: Content =
    Complex(&inner(seq(&[req("NKom", COLUMN_NAME)])).attributes(COLUMN_ATTRIBUTES));

/// `NKom`.
const COLUMN_NAME: Content = Complex(&text(&CELL_TEXT, &[]));

/// `Wiersz`.
const ROW: Content = Complex(&inner(seq(&[many("WKom", CELL, 1, 20)])));

/// `Suma`.
const TOTALS: Content = Complex(&inner(seq(&[many("SKom", CELL, 1, 20)])));

const COLUMN_ATTRIBUTES: &[Attribute] =
    &[attribute("Typ", &string("").values(&["date", "datetime", "dec", "int", "time", "txt"]))];

// --- Simple types of this schema only ---

const VARIANT: Content = Simple(&byte("").values(&["3"]));
const CREATION_TIME: Content = Simple(&date_time("").between("2025-09-01T00:00:00Z", LAST_MOMENT));
const FOREIGN_ID: Content = Simple(&foreign_id(&[]));
const ONE_OR_TWO: Content = Simple(&integer("").values(&["1", "2"]));
const THIRD_PARTY_ROLE: Content = Simple(
    &integer("TRolaPodmiotu3").values(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]),
);
const VAT_RATE: Content = Simple(&token("TStawkaPodatku").length(1, 256).values(&[
    "23", "22", "8", "7", "5", "4", "3", "0 KR", "0 WDT", "0 EX", "zw", "oo", "np I", "np II",
]));
const ACCOUNT: Content = ACCOUNT_10_TO_34;
const DATE_U: Content = Simple(&day("TDataU").between("1990-01-01", "2050-01-01"));
const CELL: Content = Simple(&CELL_TEXT);
const CELL_TEXT: SimpleType = token("TZnakowy2").length(0, 256);
