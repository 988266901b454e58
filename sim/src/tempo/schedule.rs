//! Who has to work when: schedules, schemes, periods, and the settings of the site.

use axum::http::StatusCode;
use chrono::{Datelike as _, NaiveDate, TimeDelta, Weekday};
use serde_json::{Value, json};

use super::ask::{Answer, Ask, PUBLIC};
use super::paging;
use super::problem::Problem;
use crate::reply::Reply;

const DAY_OF_WORK: u32 = 28_800;
const DAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
/// Nobody is told about more days at once.
const MOST_DAYS: usize = 3_660;

/// The days of the one who asks.
pub(super) fn days(ask: &Ask<'_>) -> Answer {
    let (from, to) = (ask.needed_day("from")?, ask.needed_day("to")?);
    let days: Vec<_> = span(from, to)?.map(day).collect();
    let address = paging::whole_address(ask);
    let body = json!({"self": address, "metadata": {"count": days.len()}, "results": days});
    Ok(Reply::typed(StatusCode::OK, "application/json", body.to_string()).rows(days.len()))
}

/// The days of somebody.
pub(super) fn days_of(ask: &Ask<'_>, account: &str) -> Answer {
    ask.tempo.book().author_with(account).ok_or(Problem::Missing("User not found"))?;
    days(ask)
}

fn span(from: NaiveDate, to: NaiveDate) -> Result<impl Iterator<Item = NaiveDate>, Problem> {
    if from > to {
        return Err(Problem::invalid("Parameter 'from' must be before or equal to 'to'"));
    }
    Ok(from.iter_days().take_while(move |day| *day <= to).take(MOST_DAYS))
}

fn day(day: NaiveDate) -> Value {
    let free = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let kind = if free { "NON_WORKING_DAY" } else { "WORKING_DAY" };
    json!({"date": day.to_string(), "requiredSeconds": if free { 0 } else { DAY_OF_WORK }, "type": kind})
}

/// Eight hours from Monday to Friday.
pub(super) fn usual_scheme(members: usize) -> Value {
    let days: Vec<_> = DAYS
        .iter()
        .enumerate()
        .map(|(place, day)| json!({"day": day, "requiredSeconds": if place < 5 { DAY_OF_WORK } else { 0 }}))
        .collect();
    json!({
        "self": format!("{PUBLIC}/4/workload-schemes/2"), "id": 2, "name": "Eight hours a day",
        "description": "Monday to Friday", "defaultScheme": true, "memberCount": members, "days": days,
    })
}

pub(super) fn schemes(ask: &Ask<'_>) -> Answer {
    let book = ask.tempo.book();
    paging::page(ask, &book.schemes, Value::to_string)
}

/// Weeks, from Monday to Sunday.
pub(super) fn periods(ask: &Ask<'_>) -> Answer {
    let (from, to) = (ask.needed_day("from")?, ask.needed_day("to")?);
    let monday = from - TimeDelta::days(i64::from(from.weekday().num_days_from_monday()));
    let weeks = span(monday, to.max(monday))?.step_by(7);
    let weeks: Vec<_> = weeks
        .map(|monday| json!({"from": monday.to_string(), "to": (monday + TimeDelta::days(6)).to_string()}))
        .collect();
    let body =
        json!({"self": paging::whole_address(ask), "metadata": {"count": weeks.len()}, "periods": weeks});
    Ok(Reply::typed(StatusCode::OK, "application/json", body.to_string()).rows(weeks.len()))
}

pub(super) fn configuration() -> Reply {
    let body = json!({
        "approvalPeriod": "WEEKLY", "approvalWeekStart": "MONDAY", "maxHoursPerDayPerUser": 24,
        "numberOfDaysAllowedIntoFuture": 60, "remainingEstimateOptional": true, "worklogDescriptionOptional": true,
        "allowLoggingOnClosedAccount": false, "weekStart": "MONDAY",
    });
    Reply::typed(StatusCode::OK, "application/json", body.to_string())
}
