//! What becomes of a page: its words, what it says of itself, who is named, and what it points to.

use daybook_core::model::audience::Audience;
use daybook_core::model::document::{DocumentKind, Part, StateCategory};
use daybook_core::ports::source::Scope;
use serde_json::{Value, json};

use super::house::{Store, document, walked, window};
use super::script::{block, id, list, page, paragraph, parent, rich, serve};
use crate::vendor::Reply;

const SOURCE: u32 = 800;

fn schema() -> Value {
    let mut source = page(SOURCE);
    source["object"] = "data_source".into();
    source["title"] = json!([rich("Decisions")]);
    source["description"] = json!([rich("What was decided.")]);
    source["parent"] = json!({"type": "database_id", "database_id": id(801)});
    source["database_parent"] = json!({"type": "page_id", "page_id": id(802)});
    source["properties"] = json!({
        "Name": {"id": "title", "name": "Name", "type": "title", "title": {}},
        "Status": {"id": "s", "name": "Status", "type": "status", "status": {
            "options": [{"id": "o1", "name": "Proposed"}, {"id": "o2", "name": "Accepted"}],
            "groups": [{"id": "g1", "name": "To-do", "option_ids": ["o1"]}, {"id": "g3", "name": "Complete", "option_ids": ["o2"]}],
        }},
        "No": {"id": "n", "name": "No", "type": "unique_id", "unique_id": {"prefix": "DEC"}},
    });
    source
}

fn row() -> Value {
    let person = |number| json!({"object": "user", "id": id(number), "type": "person", "person": {"email": "mara@birchlane.example"}});
    let mut row = page(1);
    row["parent"] = json!({"type": "data_source_id", "data_source_id": id(SOURCE), "database_id": id(801)});
    row["properties"] = json!({
        "Name": {"id": "title", "type": "title", "title": [rich("Berths are booked "), rich("by the hour")]},
        "Status": {"id": "s", "type": "status", "status": {"id": "o2", "name": "Accepted"}},
        "No": {"id": "n", "type": "unique_id", "unique_id": {"prefix": "DEC", "number": 12}},
        "Tags": {"id": "t", "type": "multi_select", "multi_select": [{"name": "portal"}, {"name": "berths"}, {"name": "portal"}]},
        "Kind": {"id": "k", "type": "select", "select": {"name": "Product"}},
        "Empty": {"id": "e", "type": "select", "select": null},
        "Owner": {"id": "o", "type": "people", "people": [person(9_001), person(9_777)]},
        "Due": {"id": "d", "type": "date", "date": {"start": "2026-11-27", "end": "2026-11-30", "time_zone": null}},
        "Points": {"id": "p", "type": "number", "number": 3.5},
        "Jira": {"id": "j", "type": "url", "url": "https://birchlane.atlassian.net/browse/HARB-17"},
        "Done": {"id": "x", "type": "checkbox", "checkbox": false},
        "Mail": {"id": "m", "type": "email", "email": "desk@birchlane.example"},
        "Phone": {"id": "ph", "type": "phone_number", "phone_number": "123"},
        "Notes": {"id": "nt", "type": "rich_text", "rich_text": [rich("see "), {"type": "mention", "mention": {"type": "page", "page": {"id": id(5)}}, "plain_text": "Booking"}]},
        "Related": {"id": "r", "type": "relation", "relation": [{"id": id(6)}, {"id": id(7)}], "has_more": false},
        "Sum": {"id": "su", "type": "rollup", "rollup": {"type": "number", "number": 8, "function": "sum"}},
        "Names": {"id": "na", "type": "rollup", "rollup": {"type": "array", "function": "show_original", "array": [{"type": "title", "title": [rich("One")]}, {"type": "number", "number": 2}]}},
        "Calc": {"id": "c", "type": "formula", "formula": {"type": "string", "string": "HARB-17 · 3"}},
        "True": {"id": "b", "type": "formula", "formula": {"type": "boolean", "boolean": true}},
        "Files": {"id": "f", "type": "files", "files": [
            {"name": "agenda.pdf", "type": "file", "file": {"url": "https://files.example/agenda.pdf?X-Amz-Signature=SECRET", "expiry_time": "2026-11-20T10:20:11.000Z"}},
            {"name": "map", "type": "external", "external": {"url": "https://x.example/map"}},
        ]},
        "Created": {"id": "cr", "type": "created_time", "created_time": "2026-11-12T08:02:00.000Z"},
        "Editor": {"id": "ed", "type": "last_edited_by", "last_edited_by": {"object": "user", "id": id(9_002)}},
        "Checked": {"id": "v", "type": "verification", "verification": {"state": "verified"}},
        "Where": {"id": "w", "type": "place", "place": {"name": "Quay 7", "address": "Harbour Street 1"}},
        "Press": {"id": "bu", "type": "button", "button": {}},
        "Newer": {"id": "ne", "type": "hologram", "hologram": "shown as it is"},
    });
    row
}

