//! One number for all that is said in a transcript, so that others can tell whether they have the same.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// SHA-256 in hexadecimal over these lines, joined by a line feed: title; privacy; for each sentence speaker, text,
/// start and end with tabs between them; then the summary's overview and its action items. What is null or missing is
/// empty; times are written as `serde_json` writes the `f64`, so that 0 is `0.0`.
pub(super) fn digest(light: &Map<String, Value>, sentences: &Value) -> String {
    let summary = light.get("summary").unwrap_or(&Value::Null);
    let mut lines = vec![text(light.get("title")), text(light.get("privacy"))];
    for sentence in sentences.as_array().into_iter().flatten() {
        let words = ["speaker_name", "text"].map(|name| text(sentence.get(name)));
        let times = ["start_time", "end_time"].map(|name| number(sentence.get(name)));
        lines.push([words, times].concat().join("\t"));
    }
    lines.extend(["overview", "action_items"].map(|name| text(summary.get(name))));
    hexadecimal(&Sha256::digest(lines.join("\n")))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: Option<&Value>) -> String {
    value.and_then(Value::as_f64).map_or_else(String::new, |number| Value::from(number).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_lines_are_what_the_rule_says() {
        let light =
            json!({"title": null, "privacy": "owner", "summary": {"overview": "o", "action_items": "a\n"}});
        let sentences = json!([{"speaker_name": null, "text": "Hm.", "start_time": 0, "end_time": 6.08}]);
        let expected = Sha256::digest("\nowner\n\tHm.\t0.0\t6.08\no\na\n");
        assert_eq!(digest(light.as_object().unwrap(), &sentences), hexadecimal(&expected));
    }
}
