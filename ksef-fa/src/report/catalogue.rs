//! Every code with its texts: one table.

use core::fmt;

use ksef_core::InvoiceDate;

use super::{Enforcement, Language, Layer, Severity};

/// A row of the table, without the name of its variant.
struct Row {
    text: &'static str,
    layer: Layer,
    severity: Severity,
    enforcement: Rule,
    source: &'static str,
    polish: [&'static str; 2],
    english: [&'static str; 2],
}

/// [`Enforcement`] in a form that a constant can have.
enum Rule {
    Production,
    TestAndDemo,
    No,
    Planned(i16, i8, i8),
}

macro_rules! codes {
    ($(
        $name:ident = $text:literal $layer:ident $severity:ident
            ($($enforcement:tt)+) $source:literal
            pl: $polish:literal / $polish_help:literal
            en: $english:literal / $english_help:literal;
    )+) => {
        /// What an issue says, with a stable text such as `S-UNEXPECTED`.
        ///
        /// ```
        /// use ksef_fa::{Code, Layer, Severity};
        ///
        /// let code = Code::Pattern;
        /// assert_eq!(code.to_string(), "S-PATTERN");
        /// assert_eq!((code.layer(), code.severity()), (Layer::Xsd, Severity::Fatal));
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $english)] $name,)+
        }

        impl Code {
            /// Every code, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => const {
                        &Row {
                            text: $text,
                            layer: Layer::$layer,
                            severity: Severity::$severity,
                            enforcement: Rule::$($enforcement)+,
                            source: $source,
                            polish: [$polish, $polish_help],
                            english: [$english, $english_help],
                        }
                    },)+
                }
            }
        }
    };
}