/// Every kind of block, with one that nobody knows.
fn blocks() -> Vec<Value> {
    let text = |words: &str| json!({"rich_text": [rich(words)]});
    let hosted = json!({"url": "https://files.example/a?X-Amz-Signature=SECRET", "expiry_time": "2026-11-20T10:20:11.000Z"});
    vec![
        block(10, "heading_1", &text("One")),
        block(11, "heading_4", &text("Four")),
        block(12, "bulleted_list_item", &text("dot")),
        parent(block(
            13,
            "numbered_list_item",
            &json!({"rich_text": [rich("three")], "list_start_index": 3}),
        )),
        block(14, "numbered_list_item", &text("four")),
        block(15, "to_do", &json!({"rich_text": [rich("open")], "checked": false})),
        block(16, "to_do", &json!({"rich_text": [rich("done")], "checked": true})),
        parent(block(17, "toggle", &text("Folded"))),
        block(18, "quote", &text("said\ntwice")),
        block(
            19,
            "callout",
            &json!({"rich_text": [rich("careful")], "icon": {"type": "emoji", "emoji": "⚠️"}}),
        ),
        block(
            20,
            "code",
            &json!({"rich_text": [rich("let x = 1;")], "language": "rust", "caption": [rich("how")]}),
        ),
        block(21, "equation", &json!({"expression": "e=mc^2"})),
        block(22, "divider", &json!({})),
        parent(block(23, "table", &json!({"has_column_header": true}))),
        parent(block(24, "column_list", &json!({}))),
        block(25, "image", &json!({"caption": [rich("screen")], "type": "file", "file": hosted})),
        block(
            26,
            "video",
            &json!({"caption": [], "type": "external", "external": {"url": "https://v.example/1"}}),
        ),
        block(27, "pdf", &json!({"caption": [], "type": "file", "file": hosted})),
        block(28, "bookmark", &json!({"caption": [], "url": "https://x.example/spec"})),
        block(29, "link_to_page", &json!({"type": "page_id", "page_id": id(40)})),
        block(30, "breadcrumb", &json!({})),
        block(31, "unsupported", &json!({"block_type": "button"})),
        block(32, "hologram", &text("still words")),
        parent(block(33, "meeting_notes", &json!({"title": [rich("Weekly")]}))),
        paragraph(34, "```not a fence"),
        parent(block(35, "synced_block", &json!({"synced_from": {"type": "block_id", "block_id": id(36)}}))),
    ]
}

fn below(of: &str) -> Vec<Value> {
    let row = |number, one: &str, other: &str| {
        block(number, "table_row", &json!({"cells": [[rich(one)], [rich(other)]]}))
    };
    match of {
        of if of == id(1) => blocks(),
        of if of == id(13) => vec![paragraph(50, "below three")],
        of if of == id(17) => vec![block(51, "bulleted_list_item", &json!({"rich_text": [rich("inside")]}))],
        of if of == id(23) => vec![row(52, "Browser", "Result"), row(53, "a|b", "fine")],
        of if of == id(24) => vec![parent(block(54, "column", &json!({}))), block(55, "column", &json!({}))],
        of if of == id(54) => vec![paragraph(56, "left")],
        of if of == id(33) => vec![paragraph(57, "We met.")],
        of if of == id(36) => vec![paragraph(58, "The original.")],
        _ => Vec::new(),
    }
}

const BODY: &str = "# One

#### Four

- dot
3. three

   below three

4. four
- [ ] open
- [x] done

**Folded**

  - inside

> said
> twice

> ⚠️ careful

```rust
let x = 1;
```

how

$$e=mc^2$$

---

| Browser | Result |
| --- | --- |
| a\\|b | fine |

left

[image: screen]

