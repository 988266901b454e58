//! Issues to documents: what is read, what is tolerated, what is kept apart.

use std::collections::BTreeSet;

use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Details, Document, DocumentKind, Part, StateCategory};
use daybook_sources::jira::{CustomFields, Reading, record};
use serde_json::{Value, json};

use crate::jira::world::{FROM_MS, issue, pages, records};
use crate::vendor::{Reply, Vendor};

fn read(issue: &Value) -> Reading {
    record(&issue.to_string(), &[], "https://site.example", &CustomFields::default())
}

fn documents(issue: &Value) -> Vec<Document> {
    read(issue).record.reading.unwrap()
}

fn comment(id: u32, words: &str) -> Value {
    json!({"id": id.to_string(), "author": {"accountId": "b", "displayName": "Bo"}, "body": words,
        "created": "2026-11-20T09:15:32.123+0100", "updated": "2026-11-20T10:15:32.123+0100"})
}

fn full() -> Value {
    json!({"id": "10412", "key": "HARB-17", "fields": {
        "summary": "Booking form\nloses drafts",
        "description": {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "words\u{0} here"}]}]},
        "environment": "Firefox",
        "attachment": [{"filename": "a.png"}, {"filename": "b.log"}, {}],
        "project": {"key": "HARB", "name": "Harbour portal"},
        "status": {"name": "In Review", "statusCategory": {"id": 4, "key": "indeterminate"}},
        "labels": ["frontend", "drafts"], "components": [{"name": "Portal"}], "fixVersions": [{"name": "2.4"}],
        "issuetype": {"name": "Bug"}, "priority": {"name": "High"},
        "created": "2026-11-12T09:02:11.845+0100", "updated": "2026-11-20T09:15:32.123+0100",
        "creator": {"accountId": "a", "displayName": "Mara"}, "reporter": {"accountId": "a", "displayName": "Mara"},
        "assignee": {"displayName": "No Id"}, "security": null,
        "issuelinks": [{"type": {"outward": "duplicates"}, "outwardIssue": {"key": "HARB-99", "fields": {"summary": "leaked words"}}}],
        "subtasks": [{"key": "HARB-98", "fields": {"summary": "leaked words"}}],
        "comment": {"comments": [comment(1, "hello"), comment(2, "")], "maxResults": 2, "total": 2, "startAt": 0},
    }})
}

#[test]
fn an_issue_is_read_in_full() {
    let issue = documents(&full()).remove(0);
    assert_eq!((issue.external_id.as_str(), issue.key.as_str()), ("10412", "HARB-17"));
    assert_eq!(issue.title, "Booking form loses drafts");
    assert_eq!(
        issue.body,
        "words\u{2400} here\n\n**Environment**\n\nFirefox\n\n**Attachments**: a.png, b.log"
    );
    assert_eq!(issue.comments, "**Bo** · 2026-11-20 08:15 UTC\n\nhello");
    assert_eq!(issue.url, "https://site.example/browse/HARB-17");
    assert_eq!(issue.project.as_ref().unwrap().name, "Harbour portal");
    assert_eq!(issue.state.as_deref(), Some("In Review"));
    assert_eq!(issue.state_category, Some(StateCategory::InProgress));
    assert_eq!(issue.labels, ["frontend", "drafts", "Portal", "version:2.4", "type:Bug", "priority:High"]);
    let people: Vec<_> = issue.people.iter().map(|p| (p.part, p.account_id.as_str())).collect();
    assert_eq!(
        people,
        [(Part::Assignee, "No Id"), (Part::Reporter, "a"), (Part::Creator, "a"), (Part::Commenter, "b")]
    );
    assert_eq!(issue.audience, Audience::Members);
    assert_eq!(issue.created_at.to_rfc3339(), "2026-11-12T08:02:11.845+00:00");
    assert!(!format!("{issue:?}").contains("leaked"), "links and subtasks are no text of an issue");
}

#[test]
fn links_hours_and_points_are_read_by_the_fields_that_the_site_has() {
    let mut issue = full();
    let fields = &mut issue["fields"];
    fields["parent"] = json!({"key": "HARB-9"});
    fields["customfield_10020"] = json!([{"id": 41, "name": "HARB Sprint 12"}]);
    fields["customfield_10016"] = json!(3.0);
    fields["timespent"] = json!(21600);
    fields["duedate"] = json!("2026-11-27");
    let custom = CustomFields::read(
        r#"[{"id":"customfield_10020","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}},
            {"id":"customfield_10016","schema":{"custom":"com.pyxis.greenhopper.jira:jsw-story-points"}}]"#,
    );
    let document = record(&issue.to_string(), &[], "https://site.example", &custom.unwrap()).record.reading;
    let document = document.unwrap().remove(0);
    let links: Vec<_> =
        document.links.iter().map(|link| (link.relation.as_str(), link.to.as_str())).collect();
    let expected = [
        ("parent", "HARB-9"),
        ("duplicates", "HARB-99"),
        ("subtask", "HARB-98"),
        ("sprint", "HARB Sprint 12"),
    ];
    assert_eq!(links, expected);
    assert_eq!(document.links[0].url.as_deref(), Some("https://site.example/browse/HARB-9"));
    assert_eq!(document.labels.last().map(String::as_str), Some("points:3"));
    let Some(Details::Issue { spent_seconds, due, .. }) = document.details else { panic!("no details") };
    assert_eq!((spent_seconds, due.as_deref()), (Some(21_600), Some("2026-11-27")));
    assert!(documents(&issue)[0].links.iter().all(|link| link.relation != "sprint"), "not by a guess");
}

