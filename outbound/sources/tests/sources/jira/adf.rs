//! Rich text to Markdown: common nodes as people would write them, every node without losing a word.

use daybook_sources::jira::adf::markdown;
use proptest::prelude::*;
use serde_json::{Value, json};

fn rendered(content: &Value) -> String {
    markdown(&json!({"type": "doc", "version": 1, "content": content}).to_string()).unwrap()
}

fn text(words: &str) -> Value {
    json!({"type": "text", "text": words})
}

fn marked(words: &str, marks: &[&str]) -> Value {
    let marks: Vec<Value> = marks.iter().map(|mark| json!({"type": mark})).collect();
    json!({"type": "text", "text": words, "marks": marks})
}

fn node(kind: &str, content: &[Value]) -> Value {
    json!({"type": kind, "content": content})
}

fn paragraph(words: &str) -> Value {
    node("paragraph", &[text(words)])
}

fn with(mut node: Value, name: &str, value: &Value) -> Value {
    node["attrs"][name] = value.clone();
    node
}

fn items(kind: &str, words: &[&str]) -> Vec<Value> {
    words.iter().map(|words| node(kind, &[paragraph(words)])).collect()
}

/// Every node type of Atlassian's schema (version 1, full), with the attribute that shows if it holds no content.
const NODES: [(&str, Option<&str>); 46] = [
    ("blockCard", Some("url")),
    ("blockTaskItem", None),
    ("blockquote", None),
    ("bodiedExtension", None),
    ("bodiedSyncBlock", None),
    ("bulletList", None),
    ("caption", None),
    ("codeBlock", None),
    ("date", Some("timestamp")),
    ("decisionItem", None),
    ("decisionList", None),
    ("doc", None),
    ("embedCard", Some("url")),
    ("emoji", Some("shortName")),
    ("emoji", Some("text")),
    ("expand", None),
    ("expand", Some("title")),
    ("extension", Some("text")),
    ("extension", Some("extensionKey")),
    ("extensionFrame", None),
    ("heading", None),
    ("inlineCard", Some("url")),
    ("inlineExtension", Some("text")),
    ("layoutColumn", None),
    ("layoutSection", None),
    ("listItem", None),
    ("media", Some("alt")),
    ("media", Some("id")),
    ("media", Some("url")),
    ("mediaGroup", None),
    ("mediaInline", Some("alt")),
    ("mediaSingle", None),
    ("mention", Some("text")),
    ("mention", Some("id")),
    ("multiBodiedExtension", None),
    ("nestedExpand", None),
    ("orderedList", None),
    ("panel", None),
    ("paragraph", None),
    ("placeholder", Some("text")),
    ("status", Some("text")),
    ("syncBlock", Some("resourceId")),
    ("table", None),
    ("taskItem", None),
    ("taskList", None),
    ("nodeOfTomorrow", None),
];

#[test]
fn every_node_type_keeps_its_words_wherever_it_stands() {
    let parents = [
        "doc",
        "paragraph",
        "listItem",
        "tableCell",
        "panel",
        "heading",
        "taskItem",
        "expand",
        "nodeOfTomorrow",
    ];
    for (kind, attribute) in NODES {
        let subjects = match attribute {
            Some(name) => vec![json!({"type": kind, "attrs": {name: "kestrel"}})],
            None => vec![node(kind, &[text("kestrel")]), node(kind, &[paragraph("kestrel")])],
        };
        for subject in subjects {
            for parent in parents {
                let out =
                    rendered(&json!([node(parent, &[text("before"), subject.clone(), paragraph("after")])]));
                for word in ["before", "kestrel", "after"] {
                    assert!(out.contains(word), "{word} of {subject} in {parent}: {out}");
                }
            }
        }
    }
    for cell in ["tableHeader", "tableCell"] {
        let table = node("table", &[node("tableRow", &[node(cell, &[paragraph("kestrel")])])]);
        assert!(rendered(&json!([table])).contains("| kestrel |"), "{cell}");
    }
    assert!(rendered(&json!([{"type": "rule"}, paragraph("x")])).starts_with("---\n\nx"));
}

#[test]
fn every_mark_keeps_its_words() {
    for mark in [
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
        "markOfTomorrow",
    ] {
        let out =
            rendered(&json!([node("paragraph", &[text("a "), marked("kestrel", &[mark]), text(" b")])]));
        assert!(out.contains("kestrel"), "{mark}: {out}");
    }
}

fn assert_all(cases: Vec<(Value, &str)>) {
    for (content, expected) in cases {
        assert_eq!(rendered(&content), expected, "{content}");
    }
}

