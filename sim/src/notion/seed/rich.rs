//! Rich text: the company's spans as the vendor writes them.

use serde_json::{Value, json};

use super::super::page::text;
use super::super::{id, sign};
use super::{Dress, sources};
use crate::world::text::Span;

impl Dress {
    /// A line.
    pub(super) fn line(&self, spans: &[Span]) -> Value {
        spans.iter().map(|span| self.span(span)).collect()
    }

    fn span(&self, span: &Span) -> Value {
        match span {
            Span::Text(words) => text(words, None),
            Span::Strong(words) => marked(words, "bold"),
            Span::Emphasis(words) => marked(words, "italic"),
            Span::Code(words) => marked(words, "code"),
            Span::Link { text: words, url } => text(words, Some(url)),
            Span::Mention(place) => self.mention(*place),
            Span::Work(place) => text(&self.world.key(*place), Some(&self.issue_url(*place))),
            Span::Date(moment) => {
                let day = sources::day(*moment);
                let mention = json!({"type": "date", "date": {"start": day, "end": null, "time_zone": null}});
                mentioned(&mention, &day, None)
            }
            Span::Status { text: words, colour } => {
                let mut item = marked(words, "bold");
                // The vendor has no neutral.
                item["annotations"]["color"] = json!(if *colour == "neutral" { "gray" } else { colour });
                item
            }
            Span::Emoji { text: words, .. } => text(words, None),
            Span::Break => text("\n", None),
        }
    }

    fn mention(&self, place: usize) -> Value {
        let mention = json!({"type": "user", "user": self.user(place)});
        mentioned(&mention, &format!("@{}", self.world.person(place).name), None)
    }

    /// A mention of a page by its number.
    pub(super) fn page_mention(&self, number: u32) -> Value {
        let id = self.mint.id(number, 0);
        let title = self.entries.get(number as usize).map_or("Untitled", |entry| entry.title.as_str());
        let url = format!("https://app.notion.com/p/{}", id.replace('-', ""));
        mentioned(&json!({"type": "page", "page": {"id": id}}), title, Some(&url))
    }
}

/// An equation within a line.
pub(super) fn equation(expression: &str) -> Value {
    let mut item = text(expression, None);
    item["type"] = json!("equation");
    item["equation"] = json!({"expression": expression});
    without_text(item)
}

fn mentioned(mention: &Value, words: &str, link: Option<&str>) -> Value {
    let mut item = text(words, link);
    item["type"] = json!("mention");
    item["mention"] = mention.clone();
    without_text(item)
}

fn without_text(mut item: Value) -> Value {
    if let Some(members) = item.as_object_mut() {
        members.remove("text");
    }
    item
}

pub(super) fn marked(words: &str, mark: &str) -> Value {
    let mut item = text(words, None);
    item["annotations"][mark] = json!(true);
    item
}

/// A file that the vendor keeps; its address is signed when it is served.
pub(super) fn kept(seed: u64, number: u64, name: &str) -> Value {
    let address = format!("{}{}/{name}", sign::HOST, id::other(seed, 6, number));
    json!({"type": "file", "name": name, "file": {"url": address, "expiry_time": ""}})
}
