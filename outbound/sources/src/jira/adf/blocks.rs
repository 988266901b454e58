//! What stands on lines of its own: paragraphs, headings, lists, tables, code, panels.

use super::Node;
use super::inline::{self, is_inline};

/// Writes a block and what is below it, with an empty line behind it.
pub(super) fn write(node: &Node, out: &mut String) {
    match node.kind.as_str() {
        "paragraph" | "caption" => paragraph(node, out),
        "heading" => {
            let level = node.number("level").unwrap_or(1).clamp(1, 6);
            for _ in 0..level {
                out.push('#');
            }
            out.push(' ');
            out.push_str(&line(node));
            out.push_str("\n\n");
        }
        "bulletList" | "decisionList" => list(node, out, |_| "- ".to_owned()),
        "orderedList" => {
            let first = node.number("order").unwrap_or(1);
            list(node, out, |place| format!("{}. ", first + place));
        }
        "taskList" => list(node, out, |_| "- ".to_owned()),
        "blockquote" => quote(&children(node), out),
        "codeBlock" => code(node, out),
        "panel" => panel(node, out),
        "rule" => out.push_str("---\n\n"),
        "table" => table(node, out),
        "expand" | "nestedExpand" => {
            if let Some(title) = node.attr("title") {
                out.push_str(&format!("**{title}**\n\n"));
            }
            write_all(&node.content, out);
        }
        "media" | "image" => {
            inline::media(node, out);
            out.push_str("\n\n");
        }
        _ if is_inline(node) => {
            inline::write(node, out);
            out.push_str("\n\n");
        }
        _ => {
            let words = inline::own_words(node);
            if !words.is_empty() {
                out.push_str(&words);
                out.push_str("\n\n");
            }
            if let Some(text) = &node.text {
                out.push_str(text);
                out.push_str("\n\n");
            }
            write_all(&node.content, out);
        }
    }
}

/// Writes blocks; inline nodes between them make a paragraph together.
fn write_all(nodes: &[Node], out: &mut String) {
    let mut rest = nodes;
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|node| is_inline(node)).count();
        if run == 0 {
            write(first, out);
            rest = &rest[1..];
        } else {
            inline::write_all(&rest[..run], out);
            out.push_str("\n\n");
            rest = &rest[run..];
        }
    }
}

fn children(node: &Node) -> String {
    let mut inner = String::new();
    write_all(&node.content, &mut inner);
    inner.truncate(inner.trim_end().len());
    inner
}

fn paragraph(node: &Node, out: &mut String) {
    if node.content.iter().all(is_inline) {
        let before = out.len();
        inline::write_all(&node.content, out);
        if out.len() > before {
            out.push_str("\n\n");
        }
    } else {
        write_all(&node.content, out);
    }
}

/// Everything in a node as one line.
fn line(node: &Node) -> String {
    let mut line = String::new();
    inline::write_all(&node.content, &mut line);
    line.replace('\n', " ")
}

fn list(node: &Node, out: &mut String, mark: impl Fn(u64) -> String) {
    let mut place = 0;
    for item in &node.content {
        // A list among the items belongs to the item before it.
        if matches!(item.kind.as_str(), "taskList" | "bulletList" | "orderedList") {
            let mut inner = String::new();
            write(item, &mut inner);
            indent(inner.trim_end(), "  ", "  ", out);
            continue;
        }
        let mark = match item.kind.as_str() {
            "taskItem" | "blockTaskItem" if item.attr("state") == Some("DONE") => "- [x] ".to_owned(),
            "taskItem" | "blockTaskItem" => "- [ ] ".to_owned(),
            "decisionItem" => "- Decision: ".to_owned(),
            _ => mark(place),
        };
        let rest = if mark.starts_with('-') { "  ".to_owned() } else { " ".repeat(mark.len()) };
        let mut inner = String::new();
        if matches!(item.kind.as_str(), "listItem" | "taskItem" | "blockTaskItem" | "decisionItem") {
            inner = children(item);
        } else {
            write(item, &mut inner);
        }
        // Items stand close: one empty line less between an item's text and the list below it.
        let inner = inner.trim_end().replace("\n\n", "\n");
        indent(&inner, &mark, &rest, out);
        place += 1;
    }
    out.push('\n');
}

fn indent(text: &str, first: &str, rest: &str, out: &mut String) {
    for (place, line) in text.split('\n').enumerate() {
        out.push_str(if place == 0 { first } else { rest });
        out.push_str(line);
        out.push('\n');
    }
}

fn quote(text: &str, out: &mut String) {
    for line in text.split('\n') {
        out.push_str(if line.is_empty() { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
}

fn panel(node: &Node, out: &mut String) {
    let kind = node.attr("panelIconText").or_else(|| node.attr("panelType")).unwrap_or("info");
    let mut letters = kind.chars();
    let kind: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    quote(&format!("**{kind}**\n\n{}", children(node)), out);
}

fn code(node: &Node, out: &mut String) {
    let mut text = String::new();
    for child in &node.content {
        match &child.text {
            Some(words) => text.push_str(words),
            None => inline::write(child, &mut text),
        }
    }
    // The fence is longer than any in the code.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&format!("{fence}{}\n{text}\n{fence}\n\n", node.attr("language").unwrap_or_default()));
}

fn table(node: &Node, out: &mut String) {
    let (rows, other): (Vec<&Node>, Vec<&Node>) =
        node.content.iter().partition(|child| child.kind == "tableRow");
    let width = rows.iter().map(|row| row.content.len()).max().unwrap_or(0);
    let mut write_row = |cells: &[Node]| {
        out.push('|');
        for place in 0..width {
            let cell = cells.get(place).map(cell).unwrap_or_default();
            out.push(' ');
            out.push_str(&cell);
            out.push_str(" |");
        }
        out.push('\n');
    };
    for (place, row) in rows.iter().enumerate() {
        let is_header = row.content.iter().all(|cell| cell.kind == "tableHeader");
        if place == 0 && !is_header {
            write_row(&[]);
        }
        if place == 0 && is_header {
            write_row(&row.content);
        }
        if place == 0 {
            let rule: Vec<Node> = (0..width).map(|_| rule_cell()).collect();
            write_row(&rule);
        }
        if place > 0 || !is_header {
            write_row(&row.content);
        }
    }
    out.push('\n');
    for child in other {
        write(child, out);
    }
}

fn rule_cell() -> Node {
    Node {
        kind: "paragraph".to_owned(),
        content: vec![Node { kind: "text".to_owned(), text: Some("---".to_owned()), ..Node::default() }],
        ..Node::default()
    }
}

/// A cell on one line: blocks are parted by `<br>`, pipes escaped.
fn cell(node: &Node) -> String {
    let mut text = String::new();
    if matches!(node.kind.as_str(), "tableCell" | "tableHeader") {
        text = children(node);
    } else {
        write(node, &mut text);
    }
    text.trim().replace('|', "\\|").replace("\n\n", "<br>").replace('\n', "<br>")
}
