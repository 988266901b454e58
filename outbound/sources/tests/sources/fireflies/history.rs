//! A walk through a window, whatever happens to the list meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_core::model::backfill::Window;
use daybook_core::ports::source::{Cursor, Scope, Source as _, SourceError};
use serde_json::json;

use super::house::{Holding, House, records, walked, window};
use super::script::{Script, data, id, ids, meeting, name, number};
use crate::vendor::{Reply, Vendor};

fn known() -> Arc<Holding> {
    Arc::new(Holding::default())
}

fn said(error: Option<SourceError>) -> String {
    match error {
        Some(SourceError::Broken { said, .. }) => said,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_cursor_leads_on_with_nothing_lost_and_nothing_doubled() {
    let house = House::with(64).await;
    let scope = Scope::history(window(3_000));
    let all = walked(&house.source(), &scope, None, &known()).await.whole();
    assert_eq!(all.pages.len(), 7);
    for (place, page) in all.pages.iter().enumerate() {
        let rest = walked(&house.source(), &scope, Some(page.cursor.clone()), &known()).await.whole();
        let before = records(&all.pages[..=place]).map(|record| record.external_id.clone());
        assert_eq!(before.chain(rest.ids()).collect::<Vec<_>>(), all.ids(), "after page {place}");
    }
    for odd in ["", "{}", "{\"v\":9}"] {
        let error = house.source().walk(&scope, Some(Cursor(odd.to_owned())), known()).await.err().unwrap();
        assert!(error.to_string().contains("start the run anew"), "{error}");
    }
}

#[tokio::test]
async fn only_the_window_is_read() {
    let vendor = Vendor::script(Script::of(40), |_, _, _| None).await;
    let to = window(0).to;
    let within =
        Window { from: to - chrono::TimeDelta::hours(25), to: to - chrono::TimeDelta::hours(5), days: None };
    let walked = walked(&vendor.fireflies(), &Scope::history(within), None, &known()).await.whole();
    assert_eq!(walked.ids(), ids(5..25));
    assert_eq!(walked.pages.iter().map(|page| page.outside).sum::<u64>(), 0);
    let nothing = Window { from: to - chrono::TimeDelta::minutes(30), to, days: None };
    let empty =
        super::house::walked(&vendor.fireflies(), &Scope::history(nothing), None, &known()).await.whole();
    assert_eq!((empty.ids().len(), empty.requests()), (0, 1));
}

#[tokio::test]
async fn meetings_that_vanish_or_appear_while_they_are_listed_lose_none() {
    for (kind, missing) in [("delete_while_paging", true), ("edit_while_paging", false)] {
        let house = House::with(90).await;
        let before: BTreeSet<String> = house.held().await.into_keys().collect();
        house.fault(json!([{"match": "transcripts(Meetings)", "after": 3, "times": 2, "kind": kind, "issues": 2}])).await;
        let all = walked(&house.source(), &Scope::history(window(3_000)), None, &known()).await.whole();
        let after: BTreeSet<String> = house.held().await.into_keys().collect();
        let came: BTreeSet<String> = all.ids().into_iter().collect();
        assert!(after.is_subset(&came), "{kind}: lost {:?}", after.difference(&came));
        assert_eq!((after.len() < before.len(), came.is_subset(&before)), (missing, true), "{kind}");
    }
    let vendor = Vendor::serve(|asked, place| {
        let mut script = Script::of(60);
        if place > 2 {
            // Two that began between others, transcribed only now.
            let late = ["late-1", "late-2"].map(|late| {
                let mut meeting = meeting(1);
                meeting["id"] = late.into();
                meeting
            });
            script.0.splice(2..2, late);
        }
        Reply::json(&script.answer(asked))
    })
    .await;
    let all = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await.whole();
    assert_eq!(all.ids(), ids(0..60));
}

#[tokio::test]
async fn without_an_order_nothing_is_lost_either() {
    let house = House::with(75).await;
    house.quirk("shuffled_order", json!(null)).await;
    let all = walked(&house.source(), &Scope::history(window(3_000)), None, &known()).await.whole();
    let held: BTreeSet<String> = house.held().await.into_keys().collect();
    assert_eq!((all.ids().len(), all.ids().into_iter().collect::<BTreeSet<_>>()), (75, held));
}

#[tokio::test]
async fn a_long_list_is_read_on_without_ever_larger_offsets() {
    let vendor = Vendor::script(Script::of(1_300), |_, _, _| None).await;
    let mut settings = vendor.fireflies_settings();
    settings.page_size = 49;
    let all = walked(&super::script::fireflies(settings), &Scope::history(window(90)), None, &known())
        .await
        .whole();
    assert_eq!(all.ids(), ids(0..1_300));
    assert!(vendor.asked().iter().all(|asked| number(asked, "skip") <= 550));
    assert!(vendor.asked().len() <= 30, "{}", vendor.asked().len());
}

#[tokio::test]
async fn pages_that_repeat_or_never_end_are_an_error_that_says_so() {
    let house = House::with(40).await;
    let scope = Scope::history(window(3_000));
    house.fault(json!([{"match": "transcripts(Meetings)", "after": 1, "kind": "endless_pages"}])).await;
    let round = walked(&house.source(), &scope, None, &known()).await;
    assert!(round.pages.len() < 12 && said(round.error).contains("pages repeat"));
    house.mend().await;
    // The page before comes instead of the next: what is new in it is little, and nothing comes twice.
    house.fault(json!([{"match": "transcripts(Meetings)", "after": 1, "kind": "repeat_token"}])).await;
    let again = walked(&house.source(), &scope, None, &known()).await;
    let ids: BTreeSet<String> = again.ids().into_iter().collect();
    assert_eq!(ids.len(), again.ids().len());
    assert!(again.error.is_some() || ids.len() == 40, "{} of 40", ids.len());
    assert!(again.pages.len() < 60);
    house.mend().await;
    // Whoever ignores the offset gives the first page for ever.
    let vendor = Vendor::script(Script::of(40), |asked, _, script| {
        let mut asked = asked.clone();
        asked.body["variables"]["skip"] = 0.into();
        Some(Reply::json(&script.answer(&asked)))
    })
    .await;
    let walked = walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await;
    assert!(vendor.asked().len() < 5, "{}", vendor.asked().len());
    let said = said(walked.error);
    assert!(said.contains("pages repeat"), "{said}");
}

#[tokio::test]
async fn a_list_that_ignores_its_window_is_an_error_and_not_more_meetings() {
    let vendor = Vendor::script(Script::of(400), |asked, _, script| {
        let mut asked = asked.clone();
        let variables = asked.body["variables"].as_object_mut().unwrap();
        variables.remove("from");
        variables.remove("to");
        Some(Reply::json(&script.answer(&asked)))
    })
    .await;
    let to = window(0).to;
    let within = Window {
        from: to - chrono::TimeDelta::hours(300),
        to: to - chrono::TimeDelta::hours(200),
        days: None,
    };
    let walked = walked(&vendor.fireflies(), &Scope::history(within), None, &known()).await;
    assert!(walked.ids().is_empty());
    let said = said(walked.error);
    assert!(said.contains("10 of the 10 that came did not"), "{said}");
    // More rows than were asked for are none of ours either.
    let vendor = Vendor::script(Script::of(99), |_, _, script| {
        Some(Reply::json(&data("transcripts", &script.0.clone().into())))
    })
    .await;
    let walked = super::house::walked(&vendor.fireflies(), &Scope::history(window(10)), None, &known()).await;
    assert!(self::said(walked.error).contains("gave 99"));
}

#[tokio::test]
async fn a_walk_is_one_page_ahead_and_stops_when_it_is_dropped() {
    let vendor = Vendor::script(Script::of(200), |_, _, _| None).await;
    let mut walk = vendor.fireflies().walk(&Scope::history(window(10)), None, known()).await.unwrap();
    let page = walk.next_page().await.unwrap().unwrap();
    assert_eq!(page.records[0].external_id, id(0));
    for _ in 0..400 {
        if vendor.asked().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    assert_eq!(vendor.questions(), ["Meetings", "Meetings"]);
    drop(walk);
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    assert_eq!(vendor.asked().len(), 2);
    assert_eq!(name(&vendor.asked()[1]), "Meetings");
}
