//! Answers of another shape: fields that are gone, wrong types, plans that do not include a field.

use std::sync::Arc;

use daybook_core::model::audience::Audience;
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::{Scope, Source as _};
use serde_json::{Value, json};

use super::house::{Holding, House, changes, digest, records, walked, window};
use super::script::{Script, error, errors, id, ids, meeting, name};
use crate::vendor::{Reply, Vendor};

fn known() -> Arc<Holding> {
    Arc::new(Holding::default())
}

#[tokio::test]
async fn a_field_that_the_schema_lost_is_named_with_the_time() {
    let house = House::with(12).await;
    for (field, scope) in [("sentences", Scope::history(window(3_000))), ("privacy", changes(3_000, &[]))] {
        house.quirk("removed_field", json!({"type": "Transcript", "field": field})).await;
        let error = walked(&house.source(), &scope, None, &known()).await.error.unwrap();
        let said = error.to_string();
        assert_eq!(error.kind(), FaultKind::Broken);
        assert!(
            said.contains(&format!("it answers differently since 2026-11-20 12:00:00 UTC: `{field}`")),
            "{said}"
        );
        house.mend().await;
    }
    assert_eq!(
        walked(&house.source(), &Scope::history(window(3_000)), None, &known()).await.whole().ids().len(),
        12
    );
}

