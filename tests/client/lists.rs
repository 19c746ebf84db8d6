//! Lists that come page by page, and what is asked of nobody in particular.

use futures_util::TryStreamExt as _;
use ksef_client::status_service::SystemState;
use ksef_client::{Error, InputError, LostAnswer, PeppolProvider, Unreadable};
use ksef_core::{Endpoints, Environment};

use crate::run;
use crate::scripted::Scripted;

fn page(ids: &[&str], has_more: bool) -> String {
    let providers = ids.iter().map(|id| {
        format!(r#"{{"id":"{id}","name":"A","dateCreated":"2026-01-02T03:04:05.0000000+00:00"}}"#)
    });
    let providers: Vec<String> = providers.collect();
    format!(r#"{{"peppolProviders":[{}],"hasMore":{has_more}}}"#, providers.join(","))
}

fn ids(providers: &[PeppolProvider]) -> Vec<String> {
    providers.iter().map(|provider| provider.id.to_string()).collect()
}

#[test]
fn a_numbered_list_is_read_page_by_page_and_no_further_than_it_is_asked_for() {
    run(async {
        let pages = [page(&["PPL000001", "PPL000002"], true), page(&["PPL000003"], false)];
        let ksef = Scripted::new(pages.each_ref().map(String::as_str));
        let mut list = ksef.client()?.peppol_providers();
        assert_eq!(ksef.requests().len(), 0);
        assert_eq!(ids(&list.next_page().await?.unwrap()), ["PPL000001", "PPL000002"]);
        assert_eq!(ksef.requests().len(), 1);
        assert_eq!(ids(&list.next_page().await?.unwrap()), ["PPL000003"]);
        assert_eq!(list.next_page().await?, None);
        let urls: Vec<String> =
            ksef.requests().iter().map(|request| request.uri().to_string()).collect();
        let base = "http://127.0.0.1:8090/v2/peppol/query?pageSize=100";
        assert_eq!(urls, [base.to_owned(), format!("{base}&pageOffset=1")]);
        Ok(())
    });
}

#[test]
fn a_list_is_a_stream_of_its_items() {
    run(async {
        let pages = [page(&["PPL000001", "PPL000002"], true), page(&["PPL000003"], false)];
        let ksef = Scripted::new(pages.each_ref().map(String::as_str));
        let stream = ksef.client()?.peppol_providers().into_stream();
        let all: Vec<PeppolProvider> = stream.try_collect().await?;
        assert_eq!(ids(&all), ["PPL000001", "PPL000002", "PPL000003"]);
        Ok(())
    });
}

#[test]
fn a_list_that_gets_nowhere_ends_with_an_error() {
    run(async {
        let pages = [page(&["PPL000001"], true), page(&[], true)];
        let ksef = Scripted::new(pages.each_ref().map(String::as_str));
        let error = ksef.client()?.peppol_providers().all().await.unwrap_err();
        let Error::NoAnswer(no_answer) = error else { panic!("{error:?}") };
        let is_endless = matches!(no_answer.cause, LostAnswer::Unreadable(Unreadable::EndlessList));
        assert!(is_endless, "{no_answer:?}");
        Ok(())
    });
}

#[test]
fn after_an_error_the_same_page_is_asked_for_again() {
    run(async {
        let pages = [page(&["PPL000001"], true), "{}".to_owned(), page(&["PPL000002"], false)];
        let ksef = Scripted::new(pages.each_ref().map(String::as_str));
        let mut list = ksef.client()?.peppol_providers();
        assert!(list.next_page().await?.is_some());
        // Unreadable, and asked for again by the retry policy.
        assert_eq!(ids(&list.next_page().await?.unwrap()), ["PPL000002"]);
        let offsets = ksef.requests();
        let offsets: Vec<Option<&str>> =
            offsets.iter().map(|request| request.uri().query()).collect();
        assert_eq!(offsets.get(1), offsets.get(2));
        Ok(())
    });
}

#[test]
fn the_status_service_is_asked_where_it_is_and_without_a_credential() {
    run(async {
        let status = r#"{"status":"TOTAL_FAILURE","messages":[{"id":7,"eventId":"a","category":
            "NEW","type":"FAILURE_START","title":"T","text":"x","start":"2026-01-02T03:04:05Z",
            "end":null,"version":1,"published":"2026-01-02T03:04:05Z","added":true}]}"#;
        let ksef = Scripted::new([status, "[]"]);
        let client = ksef.client_for(Endpoints::official(Environment::Production))?;
        let status = client.service_status().await?;
        assert_eq!(status.status, SystemState::TotalFailure);
        let message = status.messages.first().unwrap();
        assert_eq!(message.id.as_deref(), Some("7"));
        assert_eq!(message.category, Some(SystemState::Other("NEW".to_owned())));
        assert!(client.service_messages().await?.is_empty());
        let requests = ksef.requests();
        let urls: Vec<String> = requests.iter().map(|request| request.uri().to_string()).collect();
        let base = "https://api-latarnia.ksef.mf.gov.pl";
        assert_eq!(urls, [format!("{base}/status"), format!("{base}/messages")]);
        let is_anonymous = |request: &http::Request<_>| {
            !request.headers().contains_key(http::header::AUTHORIZATION)
        };
        assert!(requests.iter().all(is_anonymous));

        let demo = ksef.client_for(Endpoints::official(Environment::Demo))?;
        let error = demo.service_status().await.unwrap_err();
        assert!(matches!(error, Error::Input(InputError::NoStatusService)), "{error:?}");
        Ok(())
    });
}

#[test]
fn test_data_are_for_the_environment_test_alone() {
    run(async {
        let ksef = Scripted::new([]);
        for environment in [Environment::Demo, Environment::Production] {
            let client = ksef.client_for(Endpoints::official(environment))?;
            assert!(matches!(client.test_data(), Err(InputError::NotTest)), "{environment}");
        }
        assert!(ksef.client()?.test_data().is_ok());
        Ok(())
    });
}
