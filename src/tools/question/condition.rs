//! What items must fulfil: the conditions of `where`, read once and held against each item.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::value::{self, Wanted};
use crate::client::{Violation, excerpt};
use crate::schema::Schema;
use crate::tools::path::{Known, Path, one_of, relative_to};
use crate::tools::sanitize::sanitize_name;
use crate::tools::suggestion::nearest;

/// The most conditions of one call, and values of one condition.
const MAX_CONDITIONS: usize = 50;
const MAX_VALUES: usize = 1000;

/// The operators by their names, as they are told; others are understood.
const OPERATORS: &str = "`not`, `after`, `before`, `contains`, `exists`";

/// A condition on what is at a path.
#[derive(Debug)]
pub struct Condition {
    /// Where.
    pub path: Path,
    /// All must hold.
    tests: Vec<Test>,
    /// Who holds it against the items.
    pub judge: Judge,
}

/// Who holds a condition against the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// This program.
    Here,
    /// WorkOS is asked for nothing else; what an item says otherwise counts.
    Both,
    /// WorkOS alone: its items do not say.
    Workos,
}

/// What must hold of the values at a path.
#[derive(Debug)]
enum Test {
    /// One is there, if any is wanted; or none is.
    Exists(bool),
    /// One of them is one of these; or, if that is said, there is none.
    OneOf { wanted: Vec<Wanted>, or_absent: bool },
    /// One of them holds this text, in any case.
    Contains(String),
    /// One of them is beyond this.
    Beyond(Side, Bound),
    /// Not all of these hold.
    Not(Vec<Self>),
}

/// On which side of a bound, and whether that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    Above,
    UpTo,
    Below,
}

#[derive(Debug)]
enum Bound {
    Time(DateTime<Utc>),
    Number(f64),
}

/// What somebody means by the name of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    Not,
    Exists(bool),
    Contains,
    Beyond(Side, Only),
}

/// What a bound may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Only {
    Times,
    TimesAndNumbers,
}

