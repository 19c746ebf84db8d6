//! The simple types that the tables share, each under the name we know it by and the official one.

use super::Content::{self, Simple};
use super::dsl::{
    byte, date, date_time, decimal, integer, natural, normalized, string, token, union,
};
use super::{Pattern, SimpleType, patterns};

// --- The Ministry's base types ---

pub(super) const MARK: Content = Simple(&byte("TWybor1").of_base_types().values(&["1"]));
pub(super) const YES_NO: Content = Simple(&byte("TWybor1_2").of_base_types().values(&["1", "2"]));
pub(super) const COUNTRY: Content =
    Simple(&normalized("TKodKraju").of_base_types().values(&COUNTRIES));
pub(super) const EMAIL: Content =
    Simple(&token("TAdresEmail").of_base_types().length(3, 255).patterns(&[patterns::EMAIL]));
pub(super) const NIP: Content =
    Simple(&string("TNrNIP").of_base_types().patterns(&[patterns::NIP]));
pub(super) const KRS: Content =
    Simple(&string("TNrKRS").of_base_types().patterns(&[patterns::DIGITS_10]));
pub(super) const REGON: Content = Simple(
    &union(
        "TNrREGON",
        &[
            &string("").of_base_types().patterns(&[patterns::DIGITS_9]),
            &string("").of_base_types().patterns(&[patterns::DIGITS_14]),
        ],
    )
    .of_base_types(),
);
pub(super) const LONG_TEXT: Content = Simple(&string("TTekstowy").of_base_types().length(1, 3500));

// --- Text ---

pub(super) const TEXT_20: Content = Simple(&token("TZnakowy20").length(1, 20));
pub(super) const TEXT_50: Content = Simple(&token("TZnakowy50").length(1, 50));
pub(super) const TEXT_256: Content = Simple(&token("TZnakowy").length(1, 256));
pub(super) const TEXT_512: Content = Simple(&token("TZnakowy512").length(1, 512));
pub(super) const PHONE: Content = Simple(&token("TNumerTelefonu").length(1, 16));
pub(super) const GLN: Content = Simple(&token("TGLN").length(1, 13));
pub(super) const BDO: Content = Simple(&token("").length(1, 9));
pub(super) const BUYER_LINK: Content = Simple(&token("").length(1, 32));

// --- Numbers ---

pub(super) const AMOUNT: Content =
    Simple(&decimal("TKwotowy").digits(18, 2).patterns(&[patterns::AMOUNT]));
pub(super) const UNIT_PRICE: Content =
    Simple(&decimal("TKwotowy2").digits(22, 8).patterns(&[patterns::UNIT_PRICE]));
pub(super) const QUANTITY: Content =
    Simple(&decimal("TIlosci").digits(22, 6).patterns(&[patterns::QUANTITY]));
pub(super) const PERCENT: Content =
    Simple(&decimal("TProcentowy").digits(9, 6).between("0", "100"));
pub(super) const LINE_NUMBER: Content = Simple(&natural("TNaturalny").total_digits(14).above("0"));
pub(super) const INTEGER: Content = Simple(&integer("integer").built_in());

// --- Dates ---

pub(super) const DATE: Content = Simple(&day("TData").between("2016-07-01", "2050-01-01"));
pub(super) const DATE_T: Content = Simple(&day("TDataT").between("2006-01-01", "2050-01-01"));
pub(super) const DATE_TIME: Content =
    Simple(&date_time("TDataCzas").between("2021-10-01T00:00:00Z", LAST_MOMENT));

/// The last moment of everything that has a time.
pub(super) const LAST_MOMENT: &str = "2050-01-01T23:59:59Z";

/// A date without a time zone.
pub(super) const fn day(name: &'static str) -> SimpleType {
    date(name).patterns(&[patterns::DATE])
}

// --- Identifiers ---

pub(super) const KSEF_NUMBER: Content =
    Simple(&token("TNumerKSeF").patterns(&[patterns::KSEF_NUMBER]));
