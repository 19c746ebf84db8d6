//! What is found, and what is missing.

use core::time::Duration;

use ksef_core::port::BoxError;
use ksef_core::submission::ReasonCode;
use ksef_core::{DocumentType, Nip, SubmissionStatus};

use super::world::{Outcome, STUCK, World, check, is_accepted, new_submission};
use crate::completeness::AtKsef;
use crate::query::{DateOf, Dates, Filter, PageRequest};
use crate::store::Backend;
use crate::{Error, First, Row, Tenant, Test};

/// Every filter finds the rows that it matches, page by page, newest first.
///
/// # Errors
///
/// What the backend does not do.
pub async fn every_filter_finds_what_it_matches(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 9).await?;
    for number in 1..=12_u64 {
        let mut new = new_submission(&format!("{:03}", number * 37), world.now)?;
        match (number % 4, &mut new.first) {
            (0, first) => *first = First::Skipped(ReasonCode::from_static("b2c")),
            (1, First::Prepared(prepared)) => {
                prepared.description.document_type = DocumentType::Kor;
                prepared.description.buyer = Some(Nip::for_test_environment("7781464139")?);
            }
            _ => {}
        }
        let id = world.tenant.submit(new, world.now).await?;
        if number % 4 == 2 {
            world.drive(id, number, is_accepted).await?;
        }
        let day = Duration::from_secs(20 * 60 * 60);
        world.now = world.now.checked_add(day).ok_or(STUCK)?;
        world.ksef.advance_to(world.now);
    }
    let all = pages(&world.tenant, &Filter::default(), 100).await?;
    check(all.len() == 12 && all.is_sorted_by(|a, b| a.0 > b.0), "all, newest first")?;
    for filter in filters(&all)? {
        let expected = all.iter().filter(|(_, row)| filter.matches(row)).cloned();
        let mut expected: Vec<_> = expected.collect();
        expected.sort_by_key(|(number, row)| core::cmp::Reverse(filter.cursor(*number, row)));
        let found = pages(&world.tenant, &filter, 2).await?;
        check(found == expected, "a filter finds what it matches, in order")?;
        let count = world.tenant.count(&filter).await?;
        check(usize::try_from(count) == Ok(expected.len()), "and counts it")?;
        for limit in [2, 100] {
            let mut request = PageRequest { filter: filter.clone(), after: None, limit };
            loop {
                let plain = world.tenant.page(&request).await?;
                let (page, counted) = world.tenant.counted_page(&request).await?;
                check(counted == count, "and counts it with each page")?;
                let is_same = page.lines == plain.lines && page.next == plain.next;
                check(is_same, "which is the page that is found without the count")?;
                request.after = page.next;
                if request.after.is_none() {
                    break;
                }
            }
        }
    }
    let counts = world.tenant.counts().await?;
    check(counts.all() == 12 && counts.of(SubmissionStatus::Accepted) == 3, "counts by status")
}

/// A whole order reference or id of a source finds its lines, however long it is, and no others.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_name_finds_its_lines_alone(backend: &dyn Backend) -> Outcome {
    let own = World::<Test>::new(backend, 30).await?;
    let foreign = World::<Test>::new(backend, 31).await?;
    let long = "Ż".repeat(400);
    let names = ["A/1", "a/1", "A/1", "A/10", "%", "in_1", long.as_str(), &long[..600]];
    for (number, name) in names.into_iter().enumerate() {
        let mut new = new_submission(&number.to_string(), own.now)?;
        if let First::Prepared(prepared) = &mut new.first {
            name.clone_into(&mut prepared.description.order_reference);
        }
        foreign.tenant.submit(new.clone(), foreign.now).await?;
        own.tenant.submit(new, own.now).await?;
    }
    let all = pages(&own.tenant, &Filter::default(), 100).await?;
    for name in names.into_iter().chain(["in_2", "A/", "in", "A/1\nin_0", "nobody", ""]) {
        let mut expected: Vec<_> = all.iter().filter(|(_, row)| row.is_named(name)).collect();
        expected.reverse();
        let found = own.tenant.named(name).await?;
        let found: Vec<_> = found.iter().map(|(id, row)| (id.number(), row)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(number, row)| (*number, row)).collect();
        check(found == expected, "a name finds its lines alone, in their order")?;
    }
    check(own.tenant.named("A/1").await?.len() == 2, "both of the same name are found")
}

