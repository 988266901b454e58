//! The kinds of nodes that Atlassian's schema lists: whatever is none of them is kept by its words alone, and that is said.

use std::collections::BTreeSet;

use super::node::Node;

/// So many unknown kinds are named, and so many characters of each.
const MOST: usize = 8;
const LONGEST: usize = 60;

/// Kinds in this tree that nobody knows.
pub(super) fn unknown(tree: &Node<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(tree, &mut found);
    found
}

fn collect(node: &Node<'_>, found: &mut BTreeSet<String>) {
    if !is_known(&node.kind) && found.len() < MOST {
        found.insert(node.kind.chars().filter(|c| !c.is_control()).take(LONGEST).collect());
    }
    for child in &node.content {
        collect(child, found);
    }
}

/// A list of nodes, and a number where a node should be, have no kind.
fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "" | "blockCard"
            | "blockTaskItem"
            | "blockquote"
            | "bodiedExtension"
            | "bodiedSyncBlock"
            | "bulletList"
            | "caption"
            | "codeBlock"
            | "date"
            | "decisionItem"
            | "decisionList"
            | "doc"
            | "embedCard"
            | "emoji"
            | "expand"
            | "extension"
            | "extensionFrame"
            | "hardBreak"
            | "heading"
            | "image"
            | "inlineCard"
            | "inlineExtension"
            | "layoutColumn"
            | "layoutSection"
            | "listItem"
            | "media"
            | "mediaGroup"
            | "mediaInline"
            | "mediaSingle"
            | "mention"
            | "multiBodiedExtension"
            | "nestedExpand"
            | "orderedList"
            | "panel"
            | "paragraph"
            | "placeholder"
            | "rule"
            | "status"
            | "syncBlock"
            | "table"
            | "tableCell"
            | "tableHeader"
            | "tableRow"
            | "taskItem"
            | "taskList"
            | "text"
    )
}
