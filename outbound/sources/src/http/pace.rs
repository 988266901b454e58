//! How long to wait: what the vendor asked for, or full jitter over a doubling wait; and the gate for everybody else.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use rand::Rng;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::Settings;

/// Quotas start anew each full hour; no answer may shut the gate for longer than that.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Shut while a vendor wants quiet from a credential. All calls of the credential pass it.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<Option<Instant>>);

impl Gate {
    /// Shuts it for so long, or leaves it shut for longer.
    pub(super) fn close_for(&self, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST_PAUSE);
        let mut opens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *opens = Some(opens.map_or(until, |opens| opens.max(until)));
    }

    /// How long it stays shut; `None`: it is open.
    pub(super) fn left(&self) -> Option<Duration> {
        let opens = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(opens.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }
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

/// The wait that an answer asks for. Dates count from the answer's own date, so that no clock has to be right.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let now = text(DATE.as_str()).and_then(date);
    let until = |end: DateTime<Utc>| (end - now?).to_std().ok();
    let asked = match text(RETRY_AFTER.as_str()) {
        Some(value) => match value.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => date(value).and_then(until),
        },
        None if text("ratelimit-reason").is_some_and(|reason| reason.contains("quota")) => {
            text("x-ratelimit-reset").and_then(date).and_then(until)
        }
        None => None,
    };
    // A sum of an absurd wait and the time would overflow; a year is as good as for ever.
    asked.filter(|asked| !asked.is_zero()).map(|asked| asked.min(Duration::from_hours(366 * 24)))
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
        asked(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let date = ("date", "Fri, 20 Nov 2026 11:59:30 GMT");
        assert_eq!(asked_by(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked_by(&[("retry-after", "99999")]), Some(99_999));
        assert_eq!(asked_by(&[("retry-after", "Fri, 20 Nov 2026 12:00:00 GMT"), date]), Some(30));
        assert_eq!(asked_by(&[("retry-after", "Fri, 20 Nov 2026 11:00:00 GMT"), date]), None);
        for junk in ["0", "-1", "soon", "", "99999999999999999999999999", "Fri, 99 Nov"] {
            assert_eq!(asked_by(&[("retry-after", junk), date]), None, "{junk}");
        }
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

    #[tokio::test(start_paused = true)]
    async fn the_gate_stays_shut_for_the_longest_wait_asked_for() {
        let gate = Gate::default();
        assert_eq!(gate.left(), None);
        gate.close_for(Duration::from_secs(7));
        gate.close_for(Duration::from_secs(2));
        assert_eq!(gate.left(), Some(Duration::from_secs(7)));
        gate.close_for(Duration::from_secs(99_999));
        assert_eq!(gate.left(), Some(LONGEST_PAUSE));
        tokio::time::advance(LONGEST_PAUSE).await;
        assert_eq!(gate.left(), None);
    }
}