impl Code {
    /// The stable text, for instance `X-BOM`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().text
    }

    /// The layer of the rule.
    #[must_use]
    pub const fn layer(self) -> Layer {
        self.row().layer
    }

    /// How much it weighs where it is enforced; see [`Profile::severity`](crate::Profile::severity).
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.row().severity
    }

    /// Where KSeF itself enforces the rule.
    #[must_use]
    pub fn enforcement(self) -> Enforcement {
        match self.row().enforcement {
            Rule::Production => Enforcement::Production,
            Rule::TestAndDemo => Enforcement::TestAndDemo,
            Rule::No => Enforcement::No,
            Rule::Planned(year, month, day) => InvoiceDate::new(year, month, day)
                .map_or(Enforcement::TestAndDemo, Enforcement::Planned),
        }
    }

    /// Where the rule comes from.
    #[must_use]
    pub const fn source(self) -> &'static str {
        self.row().source
    }

    /// What is wrong.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        let [text, _] = self.texts(language);
        text
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self, language: Language) -> &'static str {
        let [_, advice] = self.texts(language);
        advice
    }

    const fn texts(self, language: Language) -> &'static [&'static str; 2] {
        match language {
            Language::Polish => &self.row().polish,
            Language::English => &self.row().english,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

codes! {
    // --- X: bytes and XML ---------------------------------------------------------------------
    Empty = "X-EMPTY" Xml Fatal (Production) "XML 1.0, 2.1"
        pl: "Plik jest pusty." / "Wybierz plik z fakturą."
        en: "The file is empty." / "Choose the file with the invoice.";
    Size = "X-SIZE" Xml Fatal (Production) "KSeF documentation, limity.md"
        pl: "Plik jest większy, niż przyjmuje KSeF." / "Podziel fakturę albo skróć załącznik."
        en: "The file is larger than KSeF takes." / "Split the invoice or shorten its attachment.";
    Utf16 = "X-UTF16" Xml Fatal (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Plik jest zapisany w UTF-16." / "Zapisz plik w UTF-8 bez znacznika BOM."
        en: "The file is written in UTF-16." / "Write the file in UTF-8 without a byte order mark.";
    Utf8 = "X-UTF8" Xml Fatal (Production) "KSeF documentation, weryfikacja-faktury.md; CIRFMF/ksef-api issue 759"
        pl: "Od tego miejsca bajty nie są poprawnym UTF-8." / "Zapisz plik w UTF-8."
        en: "From here on the bytes are not valid UTF-8." / "Write the file in UTF-8.";
    Bom = "X-BOM" Xml Fatal (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Plik zaczyna się znacznikiem BOM." / "Zapisz plik w UTF-8 bez znacznika BOM."
        en: "The file starts with a byte order mark." / "Write the file in UTF-8 without a byte order mark.";
    Declaration = "X-DECL" Xml Fatal (Production) "XML 1.0, 2.8; KSeF documentation, weryfikacja-faktury.md"
        pl: "Deklaracja XML jest niepoprawna albo stoi w niewłaściwym miejscu." / "Zacznij plik od <?xml version=\"1.0\" encoding=\"UTF-8\"?> albo pomiń deklarację."
        en: "The XML declaration is malformed or in the wrong place." / "Start the file with <?xml version=\"1.0\" encoding=\"UTF-8\"?>, or leave the declaration out.";
    Encoding = "X-ENCODING" Xml Fatal (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Deklaracja XML podaje inne kodowanie niż UTF-8." / "Zapisz plik w UTF-8 i wpisz to w deklaracji."
        en: "The XML declaration names another encoding than UTF-8." / "Write the file in UTF-8 and say so in the declaration.";
    Version = "X-VERSION" Xml Fatal (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Deklaracja XML podaje inną wersję niż 1.0." / "Użyj XML 1.0."
        en: "The XML declaration names another version than 1.0." / "Use XML 1.0.";
    ProcessingInstruction = "X-PI" Xml Fatal (Planned(2026, 10, 19)) "KSeF documentation, weryfikacja-faktury.md; CIRFMF/ksef-api issue 718"
        pl: "Plik zawiera instrukcję przetwarzania." / "Usuń instrukcje przetwarzania, na przykład xml-stylesheet."
        en: "The file contains a processing instruction." / "Remove processing instructions such as xml-stylesheet.";
    Doctype = "X-DOCTYPE" Xml Fatal (No) "our own rule, against entity attacks"
        pl: "Plik zawiera deklarację DOCTYPE." / "Usuń DOCTYPE i encje."
        en: "The file contains a DOCTYPE." / "Remove the DOCTYPE and its entities.";
    Entity = "X-ENTITY" Xml Fatal (Production) "XML 1.0, 4.1"
        pl: "Odwołanie do nieznanej encji albo znak & bez odwołania." / "Pisz &amp; zamiast & i używaj tylko encji amp, lt, gt, quot i apos."
        en: "A reference to an unknown entity, or an & that starts no reference." / "Write &amp; for &, and use only the entities amp, lt, gt, quot and apos.";
    ForbiddenCharacter = "X-CONTROL" Xml Fatal (Production) "XML 1.0, 2.2"
        pl: "Znak, którego XML nie dopuszcza." / "Usuń znaki sterujące z danych."
        en: "A character that XML does not allow." / "Remove control characters from the data.";
    DiscouragedCharacter = "X-CHARS" Xml Error (TestAndDemo) "KSeF documentation, weryfikacja-faktury.md; CIRFMF/ksef-api issues 807, 700"
        pl: "Znak, którego KSeF nie przyjmuje (U+007F-0084, U+0086-009F, U+FDD0-FDEF, U+nFFFE-nFFFF)." / "Usuń ten znak z danych."
        en: "A character that KSeF does not take (U+007F-0084, U+0086-009F, U+FDD0-FDEF, U+nFFFE-nFFFF)." / "Remove the character from the data.";
    Truncated = "X-TRUNCATED" Xml Fatal (Production) "XML 1.0, 2.1"
        pl: "Plik kończy się przed końcem dokumentu." / "Sprawdź, czy plik zapisano lub pobrano w całości."
        en: "The file ends before the document does." / "See whether the file was written or fetched completely.";
    WellFormed = "X-WELLFORMED" Xml Fatal (Production) "XML 1.0; KSeF documentation, weryfikacja-faktury.md"
        pl: "To nie jest poprawny XML." / "Utwórz plik biblioteką XML zamiast składać tekst."
        en: "This is not well-formed XML." / "Make the file with an XML library instead of joining text.";
    EndTag = "X-ENDTAG" Xml Fatal (Production) "XML 1.0, 3"
        pl: "Znacznik końcowy nie pasuje do otwartego elementu." / "Zamykaj elementy w odwrotnej kolejności."
        en: "The end tag does not fit the open element." / "Close elements in the reverse order.";
    Name = "X-NAME" Xml Fatal (Production) "XML 1.0, 2.3; Namespaces in XML 1.0"
        pl: "To nie jest poprawna nazwa XML." / "Użyj nazwy ze schemy."
        en: "This is not an XML name." / "Use a name of the schema.";
    AttributeSyntax = "X-ATTRIBUTE" Xml Fatal (Production) "XML 1.0, 3.1"
        pl: "Atrybut jest niepoprawny albo się powtarza." / "Pisz atrybuty jako nazwa=\"wartość\", każdy raz."
        en: "An attribute is malformed or repeated." / "Write attributes as name=\"value\", each of them once.";
    Namespace = "X-NAMESPACE" Xml Fatal (Production) "Namespaces in XML 1.0"
        pl: "Przedrostek nie jest związany z przestrzenią nazw albo związano go niedozwolenie." / "Zadeklaruj przestrzeń nazw w elemencie głównym."
        en: "A prefix is bound to no namespace, or in a way that is not allowed." / "Declare the namespace in the root element.";
    Depth = "X-DEPTH" Xml Fatal (No) "our own limit, against hostile documents"
        pl: "Elementy są zagnieżdżone zbyt głęboko." / "Żadna schema nie wymaga takiej głębokości."
        en: "Elements are nested too deeply." / "No schema needs this depth.";
    Attributes = "X-ATTRIBUTES" Xml Fatal (No) "our own limit, against hostile documents"
        pl: "Element ma zbyt wiele atrybutów." / "Żadna schema nie wymaga tylu atrybutów."
        en: "An element has too many attributes." / "No schema needs so many attributes.";
    Root = "X-ROOT" Xml Fatal (Production) "XSD, targetNamespace"
        pl: "Element główny nie jest elementem Faktura w przestrzeni nazw znanej schemy." / "Użyj elementu Faktura z przestrzenią nazw schemy."
        en: "The root element is not Faktura in the namespace of a known schema." / "Use the element Faktura with the namespace of the schema.";
    Peppol = "X-PEF" Xml Fatal (No) "KSeF documentation, PEF"
        pl: "To dokument PEF (UBL), którego ta biblioteka nie sprawdza." / "Sprawdź go narzędziem do PEF."
        en: "This is a PEF document (UBL), which this library does not validate." / "Validate it with a tool for PEF.";
    OtherSchema = "X-FORM" Xml Fatal (Production) "KSeF documentation, sesja interaktywna, formCode"
        pl: "Dokument jest w innej schemie niż sesja." / "Otwórz sesję dla tej schemy albo zmień dokument."
        en: "The document is in another schema than the session." / "Open a session for this schema, or change the document.";
    Cdata = "X-CDATA" Xml Info (No) "CIRFMF/ksef-api issue 680"
        pl: "Sekcja CDATA jest dozwolona, ale podgląd Ministerstwa ją gubił." / "Zapisz tekst bez CDATA."
        en: "A CDATA section is allowed, but the Ministry's viewer used to drop it." / "Write the text without CDATA.";
    More = "X-MORE" Xml Fatal (No) "our own limit, against hostile documents"
        pl: "Uwag jest więcej; reszty dokumentu nie sprawdzono." / "Popraw to, co zgłoszono, i sprawdź ponownie."
        en: "There are more issues; the rest of the document was not looked at." / "Mend what is reported and validate again.";

    // --- S: the schema ------------------------------------------------------------------------
    Unexpected = "S-UNEXPECTED" Xsd Fatal (Production) "XSD, content model"
        pl: "Tego elementu nie może tu być." / "Usuń go albo przenieś na miejsce ze schemy."
        en: "This element may not be here." / "Remove it, or move it to its place in the schema.";
    Missing = "S-MISSING" Xsd Fatal (Production) "XSD, minOccurs"
        pl: "Brakuje wymaganego elementu." / "Dodaj go w tym miejscu."
        en: "A required element is missing." / "Add it at this place.";
    TooMany = "S-TOO-MANY" Xsd Fatal (Production) "XSD, maxOccurs"
        pl: "Element występuje więcej razy, niż dopuszcza schema." / "Usuń nadmiarowe wystąpienia."
        en: "The element occurs more often than the schema allows." / "Remove the surplus occurrences.";
    ForeignNamespace = "S-NAMESPACE" Xsd Fatal (Production) "XSD, elementFormDefault"
        pl: "Element jest w innej przestrzeni nazw niż dokument." / "Zadeklaruj przestrzeń nazw raz, w elemencie głównym."
        en: "The element is in another namespace than the document." / "Declare the namespace once, in the root element.";
    ChildInText = "S-CHILD" Xsd Fatal (Production) "XSD, simpleType"
        pl: "Tu może być tylko tekst, a jest element." / "Usuń element z tekstu."
        en: "Only text may be here, and there is an element." / "Remove the element from the text.";
    TextBetween = "S-TEXT" Xsd Fatal (Production) "XSD, complexType"
        pl: "Tu mogą być tylko elementy, a jest tekst." / "Usuń tekst spomiędzy elementów."
        en: "Only elements may be here, and there is text." / "Remove the text between the elements.";
    UnknownAttribute = "S-ATTRIBUTE" Xsd Fatal (Production) "XSD, attribute"
        pl: "Element ma atrybut, którego schema nie zna." / "Usuń atrybut."
        en: "The element has an attribute that the schema does not know." / "Remove the attribute.";
    MissingAttribute = "S-ATTRIBUTE-MISSING" Xsd Fatal (Production) "XSD, attribute use"
        pl: "Brakuje wymaganego atrybutu." / "Dodaj atrybut."
        en: "A required attribute is missing." / "Add the attribute.";
    FixedAttribute = "S-ATTRIBUTE-FIXED" Xsd Fatal (Production) "XSD, attribute fixed"
        pl: "Atrybut ma inną wartość niż jedyna dozwolona." / "Wpisz wartość ze schemy."
        en: "The attribute has another value than the only one allowed." / "Write the schema's value.";
    Nil = "S-NIL" Xsd Fatal (Production) "XSD, nillable"
        pl: "Schema nie dopuszcza xsi:nil." / "Usuń xsi:nil, a pusty opcjonalny element pomiń."
        en: "The schema does not allow xsi:nil." / "Remove xsi:nil, and leave out an optional element that is empty.";
    OtherType = "S-TYPE" Xsd Fatal (Production) "XML Schema 1.0, 3.3.4"
        pl: "xsi:type podaje inny typ niż schema." / "Usuń xsi:type."
        en: "xsi:type names another type than the schema." / "Remove xsi:type.";
    Fixed = "S-FIXED" Xsd Fatal (Production) "XSD, fixed"
        pl: "Element ma inną wartość niż jedyna dozwolona." / "Wpisz wartość ze schemy."
        en: "The element has another value than the only one allowed." / "Write the schema's value.";
    TooShort = "S-MIN-LENGTH" Xsd Fatal (Production) "XSD, minLength"
        pl: "Tekst jest pusty lub za krótki." / "Uzupełnij tekst, a pusty opcjonalny element pomiń."
        en: "The text is empty or too short." / "Complete the text, and leave out an optional element that is empty.";
    TooLong = "S-MAX-LENGTH" Xsd Fatal (Production) "XSD, maxLength"
        pl: "Tekst jest za długi." / "Skróć tekst."
        en: "The text is too long." / "Shorten the text.";
    Pattern = "S-PATTERN" Xsd Fatal (Production) "XSD, pattern"
        pl: "Wartość nie pasuje do wzorca." / "Zapisz wartość w wymaganej postaci, bez spacji wokół."
        en: "The value does not match the pattern." / "Write the value in the form that is asked for, without blanks around it.";
    NotListed = "S-ENUM" Xsd Fatal (Production) "XSD, enumeration"
        pl: "Wartości nie ma na liście dozwolonych." / "Użyj wartości z listy."
        en: "The value is not one of those allowed." / "Use a value of the list.";
    NotDecimal = "S-DECIMAL" Xsd Fatal (Production) "XSD, decimal"
        pl: "To nie jest liczba dziesiętna." / "Pisz cyfry z kropką, bez spacji i waluty."
        en: "This is not a decimal number." / "Write digits with a point, without blanks and currency.";
    NotInteger = "S-INTEGER" Xsd Fatal (Production) "XSD, integer"
        pl: "To nie jest liczba całkowita." / "Pisz same cyfry."
        en: "This is not a whole number." / "Write digits only.";
    NotDate = "S-DATE" Xsd Fatal (Production) "XSD, date"
        pl: "To nie jest istniejąca data RRRR-MM-DD." / "Popraw datę."
        en: "This is no existing date of the form YYYY-MM-DD." / "Correct the date.";
    NotDateTime = "S-DATETIME" Xsd Fatal (Production) "XSD, dateTime"
        pl: "To nie jest istniejąca chwila RRRR-MM-DDTgg:mm:ssZ." / "Popraw datę i czas."
        en: "This is no existing instant of the form YYYY-MM-DDThh:mm:ssZ." / "Correct date and time.";
    TooManyDigits = "S-TOTAL-DIGITS" Xsd Fatal (Production) "XSD, totalDigits"
        pl: "Liczba ma za dużo cyfr." / "Skróć liczbę."
        en: "The number has too many digits." / "Shorten the number.";
    TooManyDecimals = "S-FRACTION-DIGITS" Xsd Fatal (Production) "XSD, fractionDigits"
        pl: "Liczba ma za dużo miejsc po kropce." / "Zaokrąglij liczbę."
        en: "The number has too many digits after the point." / "Round the number.";
    TooSmall = "S-MIN" Xsd Fatal (Production) "XSD, minInclusive and minExclusive"
        pl: "Wartość jest za mała albo data za wczesna." / "Popraw wartość."
        en: "The value is too small, or the date too early." / "Correct the value.";
    TooLarge = "S-MAX" Xsd Fatal (Production) "XSD, maxInclusive"
        pl: "Wartość jest za duża albo data za późna." / "Popraw wartość."
        en: "The value is too large, or the date too late." / "Correct the value.";
    NoUnionMember = "S-UNION" Xsd Fatal (Production) "XSD, union"
        pl: "Wartość nie ma żadnej z dozwolonych postaci." / "Popraw wartość."
        en: "The value has none of the forms allowed." / "Correct the value.";
    Utf16Length = "S-LEN-UTF16" Xsd Error (Production) ".NET XmlSchemaSet, whose messages KSeF gives; not observed on KSeF"
        pl: "Tekst mieści się w limicie znaków, ale nie w jednostkach UTF-16, które prawdopodobnie liczy KSeF." / "Skróć tekst albo usuń emoji."
        en: "The text is within the limit of characters but not of UTF-16 units, which KSeF probably counts." / "Shorten the text, or remove emoji.";
    Midnight = "S-MIDNIGHT" Xsd Warning (Production) ".NET XmlSchemaSet, whose messages KSeF gives; not observed on KSeF"
        pl: "Godzinę 24:00:00 schema dopuszcza, ale KSeF prawdopodobnie ją odrzuci." / "Pisz 00:00:00 następnego dnia."
        en: "The schema allows 24:00:00, but KSeF will probably refuse it." / "Write 00:00:00 of the next day.";

    // --- K: what KSeF checks beyond the schema ------------------------------------------------

    // --- F: law and advice --------------------------------------------------------------------
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_both_texts_and_a_source() {
        for code in Code::ALL {
            for language in [Language::Polish, Language::English] {
                let texts = [code.text(language), code.advice(language)];
                assert!(texts.iter().all(|text| text.ends_with('.')), "{code}: {texts:?}");
            }
            assert_ne!(code.text(Language::Polish), code.text(Language::English), "{code}");
            assert!(!code.source().is_empty(), "{code}");
        }
    }

    #[test]
    fn stable_texts_are_unique_and_start_with_the_letter_of_their_layer() {
        let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            let letter = match code.layer() {
                Layer::Xml => "X-",
                Layer::Xsd => "S-",
                Layer::Ksef => "K-",
                Layer::Legal | Layer::Advice => "F-",
            };
            assert!(code.as_str().starts_with(letter), "{code}");
        }
    }

    #[test]
    fn planned_days_exist() {
        let planned = |code: &&Code| matches!(code.row().enforcement, Rule::Planned(..));
        for code in Code::ALL.iter().filter(planned) {
            assert!(matches!(code.enforcement(), Enforcement::Planned(_)), "{code}");
        }
    }
}
