//! Pages and lists that are far larger than anybody means them to be: bounded, marked, and the others are read.

use daybook_core::ports::source::{Scope, Source as _};
use serde_json::{Value, json};

use super::house::{House, Store, assert_same, document, ids, quick, source, walked, window};
use super::script::{id, list, page, paragraph, parent, rich, serve};
use crate::vendor::Reply;

fn all() -> Scope {
    Scope::history(window(3_650))
}

#[tokio::test]
async fn a_page_of_very_many_blocks_is_cut_with_a_mark_and_the_others_are_read() {
    let (vendor, notion) = serve(3, |asked, (kind, of), _| {
        (kind == "children" && of == id(1)).then(|| {
            let start: u32 = asked
                .path
                .split("start_cursor=")
                .nth(1)
                .map_or(0, |place| place.split('&').next().unwrap().parse().unwrap());
            let line = "x".repeat(900);
            let blocks: Vec<Value> =
                (start..start + 100).map(|number| paragraph(10_000 + number, &line)).collect();
            Reply::json(&list(&blocks, Some(&(start + 100).to_string())))
        })
    })
    .await;
    let store = Store::default();
    let pages = walked(&notion, &all(), &store).await;
    assert_eq!(ids(&pages).len(), 3);
    let record = store.record(&id(1));
    assert!(record.raw.len() < 9 << 20 && document(&record).body.len() < 3 << 20);
    assert!(record.gaps.iter().any(|gap| gap.contains("8 MiB of blocks")), "{:?}", record.gaps);
    assert!(record.gaps.iter().any(|gap| gap.contains("bytes of its text")), "{:?}", record.gaps);
    assert!(document(&record).body.contains("… (cut: the original has "));
    assert!(vendor.asked().len() < 100, "{}", vendor.asked().len());
}

#[tokio::test]
async fn answers_that_are_too_large_are_asked_for_in_parts_and_what_never_fits_is_a_gap() {
    for (size, is_whole) in [(20 << 10, true), (300 << 10, false)] {
        let (vendor, _) = serve(2, move |asked, (kind, of), _| {
            (kind == "children" && of == id(1)).then(|| {
                let number = |name: &str| -> usize {
                    let value = asked.path.split(name).nth(1);
                    value.map_or(0, |value| value.split('&').next().unwrap().parse().unwrap())
                };
                let (start, most) = (number("start_cursor="), number("page_size="));
                let end = (start + most).min(60);
                let text = "x".repeat(size);
                let blocks: Vec<Value> = (start..end)
                    .map(|place| paragraph(10_000 + u32::try_from(place).unwrap(), &text))
                    .collect();
                Reply::json(&list(&blocks, (end < 60).then(|| end.to_string()).as_deref()))
            })
        })
        .await;
        let mut settings = quick(&vendor.url, "token");
        settings.http.max_answer_bytes = 256 << 10;
        let store = Store::default();
        let pages = walked(&source(settings), &all(), &store).await;
        assert_eq!(ids(&pages).len(), 2);
        let gaps = store.record(&id(1)).gaps;
        let is_told = gaps.iter().any(|gap| gap.contains("larger than"));
        assert_eq!(is_told, !is_whole, "{gaps:?}");
        assert_eq!(document(&store.record(&id(1))).body.matches("xxxx").count() > 0, is_whole);
    }
}

