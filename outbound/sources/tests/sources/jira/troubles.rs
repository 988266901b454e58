//! Refusals, outages, cut answers, answers that are none, and other hosts.

use std::io::Write as _;
use std::time::Duration;

use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::SourceError;

use crate::jira::world::{World, ids, pages, source};
use crate::vendor::{Asked, Reply, Vendor};

/// Walks 250 issues where requests `bad` (counted from 0) of the search get `trouble` instead of an answer.
async fn walked(
    bad: std::ops::Range<usize>,
    trouble: impl Fn(&Asked, &World) -> Reply + Send + Sync + 'static,
) -> (usize, Option<SourceError>, Vendor) {
    walked_within(Duration::from_secs(20), bad, trouble).await
}

/// The same, with a deadline for each answer.
async fn walked_within(
    deadline: Duration,
    bad: std::ops::Range<usize>,
    trouble: impl Fn(&Asked, &World) -> Reply + Send + Sync + 'static,
) -> (usize, Option<SourceError>, Vendor) {
    let world = World::of(250);
    let vendor = Vendor::jira(move |asked, place| {
        if asked.is_search() && bad.contains(&place) { trouble(asked, &world) } else { world.answer(asked) }
    })
    .await;
    let mut settings = vendor.jira_settings();
    settings.http.first_byte_timeout = deadline;
    settings.http.total_timeout = deadline;
    let (pages, error) = pages(&source(settings), None).await;
    let mut came = ids(&pages);
    came.sort();
    came.dedup();
    (came.len(), error, vendor)
}

fn half(asked: &Asked, world: &World) -> Reply {
    match world.answer(asked) {
        Reply::Answer { body, .. } => Reply::Cut { after: body.len() / 2, body },
        other => other,
    }
}

