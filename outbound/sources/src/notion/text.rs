//! Rich text to Markdown: words with their marks, links and mentions. Colours and underlines do not survive.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::id::Id;
use super::links::Links;
use crate::object::Object;

/// The Markdown of the rich text in a member; what it mentions is noted in `links`.
pub(super) fn markdown(holder: &Object<'_>, member: &str, links: &mut Links) -> String {
    elements(&holder.elements(member), links)
}

/// The same of its elements.
pub(super) fn elements(elements: &[&RawValue], links: &mut Links) -> String {
    let mut text = String::new();
    for element in elements.iter().filter_map(|element| Object::read(element.get())) {
        text.push_str(&span(&element, links));
    }
    text
}

/// The words alone, on one line.
pub(super) fn plain(holder: &Object<'_>, member: &str) -> String {
    let elements = holder.elements(member);
    let objects = elements.iter().filter_map(|element| Object::read(element.get()));
    let words: String = objects.map(|element| words(&element).into_owned()).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What it says without marks. The text proper stands in for it in old recordings.
fn words<'a>(element: &Object<'a>) -> Cow<'a, str> {
    let proper = || element.object("text").and_then(|text| text.text("content"));
    element.text("plain_text").or_else(proper).unwrap_or_default()
}

fn span(element: &Object<'_>, links: &mut Links) -> String {
    let words = words(element);
    if words.trim().is_empty() {
        return words.into_owned();
    }
    let kind = element.text("type");
    if kind.as_deref() == Some("equation") {
        let expression = element.object("equation").and_then(|equation| equation.text("expression"));
        return format!("${}$", expression.as_deref().unwrap_or(&words));
    }
    let mention = element.object("mention").filter(|_| kind.as_deref() == Some("mention"));
    if let Some((to, word)) = mention.as_ref().and_then(mentioned) {
        links.add(word, to);
    }
    let marks = element.object("annotations");
    let is = |mark: &str| marks.as_ref().is_some_and(|marks| marks.json(mark) == Some("true"));
    // Marks stand right at the words: blanks at their ends stay outside.
    let inner = words.trim();
    let (before, after) = words.split_at(words.len() - words.trim_start().len());
    let after = &after[inner.len()..];
    let mut marked = if is("code") { format!("`{inner}`") } else { inner.to_owned() };
    for (mark, sign) in [("strikethrough", "~~"), ("italic", "*"), ("bold", "**")] {
        if is(mark) {
            marked = format!("{sign}{marked}{sign}");
        }
    }
    let text_link = || element.object("text")?.object("link")?.text("url");
    if let Some(address) = element.text("href").or_else(text_link).and_then(|href| lasting(&href))
        && address != inner
    {
        marked = format!("[{marked}]({address})");
    }
    format!("{before}{marked}{after}")
}

fn mentioned(mention: &Object<'_>) -> Option<(Id, &'static str)> {
    let (kind, word) = match mention.text("type")?.as_ref() {
        "page" => ("page", "mentions"),
        "database" => ("database", "mentions"),
        "data_source" => ("data_source", "mentions"),
        _ => return None,
    };
    Some((Id::read(&mention.object(kind)?.text("id")?)?, word))
}

/// An address that holds for good: those that are signed are valid for an hour and give away what they open.
pub(super) fn lasting(address: &str) -> Option<String> {
    let is_signed = ["x-amz-", "signature=", "expires=", "sig="].iter().any(|sign| {
        address.split_once('?').is_some_and(|(_, query)| query.to_ascii_lowercase().contains(sign))
    });
    let is_web = ["http://", "https://", "mailto:", "/"].iter().any(|start| address.starts_with(start));
    (is_web && !is_signed).then(|| address.chars().filter(|letter| !letter.is_control()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        markdown(&Object::read(json).unwrap(), "t", &mut Links::default())
    }

    #[test]
    fn marks_stand_at_the_words_and_links_keep_what_lasts() {
        for (json, text) in [
            (
                r#"{"t":[{"type":"text","plain_text":" on the server ","annotations":{"bold":true,"italic":true}}]}"#,
                " ***on the server*** ",
            ),
            (r#"{"t":[{"type":"text","text":{"content":"x"}}]}"#, "x"),
            (r#"{"t":[{"plain_text":"a","href":"https://x.example/a?X-Amz-Signature=1"}]}"#, "a"),
            (
                r#"{"t":[{"plain_text":"a","href":"https://x.example/a"},{"plain_text":"b","annotations":{"code":true}}]}"#,
                "[a](https://x.example/a)`b`",
            ),
            (
                r#"{"t":[{"type":"equation","equation":{"expression":"e=mc^2"},"plain_text":"e"}]}"#,
                "$e=mc^2$",
            ),
            (
                r#"{"t":[{"type":"mention","mention":{"type":"user","user":{"id":"u"}},"plain_text":"@Mara"}]}"#,
                "@Mara",
            ),
            (r#"{"t":"text"}"#, ""),
            (r#"{"t":[7,{"type":[]}]}"#, ""),
            (r#"{"t":[{"plain_text":"a","href":"javascript:x"}]}"#, "a"),
        ] {
            assert_eq!(of(json), text, "{json}");
        }
    }
}
