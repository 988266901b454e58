//! What stands within a line: text with its marks, mentions, dates, statuses, cards, media.

use std::borrow::Cow;

use chrono::DateTime;

use super::node::{Marks, Node, Sign};
use crate::object::Object;

/// Whether a node stands within a line wherever it is met.
pub(super) fn is_inline(node: &Node<'_>) -> bool {
    matches!(
        &*node.kind,
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

struct Span<'n, 'a> {
    node: &'n Node<'a>,
    marks: Marks,
}

/// From the outermost to the innermost.
#[derive(Clone, Copy)]
enum Layer {
    Link,
    Strong,
    Em,
    Strike,
    Code,
    Leaf,
}

impl Layer {
    fn next(self) -> Self {
        match self {
            Self::Link => Self::Strong,
            Self::Strong => Self::Em,
            Self::Em => Self::Strike,
            Self::Strike => Self::Code,
            Self::Code | Self::Leaf => Self::Leaf,
        }
    }

    /// The sign around what this layer marks; `None`: it does not mark that.
    fn sign(self, marks: &Marks) -> Option<&str> {
        match self {
            Self::Link => marks.link.as_deref(),
            Self::Strong => marks.has(Sign::Strong).then_some("**"),
            Self::Em => marks.has(Sign::Em).then_some("*"),
            Self::Strike => marks.has(Sign::Strike).then_some("~~"),
            Self::Code => marks.has(Sign::Code).then_some("`"),
            Self::Leaf => None,
        }
    }
}

/// Markdown of nodes that stand in one line.
pub(super) fn markdown(nodes: &[Node<'_>]) -> String {
    let spans: Vec<Span<'_, '_>> = nodes.iter().map(|node| Span { node, marks: node.marks() }).collect();
    let mut text = String::new();
    write(&spans, Layer::Link, None, &mut text);
    text
}

/// Neighbours with the same mark share its signs: a word must not fall into pieces for being marked in pieces.
fn write(spans: &[Span<'_, '_>], layer: Layer, after: Option<char>, text: &mut String) {
    if matches!(layer, Layer::Leaf) {
        let mut after_chip = false;
        for span in spans {
            let mut words = String::new();
            leaf(span, &mut words);
            let joins = text.ends_with(char::is_alphanumeric) && words.starts_with(is_wordy);
            let is_chip = is_chip(span.node);
            text.push_str(if joins && (after_chip || is_chip) { " " } else { "" });
            text.push_str(&words);
            after_chip = is_chip;
        }
        return;
    }
    let mut rest = spans;
    while let Some(first) = rest.first() {
        let sign = layer.sign(&first.marks);
        let same = rest.iter().take_while(|span| layer.sign(&span.marks) == sign).count();
        let (group, others) = rest.split_at(same);
        rest = others;
        let after = rest.first().map_or(after, |span| span.node.text.chars().next());
        let Some(sign) = sign else {
            write(group, layer.next(), after, text);
            continue;
        };
        let mut inner = String::new();
        write(group, layer.next(), after, &mut inner);
        wrap(layer, sign, &inner, after, text);
    }
}

/// Signs go around the words and not around the blanks beside them, or they would be no signs.
fn wrap(layer: Layer, sign: &str, inner: &str, after: Option<char>, text: &mut String) {
    let words = inner.trim();
    if words.is_empty() {
        text.push_str(inner);
        if matches!(layer, Layer::Link) {
            text.push_str(sign);
        }
        return;
    }
    let (start, rest) = inner.split_at(inner.len() - inner.trim_start().len());
    let end = &rest[words.len()..];
    let joins = |a: Option<char>, b: Option<char>| {
        a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric)
    };
    let splits_a_word =
        joins(text.chars().next_back(), inner.chars().next()) || joins(inner.chars().next_back(), after);
    text.push_str(start);
    match layer {
        Layer::Link => link(words, sign, text),
        Layer::Code => code(words, text),
        _ if splits_a_word => text.push_str(words),
        _ => {
            text.push_str(sign);
            text.push_str(words);
            text.push_str(sign);
        }
    }
    text.push_str(end);
}

fn bracketed(words: &str, text: &mut String) {
    if !words.is_empty() {
        text.push('[');
        text.push_str(words);
        text.push(']');
    }
}

fn link(words: &str, href: &str, text: &mut String) {
    if words == href || href.strip_prefix("mailto:") == Some(words) {
        return text.push_str(words);
    }
    // An address with blanks or brackets would end early.
    let is_plain = !href.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>'));
    let target =
        if is_plain { Cow::Borrowed(href) } else { Cow::Owned(format!("<{}>", href.replace('\n', " "))) };
    for part in ["[", words, "](", &target, ")"] {
        text.push_str(part);
    }
}

/// Code in more backticks than any run of them inside.
pub(super) fn code(words: &str, text: &mut String) {
    let fence = "`".repeat(longest_run(words) + 1);
    let pad = if words.starts_with('`') || words.ends_with('`') { " " } else { "" };
    for part in [&fence, pad, words, pad, &fence] {
        text.push_str(part);
    }
}

pub(super) fn longest_run(code: &str) -> usize {
    code.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// What the editor draws as a box of its own: the words beside it are other words.
fn is_chip(node: &Node<'_>) -> bool {
    matches!(&*node.kind, "inlineCard" | "mention" | "date" | "status" | "mediaInline" | "inlineExtension")
}

fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '@' | '[')
}

fn leaf(span: &Span<'_, '_>, text: &mut String) {
    let node = span.node;
    match &*node.kind {
        "text" => {
            if span.marks.has(Sign::Raised) {
                text.push('^');
            }
            text.push_str(&node.text);
        }
        "hardBreak" => text.push_str("  \n"),
        "mention" => {
            let name = node.attr("text").or_else(|| node.attr("id")).unwrap_or(Cow::Borrowed("somebody"));
            if !name.starts_with('@') {
                text.push('@');
            }
            text.push_str(&name);
        }
        "emoji" => text.push_str(&node.attr("text").or_else(|| node.attr("shortName")).unwrap_or_default()),
        "date" => text.push_str(&date(node)),
        "status" => bracketed(&node.attr("text").unwrap_or_default(), text),
        "placeholder" => text.push_str(&node.attr("text").unwrap_or_default()),
        "media" | "mediaInline" | "image" => text.push_str(&media(node)),
        "inlineExtension" => {
            bracketed(&own_words(node).unwrap_or_default(), text);
        }
        _ => {
            text.push_str(&own_words(node).unwrap_or_default());
            text.push_str(&node.text);
            if !node.content.is_empty() {
                let ends_in_word = text.chars().next_back().is_some_and(|c| !c.is_whitespace());
                text.push_str(if ends_in_word && !is_inline(node) { " " } else { "" });
                text.push_str(&markdown(&node.content));
            }
        }
    }
}

/// Media has an id of the media service, which is no attachment's; its alternative text is often the file's name.
pub(super) fn media(node: &Node<'_>) -> String {
    let (name, url) = (node.attr("alt"), node.attr("url"));
    let shown = match (name, url) {
        (name, Some(url)) => format!("![{}]({url})", name.unwrap_or_default()),
        (Some(name), None) => format!("[media: {name}]"),
        (None, None) => format!("[media: {}]", node.attr("id").unwrap_or(Cow::Borrowed("unnamed"))),
    };
    match node.marks().link {
        Some(href) => format!("{shown} ({href})"),
        None => shown,
    }
}

/// The words in a node's attributes: what a card, an extension or an unknown node shows.
pub(super) fn own_words(node: &Node<'_>) -> Option<String> {
    let attrs = node.attrs()?;
    let texts = |object: &Object<'_>, names: &[&str]| -> Vec<String> {
        names.iter().filter_map(|name| object.text(name)).map(|text| text.trim().to_owned()).collect()
    };
    let mut words = texts(&attrs, &["title", "text", "name", "alt", "label", "url"]);
    if let Some(data) = attrs.object("data") {
        words.extend(texts(&data, &["name", "summary", "url"]));
    }
    let parameters = attrs.object("datasource").and_then(|source| source.object("parameters"));
    words.extend(parameters.map(|parameters| texts(&parameters, &["jql"])).unwrap_or_default());
    words.retain(|word| !word.is_empty());
    words.dedup();
    if words.is_empty() {
        words = texts(&attrs, &["extensionKey", "resourceId", "shortName", "id"]);
        words.truncate(1);
    }
    Some(words.join(" ")).filter(|words| !words.is_empty())
}

fn date<'a>(node: &Node<'a>) -> Cow<'a, str> {
    let Some(stamp) = node.attr("timestamp") else { return Cow::Borrowed("(no date)") };
    match stamp.parse().ok().and_then(DateTime::from_timestamp_millis) {
        Some(moment) => Cow::Owned(moment.format("%Y-%m-%d").to_string()),
        None => stamp,
    }
}
