//! Numbers and texts that are published or were seen in live answers.

use ksef_core::{
    CollectiveIdentifier, Endpoints, Environment, InternalId, InvoiceDate, KsefNumber, Nip,
    ParseError, ReferenceNumber, Sha256Digest,
};

#[test]
fn the_published_ksef_numbers_and_the_collective_identifier_have_the_check_digits_of_one_rule() {
    for number in [
        "5265877635-20250826-0100001AF629-AF",
        "5265877635-20250916-010040741B3E-46",
        "5265877635-20250916-0200A0D6723E-C2",
        "5391433354-20250902-0100C07E7173-D5",
        "3413523739-20251204-0100A0078A36-ED",
        "4188479938-20260212-5B26A1000000-36",
        "8980017188-20260324-381F0C000000-A2",
    ] {
        assert_eq!(number.parse::<KsefNumber>().map(String::from), Ok(number.to_owned()));
    }
    let payment: Result<CollectiveIdentifier, _> = "1111111111-IZ202607-65ED02180000-E7".parse();
    assert!(payment.is_ok_and(|payment| payment.check_digits_match()));
}

#[test]
fn the_internal_identifier_6824515772_1234_ends_in_3() -> Result<(), ParseError> {
    let nip: Nip = "6824515772".parse()?;
    assert_eq!(InternalId::new(nip, "1234")?.as_str(), "6824515772-12343");
    Ok(())
}

#[test]
fn a_reference_number_says_when_it_was_made() -> Result<(), ParseError> {
    let session: ReferenceNumber = "20251002-SO-190FB15000-0000000000-00".parse()?;
    let created_at = session.created_at().map(|moment| moment.to_string());
    assert_eq!(created_at.as_deref(), Some("2025-10-02T07:17:58.6770000+00:00"));
    Ok(())
}

#[test]
fn the_parts_of_the_published_verification_link_make_the_link() -> Result<(), ParseError> {
    let nip: Nip = "1111111111".parse()?;
    let issued: InvoiceDate = "2026-02-01".parse()?;
    let digest = Sha256Digest::from_base64url("UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE")?;
    let endpoints = Endpoints::official(Environment::Test);
    let link = format!(
        "{}/invoice/{nip}/{:02}-{:02}-{}/{}",
        endpoints.qr(),
        issued.day(),
        issued.month(),
        issued.year(),
        digest.to_base64url(),
    );
    assert_eq!(
        link,
        "https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/\
         UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
    );
    Ok(())
}
