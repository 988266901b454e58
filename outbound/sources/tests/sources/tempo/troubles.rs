//! Limits, outages, answers that are cut, odd or of another shape: nothing is lost, nothing passes for success.

use std::sync::Arc;
use std::time::{Duration, Instant};

use daybook_core::ports::source::{Source as _, SourceError};
use daybook_sources::http::LocalBudget;
use daybook_sources::tempo::{Settings, TempoSource};
use serde_json::json;

use super::company::{Company, FULL, Nothing, once, pages, requests, whole};
use super::scripted::{answer, changes, is_search, scope, settings, source, source_with, worklog};
use crate::vendor::{Reply, Vendor};

fn rows(count: u64) -> Vec<serde_json::Value> {
    (1..=count).map(worklog).collect()
}

#[tokio::test]
async fn a_limit_is_waited_for_and_without_a_time_for_a_second_at_least() {
    for (header, least) in [(None, 1), (Some("2"), 2), (Some("soon"), 1)] {
        let rows = rows(3);
        let vendor = Vendor::serve(move |asked, place| {
            if !is_search(asked) || place > 0 {
                return answer(asked, &rows);
            }
            let reply = Reply::text(429, r#"{"errors":[{"message":"Too many requests"}]}"#);
            header.map_or(reply.clone(), |value| reply.with("retry-after", value))
        })
        .await;
        let all = whole(&source(&vendor), &scope()).await;
        assert_eq!((once(all).len(), vendor.asked().len()), (3, 5));
        let waited = vendor.asked()[1].at - vendor.asked()[0].at;
        assert!(waited >= Duration::from_secs(least), "{header:?}: {waited:?}");
    }
}

#[tokio::test]
async fn the_usual_pace_never_meets_tempos_limit() {
    let company = Company::with(20).await;
    company.fault(json!({"kind": "quirk", "name": "true_limiter"})).await;
    let settings = Settings { http: Settings::new("x".to_owned().into()).http, ..company.settings(FULL) };
    // The simulated clock stands still, so that five requests in all are let through: each refusal would show.
    let source = TempoSource::new(settings, Arc::new(LocalBudget::default())).unwrap();
    let began = Instant::now();
    let mut walk = source.walk(&company.all(), None, Arc::new(Nothing)).await.unwrap();
    walk.next_page().await.unwrap().unwrap();
    // Four requests at three a second, two of them at once.
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
}

#[tokio::test]
async fn outages_are_sat_out_and_cut_answers_are_asked_for_again() {
    for fault in [
        json!({"kind": "status", "code": 500}),
        json!({"kind": "status", "code": 502}),
        json!({"kind": "status", "code": 503, "retry_after": "0"}),
        json!({"kind": "status", "code": 504}),
        json!({"kind": "half_body"}),
        json!({"kind": "reset"}),
        json!({"kind": "garbage_json"}),
        json!({"kind": "html_login"}),
        json!({"kind": "empty_body"}),
    ] {
        let company = Company::with(20).await;
        let mut fault = fault;
        for (name, value) in [("match", json!("worklogs/search")), ("after", json!(1)), ("times", json!(2))] {
            fault[name] = value;
        }
        company.fault(fault.clone()).await;
        let all = whole(&company.paged(60), &company.all()).await;
        assert!(requests(&all) > 5 && all.iter().any(|page| page.waits > 0), "{fault}");
        company.expect_all(&once(all)).await;
    }
}

#[tokio::test]
async fn an_answer_cut_at_any_place_is_never_a_page() {
    let rows = rows(30);
    let whole_page = super::scripted::page("/4/worklogs/search?limit=1000&offset=0", &rows);
    let body = whole_page.to_string().into_bytes();
    for part in 0..32 {
        let (rows, body) = (rows.clone(), body.clone());
        let after = body.len() * part / 32;
        let vendor = Vendor::serve(move |asked, place| {
            if is_search(asked) && place == 0 {
                return Reply::Cut { body: body.clone(), after };
            }
            answer(asked, &rows)
        })
        .await;
        assert_eq!(once(whole(&source(&vendor), &scope()).await).len(), 30, "cut after {after}");
    }
}

#[tokio::test]
async fn garbage_that_does_not_end_is_broken_and_an_outage_unavailable() {
    for (fault, is_broken) in [
        (json!({"kind": "garbage_json"}), true),
        (json!({"kind": "html_login"}), true),
        (json!({"kind": "empty_body"}), true),
        (json!({"kind": "redirect", "to": "http://127.0.0.1:1/steal"}), true),
        (json!({"kind": "status", "code": 503}), false),
        (json!({"kind": "reset"}), false),
    ] {
        let company = Company::with(20).await;
        company.fault(fault.clone()).await;
        let (pages, error) = pages(&company.source(), &company.all(), None, Arc::new(Nothing)).await;
        assert!(pages.is_empty());
        match error {
            Some(SourceError::Broken { .. }) => assert!(is_broken, "{fault}"),
            Some(SourceError::Unavailable { .. }) => assert!(!is_broken, "{fault}"),
            other => panic!("{fault}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_that_ends_within_a_walk_keeps_what_came_and_a_new_one_goes_on() {
    let company = Company::with(60).await;
    company.fault(json!({"match": "worklogs/search", "after": 3, "kind": "status", "code": 401})).await;
    let source = company.paged(60);
    let mut walk = source.walk(&company.all(), None, Arc::new(Nothing)).await.unwrap();
    let mut all = Vec::new();
    let error = loop {
        match walk.next_page().await {
            Ok(Some(page)) => all.push(page),
            Ok(None) => panic!("it ended well"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SourceError::Refused { cure, .. } if cure.contains("TEMPO_API_TOKEN")));
    assert_eq!((all.len(), walk.spent().requests), (3, 1), "one request to be refused, and no more");
    company.heal().await;
    let cursor = all.last().unwrap().cursor.clone();
    let (rest, error) = pages(&source, &company.all(), Some(cursor), Arc::new(Nothing)).await;
    assert!(error.is_none());
    all.extend(rest);
    company.expect_all(&once(all)).await;
}

#[tokio::test]
async fn one_odd_worklog_is_set_aside_and_the_others_come() {
    for shape in ["fields_null", "updated_missing", "wrong_types", "id_missing"] {
        let company = Company::with(20).await;
        let fault = json!({"match": "worklogs/search", "times": 1, "kind": "broken_record", "place": 7, "shape": shape});
        company.fault(fault).await;
        let records = once(whole(&company.source(), &company.all()).await);
        assert_eq!(records.len(), company.held().await.len());
        let odd = records.values().filter(|record| record.reading.is_err() || !record.gaps.is_empty());
        assert_eq!(odd.count(), 1, "{shape}");
    }
}

#[tokio::test]
async fn a_field_that_most_worklogs_have_lost_is_a_vendor_that_answers_differently() {
    for field in
        ["tempoWorklogId", "issue", "timeSpentSeconds", "startDate", "author", "createdAt", "updatedAt"]
    {
        let company = Company::with(20).await;
        company.fault(json!({"match": "worklogs/search", "kind": "drop_field", "name": field})).await;
        for scope in [company.all(), company.changes("2015-01-01T00:00:00Z".parse().unwrap())] {
            let (pages, error) = pages(&company.source(), &scope, None, Arc::new(Nothing)).await;
            let Some(SourceError::Broken { said, .. }) = error else { panic!("{field}: {error:?}") };
            let since =
                said.strip_prefix("it answers differently since 20").unwrap_or_else(|| panic!("{said}"));
            assert!(since.contains("UTC: `") && since.contains(&format!("`{field}` is missing")), "{said}");
            assert!(pages.is_empty());
        }
    }
    let typed: Vec<_> = (1..=30)
        .map(|id| {
            let mut worklog = worklog(id);
            worklog["timeSpentSeconds"] = "1h".into();
            worklog
        })
        .collect();
    let vendor = Vendor::serve(move |asked, _| answer(asked, &typed)).await;
    let (_, error) = pages(&source(&vendor), &scope(), None, Arc::new(Nothing)).await;
    let said = error.unwrap().to_string();
    assert!(said.contains("`timeSpentSeconds`") && said.contains("30 of 30"), "{said}");
}

#[tokio::test]
async fn a_path_that_is_gone_is_named_and_no_empty_success() {
    for status in [404, 410] {
        let vendor = Vendor::serve(move |_, _| {
            Reply::text(status, r#"{"errors":[{"message":"HTTP 404 Not Found"}]}"#)
        })
        .await;
        for scope in [scope(), changes()] {
            let (_, error) = pages(&source(&vendor), &scope, None, Arc::new(Nothing)).await;
            let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
            assert!(said.contains("/4/worklogs/search"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_vendor_deaf_to_days_or_to_the_order_is_noticed() {
    let mut rows = rows(40);
    for row in &mut rows {
        row["startDate"] = "2019-01-01".into();
    }
    let vendor = Vendor::serve(move |asked, _| answer(asked, &rows)).await;
    let (_, error) = pages(&source(&vendor), &scope(), None, Arc::new(Nothing)).await;
    let said = error.unwrap().to_string();
    assert!(said.contains("40 of the 40 that came are of others"), "{said}");
    let mut rows = self::rows(40);
    rows.reverse();
    let vendor = Vendor::serve(move |asked, _| answer(asked, &rows)).await;
    let (_, error) = pages(&source(&vendor), &scope(), None, Arc::new(Nothing)).await;
    let said = error.unwrap().to_string();
    assert!(said.contains("order of their ids"), "{said}");
}

#[tokio::test]
async fn links_to_other_hosts_are_not_followed_and_the_token_goes_nowhere_else() {
    let tripwire = Vendor::serve(|_, _| Reply::json(&json!({"results": []}))).await;
    let (target, many) = (tripwire.url.clone(), rows(2_500));
    let vendor = Vendor::serve(move |asked, _| {
        let Reply::Answer { status, headers, body } = answer(asked, &many) else { panic!("no answer") };
        let body = String::from_utf8(body).unwrap().replace("https://elsewhere.example", &target);
        Reply::Answer { status, headers, body: body.into_bytes() }
    })
    .await;
    assert_eq!(once(whole(&source(&vendor), &scope()).await).len(), 2_500);
    assert!(tripwire.asked().is_empty());
    assert!(
        vendor.asked().iter().all(|asked| asked
            .authorization
            .as_deref()
            .is_some_and(|value| value.starts_with("Bearer tok-")))
    );
}

#[tokio::test]
async fn names_that_the_token_may_not_know_leave_their_ids() {
    let rows = rows(3);
    let vendor = Vendor::serve(move |asked, _| {
        if is_search(asked) { answer(asked, &rows) } else { Reply::text(403, "<html>no</html>") }
    })
    .await;
    let records = once(whole(&source(&vendor), &scope()).await);
    let labels: Vec<_> =
        records.values().map(|record| record.reading.as_ref().unwrap()[0].labels.clone()).collect();
    assert_eq!(labels, vec![vec!["account:HARB-DEV".to_owned()]; 3]);
}

#[tokio::test]
async fn a_worklog_larger_than_what_is_read_is_set_aside_and_all_others_come() {
    let mut rows = rows(40);
    rows[17]["description"] = "x".repeat(80_000).into();
    for scope in [scope(), changes()] {
        let rows = rows.clone();
        let vendor = Vendor::serve(move |asked, _| {
            let since = asked.body["updatedFrom"].as_str().unwrap_or_default();
            let rows: Vec<_> =
                rows.iter().filter(|row| row["updatedAt"].as_str().unwrap() >= since).cloned().collect();
            answer(asked, &rows)
        })
        .await;
        let mut settings = settings(&vendor);
        settings.http.max_answer_bytes = 40_000;
        let records = once(whole(&source_with(settings), &scope).await);
        assert_eq!(records.len(), 40);
        let unread: Vec<_> = records.values().filter(|record| record.reading.is_err()).collect();
        assert_eq!(unread.len(), 1);
        assert!(unread[0].external_id.starts_with("oversized:"), "{}", unread[0].external_id);
        assert!(vendor.asked().len() < 60, "{}", vendor.asked().len());
    }
}

#[tokio::test]
async fn slow_pages_are_asked_for_in_halves() {
    let rows = rows(900);
    let vendor = Vendor::serve(move |asked, _| {
        if is_search(asked) && super::scripted::number(&asked.path, "limit") > 300 {
            return Reply::text(504, "<html>slow</html>");
        }
        answer(asked, &rows)
    })
    .await;
    assert_eq!(once(whole(&source(&vendor), &scope()).await).len(), 900);
    let limits: Vec<_> = vendor
        .asked()
        .iter()
        .filter(|asked| is_search(asked))
        .map(|asked| super::scripted::number(&asked.path, "limit"))
        .collect();
    assert_eq!(limits, [1_000, 500, 250, 250, 250, 250]);
}

#[tokio::test]
async fn a_walk_reads_one_page_ahead_and_stops_when_it_is_dropped() {
    let rows = rows(900);
    let vendor = Vendor::serve(move |asked, _| answer(asked, &rows)).await;
    let source = source_with(Settings { page_size: 10, ..settings(&vendor) });
    let searches = || vendor.asked().iter().filter(|asked| is_search(asked)).count();
    let mut walk = source.walk(&scope(), None, Arc::new(Nothing)).await.unwrap();
    walk.next_page().await.unwrap().unwrap();
    for _ in 0..1_000 {
        if searches() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(searches(), 2);
    drop(walk);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(searches(), 2);
}

#[tokio::test]
async fn a_change_from_the_future_does_not_carry_the_sync_away() {
    let mut rows = rows(30);
    rows.push({
        let mut odd = worklog(31);
        odd["updatedAt"] = "2099-01-01T00:00:00Z".into();
        odd
    });
    let vendor = Vendor::serve(move |asked, _| answer(asked, &rows)).await;
    let all = whole(&source(&vendor), &changes()).await;
    assert!(all.iter().all(|page| !page.cursor.0.contains("2099")));
    assert_eq!(once(all).len(), 30, "it comes with the window that holds its moment");
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let made = |change: fn(&mut Settings)| {
        let mut settings = Settings::new("token".to_owned().into());
        change(&mut settings);
        TempoSource::new(settings, Arc::new(LocalBudget::default()))
    };
    assert!(made(|_| ()).is_ok());
    for (change, name) in [
        ((|settings| settings.api_url = "api.tempo.io".to_owned()) as fn(&mut Settings), "TEMPO_API_URL"),
        (|settings| settings.api_url = "https://x@api.tempo.io".to_owned(), "TEMPO_API_URL"),
        (|settings| settings.token = String::new().into(), "TEMPO_API_TOKEN"),
        (|settings| settings.token = "a\nb".to_owned().into(), "TEMPO_API_TOKEN"),
    ] {
        let said = made(change).unwrap_err().to_string();
        assert!(said.contains(name), "{said}");
    }
    let source = made(|_| ()).unwrap();
    assert_eq!(format!("{source:?}"), "TempoSource(https://api.tempo.io/)");
    let settings = Settings::new("token".to_owned().into());
    assert_eq!((settings.http.pace.to_string().as_str(), settings.page_size), ("3/second", 1_000));
    assert!(!format!("{settings:?}").contains("token\""), "{settings:?}");
}
