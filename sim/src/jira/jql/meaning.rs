//! A sentence to its meaning: fields and values that exist, times as milliseconds, and the narrowest range to walk.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::parser::{self, Clause, Operand, Operator};
use crate::jira::caller::Caller;
use crate::jira::issue::{Issue, key_parts};
use crate::jira::problem::Problem;
use crate::jira::shelf::{self, Sort};
use crate::jira::site::Site;

const MOST_ORDER_FIELDS: usize = 7;

/// A question that can be answered.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) test: Test,
    /// Never empty; ids break ties.
    pub(crate) order: Vec<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) sort: Sort,
    pub(crate) descends: bool,
}

/// What an issue must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// In one of these projects, by key.
    Project(Vec<String>),
    /// One of these, by id.
    Id(Vec<u64>),
    Within(Sort, RangeInclusive<i64>),
    /// The key of the status category.
    Category(Vec<String>),
    /// The name of the status in lower case.
    Status(Vec<String>),
}

impl Test {
    pub(crate) fn holds(&self, issue: &Issue) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(issue)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(issue)),
            Self::Not(test) => !test.holds(issue),
            Self::Project(keys) => keys.contains(&issue.project),
            Self::Id(ids) => ids.contains(&issue.id),
            Self::Within(sort, range) => range.contains(&shelf::value(issue, *sort)),
            Self::Category(keys) => keys.contains(&issue.category),
            Self::Status(names) => names.contains(&issue.status),
        }
    }

    /// What must hold in any case.
    fn necessary(&self) -> Vec<&Self> {
        match self {
            Self::All(tests) => tests.iter().flat_map(Self::necessary).collect(),
            test => vec![test],
        }
    }
}

impl Query {
    /// The values between which everything lies that can be an answer.
    pub(crate) fn range(&self, sort: Sort) -> RangeInclusive<i64> {
        self.test.necessary().into_iter().fold(i64::MIN..=i64::MAX, |range, test| match test {
            Test::Within(by, within) if *by == sort => {
                *range.start().max(within.start())..=*range.end().min(within.end())
            }
            _ => range,
        })
    }

    /// Whether answers can be in this project.
    pub(crate) fn allows_project(&self, key: &str) -> bool {
        self.test.necessary().into_iter().all(|test| match test {
            Test::Project(keys) => keys.iter().any(|allowed| allowed == key),
            _ => true,
        })
    }

    /// The issues that it names, if it does.
    pub(crate) fn named(&self) -> Option<&[u64]> {
        self.test.necessary().into_iter().find_map(|test| match test {
            Test::Id(ids) => Some(ids.as_slice()),
            _ => None,
        })
    }
}

/// Reads a question and gives it its meaning on this site for this caller.
pub(crate) fn read(jql: &str, site: &Site, caller: &Caller, now: DateTime<Utc>) -> Result<Query, Problem> {
    let sentence = parser::sentence(jql)?;
    if sentence.order.len() > MOST_ORDER_FIELDS {
        return Err(Problem::invalid(format!(
            "The maximum number of order by fields is {MOST_ORDER_FIELDS}. Please reduce the number of fields."
        )));
    }
    let Some(clause) = sentence.clause else {
        return Err(Problem::invalid(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        ));
    };
    let reader = Reader { site, caller, now };
    let test = reader.test(&clause)?;
    let mut order = sentence
        .order
        .iter()
        .map(|(field, descends)| order(field, *descends))
        .collect::<Result<Vec<_>, _>>()?;
    if order.is_empty() {
        order.push(Order { sort: Sort::Created, descends: true });
    }
    Ok(Query { test, order })
}

fn order(field: &str, descends: bool) -> Result<Order, Problem> {
    let sort = match field {
        "updated" | "updateddate" => Sort::Updated,
        "created" | "createddate" => Sort::Created,
        "key" | "issuekey" => Sort::Key,
        "id" | "issueid" => Sort::Id,
        field => return Err(no_field(field)),
    };
    Ok(Order { sort, descends })
}