#[test]
fn blocks_read_as_people_write_them() {
    let nested =
        node("listItem", &[paragraph("five"), node("bulletList", &items("listItem", &["deep", "down"]))]);
    let task = |state: &str, words: &str| with(node("taskItem", &[text(words)]), "state", &json!(state));
    assert_all(vec![
        (json!([paragraph("a"), paragraph(""), node("paragraph", &[]), paragraph("b")]), "a\n\nb"),
        (json!([with(node("heading", &[text("Steps")]), "level", &json!(3))]), "### Steps"),
        (
            json!([with(
                node("orderedList", &[node("listItem", &[paragraph("four")]), nested]),
                "order",
                &json!(4)
            )]),
            "4. four\n5. five\n   - deep\n   - down",
        ),
        (
            json!([node(
                "taskList",
                &[task("DONE", "a"), task("TODO", "b"), node("taskList", &[task("TODO", "c")])]
            )]),
            "- [x] a\n- [ ] b\n  - [ ] c",
        ),
        (json!([node("decisionList", &[node("decisionItem", &[text("keep")])])]), "- Decision: keep"),
        (json!([node("blockquote", &[paragraph("a"), paragraph("b")]), paragraph("c")]), "> a\n>\n> b\n\nc"),
        (
            json!([with(
                node("panel", &[paragraph("hot"), node("bulletList", &items("listItem", &["x"]))]),
                "panelType",
                &json!("warning")
            )]),
            "> **Warning**\n>\n> hot\n>\n> - x",
        ),
        (
            json!([with(node("codeBlock", &[text("let a = \"```\";\n\nb")]), "language", &json!("rust"))]),
            "````rust\nlet a = \"```\";\n\nb\n````",
        ),
        (
            json!([node(
                "bulletList",
                &[node("listItem", &[paragraph("a"), node("codeBlock", &[text("x\ny")])])]
            )]),
            "- a\n\n  ```\n  x\n  y\n  ```",
        ),
        (
            json!([with(node("expand", &[paragraph("inside")]), "title", &json!("Logs"))]),
            "**Logs**\n\ninside",
        ),
        (
            json!([node(
                "mediaSingle",
                &[
                    json!({"type": "media", "attrs": {"id": "6e", "alt": "screen"}}),
                    node("caption", &[text("how")])
                ]
            )]),
            "[media: screen]\n\nhow",
        ),
        (json!([paragraph("a\n---\n# b\n```")]), "a\n\\---\n\\# b\n\\```"),
    ]);
}

#[test]
fn lines_read_as_people_write_them() {
    let in_line = |content: &[Value]| json!([node("paragraph", content)]);
    let link = |words: &str, href: &str| json!({"type": "text", "text": words, "marks": [{"type": "link", "attrs": {"href": href}}]});
    assert_all(vec![
        (in_line(&[text("a"), json!({"type": "hardBreak"}), text("b")]), "a  \nb"),
        (in_line(&[marked("Ti", &["strong"]), marked("tan", &["strong", "em"]), text(" x")]), "**Titan** x"),
        (in_line(&[marked("Ti", &["strong"]), text("tanium snake_case")]), "Titanium snake_case"),
        (in_line(&[text("a "), marked(" bold ", &["strong"]), text("b")]), "a  **bold** b"),
        (
            in_line(&[marked("a`b", &["code"]), text(" "), marked("c", &["code", "strike"])]),
            "``a`b`` ~~`c`~~",
        ),
        (
            in_line(&[
                text("10"),
                json!({"type": "text", "text": "6", "marks": [{"type": "subsup", "attrs": {"type": "sup"}}]}),
            ]),
            "10^6",
        ),
        (in_line(&[link("see", "https://x.example/a")]), "[see](https://x.example/a)"),
        (in_line(&[link("https://x.example/a", "https://x.example/a")]), "https://x.example/a"),
        (in_line(&[link("m@x.example", "mailto:m@x.example")]), "m@x.example"),
        (in_line(&[link("see", "https://x.example/a b(c)")]), "[see](<https://x.example/a b(c)>)"),
        (
            in_line(&[json!({"type": "mention", "attrs": {"id": "5b", "text": "@Mara"}}), text(" hi")]),
            "@Mara hi",
        ),
        (in_line(&[json!({"type": "mention", "attrs": {"id": "5b"}})]), "@5b"),
        (
            in_line(&[
                text("see"),
                json!({"type": "inlineCard", "attrs": {"url": "https://x.example/s"}}),
                text("now."),
            ]),
            "see https://x.example/s now.",
        ),
        (in_line(&[json!({"type": "date", "attrs": {"timestamp": "1790000000000"}})]), "2026-09-21"),
        (in_line(&[json!({"type": "date", "attrs": {"timestamp": 1_790_000_000_000_u64}})]), "2026-09-21"),
        (in_line(&[json!({"type": "date", "attrs": {"timestamp": "soon"}})]), "soon"),
        (
            in_line(&[
                json!({"type": "status", "attrs": {"text": "BLOCKED"}}),
                json!({"type": "emoji", "attrs": {"shortName": ":ship:", "text": "🚢"}}),
            ]),
            "[BLOCKED]🚢",
        ),
        (
            in_line(&[
                json!({"type": "inlineCard", "attrs": {"data": {"name": "Spec", "url": "https://x.example/s"}}}),
            ]),
            "Spec https://x.example/s",
        ),
        (
            json!([{"type": "blockCard", "attrs": {"datasource": {"id": "d", "parameters": {"jql": "project = HARB"}}}}]),
            "project = HARB",
        ),
        (
            json!([{"type": "media", "attrs": {"type": "external", "url": "https://x.example/p.png"}}]),
            "![](https://x.example/p.png)",
        ),
    ]);
}

