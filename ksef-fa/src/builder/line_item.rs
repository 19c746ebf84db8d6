//! `LineItem`, a line of the invoice before anything is computed.

use ksef_core::{Amount, ArithmeticError, InvoiceDate, Percent, Quantity, UnitPrice};

use super::error::{BuildError, Field, Problems};
use super::input::{Given, Input};
use super::row::{Basis, Row};
use super::statements::Subject;
use crate::SchemaVersion;
use crate::model::{Gtu, Line, LineNumber, Mark, Procedure, Text, VatRate};

/// How a line is taxed.
///
/// Rates have the names of FA(3); in an FA(2) invoice the three rates of zero become `0`, and `np
/// I` and `np II` become `np`. The names of FA(2) alone are refused, since its totals tell apart
/// what they do not.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Taxation {
    /// At a rate of the list, or for a reason of the list not at all.
    Rate(VatRate),
    /// On the margin, art. 119 and 120 of the VAT act. The line has a gross price and no rate.
    Margin,
    /// At the rate of another member state, in the special procedure of chapter 6a of section XII
    /// of the VAT act.
    SpecialProcedure(Percent),
}

impl From<VatRate> for Taxation {
    fn from(rate: VatRate) -> Self {
        Self::Rate(rate)
    }
}

impl Taxation {
    /// The rate, where there is tax.
    pub(super) fn percent(self) -> Option<Percent> {
        match self {
            // The codes of rates above zero are the percentages themselves.
            Self::Rate(rate) => rate.as_str().parse().ok(),
            Self::Margin => None,
            Self::SpecialProcedure(percent) => Some(percent),
        }
    }

    /// Whether the rate is a number, be it zero.
    const fn is_number(self) -> bool {
        match self {
            Self::Rate(rate) => {
                !matches!(rate, VatRate::Zw | VatRate::Oo | VatRate::NpI | VatRate::NpII)
            }
            Self::Margin => false,
            Self::SpecialProcedure(_) => true,
        }
    }
}

/// The name of a rate in a version of the schema.
const fn rate_in(version: SchemaVersion, rate: VatRate) -> VatRate {
    match (version, rate) {
        (SchemaVersion::Fa2, VatRate::ZeroKr | VatRate::ZeroWdt | VatRate::ZeroEx) => VatRate::Zero,
        (SchemaVersion::Fa2, VatRate::NpI | VatRate::NpII) => VatRate::Np,
        (_, rate) => rate,
    }
}

/// A line of an invoice: what, how much, at which price and which rate (art. 106e(1)(7)-(12) of
/// the VAT act).
///
/// Its value is quantity × price − discount, rounded once; it may be given instead, by
/// [`LineItem::net_value`] and [`LineItem::gross_value`]. On a correction by differences it is a
/// difference, and may be negative.
///
/// ```
/// use ksef_fa::builder::LineItem;
/// use ksef_fa::model::{Gtu, VatRate};
///
/// let hours = LineItem::net("Konsultacje", "150.00", VatRate::Rate23).quantity("7.5").unit("h");
/// let shop = LineItem::gross("Książka", "39.90", VatRate::Rate5).quantity("2").unit("szt.");
/// let lump = LineItem::net_value("Abonament", "49.99", VatRate::Rate23).tax("11.50");
/// ```
#[derive(Clone, Debug)]
pub struct LineItem {
    description: Given<Text<512>>,
    taxation: Taxation,
    basis: Basis,
    price: Option<Given<UnitPrice>>,
    value: Option<Given<Amount>>,
    quantity: Option<Given<Quantity>>,
    discount: Option<Given<Amount>>,
    tax: Option<Given<Amount>>,
    unit: Option<Given<Text<256>>>,
    supplied_on: Option<Given<InvoiceDate>>,
    gtu: Option<Gtu>,
    procedure: Option<Procedure>,
    is_of_annex_15: bool,
    codes: Codes,
    infos: Vec<(Given<Text<256>>, Given<Text<256>>)>,
}

#[derive(Clone, Debug, Default)]
struct Codes {
    index: Option<Given<Text<50>>>,
    gtin: Option<Given<Text<20>>>,
    pkwiu: Option<Given<Text<50>>>,
    cn: Option<Given<Text<50>>>,
}

