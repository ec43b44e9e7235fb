//! From a request to the arguments of its operation: path, query, headers and body, each as the table says,
//! and what is wrong with them.

use serde_json::{Map, Number, Value};

use super::request::Request;
use super::routes::Route;
use crate::operation::{Destination, Operation};
use crate::schema::{Field, Presence, Rule, Schema, Setting};

/// Stands in the query for a verifier that only the client knows.
const CHALLENGE: &str = "code_challenge";

/// Why arguments are refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The body cannot be read.
    Unreadable(String),
    /// None of several is there: the code names them.
    Missing(String),
    /// Where, and what.
    Invalid(Vec<(String, &'static str)>),
}

impl Refusal {
    /// For people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreadable(message) => message.clone(),
            Self::Missing(code) => {
                format!(
                    "At least one is needed of {}.",
                    code.trim_start_matches("missing_").replace("_or_", ", ")
                )
            }
            Self::Invalid(faults) => {
                let faults: Vec<String> =
                    faults.iter().map(|(field, code)| format!("{field}: {code}")).collect();
                format!("Validation failed: {}", faults.join(", "))
            }
        }
    }
}

/// What the query and the body hold.
#[derive(Debug)]
pub(super) struct Content {
    query: Vec<(String, String)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Json(Map<String, Value>),
    Form(Vec<(String, String)>),
}

impl Content {
    /// Reads the query, and the body where the operation has one.
    pub fn of(request: &Request<'_>, operation: &Operation) -> Result<Self, Refusal> {
        let query = pairs(request.query.as_bytes());
        let is_form = request
            .header("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
        let body = if is_form {
            Body::Form(pairs(request.body))
        } else if !operation.has_body() || request.body.trim_ascii().is_empty() {
            Body::Json(Map::new())
        } else {
            match serde_json::from_slice(request.body) {
                Ok(Value::Object(fields)) => Body::Json(fields),
                Ok(_) => return Err(Refusal::Unreadable("The body must be a JSON object".to_owned())),
                Err(error) => return Err(Refusal::Unreadable(format!("The body is no JSON: {error}"))),
            }
        };
        Ok(Self { query, body })
    }

    /// A text in the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.body {
            Body::Json(fields) => fields.get(name)?.as_str(),
            Body::Form(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
        }
    }

    /// The arguments, by their names in the table.
    pub fn arguments(&self, request: &Request<'_>, route: &Route<'_>) -> Result<Map<String, Value>, Refusal> {
        let operation = route.operation;
        let mut arguments = Map::new();
        let mut faults = Vec::new();
        for field in operation.fields {
            let value = match operation.destination(field) {
                Destination::Path => {
                    let mut path = route.path.iter();
                    path.find(|(name, _)| *name == field.api_name).map(|(_, value)| text(field, value))
                }
                Destination::Query => from_pairs(field, &self.query),
                Destination::Body => match &self.body {
                    Body::Json(fields) => fields.get(field.api_name).cloned(),
                    Body::Form(pairs) => from_pairs(field, pairs),
                },
                Destination::Header(name) => {
                    request.header(&name.to_ascii_lowercase()).map(|value| text(field, value))
                }
                Destination::Bearer => request.bearer().map(Value::from),
                // It is the challenge that is sent, which only some operations take as an argument, too.
                Destination::Pkce => {
                    let challenge = self.query.iter().find(|(name, _)| name == CHALLENGE);
                    if let Some((name, value)) = challenge {
                        arguments.insert(name.clone(), value.as_str().into());
                    }
                    None
                }
            };
            match value {
                Some(Value::Null) if field.presence == Presence::Clearable => {
                    arguments.insert(field.name.to_owned(), Value::Null);
                }
                Some(Value::Null) | None => {
                    if field.presence == Presence::Required || field.default == Some(Setting::ClientId) {
                        faults.push((field.api_name.to_owned(), "required"));
                    }
                }
                // WorkOS has a third order, that of its own.
                Some(value) if field.name == "order" && value == "normal" => {}
                Some(value) => {
                    check_field(field, &value, field.api_name, &mut faults);
                    arguments.insert(field.name.to_owned(), value);
                }
            }
        }
        for rule in operation.rules {
            if let Rule::Replaces(name, others) = rule
                && arguments.contains_key(*name)
            {
                others.iter().for_each(|other| drop(arguments.shift_remove(*other)));
            }
        }
        let mut broken = Vec::new();
        check_rules(operation.rules, &arguments, "", &mut broken);
        faults.extend(broken.into_iter().map(|(name, code)| {
            (operation.field(&name).map_or(name, |field| field.api_name.to_owned()), code)
        }));
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        let missing = operation.rules.iter().find_map(|rule| none_of(rule, &arguments));
        missing.map_or(Ok(arguments), |code| Err(Refusal::Missing(code)))
    }
}

/// The pairs of a query or a form.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// A value that came as text, as the field has it; text where it cannot be that.
fn text(field: &Field, text: &str) -> Value {
    scalar(field.schema.present(), text)
}

