//! A block to Markdown: every kind that Notion has, and a visible mark where one cannot be shown.

use super::id::Id;
use super::links::{Links, address_like};
use super::text::{lasting, markdown, plain};
use crate::object::Object;

/// How a block looks.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// Before its first line.
    pub(super) lead: String,
    /// Before its further lines.
    pub(super) hang: String,
    pub(super) text: String,
    /// Before all lines of what stands below it.
    pub(super) indent: &'static str,
    /// Whether it stands right under a block of its like.
    pub(super) is_item: bool,
    pub(super) below: Below,
    /// What cannot be shown of it.
    pub(super) gap: Option<String>,
}

/// What stands below a block.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// Its children, if it has some.
    #[default]
    Children,
    /// The rows of a table.
    Rows { has_header: bool },
    /// What stands below this block: a copy shows its original.
    Original(Id),
    /// A page of its own.
    Page,
    /// A database of its own.
    Database,
}

/// Where a block stands among its neighbours.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Among {
    /// The number of the list item before it; none if that was none.
    pub(super) number: Option<u64>,
    /// Its place among its neighbours, from 0.
    pub(super) place: usize,
    /// Set in a table.
    pub(super) table: Option<bool>,
}

/// Draws a block; `page_url` is the address of the page it stands on.
pub(super) fn drawn(
    kind: &str,
    id: Id,
    block: &Object<'_>,
    among: Among,
    page_url: &str,
    links: &mut Links,
) -> Drawn {
    let empty = Object::read("{}");
    let Some(content) = block.object(kind).or(empty) else { return Drawn::default() };
    // The member was called so before the API had versions.
    let member = if content.json("rich_text").is_some() { "rich_text" } else { "text" };
    let mut text = || markdown(&content, member, links);
    match kind {
        "paragraph" | "template" => plainly(guarded(&text())),
        "heading_1" => led("# ", &text()),
        "heading_2" => led("## ", &text()),
        "heading_3" => led("### ", &text()),
        "heading_4" => led("#### ", &text()),
        "bulleted_list_item" => item("- ".to_owned(), text()),
        "numbered_list_item" => {
            let start = content.number("list_start_index").unwrap_or(1);
            item(format!("{}. ", among.number.map_or(start, |before| before + 1)), text())
        }
        "to_do" => {
            let is_checked = content.json("checked") == Some("true");
            item(if is_checked { "- [x] " } else { "- [ ] " }.to_owned(), text())
        }
        "toggle" => Drawn { indent: "  ", ..plainly(bold(&text())) },
        "quote" => quoted(text()),
        "callout" => {
            let icon =
                content.object("icon").and_then(|icon| icon.text("emoji").map(|icon| format!("{icon} ")));
            quoted(format!("{}{}", icon.unwrap_or_default(), text()))
        }
        "code" => plainly(code(&content, member, links)),
        "equation" => plainly(format!("$${}$$", content.text("expression").unwrap_or_default())),
        "divider" => plainly("---".to_owned()),
        "table" => {
            let has_header = content.json("has_column_header") == Some("true");
            Drawn { below: Below::Rows { has_header }, ..Drawn::default() }
        }
        "table_row" => row(&content, among, links),
        "image" | "video" | "audio" | "pdf" | "file" => plainly(file(kind, &content, links)),
        "bookmark" | "embed" | "link_preview" => plainly(bookmark(&content, links)),
        "child_page" => linked(&content, id, Below::Page, page_url, links),
        "child_database" => linked(&content, id, Below::Database, page_url, links),
        "link_to_page" => link_to_page(&content, page_url, links),
        "synced_block" => {
            let original = content.object("synced_from").and_then(|from| Id::read(&from.text("block_id")?));
            Drawn { below: original.map_or(Below::Children, Below::Original), ..Drawn::default() }
        }
        "meeting_notes" | "transcription" => {
            let title = markdown(&content, "title", links);
            plainly(bold(&format!("Meeting notes: {title}")))
        }
        "column_list" | "column" | "tab" | "breadcrumb" | "table_of_contents" => Drawn::default(),
        "unsupported" => {
            let kind = content.text("block_type").unwrap_or("block".into());
            let gap = format!("a block of the kind `{kind}` is not shown by Notion's API");
            Drawn { gap: Some(gap), ..plainly(format!("[not shown by Notion: {kind}]")) }
        }
        other => {
            let words = text();
            let gap = format!("a block of the kind `{other}` is not known to this release");
            let space = if words.is_empty() { "" } else { " " };
            Drawn { gap: Some(gap), ..plainly(format!("[not known to Daybook: {other}]{space}{words}")) }
        }
    }
}

fn plainly(text: String) -> Drawn {
    Drawn { text, ..Drawn::default() }
}

