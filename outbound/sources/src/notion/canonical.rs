//! One form for each object, whatever answer it came with: names sorted, nothing between them, and without what changes
//! with every answer, such as the signed addresses of files that are valid for an hour.

use serde_json::Value;

/// The form of an object; an error says why it is no JSON that can be held.
pub(super) fn canonical(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut line = String::with_capacity(json.len());
    write(&value, &mut line);
    Ok(line)
}

fn write(value: &Value, line: &mut String) {
    match value {
        Value::Array(elements) => {
            line.push('[');
            for (place, element) in elements.iter().enumerate() {
                line.push_str(if place == 0 { "" } else { "," });
                write(element, line);
            }
            line.push(']');
        }
        Value::Object(members) => {
            let is_signed = members.contains_key("url") && members.contains_key("expiry_time");
            let passes =
                |name: &str| name == "request_id" || is_signed && matches!(name, "url" | "expiry_time");
            let mut kept: Vec<_> = members.iter().filter(|(name, _)| !passes(name)).collect();
            kept.sort_by_key(|(name, _)| *name);
            line.push('{');
            for (place, (name, member)) in kept.into_iter().enumerate() {
                line.push_str(if place == 0 { "" } else { "," });
                line.push_str(&Value::from(name.as_str()).to_string());
                line.push(':');
                write(member, line);
            }
            line.push('}');
        }
        plain => line.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_what_changes_with_every_answer_is_left_out() {
        let json = r#"{"b": 1.50, "a":[{"url":"https://x/?sig=1","expiry_time":"t","name":"é\n"}], "request_id":"r", "url":"u"}"#;
        assert_eq!(canonical(json).unwrap(), "{\"a\":[{\"name\":\"é\\n\"}],\"b\":1.5,\"url\":\"u\"}");
        assert!(canonical("{\"a\":1e400}").is_err());
        assert!(canonical(&"[".repeat(100_000)).is_err());
    }
}
