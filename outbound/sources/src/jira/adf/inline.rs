//! What stands inside a line: text with its marks, mentions, dates, statuses, cards, media.

use chrono::DateTime;

use super::Node;

/// Whether a node stands inside a line.
pub(super) fn is_inline(node: &Node) -> bool {
    matches!(
        node.kind.as_str(),
        "text"
            | "hardBreak"
            | "mention"
            | "emoji"
            | "date"
            | "status"
            | "inlineCard"
            | "mediaInline"
            | "placeholder"
            | "inlineExtension"
    )
}

/// Writes nodes one after the other; a block among them comes with its words only.
pub(super) fn write_all(nodes: &[Node], out: &mut String) {
    for node in nodes {
        write(node, out);
    }
}

pub(super) fn write(node: &Node, out: &mut String) {
    match node.kind.as_str() {
        "text" => text(node, out),
        "hardBreak" => out.push('\n'),
        "mention" => {
            let name = node.attr("text").or_else(|| node.attr("id")).unwrap_or("somebody");
            if !name.starts_with('@') {
                out.push('@');
            }
            out.push_str(name);
        }
        "date" => out.push_str(&date(node)),
        "status" => {
            out.push('[');
            out.push_str(node.attr("text").unwrap_or_default());
            out.push(']');
        }
        "emoji" => out.push_str(node.attr("text").or_else(|| node.attr("shortName")).unwrap_or_default()),
        "media" | "mediaInline" | "image" => media(node, out),
        _ => {
            out.push_str(&own_words(node));
            if let Some(text) = &node.text {
                out.push_str(text);
            }
            for (place, child) in node.content.iter().enumerate() {
                if place > 0 && !is_inline(child) {
                    out.push(' ');
                }
                write(child, out);
            }
        }
    }
}

/// The words that a node carries in its attributes: what a card, an extension or an unknown node shows.
pub(super) fn own_words(node: &Node) -> String {
    let mut words: Vec<&str> = ["title", "text", "url", "name", "alt", "label", "extensionKey", "resourceId"]
        .iter()
        .filter_map(|name| node.attr(name))
        .collect();
    let data = node.attrs.as_ref().and_then(|attrs| attrs.get("data"));
    words.extend(["name", "url", "summary"].iter().filter_map(|name| data?.get(name)?.as_str()));
    words.join(" ")
}

pub(super) fn media(node: &Node, out: &mut String) {
    let name = node.attr("alt").unwrap_or("attachment");
    let place = node.attr("url").or_else(|| node.attr("id")).unwrap_or_default();
    out.push_str(&format!("![{name}]({place})"));
}

fn date(node: &Node) -> String {
    let stamp = node
        .attr("timestamp")
        .map(str::to_owned)
        .or_else(|| node.number("timestamp").map(|ms| ms.to_string()));
    let Some(stamp) = stamp else { return "(no date)".to_owned() };
    let moment = stamp.parse().ok().and_then(DateTime::from_timestamp_millis);
    moment.map_or(stamp, |moment| moment.format("%Y-%m-%d").to_string())
}

/// Text within its marks. Marks go around the words, not around the blanks beside them, or they would not be marks.
fn text(node: &Node, out: &mut String) {
    let text = node.text.as_deref().unwrap_or_default();
    let core = text.trim();
    if core.is_empty() || node.marks.is_empty() {
        out.push_str(text);
        return;
    }
    let start = text.len() - text.trim_start().len();
    let mut words = core.to_owned();
    // A link holds the other marks, whatever their order.
    for mark in node.marks.iter().filter(|mark| mark.kind != "link") {
        words = match mark.kind.as_str() {
            "code" => format!("`{words}`"),
            "strong" => format!("**{words}**"),
            "em" => format!("*{words}*"),
            "strike" => format!("~~{words}~~"),
            _ => words,
        };
    }
    let href = node
        .marks
        .iter()
        .find(|mark| mark.kind == "link")
        .and_then(|mark| mark.attrs.as_ref()?.get("href")?.as_str());
    if let Some(href) = href.filter(|href| *href != core) {
        words = format!("[{words}]({href})");
    }
    out.push_str(&text[..start]);
    out.push_str(&words);
    out.push_str(&text[start + core.len()..]);
}
