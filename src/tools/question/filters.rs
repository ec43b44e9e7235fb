//! What of a question WorkOS can answer by itself: conditions that are sent as arguments of the list,
//! so that fewer items have to be read, or any that would not come otherwise.
//!
//! Nothing is sent that could leave out an item that fits: an argument that filters by the same value,
//! or a range of times that reaches a little farther than the one that is asked for.

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::condition::{Condition, Judge};
use crate::client::{Arguments, Violation};
use crate::operation::{Destination, Operation, Rule};
use crate::schema::{Field, Schema};
use crate::tools::path::{Known, Path, one_of};

/// Arguments that name no field of the items, and filter by nothing that is equal.
const NO_FILTERS: &[&str] = &["limit", "after", "before", "order", "search"];

/// Adds to the arguments of a call what its conditions ask of WorkOS, and says in them who holds them
/// against the items. `paths` are those by which is counted or sorted.
pub fn send(
    operation: &'static Operation,
    conditions: &mut [Condition],
    paths: &[&Path],
    arguments: &mut Arguments,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let Some(item) = operation.items() else { return violations };
    let given = arguments.clone();
    for condition in conditions {
        send_times(operation, condition, &given, arguments);
        let Some(field) = filter_for(operation, &condition.path) else {
            violations.extend(other_argument(operation, item, condition));
            continue;
        };
        let sent = sent(field, condition, is_told(item, &condition.path));
        match sent {
            Ok(Sent { value, judge }) => {
                let before = given.get(field.name).filter(|value| !value.is_null());
                let told = judge != Judge::Workos;
                match before {
                    // It is asked for already, and what else the condition says is seen here.
                    Some(_) if told => {}
                    Some(before) if is_same(before, &value) => condition.judge = judge,
                    Some(_) => violations.push(twice(field)),
                    None if told && is_excluded(operation, field, &given) => {}
                    None => {
                        condition.judge = judge;
                        arguments.insert(field.name.to_owned(), value);
                    }
                }
            }
            Err(Some(fault)) => violations.push(fault),
            Err(None) => {}
        }
    }
    // A list that leaves something out unless it is told not to is not to be counted so.
    for path in paths {
        if let Some(field) = filter_for(operation, path)
            && let Some(words) = words_of(field)
            && is_told(item, path)
            && arguments.get(field.name).is_none_or(Value::is_null)
        {
            arguments.insert(field.name.to_owned(), words.into());
        }
    }
    violations
}

/// What goes into an argument.
struct Sent {
    value: Value,
    judge: Judge,
}

/// What a condition makes of an argument. Items that `told` have the field say themselves.
fn sent(field: &'static Field, condition: &Condition, told: bool) -> Result<Sent, Option<Violation>> {
    let judge = if told { Judge::Both } else { Judge::Workos };
    let is_list = matches!(field.schema.present(), Schema::List(_));
    match condition.one_of() {
        Some(values) if is_list => Ok(Sent { value: values.into_iter().cloned().collect(), judge }),
        Some(values) => match values[..] {
            [value] => Ok(Sent { value: value.clone(), judge }),
            _ if told => Err(None),
            _ => Err(Some(only_one(field, condition))),
        },
        None if !told => Err(Some(only_one(field, condition))),
        // Any condition on a word of a few is one of those that fit it.
        None => {
            let words = words_of(field).ok_or(None)?;
            let fits = |word: &&str| condition.fits_value(&Value::from(*word));
            let fitting: Vec<&str> = words.iter().copied().filter(fits).collect();
            let value = if fitting.is_empty() { words.into() } else { fitting.into() };
            Ok(Sent { value, judge: Judge::Both })
        }
    }
}

fn only_one(field: &Field, condition: &Condition) -> Violation {
    let (path, name) = (condition.path.as_str(), field.name);
    Violation::of_argument(
        "where",
        format!(
            "`where`: items do not say their `{path}`, and WorkOS can be asked for one value alone, as `{name}`"
        ),
    )
}

fn twice(field: &Field) -> Violation {
    let name = field.name;
    Violation::of_argument(
        "where",
        format!("`{name}` is given twice, once in `where`, with different values"),
    )
}

/// The condition names an argument that is none of its items' fields, and no filter for equal values.
fn other_argument(operation: &Operation, item: &'static Schema, condition: &Condition) -> Option<Violation> {
    let name = condition.path.only_name()?;
    let field = operation.field(name)?;
    matches!(condition.path.known(item), Known::Unknown(..)).then(|| {
        let name = field.name;
        Violation::of_argument("where", format!("`where`: `{name}` is no field of the items but an argument of its own: give it beside `where`"))
    })
}

