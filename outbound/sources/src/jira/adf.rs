//! Atlassian Document Format to Markdown with nothing of the words lost: text, mentions, links, tables, code, panels, task
//! lists, dates, statuses. Colours, sizes and alignment are left out; an unknown node gives what words it has.

mod blocks;
mod inline;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A node as it comes: anything may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    content: Vec<Node>,
    attrs: Option<Map<String, Value>>,
    marks: Vec<Mark>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mark {
    #[serde(rename = "type")]
    kind: String,
    attrs: Option<Map<String, Value>>,
}

impl Node {
    /// A text attribute.
    fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.attrs.as_ref()?.get(name)?.as_u64()
    }
}

/// Markdown of a rich-text field: ADF, or plain text where a vendor still sends that; `null` is empty.
///
/// # Errors
/// When the text is not JSON, or nested deeper than any reader should follow (128 levels).
pub fn markdown(json: &str) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    match serde_json::from_str::<Node>(json) {
        Ok(document) => blocks::write(&document, &mut out),
        // Not the shape of a document: keep every word of it all the same.
        Err(_) => words(&serde_json::from_str(json)?, &mut out),
    }
    out.truncate(out.trim_end().len());
    Ok(out)
}

/// Every text in a value of unknown shape.
fn words(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(values) => values.iter().for_each(|value| words(value, out)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let shape = matches!(name.as_str(), "type" | "version" | "localId" | "marks");
                if !shape {
                    words(value, out);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rendered(content: &Value) -> String {
        markdown(&json!({"type": "doc", "version": 1, "content": content}).to_string()).unwrap()
    }

    fn text(words: &str) -> Value {
        json!({"type": "text", "text": words})
    }

    fn paragraph(words: &str) -> Value {
        json!({"type": "paragraph", "content": [text(words)]})
    }

    /// Every node and mark type of Atlassian's full schema (version 1), with a word in it that must come out.
    #[test]
    fn every_node_of_the_schema_keeps_its_words() {
        let word = "kestrel";
        let blocks = [
            "blockquote",
            "bodiedExtension",
            "bodiedSyncBlock",
            "expand",
            "nestedExpand",
            "panel",
            "layoutColumn",
        ];
        for kind in blocks {
            let node = json!([{"type": kind, "attrs": {"title": "heron"}, "content": [paragraph(word)]}]);
            assert!(rendered(&node).contains(word), "{kind}");
        }
        let lists = [
            ("bulletList", "listItem"),
            ("orderedList", "listItem"),
            ("taskList", "blockTaskItem"),
            ("layoutSection", "layoutColumn"),
        ];
        for (list, item) in lists {
            let node = json!([{"type": list, "content": [{"type": item, "content": [paragraph(word)]}]}]);
            assert!(rendered(&node).contains(word), "{list}");
        }
        for (list, item) in
            [("taskList", "taskItem"), ("decisionList", "decisionItem"), ("mediaSingle", "caption")]
        {
            let node = json!([{"type": list, "content": [{"type": item, "content": [text(word)]}]}]);
            assert!(rendered(&node).contains(word), "{list}");
        }
        for kind in ["paragraph", "heading", "codeBlock"] {
            assert!(rendered(&json!([{"type": kind, "content": [text(word)]}])).contains(word), "{kind}");
        }
        for cell in ["tableCell", "tableHeader"] {
            let row = json!({"type": "tableRow", "content": [{"type": cell, "content": [paragraph(word)]}]});
            assert!(rendered(&json!([{"type": "table", "content": [row]}])).contains(word), "{cell}");
        }
        let leaves = [
            ("mention", "text"),
            ("mention", "id"),
            ("emoji", "text"),
            ("emoji", "shortName"),
            ("status", "text"),
            ("inlineCard", "url"),
            ("blockCard", "url"),
            ("embedCard", "url"),
            ("placeholder", "text"),
            ("media", "alt"),
            ("media", "url"),
            ("media", "id"),
            ("mediaInline", "alt"),
            ("mediaInline", "id"),
            ("extension", "extensionKey"),
            ("extension", "text"),
            ("inlineExtension", "extensionKey"),
            ("inlineExtension", "text"),
            ("syncBlock", "resourceId"),
            ("image", "url"),
            ("somethingNew", "title"),
        ];
        for (kind, attr) in leaves {
            let node = json!({"type": kind, "attrs": {attr: word}});
            assert!(rendered(&json!([node])).contains(word), "{kind}.{attr} as a block");
            assert!(
                rendered(&json!([{"type": "paragraph", "content": [node]}])).contains(word),
                "{kind}.{attr} inline"
            );
        }
        for kind in ["mediaGroup", "mediaSingle"] {
            let node = json!([{"type": kind, "content": [{"type": "media", "attrs": {"alt": word}}]}]);
            assert!(rendered(&node).contains(word), "{kind}");
        }
        let marks = [
            "alignment",
            "annotation",
            "backgroundColor",
            "border",
            "breakout",
            "code",
            "dataConsumer",
            "em",
            "fontSize",
            "fragment",
            "indentation",
            "link",
            "strike",
            "strong",
            "subsup",
            "textColor",
            "underline",
            "somethingNew",
        ];
        for kind in marks {
            let node = json!([{"type": "paragraph", "content": [{"type": "text", "text": word, "marks": [{"type": kind, "attrs": {"href": "https://x.example"}}]}]}]);
            assert!(rendered(&node).contains(word), "{kind}");
        }
        assert_eq!(rendered(&json!([paragraph("a"), {"type": "rule"}, paragraph("b")])), "a\n\n---\n\nb");
        assert_eq!(
            rendered(
                &json!([{"type": "paragraph", "content": [text("a"), {"type": "hardBreak"}, text("b")]}])
            ),
            "a\nb"
        );
    }

    #[test]
    fn common_nodes_read_as_markdown() {
        let cases = [
            (json!([{"type": "heading", "attrs": {"level": 3}, "content": [text("Steps")]}]), "### Steps"),
            (
                json!([{"type": "orderedList", "attrs": {"order": 4}, "content": [
                {"type": "listItem", "content": [paragraph("four")]},
                {"type": "listItem", "content": [paragraph("five"), {"type": "bulletList", "content": [
                    {"type": "listItem", "content": [paragraph("deep")]}]}]}]}]),
                "4. four\n5. five\n   - deep",
            ),
            (
                json!([{"type": "taskList", "content": [
                {"type": "taskItem", "attrs": {"state": "DONE"}, "content": [text("a")]},
                {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [text("b")]}]}]),
                "- [x] a\n- [ ] b",
            ),
            (
                json!([{"type": "codeBlock", "attrs": {"language": "rust"}, "content": [text("let a = \"```\";")]}]),
                "````rust\nlet a = \"```\";\n````",
            ),
            (
                json!([{"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph("hot")]}]),
                "> **Warning**\n>\n> hot",
            ),
            (
                json!([{"type": "paragraph", "content": [{"type": "date", "attrs": {"timestamp": "1790000000000"}}]}]),
                "2026-09-21",
            ),
            (
                json!([{"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "5b", "text": "@Mara"}}, text(" see "),
                {"type": "text", "text": "this", "marks": [{"type": "link", "attrs": {"href": "https://x.example/a"}}, {"type": "strong"}]}]}]),
                "@Mara see [**this**](https://x.example/a)",
            ),
            (
                json!([{"type": "table", "content": [
                {"type": "tableRow", "content": [{"type": "tableHeader", "content": [paragraph("a|b")]}, {"type": "tableHeader", "content": [paragraph("c")]}]},
                {"type": "tableRow", "content": [{"type": "tableCell", "content": [paragraph("1"), paragraph("2")]}]}]}]),
                "| a\\|b | c |\n| --- | --- |\n| 1<br>2 |  |",
            ),
        ];
        for (content, expected) in cases {
            assert_eq!(rendered(&content), expected);
        }
    }

    #[test]
    fn what_is_no_document_keeps_its_words() {
        assert_eq!(markdown("null").unwrap(), "");
        assert_eq!(markdown("\"plain words\"").unwrap(), "plain words");
        assert_eq!(
            markdown(r#"{"type":"doc","content":["kestrel",{"type":"text","text":"heron"}]}"#).unwrap(),
            "kestrel\nheron"
        );
        let deep = format!("{}{}", "{\"content\":[".repeat(200), "]}".repeat(200));
        assert!(markdown(&deep).is_err(), "too deep is said, not crashed on");
    }

    fn any_node() -> impl Strategy<Value = Value> {
        let kinds = prop::sample::select(vec![
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "listItem",
            "taskList",
            "taskItem",
            "blockquote",
            "panel",
            "table",
            "tableRow",
            "tableCell",
            "codeBlock",
            "expand",
            "unknown",
            "mediaSingle",
            "decisionList",
        ]);
        let leaf = "[a-z]{3,9}".prop_map(|word| text(&format!("{word} ")));
        leaf.prop_recursive(6, 40, 5, move |inner| {
            (kinds.clone(), prop::collection::vec(inner, 0..5))
                .prop_map(|(kind, content)| json!({"type": kind, "content": content}))
        })
    }

    fn leaves(value: &Value, out: &mut Vec<String>) {
        if let Some(text) = value["text"].as_str() {
            out.push(text.trim().to_owned());
        }
        for child in value["content"].as_array().into_iter().flatten() {
            leaves(child, out);
        }
    }

    proptest! {
        #[test]
        fn no_tree_loses_a_word_or_panics(content in prop::collection::vec(any_node(), 0..6)) {
            let content = Value::Array(content);
            let out = rendered(&content);
            let mut words = Vec::new();
            leaves(&json!({"content": content}), &mut words);
            for word in words {
                prop_assert!(out.contains(&word), "{word} is lost in {out}");
            }
        }
    }
}
