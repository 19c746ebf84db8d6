//! Complex types that are the same in FA(2) and FA(3), and some of them in `FA_RR(1)`, down to the
//! last facet.

use super::Content::{self, Complex};
use super::Particle;
use super::dsl::{choice, inner, many, named, opt, opt_choice, opt_seq, req, seq};
use super::types::*;

/// `Podmiot1`.
pub(super) const SELLER: Content = Complex(&inner(seq(&[
    opt("PrefiksPodatnika", EU_COUNTRY_PL),
    opt("NrEORI", TEXT_256),
    req("DaneIdentyfikacyjne", SELLER_IDENTITY),
    req("Adres", ADDRESS),
    opt("AdresKoresp", MAILING_ADDRESS),
    many("DaneKontaktowe", CONTACT, 0, 3),
    opt("StatusInfoPodatnika", TAXPAYER_STATUS),
])));

/// `TPodmiot1`.
pub(super) const SELLER_IDENTITY: Content =
    Complex(&named("TPodmiot1", seq(&[req("NIP", NIP), req("Nazwa", TEXT_512)])));

/// `TAdres`.
pub(super) const ADDRESS: Content = Complex(&named("TAdres", ADDRESS_LINES));

/// `AdresKoresp` of the seller: a type of its own, which adds nothing to `TAdres`.
pub(super) const MAILING_ADDRESS: Content = Complex(&inner(ADDRESS_LINES));

const ADDRESS_LINES: Particle = seq(&[
    req("KodKraju", COUNTRY),
    req("AdresL1", TEXT_512),
    opt("AdresL2", TEXT_512),
    opt("GLN", GLN),
]);

/// `DaneKontaktowe`.
pub(super) const CONTACT: Content =
    Complex(&inner(opt_seq(&[opt("Email", EMAIL), opt("Telefon", PHONE)])));

/// `DaneKontaktowe` of a third party, not optional as a sequence.
pub(super) const CONTACT_OF_THIRD_PARTY: Content =
    Complex(&inner(seq(&[opt("Email", EMAIL), opt("Telefon", PHONE)])));

/// `PodmiotUpowazniony`.
pub(super) const AUTHORISED_ENTITY: Content = Complex(&inner(seq(&[
    opt("NrEORI", TEXT_256),
    req("DaneIdentyfikacyjne", SELLER_IDENTITY),
    req("Adres", ADDRESS),
    opt("AdresKoresp", ADDRESS),
    many("DaneKontaktowe", CONTACT_OF_AUTHORISED_ENTITY, 0, 3),
    req("RolaPU", AUTHORISED_ENTITY_ROLE),
])));

/// `DaneKontaktowe` of the authorised entity.
pub(super) const CONTACT_OF_AUTHORISED_ENTITY: Content =
    Complex(&inner(seq(&[opt("EmailPU", EMAIL), opt("TelefonPU", PHONE)])));

/// `OkresFa`.
pub(super) const PERIOD: Content =
    Complex(&inner(seq(&[req("P_6_Od", DATE_T), req("P_6_Do", DATE_T)])));

/// `Adnotacje`.
pub(super) const ANNOTATIONS: Content = Complex(&inner(seq(&[
    req("P_16", YES_NO),
    req("P_17", YES_NO),
    req("P_18", YES_NO),
    req("P_18A", YES_NO),
    req("Zwolnienie", EXEMPTION),
    req("NoweSrodkiTransportu", NEW_MEANS_OF_TRANSPORT),
    req("P_23", YES_NO),
    req("PMarzy", MARGIN_SCHEME),
])));

/// `Zwolnienie`.
pub(super) const EXEMPTION: Content = Complex(&inner(choice(&[
    seq(&[
        req("P_19", MARK),
        choice(&[req("P_19A", TEXT_256), req("P_19B", TEXT_256), req("P_19C", TEXT_256)]),
    ]),
    req("P_19N", MARK),
])));

/// `NoweSrodkiTransportu`.
pub(super) const NEW_MEANS_OF_TRANSPORT: Content = Complex(&inner(choice(&[
    seq(&[
        req("P_22", MARK),
        req("P_42_5", YES_NO),
        many("NowySrodekTransportu", NEW_MEANS_OF_TRANSPORT_ITEM, 1, 10_000),
    ]),
    req("P_22N", MARK),
])));