#[test]
fn what_is_not_held_of_an_issue_is_said() {
    assert!(read(&full()).record.gaps.is_empty());
    let mut issue = full();
    issue["fields"]["comment"]["total"] = json!(5);
    issue["fields"]["comment"]["maxResults"] = json!(5);
    issue["fields"]["description"] =
        json!({"type": "doc", "content": [{"type": "nodeOfTomorrow", "text": "words"}]});
    issue["fields"]["environment"] = json!("x".repeat((2 << 20) + 7));
    let gaps = read(&issue).record.gaps;
    assert_eq!(
        gaps,
        [
            "3 comments that Jira counts and does not show to this credential",
            "`environment` is cut: 7 bytes more",
            "rich text of unknown kinds, kept by its words alone: `nodeOfTomorrow`",
        ]
    );
}

#[test]
fn a_version_changes_with_the_time_the_project_and_every_byte() {
    let version = |issue: &Value| read(issue).record.version.unwrap();
    let first = version(&full());
    assert!(first.starts_with("2026-11-20T08:15:32.123Z HARB "), "{first}");
    let mut others = vec![first];
    for (place, value) in [
        ("/fields/updated", json!("2026-11-20T09:15:32.124+0100")),
        ("/fields/project/key", json!("OPS")),
        ("/fields/comment/comments/0/body", json!("gone")),
    ] {
        let mut issue = full();
        *issue.pointer_mut(place).unwrap() = value;
        others.push(version(&issue));
    }
    let count = others.len();
    others.sort();
    others.dedup();
    assert_eq!(others.len(), count);
}

#[test]
fn no_field_of_a_wrong_type_spoils_an_issue() {
    let names: Vec<String> = full()["fields"].as_object().unwrap().keys().cloned().collect();
    for name in names.iter().filter(|name| *name != "updated") {
        for wrong in [json!(null), json!(7), json!("text"), json!([1, [2]]), json!({"x": {}}), json!(true)] {
            let mut issue = full();
            issue["fields"][name] = wrong.clone();
            let read = documents(&issue);
            assert_eq!(read[0].key, "HARB-17", "{name} = {wrong}");
            issue["fields"].as_object_mut().unwrap().remove(name);
            documents(&issue);
        }
    }
}

#[test]
fn what_an_issue_cannot_be_without_makes_it_unreadable_by_name() {
    let wrong = [
        ("/id", json!(null), "`id`"),
        ("/key", json!(7), "`key`"),
        ("/fields", json!([]), "`fields`"),
        ("/fields", json!(null), "`fields`"),
        ("/fields/updated", json!(null), "`fields.updated`"),
        ("/fields/updated", json!("2026-13-40"), "`fields.updated`"),
    ];
    for (place, value, field) in wrong {
        let mut issue = full();
        *issue.pointer_mut(place).unwrap() = value;
        let reading = read(&issue).record;
        assert!(reading.reading.clone().unwrap_err().reason.contains(field), "{place}");
        assert_eq!(reading.raw, issue.to_string().as_bytes());
        let expected =
            if place == "/id" { format!("sha256:{}", &reading.digest()[..16]) } else { "10412".to_owned() };
        assert_eq!(reading.external_id, expected);
    }
    assert!(record("[]", &[], "", &CustomFields::default()).record.external_id.starts_with("sha256:"));
}

