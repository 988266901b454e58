//! The comments in an issue: who may see each, and whether all of them came.

use chrono::{DateTime, Utc};
use daybook_core::model::document::hex;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::reach::Reach;
use super::{adf, people};
use crate::object::Object;
use crate::time;

/// `fields.comment`.
pub(super) struct CommentList<'a> {
    pub(super) comments: Vec<&'a RawValue>,
    most: Option<u64>,
    start: u64,
    total: u64,
}

impl<'a> CommentList<'a> {
    pub(super) fn of(fields: &Object<'a>) -> Option<Self> {
        let list = fields.object("comment")?;
        let comments = list.elements("comments");
        let total = list.number("total").unwrap_or(comments.len() as u64);
        let start = list.number("startAt").unwrap_or(0);
        Some(Self { most: list.number("maxResults"), start, total, comments })
    }

    /// Comments that came, and those that stand before the first of them.
    pub(super) fn end(&self) -> u64 {
        self.start + self.comments.len() as u64
    }

    /// Whether the page's size cut the list. One that is shorter than its total although there was room is all that
    /// this credential may see: asking again brings nothing.
    pub(super) fn is_cut(&self) -> bool {
        let is_full = self.most.is_none_or(|most| self.comments.len() as u64 >= most);
        is_full && self.total > self.end()
    }

    /// Comments that are counted and did not come, after so many further ones.
    pub(super) fn missing(&self, further: usize) -> u64 {
        self.total.saturating_sub(self.end() + further as u64)
    }
}

/// One comment.
pub(super) struct Comment<'a> {
    pub(super) id: String,
    pub(super) author: Option<Object<'a>>,
    pub(super) created: Option<DateTime<Utc>>,
    pub(super) updated: Option<DateTime<Utc>>,
    /// Who may see it of those who see its issue.
    pub(super) reach: Reach,
    pub(super) rendered: adf::Rendered,
}

impl<'a> Comment<'a> {
    pub(super) fn read(json: &'a str) -> Result<Option<Self>, adf::Unrenderable> {
        let Some(comment) = Object::read(json) else { return Ok(None) };
        let id = comment.id("id").map_or_else(
            || format!("sha256:{}", &hex(&Sha256::digest(json.as_bytes()))[..16]),
            std::borrow::Cow::into_owned,
        );
        let body = comment.json("body").unwrap_or("\"\"");
        let moment = |name: &str| comment.json(name).and_then(time::moment);
        Ok(Some(Self {
            id,
            created: moment("created"),
            updated: moment("updated"),
            reach: Reach::of(&comment),
            rendered: adf::rendered(body)?,
            author: comment.object("author"),
        }))
    }

    /// Its words under its author and time; empty if it has no words.
    pub(super) fn markdown(self) -> String {
        if self.rendered.text.is_empty() {
            return String::new();
        }
        let author = self.author.as_ref().and_then(people::name);
        let author = author.as_deref().unwrap_or("Unknown author");
        let time =
            self.created.map_or_else(String::new, |time| format!(" · {}", time.format("%Y-%m-%d %H:%M UTC")));
        format!("**{author}**{time}\n\n{}", self.rendered.text.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(most: &str, total: u64) -> (bool, u64) {
        let json = format!(r#"{{"comment":{{"comments":[1,2],{most}"total":{total},"startAt":0}}}}"#);
        let fields = Object::read(&json).unwrap();
        let list = CommentList::of(&fields).unwrap();
        (list.is_cut(), list.missing(0))
    }

    #[test]
    fn a_full_list_is_cut_and_a_short_one_hides_the_rest() {
        assert_eq!(list(r#""maxResults":2,"#, 5), (true, 3));
        assert_eq!(list("", 5), (true, 3));
        assert_eq!(list(r#""maxResults":5,"#, 5), (false, 3));
        assert_eq!(list(r#""maxResults":2,"#, 2), (false, 0));
        assert_eq!(list(r#""maxResults":2,"#, 1), (false, 0));
    }

    #[test]
    fn what_is_no_object_is_no_comment() {
        assert!(Comment::read("17").unwrap().is_none());
    }
}