/// `NowySrodekTransportu`.
pub(super) const NEW_MEANS_OF_TRANSPORT_ITEM: Content = Complex(&inner(seq(&[
    req("P_22A", DATE_T),
    req("P_NrWierszaNST", LINE_NUMBER),
    opt("P_22BMK", TEXT_256),
    opt("P_22BMD", TEXT_256),
    opt("P_22BK", TEXT_256),
    opt("P_22BNR", TEXT_256),
    opt("P_22BRP", TEXT_256),
    choice(&[
        seq(&[
            req("P_22B", TEXT_256),
            opt_choice(&[
                opt("P_22B1", TEXT_256),
                opt("P_22B2", TEXT_256),
                opt("P_22B3", TEXT_256),
                opt("P_22B4", TEXT_256),
            ]),
            opt("P_22BT", TEXT_256),
        ]),
        seq(&[req("P_22C", TEXT_256), opt("P_22C1", TEXT_256)]),
        seq(&[req("P_22D", TEXT_256), opt("P_22D1", TEXT_256)]),
    ]),
])));

/// `PMarzy`.
pub(super) const MARGIN_SCHEME: Content = Complex(&inner(choice(&[
    seq(&[
        req("P_PMarzy", MARK),
        choice(&[
            req("P_PMarzy_2", MARK),
            req("P_PMarzy_3_1", MARK),
            req("P_PMarzy_3_2", MARK),
            req("P_PMarzy_3_3", MARK),
        ]),
    ]),
    req("P_PMarzyN", MARK),
])));

/// `DaneFaKorygowanej`.
pub(super) const CORRECTED_INVOICE: Content = Complex(&inner(seq(&[
    req("DataWystFaKorygowanej", DATE_T),
    req("NrFaKorygowanej", TEXT_256),
    choice(&[
        seq(&[req("NrKSeF", MARK), req("NrKSeFFaKorygowanej", KSEF_NUMBER)]),
        req("NrKSeFN", MARK),
    ]),
])));

/// `Podmiot1K`.
pub(super) const CORRECTED_SELLER: Content = Complex(&inner(seq(&[
    opt("PrefiksPodatnika", EU_COUNTRY),
    req("DaneIdentyfikacyjne", SELLER_IDENTITY),
    req("Adres", ADDRESS),
])));

/// `ZaliczkaCzesciowa`.
pub(super) const PARTIAL_ADVANCE: Content = Complex(&inner(seq(&[
    req("P_6Z", DATE_T),
    req("P_15Z", AMOUNT),
    opt("KursWalutyZW", QUANTITY),
])));

/// `TKluczWartosc`.
pub(super) const KEY_VALUE: Content = Complex(&named(
    "TKluczWartosc",
    seq(&[opt("NrWiersza", LINE_NUMBER), req("Klucz", TEXT_256), req("Wartosc", TEXT_256)]),
));

/// `FakturaZaliczkowa`.
pub(super) const ADVANCE_INVOICE: Content = Complex(&inner(choice(&[
    seq(&[req("NrKSeFZN", MARK), req("NrFaZaliczkowej", TEXT_256)]),
    req("NrKSeFFaZaliczkowej", KSEF_NUMBER),
])));

/// `Rozliczenie`.
pub(super) const SETTLEMENT: Content = Complex(&inner(seq(&[
    many("Obciazenia", CHARGE_OR_DEDUCTION, 0, 100),
    opt("SumaObciazen", AMOUNT),
    many("Odliczenia", CHARGE_OR_DEDUCTION, 0, 100),
    opt("SumaOdliczen", AMOUNT),
    opt_choice(&[req("DoZaplaty", AMOUNT), req("DoRozliczenia", AMOUNT)]),
])));

/// `Obciazenia` and `Odliczenia`.
pub(super) const CHARGE_OR_DEDUCTION: Content =
    Complex(&inner(seq(&[req("Kwota", AMOUNT), req("Powod", TEXT_256)])));

/// `Skonto`.
pub(super) const DISCOUNT: Content =
    Complex(&inner(seq(&[req("WarunkiSkonta", TEXT_256), req("WysokoscSkonta", TEXT_256)])));

/// `Stopka`.
pub(super) const FOOTER: Content = Complex(&inner(opt_seq(&[
    many("Informacje", INFORMATION, 0, 3),
    many("Rejestry", REGISTERS, 0, 100),
])));

/// `Informacje`.
pub(super) const INFORMATION: Content =
    Complex(&inner(opt_seq(&[opt("StopkaFaktury", LONG_TEXT)])));

/// `Rejestry`.
pub(super) const REGISTERS: Content = Complex(&inner(opt_seq(&[
    opt("PelnaNazwa", TEXT_256),
    opt("KRS", KRS),
    opt("REGON", REGON),
    opt("BDO", BDO),
])));