fn scalar(schema: &Schema, text: &str) -> Value {
    let value = match schema {
        Schema::Integer => text.parse::<i64>().ok().map(Value::from),
        Schema::Number => text.parse().ok().and_then(Number::from_f64).map(Value::from),
        Schema::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

/// What pairs say of a field: `a=1`, `a=1,2`, `a=1&a=2`, `a[]=1`, `a[0]=1` or `a[key]=1`.
fn from_pairs(field: &Field, pairs: &[(String, String)]) -> Option<Value> {
    let name = field.api_name;
    let mut plain = Vec::new();
    let mut inner = Map::new();
    for (key, value) in pairs {
        let Some(rest) = key.strip_prefix(name) else { continue };
        match rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(key) if key.bytes().all(|byte| byte.is_ascii_digit()) => plain.push(value.as_str()),
            Some(key) => drop(inner.insert(key.to_owned(), value.as_str().into())),
            None if rest.is_empty() => plain.push(value.as_str()),
            None => {}
        }
    }
    match field.schema.present() {
        Schema::List(item) => {
            let texts: Vec<&str> = match plain[..] {
                [one] => one.split(',').collect(),
                _ => plain,
            };
            let items: Vec<Value> =
                texts.into_iter().filter(|text| !text.is_empty()).map(|text| scalar(item, text)).collect();
            (!items.is_empty()).then(|| items.into())
        }
        Schema::Map(_) | Schema::Object(..) | Schema::AnyObject if plain.is_empty() => {
            (!inner.is_empty()).then(|| inner.into())
        }
        schema => plain.last().filter(|text| !text.is_empty()).map(|text| scalar(schema, text)),
    }
}

/// What is wrong with the value of a field.
fn check_field(field: &Field, value: &Value, path: &str, faults: &mut Vec<(String, &'static str)>) {
    if let (Some((lowest, highest)), Some(number)) = (field.range, value.as_i64())
        && !(lowest..=highest).contains(&number)
    {
        faults.push((path.to_owned(), "out_of_range"));
    }
    if field.nonempty && value.as_array().is_some_and(Vec::is_empty) {
        faults.push((path.to_owned(), "required"));
    }
    check(&field.schema, value, path, faults);
}

/// What is wrong with a value, at any depth.
fn check(schema: &Schema, value: &Value, path: &str, faults: &mut Vec<(String, &'static str)>) {
    if let (Schema::Nullable(_), Value::Null) = (schema, value) {
        return;
    }
    let fits = match (schema.present(), value) {
        (Schema::String, value) => value.is_string(),
        (Schema::Choice(words), Value::String(word)) => {
            if !words.contains(&word.as_str()) {
                faults.push((path.to_owned(), "invalid_value"));
            }
            true
        }
        (Schema::Integer, value) => value.is_i64() || value.is_u64(),
        (Schema::Number, value) => value.is_number(),
        (Schema::Boolean, value) => value.is_boolean(),
        (Schema::Scalar, value) => value.is_string() || value.is_number() || value.is_boolean(),
        (Schema::List(item), Value::Array(items)) => {
            for (place, one) in items.iter().enumerate() {
                check(item, one, &format!("{path}.{place}"), faults);
            }
            true
        }
        (Schema::Map(inner), Value::Object(map)) => {
            for (key, value) in map {
                check(inner, value, &format!("{path}.{key}"), faults);
            }
            true
        }
        (Schema::Object(fields, rules), Value::Object(map)) => {
            for field in *fields {
                let path = format!("{path}.{}", field.api_name);
                match map.get(field.api_name) {
                    Some(Value::Null) | None => {
                        if field.presence == Presence::Required {
                            faults.push((path, "required"));
                        }
                    }
                    Some(value) => check_field(field, value, &path, faults),
                }
            }
            check_rules(rules, map, path, faults);
            true
        }
        (Schema::AnyObject | Schema::Payload, value) => value.is_object(),
        (Schema::Any, _) => true,
        _ => false,
    };
    if !fits {
        faults.push((path.to_owned(), "invalid_type"));
    }
}

fn is_given(arguments: &Map<String, Value>, name: &str) -> bool {
    arguments.get(name).is_some_and(|value| !value.is_null())
}

/// What arguments must fulfil together, and do not.
fn check_rules(
    rules: &[Rule],
    arguments: &Map<String, Value>,
    path: &str,
    faults: &mut Vec<(String, &'static str)>,
) {
    let given = |name: &&str| is_given(arguments, name);
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for rule in rules {
        match *rule {
            Rule::OneOf(sets) | Rule::AtMostOneOf(sets) => {
                let touched: Vec<&&[&str]> = sets.iter().filter(|set| set.iter().any(given)).collect();
                match touched[..] {
                    [] if matches!(rule, Rule::AtMostOneOf(_)) => {}
                    [] => faults.extend(sets.iter().copied().flatten().map(|name| (at(name), "required"))),
                    [only] => {
                        let missing = only.iter().filter(|name| !given(name));
                        faults.extend(missing.map(|name| (at(name), "required")));
                    }
                    _ => {
                        let several = touched.iter().copied().copied().flatten().filter(|name| given(name));
                        faults.extend(several.map(|name| (at(name), "mutually_exclusive")));
                    }
                }
            }
            Rule::Needs(name, needs) if given(&name) => {
                faults.extend(needs.iter().filter(|need| !given(need)).map(|need| (at(need), "required")));
            }
            Rule::When { field, value, needs }
                if arguments.get(field).and_then(Value::as_str) == Some(value) =>
            {
                faults.extend(needs.iter().filter(|need| !given(need)).map(|need| (at(need), "required")));
            }
            _ => {}
        }
    }
}

/// The code that says that of several arguments none is there.
fn none_of(rule: &Rule, arguments: &Map<String, Value>) -> Option<String> {
    let Rule::AnyOf(sets) = rule else { return None };
    let is_empty = |name: &str| matches!(arguments.get(name), Some(Value::Array(items)) if items.is_empty());
    let is_met = |set: &&[&str]| set.iter().all(|name| is_given(arguments, name) && !is_empty(name));
    if sets.iter().any(is_met) {
        return None;
    }
    let names: Vec<&str> = sets.iter().copied().flatten().copied().collect();
    Some(format!("missing_{}", names.join("_or_")))
}