impl LineItem {
    fn new(description: impl Input<Text<512>>, basis: Basis, taxation: Taxation) -> Self {
        Self {
            description: description.read(),
            taxation,
            basis,
            price: None,
            value: None,
            quantity: None,
            discount: None,
            tax: None,
            unit: None,
            supplied_on: None,
            gtu: None,
            procedure: None,
            is_of_annex_15: false,
            codes: Codes::default(),
            infos: Vec::new(),
        }
    }

    /// One unit at this net price. [`LineItem::quantity`] says how many there are.
    #[must_use]
    pub fn net(
        description: impl Input<Text<512>>,
        price: impl Input<UnitPrice>,
        taxation: impl Into<Taxation>,
    ) -> Self {
        let item = Self::new(description, Basis::Net, taxation.into());
        Self { price: Some(price.read()), quantity: Some(Ok(Quantity::ONE)), ..item }
    }

    /// One unit at this gross price, art. 106e(7) and (8) of the VAT act.
    #[must_use]
    pub fn gross(
        description: impl Input<Text<512>>,
        price: impl Input<UnitPrice>,
        taxation: impl Into<Taxation>,
    ) -> Self {
        let item = Self::new(description, Basis::Gross, taxation.into());
        Self { price: Some(price.read()), quantity: Some(Ok(Quantity::ONE)), ..item }
    }

    /// A line of this net value, without a price. It has a quantity only if one is given.
    #[must_use]
    pub fn net_value(
        description: impl Input<Text<512>>,
        value: impl Input<Amount>,
        taxation: impl Into<Taxation>,
    ) -> Self {
        let item = Self::new(description, Basis::Net, taxation.into());
        Self { value: Some(value.read()), ..item }
    }

    /// A line of this gross value, without a price. It has a quantity only if one is given.
    #[must_use]
    pub fn gross_value(
        description: impl Input<Text<512>>,
        value: impl Input<Amount>,
        taxation: impl Into<Taxation>,
    ) -> Self {
        let item = Self::new(description, Basis::Gross, taxation.into());
        Self { value: Some(value.read()), ..item }
    }

    /// The quantity.
    #[must_use]
    pub fn quantity(mut self, quantity: impl Input<Quantity>) -> Self {
        self.quantity = Some(quantity.read());
        self
    }

    /// The unit of measure.
    #[must_use]
    pub fn unit(mut self, unit: impl Input<Text<256>>) -> Self {
        self.unit = Some(unit.read());
        self
    }

    /// The price of a line whose value is given, net or gross as that is.
    ///
    /// Quantity × price − discount must be the value, give or take a smallest unit of the
    /// currency.
    #[must_use]
    pub fn unit_price(mut self, price: impl Input<UnitPrice>) -> Self {
        self.price = Some(price.read());
        self
    }

    /// A rebate on the whole line that is not in the price yet, net or gross as the price is,
    /// art. 106e(1)(10) of the VAT act.
    #[must_use]
    pub fn discount(mut self, discount: impl Input<Amount>) -> Self {
        self.discount = Some(discount.read());
        self
    }

    /// The tax, as another system has computed it for this line, art. 106e(10) of the VAT act.
    ///
    /// It must be what follows from value and rate, give or take a smallest unit of the currency.
    /// Every line of the invoice then shows its tax, and the totals are sums of these.
    #[must_use]
    pub fn tax(mut self, tax: impl Input<Amount>) -> Self {
        self.tax = Some(tax.read());
        self
    }

    /// When this line was supplied, where lines differ in that.
    #[must_use]
    pub fn supplied_on(mut self, date: impl Input<InvoiceDate>) -> Self {
        self.supplied_on = Some(date.read());
        self
    }

    /// The group of goods or services.
    #[must_use]
    pub const fn gtu(mut self, gtu: Gtu) -> Self {
        self.gtu = Some(gtu);
        self
    }

    /// The procedure.
    #[must_use]
    pub const fn procedure(mut self, procedure: Procedure) -> Self {
        self.procedure = Some(procedure);
        self
    }

    /// That it is one of the goods or services of annex 15 to the VAT act.
    #[must_use]
    pub const fn of_annex_15(mut self) -> Self {
        self.is_of_annex_15 = true;
        self
    }

