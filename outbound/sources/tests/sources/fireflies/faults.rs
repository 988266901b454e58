//! Outages, cut answers, refusals, and single meetings that are bad.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::document::Tombstone;
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::{Scope, Source as _, SourceError};
use serde_json::{Value, json};

use super::house::{Holding, House, Walked, changes, items, walked, window};
use super::script::{Script, about, data, error, errors, fireflies, id, ids, name, number};
use crate::vendor::{Asked, Reply, Vendor};

async fn read(vendor: &Vendor) -> Walked {
    walked(&vendor.fireflies(), &Scope::history(window(10)), None, &Arc::new(Holding::default())).await
}

/// Thirty meetings, where the second request and so many after it get `trouble`.
async fn troubled(
    times: usize,
    trouble: impl Fn(&Script, &Asked) -> Reply + Send + Sync + 'static,
) -> (Walked, Vendor) {
    let vendor = Vendor::script(Script::of(30), move |asked, place, script| {
        (1..=times).contains(&place).then(|| trouble(script, asked))
    })
    .await;
    (read(&vendor).await, vendor)
}

fn half(script: &Script, asked: &Asked) -> Reply {
    let body = script.answer(asked).to_string().into_bytes();
    Reply::Cut { after: body.len() / 2, body }
}

#[tokio::test]
async fn short_outages_cost_nothing_but_tries() {
    let troubles: [fn(&Script, &Asked) -> Reply; 12] = [
        |_, _| Reply::text(500, "oops"),
        |_, _| Reply::text(502, ""),
        |_, _| Reply::text(503, "").with("retry-after", "soon"),
        |_, _| Reply::text(504, ""),
        |_, _| Reply::text(408, &errors("request_timeout", "slow").to_string()),
        half,
        |_, _| Reply::Reset,
        |_, _| Reply::text(200, "{\"data\":{\"transcripts\":[{"),
        |_, _| Reply::text(200, "<!doctype html><title>Log in</title>"),
        |_, _| Reply::text(200, ""),
        |_, _| Reply::text(500, &errors("invariant_violation", "unexpected").to_string()),
        |_, _| Reply::text(200, "\u{feff}nonsense"),
    ];
    for (place, trouble) in troubles.into_iter().enumerate() {
        let (walked, vendor) = troubled(2, trouble).await;
        assert!(walked.error.is_none(), "{place}: {:?}", walked.error);
        assert_eq!(walked.ids(), ids(0..30), "{place}");
        let waits: u32 = walked.pages.iter().map(|page| page.waits).sum();
        assert!(waits == 2 && walked.requests() as usize == vendor.asked().len(), "{place}: {waits}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_anywhere_is_never_taken_for_a_whole_one() {
    for part in 0..16 {
        let (walked, _) = troubled(1, move |script, asked| {
            let body = script.answer(asked).to_string().into_bytes();
            Reply::Cut { after: body.len() * part / 16, body }
        })
        .await;
        assert_eq!(walked.whole().ids(), ids(0..30), "{part}");
    }
}

#[tokio::test]
async fn an_outage_that_lasts_gives_the_work_back_and_it_goes_on_where_it_was() {
    let (walked, vendor) = troubled(usize::MAX, |_, _| Reply::text(503, "")).await;
    let error = walked.error.unwrap();
    assert_eq!((error.kind(), error.retry_after()), (FaultKind::Unavailable, None));
    // Five tries of the page, and five of the light one that tells whether only the page is bad.
    assert_eq!((vendor.asked().len(), walked.spent.requests), (11, 10));
    assert_eq!(walked.pages.len(), 1);
    let healthy = Vendor::script(Script::of(30), |_, _, _| None).await;
    let rest = super::house::walked(
        &healthy.fireflies(),
        &Scope::history(window(10)),
        Some(walked.pages[0].cursor.clone()),
        &Arc::new(Holding::default()),
    )
    .await
    .whole();
    assert_eq!(rest.ids(), ids(10..30));
}

#[tokio::test]
async fn a_refused_key_is_asked_once_and_says_what_to_do() {
    for (status, body) in [
        (200, errors("auth_failed", "Invalid API key")),
        (401, errors("auth_failed", "Invalid API key")),
        (403, errors("account_cancelled", "gone")),
        (401, Value::Null),
        (403, json!("<html>")),
    ] {
        let (walked, vendor) = troubled(99, move |_, _| Reply::text(status, &body.to_string())).await;
        let error = walked.error.unwrap();
        assert_eq!((error.kind(), vendor.asked().len()), (FaultKind::Forbidden, 2), "{status}: {error}");
        assert!(error.to_string().contains("FIREFLIES_API_KEY"), "{error}");
        assert!(!error.to_string().contains("0123456789abcdef"), "{error}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_named() {
    for status in [404, 410] {
        let (walked, _) = troubled(99, move |_, _| Reply::text(status, "Not found")).await;
        let error = walked.error.unwrap();
        assert!(
            error.kind() == FaultKind::Broken && error.to_string().contains("FIREFLIES_API_URL"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_key_goes_nowhere_else() {
    let other = Vendor::serve(|_, _| Reply::text(200, "{}")).await;
    let target = format!("{}/graphql", other.url);
    let (walked, _) = troubled(99, move |_, _| Reply::text(302, "").with("location", &target)).await;
    let error = walked.error.unwrap();
    assert!(error.kind() == FaultKind::Broken && error.to_string().contains("redirects"), "{error}");
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn one_bad_meeting_spoils_neither_its_page_nor_the_run() {
    // In a list it takes everything with it, alone it gives nothing.
    let vendor = Vendor::script(Script::of(30), |asked, _, script| match name(asked).as_str() {
        "Meetings" if script.page(asked).iter().any(|row| row["id"] == id(14).as_str()) => {
            let mut error = error("internal_server_error", "Cannot return null for non-nullable field");
            error["path"] = json!(["transcripts", 4, "sentences"]);
            Some(Reply::json(&json!({"errors": [error], "data": {"transcripts": null}})))
        }
        "Full" if about(asked) == id(14) => Some(Reply::json(
            &json!({"errors": [error("invariant_violation", "broken")], "data": {"transcript": null}}),
        )),
        _ => None,
    })
    .await;
    let walked = read(&vendor).await.whole();
    let mut came = walked.ids();
    came.sort();
    assert_eq!(came, ids(0..30));
    let unreadable = walked.record(&id(14)).reading.as_ref().unwrap_err();
    assert!(unreadable.reason.contains("invariant_violation"), "{unreadable}");
    assert!(walked.pages.iter().all(|page| page.records.len() <= 10));
    // Ten, ten that went wrong, a light page, ten alone of which one took five tries and a look, and the rest.
    assert!(vendor.asked().len() <= 20, "{:?}", vendor.questions());
}

#[tokio::test]
async fn when_single_meetings_fail_because_everything_does_the_work_is_given_back() {
    let vendor = Vendor::script(Script::of(30), |asked, _, _| {
        matches!(name(asked).as_str(), "Full" | "There" | "Meetings").then(|| Reply::text(500, "oops"))
    })
    .await;
    let walked = read(&vendor).await;
    assert_eq!(walked.error.unwrap().kind(), FaultKind::Unavailable);
    assert!(walked.pages.iter().all(|page| page.records.is_empty()));
}

#[tokio::test]
async fn a_part_that_fails_is_asked_for_again_and_then_a_gap() {
    let house = House::with(12).await;
    let slow = house.held().await.into_keys().nth(3).unwrap();
    house.quirk("partial_data", json!({"field": "summary"})).await;
    let walked = walked(&house.source(), &Scope::history(window(3_000)), None, &Arc::new(Holding::default()))
        .await
        .whole();
    assert_eq!(walked.ids().len(), 12);
    let record = walked.record(&slow);
    assert!(record.gaps.iter().any(|gap| gap.contains("summary")), "{:?}", record.gaps);
    assert!(walked.document(&slow).body.contains("## Transcript"));
}

#[tokio::test]
async fn a_page_that_is_too_slow_or_too_large_is_halved() {
    for too_large in [false, true] {
        let vendor = Vendor::script(Script::of(30), move |asked, _, script| {
            let is_much = name(asked) == "Meetings" && number(asked, "limit") > 4;
            let mut answer = script.answer(asked);
            answer["padding"] = "x".repeat(200_000).into();
            is_much.then(|| if too_large { Reply::json(&answer) } else { Reply::text(504, "") })
        })
        .await;
        let mut settings = vendor.fireflies_settings();
        settings.http.max_answer_bytes = 100_000;
        let walked =
            walked(&fireflies(settings), &Scope::history(window(10)), None, &Arc::new(Holding::default()))
                .await;
        assert_eq!(walked.whole().ids(), ids(0..30));
        let limits: Vec<usize> = vendor.asked().iter().map(|asked| number(asked, "limit")).collect();
        assert_eq!(limits[..3], [10, 5, 2], "{limits:?}");
        assert!(limits[3..].iter().all(|limit| *limit == 3), "{limits:?}");
    }
    // The vendor's own word for it comes as a success.
    let vendor = Vendor::script(Script::of(12), |asked, _, _| {
        let is_much = name(asked) == "Meetings" && number(asked, "limit") > 5;
        is_much.then(|| Reply::json(&errors("request_timeout", "The request took too long")))
    })
    .await;
    assert_eq!(read(&vendor).await.whole().ids(), ids(0..12));
}

#[tokio::test]
async fn a_meeting_that_is_too_large_comes_without_what_was_said() {
    let vendor = Vendor::script(Script::of(12), |asked, _, script| {
        let is_whole = matches!(name(asked).as_str(), "Meetings" | "Full");
        let mut answer = script.answer(asked);
        let rows = match name(asked).as_str() {
            "Meetings" => answer["data"]["transcripts"].as_array_mut().unwrap().iter_mut().collect(),
            _ => vec![&mut answer["data"]["transcript"]],
        };
        for row in rows.into_iter().filter(|row| is_whole && row["id"] == id(7).as_str()) {
            row["sentences"][0]["text"] = "word ".repeat(60_000).into();
        }
        Some(Reply::json(&answer))
    })
    .await;
    let mut settings = vendor.fireflies_settings();
    settings.http.max_answer_bytes = 100_000;
    let walked =
        walked(&fireflies(settings), &Scope::history(window(10)), None, &Arc::new(Holding::default()))
            .await
            .whole();
    let mut came = walked.ids();
    came.sort();
    assert_eq!(came, ids(0..12));
    let record = walked.record(&id(7));
    assert!(record.gaps[0].contains("larger than"), "{:?}", record.gaps);
    assert!(record.open.is_none() && walked.document(&id(7)).body.contains("All is well."));
    assert!(walked.record(&id(8)).gaps.is_empty());
}

#[tokio::test]
async fn silence_and_trickling_end_at_their_deadlines() {
    for reply in [Reply::Silence, Reply::Trickle] {
        let vendor =
            Vendor::script(Script::of(12), move |_, place, _| (place == 0).then(|| reply.clone())).await;
        let mut settings = vendor.fireflies_settings();
        settings.http.first_byte_timeout = Duration::from_millis(300);
        settings.http.total_timeout = Duration::from_millis(600);
        let walked =
            walked(&fireflies(settings), &Scope::history(window(10)), None, &Arc::new(Holding::default()))
                .await;
        assert_eq!(walked.whole().ids(), ids(0..12));
    }
}

#[tokio::test]
async fn meetings_are_fetched_by_name_and_one_that_is_not_there_is_said() {
    let vendor = Vendor::script(Script::of(12), |_, _, _| None).await;
    let known = Arc::new(Holding::default());
    let source = vendor.fireflies();
    let address = format!("https://app.fireflies.ai/view/Some-title::{}", id(4));
    let came = walked(&source, &items(&[&id(9), &address]), None, &known).await.whole();
    assert_eq!(came.ids(), [id(9), id(4)]);
    known.keep(&came.pages);
    let unknown = walked(&source, &items(&["NOBODY"]), None, &known).await.error.unwrap();
    assert_eq!(unknown.kind(), FaultKind::Invalid);
    assert!(unknown.to_string().contains("`NOBODY`"), "{unknown}");
    let emptied = Vendor::script(Script(Vec::new()), |_, _, _| None).await;
    let gone = walked(&emptied.fireflies(), &items(&[&id(9)]), None, &known).await.whole();
    assert_eq!(gone.gone(), [(id(9), Tombstone::NoAccess)]);
    let wrong = source.walk(&items(&["two words"]), None, known).await.err().unwrap();
    assert_eq!(wrong.kind(), FaultKind::Invalid);
}

#[tokio::test]
async fn a_meeting_that_was_not_asked_for_is_an_error() {
    let vendor = Vendor::script(Script::of(12), |asked, _, script| {
        (name(asked) == "Full").then(|| Reply::json(&data("transcript", &script.0[3])))
    })
    .await;
    let error =
        walked(&vendor.fireflies(), &items(&[&id(9)]), None, &Arc::new(Holding::default())).await.error;
    assert!(matches!(error, Some(SourceError::Broken { .. })), "{error:?}");
}

#[tokio::test]
async fn a_store_that_cannot_be_looked_up_stops_a_sync_and_says_so() {
    struct Broken;

    #[async_trait::async_trait]
    impl daybook_core::ports::source::Known for Broken {
        async fn held(
            &self,
            _: &[&str],
        ) -> Result<
            std::collections::HashMap<String, daybook_core::ports::source::HeldRecord>,
            daybook_core::ports::store::StoreError,
        > {
            Err(daybook_core::ports::store::StoreError::Absent { path: "nowhere".to_owned() })
        }
    }

    let vendor = Vendor::script(Script::of(12), |_, _, _| None).await;
    let mut walk = vendor.fireflies().walk(&changes(10, &[]), None, Arc::new(Broken)).await.unwrap();
    assert!(matches!(walk.next_page().await, Err(SourceError::Store { .. })));
}
