//! Faults on demand: which request goes wrong, how, and how often.

mod kind;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::kind::{BrokenShape, FaultKind};

/// One fault that was asked for.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fault {
    #[serde(flatten)]
    aim: Aim,
    #[serde(flatten)]
    kind: FaultKind,
    /// Requests to its path.
    seen: u64,
    /// Requests that it hit.
    fired: u64,
}

/// Which requests a fault hits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Aim {
    /// The vendor.
    #[serde(default = "jira")]
    vendor: String,
    /// Only requests whose path contains this.
    #[serde(default, rename = "match")]
    path: String,
    /// Requests that pass before the first.
    #[serde(default)]
    after: u64,
    /// How many requests it hits; absent: every one from then on.
    #[serde(default)]
    times: Option<u64>,
    /// Of those only each n-th.
    #[serde(default = "one")]
    every: u64,
}

fn jira() -> String {
    "jira".to_owned()
}

fn one() -> u64 {
    1
}

impl Fault {
    /// Reads `{"match":"search/jql","after":2,"times":1,"kind":"status","code":503}`.
    fn read(value: Value, vendors: &[Known]) -> Result<Self, String> {
        let Value::Object(members) = value else { return Err("a fault is a JSON object".to_owned()) };
        let (aim, kind): (Map<_, _>, Map<_, _>) = members
            .into_iter()
            .partition(|(name, _)| ["vendor", "match", "after", "times", "every"].contains(&name.as_str()));
        let aim: Aim = serde_json::from_value(aim.into()).map_err(|error| error.to_string())?;
        let kind: FaultKind = serde_json::from_value(kind.into()).map_err(|error| error.to_string())?;
        let vendor = vendors.iter().find(|vendor| vendor.name == aim.vendor).ok_or_else(|| {
            let names: Vec<_> = vendors.iter().map(|vendor| vendor.name).collect();
            format!("`{}` is not simulated; there are {}", aim.vendor, names.join(", "))
        })?;
        if let FaultKind::Quirk { name, .. } = &kind
            && !vendor.quirks.contains(&name.as_str())
        {
            let quirks = vendor.quirks.join(", ");
            return Err(format!("{} has no quirk `{name}`; it has: {quirks}", vendor.name));
        }
        Ok(Self { aim, kind, seen: 0, fired: 0 })
    }

    /// Counts the request, and says whether it is hit; not if another fault has ended it `already`.
    fn hits(&mut self, vendor: &str, path: &str, already: bool) -> bool {
        if self.aim.vendor != vendor || !path.contains(&self.aim.path) {
            return false;
        }
        self.seen += 1;
        let due = !already
            && self.seen > self.aim.after
            && (self.seen - self.aim.after - 1).is_multiple_of(self.aim.every.max(1))
            && self.aim.times.is_none_or(|times| self.fired < times);
        self.fired += u64::from(due);
        due
    }
}

/// A vendor that can have faults.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// Faults that only it has.
    pub(crate) quirks: &'static [&'static str],
}

/// All faults that were asked for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    #[serde(skip)]
    vendors: Vec<Known>,
}

impl Faults {
    /// None yet; these vendors can have some.
    pub(crate) fn of(vendors: Vec<Known>) -> Self {
        Self { list: Vec::new(), vendors }
    }

    /// Adds one fault or a list of them: all or none.
    pub(crate) fn add(&mut self, value: Value) -> Result<(), String> {
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        let faults = values.into_iter().map(|value| Fault::read(value, &self.vendors));
        let faults = faults.collect::<Result<Vec<_>, _>>()?;
        self.list.extend(faults);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Those that hit a request to this path, in order; at most one of them ends it, the last.
    pub(crate) fn hitting(&mut self, vendor: &str, path: &str) -> Vec<FaultKind> {
        let (mut kinds, mut ended) = (Vec::new(), false);
        for fault in &mut self.list {
            if fault.hits(vendor, path, ended) {
                kinds.push(fault.kind.clone());
                ended = fault.kind.ends_the_request();
            }
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn none() -> Faults {
        let quirks: &[_] = &["moves"];
        Faults::of(vec![Known { name: "jira", quirks: &[] }, Known { name: "tempo", quirks }])
    }

    #[test]
    fn a_fault_waits_fires_and_ends() {
        let mut faults = none();
        faults.add(json!({"match": "search/jql", "after": 1, "times": 2, "kind": "reset"})).unwrap();
        let hits: Vec<_> = (0..5).map(|_| faults.hitting("jira", "/x/search/jql").len()).collect();
        assert_eq!(hits, [0, 1, 1, 0, 0]);
        assert!(faults.hitting("jira", "/myself").is_empty());
        assert_eq!(serde_json::to_value(&faults).unwrap()[0]["fired"], 2);
    }

    #[test]
    fn faults_take_turns_and_count_the_same_requests() {
        let mut faults = none();
        let one = json!({"times": 1, "kind": "status", "code": 500});
        faults.add(json!([one, one, {"after": 2, "times": 1, "kind": "reset"}])).unwrap();
        let hits: Vec<_> = (0..4).map(|_| faults.hitting("jira", "").len()).collect();
        assert_eq!(hits, [1, 1, 1, 0]);
    }

    #[test]
    fn every_third_request_can_be_hit() {
        let mut faults = none();
        faults.add(json!([{"every": 3, "kind": "rate_limited", "retry_after": "1"}])).unwrap();
        let hits: Vec<_> = (0..5).map(|_| faults.hitting("jira", "").len()).collect();
        assert_eq!(hits, [1, 0, 0, 1, 0]);
    }

    #[test]
    fn a_word_that_no_fault_knows_is_refused() {
        let mut faults = none();
        for wrong in [
            json!({"kind": "slow", "delay": 5}),
            json!({"kind": "reset", "tims": 1}),
            json!({"kind": "unheard_of"}),
            json!({"kind": "reset", "vendor": "linear"}),
            json!({"kind": "quirk", "name": "moves"}),
            json!({"kind": "quirk", "name": "stands", "vendor": "tempo"}),
            json!(7),
        ] {
            assert!(faults.add(wrong).is_err());
        }
        assert_eq!(serde_json::to_value(&faults).unwrap(), json!([]));
    }
    #[test]
    fn a_fault_hits_its_vendor_only() {
        let mut faults = none();
        faults.add(json!({"vendor": "tempo", "kind": "quirk", "name": "moves"})).unwrap();
        assert!(faults.hitting("jira", "").is_empty());
        assert_eq!(faults.hitting("tempo", "").len(), 1);
    }
}