/// Plain words that would be taken for a fence, a heading or a ruler: the first would swallow all that follows.
fn guarded(text: &str) -> String {
    let is_structure = |line: &str| {
        let line = line.trim();
        let is_heading = line.trim_start_matches('#').starts_with(' ') && line.starts_with('#');
        let is_ruler =
            line.len() > 2 && ["-", "=", "*", "_"].iter().any(|sign| line.replace(sign, "").is_empty());
        line.starts_with("```") || line.starts_with("~~~") || is_heading || is_ruler
    };
    let lines =
        text.split('\n').map(|line| if is_structure(line) { format!("\\{line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

fn led(lead: &str, text: &str) -> Drawn {
    Drawn { lead: lead.to_owned(), text: text.replace('\n', " "), ..Drawn::default() }
}

fn item(lead: String, text: String) -> Drawn {
    let indent = if lead.starts_with('-') { "  " } else { "   " };
    Drawn { lead, hang: indent.to_owned(), text, indent, is_item: true, ..Drawn::default() }
}

fn quoted(text: String) -> Drawn {
    Drawn { lead: "> ".to_owned(), hang: "> ".to_owned(), indent: "> ", text, ..Drawn::default() }
}

fn bold(text: &str) -> String {
    if text.is_empty() || text.contains("**") { text.to_owned() } else { format!("**{text}**") }
}

fn code(content: &Object<'_>, member: &str, links: &mut Links) -> String {
    let elements = content.elements(member);
    let objects = elements.iter().filter_map(|element| Object::read(element.get()));
    let code: String =
        objects.filter_map(|element| element.text("plain_text").map(std::borrow::Cow::into_owned)).collect();
    let language = content.text("language").filter(|language| language != "plain text").unwrap_or_default();
    let mut fence = "```".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    let caption = markdown(content, "caption", links);
    let space = if caption.is_empty() { "" } else { "\n\n" };
    format!("{fence}{language}\n{code}\n{fence}{space}{caption}")
}

/// A row's cells. Markdown has no table without a head: one that is empty stands in for it.
fn row(content: &Object<'_>, among: Among, links: &mut Links) -> Drawn {
    let cells: Vec<String> = content
        .elements("cells")
        .iter()
        .map(|cell| {
            let elements: Vec<&serde_json::value::RawValue> =
                serde_json::from_str(cell.get()).unwrap_or_default();
            let text = super::text::elements(&elements, links);
            text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule = format!("|{}", " --- |".repeat(cells.len()));
    let text = match (among.place, among.table) {
        (0, Some(true)) => format!("{}\n{rule}", line(&cells)),
        (0, _) => format!("{}\n{rule}\n{}", line(&vec![String::new(); cells.len()]), line(&cells)),
        _ => line(&cells),
    };
    Drawn { text, is_item: true, ..Drawn::default() }
}

/// A file by its caption or name. Its own address holds for an hour, and is left out.
fn file(kind: &str, content: &Object<'_>, links: &mut Links) -> String {
    let caption = markdown(content, "caption", links);
    let name = content.text("name").unwrap_or_default();
    let said = if caption.is_empty() { name.as_ref() } else { &caption };
    let outside = content.object("external").and_then(|file| lasting(&file.text("url")?));
    match (outside, said.is_empty()) {
        (Some(address), _) => format!("![{said}]({address})"),
        (None, true) => format!("[{kind}]"),
        (None, false) => format!("[{kind}: {said}]"),
    }
}

fn bookmark(content: &Object<'_>, links: &mut Links) -> String {
    let caption = markdown(content, "caption", links);
    match (content.text("url").and_then(|url| lasting(&url)), caption.is_empty()) {
        (Some(url), true) => format!("<{url}>"),
        (Some(url), false) => format!("[{caption}]({url})"),
        (None, _) => caption,
    }
}

fn linked(content: &Object<'_>, id: Id, below: Below, page_url: &str, links: &mut Links) -> Drawn {
    links.add(if below == Below::Page { "child page" } else { "child database" }, id);
    let title = content.text("title").filter(|title| !title.trim().is_empty()).unwrap_or("Untitled".into());
    Drawn { below, ..plainly(format!("[{title}]({})", address_like(page_url, id))) }
}

fn link_to_page(content: &Object<'_>, page_url: &str, links: &mut Links) -> Drawn {
    let kinds = [("page_id", "page"), ("database_id", "database"), ("data_source_id", "data source")];
    let target = kinds.iter().find_map(|(member, word)| Some((Id::read(&content.text(member)?)?, *word)));
    let Some((to, word)) = target else { return plainly("[link]".to_owned()) };
    links.add("links to", to);
    plainly(format!("[{word}]({})", address_like(page_url, to)))
}

/// A title: the words alone, or that there are none.
pub(super) fn title(holder: &Object<'_>, member: &str) -> String {
    let title = plain(holder, member);
    if title.is_empty() { "Untitled".to_owned() } else { title }
}
