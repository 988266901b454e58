//! Strangers' Markdown as HTML that can do no harm: rendered, then sanitised, and bounded in every way.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// How much of a text is shown, in bytes. The original is a link away.
const MOST: usize = 200_000;
/// How deep lists and quotes nest before the rest is shown flat: trees that are deep without end cost time without end.
const DEEPEST: usize = 24;
/// How many parts of a text are shown: a table can hold far more cells than letters.
const MOST_EVENTS: usize = 60_000;

/// Markdown, rendered.
pub(crate) struct Rendered {
    /// Safe HTML.
    pub(crate) html: String,
    /// Whether the text was too long to be shown whole.
    pub(crate) is_cut: bool,
}

/// Renders; takes milliseconds for long texts, so not on a thread that others wait for.
pub(crate) fn render(markdown: &str) -> Rendered {
    let shown = beginning(markdown);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut events = Parser::new_ext(shown, options);
    let mut out = String::with_capacity(shown.len() * 2);
    html::push_html(&mut out, flat(events.by_ref().take(MOST_EVENTS)).map(harmless));
    let is_cut = shown.len() < markdown.len() || events.next().is_some();
    Rendered { html: SANITISER.clean(&out).to_string(), is_cut }
}

/// As much as is shown, up to the end of a line.
fn beginning(markdown: &str) -> &str {
    if markdown.len() <= MOST {
        return markdown;
    }
    let end = markdown.floor_char_boundary(MOST);
    let end = markdown[..end].rfind('\n').filter(|line_end| *line_end > MOST / 2).unwrap_or(end);
    &markdown[..end]
}

/// The same without what nests too deep.
fn flat<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut depth = 0_usize;
    events.filter(move |event| match event {
        Event::Start(_) => {
            depth += 1;
            depth <= DEEPEST
        }
        Event::End(_) => {
            depth = depth.saturating_sub(1);
            depth < DEEPEST
        }
        _ => true,
    })
}

/// Raw HTML is shown as the text it is. Pictures become links: a page that fetches a stranger's picture tells them who
/// reads it. Headings go down: the page has its own.
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        // So our sources write a new line within a table's cell.
        Event::InlineHtml(text) if &*text == "<br>" => Event::HardBreak,
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        Event::SoftBreak => Event::HardBreak,
        Event::Code(text) if text.is_empty() => Event::Code(CowStr::Borrowed(" ")),
        other => other,
    }
}

fn lower(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H3, H4, H5, H6};
    [H3, H4, H5, H6][(level as usize - 1).min(3)]
}

static SANITISER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from([
            "a",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "input",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
            ("input", HashSet::from(["checked", "disabled"])),
        ]))
        // A form's field that is nothing but a ticked box.
        .tag_attribute_values(HashMap::from([(
            "input",
            HashMap::from([("type", HashSet::from(["checkbox"]))]),
        )]))
        .set_tag_attribute_values(HashMap::from([("input", HashMap::from([("disabled", "")]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_text_becomes_html() {
        let html =
            render("# Plan\n\n- **one**\n- [two](https://acme.example)\n\n| a | b |\n|---|---|\n| 1 | 2 |")
                .html;
        assert!(html.contains("<h3>Plan</h3>"), "{html}");
        assert!(html.contains("<strong>one</strong>") && html.contains("<td>1</td>"), "{html}");
        assert!(html.contains(r#"href="https://acme.example" rel="noopener noreferrer nofollow""#), "{html}");
    }

    #[test]
    fn nothing_in_a_text_can_run() {
        let attacks = [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&#58;alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://evil.example/pixel.png)",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "<https://ok.example/\" onmouseover=alert(1)>",
            "<iframe src=https://evil.example></iframe>",
            "[x](vbscript:x)",
            "[x](//evil.example \"t\\\" onclick=\\\"x\")",
            "<style>*{display:none}</style>",
        ];
        for attack in attacks {
            let html = render(attack).html;
            let tags: Vec<&str> =
                html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or("")).collect();
            for tag in tags {
                assert!(
                    !tag.starts_with("script") && !tag.starts_with("img") && !tag.starts_with("svg"),
                    "{html}"
                );
                assert!(!tag.starts_with("iframe") && !tag.starts_with("style"), "{html}");
                assert!(!tag.contains(" on") || tag.contains("title="), "{html}");
                assert!(!tag.to_lowercase().contains("script:") && !tag.contains("data:"), "{html}");
            }
        }
    }

    #[test]
    fn long_texts_are_cut_at_the_end_of_a_line() {
        let text = "words and words\n".repeat(100_000);
        let rendered = render(&text);
        assert!(rendered.is_cut);
        assert!(rendered.html.len() < 3 * MOST);
        assert!(!render(&text[..1_000]).is_cut);
        assert!(beginning(&"é".repeat(MOST)).len() <= MOST);
    }

    #[test]
    fn no_text_costs_more_than_its_share_of_time() {
        let wide = format!("|{}\n|{}\n{}", "a|".repeat(20_000), "-|".repeat(20_000), "|\n".repeat(20_000));
        let texts = [
            ">".repeat(MOST),
            "> ".repeat(300) + &"\n> a".repeat(40_000),
            "- ".repeat(MOST / 2 - 1) + "x",
            "1) ".repeat(MOST / 3 - 1) + "x",
            (0..600).map(|depth| "  ".repeat(depth) + "- x\n").collect(),
            "*a **b ".repeat(MOST / 8),
            "[".repeat(MOST),
            "![[]()".repeat(MOST / 6),
            "`".repeat(MOST),
            "<a ".repeat(MOST / 3),
            "&amp".repeat(MOST / 4),
            wide,
        ];
        for text in texts {
            let began = Instant::now();
            let rendered = render(&text);
            let spent = began.elapsed();
            let start: String = text.chars().take(12).collect();
            assert!(spent < Duration::from_secs(5), "{start}: {spent:?}");
            assert!(rendered.html.len() < 20 * MOST, "{start}: {}", rendered.html.len());
        }
    }
}