![](https://v.example/1)

[pdf]

<https://x.example/spec>

[page](https://app.notion.com/p/00000000000040008000000000000040)

[not shown by Notion: button]

[not known to Daybook: hologram] still words

**Meeting notes: Weekly**

We met.

\\```not a fence

The original.";

async fn read() -> Store {
    let (_vendor, notion) = serve(0, |_, (kind, of), _| {
        let comment = |number: u32, by| {
            json!({"object": "comment", "id": id(number), "created_time": "2026-11-20T09:20:00.000Z", "parent": {"type": "page_id", "page_id": id(1)},
                "created_by": {"object": "user", "id": id(by)}, "rich_text": [rich("Can we ship Friday?")],
                "display_name": {"type": "user", "resolved_name": "A guest"}})
        };
        let results = match kind {
            "sources" => vec![schema()],
            "query" => vec![row()],
            "children" => below(of),
            "comments" if of.is_empty() => vec![comment(70, 9_001), comment(71, 9_888)],
            _ => return None,
        };
        Some(Reply::json(&list(&results, None)))
    })
    .await;
    let store = Store::default();
    walked(&notion, &Scope::history(window(3_650)), &store).await;
    store
}

#[tokio::test]
async fn every_kind_of_block_has_its_markdown_or_a_visible_mark() {
    let record = read().await.record(&id(1));
    let body = document(&record).body;
    let (_, blocks) = body.split_once("\n\n").unwrap();
    assert_eq!(blocks, BODY);
    assert_eq!(record.gaps.len(), 2, "{:?}", record.gaps);
    assert!(record.gaps.iter().any(|gap| gap.contains("`button`")));
    assert!(record.gaps.iter().any(|gap| gap.contains("`hologram`")));
}

#[tokio::test]
async fn every_kind_of_property_is_told() {
    let document = document(&read().await.record(&id(1)));
    let lines: Vec<&str> = document.body.split("\n\n").next().unwrap().lines().collect();
    let expected = [
        "- Status: Accepted",
        "- No: DEC-12",
        "- Tags: portal, berths, portal",
        "- Kind: Product",
        "- Due: 2026-11-27 to 2026-11-30",
        "- Points: 3.5",
        "- Jira: https://birchlane.atlassian.net/browse/HARB-17",
        "- Done: no",
        "- Mail: desk@birchlane.example",
        "- Phone: 123",
        "- Notes: see Booking",
        "- Related: 2 linked pages",
        "- Sum: 8",
        "- Names: One, 2",
        "- Calc: HARB-17 · 3",
        "- True: yes",
        "- Files: agenda.pdf, [map](https://x.example/map)",
        "- Created: 2026-11-12T08:02:00.000Z",
        "- Editor: Tomas Okafor",
        "- Checked: verified",
        "- Where: Quay 7, Harbour Street 1",
        "- Newer: shown as it is",
    ];
    for line in expected {
        assert!(lines.contains(&line), "{line} is not in {lines:#?}");
    }
    assert_eq!(lines.len(), expected.len() + 1, "and the owners: {lines:#?}");
}

#[tokio::test]
async fn a_row_says_what_it_is_who_is_named_and_where_it_belongs() {
    let store = read().await;
    let document = document(&store.record(&id(1)));
    assert_eq!((document.title.as_str(), document.key.as_str()), ("Berths are booked by the hour", "DEC-12"));
    assert_eq!(
        document.url,
        "https://app.notion.com/p/Page-1-00000000000040008000000000000001".replace("-1-", "-")
    );
    assert_eq!(
        (document.state.as_deref(), document.state_category),
        (Some("Accepted"), Some(StateCategory::Done))
    );
    assert_eq!(document.labels, ["Product", "portal", "berths"]);
    assert_eq!((document.kind, &document.audience), (DocumentKind::Page, &Audience::Members));
    let named = |part, number| {
        document
            .people
            .iter()
            .find(|person| person.part == part && person.account_id == id(number))
            .map(|person| person.name.clone())
    };
    assert_eq!(named(Part::Creator, 9_001).unwrap(), "Mara Lindqvist");
    assert_eq!(named(Part::Editor, 9_002).unwrap(), "Tomas Okafor");
    assert_eq!(named(Part::Named, 9_001).unwrap(), "Mara Lindqvist");
    assert_eq!(named(Part::Named, 9_777).unwrap(), id(9_777), "nobody knows this name");
    assert_eq!(named(Part::Commenter, 9_888).unwrap(), "A guest");
    let link = |relation: &str| {
        document
            .links
            .iter()
            .filter(|link| link.relation == relation)
            .map(|link| link.to.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(link("data source"), [id(SOURCE)]);
    assert_eq!(link("relation: Related"), [id(6), id(7)]);
    assert_eq!((link("mentions"), link("links to")), (vec![id(5)], vec![id(40)]));
    assert_eq!(
        document.comments,
        "**Mara Lindqvist** · 2026-11-20 09:20 UTC\n\nCan we ship Friday?\n\n**A guest** · 2026-11-20 09:20 UTC\n\nCan we ship Friday?"
    );
}

#[tokio::test]
async fn signed_addresses_are_held_nowhere_and_mail_addresses_of_people_in_no_document() {
    let record = read().await.record(&id(1));
    assert!(!String::from_utf8_lossy(&record.raw).contains("SECRET"));
    let told = format!("{:?}", document(&record));
    assert!(!told.contains("SECRET") && !told.contains("mara@"), "{told}");
}

#[tokio::test]
async fn a_data_source_says_what_its_rows_have() {
    let document = document(&read().await.record(&id(SOURCE)));
    assert_eq!((document.kind, document.title.as_str()), (DocumentKind::DataSource, "Decisions"));
    assert_eq!(
        document.body,
        "What was decided.\n\n- Name (title)\n- No (unique id)\n- Status (status): Proposed, Accepted"
    );
    assert_eq!((document.links[0].relation.as_str(), &document.links[0].to), ("parent", &id(802)));
}