    /// The seller's own code or description.
    #[must_use]
    pub fn index(mut self, index: impl Input<Text<50>>) -> Self {
        self.codes.index = Some(index.read());
        self
    }

    /// The global trade item number.
    #[must_use]
    pub fn gtin(mut self, gtin: impl Input<Text<20>>) -> Self {
        self.codes.gtin = Some(gtin.read());
        self
    }

    /// The symbol in the Polish classification of goods and services.
    #[must_use]
    pub fn pkwiu(mut self, symbol: impl Input<Text<50>>) -> Self {
        self.codes.pkwiu = Some(symbol.read());
        self
    }

    /// The symbol in the Combined Nomenclature.
    #[must_use]
    pub fn cn(mut self, symbol: impl Input<Text<50>>) -> Self {
        self.codes.cn = Some(symbol.read());
        self
    }

    /// Something about this line that has no other place: what it is, and its value.
    #[must_use]
    pub fn info(mut self, key: impl Input<Text<256>>, value: impl Input<Text<256>>) -> Self {
        self.infos.push((key.read(), value.read()));
        self
    }

    /// What it is about, whether or not it can be read.
    pub(super) const fn subject(&self, number: LineNumber, is_before: bool) -> Subject {
        let (taxation, is_of_annex_15) = (self.taxation, self.is_of_annex_15);
        let is_dated = self.supplied_on.is_some();
        Subject { number, is_before, taxation, is_of_annex_15, is_dated }
    }

    /// The row of the invoice that it becomes.
    pub(super) fn into_row(self, place: Place, problems: &mut Problems) -> Option<Row> {
        let mut reader = Reader { line: place.number, problems };
        self.check_taxation(&mut reader);
        let amounts = self.amounts(place, &mut reader);
        let line = self.line(place, &mut reader);
        let infos = reader.infos(&self.infos);
        let Amounts { value, tax, price, discount } = amounts?;
        let mut line = line?;
        line.p_10 = discount;
        match self.basis {
            Basis::Net => (line.p_9a, line.p_11) = (price, Some(value)),
            Basis::Gross => (line.p_9b, line.p_11a) = (price, Some(value)),
        }
        let has_rate = self.taxation.is_number();
        let (taxation, basis) = (self.taxation, self.basis);
        Some(Row { line, is_before: place.is_before, taxation, basis, value, tax, has_rate, infos })
    }

    fn check_taxation(&self, reader: &mut Reader<'_>) {
        let line = reader.line;
        match self.taxation {
            Taxation::Rate(VatRate::Zero | VatRate::Np) => {
                reader.problems.push(BuildError::AmbiguousRate { line });
            }
            Taxation::Margin if self.basis == Basis::Net => {
                reader.problems.unexpected(Field::NetPrice, Some(line));
            }
            _ => {}
        }
    }

    /// The amounts of the line, of which those that are given are checked.
    fn amounts(&self, place: Place, reader: &mut Reader<'_>) -> Option<Amounts> {
        let basis = self.basis;
        let price = reader.any(&self.price, basis.price_field());
        let quantity = reader.any(&self.quantity, Field::Quantity);
        let discount = reader.any(&self.discount, Field::Discount);
        let given = reader.any(&self.value, basis.value_field());
        let tax = reader.any(&self.tax, Field::LineTax);
        let computed = match (price?, quantity?) {
            (Some(price), Some(quantity)) => {
                let value = value(quantity, price, discount?);
                Some(reader.compute(value, basis.value_field())?)
            }
            _ => None,
        };
        let value = match (given?, computed) {
            (Some(given), Some(computed)) => {
                reader.compare(given, computed, place.smallest_unit, basis.value_field());
                given
            }
            (Some(value), None) | (None, Some(value)) => value,
            (None, None) => return None,
        };
        let value = reader.compute(two_decimals(value), basis.value_field())?;
        let tax = match tax? {
            Some(tax) => Some(self.checked_tax(tax, value, place, reader)?),
            None => None,
        };
        let discount = match discount? {
            Some(discount) => {
                Some(reader.compute(discount.to_decimal().try_into(), Field::Discount)?)
            }
            None => None,
        };
        Some(Amounts { value, tax, price: price?, discount })
    }

