//! `FA_RR(1)`.

use super::Content::{self, Complex, Simple};
use super::Element;
use super::common::*;
use super::dsl::*;
use super::types::*;

/// The root.
pub(super) static INVOICE: Element = root(
    "Faktura",
    Complex(&inner(seq(&[
        req("Naglowek", HEADER),
        req("Podmiot1", SELLER),
        req("Podmiot2", BUYER),
        many("Podmiot3", THIRD_PARTY, 0, 100),
        req("FakturaRR", BODY),
        opt("Stopka", FOOTER),
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
    &string("TKodFormularza").values(&["FA_RR"]),
    &[fixed_attribute("kodSystemowy", "FA_RR (1)"), fixed_attribute("wersjaSchemy", "1-1E")],
));

/// `Podmiot1`.
const SELLER: Content = Complex(&inner(seq(&[
    req("DaneIdentyfikacyjne", SELLER_IDENTITY),
    req("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT, 0, 3),
    opt("NrKontrahenta", TEXT_256),
])));

/// `Podmiot2`.
const BUYER: Content = Complex(&inner(seq(&[
    req("DaneIdentyfikacyjne", SELLER_IDENTITY),
    req("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT, 0, 3),
    opt("StatusInfoPodatnika", TAXPAYER_STATUS),
])));

/// `Podmiot3`.
const THIRD_PARTY: Content = Complex(&inner(seq(&[
    req("DaneIdentyfikacyjne", THIRD_PARTY_IDENTITY),
    opt("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT, 0, 3),
    choice(&[
        req("Rola", THIRD_PARTY_ROLE),
        seq(&[req("RolaInna", MARK), req("OpisRoli", TEXT_256)]),
    ]),
])));

/// `TPodmiot3`.
const THIRD_PARTY_IDENTITY: Content = Complex(&named(
    "TPodmiot3",
    seq(&[
        choice(&[req("NIP", NIP), req("IDWew", INTERNAL_ID), req("BrakID", MARK)]),
        req("Nazwa", TEXT_512),
    ]),
));

/// `FakturaRR`.
const BODY: Content = Complex(&inner(seq(&[
    req("KodWaluty", CURRENCY),
    opt("P_1M", TEXT_256),
    opt("P_4A", DATE_T),
    req("P_4B", DATE_T),
    req("P_4C", TEXT_256),
    seq(&[
        req("P_11_1", AMOUNT),
        opt("P_11_1W", AMOUNT),
        req("P_11_2", AMOUNT),
        opt("P_11_2W", AMOUNT),
    ]),
    seq(&[req("P_12_1", AMOUNT), opt("P_12_1W", AMOUNT), req("P_12_2", TEXT_256)]),
    req("RodzajFaktury", INVOICE_KIND),
    opt_seq(&[
        opt("PrzyczynaKorekty", TEXT_256),
        opt("TypKorekty", CORRECTION_TYPE),
        many("DaneFaKorygowanej", CORRECTED_INVOICE, 1, 50_000),
        opt("NrFaKorygowany", TEXT_256),
        opt("Podmiot1K", CORRECTED_SELLER),
        opt("Podmiot2K", CORRECTED_BUYER),
    ]),
    many("DokumentZaplaty", PAYMENT_DOCUMENT, 0, 50),
    many("DodatkowyOpis", KEY_VALUE, 0, 10_000),
    many("FakturaRRWiersz", LINE, 0, 10_000),
    opt("Rozliczenie", SETTLEMENT),
    opt("Platnosc", PAYMENT),
])));

/// `Podmiot1K`.
const CORRECTED_SELLER: Content =
    Complex(&inner(seq(&[req("DaneIdentyfikacyjne", SELLER_IDENTITY), req("Adres", ADDRESS)])));

/// `Podmiot2K`.
const CORRECTED_BUYER: Content =
    Complex(&inner(seq(&[req("DaneIdentyfikacyjne", SELLER_IDENTITY), req("Adres", ADDRESS)])));

/// `DokumentZaplaty`.
const PAYMENT_DOCUMENT: Content =
    Complex(&inner(seq(&[req("NrDokumentu", TEXT_256), opt("DataDokumentu", DATE)])));

/// `FakturaRRWiersz`.
const LINE: Content = Complex(&inner(seq(&[
    req("NrWierszaFa", LINE_NUMBER),
    opt("UU_ID", TEXT_50),
    opt("P_4AA", DATE_T),
    req("P_5", TEXT_256),
    opt("GTIN", TEXT_20),
    opt("PKWiU", TEXT_50),
    opt("CN", TEXT_50),
    req("P_6A", TEXT_256),
    req("P_6B", QUANTITY),
    req("P_6C", TEXT_256),
    req("P_7", UNIT_PRICE),
    req("P_8", AMOUNT),
    req("P_9", VAT_RATE),
    req("P_10", AMOUNT),
    req("P_11", AMOUNT),
    opt("StanPrzed", MARK),
    opt("KursWaluty", QUANTITY),
])));

/// `Platnosc`.
const PAYMENT: Content = Complex(&inner(seq(&[
    opt_choice(&[
        req("FormaPlatnosci", PAYMENT_FORM),
        seq(&[req("PlatnoscInna", MARK), req("OpisPlatnosci", TEXT_256)]),
    ]),
    many("RachunekBankowy1", BANK_ACCOUNT, 0, 3),
    many("RachunekBankowy2", BANK_ACCOUNT, 0, 3),
    opt("IPKSeF", PAYMENT_ID),
    opt("LinkDoPlatnosci", PAYMENT_LINK),
])));

/// `TRachunekBankowy`.
const BANK_ACCOUNT: Content = Complex(&named(
    "TRachunekBankowy",
    seq(&[
        seq(&[req("NrRB", ACCOUNT), opt("SWIFT", SWIFT)]),
        opt("NazwaBanku", TEXT_256),
        opt("OpisRachunku", TEXT_256),
    ]),
));

// --- Simple types of this schema only ---

const VARIANT: Content = Simple(&byte("").values(&["1"]));
const CREATION_TIME: Content = Simple(&date_time("").between("2026-01-01T00:00:00Z", LAST_MOMENT));
const THIRD_PARTY_ROLE: Content = Simple(
    &integer("TRolaPodmiotu3").values(&["1", "2", "3", "5", "6", "7", "8", "9", "10", "11"]),
);
const PAYMENT_FORM: Content = Simple(&integer("TFormaPlatnosci").values(&["1"]));
const CORRECTION_TYPE: Content = Simple(&integer("TTypKorekty").values(&["1", "2", "3", "4"]));
const INVOICE_KIND: Content =
    Simple(&token("TRodzajFaktury").length(1, 256).values(&["VAT_RR", "KOR_VAT_RR"]));
const VAT_RATE: Content =
    Simple(&decimal("TStawkaPodatku").digits(5, 2).between("0", "100").values(&["6.5", "7"]));
const ACCOUNT: Content = ACCOUNT_10_TO_34;