/// The argument that filters by what is at a path.
fn filter_for(operation: &'static Operation, path: &Path) -> Option<&'static Field> {
    let filters = || {
        operation.fields.iter().filter(|field| {
            operation.destination(field) == Destination::Query
                && !field.time
                && !field.secret
                && !NO_FILTERS.contains(&field.name)
                && match field.schema.present() {
                    Schema::String | Schema::Choice(_) => true,
                    Schema::List(item) => matches!(item.present(), Schema::String | Schema::Choice(_)),
                    _ => false,
                }
        })
    };
    let is_list = |field: &Field| matches!(field.schema.present(), Schema::List(_));
    if let Some(name) = path.only_name() {
        let object = name.strip_suffix("_id").unwrap_or_default();
        return filters()
            .find(|field| [field.name, field.api_name].contains(&name))
            .or_else(|| filters().find(|field| is_list(field) && is_plural(field.name, name)))
            .or_else(|| filters().find(|field| field.api_name == object));
    }
    // `domains.domain` is what `domains` and `domain` filter by.
    let (list, name) = path.two_names().filter(|(list, name)| is_plural(list, name))?;
    filters().find(|field| if is_list(field) { field.name == list } else { field.name == name })
}

fn is_plural(plural: &str, singular: &str) -> bool {
    let ending = plural.strip_prefix(singular);
    matches!(ending, Some("s" | "es"))
        || (plural.strip_suffix("ies").is_some_and(|stem| singular.strip_suffix('y') == Some(stem)))
}

/// Whether items say what is at a path, as a value that can be compared.
fn is_told(item: &'static Schema, path: &Path) -> bool {
    matches!(path.known(item), Known::Documented(schema) if !matches!(one_of(schema), Schema::Object(..)))
}

/// All words of an argument that takes several of a few.
fn words_of(field: &Field) -> Option<Vec<&'static str>> {
    let Schema::List(item) = field.schema.present() else { return None };
    match item.present() {
        Schema::Choice(words) => Some(words.to_vec()),
        _ => None,
    }
}

fn is_same(given: &Value, value: &Value) -> bool {
    given == value || matches!(value, Value::Array(items) if items.len() == 1 && *given == items[0])
}

/// Whether the argument must not stand beside one that is given.
fn is_excluded(operation: &Operation, field: &Field, given: &Arguments) -> bool {
    operation.rules.iter().any(|rule| match rule {
        Rule::OneOf(sets) | Rule::AtMostOneOf(sets) => {
            let names = |set: &&[&str]| set.contains(&field.name);
            let is_given = |name: &&str| given.get(*name).is_some_and(|value| !value.is_null());
            sets.iter().any(names) && sets.iter().any(|set| !names(set) && set.iter().any(is_given))
        }
        _ => false,
    })
}

/// Sends the times that a condition reaches over, where the list takes such a range.
fn send_times(operation: &Operation, condition: &Condition, given: &Arguments, arguments: &mut Arguments) {
    let Some(name) = condition.path.only_name().and_then(|name| name.strip_suffix("_at")) else { return };
    let (from, to) = condition.span();
    let ranges = [("after", "range_start", from, -1), ("before", "range_end", to, 1)];
    for (side, of_creation, time, beyond) in ranges {
        let names = |field: &&Field| {
            field.time
                && (field.name.strip_prefix(name) == Some(&format!("_{side}"))
                    || (name == "created" && field.name == of_creation))
        };
        let field = operation.fields.iter().find(names);
        if let (Some(field), Some(time)) = (field, time)
            && given.get(field.name).is_none_or(Value::is_null)
            // Whether a range has its ends in it is not documented of all.
            && let Some(text) = text_of(time + TimeDelta::milliseconds(beyond))
        {
            arguments.insert(field.name.to_owned(), text.into());
        }
    }
}

