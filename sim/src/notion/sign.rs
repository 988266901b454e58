//! Addresses of files that the vendor keeps: signed anew with every answer, and dead an hour later.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::world::Chance;

/// Marks an address that is ours to sign; those of real records stay as they are.
pub(super) const HOST: &str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/birchlane/";

/// Signs each file in a record.
pub(super) fn all(record: &mut Value, now: DateTime<Utc>) {
    match record {
        Value::Array(list) => list.iter_mut().for_each(|value| all(value, now)),
        Value::Object(members) => {
            let ours = members.contains_key("expiry_time")
                && members.get("url").and_then(Value::as_str).is_some_and(|url| url.starts_with(HOST));
            if !ours {
                members.values_mut().for_each(|value| all(value, now));
                return;
            }
            let url = members.get("url").and_then(Value::as_str).unwrap_or_default();
            let bare = url.split('?').next().unwrap_or_default().to_owned();
            let moment = now.timestamp_millis();
            let signature = Chance::of(moment.unsigned_abs(), &[bare.len() as u64]).number();
            let signed = format!(
                "{bare}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={}&X-Amz-Expires=3600&X-Amz-Signature={signature:016x}",
                now.format("%Y%m%dT%H%M%SZ")
            );
            let expiry = (now + TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            members.insert("url".to_owned(), json!(signed));
            members.insert("expiry_time".to_owned(), json!(expiry));
        }
        _ => {}
    }
}
