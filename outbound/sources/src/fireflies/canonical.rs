//! JSON in one form: members sorted, no blanks, texts escaped as little as possible. The same meeting has the same bytes
//! whether it came in a list or alone.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// What is nested more deeply is kept as it came.
const DEEPEST: u32 = 32;

/// The canonical form of a JSON value.
pub(super) fn canonical(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    write(json, DEEPEST, &mut out);
    out
}

fn write(json: &str, deeper: u32, out: &mut String) {
    let json = json.trim_ascii();
    match json.as_bytes().first() {
        Some(b'{') if deeper > 0 => match serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
            Ok(members) => {
                let each = members.iter();
                listed(out, ['{', '}'], each, |(name, value), out| {
                    text(name, out);
                    out.push(':');
                    write(value.get(), deeper - 1, out);
                });
            }
            Err(_) => out.push_str(json),
        },
        Some(b'[') if deeper > 0 => match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(elements) => {
                let each = elements.iter();
                listed(out, ['[', ']'], each, |value, out| write(value.get(), deeper - 1, out));
            }
            Err(_) => out.push_str(json),
        },
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(value) => text(&value, out),
            Err(_) => out.push_str(json),
        },
        _ => out.push_str(json),
    }
}

fn listed<T>(
    out: &mut String,
    [open, close]: [char; 2],
    each: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
) {
    out.push(open);
    for (place, one) in each.enumerate() {
        if place > 0 {
            out.push(',');
        }
        write(one, out);
    }
    out.push(close);
}

fn text(value: &str, out: &mut String) {
    // A text always has a JSON form.
    out.push_str(&serde_json::to_string(value).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_form() {
        let form = canonical(
            "{ \"b\" : [ 1.50, {\"y\":null ,\"x\":\"\\u00e9\\u0000\"} ],\n\"a\":true, \"b\\u0031\":1e400}",
        );
        assert_eq!(form, "{\"a\":true,\"b\":[1.50,{\"x\":\"é\\u0000\",\"y\":null}],\"b1\":1e400}");
        assert_eq!(canonical(&form), form);
    }

    #[test]
    fn what_is_nested_without_end_is_kept_as_it_came() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(canonical(&deep), deep);
    }
}