#[test]
fn tables_are_pipe_tables() {
    let cell = |words: &str| node("tableCell", &[paragraph(words)]);
    let head = |words: &str| node("tableHeader", &[paragraph(words)]);
    let row = |cells: &[Value]| node("tableRow", cells);
    let wide = with(cell("wide"), "colspan", &json!(2));
    let high = with(cell("high"), "rowspan", &json!(2));
    let blocks = node(
        "tableCell",
        &[
            paragraph("1"),
            node("bulletList", &items("listItem", &["x", "y"])),
            node("codeBlock", &[text("a\nb")]),
        ],
    );
    assert_all(vec![
        (
            json!([node("table", &[row(&[head("a|b"), head("c")]), row(&[cell("1")])])]),
            "| a\\|b | c |\n| --- | --- |\n| 1 |  |",
        ),
        (json!([node("table", &[row(&[cell("1"), cell("2")])])]), "|  |  |\n| --- | --- |\n| 1 | 2 |"),
        (
            json!([node(
                "table",
                &[row(&[head("a"), head("b")]), row(&[wide]), row(&[high, cell("x")]), row(&[cell("y")])]
            )]),
            "| a | b |\n| --- | --- |\n| wide |  |\n| high | x |\n|  | y |",
        ),
        (
            json!([node("table", &[row(&[head("a")]), row(&[blocks])])]),
            "| a |\n| --- |\n| 1<br>- x<br>- y<br>`a`<br>`b` |",
        ),
    ]);
    let endless = with(cell("z"), "colspan", &json!(4_000_000_000_u64));
    assert!(rendered(&json!([node("table", &[row(&[endless])])])).len() < 1000);
}

#[test]
fn what_is_no_document_keeps_its_words_or_is_nothing() {
    for (json, expected) in [
        ("null", ""),
        ("true", ""),
        ("\" plain [~accountid:5b] {{code}}\\n\"", "plain [~accountid:5b] {{code}}"),
        (r#"["a",{"type":"text","text":"b"}]"#, "ab"),
        (r#"{"type":"doc","content":{"type":"paragraph","content":"a"}}"#, "a"),
        (
            r#"{"type":7,"content":[{"type":"paragraph","attrs":[],"marks":{},"content":[{"type":"text","text":null},"b"]}]}"#,
            "b",
        ),
        (
            r#"{"type":"doc","content":[{"type":"heading","attrs":{"level":"x"},"content":[{"type":"text","text":"h"}]}]}"#,
            "# h",
        ),
    ] {
        assert_eq!(markdown(json).unwrap(), expected, "{json}");
    }
    for depth in [200, 100_000] {
        assert!(markdown(&format!("{}{}", r#"{"content":["#.repeat(depth), "]}".repeat(depth))).is_err());
    }
    assert!(
        markdown(&format!("{}{}", r#"{"type":"bulletList","content":["#.repeat(60), "]}".repeat(60))).is_ok()
    );
}

fn any_node() -> impl Strategy<Value = Value> {
    let kinds: Vec<&str> = NODES
        .iter()
        .filter(|(_, attribute)| attribute.is_none())
        .map(|(kind, _)| *kind)
        .chain(["tableRow", "tableCell", "tableHeader"])
        .collect();
    let marks = prop::sample::subsequence(vec!["strong", "em", "strike", "underline", "code"], 0..3);
    let leaf = ("[a-z]{3,9}", marks).prop_map(|(word, marks)| marked(&format!(" {word} "), &marks));
    leaf.prop_recursive(7, 60, 5, move |inner| {
        (prop::sample::select(kinds.clone()), prop::collection::vec(inner, 0..5))
            .prop_map(|(kind, content)| node(kind, &content))
    })
}

fn leaves(value: &Value, out: &mut Vec<String>) {
    out.extend(value["text"].as_str().map(|text| text.trim().to_owned()));
    value["content"].as_array().into_iter().flatten().for_each(|child| leaves(child, out));
}

proptest! {
    #[test]
    fn no_tree_loses_a_word(content in prop::collection::vec(any_node(), 0..6)) {
        let content = Value::Array(content);
        let out = rendered(&content);
        let mut words = Vec::new();
        leaves(&json!({"content": content}), &mut words);
        for word in words {
            prop_assert!(out.contains(&word), "{word} is lost in {out}");
        }
    }

    #[test]
    fn no_json_makes_it_panic(json in r#"[\[\]{}":,a-z0-9\\ ]{0,60}"#) {
        let _ = markdown(&json);
        let _ = markdown(&format!(r#"{{"type":"doc","content":[{{"type":"table","attrs":{json},"content":{json}}}]}}"#));
    }
}