#[tokio::test]
async fn a_refused_credential_is_asked_once_and_says_what_to_do() {
    for (status, body, word) in [
        (401, "Basic authentication failed", "JIRA_API_TOKEN"),
        (401, r#"{"code":401,"message":"Unauthorized; scope does not match"}"#, "read:jira-work"),
        (403, r#"{"errorMessages":["no"]}"#, "administrator"),
    ] {
        let (came, error, vendor) = walked(1..99, move |_, _| Reply::text(status, body)).await;
        let error = error.unwrap();
        assert_eq!((came, error.kind(), vendor.asked_for_issues().len()), (100, FaultKind::Forbidden, 2));
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn short_outages_cost_nothing_but_tries() {
    let troubles: [fn(&Asked, &World) -> Reply; 10] = [
        |_, _| Reply::text(500, "oops"),
        |_, _| Reply::text(502, ""),
        |_, _| Reply::text(503, "").with("retry-after", "soon"),
        half,
        |_, _| Reply::Reset,
        |_, _| Reply::text(200, "{\"issues\":[{\"id\":\"1\","),
        |_, _| Reply::text(200, "<!doctype html><title>Log in</title>"),
        |_, _| Reply::text(200, ""),
        |_, _| Reply::text(200, "null x"),
        |_, _| Reply::Answer { status: 200, headers: Vec::new(), body: b"{\"issues\":[\"\xe9\"]}".to_vec() },
    ];
    for (number, trouble) in troubles.into_iter().enumerate() {
        let (came, error, vendor) = walked(1..3, trouble).await;
        assert!(error.is_none(), "{number}: {error:?}");
        assert_eq!((came, vendor.asked_for_issues().len()), (250, 5), "{number}");
    }
}

#[tokio::test]
async fn an_answer_is_never_believed_when_it_is_cut() {
    let length = 2000;
    for after in (0..length).step_by(length / 16) {
        let (came, error, _) = walked(1..2, move |asked, world| match half(asked, world) {
            Reply::Cut { body, .. } => Reply::Cut { after, body },
            other => other,
        })
        .await;
        assert!(error.is_none() && came == 250, "cut after {after}: {error:?}");
    }
}

fn zipped(asked: &Asked, world: &World) -> Vec<u8> {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    if let Reply::Answer { body, .. } = world.answer(asked) {
        zip.write_all(&body).unwrap();
    }
    zip.finish().unwrap()
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_and_half_of_one_is_not_believed() {
    let packed =
        |body| Reply::Answer { status: 200, headers: vec![("content-encoding", "gzip".to_owned())], body };
    let (came, error, vendor) = walked(0..9, move |asked, world| packed(zipped(asked, world))).await;
    assert!(error.is_none() && came == 250 && vendor.searches().len() == 3, "{error:?}");
    let (came, error, vendor) = walked(1..2, move |asked, world| {
        let mut body = zipped(asked, world);
        body.truncate(body.len() / 2);
        packed(body)
    })
    .await;
    assert!(error.is_none() && came == 250 && vendor.searches().len() == 4, "{error:?}");
}

#[tokio::test]
async fn outages_that_stay_end_the_walk_after_five_tries() {
    let troubles: [fn(&Asked, &World) -> Reply; 3] =
        [|_, _| Reply::text(500, "oops"), half, |_, _| Reply::Reset];
    for trouble in troubles {
        let (came, error, vendor) = walked(1..99, trouble).await;
        assert_eq!(error.unwrap().kind(), FaultKind::Unavailable);
        assert_eq!((came, vendor.asked_for_issues().len()), (100, 6));
    }
}

#[tokio::test]
async fn answers_that_stay_garbled_are_shown_scrubbed_after_three_tries() {
    let secret = "0123456789abcdef0123456789abcdef0123";
    let (_, error, vendor) =
        walked(0..99, move |_, _| Reply::text(200, &format!("<html> token={secret} mara@x.example"))).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("<html>") && !said.contains(secret) && !said.contains('@'), "{said}");
    assert_eq!(vendor.asked().len(), 3);
}

#[tokio::test]
async fn deadlines_end_silence_and_trickles_and_make_pages_smaller() {
    let troubles: [fn(&Asked, &World) -> Reply; 2] = [|_, _| Reply::Silence, |_, _| Reply::Trickle];
    for trouble in troubles {
        let (came, error, vendor) = walked_within(Duration::from_millis(400), 1..2, trouble).await;
        assert!(error.is_none() && came == 250, "{error:?}");
        let sizes: Vec<u64> =
            vendor.searches().iter().map(|asked| asked.body["maxResults"].as_u64().unwrap()).collect();
        assert_eq!(sizes[..3], [100, 100, 50]);
    }
}

#[tokio::test]
async fn gateway_time_outs_halve_the_page_down_to_ten() {
    let (came, error, vendor) = walked(0..4, |_, _| Reply::text(504, "")).await;
    assert!(error.is_none() && came == 250, "{error:?}");
    let sizes: Vec<u64> =
        vendor.searches().iter().map(|asked| asked.body["maxResults"].as_u64().unwrap()).collect();
    assert_eq!(sizes[..5], [100, 50, 25, 12, 10]);
    assert_eq!(sizes[5..24], [10; 19], "twenty good pages, then it grows");
    assert_eq!(sizes[24], 20);
}

#[tokio::test]
async fn the_token_never_reaches_another_host() {
    let tripwire = Vendor::jira(|_, _| Reply::text(200, "{}")).await;
    let target = format!("{}/rest/api/3/search/jql?secret=1", tripwire.url);
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let (_, error, vendor) =
            walked(0..99, move |_, _| Reply::text(status, "").with("location", &target)).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
        assert!(said.contains(&tripwire.url) && !said.contains("secret"), "{said}");
        assert_eq!((vendor.asked().len(), tripwire.asked().len()), (1, 0));
        assert!(vendor.asked()[0].authorization.as_ref().unwrap().starts_with("Basic "));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept_in_memory() {
    // One says how long it is; of the other that only shows when it is unpacked.
    let plain = "x".repeat(20_000);
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(plain.as_bytes()).unwrap();
    let zipped = Reply::Answer {
        status: 200,
        headers: vec![("content-encoding", "gzip".to_owned())],
        body: zip.finish().unwrap(),
    };
    for reply in [Reply::text(200, &plain), zipped] {
        ended_by_size(reply).await;
    }
}

async fn ended_by_size(reply: Reply) {
    let vendor = Vendor::jira(move |_, _| reply.clone()).await;
    let mut settings = vendor.jira_settings();
    settings.http.max_answer_bytes = 10_000;
    let source = source(settings);
    let (_, error) = pages(&source, None).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("too large: its answer is larger than 10000 bytes"), "{said}");
    assert_eq!(vendor.asked().len(), 14, "down to one issue, and down to one id");
}

#[tokio::test]
async fn a_site_that_is_not_there_is_unavailable() {
    let vendor = Vendor::jira(|_, _| Reply::Reset).await;
    let mut settings = vendor.jira_settings();
    drop(vendor);
    settings.api_url = "http://127.0.0.1:9".to_owned();
    let source = source(settings);
    let (_, error) = pages(&source, None).await;
    assert_eq!(error.unwrap().kind(), FaultKind::Unavailable);
}
