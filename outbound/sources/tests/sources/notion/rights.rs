//! Connections that may not see everything: what they are not shown is said, and never passes for what is not there.

use daybook_core::ports::source::{Scope, Source as _, SourceError};
use daybook_sources::http::LocalBudget;
use daybook_sources::notion::{NotionSource, Settings};

use super::house::{House, Store, changes, document, walked, window};
use super::script::{error, serve};

fn all() -> Scope {
    Scope::history(window(3_650))
}

#[tokio::test]
async fn a_connection_without_comments_reads_the_rest_and_says_so() {
    let house = House::of(60).await;
    let source = house.limited();
    let survey = source.survey(&all()).await.unwrap();
    assert!(survey.unseen.iter().any(|words| words.contains("all comments")), "{:?}", survey.unseen);
    assert!(survey.unseen.iter().any(|words| words.contains("nothing but the id")), "{:?}", survey.unseen);
    house.served().await;
    let store = Store::default();
    let pages = walked(&source, &all(), &store).await;
    let served = house.served().await;
    assert_eq!(served["GET comments"], 1, "asked once, and not again");
    let read = pages.iter().flat_map(|page| &page.records).filter(|record| record.reading.is_ok());
    assert!(read.map(document).all(|document| document.comments.is_empty()));
    let partial =
        pages.iter().flat_map(|page| &page.records).filter_map(|record| record.reading.as_ref().err());
    assert!(partial.clone().count() > 0);
    assert!(partial.into_iter().all(|unreadable| unreadable.reason.contains("but its id")));
    assert!(store.digests().len() < house.held().await.len());
}

#[tokio::test]
async fn a_full_connection_says_what_nobody_is_shown() {
    let house = House::of(15).await;
    let unseen = house.source().survey(&all()).await.unwrap().unseen;
    assert!(unseen.iter().any(|words| words.contains("resolved")), "{unseen:?}");
    assert!(!unseen.iter().any(|words| words.contains("single blocks")), "they are asked for: {unseen:?}");
    let unseen = super::house::source(house.settings("demo-token")).survey(&all()).await.unwrap().unseen;
    assert!(unseen.iter().any(|words| words.contains("single blocks")), "{unseen:?}");
}

#[tokio::test]
async fn people_that_are_not_shown_stay_ids_and_the_survey_says_so() {
    let (vendor, notion) = serve(5, |_, (kind, _), _| {
        (kind == "users")
            .then(|| error(403, "restricted_resource", "Insufficient permissions for this endpoint."))
    })
    .await;
    let unseen = notion.survey(&all()).await.unwrap().unseen;
    assert!(unseen.iter().any(|words| words.contains("names of people")), "{unseen:?}");
    let before = vendor.asked().len();
    let store = Store::default();
    walked(&notion, &all(), &store).await;
    let asked = vendor.asked()[before..].iter().filter(|asked| asked.path.contains("/users")).count();
    assert_eq!((asked, store.digests().len()), (1, 5));
}

#[tokio::test]
async fn a_connection_with_which_nothing_is_shared_is_refused_with_what_to_do() {
    let (_vendor, notion) = serve(0, |_, _, _| None).await;
    let Err(SourceError::Refused { said, cure, .. }) = notion.survey(&all()).await else {
        panic!("not refused")
    };
    assert!(
        said.contains("no page and no data source at all") && cure.contains("add the connection"),
        "{said}"
    );
    // An empty window of a workspace with pages is none.
    let (_vendor, notion) = serve(3, |_, _, _| None).await;
    let survey = notion.survey(&Scope::history(window(0))).await.unwrap();
    assert_eq!(survey.expected, Some(0));
}

#[tokio::test]
async fn a_token_that_is_refused_says_what_to_do() {
    let house = House::of(15).await;
    let source = super::house::source(house.settings("wrong"));
    let Err(SourceError::Refused { said, cure, .. }) = source.survey(&all()).await else {
        panic!("not refused")
    };
    assert!(said.contains("API token is invalid") && cure.contains("NOTION_API_KEY"), "{said}");
    let (_vendor, notion) = serve(3, |_, (kind, _), _| {
        (kind == "search").then(|| error(403, "restricted_resource", "Insufficient permissions."))
    })
    .await;
    let Err(SourceError::Refused { cure, .. }) = notion.survey(&all()).await else { panic!("not refused") };
    assert!(cure.contains("read content"), "{cure}");
}

#[tokio::test]
async fn a_sync_is_not_counted_before_it_runs() {
    let house = House::of(15).await;
    let survey = house.source().survey(&changes(window(30))).await.unwrap();
    assert_eq!((survey.requests, survey.expected, survey.plan), (2, None, None));
    let error =
        house.source().survey(&Scope { project: Some("HARB".to_owned()), ..all() }).await.unwrap_err();
    assert!(error.to_string().contains("has no projects"), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_the_secret() {
    let budget = || std::sync::Arc::new(LocalBudget::default());
    for url in ["", "api.notion.com", "ftp://x.example", "https://me:pw@x.example", "https://x.example?a=1"] {
        let mut settings = Settings::new("ntn_secret".to_owned().into());
        settings.api_url = url.to_owned();
        let error = NotionSource::new(settings, budget()).unwrap_err().to_string();
        assert!(error.contains("NOTION_API_URL") && !error.contains("ntn_secret"), "{error}");
    }
    assert!(NotionSource::new(Settings::new("a\nb".to_owned().into()), budget()).is_err());
    let settings = Settings::new("ntn_secret".to_owned().into());
    assert_eq!(settings.http.pace.to_string(), "180/minute");
    let source = NotionSource::new(settings, budget()).unwrap();
    assert!(!format!("{source:?}").contains("secret"));
}
