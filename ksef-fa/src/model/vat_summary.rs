//! Totals by rate of tax.

use ksef_core::{Amount, Quantity};

use super::declare::sequence;

sequence! {
    /// The totals of the invoice by rate of tax, and what is due.
    ///
    /// All amounts are in the currency of the invoice but those with a `W`, which are in PLN. On
    /// an invoice for an advance payment they are those of the payment, on a correction they are
    /// the difference.
    pub struct VatSummary in "Fa" {
        /// Sales at the basic rate, 23 % or 22 %.
        optional_group basic: BasicRate;
        /// Sales at the first reduced rate, 8 % or 7 %.
        optional_group first_reduced: FirstReducedRate;
        /// Sales at the second reduced rate, 5 %.
        optional_group second_reduced: SecondReducedRate;
        /// Sales at the flat rate for taxis.
        optional_group taxi: TaxiFlatRate;
        /// Sales in the special procedure of chapter 6a of section XII of the VAT act.
        optional_group special_procedure: SpecialProcedure;
        /// Net sales at 0 % within Poland, in the currency of the invoice.
        optional p_13_6_1: Amount = "P_13_6_1": "TKwotowy";
        /// Intra-Community supplies of goods at 0 %, in the currency of the invoice.
        optional p_13_6_2: Amount = "P_13_6_2": "TKwotowy";
        /// Exports at 0 %, in the currency of the invoice.
        optional p_13_6_3: Amount = "P_13_6_3": "TKwotowy";
        /// Exempt sales, in the currency of the invoice.
        optional p_13_7: Amount = "P_13_7": "TKwotowy";
        /// Supplies outside of Poland, in the currency of the invoice.
        optional p_13_8: Amount = "P_13_8": "TKwotowy",
            "Without the amounts of `P_13_5` and `P_13_9`.";
        /// Services of art. 100(1)(4) of the VAT act, in the currency of the invoice.
        optional p_13_9: Amount = "P_13_9": "TKwotowy";
        /// Sales under the reverse charge, in the currency of the invoice.
        optional p_13_10: Amount = "P_13_10": "TKwotowy",
            "Law: art. 17(1)(7) and (8) of the VAT act and other cases of domestic reverse charge.";
        /// Sales under a margin scheme, in the currency of the invoice.
        optional p_13_11: Amount = "P_13_11": "TKwotowy",
            "Law: art. 119 and 120 of the VAT act.";
        /// The total due, in the currency of the invoice.
        required p_15: Amount = "P_15": "TKwotowy",
            "On an invoice for an advance payment what was paid, on one that settles such payments \
             what remains.";
        /// The exchange rate by which the tax of an advance payment was converted, PLN for one
        /// unit.
        optional advance_exchange_rate: Quantity = "KursWalutyZ": "TIlosci",
            "On invoices of art. 106b(1)(4) of the VAT act.";
    }
}

/// Declares the three amounts of a rate.
macro_rules! rate {
    ($(#[$meta:meta])* $type:ident, $what:literal:
        $net:ident $net_el:literal, $tax:ident $tax_el:literal, $pln:ident $pln_el:literal) => {
        sequence! {
            $(#[$meta])*
            pub struct $type in "Fa" {
                #[doc = concat!("Net sales ", $what, ", in the currency of the invoice.")]
                required $net: Amount = $net_el: "TKwotowy";
                #[doc = concat!("Tax on sales ", $what, ", in the currency of the invoice.")]
                required $tax: Amount = $tax_el: "TKwotowy";
                #[doc = concat!("Tax on sales ", $what, ", in PLN.")]
                optional $pln: Amount = $pln_el: "TKwotowy",
                    "On invoices in another currency, art. 106e(11) of the VAT act.";
            }
        }
    };
}

rate! {
    /// Sales at the basic rate, 23 % or 22 %.
    BasicRate, "at the basic rate": p_13_1 "P_13_1", p_14_1 "P_14_1", p_14_1w "P_14_1W"
}

rate! {
    /// Sales at the first reduced rate, 8 % or 7 %.
    FirstReducedRate, "at the first reduced rate":
        p_13_2 "P_13_2", p_14_2 "P_14_2", p_14_2w "P_14_2W"
}

rate! {
    /// Sales at the second reduced rate, 5 %.
    SecondReducedRate, "at the second reduced rate":
        p_13_3 "P_13_3", p_14_3 "P_14_3", p_14_3w "P_14_3W"
}

rate! {
    /// Sales at the flat rate for taxis.
    TaxiFlatRate, "at the flat rate for taxis":
        p_13_4 "P_13_4", p_14_4 "P_14_4", p_14_4w "P_14_4W"
}

sequence! {
    /// Sales in the special procedure of chapter 6a of section XII of the VAT act.
    pub struct SpecialProcedure in "Fa" {
        /// Net sales in the special procedure, in the currency of the invoice.
        required p_13_5: Amount = "P_13_5": "TKwotowy";
        /// Foreign VAT on sales in the special procedure, in the currency of the invoice.
        optional p_14_5: Amount = "P_14_5": "TKwotowy";
    }
}
