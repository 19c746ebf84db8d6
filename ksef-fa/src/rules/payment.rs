//! How the invoice is paid.

use super::facts::Facts;
use super::parties::has_role;
use super::{Findings, indexed};
use crate::model::{BankAccount, Payment, Role, TermDescription};

/// A Polish account whose check digits are wrong.
pub(super) fn polish_account(facts: &Facts<'_>, findings: &mut Findings) {
    accounts(facts, findings, |account| match account {
        Account::Polish(iban) => !has_valid_check_digits(iban),
        Account::Foreign(_) | Account::Other => false,
    });
}

/// An IBAN of another country whose check digits are wrong.
pub(super) fn foreign_account(facts: &Facts<'_>, findings: &mut Findings) {
    accounts(facts, findings, |account| match account {
        Account::Foreign(iban) => !has_valid_check_digits(iban),
        Account::Polish(_) | Account::Other => false,
    });
}

/// An account of a factor, and no factor.
pub(super) fn factor(facts: &Facts<'_>, findings: &mut Findings) {
    let has_account = payment(facts).is_some_and(|payment| !payment.factor_accounts.is_empty());
    let parties = &facts.invoice.third_parties;
    if has_account && !parties.iter().any(|party| has_role(party, Role::Factor)) {
        findings.at("Fa/Platnosc/RachunekBankowyFaktora[1]");
    }
}

/// A link to the payment of something else.
pub(super) fn payment_link(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(payment) = payment(facts) else { return };
    let (Some(link), Some(identifier)) = (&payment.link, &payment.ip_ksef) else { return };
    let (_, query) = link.as_str().split_once('?').unwrap_or_default();
    let (query, _) = query.split_once('#').unwrap_or((query, ""));
    let mut identifiers = query.split('&').filter_map(|part| part.strip_prefix("IPKSeF="));
    if !identifiers.any(|found| found == identifier.as_str()) {
        findings.at("Fa/Platnosc/IPKSeF");
    }
}

/// A term of less than one day, week or whatever its unit is.
pub(super) fn term_below_one(facts: &Facts<'_>, findings: &mut Findings) {
    let due_dates = payment(facts).map_or(&[][..], |payment| &payment.due_dates);
    for (index, due) in indexed(due_dates) {
        let Some(TermDescription::FromEvent(term)) = &due.description else { continue };
        let count = term.count.as_str();
        if count.starts_with('-') || !count.contains(|c: char| matches!(c, '1'..='9')) {
            findings.at(format_args!("Fa/Platnosc/TerminPlatnosci[{index}]/TerminOpis/Ilosc"));
        }
    }
}

fn payment<'a>(facts: &Facts<'a>) -> Option<&'a Payment> {
    facts.body.payment.as_ref()
}

/// The number of an account by its form; an IBAN begins with its country.
enum Account {
    Polish(String),
    Foreign(String),
    Other,
}

fn accounts(facts: &Facts<'_>, findings: &mut Findings, is_wrong: impl Fn(&Account) -> bool) {
    let Some(payment) = payment(facts) else { return };
    let lists: [(&[BankAccount], &str); 2] = [
        (&payment.accounts, "RachunekBankowy"),
        (&payment.factor_accounts, "RachunekBankowyFaktora"),
    ];
    for (accounts, element) in lists {
        for (index, account) in indexed(accounts) {
            if is_wrong(&classify(account.number.as_str())) {
                findings.at(format_args!("Fa/Platnosc/{element}[{index}]/NrRB"));
            }
        }
    }
}

fn classify(number: &str) -> Account {
    let number: String = number.chars().filter(|c| *c != ' ').collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.len() == 26 && is_digits(&number) {
        return Account::Polish(format!("PL{number}"));
    }
    let Some((country, rest)) = number.split_at_checked(2) else { return Account::Other };
    let Some((check_digits, rest)) = rest.split_at_checked(2) else { return Account::Other };
    let is_upper = |byte: u8| byte.is_ascii_uppercase();
    let is_iban = country.bytes().all(is_upper)
        && is_digits(check_digits)
        && rest.bytes().all(|byte| is_upper(byte) || byte.is_ascii_digit());
    match (is_iban, country) {
        // A Polish one has 28 characters; what is shorter or longer is some other number.
        (true, "PL") if number.len() == 28 && is_digits(rest) => Account::Polish(number),
        (true, "PL") | (false, _) => Account::Other,
        (true, _) => Account::Foreign(number),
    }
}

/// The check of ISO 13616: the first four characters last, letters as 10 to 35, modulo 97 is 1.
fn has_valid_check_digits(iban: &str) -> bool {
    let (start, rest) = iban.split_at_checked(4).unwrap_or_default();
    let digits = rest.chars().chain(start.chars()).filter_map(|c| c.to_digit(36));
    let remainder = digits.fold(0, |remainder, digit| {
        let factor = if digit < 10 { 10 } else { 100 };
        (remainder * factor + digit) % 97
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_apart_by_their_form() {
        let polish = ["73111111111111111111111111", "PL 73 1111 1111 1111 1111 1111 1111"];
        for number in polish {
            assert!(matches!(classify(number), Account::Polish(_)), "{number}");
        }
        assert!(matches!(classify("DE83111111110000000001"), Account::Foreign(_)));
        for number in ["000123456789", "PL7311111111", "zażółć gęślą", "1234-5678-9012"] {
            assert!(matches!(classify(number), Account::Other), "{number}");
        }
    }

    #[test]
    fn one_changed_digit_of_an_iban_is_found() {
        let iban = "PL73111111111111111111111111";
        assert!(has_valid_check_digits(iban));
        assert!(has_valid_check_digits("DE83111111110000000001"));
        for at in 2..iban.len() {
            let changed = format!("{}5{}", &iban[..at], &iban[at + 1..]);
            assert!(!has_valid_check_digits(&changed), "{at}");
        }
    }
}
