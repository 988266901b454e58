//! Moments as the vendors write them: an offset with or without a colon, with or without milliseconds, sometimes `Z`, or a number.

use chrono::{DateTime, Datelike, Utc};

use super::object::text;

/// The moment that a JSON value stands for; `None` for anything that is not one.
pub(crate) fn moment(json: &str) -> Option<DateTime<Utc>> {
    if let Ok(number) = json.parse::<i64>() {
        // Seconds stay below this until the year 5138, milliseconds have been above it since 1973.
        let milliseconds =
            if number.unsigned_abs() < 100_000_000_000 { number.checked_mul(1000)? } else { number };
        return DateTime::from_timestamp_millis(milliseconds).filter(is_writable);
    }
    let text = text(json)?;
    let (time, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(time) => (time, "+0000"),
        None => (text.as_ref(), ""),
    };
    DateTime::parse_from_str(&format!("{time}{offset}"), "%Y-%m-%dT%H:%M:%S%.f%z")
        .ok()
        .map(|time| time.to_utc())
        .filter(is_writable)
}

/// Years with four digits: others have no place in any column or answer.
fn is_writable(time: &DateTime<Utc>) -> bool {
    (1..=9999).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_their_spellings() {
        for spelling in [
            r#""2015-02-02T18:32:28.000+0000""#,
            r#""2015-02-02T18:32:28+0000""#,
            r#""2015-02-02T18:32:28Z""#,
            r#""2015-02-02T18:32:28.000Z""#,
            r#""2015-02-02T19:32:28.000+01:00""#,
            r#""2015-02-02T08:02:28.0-1030""#,
            "1422901948000",
            "1422901948",
        ] {
            assert_eq!(moment(spelling).unwrap().to_rfc3339(), "2015-02-02T18:32:28+00:00", "{spelling}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none_and_the_ends_of_time_do_not_panic() {
        assert!(moment(r#""9999-12-31T23:59:59.999+0000""#).is_some());
        assert!(moment(r#""0001-01-01T00:00:00.000+0000""#).is_some());
        for odd in [
            r#""0001-01-01T00:00:00.000+1400""#,
            r#""9999-12-31T23:59:59.999-1200""#,
            r#""99999-12-31T23:59:59.999+0000""#,
            r#""2015-02-30T18:32:28.000+0000""#,
            r#""2015-02-02T18:32:28.000""#,
            r#""2015-02-02""#,
            r#""""#,
            "9223372036854775807",
            "-9223372036854775808",
            "1e400",
            "true",
            "{}",
        ] {
            assert_eq!(moment(odd), None, "{odd}");
        }
    }
}