/// The invoices of a period are compared with the source's numbers and with KSeF's list.
///
/// # Errors
///
/// What the backend does not do.
pub async fn completeness_compares_three_lists(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 14).await?;
    let day = world.now.warsaw_date();
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    world.drive(id, 1, is_accepted).await?;
    let digest = world.tenant.xml(id).await?.digest();
    let number = "FV/1/2026".to_owned();
    let ksef_number = world.tenant.row(id).await?.ksef_number;
    let listed = vec![AtKsef { number: number.clone(), issued_on: day, digest, ksef_number }];
    let source = vec![(number, day)];
    let found = world.tenant.completeness(&(day..=day), source.clone(), listed).await?;
    check(found.is_complete() && found.complete == 1, "one in all three")?;
    let found = world.tenant.completeness(&(day..=day), source, Vec::new()).await?;
    check(!found.is_complete(), "what KSeF does not list is found")
}

pub(super) async fn pages(
    tenant: &Tenant<Test>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<(u64, Row)>, Error> {
    let mut request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut found = Vec::new();
    loop {
        let page = tenant.page(&request).await?;
        found.extend(page.lines.into_iter().map(|(id, row)| (id.number(), row)));
        request.after = page.next;
        if request.after.is_none() {
            return Ok(found);
        }
    }
}

/// Filters of every kind, alone and with a status, some of which match nothing.
fn filters(rows: &[(u64, Row)]) -> Result<Vec<Filter>, BoxError> {
    let (from, to) = ("2026-03-04".parse()?, "2026-03-07".parse()?);
    let number = rows.iter().find_map(|(_, row)| row.ksef_number).ok_or(STUCK)?;
    let order = |part: &str| Filter { order_reference: Some(part.to_owned()), ..Filter::default() };
    let ksef = |text: &str| Filter { ksef_number: Some(text.to_owned()), ..Filter::default() };
    let dates = |of| Filter { dates: Some(Dates { of, from, to }), ..Filter::default() };
    let mut filters = vec![
        Filter::default(),
        dates(DateOf::Submitted),
        dates(DateOf::Issue),
        dates(DateOf::Accepted),
        Filter { document_type: Some(DocumentType::Kor), ..Filter::default() },
        Filter { nip: Some(Nip::for_test_environment("5265877635")?), ..Filter::default() },
        Filter { fakturownia_id: Some("1".to_owned()), ..Filter::default() },
        order("/2026"),
        order("fv/07"),
        order("IN_1"),
        order("7"),
        order("x' OR '1'='1"),
        ksef("9"),
    ];
    // The seller, the year, the month, ten days, a day, and parts of them.
    let prefixes = [0, 7, 10, 11, 15, 16, 17, 18, 19, 30, 35];
    filters.extend(prefixes.iter().filter_map(|end| number.as_str().get(..*end)).map(ksef));
    let with = |filter: &Filter, statuses: &[SubmissionStatus]| {
        let statuses = statuses.iter().copied().collect();
        Filter { statuses, ..filter.clone() }
    };
    let pending = [SubmissionStatus::Pending, SubmissionStatus::Accepted];
    let restricted = filters
        .iter()
        .flat_map(|filter| [with(filter, &pending), with(filter, &[SubmissionStatus::Skipped])]);
    let restricted: Vec<_> = restricted.collect();
    filters.extend(restricted);
    Ok(filters)
}