struct Reader<'a> {
    site: &'a Site,
    caller: &'a Caller,
    now: DateTime<Utc>,
}

impl Reader<'_> {
    fn test(&self, clause: &Clause) -> Result<Test, Problem> {
        match clause {
            Clause::And(clauses) => Ok(Test::All(self.tests(clauses)?)),
            Clause::Or(clauses) => Ok(Test::Any(self.tests(clauses)?)),
            Clause::Not(clause) => Ok(Test::Not(Box::new(self.test(clause)?))),
            Clause::Compare { field, operator, values } => self.comparison(field, *operator, values),
        }
    }

    fn tests(&self, clauses: &[Clause]) -> Result<Vec<Test>, Problem> {
        clauses.iter().map(|clause| self.test(clause)).collect()
    }

    fn comparison(&self, field: &str, operator: Operator, values: &[Operand]) -> Result<Test, Problem> {
        match field {
            "updated" | "updateddate" => self.time("updated", Sort::Updated, operator, values),
            "created" | "createddate" => self.time("created", Sort::Created, operator, values),
            "project" => {
                listed(field, operator, each(values, |value| self.project(&value.text))?, Test::Project)
            }
            "statuscategory" => listed(field, operator, each(values, category)?, Test::Category),
            "status" => listed(field, operator, each(values, |value| self.status(value))?, Test::Status),
            "id" | "key" | "issue" | "issuekey" => self.issues(field, operator, values),
            field => Err(no_field(field)),
        }
    }

    /// Ids are compared as numbers, whether they exist or not; keys within their project.
    fn issues(&self, field: &str, operator: Operator, values: &[Operand]) -> Result<Test, Problem> {
        let one = values.first().map(|value| value.text.as_str()).unwrap_or_default();
        if range(operator, 0).is_none() {
            return listed(field, operator, each(values, |value| self.issue(field, value))?, Test::Id);
        }
        let (sort, number, project) = match (one.parse::<i64>(), key_parts(one)) {
            (Ok(id), _) => (Sort::Id, id, None),
            (Err(_), Some((project, number))) => {
                (Sort::Key, i64::try_from(number).unwrap_or(i64::MAX), Some(self.project(project)?))
            }
            _ => return Err(no_value(field, one)),
        };
        let within = range(operator, number).map(|range| Test::Within(sort, range));
        let project = project.map(|key| Test::Project(vec![key]));
        Ok(Test::All(within.into_iter().chain(project).collect()))
    }

    fn time(&self, field: &str, sort: Sort, operator: Operator, values: &[Operand]) -> Result<Test, Problem> {
        let moments = each(values, |value| self.moment(field, value))?;
        let one = moments.first().copied().unwrap_or_default();
        match (operator, range(operator, one)) {
            (_, Some(range)) => Ok(Test::Within(sort, range)),
            (Operator::Equal, None) => Ok(Test::Within(sort, one..=one)),
            (Operator::NotEqual, None) => Ok(Test::Not(Box::new(Test::Within(sort, one..=one)))),
            _ => Err(no_operator(field, operator)),
        }
    }

    /// Bare milliseconds have no zone; everything quoted is read in the caller's.
    fn moment(&self, field: &str, value: &Operand) -> Result<i64, Problem> {
        if !value.quoted
            && let Ok(milliseconds) = value.text.parse::<i64>()
        {
            return Ok(milliseconds);
        }
        local(&value.text)
            .and_then(|time| in_zone(time, self.caller.zone))
            .or_else(|| Some((self.now + period(&value.text)?).timestamp_millis()))
            .ok_or_else(|| {
                Problem::invalid(format!(
                    "Date value '{}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', \
                     'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
                    value.text
                ))
            })
    }

    fn project(&self, name: &str) -> Result<String, Problem> {
        self.site.project_called(name, self.caller).ok_or_else(|| no_value("project", name))
    }

    fn status(&self, value: &Operand) -> Result<String, Problem> {
        let name = value.text.to_lowercase();
        self.site.has_status(&name).then_some(name).ok_or_else(|| no_value("status", &value.text))
    }

    fn issue(&self, field: &str, value: &Operand) -> Result<u64, Problem> {
        let issue = self.site.issue(&value.text, self.caller);
        issue.map(|issue| issue.id).ok_or_else(|| {
            Problem::invalid(match value.text.parse::<u64>() {
                Ok(id) => format!("A value with ID '{id}' does not exist for the field '{field}'."),
                Err(_) => format!("An issue with key '{}' does not exist for field '{field}'.", value.text),
            })
        })
    }
}