fn operator(name: &str) -> Option<Operator> {
    use Operator::{Beyond, Contains, Exists, Is, Not};
    use Side::{Above, Below, From, UpTo};
    let plain: String = name
        .trim_start_matches('$')
        .chars()
        .filter(|character| !matches!(character, '_' | ' ' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    Some(match plain.as_str() {
        "is" | "eq" | "equal" | "equals" | "in" | "oneof" | "anyof" | "=" | "==" => Is,
        "not" | "isnot" | "ne" | "neq" | "notequal" | "notequals" | "notin" | "nin" | "!=" => Not,
        "exists" | "present" => Exists(true),
        "absent" | "missing" | "isnull" | "notexists" => Exists(false),
        "contains" | "includes" | "icontains" => Contains,
        "after" | "since" => Beyond(From, Only::Times),
        "before" => Beyond(Below, Only::Times),
        "gte" | "ge" | "min" | ">=" => Beyond(From, Only::TimesAndNumbers),
        "gt" | ">" => Beyond(Above, Only::TimesAndNumbers),
        "lte" | "le" | "max" | "<=" => Beyond(UpTo, Only::TimesAndNumbers),
        "lt" | "<" => Beyond(Below, Only::TimesAndNumbers),
        _ => return None,
    })
}

/// The conditions that an object of `where` holds on items of this shape, and what is wrong with it.
pub fn parse(item: &'static Schema, conditions: Map<String, Value>) -> (Vec<Condition>, Vec<Violation>) {
    let mut reader = Reader { item, conditions: Vec::new(), violations: Vec::new() };
    for (text, wanted) in conditions {
        if text.starts_with('$') && operator(&text).is_none() && !text.starts_with("$.") {
            reader.fault(&text, "is no path: all conditions must hold, and a list is one of several values");
            continue;
        }
        match Path::parse(relative_to(item, &text)) {
            Ok(path) => reader.add(path, wanted),
            Err(fault) => reader.fault(&text, &format!("is no path: it {fault}")),
        }
    }
    (reader.conditions, reader.violations)
}

struct Reader {
    item: &'static Schema,
    conditions: Vec<Condition>,
    violations: Vec<Violation>,
}

impl Reader {
    fn fault(&mut self, path: &str, fault: &str) {
        if self.violations.len() < MAX_CONDITIONS {
            let path = excerpt(&sanitize_name(path), 120).into_owned();
            self.violations.push(Violation::of_argument("where", format!("`where`: `{path}` {fault}")));
        }
    }

    fn add(&mut self, path: Path, wanted: Value) {
        if self.conditions.len() >= MAX_CONDITIONS {
            if self.conditions.len() == MAX_CONDITIONS && self.violations.is_empty() {
                self.fault(
                    path.as_str(),
                    &format!("is one condition too many: up to {MAX_CONDITIONS} are held"),
                );
            }
            return;
        }
        let known = path.known(self.item);
        let wanted = match wanted {
            // An object in place of the path: `{"custom_attributes": {"department": "Sales"}}`.
            Value::Object(inner) if leads_on(known, &inner) => {
                for (key, wanted) in inner {
                    self.add(path.with_key(&key), wanted);
                }
                return;
            }
            wanted => wanted,
        };
        let words: &[&str] = match known {
            Known::Documented(schema) => match one_of(schema) {
                Schema::Choice(words) => words,
                _ => &[],
            },
            _ => &[],
        };
        match tests(wanted, words) {
            Ok(tests) => {
                let condition = Condition { path, tests, judge: Judge::Here };
                match condition.path.object_fault(known).filter(|_| condition.compares()) {
                    Some(fault) => self.fault(condition.path.as_str(), &fault),
                    None => self.conditions.push(condition),
                }
            }
            Err(fault) => self.fault(path.as_str(), &fault),
        }
    }
}

/// Whether an object in the place of a condition is one of further paths: none of its names is an
/// operator, and there may be fields.
fn leads_on(known: Known, inner: &Map<String, Value>) -> bool {
    let may_have_fields = match known {
        Known::Documented(schema) => matches!(
            one_of(schema),
            Schema::Object(..) | Schema::Map(_) | Schema::AnyObject | Schema::Payload | Schema::Any
        ),
        Known::Open(_) => true,
        Known::Unknown(..) => false,
    };
    may_have_fields && !inner.is_empty() && inner.keys().all(|name| operator(name).is_none())
}

/// The tests that the value of a condition stands for. `words` are those that are known there, if any.
fn tests(wanted: Value, words: &[&str]) -> Result<Vec<Test>, String> {
    match wanted {
        Value::Object(operators) => {
            if operators.is_empty() {
                return Err(format!("has an empty condition; there are {OPERATORS}, or a value alone"));
            }
            operators.into_iter().map(|(name, operand)| test(&name, operand, words)).collect()
        }
        wanted => Ok(vec![is(wanted, words)?]),
    }
}

/// One of several values, or one, or none.
fn is(wanted: Value, words: &[&str]) -> Result<Test, String> {
    let values = match wanted {
        Value::Null => return Ok(Test::Exists(false)),
        Value::Array(values) => values,
        value => vec![value],
    };
    if values.is_empty() {
        return Err("has an empty list, which nothing fits; leave it out".to_owned());
    }
    if values.len() > MAX_VALUES {
        return Err(format!("has more than {MAX_VALUES} values"));
    }
    let mut or_absent = false;
    let mut all = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Null => or_absent = true,
            Value::Object(_) | Value::Array(_) => {
                return Err("should be text, a number, true, false or null, or a list of these".to_owned());
            }
            Value::String(text) => all.push(Wanted::new(same_word(words, text).into())),
            value => all.push(Wanted::new(value)),
        }
    }
    Ok(Test::OneOf { wanted: all, or_absent })
}

/// A word as it is known, whatever its case.
fn same_word(words: &[&str], text: String) -> String {
    match words.iter().find(|word| word.eq_ignore_ascii_case(&text)) {
        Some(word) => (*word).to_owned(),
        None => text,
    }
}