#[tokio::test]
async fn a_field_that_most_meetings_lack_is_an_error_and_one_that_few_lack_is_not() {
    for (field, value) in [
        ("date", Value::Null),
        ("privacy", json!(7)),
        ("participants", json!({})),
        ("sentences", json!("none")),
    ] {
        for odd in [40_usize, 6] {
            let mut script = Script::of(40);
            for meeting in &mut script.0[..odd] {
                meeting[field] = value.clone();
                if field == "date" {
                    meeting["dateString"] = Value::Null;
                }
            }
            let vendor = Vendor::script(script, |_, _, _| None).await;
            let walked = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await;
            match (odd, walked.error) {
                (40, Some(error)) => {
                    let said = error.to_string();
                    assert!(said.contains(&format!("`{field}` is missing in 20 of 20 records")), "{said}");
                }
                (6, None) => {
                    let unread = records(&walked.pages).filter(|record| record.reading.is_err()).count();
                    assert_eq!(unread, if field == "date" { 6 } else { 0 }, "{field}");
                }
                (_, other) => panic!("{field} {odd}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn every_field_may_be_null_or_of_another_type_and_its_meeting_is_kept() {
    let whole = meeting(3);
    for (field, _) in whole.as_object().unwrap().iter().filter(|(field, _)| *field != "id") {
        for value in [
            Value::Null,
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!([null, 7, "x", {"y": []}]),
            json!(-1e300),
            json!(true),
        ] {
            let mut script = Script::of(12);
            script.0[3][field] = value.clone();
            let vendor = Vendor::script(script, |_, _, _| None).await;
            let walked =
                walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await.whole();
            assert_eq!(walked.ids(), ids(0..12), "{field} = {value}");
            let record = walked.record(&id(3));
            match &record.reading {
                Ok(documents) => assert!(documents.len() == 1 || field == "is_live", "{field} = {value}"),
                Err(unreadable) => {
                    assert!(field == "date" && unreadable.reason.contains("`date`"), "{field} = {value}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_meeting_without_a_name_is_kept_aside() {
    for odd in [Value::Null, json!(7), json!({"title": "No id", "date": 1})] {
        let mut script = Script::of(12);
        script.0[4] = odd.clone();
        let vendor = Vendor::script(script, |_, _, _| None).await;
        let walked = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await.whole();
        assert_eq!(walked.ids().len(), 12, "{odd}");
        let unread: Vec<_> =
            records(&walked.pages).filter_map(|record| record.reading.as_ref().err()).collect();
        assert!(unread.len() == 1 && unread[0].reason.contains("`id`"), "{odd}: {unread:?}");
    }
}

#[tokio::test]
async fn what_the_vendor_is_known_to_spoil_is_read_all_the_same() {
    let house = House::with(25).await;
    let held = house.held().await;
    for (quirk, value) in [
        ("times_as_strings", Value::Null),
        ("malformed_sentence", json!({"place": 1})),
        ("unknown_privacy", Value::Null),
    ] {
        house.quirk(quirk, value).await;
        let walked = walked(&house.source(), &Scope::history(window(3_000)), None, &known()).await.whole();
        assert_eq!(walked.ids().len(), 25, "{quirk}");
        for record in records(&walked.pages) {
            let document = &record.reading.as_ref().unwrap()[0];
            if quirk == "unknown_privacy" {
                let Audience::Only(tokens) = &document.audience else { panic!("{:?}", document.audience) };
                assert!(!tokens.contains("fireflies:teammates") && tokens.len() <= 2, "{tokens:?}");
            } else {
                let body = &document.body;
                let is_told = body.contains("## Transcript\n\n[0") || body.ends_with("Nothing was said.");
                assert!(is_told && record.gaps.is_empty(), "{quirk}: {body}");
            }
        }
        house.mend().await;
    }
    let walked = walked(&house.source(), &Scope::history(window(3_000)), None, &known()).await.whole();
    assert!(records(&walked.pages).all(|record| digest(record) == held[&record.external_id]["digest"]));
}

#[tokio::test]
async fn a_field_that_costs_more_is_gone_without() {
    // Once it only is null, once it takes the answer with it and is named, once nobody says which it is.
    for (path, keeps_data) in [
        (json!(["transcripts", 0, "shared_with"]), true),
        (json!(["transcripts", 0, "shared_with"]), false),
        (json!(["transcripts"]), false),
    ] {
        let told = path.clone();
        let vendor = Vendor::script(Script::of(30), move |asked, _, script| {
            let query = asked.body["query"].as_str().unwrap();
            if !query.contains("shared_with") {
                return None;
            }
            let mut error = error("paid_required", "You need to be subscribed to a paid plan");
            error["path"] = told.clone();
            let data = if keeps_data { script.answer(asked)["data"].clone() } else { Value::Null };
            Some(Reply::json(&json!({"errors": [error], "data": data})))
        })
        .await;
        let source = vendor.fireflies();
        let walked = walked(&source, &Scope::history(window(10)), None, &known()).await.whole();
        assert_eq!(walked.ids(), ids(0..30), "{path}");
        let asked = vendor
            .asked()
            .iter()
            .filter(|asked| asked.body["query"].as_str().unwrap().contains("shared_with"))
            .count();
        assert_eq!(asked, 1, "{path}");
        let survey = source.survey(&Scope::history(window(10))).await.unwrap();
        assert!(survey.unseen.iter().any(|unseen| unseen.contains("`shared_with`")), "{:?}", survey.unseen);
    }
    let vendor =
        Vendor::script(Script::of(3), |_, _, _| Some(Reply::json(&errors("paid_required", "Pay.")))).await;
    let error = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await.error.unwrap();
    assert_eq!((error.kind(), vendor.asked().len()), (FaultKind::Forbidden, 2));
}

#[tokio::test]
async fn nothing_is_never_taken_for_an_empty_success() {
    for body in [
        json!({}),
        json!({"data": null}),
        json!({"data": {}}),
        json!({"data": {"transcripts": null}}),
        json!({"data": {"transcripts": 7}}),
        json!([]),
        json!({"errors": [], "data": {"transcripts": null}}),
    ] {
        let answer = body.clone();
        let vendor = Vendor::script(Script::of(3), move |_, _, _| Some(Reply::json(&answer))).await;
        let walked = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await;
        let error = walked.error.unwrap();
        assert!(walked.pages.is_empty() && error.kind() == FaultKind::Broken, "{body}: {error}");
    }
}

#[tokio::test]
async fn odd_json_is_read_and_very_deep_json_spoils_one_meeting_at_most() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for odd in [
        deep.as_str(),
        "1e400",
        "123456789012345678901234567890123456789",
        r#""\ud83d half""#,
        r#""a\u0000b""#,
    ] {
        let odd = odd.to_owned();
        let vendor = Vendor::script(Script::of(12), move |asked, _, script| {
            let answer = script.answer(asked).to_string();
            (name(asked) == "Meetings").then(|| Reply::text(200, &answer.replace("\"Meeting 5\"", &odd)))
        })
        .await;
        let walked = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await.whole();
        assert_eq!(walked.ids(), ids(0..12));
        let title = &walked.document(&id(5)).title;
        assert!(!title.is_empty() && !title.contains('\0'), "{title}");
    }
}