pub(super) const INTERNAL_ID: Content =
    Simple(&token("TNIPIdWew").length(1, 20).patterns(&[patterns::INTERNAL_ID]));
pub(super) const EU_VAT_NUMBER: Content =
    Simple(&string("TNrVatUE").patterns(&[patterns::EU_VAT_NUMBER]));
pub(super) const SWIFT: Content = Simple(&string("SWIFT_Type").patterns(&[patterns::SWIFT]));
pub(super) const ACCOUNT_10_TO_34: Content = Simple(&string("TNrRB").length(10, 34));
pub(super) const PAYMENT_ID: Content =
    Simple(&token("").length(1, 13).patterns(&[patterns::PAYMENT_ID]));
pub(super) const PAYMENT_LINK: Content =
    Simple(&token("").length(1, 512).patterns(&[patterns::PAYMENT_LINK]));

/// `NrID`, to which FA(2) adds a pattern.
pub(super) const fn foreign_id(patterns: &'static [Pattern]) -> SimpleType {
    string("").replacing().length(1, 50).patterns(patterns)
}

// --- Codes ---

pub(super) const EU_COUNTRY: Content = Simple(&eu_country());
pub(super) const EU_COUNTRY_PL: Content = Simple(&eu_country().fixed("PL"));
pub(super) const CURRENCY: Content = Simple(&normalized("TKodWaluty").values(&CURRENCIES));
pub(super) const PAYMENT_FORM: Content =
    Simple(&integer("TFormaPlatnosci").values(&["1", "2", "3", "4", "5", "6", "7"]));
pub(super) const BANKS_OWN_ACCOUNT: Content =
    Simple(&integer("TRachunekWlasnyBanku").values(&["1", "2", "3"]));
pub(super) const TAXPAYER_STATUS: Content =
    Simple(&integer("TStatusInfoPodatnika").values(&["1", "2", "3", "4"]));
pub(super) const AUTHORISED_ENTITY_ROLE: Content =
    Simple(&integer("TRolaPodmiotuUpowaznionego").values(&["1", "2", "3"]));
pub(super) const CORRECTION_TYPE: Content =
    Simple(&integer("TTypKorekty").values(&["1", "2", "3"]));
pub(super) const TRANSPORT_KIND: Content =
    Simple(&integer("TRodzajTransportu").values(&["1", "2", "3", "4", "5", "7", "8"]));
pub(super) const CARGO: Content = Simple(&integer("TLadunek").values(&[
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
    "18", "19", "20",
]));
pub(super) const INVOICE_KIND: Content = Simple(
    &token("TRodzajFaktury")
        .length(1, 256)
        .values(&["VAT", "KOR", "ZAL", "ROZ", "UPR", "KOR_ZAL", "KOR_ROZ"]),
);
pub(super) const PROCEDURE: Content =
    Simple(&token("TOznaczenieProcedury").length(1, 256).values(&[
        "WSTO_EE",
        "IED",
        "TT_D",
        "I_42",
        "I_63",
        "B_SPV",
        "B_SPV_DOSTAWA",
        "B_MPV_PROWIZJA",
    ]));
pub(super) const ORDER_PROCEDURE: Content =
    Simple(&token("TOznaczenieProceduryZ").length(1, 256).values(&[
        "WSTO_EE",
        "IED",
        "TT_D",
        "B_SPV",
        "B_SPV_DOSTAWA",
        "B_MPV_PROWIZJA",
    ]));
pub(super) const GTU: Content = Simple(&token("TGTU").length(1, 256).values(&[
    "GTU_01", "GTU_02", "GTU_03", "GTU_04", "GTU_05", "GTU_06", "GTU_07", "GTU_08", "GTU_09",
    "GTU_10", "GTU_11", "GTU_12", "GTU_13",
]));

const fn eu_country() -> SimpleType {
    normalized("TKodyKrajowUE").values(&EU_COUNTRIES)
}

