//! A tree of nodes that borrows from its JSON. A node of any shape is a node: a vendor's editor changes faster than
//! any list of types.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use crate::object::{self, Object};

#[derive(Default)]
pub(super) struct Node<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) text: Cow<'a, str>,
    attrs: Option<&'a RawValue>,
    pub(super) content: Vec<Node<'a>>,
    marks: Option<&'a RawValue>,
}

/// The marks of a text that Markdown can show.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) link: Option<String>,
    signs: Vec<Sign>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Strong,
    Em,
    Strike,
    Code,
    Raised,
}

impl Marks {
    pub(super) fn has(&self, sign: Sign) -> bool {
        self.signs.contains(&sign)
    }
}

impl<'a> Node<'a> {
    pub(super) fn attrs(&self) -> Option<Object<'a>> {
        self.attrs.and_then(|attrs| Object::read(attrs.get()))
    }

    /// A text attribute that is not empty.
    pub(super) fn attr(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attrs()?.id(name).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.attrs()?.number(name)
    }

    pub(super) fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        let list: Option<Vec<&RawValue>> =
            self.marks.and_then(|marks| serde_json::from_str(marks.get()).ok());
        for mark in list.into_iter().flatten().filter_map(|mark| Object::read(mark.get())) {
            let attr = |name: &str| mark.object("attrs").and_then(|attrs| attrs.text(name));
            let sign = match mark.text("type").as_deref() {
                Some("link") => {
                    marks.link = attr("href").map(Cow::into_owned);
                    None
                }
                Some("strong") => Some(Sign::Strong),
                Some("em") => Some(Sign::Em),
                Some("strike") => Some(Sign::Strike),
                Some("code") => Some(Sign::Code),
                Some("subsup") if attr("type").as_deref() == Some("sup") => Some(Sign::Raised),
                _ => None,
            };
            marks.signs.extend(sign);
        }
        marks
    }

    fn of_text(text: Cow<'a, str>) -> Self {
        Self { kind: Cow::Borrowed("text"), text, ..Self::default() }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut node = Node::default();
        while let Some(name) = map.next_key::<Member>()? {
            match name {
                Member::Kind => node.kind = text(map.next_value()?),
                Member::Text => node.text = text(map.next_value()?),
                Member::Attrs => node.attrs = Some(map.next_value()?),
                Member::Marks => node.marks = Some(map.next_value()?),
                // A list is a node without a type, so that one that is no list costs nothing but itself.
                Member::Content => {
                    let held: Node<'de> = map.next_value()?;
                    node.content = if held.is_bare_list() { held.content } else { vec![held] };
                }
                Member::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(node)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node<'de>, A::Error> {
        let mut content = Vec::new();
        while let Some(node) = list.next_element()? {
            content.push(node);
        }
        Ok(Node { content, ..Node::default() })
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::of_text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::of_text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::of_text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::of_text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Node::of_text(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Node<'de>, E> {
        Ok(Node::default())
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::default())
    }
}

impl Node<'_> {
    fn is_bare_list(&self) -> bool {
        self.kind.is_empty() && self.text.is_empty() && self.attrs.is_none()
    }
}

fn text(json: &RawValue) -> Cow<'_, str> {
    object::text(json.get()).unwrap_or_default()
}

enum Member {
    Kind,
    Text,
    Attrs,
    Content,
    Marks,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl de::Visitor<'_> for Names {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Member, E> {
                Ok(match name {
                    "type" => Member::Kind,
                    "text" => Member::Text,
                    "attrs" => Member::Attrs,
                    "content" => Member::Content,
                    "marks" => Member::Marks,
                    _ => Member::Other,
                })
            }
        }

        deserializer.deserialize_str(Names)
    }
}