fn test(name: &str, operand: Value, words: &[&str]) -> Result<Test, String> {
    let shown = sanitize_name(name);
    let Some(operator) = operator(name) else {
        let known = ["not", "after", "before", "contains", "exists"];
        let near = nearest(name, known.into_iter()).map(|near| format!("did you mean `{near}`? "));
        let hint = near.unwrap_or_default();
        return Err(format!("has no operator `{shown}`; {hint}there are {OPERATORS}, or a value alone"));
    };
    match operator {
        Operator::Is => is(operand, words),
        Operator::Not => Ok(Test::Not(tests(operand, words)?)),
        Operator::Exists(present) => match truth(&operand) {
            Some(truth) => Ok(Test::Exists(truth == present)),
            None => Err(format!("takes true or false as `{shown}`")),
        },
        Operator::Contains => match operand {
            Value::String(text) if !text.is_empty() => Ok(Test::Contains(text.to_lowercase())),
            Value::Number(number) => Ok(Test::Contains(number.to_string())),
            _ => Err(format!("takes some text as `{shown}`")),
        },
        Operator::Beyond(side, only) => {
            let time = operand.as_str().and_then(|text| value::time(text.trim())).map(Bound::Time);
            let bound = match only {
                Only::Times => time,
                Only::TimesAndNumbers => time.or_else(|| value::number(&operand).map(Bound::Number)),
            };
            let now = Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            let or_number = if only == Only::Times { "" } else { " or a number" };
            bound.map(|bound| Test::Beyond(side, bound)).ok_or_else(|| {
                format!("takes a time in ISO 8601{or_number} as `{shown}`, such as `{now}`, which is now")
            })
        }
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

impl Condition {
    /// Whether an item fulfils it.
    pub fn fits(&self, item: &Value) -> bool {
        if self.judge == Judge::Workos {
            return true;
        }
        let values = self.path.values(item);
        self.tests.iter().all(|test| test.holds(&values))
            // WorkOS has said that it fits, and the item does not say otherwise: to WorkOS, domains are the
            // same in any case.
            || (self.judge == Judge::Both && (values.is_empty() || self.in_other_case(item).is_some()))
    }

    /// Whether a single value would fulfil it.
    pub fn fits_value(&self, value: &Value) -> bool {
        self.tests.iter().all(|test| test.holds(&[value]))
    }

    /// The values of which the item must have one, if that is all it says.
    pub fn one_of(&self) -> Option<Vec<&Value>> {
        match &self.tests[..] {
            [Test::OneOf { wanted, or_absent: false }] => Some(wanted.iter().map(Wanted::value).collect()),
            _ => None,
        }
    }

    /// The time from which on, and the one up to which, it fits.
    pub fn span(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let (mut from, mut to) = (None, None);
        for test in &self.tests {
            match test {
                Test::Beyond(Side::From | Side::Above, Bound::Time(time)) => from = from.max(Some(*time)),
                Test::Beyond(_, Bound::Time(time)) => {
                    to = Some(to.map_or(*time, |to: DateTime<Utc>| to.min(*time)));
                }
                _ => {}
            }
        }
        (from, to)
    }

    /// Whether the values are compared with something, and not only there or not.
    pub fn compares(&self) -> bool {
        fn compares(test: &Test) -> bool {
            match test {
                Test::Exists(_) => false,
                Test::Not(tests) => tests.iter().any(compares),
                _ => true,
            }
        }
        self.tests.iter().any(compares)
    }

    /// A value that an item has instead, the same but for its case.
    pub fn in_other_case<'v>(&self, item: &'v Value) -> Option<&'v str> {
        let wanted = self.tests.iter().find_map(|test| match test {
            Test::OneOf { wanted, .. } => Some(wanted),
            _ => None,
        })?;
        let values = self.path.values(item);
        values.into_iter().find(|value| wanted.iter().any(|one| one.is_in_any_case(value)))?.as_str()
    }

    /// What no item can be as far as is known: words that are none of a closed number.
    pub fn unknown_word(&self, item: &'static Schema) -> Option<(String, &'static [&'static str])> {
        let Known::Documented(schema) = self.path.known(item) else { return None };
        let Schema::Choice(words) = one_of(schema) else { return None };
        let wanted = self.one_of()?;
        let other = wanted.into_iter().filter_map(Value::as_str).find(|word| !words.contains(word))?;
        Some((other.to_owned(), words))
    }
}

impl Test {
    fn holds(&self, values: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => values.is_empty() != *wanted,
            Self::OneOf { wanted, or_absent } => {
                (*or_absent && values.is_empty())
                    || values.iter().any(|value| wanted.iter().any(|wanted| wanted.is(value)))
            }
            Self::Contains(part) => values.iter().any(|value| match value {
                Value::String(text) => text.to_lowercase().contains(part),
                Value::Number(number) => number.as_str() == part,
                _ => false,
            }),
            Self::Beyond(side, bound) => values.iter().any(|value| bound.is_passed(*side, value)),
            Self::Not(tests) => !tests.iter().all(|test| test.holds(values)),
        }
    }
}

impl Bound {
    fn is_passed(&self, side: Side, value: &Value) -> bool {
        let order = match self {
            Self::Time(bound) => value.as_str().and_then(value::time).map(|time| time.cmp(bound)),
            Self::Number(bound) => value::number(value).and_then(|number| number.partial_cmp(bound)),
        };
        order.is_some_and(|order| match side {
            Side::From => order.is_ge(),
            Side::Above => order.is_gt(),
            Side::UpTo => order.is_le(),
            Side::Below => order.is_lt(),
        })
    }
}

#[cfg(test)]
mod tests;
