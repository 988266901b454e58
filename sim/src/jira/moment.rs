//! The vendor's way to write a time: milliseconds and an offset without a colon.

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;

/// `2026-11-20T09:15:32.123+0100`.
pub(crate) fn written(milliseconds: i64, zone: Tz) -> String {
    zone.timestamp_millis_opt(milliseconds)
        .single()
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string())
}

/// Milliseconds since 1970.
pub(crate) fn read(text: &str) -> Option<i64> {
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok().map(|moment| moment.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_vendor_does_and_read_again() {
        let text = written(1_795_162_532_123, Tz::Europe__Stockholm);
        assert_eq!(text, "2026-11-20T09:15:32.123+0100");
        assert_eq!(read(&text), Some(1_795_162_532_123));
        assert_eq!(read("yesterday"), None);
    }
}
