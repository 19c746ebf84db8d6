//! `Code`, the registry of everything that keeps an object from becoming a document.

use core::fmt;
use core::str::FromStr;

use ksef_core::{ParseError, ParseErrorReason};
pub use ksef_fa::Language;

/// What a code does to the object.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "an object that is not mapped has these three ways")]
pub enum Effect {
    /// By design there is no document. Nothing has to be done.
    Skipped,
    /// There is none yet. The same object can be mapped later.
    Deferred,
    /// There is none until somebody has decided or repaired something.
    Refused,
}

/// What a code means and what to do, in Polish and in English.
struct Row {
    text: &'static str,
    effect: Effect,
    polish: [&'static str; 2],
    english: [&'static str; 2],
}

macro_rules! codes {
    ($(
        $name:ident = $text:literal $effect:ident
            pl: $polish:literal / $polish_help:literal
            en: $english:literal / $english_help:literal;
    )+) => {
        /// Why an object is no document, with a stable text such as `tax_mismatch`.
        ///
        /// ```
        /// use ksef_stripe::{Code, Effect};
        ///
        /// let code: Code = "b2c".parse()?;
        /// assert_eq!((code, code.effect()), (Code::B2c, Effect::Skipped));
        /// # Ok::<(), ksef_core::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $english)] $name,)+
        }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => const {
                        &Row {
                            text: $text,
                            effect: Effect::$effect,
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
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().text
    }

    /// What it does to the object.
    #[must_use]
    pub const fn effect(self) -> Effect {
        self.row().effect
    }

    /// What is the matter.
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

impl FromStr for Code {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|code| code.as_str() == text);
        found.ok_or_else(|| ParseError::new("code", ParseErrorReason::UnknownCode))
    }
}

codes! {
    // --- Skipped ------------------------------------------------------------------------------
    B2c = "b2c" Skipped
        pl: "Nabywca nie ma identyfikatora podatkowego: sprzedaż konsumencka." / "Nic. Jeśli ma trafić do KSeF, ustaw `consumers` na `file`."
        en: "The buyer has no tax identifier: a sale to a consumer." / "Nothing. If it is to go to KSeF, set `consumers` to `file`.";
    Oss = "oss" Skipped
        pl: "Podatek innego państwa członkowskiego: procedura OSS, poza KSeF." / "Nic. Sprzedaż wykaż w deklaracji OSS."
        en: "The tax of another member state: the one-stop shop, outside KSeF." / "Nothing. Declare the sale in the one-stop shop.";
    ZeroTotal = "zero_total" Skipped
        pl: "Kwota dokumentu wynosi zero." / "Nic."
        en: "The document is about nothing: its total is zero." / "Nothing.";
    VoidBeforeFiling = "void_before_filing" Skipped
        pl: "Dokument unieważniono, zanim trafił do KSeF." / "Nic."
        en: "The document was voided before it was filed." / "Nothing.";
    CreditNoteOfSkipped = "credit_note_of_skipped" Skipped
        pl: "Nota koryguje fakturę, która została pominięta." / "Nic."
        en: "The credit note is of an invoice that was skipped." / "Nothing.";
    NotInvoiceEvent = "not_invoice_event" Skipped
        pl: "To zdarzenie nigdy nie tworzy dokumentu." / "Nic. Zwrot bez noty kredytowej wymaga noty w Stripe."
        en: "This event never makes a document." / "Nothing. A refund without a credit note needs one in Stripe.";
    ExcludedByRule = "excluded_by_rule" Skipped
        pl: "Nabywca jest na liście wykluczonych." / "Nic, albo usuń go z `excluded_customers`."
        en: "The customer is on the list of those that are left out." / "Nothing, or take it off `excluded_customers`.";
    NoTriggerMatch = "no_trigger_match" Skipped
        pl: "To zdarzenie nie jest tym, na które wysyłka jest ustawiona." / "Nic, albo zmień `trigger`."
        en: "This event is not the one on which documents are filed." / "Nothing, or change `trigger`.";
    CurrencyExcluded = "currency_excluded" Skipped
        pl: "Waluta jest poza listą wysyłanych." / "Nic, albo dopisz ją do `currencies`."
        en: "The currency is not among those that are filed." / "Nothing, or add it to `currencies`.";

    // --- Deferred -----------------------------------------------------------------------------
    OriginalNotFiled = "original_not_filed" Deferred
        pl: "Korygowana faktura nie została jeszcze wysłana." / "Wyślij najpierw fakturę; korekta pójdzie sama."
        en: "The invoice that is corrected has not been filed yet." / "File the invoice first; the correction follows.";
    OriginalPending = "original_pending" Deferred
        pl: "Korygowana faktura czeka na numer KSeF." / "Poczekaj na jej przyjęcie."
        en: "The invoice that is corrected waits for its KSeF number." / "Wait until it is accepted.";
    RateNotPublishedYet = "rate_not_published_yet" Deferred
        pl: "Nie ma jeszcze kursu NBP z dnia, który jest potrzebny." / "Spróbuj po publikacji tabeli A."
        en: "The exchange rate of the day that counts is not there yet." / "Try again when table A is published.";
    TaxRateLookupFailed = "tax_rate_lookup_failed" Deferred
        pl: "Nie udało się pobrać stawki podatku ze Stripe." / "Spróbuj ponownie."
        en: "The tax rate could not be fetched from Stripe." / "Try again.";
    TruncatedLines = "truncated_lines" Deferred
        pl: "Obiekt zawiera tylko część pozycji." / "Pobierz wszystkie pozycje i spróbuj ponownie."
        en: "The object has only some of its lines." / "Fetch all lines and try again.";
    ApiObjectStale = "api_object_stale" Deferred
        pl: "Obiekt jest starszy niż zdarzenie, które o nim mówi." / "Pobierz go ponownie."
        en: "The object is older than the event about it." / "Fetch it again.";

    // --- Refused: source ----------------------------------------------------------------------
    Draft = "draft" Refused
        pl: "Dokument jest szkicem." / "Sfinalizuj go w Stripe."
        en: "The document is a draft." / "Finalise it in Stripe.";
    MissingNumber = "missing_number" Refused
        pl: "Dokument nie ma numeru, który może być numerem faktury." / "Nadaj numer w Stripe."
        en: "The document has no number that can be that of an invoice." / "Give it one in Stripe.";
    MissingDate = "missing_date" Refused
        pl: "Nie wiadomo, kiedy dokument wystawiono." / "Pobierz obiekt ponownie; sprawdź `effective_at`."
        en: "It is not known when the document was issued." / "Fetch the object again; look at `effective_at`.";
    FutureDate = "future_date" Refused
        pl: "Data dokumentu jeszcze nie nadeszła." / "Wyślij go w tym dniu albo popraw datę w Stripe."
        en: "The date of the document has not come." / "File it on that day, or correct the date in Stripe.";
    DateOutsideOfflineWindow = "date_outside_offline_window" Refused
        pl: "Minął termin dosłania dokumentu z tą datą (następny dzień roboczy)." / "Ustal z doradcą datę; `issue_date: submission_date` wpisze dzień wysyłki."
        en: "A document of this date may no longer be sent (until the next working day)." / "Ask your adviser about the date; `issue_date: submission_date` takes the day of sending.";
    LivemodeMismatch = "livemode_mismatch" Refused
        pl: "Tryb Stripe (test, produkcja) nie odpowiada środowisku KSeF." / "Połącz właściwe konto z właściwym środowiskiem."
        en: "Stripe's mode (test, live) does not go with the environment of KSeF." / "Connect the right account with the right environment.";
    UnknownAccount = "unknown_account" Refused
        pl: "Obiekt pochodzi z konta Stripe, którego nie ma w profilu." / "Dopisz konto do `accounts` albo odłącz je."
        en: "The object comes from a Stripe account that is not in the profile." / "Add the account to `accounts`, or disconnect it.";
    ForeignIssuer = "foreign_issuer" Refused
        pl: "Wystawcą lub podatnikiem jest inne konto." / "Wyślij dokument z profilu tego konta."
        en: "Another account is the issuer, or owes the tax." / "File the document from the profile of that account.";
    SellerNipMismatch = "seller_nip_mismatch" Refused
        pl: "NIP sprzedawcy w Stripe jest inny niż w profilu." / "Popraw identyfikator konta w Stripe albo profil."
        en: "The seller's NIP in Stripe is not that of the profile." / "Correct the account's tax ID in Stripe, or the profile.";
    UnsupportedApiShape = "unsupported_api_shape" Refused
        pl: "Obiekt nie ma pozycji w żadnej znanej postaci." / "Pobierz go wersją API Stripe, którą obsługujemy."
        en: "The object has no lines in any form that is known." / "Fetch it with a version of Stripe's API that is supported.";
    MixedShapes = "mixed_shapes" Refused
        pl: "Pola starej i nowej wersji API przeczą sobie." / "Pobierz obiekt ze Stripe w jednej wersji API."
        en: "Fields of the old and the new API contradict each other." / "Fetch the object from Stripe in one version of the API.";
    MissingField = "missing_field" Refused
        pl: "Brakuje pola, które Stripe zawsze podaje." / "Pobierz obiekt ponownie."
        en: "A field is missing that Stripe always gives." / "Fetch the object again.";
    PeriodOrder = "period_order" Refused
        pl: "Okres pozycji kończy się, zanim się zaczyna." / "Popraw okres w Stripe."
        en: "The period of a line ends before it starts." / "Correct the period in Stripe.";

    // --- Refused: status ----------------------------------------------------------------------
    VoidAfterFiling = "void_after_filing" Refused
        pl: "Fakturę unieważniono po wysłaniu do KSeF." / "Wystaw korektę do zera; unieważnienie w Stripe nie cofa faktury."
        en: "The invoice was voided after it was filed." / "Issue a correction to zero; voiding it in Stripe does not undo it.";
    CreditNoteVoidAfterFiling = "credit_note_void_after_filing" Refused
        pl: "Notę unieważniono po wysłaniu korekty do KSeF." / "Wystaw korektę przywracającą kwoty."
        en: "The credit note was voided after its correction was filed." / "Issue a correction that restores the amounts.";
    RevisionOfFiledInvoice = "revision_of_filed_invoice" Refused
        pl: "To poprawiona wersja faktury, która jest już w KSeF." / "Skoryguj pierwotną fakturę, zamiast wysyłać drugą."
        en: "It is a revision of an invoice that is in KSeF." / "Correct the first invoice instead of filing a second one.";
    DuplicateNumber = "duplicate_number" Refused
        pl: "Inny dokument ma już ten numer." / "Ustaw `number_prefix` tego konta albo zmień numerację w Stripe."
        en: "Another document has this number." / "Set this account's `number_prefix`, or change the numbering in Stripe.";

    // --- Refused: buyer -----------------------------------------------------------------------
    NipChecksum = "nip_checksum" Refused
        pl: "Cyfra kontrolna NIP nabywcy jest błędna." / "Popraw NIP u klienta; ta faktura wymaga decyzji."
        en: "The check digit of the buyer's NIP is wrong." / "Correct the customer's NIP; this invoice needs a decision.";
    ConflictingTaxIds = "conflicting_tax_ids" Refused
        pl: "Nabywca ma kilka różnych identyfikatorów podatkowych." / "Zostaw u klienta jeden."
        en: "The buyer has several different tax identifiers." / "Leave one with the customer.";
    TaxIdPattern = "tax_id_pattern" Refused
        pl: "Identyfikator podatkowy nabywcy nie ma postaci, jaką powinien." / "Popraw go u klienta."
        en: "The buyer's tax identifier does not have the form it should." / "Correct it with the customer.";
    TaxIdCountryMismatch = "tax_id_country_mismatch" Refused
        pl: "Kraj identyfikatora jest inny niż kraj adresu nabywcy." / "Sprawdź klienta; jeśli to zgodne z prawdą, ustaw `tax_id_country: accept`."
        en: "The country of the identifier is not that of the buyer's address." / "Check the customer; if it is true, set `tax_id_country: accept`.";
    MissingName = "missing_name" Refused
        pl: "Brakuje nazwy nabywcy." / "Uzupełnij klienta w Stripe."
        en: "The buyer's name is missing." / "Complete the customer in Stripe.";
    MissingCountry = "missing_country" Refused
        pl: "Brakuje kraju nabywcy albo jego kod jest nieznany." / "Uzupełnij adres klienta w Stripe."
        en: "The buyer's country is missing, or its code is unknown." / "Complete the customer's address in Stripe.";
    MissingAddress = "missing_address" Refused
        pl: "Brakuje adresu nabywcy." / "Uzupełnij adres klienta w Stripe."
        en: "The buyer's address is missing." / "Complete the customer's address in Stripe.";
    TextTooLong = "text_too_long" Refused
        pl: "Tekst jest dłuższy, niż pozwala schemat." / "Skróć go; opisy pozycji skraca `long_descriptions: truncate`."
        en: "A text is longer than the schema allows." / "Shorten it; `long_descriptions: truncate` shortens those of lines.";
    EmptyAfterSanitising = "empty_after_sanitising" Refused
        pl: "Tekst jest pusty albo ma tylko znaki, których KSeF nie przyjmuje." / "Wpisz opis w Stripe."
        en: "A text is empty, or has only characters that KSeF does not take." / "Write a description in Stripe.";

    // --- Refused: currency --------------------------------------------------------------------
    UnknownCurrency = "unknown_currency" Refused
        pl: "Waluta nie jest walutą, w której Stripe rozlicza." / "Sprawdź obiekt."
        en: "The currency is none that Stripe charges in." / "Look at the object.";
    CurrencyNotInSchema = "currency_not_in_schema" Refused
        pl: "Schemat FA(3) nie zna tej waluty." / "Wystaw fakturę w innej walucie."
        en: "The schema FA(3) does not have this currency." / "Invoice in another currency.";
    NoNbpRate = "no_nbp_rate" Refused
        pl: "Brakuje kursu waluty z dnia, który jest potrzebny." / "Pobierz tabelę A NBP sprzed tego dnia."
        en: "There is no exchange rate of the day that counts." / "Fetch table A of the National Bank before that day.";
    SeveralTaxPoints = "several_tax_points" Refused
        pl: "Pozycje mają różne dni przeliczenia waluty." / "Podziel fakturę albo wystaw ją ręcznie."
        en: "The lines are converted by the rates of different days." / "Split the invoice, or issue it by hand.";
    OriginalRateUnknown = "original_rate_unknown" Refused
        pl: "Nie wiadomo, po jakim kursie przeliczono korygowaną fakturę." / "Podaj wysłany dokument z kursem."
        en: "It is not known by which exchange rate the original was converted." / "Give the filed document with its rate.";

    // --- Refused: tax -------------------------------------------------------------------------
    NoTaxData = "no_tax_data" Refused
        pl: "Pozycja nie mówi nic o podatku." / "Włącz Stripe Tax albo stawki podatku, albo ustaw zwolnienie."
        en: "A line says nothing about tax." / "Turn on Stripe Tax or tax rates, or set an exemption.";
    RateUnknown = "rate_unknown" Refused
        pl: "Stawki podatku nie podano." / "Pobierz ją ze Stripe (`tax_rates`)."
        en: "The tax rate was not given." / "Fetch it from Stripe (`tax_rates`).";
    RateNotPolish = "rate_not_polish" Refused
        pl: "Stawka nie jest polską stawką 23, 8 lub 5 %." / "Popraw stawkę i jej kraj w Stripe."
        en: "The rate is not one of the Polish rates 23, 8 and 5 %." / "Correct the rate and its country in Stripe.";
    RateAmbiguous = "rate_ambiguous" Refused
        pl: "Z danych wynika więcej niż jedna stawka." / "Wskaż stawkę: przez stawki Stripe albo `products`."
        en: "The data allow for more than one rate." / "Say which: by Stripe's rates, or by `products`.";
    MultipleTaxes = "multiple_taxes" Refused
        pl: "Pozycja ma kilka podatków." / "Zostaw jedną stawkę na pozycji."
        en: "A line has several taxes." / "Leave one rate on the line.";
    PortionTaxed = "portion_taxed" Refused
        pl: "Opodatkowana jest tylko część pozycji." / "Rozdziel ją na dwie pozycje."
        en: "Only a part of the line is taxed." / "Make two lines of it.";
    TaxMismatch = "tax_mismatch" Refused
        pl: "Kwota podatku nie wynika ze stawki albo przeczy reszcie." / "Sprawdź kwoty; ręczne kwoty podatku popraw w Stripe."
        en: "The amount of tax does not follow from the rate, or contradicts the rest." / "Check the amounts; correct manual tax amounts in Stripe.";
    AutomaticTaxIncomplete = "automatic_tax_incomplete" Refused
        pl: "Stripe Tax nie policzył podatku." / "Uzupełnij adres klienta i przelicz w Stripe."
        en: "Stripe Tax has not computed the tax." / "Complete the customer's address and recompute it in Stripe.";
    ZeroTaxDomestic = "zero_tax_domestic" Refused
        pl: "Polski nabywca, a podatku nie ma." / "Ustaw zwolnienie (`exemption`) albo stawkę w Stripe."
        en: "A Polish buyer, and no tax." / "Set the exemption (`exemption`), or a rate in Stripe.";
    ExemptionBasisMissing = "exemption_basis_missing" Refused
        pl: "Zwolnienie nie ma podstawy prawnej." / "Wpisz ją w `exemption`."
        en: "The exemption has no legal basis." / "Write it into `exemption`.";
    ReverseChargeDomestic = "reverse_charge_domestic" Refused
        pl: "Odwrotne obciążenie przy polskim nabywcy." / "Sprawdź ustawienia podatku klienta w Stripe."
        en: "A reverse charge to a Polish buyer." / "Check the customer's tax settings in Stripe.";
    ExportWithTax = "export_with_tax" Refused
        pl: "Nabywca spoza UE, a doliczono polski VAT." / "Sprawdź, czy sprzedaż podlega VAT w Polsce."
        en: "A buyer outside the EU was charged Polish VAT." / "Check whether the sale is taxed in Poland.";
    SupplyKindUnknown = "supply_kind_unknown" Refused
        pl: "Nie wiadomo, czy to towar, czy usługa." / "Ustaw `supplies` albo `kind` produktu."
        en: "It is not known whether it is goods or a service." / "Set `supplies`, or the `kind` of the product.";
    ShippingWithService = "shipping_with_service" Refused
        pl: "Dostawa towaru na fakturze za usługę dla nabywcy z zagranicy." / "Wystaw fakturę ręcznie."
        en: "Shipping on an invoice for a service to a buyer abroad." / "Issue the invoice by hand.";
    ForeignVat = "foreign_vat" Refused
        pl: "Naliczono podatek państwa spoza UE." / "To nie jest polski VAT; rozlicz go w tym państwie."
        en: "The tax of a country outside the EU was charged." / "It is not Polish VAT; declare it in that country.";

    // --- Refused: amounts ---------------------------------------------------------------------
    NegativeLine = "negative_line" Refused
        pl: "Pozycja ujemna zmniejsza wcześniejszą sprzedaż." / "Skoryguj tamtą fakturę notą kredytową; albo ustaw `negative_lines: net` po rozmowie z doradcą."
        en: "A negative line takes from an earlier sale." / "Correct that invoice by a credit note; or set `negative_lines: net` once your adviser agrees.";
    NegativeTotal = "negative_total" Refused
        pl: "Kwota dokumentu jest ujemna." / "Wystaw notę kredytową."
        en: "The total is negative." / "Issue a credit note.";
    TotalsMismatch = "totals_mismatch" Refused
        pl: "Pozycje nie dają sumy dokumentu." / "Pobierz obiekt ponownie; jeśli to się powtarza, wystaw fakturę ręcznie."
        en: "The lines do not add up to the total." / "Fetch the object again; if that remains, issue the invoice by hand.";
    MixedTaxBehavior = "mixed_tax_behavior" Refused
        pl: "W jednej stawce są ceny netto i brutto." / "Używaj jednego sposobu."
        en: "One rate has net prices and gross prices." / "Use one of them.";
    CreditGrant = "credit_grant" Refused
        pl: "Zapłacono środkami z salda: nie wiadomo, czy przedpłata, czy rabat." / "Ustaw `credit_grants`, gdy doradca to rozstrzygnie."
        en: "Billing credits were used: prepaid or promotional is not known." / "Set `credit_grants` once your adviser has decided.";
    AmountOutOfRange = "amount_out_of_range" Refused
        pl: "Kwota lub liczba nie mieści się w schemacie." / "Sprawdź obiekt."
        en: "An amount or a number does not fit the schema." / "Look at the object.";
    TooManyLines = "too_many_lines" Refused
        pl: "Dokument ma więcej niż 10 000 pozycji." / "Podziel fakturę."
        en: "The document has more than 10,000 lines." / "Split the invoice.";
    DocumentTooLarge = "document_too_large" Refused
        pl: "Dokument ma więcej niż 1 MB." / "Podziel fakturę albo skróć opisy."
        en: "The document has more than 1 MB." / "Split the invoice, or shorten descriptions.";

    // --- Refused: corrections -----------------------------------------------------------------
    OriginalMissing = "original_missing" Refused
        pl: "Nie ma faktury, którą nota koryguje." / "Wskaż ją, albo podaj jako wystawioną poza KSeF."
        en: "There is no invoice that the credit note corrects." / "Say which, or give it as one issued outside KSeF.";
    OverCredit = "over_credit" Refused
        pl: "Korekty przekraczają fakturę." / "Sprawdź noty w Stripe."
        en: "The corrections are more than the invoice." / "Check the credit notes in Stripe.";
    NoLinesMultiRate = "no_lines_multi_rate" Refused
        pl: "Nota bez pozycji do faktury z kilkoma stawkami." / "Wystaw notę z pozycjami."
        en: "A credit note without lines, of an invoice with several rates." / "Issue a credit note with lines.";
    CustomLineWithoutRate = "custom_line_without_rate" Refused
        pl: "Pozycja noty nie ma stawki, a faktura ma ich kilka." / "Dodaj stawkę do pozycji noty."
        en: "A line of the credit note has no rate, and the invoice has several." / "Add a rate to the line of the credit note.";
    BuyerChanged = "buyer_changed" Refused
        pl: "Nota dotyczy innego klienta niż faktura." / "Dane nabywcy koryguje się osobno."
        en: "The credit note is about another customer than the invoice." / "Data of the buyer are corrected separately.";

    // --- Refused: never inferred --------------------------------------------------------------
    AdvanceOrFinal = "advance_or_final" Refused
        pl: "Produkt rozliczany fakturą zaliczkową lub końcową." / "Wystaw ją ręcznie."
        en: "The product is invoiced by advance and final invoices." / "Issue it by hand.";
    Simplified = "simplified" Refused
        pl: "Produkt rozliczany fakturą uproszczoną." / "Wystaw ją ręcznie."
        en: "The product is invoiced by simplified invoices." / "Issue it by hand.";
    Margin = "margin" Refused
        pl: "Produkt opodatkowany w procedurze marży." / "Wystaw fakturę ręcznie."
        en: "The product is taxed on its margin." / "Issue the invoice by hand.";
    SelfBilling = "self_billing" Refused
        pl: "Produkt fakturuje nabywca." / "Fakturę wystawia nabywca."
        en: "The product is invoiced by the buyer." / "The buyer issues the invoice.";
    Annex15 = "annex15" Refused
        pl: "Produkt z załącznika 15: możliwa obowiązkowa podzielona płatność." / "Wystaw fakturę ręcznie."
        en: "The product is of annex 15: split payment may be obligatory." / "Issue the invoice by hand.";
}