fn each<T>(values: &[Operand], read: impl Fn(&Operand) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
    values.iter().map(read).collect()
}

fn listed<T>(
    field: &str,
    operator: Operator,
    values: Vec<T>,
    test: fn(Vec<T>) -> Test,
) -> Result<Test, Problem> {
    match operator {
        Operator::Equal | Operator::In => Ok(test(values)),
        Operator::NotEqual | Operator::NotIn => Ok(Test::Not(Box::new(test(values)))),
        _ => Err(no_operator(field, operator)),
    }
}

fn range(operator: Operator, value: i64) -> Option<RangeInclusive<i64>> {
    match operator {
        Operator::Less => Some(i64::MIN..=value.saturating_sub(1)),
        Operator::LessOrEqual => Some(i64::MIN..=value),
        Operator::Greater => Some(value.saturating_add(1)..=i64::MAX),
        Operator::GreaterOrEqual => Some(value..=i64::MAX),
        _ => None,
    }
}

fn category(value: &Operand) -> Result<String, Problem> {
    match value.text.to_lowercase().as_str() {
        "to do" | "new" | "2" => Ok("new".to_owned()),
        "in progress" | "indeterminate" | "4" => Ok("indeterminate".to_owned()),
        "done" | "3" => Ok("done".to_owned()),
        _ => Err(no_value("statusCategory", &value.text)),
    }
}

fn local(text: &str) -> Option<NaiveDateTime> {
    let text = text.replace('/', "-");
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M")
        .ok()
        .or_else(|| Some(NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))
}

/// A time that the clocks skipped is read an hour later; one that they showed twice is the first.
fn in_zone(time: NaiveDateTime, zone: Tz) -> Option<i64> {
    let moment = zone.from_local_datetime(&time).earliest();
    let moment = moment.or_else(|| zone.from_local_datetime(&(time + TimeDelta::hours(1))).earliest());
    moment.map(|moment| moment.timestamp_millis())
}

/// `-5d`, `4w 2d`.
fn period(text: &str) -> Option<TimeDelta> {
    let (sign, text) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim()),
    };
    let mut sum = TimeDelta::zero();
    for part in text.split_whitespace() {
        let unit = part.chars().last()?;
        let number: i64 =
            part.strip_suffix(unit)?.parse().ok().filter(|number| (0..100_000).contains(number))?;
        let span = match unit {
            'w' => TimeDelta::try_weeks(number)?,
            'd' => TimeDelta::try_days(number)?,
            'h' => TimeDelta::try_hours(number)?,
            'm' => TimeDelta::try_minutes(number)?,
            _ => return None,
        };
        sum += span;
    }
    (!text.is_empty() && sum < TimeDelta::days(36_500)).then_some(sum * sign)
}

fn no_field(field: &str) -> Problem {
    Problem::invalid(format!("Field '{field}' does not exist or you do not have permission to view it."))
}

fn no_value(field: &str, value: &str) -> Problem {
    Problem::invalid(format!("The value '{value}' does not exist for the field '{field}'."))
}

fn no_operator(field: &str, operator: Operator) -> Problem {
    Problem::invalid(format!("The operator '{operator:?}' is not supported by the '{field}' field."))
}
