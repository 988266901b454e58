//! Filters of a query: two levels of `and` and `or` over times and over a few kinds of properties.

use serde_json::Value;

use super::ask::{minute, moment};
use super::page::{Facts, words};
use super::problem::Problem;

/// Compounds within compounds that the vendor takes.
const DEEPEST: usize = 2;

/// What a row has to be like.
#[derive(Debug)]
pub(super) enum Filter {
    Anything,
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Time { edited: bool, test: Vec<(String, Value)> },
    Property { name: String, kind: String, test: Vec<(String, Value)> },
}

impl Filter {
    pub(super) fn read(value: &Value) -> Result<Self, Problem> {
        match value {
            Value::Null => Ok(Self::Anything),
            value => Self::nested(value, 0),
        }
    }

    fn nested(value: &Value, depth: usize) -> Result<Self, Problem> {
        let members = value.as_object().ok_or_else(|| wrong("body.filter should be an object"))?;
        for (name, all) in [("and", true), ("or", false)] {
            let Some(list) = members.get(name) else { continue };
            if depth >= DEEPEST {
                return Err(wrong("body.filter may nest two levels"));
            }
            let list = list.as_array().ok_or_else(|| wrong("a compound filter should be an array"))?;
            let parts = list.iter().map(|part| Self::nested(part, depth + 1)).collect::<Result<_, _>>()?;
            return Ok(if all { Self::And(parts) } else { Self::Or(parts) });
        }
        let pairs = |kind: &str| -> Result<Vec<(String, Value)>, Problem> {
            let test = members.get(kind).and_then(Value::as_object);
            let test = test.ok_or_else(|| wrong(&format!("body.filter.{kind} should be defined")))?;
            Ok(test.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        };
        if let Some(timestamp) = members.get("timestamp").and_then(Value::as_str) {
            let edited = match timestamp {
                "last_edited_time" => true,
                "created_time" => false,
                _ => return Err(wrong("body.filter.timestamp should be a timestamp")),
            };
            let test = pairs(timestamp)?;
            if let Some((_, value)) =
                test.iter().find(|(name, value)| is_moment(name) && read(value).is_none())
            {
                return Err(wrong(&format!("{value} should be a valid ISO 8601 date string")));
            }
            return Ok(Self::Time { edited, test });
        }
        let name = members
            .get("property")
            .and_then(Value::as_str)
            .ok_or_else(|| wrong("body.filter.property should be defined, or body.filter.timestamp"))?;
        let kind = members.keys().find(|name| !["property", "type"].contains(&name.as_str()));
        let kind = kind.ok_or_else(|| wrong("body.filter should have a condition"))?;
        Ok(Self::Property { name: name.to_owned(), kind: kind.clone(), test: pairs(kind)? })
    }

    /// Whether more is needed of a row than its times.
    pub(super) fn reads_properties(&self) -> bool {
        match self {
            Self::Anything | Self::Time { .. } => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::reads_properties),
            Self::Property { .. } => true,
        }
    }

    pub(super) fn holds(&self, facts: &Facts, page: Option<&Value>) -> Result<bool, Problem> {
        Ok(match self {
            Self::Anything => true,
            Self::And(parts) => {
                let mut all = true;
                for part in parts {
                    all &= part.holds(facts, page)?;
                }
                all
            }
            Self::Or(parts) => {
                let mut any = false;
                for part in parts {
                    any |= part.holds(facts, page)?;
                }
                any
            }
            Self::Time { edited, test } => {
                let at = minute(if *edited { facts.edited } else { facts.created });
                let mut holds = true;
                for (name, value) in test {
                    holds &= compares(name, at, value)?;
                }
                holds
            }
            Self::Property { name, kind, test } => {
                let properties = page.and_then(|page| page["properties"].as_object());
                let found = properties.and_then(|all| {
                    all.iter().find(|(given, property)| *given == name || property["id"] == name.as_str())
                });
                let Some((_, property)) = found else {
                    return Err(Problem::invalid(format!("Could not find property with name or id: {name}")));
                };
                let mut holds = true;
                for (condition, value) in test {
                    holds &= passes(property, kind, condition, value)?;
                }
                holds
            }
        })
    }
}

fn wrong(what: &str) -> Problem {
    Problem::invalid(format!("body failed validation: {what}."))
}

fn read(value: &Value) -> Option<i64> {
    value.as_str().and_then(moment)
}

fn is_moment(condition: &str) -> bool {
    matches!(condition, "equals" | "before" | "after" | "on_or_before" | "on_or_after")
}