#[test]
fn odd_json_is_read_as_far_as_it_goes() {
    let updated = r#""updated":"2026-11-20T09:15:32Z""#;
    let odd = format!(
        r#"{{"id":7,"id":8,"key":"A-1","fields":{{{updated},"customfield_1":1e400,"customfield_2":1234567890123456789012345678901234567890,"summary":"half \ud83d of","summary":"later \udc00 \ud83d\ude00"}}}}"#
    );
    let document = record(&odd, &[], "", &CustomFields::default()).record.reading.unwrap().remove(0);
    assert_eq!((document.external_id.as_str(), document.title.as_str()), ("8", "later \u{fffd} 😀"));
    let deep = format!("{}{}", r#"{"type":"x","content":["#.repeat(50_000), "]}".repeat(50_000));
    let custom = format!(r#"{{"id":"7","key":"A-1","fields":{{{updated},"customfield_1":{deep}}}}}"#);
    assert!(
        record(&custom, &[], "", &CustomFields::default()).record.reading.is_ok(),
        "nobody reads that field"
    );
    let description = format!(r#"{{"id":"7","key":"A-1","fields":{{{updated},"description":{deep}}}}}"#);
    let reason = record(&description, &[], "", &CustomFields::default()).record.reading.unwrap_err().reason;
    assert!(reason.contains("`fields.description`"), "{reason}");
}

#[test]
fn restricted_comments_are_documents_of_their_own_for_admins() {
    let mut issue = full();
    let mut role = comment(3, "for developers");
    role["visibility"] = json!({"type": "role", "value": "Developers"});
    role["author"] = json!({"accountId": "c", "displayName": "Cy"});
    let mut internal = comment(4, "for agents");
    internal["jsdPublic"] = json!(false);
    issue["fields"]["comment"]["comments"] = json!([role, comment(1, "for all"), internal]);
    let read = documents(&issue);
    assert_eq!(read.len(), 3);
    assert!(read[0].comments.contains("for all") && !read[0].comments.contains("developers"));
    assert!(read[0].people.iter().all(|person| person.name != "Cy"));
    assert_eq!((read[1].kind, read[1].external_id.as_str()), (DocumentKind::Comment, "comment:3"));
    assert_eq!(read[1].title, "Restricted comment on HARB-17: Booking form loses drafts");
    assert_eq!(read[1].url, "https://site.example/browse/HARB-17?focusedCommentId=3");
    assert!(read[1].body.contains("for developers"));
    let only = |token: &str| Audience::Only(BTreeSet::from([token.to_owned()]));
    assert_eq!(read[1].audience, only("jira-role:HARB:Developers"));
    assert_eq!(read[2].audience, Audience::Unknown);
    assert!(read[1..].iter().all(|document| !Viewer::member().may_see(&document.audience)));
    issue["fields"]["security"] = json!({"id": "1", "name": "Board"});
    let read = documents(&issue);
    assert_eq!(read[0].audience, only("jira-level:1"));
    assert!(
        read[1..].iter().all(|document| document.audience == Audience::Unknown),
        "under what is restricted"
    );
}

#[test]
fn a_huge_description_is_cut_and_says_so() {
    let mut issue = full();
    issue["fields"]["description"] = json!("é".repeat(2 << 20));
    let body = &documents(&issue)[0].body;
    assert!(body.len() < (2 << 20) + 200 && body.contains("… (cut: the original has 2097152 bytes more)"));
    assert!(body.ends_with("b.log"));
}

#[test]
fn comments_that_are_counted_and_not_shown_are_hidden() {
    let mut issue = full();
    issue["fields"]["comment"]["total"] = json!(5);
    issue["fields"]["comment"]["maxResults"] = json!(5);
    assert_eq!(read(&issue).hidden_comments, 3);
}

#[tokio::test]
async fn the_rest_of_a_long_list_of_comments_is_fetched() {
    let vendor = Vendor::jira(|asked, _| {
        if asked.is_search() {
            let mut long = issue(7, FROM_MS);
            long["fields"]["comment"] = json!({"comments": (0..20).map(|id| comment(id, &format!("word{id}."))).collect::<Vec<_>>(),
                "maxResults": 20, "total": 250, "startAt": 0});
            return Reply::json(&json!({"issues": [issue(8, FROM_MS), long], "isLast": true}));
        }
        let start: u32 = asked.path.split("startAt=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        // Ten of the rest are not for this credential.
        let comments: Vec<_> = (start..(start + 100).min(240)).map(|id| comment(id, &format!("word{id}."))).collect();
        Reply::json(&json!({"comments": comments, "total": 250, "startAt": start, "maxResults": 100}))
    })
    .await;
    let (pages, error) = pages(&vendor.jira_source(), None).await;
    assert!(error.is_none(), "{error:?}");
    let long = records(&pages).nth(1).unwrap().reading.as_ref().unwrap()[0].clone();
    assert!((0..240).all(|id| long.comments.contains(&format!("word{id}."))));
    assert_eq!((pages[0].hidden_comments, pages[0].requests), (10, 6), "with the list of fields");
}

#[tokio::test]
async fn one_unreadable_issue_leaves_the_others_of_its_page() {
    let vendor = Vendor::jira(|_, _| {
        let broken = json!({"id": "9", "key": "HARB-9", "fields": null});
        Reply::json(&json!({"issues": [issue(8, FROM_MS), broken, 17, issue(7, FROM_MS)], "isLast": true}))
    })
    .await;
    let (pages, _) = pages(&vendor.jira_source(), None).await;
    let readable: Vec<bool> = records(&pages).map(|record| record.reading.is_ok()).collect();
    assert_eq!(readable, [true, false, false, true]);
}
