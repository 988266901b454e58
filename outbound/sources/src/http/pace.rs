//! How long to wait: what the vendor asked for, or full jitter over a doubling wait.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use rand::Rng;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::{Again, Settings};

/// The longest wait that is obeyed. Quotas start anew each full hour: whoever asks for much more counts in
/// milliseconds, or has a wrong clock.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// A quota starts anew each day.
const LONGEST_QUOTA: Duration = Duration::from_hours(24);
/// Nor is there any sense in asking again at once.
const SHORTEST_QUOTA: Duration = Duration::from_secs(1);

/// A wait that a vendor asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pause {
    /// What is obeyed of it.
    pub(super) wait: Duration,
    /// What it asked for, in words, if it was more than that.
    pub(super) cut: Option<String>,
}

/// The wait after so many tries. What the vendor asked for is never undercut.
pub(super) fn wait(settings: &Settings, tried: u32, asked: Option<Duration>) -> Duration {
    let mut random = rand::rng();
    if let Some(asked) = asked {
        let most = settings.backoff_base.min(asked / 4);
        return asked + most.mul_f64(random.random::<f64>());
    }
    let doubled = settings.backoff_base.saturating_mul(1 << tried.saturating_sub(1).min(16));
    doubled.min(settings.backoff_cap).mul_f64(random.random::<f64>())
}

/// The wait that an answer asks for; `None`: none that makes sense. Dates count from the answer's own date, so that no
/// clock has to be right.
pub(super) fn asked(headers: &HeaderMap) -> Option<Pause> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let now = now(headers);
    let until = |end: DateTime<Utc>| (end - now?).to_std().ok();
    let (value, asked) = match text(RETRY_AFTER.as_str()) {
        Some(value) => (value, seconds(value).or_else(|| date(value).and_then(until))?),
        None if text("ratelimit-reason").is_some_and(|reason| reason.contains("quota")) => {
            let value = text("x-ratelimit-reset")?;
            (value, date(value).and_then(until)?)
        }
        None => return None,
    };
    let cut = (asked > LONGEST_PAUSE).then(|| {
        let unit = if seconds(value).is_some() { " s" } else { "" };
        format!("it asked for a pause of `{}`{unit}, Daybook asks again in 6 h", super::scrubbed(value))
    });
    Some(Pause { wait: asked.min(LONGEST_PAUSE), cut }).filter(|pause| !pause.wait.is_zero())
}

/// The wait for a quota that the body of an answer names. A moment counts from the answer's own date.
pub(super) fn quota(again: Again, headers: &HeaderMap) -> Option<Duration> {
    let wait = match again {
        Again::In(wait) => wait,
        Again::At(at) => {
            let now = date(headers.get(DATE)?.to_str().ok()?)?;
            (at - now).to_std().unwrap_or_default()
        }
    };
    Some(wait.clamp(SHORTEST_QUOTA, LONGEST_QUOTA))
}

/// What time it is for whoever answered.
pub(super) fn now(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    headers.get(DATE).and_then(|value| value.to_str().ok()).map(str::trim).and_then(date)
}

/// Whole seconds. Below zero means at once; a number that nothing can hold means for ever.
fn seconds(text: &str) -> Option<Duration> {
    let is_below = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = if is_below { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    Some(Duration::from_secs(seconds))
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text)
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .map(|time| time.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").map(|time| time.and_utc()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_by(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), reqwest::header::HeaderValue::from_static(value)))
            .collect();
        asked(&headers).map(|pause| pause.wait.as_secs())
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let date = ("date", "Fri, 20 Nov 2026 11:59:30 GMT");
        assert_eq!(asked_by(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked_by(&[("retry-after", "+21600")]), Some(21_600));
        assert_eq!(asked_by(&[("retry-after", "Fri, 20 Nov 2026 12:00:00 GMT"), date]), Some(30));
        assert_eq!(asked_by(&[("retry-after", "Fri, 20 Nov 2026 11:00:00 GMT"), date]), None);
        let none =
            ["0", "-1", "-99999999999999999999999", "soon", "", "-", "1e9", "1.5", "7s", "Fri, 99 Nov"];
        for junk in none {
            assert_eq!(asked_by(&[("retry-after", junk), date]), None, "{junk}");
        }
    }

    #[test]
    fn no_more_than_six_hours_are_obeyed_and_the_rest_is_said() {
        let date = ("date", "Fri, 20 Nov 2026 11:59:30 GMT");
        for (value, words) in [
            ("21601", "`21601` s"),
            ("60000000", "`60000000` s"),
            ("99999999999999999999999", "`99999999999999999999999` s"),
            ("Thu, 01 Jan 2099 00:00:00 GMT", "`Thu, 01 Jan 2099 00:00:00 GMT`,"),
        ] {
            let headers = HeaderMap::from_iter([
                (RETRY_AFTER, value.parse().unwrap()),
                (DATE, date.1.parse().unwrap()),
            ]);
            let Pause { wait, cut } = asked(&headers).unwrap();
            let cut = cut.unwrap();
            assert_eq!(wait, Duration::from_hours(6), "{value}");
            assert!(cut.contains(words) && cut.ends_with("Daybook asks again in 6 h"), "{cut}");
        }
        let headers = HeaderMap::from_iter([(RETRY_AFTER, "21600".parse().unwrap())]);
        assert_eq!(asked(&headers), Some(Pause { wait: LONGEST_PAUSE, cut: None }));
        let reset = [
            ("ratelimit-reason", "jira-quota-global-based"),
            ("x-ratelimit-reset", "2099-01-01T00:00Z"),
            date,
        ];
        assert_eq!(asked_by(&reset), Some(6 * 3600));
    }

    #[test]
    fn a_quota_that_names_only_its_reset_is_waited_for() {
        let headers = [
            ("date", "Fri, 20 Nov 2026 11:59:00 GMT"),
            ("ratelimit-reason", "jira-quota-global-based"),
            ("x-ratelimit-reset", "2026-11-20T12:00Z"),
        ];
        assert_eq!(asked_by(&headers), Some(60));
        assert_eq!(asked_by(&headers[1..]), None);
    }

    #[test]
    fn a_quota_is_waited_for_from_a_second_to_a_day() {
        let headers = HeaderMap::from_iter([(DATE, "Fri, 20 Nov 2026 11:59:30 GMT".parse().unwrap())]);
        let wait = |again| quota(again, &headers).map(|wait| wait.as_secs());
        let at = |text: &str| Again::At(text.parse().unwrap());
        assert_eq!(wait(at("2026-11-20T12:00:00Z")), Some(30));
        assert_eq!(wait(at("2026-11-21T00:00:00Z")), Some(43_230));
        assert_eq!(wait(at("2026-11-19T00:00:00Z")), Some(1));
        assert_eq!(wait(at("2099-01-01T00:00:00Z")), Some(86_400));
        assert_eq!(wait(Again::In(Duration::ZERO)), Some(1));
        assert_eq!(quota(at("2026-11-20T12:00:00Z"), &HeaderMap::new()), None);
    }

    #[test]
    fn waits_double_up_to_their_cap_and_never_undercut_the_vendor() {
        let settings = Settings::default();
        for tried in 1..200 {
            assert!(wait(&settings, tried, None) <= settings.backoff_cap);
            assert!(wait(&settings, 1, None) <= settings.backoff_base);
            let asked = Duration::from_secs(7);
            let wait = wait(&settings, tried, Some(asked));
            assert!(wait >= asked && wait <= asked * 2);
        }
    }
}