/// A moment against one of a question; an unknown condition is refused.
fn compares(condition: &str, at: i64, value: &Value) -> Result<bool, Problem> {
    let wanted =
        || read(value).ok_or_else(|| wrong(&format!("{value} should be a valid ISO 8601 date string")));
    Ok(match condition {
        "equals" => at == minute(wanted()?),
        "before" => at < wanted()?,
        "after" => at > wanted()?,
        "on_or_before" => at <= wanted()?,
        "on_or_after" => at >= wanted()?,
        "is_empty" => value != &Value::Bool(true),
        "is_not_empty" => value == &Value::Bool(true),
        other => return Err(wrong(&format!("a date filter has no condition {other}"))),
    })
}

/// What a property is compared by: a number, or words.
#[derive(Debug, Clone, PartialEq, PartialOrd, Default)]
pub(super) enum Key {
    #[default]
    Nothing,
    Number(f64),
    Words(String),
}

pub(super) fn comparable(property: &Value) -> Key {
    let kind = property["type"].as_str().unwrap_or_default();
    let value = &property[kind];
    match kind {
        "number" => value.as_f64().map_or(Key::Nothing, Key::Number),
        "unique_id" | "rollup" => value["number"].as_f64().map_or(Key::Nothing, Key::Number),
        "checkbox" => Key::Number(f64::from(u8::from(value == &Value::Bool(true)))),
        "date" => read(&value["start"]).map_or(Key::Nothing, time),
        "created_time" | "last_edited_time" => read(value).map_or(Key::Nothing, time),
        "title" | "rich_text" => named(words(value)),
        "select" | "status" => named(value["name"].as_str().unwrap_or_default().to_owned()),
        "formula" => {
            let kind = value["type"].as_str().unwrap_or_default();
            value[kind]
                .as_f64()
                .map_or_else(|| named(value[kind].as_str().unwrap_or_default().to_owned()), Key::Number)
        }
        _ => named(value.as_str().unwrap_or_default().to_owned()),
    }
}

fn named(words: String) -> Key {
    if words.is_empty() { Key::Nothing } else { Key::Words(words) }
}

#[expect(clippy::cast_precision_loss, reason = "moments need no more than a double holds")]
fn time(moment: i64) -> Key {
    Key::Number(moment as f64)
}

fn passes(property: &Value, kind: &str, condition: &str, value: &Value) -> Result<bool, Problem> {
    let own = property["type"].as_str().unwrap_or_default();
    if kind != own && !(own == "unique_id" && kind == "id") {
        let said = format!("database property {own} does not match filter {kind}");
        return Err(Problem::invalid(said));
    }
    if matches!(own, "multi_select" | "people" | "relation") {
        return many(&property[own], condition, value);
    }
    let key = comparable(property);
    if matches!(own, "date" | "created_time" | "last_edited_time") && is_moment(condition) {
        let start = if own == "date" { &property[own]["start"] } else { &property[own] };
        return read(start).map_or(Ok(false), |at| compares(condition, at, value));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    let words = if let Key::Words(words) = &key { words.to_lowercase() } else { String::new() };
    let number =
        |value: &Value| value.as_f64().or_else(|| value.as_bool().map(|yes| f64::from(u8::from(yes))));
    let order = match (&key, number(value)) {
        (Key::Number(one), Some(other)) => one.partial_cmp(&other),
        _ => None,
    };
    Ok(match condition {
        "equals" => {
            order.map_or_else(|| !value.is_number() && words == text(value), std::cmp::Ordering::is_eq)
        }
        "does_not_equal" => !order.map_or_else(|| words == text(value), std::cmp::Ordering::is_eq),
        "contains" => words.contains(&text(value)),
        "does_not_contain" => !words.contains(&text(value)),
        "starts_with" => words.starts_with(&text(value)),
        "ends_with" => words.ends_with(&text(value)),
        "greater_than" => order.is_some_and(std::cmp::Ordering::is_gt),
        "less_than" => order.is_some_and(std::cmp::Ordering::is_lt),
        "greater_than_or_equal_to" => order.is_some_and(std::cmp::Ordering::is_ge),
        "less_than_or_equal_to" => order.is_some_and(std::cmp::Ordering::is_le),
        "is_empty" => key == Key::Nothing,
        "is_not_empty" => key != Key::Nothing,
        other => return Err(wrong(&format!("a {own} filter has no condition {other}"))),
    })
}

/// Properties with many values contain one or not.
fn many(values: &Value, condition: &str, value: &Value) -> Result<bool, Problem> {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    let contains = values.iter().any(|one| one["id"] == *value || one["name"] == *value);
    Ok(match condition {
        "contains" => contains,
        "does_not_contain" => !contains,
        "is_empty" => values.is_empty(),
        "is_not_empty" => !values.is_empty(),
        other => return Err(wrong(&format!("a filter of many values has no condition {other}"))),
    })
}