    fn checked_tax(
        &self,
        tax: Amount,
        value: Amount,
        place: Place,
        reader: &mut Reader<'_>,
    ) -> Option<Amount> {
        let expected = reader.compute(self.basis.tax(value, self.taxation), Field::LineTax)?;
        // Where there is no tax, it cannot be rounded either.
        let has_tax = self.taxation.percent().is_some();
        let tolerance = if has_tax { place.smallest_unit } else { Amount::ZERO };
        reader.compare(tax, expected, tolerance, Field::LineTax);
        reader.compute(two_decimals(tax), Field::LineTax)
    }

    /// Everything but the amounts.
    fn line(&self, place: Place, reader: &mut Reader<'_>) -> Option<Line> {
        let mut line = Line::new(place.number);
        let description = reader.read(&self.description, Field::Description);
        line.p_8a = reader.any(&self.unit, Field::Unit)?;
        line.p_8b = reader.any(&self.quantity, Field::Quantity)?;
        line.p_6a = reader.any(&self.supplied_on, Field::LineSupplyDate)?;
        line.index = reader.any(&self.codes.index, Field::ItemCode)?;
        line.gtin = reader.any(&self.codes.gtin, Field::ItemCode)?;
        line.pkwiu = reader.any(&self.codes.pkwiu, Field::ItemCode)?;
        line.cn = reader.any(&self.codes.cn, Field::ItemCode)?;
        line.gtu = self.gtu;
        line.procedure = self.procedure;
        line.p_12_zal_15 = self.is_of_annex_15.then_some(Mark::SET);
        line.before_correction = place.is_before.then_some(Mark::SET);
        match self.taxation {
            Taxation::Rate(rate) => line.p_12 = Some(rate_in(place.version, rate)),
            Taxation::Margin => {}
            Taxation::SpecialProcedure(rate) => line.p_12_xii = Some(rate.into()),
        }
        line.p_7 = Some(description?);
        Some(line)
    }
}

/// Where a line stands, and what holds there.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) number: LineNumber,
    pub(super) is_before: bool,
    pub(super) version: SchemaVersion,
    pub(super) smallest_unit: Amount,
}

struct Amounts {
    value: Amount,
    tax: Option<Amount>,
    price: Option<UnitPrice>,
    discount: Option<UnitPrice>,
}

/// Quantity × price − discount, rounded once, since the discount has whole grosze.
fn value(
    quantity: Quantity,
    price: UnitPrice,
    discount: Option<Amount>,
) -> Result<Amount, ArithmeticError> {
    Amount::checked_product(quantity, price)?.checked_sub(discount.unwrap_or(Amount::ZERO))
}

/// The same amount, with two decimals.
pub(super) fn two_decimals(amount: Amount) -> Result<Amount, ArithmeticError> {
    Amount::from_minor_units(amount.to_minor_units(2)?, 2)
}

/// Reads what a line was given.
struct Reader<'a> {
    line: LineNumber,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn read<T: Clone>(&mut self, given: &Given<T>, field: Field) -> Option<T> {
        self.problems.read(given.clone(), field, Some(self.line))
    }

    /// `Some(None)` where nothing was given, `None` where it could not be read.
    fn any<T: Clone>(&mut self, given: &Option<Given<T>>, field: Field) -> Option<Option<T>> {
        match given {
            Some(given) => self.read(given, field).map(Some),
            None => Some(None),
        }
    }

    fn infos(&mut self, infos: &[(Given<Text<256>>, Given<Text<256>>)]) -> Vec<Info> {
        let mut read = Vec::with_capacity(infos.len());
        for (key, value) in infos {
            let (key, value) = (self.read(key, Field::Info), self.read(value, Field::Info));
            read.extend(key.zip(value));
        }
        read
    }

    fn compute<T, E>(&mut self, result: Result<T, E>, field: Field) -> Option<T> {
        self.problems.compute(result, field, Some(self.line))
    }

    /// Reports a given amount that is not the expected one.
    fn compare(&mut self, given: Amount, expected: Amount, tolerance: Amount, field: Field) {
        let is_close = given.checked_sub(expected).is_ok_and(|difference| {
            let distance = if difference.is_negative() { difference.negated() } else { difference };
            distance <= tolerance
        });
        if !is_close {
            self.problems.push(BuildError::Mismatch { field, line: self.line, expected });
        }
    }
}

/// A key and a value.
pub(super) type Info = (Text<256>, Text<256>);
