//! Rich text as the Atlassian Document Format.

use super::Dress;
use crate::json::push_quoted;
use crate::world::calendar::DAY;
use crate::world::text::{Block, Item, Mood, Span};

/// A document being written.
struct Document<'a> {
    dress: &'a Dress,
    json: String,
    /// Lists of tasks and decisions have ids of their own.
    local: u32,
}

/// A picture at the end of a text.
pub(super) struct Picture<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
}

pub(super) fn document(dress: &Dress, blocks: &[Block], picture: Option<Picture<'_>>) -> String {
    let mut document = Document { dress, json: String::with_capacity(512), local: 0 };
    document.json.push_str(r#"{"type":"doc","version":1,"content":"#);
    document.list(blocks, Document::block);
    if let Some(picture) = picture {
        document.json.pop();
        document.json.push_str(if blocks.is_empty() { "" } else { "," });
        document.json.push_str(
            r#"{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"id":"#,
        );
        push_quoted(&mut document.json, picture.id);
        document.json.push_str(r#","type":"file","collection":"","width":1280,"height":720,"alt":"#);
        push_quoted(&mut document.json, picture.name);
        document.json.push_str("}}]}]");
    }
    document.json.push('}');
    document.json
}

impl Document<'_> {
    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.json.push('[');
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.json.push(',');
            }
            write(self, item);
        }
        self.json.push(']');
    }

    /// A node of this type around what `inside` writes.
    fn node(&mut self, kind: &str, attributes: &str, inside: impl FnOnce(&mut Self)) {
        self.json.push_str(r#"{"type":""#);
        self.json.push_str(kind);
        self.json.push('"');
        if !attributes.is_empty() {
            self.json.push_str(r#","attrs":"#);
            self.json.push_str(attributes);
        }
        self.json.push_str(r#","content":"#);
        inside(self);
        self.json.push('}');
    }

    /// A node with nothing inside.
    fn node_alone(&mut self, kind: &str, attributes: &str) {
        for part in [r#"{"type":""#, kind, r#"","attrs":"#, attributes, "}"] {
            self.json.push_str(part);
        }
    }

    fn local_id(&mut self) -> String {
        self.local += 1;
        format!("local-{}", self.local)
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, words) => {
                let line = [Span::Text(words.clone())];
                self.node("heading", &format!(r#"{{"level":{level}}}"#), |document| document.spans(&line));
            }
            Block::Paragraph(spans) => self.paragraph(spans),
            Block::Bullets(items) => self.node("bulletList", "", |document| document.list(items, Self::item)),
            Block::Numbered(items) => {
                self.node("orderedList", r#"{"order":1}"#, |document| document.list(items, Self::item));
            }
            Block::Tasks(tasks) => self.tasks(tasks),
            Block::Decisions(decisions) => {
                let id = self.local_id();
                self.node("decisionList", &format!(r#"{{"localId":"{id}"}}"#), |document| {
                    document.list(decisions, |document, spans| {
                        let id = document.local_id();
                        let attributes = format!(r#"{{"localId":"{id}","state":"DECIDED"}}"#);
                        document.node("decisionItem", &attributes, |document| document.spans(spans));
                    });
                });
            }
            Block::Table(rows) => self.table(rows),
            Block::Code { language, text } => {
                let line = [Span::Text(text.clone())];
                self.node("codeBlock", &format!(r#"{{"language":"{language}"}}"#), |document| {
                    document.spans(&line);
                });
            }
            Block::Quote(spans) => self.node("blockquote", "", |document| document.one_paragraph(spans)),
            Block::Panel(mood, spans) => {
                let kind = match mood {
                    Mood::Note => "info",
                    Mood::Warning => "warning",
                    Mood::Success => "success",
                    Mood::Error => "error",
                };
                let attributes = format!(r#"{{"panelType":"{kind}"}}"#);
                self.node("panel", &attributes, |document| document.one_paragraph(spans));
            }
            Block::Expand { title, inside } => {
                let mut attributes = String::from(r#"{"title":"#);
                push_quoted(&mut attributes, title);
                attributes.push('}');
                self.node("expand", &attributes, |document| document.list(inside, Self::block));
            }
            Block::Rule => self.json.push_str(r#"{"type":"rule"}"#),
        }
    }

    fn paragraph(&mut self, spans: &[Span]) {
        self.node("paragraph", "", |document| document.spans(spans));
    }

    fn one_paragraph(&mut self, spans: &[Span]) {
        self.list(&[spans], |document, spans| document.paragraph(spans));
    }

    fn item(&mut self, item: &Item) {
        self.node("listItem", "", |document| {
            document.json.push('[');
            document.paragraph(&item.text);
            if !item.below.is_empty() {
                document.json.push(',');
                document.node("bulletList", "", |document| {
                    document.list(&item.below, |document, spans| {
                        document.node("listItem", "", |document| document.one_paragraph(spans));
                    });
                });
            }
            document.json.push(']');
        });
    }

    fn tasks(&mut self, tasks: &[(bool, Vec<Span>)]) {
        let id = self.local_id();
        self.node("taskList", &format!(r#"{{"localId":"{id}"}}"#), |document| {
            document.list(tasks, |document, (done, spans)| {
                let (id, state) = (document.local_id(), if *done { "DONE" } else { "TODO" });
                let attributes = format!(r#"{{"localId":"{id}","state":"{state}"}}"#);
                document.node("taskItem", &attributes, |document| document.spans(spans));
            });
        });
    }

    fn table(&mut self, rows: &[Vec<Vec<Span>>]) {
        let mut cell = "tableHeader";
        self.node("table", r#"{"isNumberColumnEnabled":false,"layout":"default"}"#, |document| {
            document.list(rows, |document, row| {
                document.node("tableRow", "", |document| {
                    document.list(row, |document, spans| {
                        document.node(cell, "{}", |document| document.one_paragraph(spans));
                    });
                });
                cell = "tableCell";
            });
        });
    }

    fn spans(&mut self, spans: &[Span]) {
        self.list(spans, Self::span);
    }

    fn span(&mut self, span: &Span) {
        match span {
            Span::Text(words) => self.text(words, ""),
            Span::Strong(words) => self.text(words, r#"{"type":"strong"}"#),
            Span::Emphasis(words) => self.text(words, r#"{"type":"em"}"#),
            Span::Code(words) => self.text(words, r#"{"type":"code"}"#),
            Span::Link { text, url } => {
                let mut mark = String::from(r#"{"type":"link","attrs":{"href":"#);
                push_quoted(&mut mark, url);
                mark.push_str("}}");
                self.text(text, &mark);
            }
            Span::Mention(place) => {
                let person = self.dress.world.person(*place);
                self.json.push_str(r#"{"type":"mention","attrs":{"id":"#);
                push_quoted(&mut self.json, &person.account_id);
                self.json.push_str(r#","text":"#);
                push_quoted(&mut self.json, &format!("@{}", person.name));
                self.json.push_str(r#","accessLevel":""}}"#);
            }
            Span::Work(place) => {
                self.json.push_str(r#"{"type":"inlineCard","attrs":{"url":"#);
                let url = format!("{}/browse/{}", self.dress.url, self.dress.world.key(*place));
                push_quoted(&mut self.json, &url);
                self.json.push_str("}}");
            }
            Span::Date(moment) => {
                let midnight = moment.div_euclid(DAY) * DAY;
                self.node_alone("date", &format!(r#"{{"timestamp":"{midnight}"}}"#));
            }
            Span::Status { text, colour } => {
                let id = self.local_id();
                self.node_alone(
                    "status",
                    &format!(r#"{{"text":"{text}","color":"{colour}","localId":"{id}","style":""}}"#),
                );
            }
            Span::Emoji { short, text } => {
                self.node_alone("emoji", &format!(r#"{{"shortName":"{short}","text":"{text}"}}"#));
            }
            Span::Break => self.json.push_str(r#"{"type":"hardBreak"}"#),
        }
    }

    /// The vendor has no empty texts.
    fn text(&mut self, words: &str, mark: &str) {
        self.json.push_str(r#"{"type":"text","text":"#);
        push_quoted(&mut self.json, if words.is_empty() { " " } else { words });
        if !mark.is_empty() {
            self.json.push_str(r#","marks":["#);
            self.json.push_str(mark);
            self.json.push(']');
        }
        self.json.push('}');
    }
}

/// Plain lines as a document: what an edit brings.
pub(crate) fn plain(text: &str) -> String {
    let mut json = String::from(r#"{"type":"doc","version":1,"content":["#);
    for (place, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str(r#"{"type":"paragraph","content":[{"type":"text","text":"#);
        push_quoted(&mut json, line);
        json.push_str("}]}");
    }
    json.push_str("]}");
    json
}
