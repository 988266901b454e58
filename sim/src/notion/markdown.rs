//! `pages/{id}/markdown`: the whole page in one answer, apart from what Markdown cannot say.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Said};
use super::id::canonical;
use super::page::{Node, words};
use super::pages::readable;
use super::space::Space;

/// Letters after which a page is cut off.
const LONGEST: usize = 200_000;

/// What is written, and what could not be.
#[derive(Debug, Default)]
struct Writing {
    text: String,
    unknown: Vec<String>,
    /// Transcripts are long: they come to whoever asks for them.
    transcripts: bool,
}

pub(super) fn page(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let page = readable(ask, &space, &id)?;
    let transcripts = ask.parameter("include_transcript") == Some("true");
    let mut writing = Writing { transcripts, ..Writing::default() };
    writing.list(&space, &space.body(page).nodes, 0, ask.limited);
    let truncated = writing.text.len() > LONGEST;
    let text: String = writing.text.chars().take(LONGEST).collect();
    let body = json!({
        "object": "page_markdown", "id": id, "markdown": text.trim_end(), "truncated": truncated,
        "unknown_block_ids": writing.unknown,
    });
    Ok(Said { body, rows: 1 })
}

impl Writing {
    fn list(&mut self, space: &Space, nodes: &[Node], depth: usize, limited: bool) {
        let mut number = 0;
        for node in nodes {
            number = if node.kind() == "numbered_list_item" { number + 1 } else { 0 };
            self.node(space, node, depth, number, limited);
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn node(&mut self, space: &Space, node: &Node, depth: usize, number: usize, limited: bool) {
        let (kind, content) = (node.kind(), &node.json[node.kind()]);
        // Some kinds only hold what is below them.
        let holds = matches!(kind, "table" | "column_list" | "column" | "synced_block");
        if !holds && !matches!(kind, "breadcrumb" | "table_of_contents" | "link_to_page" | "tab") {
            let Some(line) = line(node, kind, content, number) else {
                self.unknown.push(node.id.clone());
                return;
            };
            self.line(depth, &line);
        }
        if node.is_record() {
            return;
        }
        if kind == "meeting_notes" && !self.transcripts {
            let transcript = content["children"]["transcript_block_id"].as_str();
            let rest: Vec<Node> =
                node.below.iter().filter(|part| Some(part.id.as_str()) != transcript).cloned().collect();
            return self.list(space, &rest, depth + 1, limited);
        }
        let deeper = if holds { depth } else { depth + 1 };
        match node.original() {
            Some(original) if original != node.id => {
                let original = space.block(&original, limited);
                self.list(space, &original.map(|node| node.below).unwrap_or_default(), deeper, limited);
            }
            _ => self.list(space, &node.below, deeper, limited),
        }
    }
}

/// What a block says itself; `None`: Markdown has no words for it.
fn line(node: &Node, kind: &str, content: &Value, number: usize) -> Option<String> {
    let said = rich(&content["rich_text"]);
    let text = |name: &str| content[name].as_str().unwrap_or_default();
    Some(match kind {
        "paragraph" | "toggle" => said,
        "heading_1" | "heading_2" | "heading_3" | "heading_4" => {
            let level = kind.bytes().last().map_or(1, |digit| usize::from(digit - b'0'));
            format!("{} {said}", "#".repeat(level))
        }
        "bulleted_list_item" => format!("- {said}"),
        "numbered_list_item" => format!("{number}. {said}"),
        "to_do" => format!("- [{}] {said}", if content["checked"] == true { 'x' } else { ' ' }),
        "quote" => format!("> {said}"),
        "callout" => format!("> {} {said}", content["icon"]["emoji"].as_str().unwrap_or_default()),
        "code" => {
            let language = text("language").replace("plain text", "");
            format!("```{language}\n{}\n```", words(&content["rich_text"]))
        }
        "equation" => format!("$${}$$", text("expression")),
        "divider" => "---".to_owned(),
        "meeting_notes" => format!("**{}**", words(&content["title"])),
        "table_row" => {
            let cells = content["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
            format!("| {} |", cells.iter().map(rich).collect::<Vec<_>>().join(" | "))
        }
        "child_page" | "child_database" => {
            format!("[{}](https://app.notion.com/p/{})", text("title"), node.id.replace('-', ""))
        }
        "bookmark" | "embed" | "link_preview" => {
            format!("[{}]({})", words(&content["caption"]), text("url"))
        }
        "image" | "video" | "audio" | "pdf" | "file" => format!("![{}]()", words(&content["caption"])),
        _ => return None,
    })
}

/// A line with its marks.
fn rich(line: &Value) -> String {
    let items = line.as_array().map(Vec::as_slice).unwrap_or_default();
    let item = |item: &Value| {
        let mut said = item["plain_text"].as_str().unwrap_or_default().to_owned();
        for (mark, sign) in [("code", "`"), ("bold", "**"), ("italic", "*"), ("strikethrough", "~~")] {
            if item["annotations"][mark] == true {
                said = format!("{sign}{said}{sign}");
            }
        }
        match item["href"].as_str() {
            Some(address) => format!("[{said}]({address})"),
            None => said,
        }
    };
    items.iter().map(item).collect()
}
