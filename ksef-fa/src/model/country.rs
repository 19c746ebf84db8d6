//! The codes of countries.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use ksef_core::{ParseError, ParseErrorReason};

use super::codes::codes;
use super::declare::{Value, content_is_value};
use crate::xml::writer::Writer;

/// Gives the codes of countries names of variants and no further documentation.
macro_rules! countries {
    ($(#[$meta:meta])* $type:ident, $expected:literal: $($variant:ident $code:literal,)+) => {
        codes! {
            $(#[$meta])*
            #[non_exhaustive]
            pub enum $type, token, $expected {
                $(#[doc = concat!("`", $code, "`")] $variant = $code,)+
            }
        }
    };
}

#[rustfmt::skip]
countries! {
    /// A country.
    ///
    /// Schema: `TKodKraju` (`KodKraju`), FA(2) and FA(3): 254 codes in the order of the schema,
    /// `XI` for Northern Ireland among them. They are exact, without blanks around them.
    ///
    /// ```
    /// use ksef_fa::model::CountryCode;
    ///
    /// let country: CountryCode = "PL".parse()?;
    /// assert_eq!(country, CountryCode::Pl);
    /// assert_eq!(CountryCode::ALL.len(), 254);
    /// assert!("EL".parse::<CountryCode>().is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[doc(alias = "TKodKraju")]
    CountryCode, "country":
    Af "AF", Ax "AX", Al "AL", Dz "DZ", Ad "AD", Ao "AO", Ai "AI", Aq "AQ",
    Ag "AG", An "AN", Sa "SA", Ar "AR", Am "AM", Aw "AW", Au "AU", At "AT",
    Az "AZ", Bs "BS", Bh "BH", Bd "BD", Bb "BB", Be "BE", Bz "BZ", Bj "BJ",
    Bm "BM", Bt "BT", By "BY", Bo "BO", Bq "BQ", Ba "BA", Bw "BW", Br "BR",
    Bn "BN", Io "IO", Bg "BG", Bf "BF", Bi "BI", Xc "XC", Cl "CL", Cn "CN",
    Hr "HR", Cw "CW", Cy "CY", Td "TD", Me "ME", Dk "DK", Dm "DM", Do "DO",
    Dj "DJ", Eg "EG", Ec "EC", Er "ER", Ee "EE", Et "ET", Fk "FK", Fj "FJ",
    Ph "PH", Fi "FI", Fr "FR", Tf "TF", Ga "GA", Gm "GM", Gh "GH", Gi "GI",
    Gr "GR", Gd "GD", Gl "GL", Ge "GE", Gu "GU", Gg "GG", Gy "GY", Gf "GF",
    Gp "GP", Gt "GT", Gn "GN", Gq "GQ", Gw "GW", Ht "HT", Es "ES", Hn "HN",
    Hk "HK", In "IN", Id "ID", Iq "IQ", Ir "IR", Ie "IE", Is "IS", Il "IL",
    Jm "JM", Jp "JP", Ye "YE", Je "JE", Jo "JO", Ky "KY", Kh "KH", Cm "CM",
    Ca "CA", Qa "QA", Kz "KZ", Ke "KE", Kg "KG", Ki "KI", Co "CO", Km "KM",
    Cg "CG", Cd "CD", Kp "KP", Xk "XK", Cr "CR", Cu "CU", Kw "KW", La "LA",
    Ls "LS", Lb "LB", Lr "LR", Ly "LY", Li "LI", Lt "LT", Lv "LV", Lu "LU",
    Mk "MK", Mg "MG", Yt "YT", Mo "MO", Mw "MW", Mv "MV", My "MY", Ml "ML",
    Mt "MT", Mp "MP", Ma "MA", Mq "MQ", Mr "MR", Mu "MU", Mx "MX", Xl "XL",
    Fm "FM", Um "UM", Md "MD", Mc "MC", Mn "MN", Ms "MS", Mz "MZ", Mm "MM",
    Na "NA", Nr "NR", Np "NP", Nl "NL", De "DE", Ne "NE", Ng "NG", Ni "NI",
    Nu "NU", Nf "NF", No "NO", Nc "NC", Nz "NZ", Ps "PS", Om "OM", Pk "PK",
    Pw "PW", Pa "PA", Pg "PG", Py "PY", Pe "PE", Pn "PN", Pf "PF", Pl "PL",
    Gs "GS", Pt "PT", Pr "PR", Cf "CF", Cz "CZ", Kr "KR", Za "ZA", Re "RE",
    Ru "RU", Ro "RO", Rw "RW", Eh "EH", Bl "BL", Kn "KN", Lc "LC", Mf "MF",
    Vc "VC", Sv "SV", Ws "WS", As "AS", Sm "SM", Sn "SN", Rs "RS", Sc "SC",
    Sl "SL", Sg "SG", Sk "SK", Si "SI", So "SO", Lk "LK", Pm "PM", Us "US",
    Sz "SZ", Sd "SD", Ss "SS", Sr "SR", Sj "SJ", Sh "SH", Sy "SY", Ch "CH",
    Se "SE", Tj "TJ", Th "TH", Tw "TW", Tz "TZ", Tg "TG", Tk "TK", To "TO",
    Tt "TT", Tn "TN", Tr "TR", Tm "TM", Tv "TV", Ug "UG", Ua "UA", Uy "UY",
    Uz "UZ", Vu "VU", Wf "WF", Va "VA", Hu "HU", Ve "VE", Gb "GB", Vn "VN",
    It "IT", Tl "TL", Ci "CI", Bv "BV", Cx "CX", Im "IM", Sx "SX", Ck "CK",
    Vi "VI", Vg "VG", Hm "HM", Cc "CC", Mh "MH", Fo "FO", Sb "SB", St "ST",
    Tc "TC", Zm "ZM", Cv "CV", Zw "ZW", Ae "AE", Xi "XI",
}

#[rustfmt::skip]
countries! {
    /// A member state as the prefix of VAT numbers.
    ///
    /// Schema: `TKodyKrajowUE` (`KodUE` and the like), FA(2) and FA(3): `EL` for Greece, and `XI`
    /// for Northern Ireland.
    #[doc(alias = "TKodyKrajowUE")]
    EuCountryCode, "member state":
    At "AT", Be "BE", Bg "BG", Cy "CY", Cz "CZ", Dk "DK", Ee "EE", Fi "FI",
    Fr "FR", De "DE", El "EL", Hr "HR", Hu "HU", Ie "IE", It "IT", Lv "LV",
    Lt "LT", Lu "LU", Mt "MT", Nl "NL", Pl "PL", Pt "PT", Ro "RO", Sk "SK",
    Si "SI", Es "ES", Se "SE", Xi "XI",
}