#[tokio::test]
async fn values_that_a_page_does_not_show_are_asked_for() {
    let (_vendor, notion) = serve(0, |asked, (kind, _), _| {
        let mut long = page(1);
        let relation: Vec<Value> = (0..25).map(|number| json!({"id": id(100 + number)})).collect();
        long["properties"]["Related"] =
            json!({"id": "rEl%3A", "type": "relation", "relation": relation, "has_more": true});
        long["properties"]["Text"] =
            json!({"id": "tx", "type": "rich_text", "rich_text": vec![rich("w "); 25]});
        let item = |kind: &str, value: Value| {
            let mut item = json!({"object": "property_item", "id": "x", "type": kind});
            item[kind] = value;
            item
        };
        let results: Vec<Value> = match kind {
            "search" => vec![long],
            "property" if asked.path.contains("rEl%3A") => {
                let is_second = asked.path.contains("start_cursor=2");
                let numbers = if is_second { 100..130 } else { 0..100 };
                let results: Vec<Value> =
                    numbers.map(|number| item("relation", json!({"id": id(100 + number)}))).collect();
                return Some(Reply::json(&list(&results, (!is_second).then_some("2"))));
            }
            "property" => (0..40).map(|_| item("rich_text", rich("w "))).collect(),
            _ => return None,
        };
        Some(Reply::json(&list(&results, None)))
    })
    .await;
    let store = Store::default();
    walked(&notion, &all(), &store).await;
    let document = document(&store.record(&id(1)));
    assert!(document.body.contains("- Related: 130 linked pages"), "{}", document.body);
    assert_eq!(document.links.len(), 130);
    assert!(document.body.contains(&format!("- Text: {}", ["w"; 40].join(" "))));
}

#[tokio::test]
async fn a_query_that_stops_at_the_vendors_bound_goes_on_behind_it() {
    let house = House::with(daybook_sim::WorldChoice::Seed { seed: 7, issues: 300 }, |settings| {
        settings.notion_pages = 100;
        settings.notion_most_rows = 8;
    })
    .await;
    // Nothing but the lists of the data sources knows their rows.
    house.fault(json!({"match": "v1/search page", "kind": "index_lag", "newest": 100_000})).await;
    let store = Store::default();
    walked(&house.source(), &all(), &store).await;
    let held = house.held().await;
    let rows = store.digests();
    assert!(rows.len() > 50, "{}", rows.len());
    let mut known = held.clone();
    known.retain(|id, _| rows.contains_key(id));
    assert_same(&store, &known);
    let warnings = house.source().survey(&all()).await.unwrap().warnings;
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[tokio::test]
async fn rows_that_cannot_be_listed_are_told() {
    let (_vendor, notion) = serve(0, |_, (kind, _), _| {
        let mut source = page(900);
        source["object"] = "data_source".into();
        source["title"] = json!([rich("Imports")]);
        let mut list = match kind {
            "sources" => list(&[source], None),
            "query" => list(&[page(1), page(1)], None),
            _ => return None,
        };
        if kind == "query" {
            list["results"].as_array_mut().unwrap().truncate(1);
            list["request_status"] =
                json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"});
        }
        Some(Reply::json(&list))
    })
    .await;
    let survey = notion.survey(&all()).await.unwrap();
    assert!(
        survey.warnings.iter().any(|words| words.contains("`Imports`") && words.contains("one minute")),
        "{:?}",
        survey.warnings
    );
}

#[tokio::test]
async fn odd_texts_cost_at_most_their_block() {
    let texts = ["\u{0}nul", "\u{202e}rtl", "👩‍👩‍👧", "a\u{2028}b", "\\ud83d", "\r\n\r\n", ""];
    let (_vendor, notion) = serve(1, move |_, (kind, _), _| {
        (kind == "children").then(|| {
            let mut blocks: Vec<Value> =
                (0..).zip(texts).map(|(number, text)| paragraph(number, text)).collect();
            blocks.push(parent(paragraph(50, "last")));
            // Half a surrogate pair, a number that nothing holds, and a member twice.
            let body = list(&blocks, None).to_string().replace("\"last\"", "\"la\\ud800st\"");
            Reply::text(200, &body.replacen("{\"", "{\"odd\":1e400,\"odd\":[[1]],\"", 1))
        })
    })
    .await;
    let store = Store::default();
    walked(&notion, &all(), &store).await;
    let body = document(&store.record(&id(0))).body;
    assert!(body.contains("\u{2400}nul") && body.contains("👩‍👩‍👧") && body.contains("la\u{fffd}st"), "{body}");
    assert!(!body.contains('\0'));
}
