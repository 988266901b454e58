//! What stands on lines of its own: paragraphs, headings, lists, quotations, panels, code.

use super::inline::{self, is_inline};
use super::lines::guarded;
use super::node::Node;
use super::out::{Gap, Out};
use super::table;

/// Writes a block and what is in it.
pub(super) fn block(out: &mut Out, node: &Node<'_>) {
    match &*node.kind {
        "paragraph" | "caption" => paragraph(out, &node.content),
        "heading" => heading(out, node),
        "bulletList" | "orderedList" | "taskList" | "decisionList" => list(out, node),
        "listItem" | "taskItem" | "blockTaskItem" | "decisionItem" => item(out, node, &marker(node, "- ")),
        "blockquote" => out.within("> ", "> ", |out| blocks(out, &node.content)),
        "panel" => panel(out, node),
        "codeBlock" => code(out, node),
        "rule" => out.block("---"),
        "table" => table::table(out, node),
        "expand" | "nestedExpand" => {
            if let Some(title) = node.attr("title") {
                out.block(&format!("**{}**", title.trim()));
            }
            blocks(out, &node.content);
        }
        "media" | "image" => out.block(&inline::media(node)),
        "extension" | "syncBlock" => {
            let words = inline::own_words(node);
            out.block(&words.map(|words| format!("[{words}]")).unwrap_or_default());
            blocks(out, &node.content);
        }
        _ if is_inline(node) => paragraph(out, std::slice::from_ref(node)),
        _ => unknown(out, node),
    }
}

/// Writes blocks; inline nodes that stand among them make a paragraph together.
pub(super) fn blocks(out: &mut Out, nodes: &[Node<'_>]) {
    let mut rest = nodes;
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|node| is_inline(node)).count();
        if run == 0 {
            block(out, first);
        } else {
            line(out, &rest[..run]);
        }
        rest = &rest[run.max(1)..];
    }
}

/// `doc`, layouts, groups of media, extensions with bodies, and whatever there will be: its words, then its content.
fn unknown(out: &mut Out, node: &Node<'_>) {
    let is_container = matches!(
        &*node.kind,
        "doc" | "layoutSection" | "layoutColumn" | "mediaGroup" | "mediaSingle" | "bodiedSyncBlock"
    );
    if !is_container {
        out.block(&guarded(&inline::own_words(node).unwrap_or_default()));
        out.block(&guarded(&node.text));
    }
    blocks(out, &node.content);
}

fn paragraph(out: &mut Out, nodes: &[Node<'_>]) {
    if nodes.iter().all(|node| is_inline(node) || !is_block(node)) {
        line(out, nodes);
    } else {
        blocks(out, nodes);
    }
}

fn line(out: &mut Out, nodes: &[Node<'_>]) {
    let text = inline::markdown(nodes);
    out.block(&guarded(text.trim_end()));
}

/// Kinds that cannot be written within a line.
fn is_block(node: &Node<'_>) -> bool {
    matches!(
        &*node.kind,
        "paragraph"
            | "heading"
            | "bulletList"
            | "orderedList"
            | "taskList"
            | "decisionList"
            | "listItem"
            | "taskItem"
            | "blockTaskItem"
            | "decisionItem"
            | "blockquote"
            | "panel"
            | "codeBlock"
            | "rule"
            | "table"
            | "expand"
            | "nestedExpand"
            | "mediaSingle"
            | "mediaGroup"
            | "layoutSection"
            | "bodiedExtension"
    )
}

fn heading(out: &mut Out, node: &Node<'_>) {
    let level = usize::try_from(node.number("level").unwrap_or(1).clamp(1, 6)).unwrap_or(1);
    let words: Vec<String> = inline::markdown(&node.content).split_whitespace().map(str::to_owned).collect();
    if !words.is_empty() {
        out.block(&format!("{} {}", "#".repeat(level), words.join(" ")));
    }
}

fn list(out: &mut Out, node: &Node<'_>) {
    let mut number = node.number("order").unwrap_or(1);
    for child in &node.content {
        if is_list(child) {
            // A list among the items belongs to the item before it.
            out.close_up();
            out.within("  ", "  ", |out| block(out, child));
        } else if node.kind == "orderedList" {
            item(out, child, &format!("{number}. "));
            number = number.saturating_add(1);
        } else {
            item(out, child, &marker(child, "- "));
        }
        out.gap(Gap::Line);
    }
    out.gap(Gap::Blank);
}

fn is_list(node: &Node<'_>) -> bool {
    matches!(&*node.kind, "bulletList" | "orderedList" | "taskList" | "decisionList")
}

fn marker(node: &Node<'_>, usual: &str) -> String {
    match &*node.kind {
        "taskItem" | "blockTaskItem" if node.attr("state").as_deref() == Some("DONE") => "- [x] ".to_owned(),
        "taskItem" | "blockTaskItem" => "- [ ] ".to_owned(),
        "decisionItem" => "- Decision: ".to_owned(),
        _ => usual.to_owned(),
    }
}

fn item(out: &mut Out, node: &Node<'_>, marker: &str) {
    let indent = if marker.starts_with('-') { "  ".to_owned() } else { " ".repeat(marker.len()) };
    out.within(marker, &indent, |out| {
        let is_item = matches!(&*node.kind, "listItem" | "taskItem" | "blockTaskItem" | "decisionItem");
        let children = if is_item { node.content.as_slice() } else { std::slice::from_ref(node) };
        let mut rest = children;
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|node| is_inline(node)).count().max(1);
            if is_list(first) {
                out.close_up();
            }
            blocks(out, &rest[..run]);
            rest = &rest[run..];
        }
    });
}

fn panel(out: &mut Out, node: &Node<'_>) {
    let kind = node.attr("panelIconText").or_else(|| node.attr("panelType")).unwrap_or("panel".into());
    let mut letters = kind.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    out.within("> ", "> ", |out| {
        out.block(&format!("**{name}**"));
        blocks(out, &node.content);
    });
}

fn code(out: &mut Out, node: &Node<'_>) {
    let mut text = String::new();
    for child in &node.content {
        if child.kind == "text" {
            text.push_str(&child.text);
        } else {
            text.push_str(&inline::markdown(std::slice::from_ref(child)));
        }
    }
    if out.in_cell {
        let mut lines = String::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            inline::code(line, &mut lines);
            lines.push('\n');
        }
        return out.block(&lines);
    }
    if text.trim().is_empty() {
        return;
    }
    let fence = "`".repeat(inline::longest_run(&text).max(2) + 1);
    let language = node.attr("language").unwrap_or_default();
    let language = language.split(['\n', '`']).next().unwrap_or_default();
    out.block(&format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n')));
}