#[rustfmt::skip]
const EU_COUNTRIES: [&str; 28] = [
    "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "EL", "HR", "HU", "IE", "IT", "LV",
    "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "XI",
];

/// The currencies of FA(3) and `FA_RR(1)`; FA(2) lacks one.
#[rustfmt::skip]
const CURRENCIES: [&str; 182] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD",
    "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUC", "CUP",
    "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GGP", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF",
    "IDR", "ILS", "IMP", "INR", "IQD", "IRR", "ISK", "JEP", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD",
    "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLL", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW",
    "UZS", "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XCD",
    "XCG", "XDR", "XOF", "XPD", "XPF", "XPT", "XSU", "XUA", "XXX", "YER", "ZAR", "ZMW", "ZWL",
];

/// The currencies of FA(2).
#[rustfmt::skip]
pub(super) const CURRENCIES_OF_FA2: [&str; 181] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD",
    "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUC", "CUP",
    "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GGP", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF",
    "IDR", "ILS", "IMP", "INR", "IQD", "IRR", "ISK", "JEP", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD",
    "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLL", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW",
    "UZS", "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XCD",
    "XDR", "XOF", "XPD", "XPF", "XPT", "XSU", "XUA", "XXX", "YER", "ZAR", "ZMW", "ZWL",
];

#[rustfmt::skip]
const COUNTRIES: [&str; 254] = [
    "AF", "AX", "AL", "DZ", "AD", "AO", "AI", "AQ", "AG", "AN", "SA", "AR", "AM", "AW", "AU", "AT",
    "AZ", "BS", "BH", "BD", "BB", "BE", "BZ", "BJ", "BM", "BT", "BY", "BO", "BQ", "BA", "BW", "BR",
    "BN", "IO", "BG", "BF", "BI", "XC", "CL", "CN", "HR", "CW", "CY", "TD", "ME", "DK", "DM", "DO",
    "DJ", "EG", "EC", "ER", "EE", "ET", "FK", "FJ", "PH", "FI", "FR", "TF", "GA", "GM", "GH", "GI",
    "GR", "GD", "GL", "GE", "GU", "GG", "GY", "GF", "GP", "GT", "GN", "GQ", "GW", "HT", "ES", "HN",
    "HK", "IN", "ID", "IQ", "IR", "IE", "IS", "IL", "JM", "JP", "YE", "JE", "JO", "KY", "KH", "CM",
    "CA", "QA", "KZ", "KE", "KG", "KI", "CO", "KM", "CG", "CD", "KP", "XK", "CR", "CU", "KW", "LA",
    "LS", "LB", "LR", "LY", "LI", "LT", "LV", "LU", "MK", "MG", "YT", "MO", "MW", "MV", "MY", "ML",
    "MT", "MP", "MA", "MQ", "MR", "MU", "MX", "XL", "FM", "UM", "MD", "MC", "MN", "MS", "MZ", "MM",
    "NA", "NR", "NP", "NL", "DE", "NE", "NG", "NI", "NU", "NF", "NO", "NC", "NZ", "PS", "OM", "PK",
    "PW", "PA", "PG", "PY", "PE", "PN", "PF", "PL", "GS", "PT", "PR", "CF", "CZ", "KR", "ZA", "RE",
    "RU", "RO", "RW", "EH", "BL", "KN", "LC", "MF", "VC", "SV", "WS", "AS", "SM", "SN", "RS", "SC",
    "SL", "SG", "SK", "SI", "SO", "LK", "PM", "US", "SZ", "SD", "SS", "SR", "SJ", "SH", "SY", "CH",
    "SE", "TJ", "TH", "TW", "TZ", "TG", "TK", "TO", "TT", "TN", "TR", "TM", "TV", "UG", "UA", "UY",
    "UZ", "VU", "WF", "VA", "HU", "VE", "GB", "VN", "IT", "TL", "CI", "BV", "CX", "IM", "SX", "CK",
    "VI", "VG", "HM", "CC", "MH", "FO", "SB", "ST", "TC", "ZM", "CV", "ZW", "AE", "XI",
];
