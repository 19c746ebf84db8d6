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
    MoreRemarks = "X-MORE-REMARKS" Xml Info (No) "our own limit, against hostile documents"
        pl: "Ostrzeżeń i uwag jest więcej, niż tu wymieniono." / "Popraw to, co zgłoszono, i sprawdź ponownie."
        en: "There are more warnings and remarks than are listed." / "Mend what is reported and validate again.";
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
    FutureDate = "K-P1-FUTURE" Ksef Error (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Data wystawienia (P_1) jeszcze nie nadeszła w Polsce." / "Wpisz dzisiejszą datę albo wyślij fakturę tego dnia."
        en: "The date of issue (P_1) has not come yet in Poland." / "Write today's date, or send the invoice on that day.";
    NipCheckDigit = "K-NIP" Ksef Error (Production) "KSeF documentation, weryfikacja-faktury.md and srodowiska.md"
        pl: "Cyfra kontrolna NIP jest błędna; produkcyjny KSeF odrzuci fakturę." / "Popraw NIP."
        en: "The check digit of the NIP is wrong; KSeF refuses the invoice in Production." / "Correct the NIP.";
    InternalIdCheckDigits = "K-IDWEW" Ksef Error (Production) "KSeF documentation, weryfikacja-faktury.md; CIRFMF/ksef-api issues 116, 640"
        pl: "Cyfra kontrolna NIP albo całego identyfikatora wewnętrznego jest błędna; produkcyjny KSeF odrzuci fakturę." / "Popraw identyfikator wewnętrzny."
        en: "The check digit of the NIP or of the whole internal identifier is wrong; KSeF refuses the invoice in Production." / "Correct the internal identifier.";
    Duplicate = "K-DUP" Ksef Error (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "Faktura tego sprzedawcy, tego rodzaju i o tym numerze (P_2) jest już w KSeF albo wcześniej w tej paczce." / "Nie wysyłaj jej ponownie, a innej fakturze nadaj inny numer."
        en: "KSeF has an invoice of this seller, kind and number (P_2) already, or it comes earlier in the batch." / "Do not send it again, and give another invoice another number.";
    AttachmentSession = "K-ATTACH" Ksef Warning (Production) "KSeF documentation, weryfikacja-faktury.md"
        pl: "KSeF przyjmuje załącznik tylko w sesji wsadowej i po zgłoszeniu w e-Urzędzie Skarbowym." / "Zgłoś zamiar i wyślij fakturę w sesji wsadowej."
        en: "KSeF takes an attachment only in a batch session, and after notification at the e-Tax Office." / "Notify, and send the invoice in a batch session.";
    NotPermitted = "K-PERM" Ksef Info (Production) "KSeF documentation, uprawnienia.md; CIRFMF/ksef-api issues 142, 578, 826"
        pl: "Nadawca nie ma uprawnienia do wystawienia faktury tego sprzedawcy; samofakturowanie wymaga osobnego." / "Uzyskaj uprawnienie od sprzedawcy albo zaloguj się w jego kontekście."
        en: "The sender is not granted to issue for this seller; self-billing needs a grant of its own." / "Obtain the grant from the seller, or log in to the seller's context.";
    SchemaNotAccepted = "K-SCHEMA-ENV" Ksef Warning (Production) "KSeF documentation, srodowiska.md"
        pl: "To środowisko KSeF nie przyjmuje już tej schemy." / "Wystaw fakturę w FA(3)."
        en: "This environment of KSeF no longer takes this schema." / "Issue the invoice in FA(3).";

    // --- F: the law and advice ----------------------------------------------------------------
    LocalGovernmentUnit = "F-JST" Legal Error (No) "XSD FA(3), JST; brochure on FA(3)"
        pl: "JST ma wartość 1, a żaden Podmiot3 z rolą 8 nie podaje NIP ani IDWew jednostki." / "Dodaj Podmiot3 jednostki z rolą 8 albo wpisz w JST 2."
        en: "JST is 1, and no Podmiot3 with role 8 gives the unit's NIP or IDWew." / "Add the unit as Podmiot3 with role 8, or write 2 in JST.";
    VatGroupMember = "F-GV" Legal Error (No) "XSD FA(3), GV; brochure on FA(3)"
        pl: "GV ma wartość 1, a członka grupy VAT z rolą 10 nie ma albo podano NIP grupy." / "Dodaj Podmiot3 członka z rolą 10 i jego własnym NIP albo wpisz w GV 2."
        en: "GV is 1, and the member of the VAT group with role 10 is missing or has the group's NIP." / "Add the member as Podmiot3 with role 10 and its own NIP, or write 2 in GV.";
    UnannouncedRole = "F-JST-REV" Advice Info (No) "XSD FA(3), JST and GV"
        pl: "Podmiot3 ma rolę 8 lub 10, a JST lub GV ma wartość 2." / "Sprawdź, czy w JST lub GV nie powinno być 1."
        en: "A Podmiot3 has role 8 or 10, and JST or GV is 2." / "See whether JST or GV should be 1.";
    NipInOtherField = "F-NIP-FIELD" Legal Warning (No) "brochure on FA(3), 6.2; CIRFMF/ksef-api issue 851"
        pl: "Polski NIP albo IDWew jest w polu dla innych identyfikatorów, więc podmiot nie zobaczy faktury w KSeF." / "Wpisz go w NIP albo IDWew."
        en: "A Polish NIP or IDWew is in a field for other identifiers, so the party will not see the invoice in KSeF." / "Write it in NIP or IDWew.";
    ShareOfOtherRole = "F-UDZIAL" Legal Error (No) "XSD, Udzial"
        pl: "Udzial podano przy podmiocie, który nie jest dodatkowym nabywcą (rola 4)." / "Usuń Udzial albo popraw rolę."
        en: "Udzial is given for a party that is no additional buyer (role 4)." / "Remove Udzial, or correct the role.";
    SumOfShares = "F-UDZIAL-SUM" Legal Warning (No) "XSD, Udzial"
        pl: "Udziały dodatkowych nabywców przekraczają razem 100 %." / "Popraw udziały; reszta do 100 % należy do nabywcy."
        en: "The shares of the additional buyers are more than 100 % together." / "Correct the shares; what remains of 100 % is the buyer's.";
    SelfBillingIssuer = "F-SELF" Legal Warning (No) "brochure on FA(3), 7.3; art. 106d(1) of the VAT act"
        pl: "Przy samofakturowaniu (P_17) wystawcą jest nabywca, a podano Podmiot3 z rolą 5." / "Podaj nabywcę tylko w Podmiot2."
        en: "With self-billing (P_17) the buyer is the issuer, and there is a Podmiot3 with role 5." / "Name the buyer in Podmiot2 only.";
    Employee = "F-EMPLOYEE" Legal Warning (No) "brochure on FA(3); handbook on KSeF, 2.15"
        pl: "Pracownik (rola 11) ma numer podatkowy albo nie ma nazwy." / "Podaj BrakID albo IDWew oraz nazwisko w Nazwa."
        en: "An employee (role 11) has a tax number, or no name." / "Give BrakID or IDWew, and the name in Nazwa.";
    BuyerData = "F-BUYER-DATA" Legal Warning (No) "art. 106e(1)(3) of the VAT act"
        pl: "Brakuje nazwy albo adresu nabywcy, które można pominąć tylko na fakturze uproszczonej." / "Uzupełnij Nazwa i Adres w Podmiot2."
        en: "The buyer's name or address is missing, which only a simplified invoice may leave out." / "Complete Nazwa and Adres in Podmiot2.";
    IntraCommunityNumbers = "F-WDT-IDS" Legal Warning (No) "art. 97(10) and 106e(1)(4) of the VAT act; handbook on KSeF, 2.11"
        pl: "Przy WDT brakuje prefiksu PL sprzedawcy albo numeru VAT UE nabywcy." / "Podaj PrefiksPodatnika oraz KodUE i NrVatUE nabywcy."
        en: "An intra-Community supply lacks the seller's prefix PL or the buyer's EU VAT number." / "Give PrefiksPodatnika, and the buyer's KodUE and NrVatUE.";
    BuyerKeys = "F-IDNABYWCY" Legal Warning (No) "XSD, IDNabywcy; handbook on KSeF, 2.13.8"
        pl: "Klucz IDNabywcy powtarza się albo nie ma pary między nabywcą i Podmiot2K." / "Nadaj każdemu nabywcy własny klucz i powtórz go w jego Podmiot2K."
        en: "A key IDNabywcy is repeated, or has no counterpart between the buyers and Podmiot2K." / "Give each buyer a key of its own and repeat it in its Podmiot2K.";
    CorrectedNip = "F-NIP-KOR" Advice Info (No) "brochure on FA(3), 9.7; CIRFMF/ksef-api issue 785"
        pl: "Korekta zmienia NIP nabywcy, czego korektą danych nie wolno robić." / "Skoryguj fakturę do zera i wystaw nową z właściwym NIP."
        en: "The correction changes the buyer's NIP, which a correction of data may not do." / "Correct the invoice to zero and issue a new one with the right NIP.";
    TwoSupplyDates = "F-P6-P6A" Legal Error (No) "XSD, P_6 and P_6A; art. 106e(1)(6) of the VAT act"
        pl: "Podano datę dostawy dla całej faktury (P_6) i dla wiersza (P_6A)." / "Zostaw P_6, gdy data jest wspólna, albo same P_6A."
        en: "There is a date of supply for the whole invoice (P_6) and for a line (P_6A)." / "Keep P_6 if all lines share the date, or the P_6A alone.";
    PeriodOrder = "F-OKRES" Legal Error (No) "XSD, OkresFa"
        pl: "Okres faktury kończy się, zanim się zacznie." / "Zamień P_6_Od i P_6_Do."
        en: "The period of the invoice ends before it starts." / "Exchange P_6_Od and P_6_Do.";
    SameSupplyDate = "F-P6-SAME" Advice Info (No) "art. 106e(1)(6) of the VAT act"
        pl: "P_6 jest taka sama jak P_1, a podaje się ją tylko wtedy, gdy jest inna." / "P_6 można pominąć."
        en: "P_6 is the same as P_1, and it is only asked for where it differs." / "P_6 may be left out.";
    IssuedLate = "F-P1-LATE" Advice Info (No) "art. 106i(1) of the VAT act"
        pl: "Fakturę wystawiono po 15. dniu miesiąca, który następuje po miesiącu dostawy." / "Sprawdź daty; dla części dostaw obowiązuje inny termin."
        en: "The invoice is issued after the 15th of the month that follows the supply." / "See to the dates; for some supplies another date counts.";
    IssuedEarly = "F-P1-EARLY" Legal Warning (No) "art. 106i(7) and (8) of the VAT act"
        pl: "Fakturę wystawiono więcej niż 60 dni przed dostawą lub zapłatą." / "Sprawdź daty, a dla okresu rozliczeniowego użyj OkresFa."
        en: "The invoice is issued more than 60 days before the supply or payment." / "See to the dates, and use OkresFa for a period.";
    NoTimeZone = "F-DT-Z" Advice Info (No) "brochure on FA(3), 2.9; CIRFMF/ksef-api issue 712"
        pl: "DataWytworzeniaFa nie ma strefy czasowej." / "Podaj czas UTC z literą Z na końcu."
        en: "DataWytworzeniaFa has no time zone." / "Write UTC with a Z at the end.";
    CorrectedInvoice = "F-KOR-REF" Legal Error (No) "art. 106j(2) of the VAT act; brochure on FA(3), 9.7"
        pl: "Faktura korygująca nie wskazuje faktury korygowanej albo robi to faktura innego rodzaju." / "Dodaj DaneFaKorygowanej albo popraw RodzajFaktury."
        en: "A correction does not say what it corrects, or an invoice of another kind does." / "Add DaneFaKorygowanej, or correct RodzajFaktury.";
    AmountBefore = "F-KORZ-P15ZK" Legal Warning (No) "XSD, P_15ZK"
        pl: "Korekta faktury zaliczkowej lub rozliczeniowej nie podaje kwoty sprzed korekty (P_15ZK)." / "Dodaj P_15ZK."
        en: "The correction of an advance or settlement invoice lacks the amount before it (P_15ZK)." / "Add P_15ZK.";
    AdvanceOrder = "F-ZAL-ORDER" Legal Warning (No) "art. 106f(1)(4) of the VAT act"
        pl: "Faktura zaliczkowa nie opisuje zamówienia lub umowy." / "Opisz zamówienie w Zamowienie."
        en: "An advance invoice does not describe the order or contract." / "Describe the order in Zamowienie.";
    SettledAdvances = "F-ROZ-ADV" Legal Warning (No) "art. 106f(3) and 106e(1a) of the VAT act; handbook on KSeF, 2.7"
        pl: "Faktura rozliczeniowa nie wskazuje faktur zaliczkowych ani zaliczek." / "Dodaj FakturaZaliczkowa albo ZaliczkaCzesciowa."
        en: "A settlement invoice names neither advance invoices nor advance payments." / "Add FakturaZaliczkowa or ZaliczkaCzesciowa.";
    NoLines = "F-LINES" Legal Warning (No) "art. 106e(1)(7) to (11) of the VAT act; CIRFMF/ksef-api issue 703"
        pl: "Faktura nie ma wierszy." / "Dodaj FaWiersz dla każdego towaru lub usługi."
        en: "The invoice has no lines." / "Add a FaWiersz for each of the goods or services.";
    StateBefore = "F-STANPRZED" Legal Error (No) "XSD, StanPrzed and StanPrzedZ"
        pl: "Wiersz stanu przed korektą jest na fakturze, która nie jest korektą." / "Usuń StanPrzed albo popraw RodzajFaktury."
        en: "A line of the state before a correction is on an invoice that is none." / "Remove StanPrzed, or correct RodzajFaktury.";
    LineNumbers = "F-LINE-NO" Legal Warning (No) "XSD, NrWierszaFa; CIRFMF/ksef-api issue 487"
        pl: "Numer wiersza się powtarza; wiersze przed korektą i po niej liczy się osobno." / "Nadaj wierszom różne numery."
        en: "The number of the line is repeated; lines before and after a correction count apart." / "Give the lines different numbers.";
    LineReferences = "F-LINE-REF" Legal Warning (No) "XSD, NrWiersza and P_NrWierszaNST"
        pl: "Odwołanie do wiersza, którego nie ma." / "Popraw numer wiersza."
        en: "A reference to a line that is not there." / "Correct the number of the line.";
    Negative = "F-NEG" Advice Info (No) "our own rule"
        pl: "Ujemna ilość lub należność na fakturze, która nie jest korektą." / "Sprawdź, czy nie powinna to być korekta; opust lub zwrot wolno tak wykazać."
        en: "A negative quantity or total on an invoice that is no correction." / "See whether it should be one; a rebate or return may be shown so.";
    KsefNumberCheckDigits = "F-KSEFNR" Advice Info (No) "KSeF documentation, numer-ksef.md"
        pl: "Suma kontrolna przywołanego numeru KSeF jest błędna; KSeF jej nie sprawdza." / "Sprawdź numer."
        en: "The checksum of a KSeF number that is referred to is wrong; KSeF does not check it." / "See to the number.";
    SimplifiedLimit = "F-UPR-LIMIT" Legal Error (No) "art. 106e(5)(3) and (6) of the VAT act"
        pl: "Faktura uproszczona przekracza 450 zł albo 100 euro lub dotyczy sprzedaży, która jej nie dopuszcza." / "Wystaw zwykłą fakturę."
        en: "A simplified invoice is over 450 PLN or 100 EUR, or for a supply that does not allow one." / "Issue an ordinary invoice.";
    TotalSum = "F-P15-SUM" Legal Warning (No) "XSD, P_15; art. 106e(1)(15) of the VAT act"
        pl: "P_15 nie jest sumą pól P_13 i P_14." / "Policz sumę ponownie; dopuszcza się grosz na każdą stawkę."
        en: "P_15 is not the sum of the fields P_13 and P_14." / "Add up again; one grosz for each rate is allowed.";
    TaxOfRate = "F-P14-RATE" Legal Warning (No) "XSD, P_14; art. 106e(1)(14) and (7) to (10) of the VAT act"
        pl: "Podatek (P_14) nie wynika z podstawy (P_13) i stawki." / "Policz podatek ponownie; dopuszcza się grosz na każdy wiersz."
        en: "The tax (P_14) does not follow from the net amount (P_13) and the rate." / "Calculate the tax again; one grosz for each line is allowed.";
    NetOfLines = "F-P13-LINES" Legal Warning (No) "XSD, P_13 and P_11"
        pl: "Suma netto (P_13) nie zgadza się z wierszami tej stawki." / "Zsumuj P_11 wierszy tej stawki, a wiersze sprzed korekty odejmij."
        en: "The net amount (P_13) differs from the lines of its rate." / "Add up P_11 of the lines of the rate, less those before a correction.";
    LineValue = "F-LINE" Advice Info (No) "XSD, P_11; art. 106e(1)(11) of the VAT act"
        pl: "Wartość wiersza (P_11) nie wynika z ilości, ceny i opustu." / "Sprawdź P_8B, P_9A, P_10 i P_11."
        en: "The value of the line (P_11) does not follow from quantity, price and rebate." / "See to P_8B, P_9A, P_10 and P_11.";
    OrderValue = "F-ORDER-SUM" Legal Warning (No) "XSD, WartoscZamowienia; art. 106f(1)(4) of the VAT act"
        pl: "Wartość zamówienia nie jest sumą jego wierszy z podatkiem." / "Zsumuj P_11NettoZ i P_11VatZ bez wierszy sprzed korekty."
        en: "The value of the order is not the sum of its lines with tax." / "Add up P_11NettoZ and P_11VatZ without the lines before a correction.";
    AdvanceSum = "F-ADV-SUM" Legal Warning (No) "XSD, P_15Z; art. 106e(1a) of the VAT act"
        pl: "Zaliczki (P_15Z) nie sumują się do P_15 albo ją przekraczają." / "Popraw P_15Z albo P_15."
        en: "The advance payments (P_15Z) do not add up to P_15, or are more." / "Correct P_15Z or P_15.";
    SettlementSum = "F-SETTLE" Legal Warning (No) "XSD, Rozliczenie"
        pl: "Suma w rozliczeniu się nie zgadza." / "Zsumuj kwoty; DoZaplaty to P_15 z obciążeniami, bez odliczeń."
        en: "A sum of the settlement does not hold." / "Add up the amounts; DoZaplaty is P_15 with the charges and without the deductions.";
    PartialPayments = "F-PART-PAID" Advice Info (No) "XSD, ZnacznikZaplatyCzesciowej"
        pl: "Zapłaty częściowe przekraczają należność albo nie są jej całością w kilku częściach, choć tak je oznaczono." / "Sprawdź kwoty i ZnacznikZaplatyCzesciowej."
        en: "The partial payments are more than what is due, or are not all of it in several parts although marked so." / "See to the amounts and ZnacznikZaplatyCzesciowej.";
    TaxInPln = "F-FX-W" Legal Error (No) "art. 106e(11) of the VAT act"
        pl: "Podatek w walucie obcej nie jest podany w złotych." / "Dodaj P_14 z literą W dla tej stawki."
        en: "The tax in a foreign currency is not given in PLN." / "Add the P_14 with a W for this rate.";
    ConversionOfPln = "F-FX-PLN" Legal Warning (No) "brochure on FA(3), 9.3"
        pl: "Faktura w złotych podaje kurs waluty albo przeliczony podatek." / "Usuń pola P_14 z literą W i kursy albo popraw KodWaluty."
        en: "An invoice in PLN gives an exchange rate or converted tax." / "Remove the P_14 with a W and the rates, or correct KodWaluty.";
    AdvanceExchangeRate = "F-FX-Z" Legal Warning (No) "XSD, KursWalutyZ"
        pl: "KursWalutyZ jest na fakturze, która nie jest zaliczkowa." / "Podaj kurs w wierszach, w KursWaluty."
        en: "KursWalutyZ is on an invoice that is not for an advance payment." / "Give the rate in the lines, in KursWaluty.";
    PublishedRate = "F-FX-NBP" Advice Info (No) "art. 31a(1), (1a) and (2) of the VAT act"
        pl: "Kurs różni się od średniego kursu NBP z ostatniego dnia roboczego przed obowiązkiem podatkowym." / "Sprawdź kurs; można też stosować kurs EBC."
        en: "The exchange rate differs from the National Bank's average rate of the last working day before the tax point." / "See to the rate; that of the European Central Bank may be used too.";
    AgreedCurrency = "F-UMOWNA" Legal Error (No) "brochure on FA(3), 13.1"
        pl: "WalutaUmowna to PLN, a pole dotyczy waluty obcej." / "Wpisz walutę z umowy albo usuń KursUmowny i WalutaUmowna."
        en: "WalutaUmowna is PLN, and the field is about a foreign currency." / "Write the currency of the contract, or remove KursUmowny and WalutaUmowna.";
    Exemption = "F-ZW" Legal Warning (No) "art. 106e(1)(19) of the VAT act"
        pl: "Zwolnienie w adnotacjach nie zgadza się z wierszami i kwotami: stawka zw lub P_13_7 wymaga P_19 i odwrotnie." / "Podaj P_19 z podstawą zwolnienia albo P_19N."
        en: "The exemption of the annotations does not fit the lines and totals: zw or P_13_7 asks for P_19, and the other way round." / "Give P_19 with the basis of the exemption, or P_19N.";
    ReverseCharge = "F-OO" Legal Warning (No) "art. 106e(1)(18) of the VAT act; brochure on FA(3), 9.6"
        pl: "Odwrotne obciążenie w adnotacjach (P_18) nie zgadza się z wierszami i kwotami albo wiersz oo ma podatek." / "Popraw P_18, stawki lub P_13_10, a przy oo nie wykazuj podatku."
        en: "The reverse charge of the annotations (P_18) does not fit the lines and totals, or a line with oo has tax." / "Correct P_18, the rates or P_13_10, and show no tax with oo.";
    ServicesAbroad = "F-NP2" Legal Warning (No) "XSD FA(3), P_18; art. 100(1)(4) of the VAT act"
        pl: "Usługi z art. 100 ust. 1 pkt 4 ustawy (np II, P_13_9) wymagają adnotacji P_18." / "Wpisz w P_18 wartość 1."
        en: "Services of art. 100(1)(4) of the VAT act (np II, P_13_9) ask for the annotation P_18." / "Write 1 in P_18.";
    ForeignReverseCharge = "F-OO-FOREIGN" Legal Warning (No) "brochure on FA(3), 10.3"
        pl: "Stawka oo dotyczy sprzedaży w Polsce, a nabywca jest z zagranicy." / "Użyj np I albo np II."
        en: "The rate oo is for supplies within Poland, and the buyer is from abroad." / "Use np I or np II.";
    SplitPayment = "F-MPP" Legal Error (No) "art. 106e(1)(18a) of the VAT act"
        pl: "Faktura przekracza 15 000 zł i ma towar lub usługę z załącznika 15, a brakuje adnotacji o podzielonej płatności." / "Wpisz w P_18A wartość 1."
        en: "The invoice is over 15 000 PLN with goods or services of annex 15, and the annotation of split payment is missing." / "Write 1 in P_18A.";
    NeedlessSplitPayment = "F-MPP-REV" Advice Info (No) "art. 106e(1)(18a) of the VAT act"
        pl: "P_18A ma wartość 1, a żaden wiersz nie jest oznaczony jako towar lub usługa z załącznika 15." / "Oznacz wiersze P_12_Zal_15 albo wpisz w P_18A wartość 2."
        en: "P_18A is 1, and no line is marked as goods or services of annex 15." / "Mark the lines with P_12_Zal_15, or write 2 in P_18A.";
    MarginScheme = "F-MARGIN" Legal Warning (No) "art. 106e(2) and (3) of the VAT act; handbook on KSeF, 2.9"
        pl: "Procedura marży w adnotacjach i kwota P_13_11 nie występują razem." / "Podaj P_PMarzy i P_13_11 razem albo żadnej z nich."
        en: "The margin scheme of the annotations and the total P_13_11 do not come together." / "Give both P_PMarzy and P_13_11, or neither.";
    TriangularNumbers = "F-TRI" Advice Info (No) "art. 136 of the VAT act"
        pl: "Transakcja trójstronna (P_23) bez prefiksu PL sprzedawcy albo numeru VAT UE nabywcy." / "Podaj PrefiksPodatnika oraz KodUE i NrVatUE nabywcy."
        en: "A triangular transaction (P_23) without the seller's prefix PL or the buyer's EU VAT number." / "Give PrefiksPodatnika, and the buyer's KodUE and NrVatUE.";
    NewMeansOfTransport = "F-NST" Legal Warning (No) "art. 106e(1)(24) of the VAT act; brochure on FA(3)"
        pl: "Nowe środki transportu (P_22) bez WDT albo z polskim nabywcą." / "Użyj stawki WDT i danych nabywcy z UE albo P_22N."
        en: "New means of transport (P_22) without an intra-Community supply, or with a Polish buyer." / "Use the rate of an intra-Community supply and the data of a buyer in the EU, or P_22N.";
    SpecialProcedure = "F-OSS" Legal Warning (No) "XSD, P_12_XII and P_13_5; chapter 6a of section XII of the VAT act"
        pl: "Stawka P_12_XII i kwota P_13_5 nie występują razem." / "Podaj obie albo żadnej."
        en: "The rate P_12_XII and the total P_13_5 do not come together." / "Give both or neither.";
    PolishAccount = "F-NRB" Legal Warning (No) "ISO 13616; CIRFMF/ksef-api issue 562"
        pl: "Cyfry kontrolne polskiego numeru rachunku są błędne." / "Popraw numer rachunku."
        en: "The check digits of the Polish account are wrong." / "Correct the number of the account.";
    ForeignAccount = "F-NRB-IBAN" Advice Info (No) "ISO 13616"
        pl: "Numer ma postać IBAN, a jego cyfry kontrolne są błędne." / "Sprawdź numer rachunku."
        en: "The number has the form of an IBAN, and its check digits are wrong." / "See to the number of the account.";
    Factor = "F-FACTOR" Advice Info (No) "handbook on KSeF, 2.2.1"
        pl: "Podano rachunek faktora, a nie ma faktora (Podmiot3 z rolą 1)." / "Dodaj faktora jako Podmiot3."
        en: "There is an account of a factor, and no factor (Podmiot3 with role 1)." / "Add the factor as Podmiot3.";
    PaymentLink = "F-IPKSEF" Legal Warning (No) "brochure on FA(3), 12.1"
        pl: "IPKSeF w linku do płatności jest inny niż w elemencie IPKSeF." / "Użyj w obu miejscach tego samego identyfikatora."
        en: "The IPKSeF of the payment link differs from the element IPKSeF." / "Use one identifier in both places.";
    TermBelowOne = "F-TERM-0" Advice Info (No) "CIRFMF/ksef-api issue 398"
        pl: "Termin płatności ma ilość mniejszą niż 1, której aplikacja Ministerstwa nie przyjmuje." / "Podaj co najmniej 1 albo datę w Termin."
        en: "The term of payment has a count below 1, which the Ministry's application refuses." / "Give at least 1, or a date in Termin.";
    RowWidth = "F-ATT-COLS" Legal Warning (No) "XSD FA(3), Zalacznik"
        pl: "Wiersz tabeli w załączniku ma więcej komórek niż nagłówek kolumn." / "Dodaj kolumny albo usuń komórki."
        en: "A row of a table in the attachment has more cells than there are columns." / "Add columns, or remove cells.";
    Blanks = "F-WS" Advice Info (No) "CIRFMF/ksef-api issue 797"
        pl: "Numer lub nazwa ma zbędne odstępy, które KSeF pomija." / "Usuń odstępy na początku, na końcu i podwójne."
        en: "The number or name has needless white space, which KSeF drops." / "Remove blanks at the ends, and double ones.";
    OddCharacters = "F-P2-ASCII" Advice Info (No) "CIRFMF/ksef-api issue 315"
        pl: "Numer faktury (P_2) ma znaki niewidoczne albo podobne do innych." / "Użyj liter, cyfr i zwykłych znaków z klawiatury."
        en: "The number of the invoice (P_2) has invisible characters, or some that look like others." / "Use letters, digits and ordinary characters of the keyboard.";
    SystemInfo = "F-SYSINFO" Advice Info (No) "CIRFMF/ksef-api issue 718"
        pl: "Brakuje nazwy systemu, w którym powstała faktura, o którą prosi Ministerstwo." / "Podaj SystemInfo."
        en: "The name of the system that made the invoice is missing, which the Ministry asks for." / "Give SystemInfo.";
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