fn text_of(time: DateTime<Utc>) -> Option<String> {
    (0..=9999).contains(&time.year()).then(|| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::condition::parse;
    use super::*;

    /// What is sent besides `given`, who judges each condition, and what is wrong.
    fn sent(tool: &str, given: Value, conditions: Value, counted: &[&str]) -> (Value, Vec<Judge>, String) {
        let operation =
            crate::api::operations().find(|operation| operation.name == tool).expect("an operation");
        let (Value::Object(given), Value::Object(conditions)) = (given, conditions) else {
            panic!("no objects")
        };
        let (mut conditions, faults) = parse(operation.items().expect("a list"), conditions);
        assert!(faults.is_empty(), "{faults:?}");
        let paths: Vec<Path> = counted.iter().map(|path| Path::parse(path).expect("a path")).collect();
        let mut arguments = given.clone();
        let violations = send(operation, &mut conditions, &paths.iter().collect::<Vec<_>>(), &mut arguments);
        arguments.retain(|name, value| given.get(name) != Some(value));
        let judges = conditions.iter().map(|condition| condition.judge).collect();
        (Value::Object(arguments), judges, violations.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_workos_can_filter_is_sent() {
        use Judge::{Both, Here, Workos};
        let memberships = "list_organization_memberships";
        for (tool, given, conditions, expected, judge) in [
            ("list_users", "{}", r#"{"email":"a@example.com"}"#, r#"{"email":"a@example.com"}"#, Both),
            ("list_users", "{}", r#"{"organization_id":"org_1"}"#, r#"{"organization_id":"org_1"}"#, Workos),
            ("list_users", "{}", r#"{"email":["a","b"]}"#, "{}", Here),
            ("list_users", "{}", r#"{"email":{"contains":"a"}}"#, "{}", Here),
            ("list_users", r#"{"email":"b"}"#, r#"{"email":"a"}"#, "{}", Here),
            ("list_users", "{}", r#"{"first_name":"a"}"#, "{}", Here),
            ("list_users", "{}", r#"{"created_at":{"after":"2026-01-15"}}"#, "{}", Here),
            (
                "list_connections",
                "{}",
                r#"{"connection_type":"OktaSAML"}"#,
                r#"{"connection_type":"OktaSAML"}"#,
                Both,
            ),
            (
                "list_connections",
                "{}",
                r#"{"domains.domain":"a.example"}"#,
                r#"{"domain":"a.example"}"#,
                Both,
            ),
            ("list_organizations", "{}", r#"{"domains.domain":["a","b"]}"#, r#"{"domains":["a","b"]}"#, Both),
            ("list_organizations", "{}", r#"{"domains.state":"failed"}"#, "{}", Here),
            ("list_directories", "{}", r#"{"domain":"a.example"}"#, r#"{"domain":"a.example"}"#, Both),
            (memberships, "{}", r#"{"status":"inactive"}"#, r#"{"statuses":["inactive"]}"#, Both),
            (memberships, "{}", r#"{"status":["active","x"]}"#, r#"{"statuses":["active","x"]}"#, Both),
            (
                memberships,
                "{}",
                r#"{"status":{"not":"active"}}"#,
                r#"{"statuses":["inactive","pending"]}"#,
                Both,
            ),
            (
                memberships,
                "{}",
                r#"{"status":{"exists":true}}"#,
                r#"{"statuses":["active","inactive","pending"]}"#,
                Both,
            ),
            (memberships, r#"{"statuses":["active"]}"#, r#"{"status":"inactive"}"#, "{}", Here),
            ("list_events", "{}", r#"{"event":"user.created"}"#, r#"{"events":["user.created"]}"#, Both),
            ("list_events", "{}", r#"{"data.email":"a"}"#, "{}", Here),
        ] {
            let [given, asked, expected] =
                [given, conditions, expected].map(|text| serde_json::from_str(text).expect("JSON"));
            assert_eq!(
                sent(tool, given, asked, &[]),
                (expected, vec![judge], String::new()),
                "{tool} {conditions}"
            );
        }
    }

    #[test]
    fn a_range_of_times_reaches_a_little_farther_than_the_one_asked_for() {
        let created = json!({"created_at": {"after": "2026-01-15", "before": "2026-01-16T00:00:00Z"}});
        let range =
            json!({"range_start": "2026-01-14T23:59:59.999Z", "range_end": "2026-01-16T00:00:00.001Z"});
        assert_eq!(sent("list_events", json!({}), created.clone(), &[]).0, range);
        let given = json!({"range_start": "2026-01-01T00:00:00Z", "range_end": null});
        assert_eq!(sent("list_events", given, created, &[]).0, json!({"range_end": range["range_end"]}));
        let updated = json!({"updated_at": {"gt": "2026-01-15"}});
        let (arguments, judges, _) = sent("list_vault_objects", json!({}), updated, &[]);
        assert_eq!(arguments, json!({"updated_after": "2026-01-14T23:59:59.999Z"}));
        assert_eq!(judges, [Judge::Here]);
    }

    #[test]
    fn what_is_counted_is_asked_for_in_all_its_states() {
        let all = json!({"statuses": ["active", "inactive", "pending"]});
        let tool = "list_organization_memberships";
        assert_eq!(sent(tool, json!({}), json!({}), &["status"]).0, all);
        assert_eq!(sent(tool, json!({"statuses": ["active"]}), json!({}), &["status"]).0, json!({}));
        assert_eq!(
            sent(tool, json!({}), json!({"status": "pending"}), &["status"]).0,
            json!({"statuses": ["pending"]})
        );
        assert_eq!(sent(tool, json!({}), json!({}), &["user_id"]).0, json!({}));
    }

    #[test]
    fn what_neither_side_can_tell_is_refused() {
        for (given, conditions, fault) in [
            (
                json!({}),
                json!({"organization_id": ["org_1", "org_2"]}),
                "one value alone, as `organization_id`",
            ),
            (json!({}), json!({"organization_id": {"not": "org_1"}}), "one value alone"),
            (json!({"organization_id": "org_1"}), json!({"organization_id": "org_2"}), "given twice"),
            (json!({}), json!({"limit": 5}), "an argument of its own"),
        ] {
            let (_, _, faults) = sent("list_users", given, conditions.clone(), &[]);
            assert!(faults.contains(fault), "{conditions}: {faults}");
        }
        let (sent, judges, faults) =
            sent("list_users", json!({"organization_id": "org_1"}), json!({"organization_id": "org_1"}), &[]);
        assert_eq!((sent, judges, faults.as_str()), (json!({}), vec![Judge::Workos], ""));
    }
}
