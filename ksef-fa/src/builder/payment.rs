//! When and how the invoice is paid.

use ksef_core::InvoiceDate;

use super::error::{Field, Problems};
use super::input::Given;
use crate::model::{
    AccountNumber, BankAccount, DueDate, Paid, Payment, PaymentForm, PaymentMethod, PaymentState,
};

/// What the caller says about the payment.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub(super) paid_on: Option<Given<InvoiceDate>>,
    pub(super) due_on: Vec<Given<InvoiceDate>>,
    pub(super) form: Option<PaymentForm>,
    pub(super) accounts: Vec<Given<AccountNumber>>,
}

impl Terms {
    /// `None` where nothing was said.
    pub(super) fn read(self, problems: &mut Problems) -> Option<Payment> {
        let mut payment = Payment::new();
        let paid_on = problems.read_any(self.paid_on, Field::PaymentDate);
        payment.state = paid_on.map(|date| PaymentState::Paid(Paid::new(date)));
        for date in self.due_on {
            let date = problems.read(date, Field::DueDate, None);
            payment.due_dates.extend(date.map(|date| DueDate::new().date(date)));
        }
        payment.method = self.form.map(PaymentMethod::from);
        for account in self.accounts {
            let account = problems.read(account, Field::Account, None);
            payment.accounts.extend(account.map(BankAccount::new));
        }
        (payment != Payment::new()).then_some(payment)
    }
}
