//! Clearing by name: `clear: ["external_id"]` removes what stands at WorkOS.
//!
//! `null` means left out, because clients fill in what a model did not give with it. So what is to
//! be removed is named, in an argument that tools have which have something to clear: fields that
//! the table calls `T | null`, and keys of maps whose values can be null, `metadata.tier`.

use serde_json::{Map, Value};

use super::sanitize::sanitize_name;
use super::suggestion::nearest;
use crate::client::{Arguments, Violation};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// What stands for any key of a map in the names of what can be cleared.
const KEY: &str = "KEY";

/// The most names that one call clears.
const MAX_NAMES: usize = 200;

/// The name of the argument.
pub const NAME: &str = "clear";

const ARGUMENT: Field = Field::new(NAME, "", Schema::List(&Schema::String), Presence::Optional);

/// The argument of tools that have something to clear.
pub fn arguments(operation: &Operation) -> &'static [Field] {
    const OF_UPDATES: &[Field] = &[ARGUMENT];
    if has_clearable(operation.fields) { OF_UPDATES } else { &[] }
}

/// Whether anything can be cleared: asked at every call, so no name is made for it.
fn has_clearable(fields: &[Field]) -> bool {
    fields.iter().any(|field| {
        field.presence == Presence::Clearable
            || match field.schema.present() {
                Schema::Object(fields, _) => has_clearable(fields),
                Schema::Map(item) => matches!(item, Schema::Nullable(_)),
                _ => false,
            }
    })
}

/// The names of what can be cleared, `external_id`, `metadata.KEY`, in the order of the table.
pub fn clearable(operation: &Operation) -> Vec<String> {
    let mut names = Vec::new();
    collect(operation.fields, "", &mut names);
    names
}

fn collect(fields: &[Field], around: &str, names: &mut Vec<String>) {
    for field in fields {
        let name = format!("{around}{}", field.name);
        if field.presence == Presence::Clearable {
            names.push(name.clone());
        }
        match field.schema.present() {
            Schema::Object(fields, _) => collect(fields, &format!("{name}."), names),
            Schema::Map(Schema::Nullable(_)) => names.push(format!("{name}.{KEY}")),
            _ => {}
        }
    }
}

/// The same in few bytes, `external_id, saml_options.{acs_url, sp_entity_id}`.
pub fn notation(operation: &Operation) -> String {
    braced(operation.fields).join(", ")
}

fn braced(fields: &[Field]) -> Vec<String> {
    let mut names = Vec::new();
    for field in fields {
        if field.presence == Presence::Clearable {
            names.push(field.name.to_owned());
        }
        let within = match field.schema.present() {
            Schema::Object(fields, _) => braced(fields),
            Schema::Map(Schema::Nullable(_)) => vec![KEY.to_owned()],
            _ => continue,
        };
        match &within[..] {
            [] => {}
            [only] => names.push(format!("{}.{only}", field.name)),
            several => names.push(format!("{}.{{{}}}", field.name, several.join(", "))),
        }
    }
    names
}

/// Takes `clear` out of the arguments of a call, and puts `null` where it names something: what the
/// client sends to clear a value. The arguments fit their schema, and hold no `null` of their own
/// but for keys of maps.
pub fn apply(operation: &Operation, arguments: &mut Arguments, violations: &mut Vec<Violation>) {
    if self::arguments(operation).is_empty() {
        return;
    }
    let Some(Value::Array(names)) = arguments.shift_remove(NAME) else { return };
    if names.len() > MAX_NAMES {
        violations.push(Violation::new(format!("`{NAME}` takes at most {MAX_NAMES} names")));
        return;
    }
    let (mut given, mut unknown) = (Vec::new(), Vec::new());
    for name in names.iter().filter_map(Value::as_str) {
        match clear(operation.fields, name, arguments) {
            Ok(()) => {}
            // Its own fault is told.
            Err(Fault::Given) if violations.iter().any(|violation| violation.is_about(root(name))) => {}
            Err(Fault::Given) => given.push(name),
            Err(Fault::Unknown) => unknown.push(name),
        }
    }
    if !given.is_empty() {
        violations.push(Violation::new(format!("both given and named in `{NAME}`: {}", listed(&given))));
    }
    if !unknown.is_empty() {
        let known = clearable(operation);
        // One of a map's keys is not the map, nor one setting another.
        let depth = |name: &str| name.split('.').count();
        let hint = match unknown[..] {
            [name] => {
                nearest(name, known.iter().map(String::as_str).filter(|known| depth(known) == depth(name)))
                    .filter(|near| !near.contains('.'))
                    .map(|near| format!("did you mean `{near}`? "))
                    .unwrap_or_default()
            }
            _ => String::new(),
        };
        violations.push(Violation::new(format!(
            "`{NAME}`: {} cannot be cleared; {hint}what can be: {}",
            listed(&unknown),
            known.join(", ")
        )));
    }
}

/// The first of some names, and how many more there are.
fn listed(names: &[&str]) -> String {
    const MAX_LISTED: usize = 10;
    let listed: Vec<_> =
        names.iter().take(MAX_LISTED).map(|name| format!("`{}`", sanitize_name(name))).collect();
    match names.len().saturating_sub(MAX_LISTED) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// The argument that a path begins with.
fn root(path: &str) -> &str {
    path.split_once('.').map_or(path, |(root, _)| root)
}

/// Why a value cannot be cleared.
enum Fault {
    /// It has another value in the same call.
    Given,
    /// Nothing of that name can be.
    Unknown,
}

fn clear(fields: &[Field], name: &str, object: &mut Map<String, Value>) -> Result<(), Fault> {
    let (name, within) = name.split_once('.').map_or((name, None), |(name, within)| (name, Some(within)));
    let field = fields.iter().find(|field| field.name == name).ok_or(Fault::Unknown)?;
    let Some(within) = within else {
        if field.presence != Presence::Clearable {
            return Err(Fault::Unknown);
        }
        return put_null(object, name);
    };
    let inner = match (field.schema.present(), within) {
        (Schema::Object(fields, _), _) => Some(*fields),
        // A key is whatever follows, be there dots in it or not.
        (Schema::Map(Schema::Nullable(_)), key) if !key.is_empty() => None,
        _ => return Err(Fault::Unknown),
    };
    // Whether there is such a field is known before anything is put in.
    if let Some(fields) = inner {
        clear(fields, within, &mut Map::new())?;
    }
    let value = object.entry(name).or_insert_with(|| Map::new().into());
    match (inner, value) {
        (Some(fields), Value::Object(object)) => clear(fields, within, object),
        (None, Value::Object(object)) => put_null(object, within),
        // It is to be cleared as a whole.
        _ => Err(Fault::Given),
    }
}

fn put_null(object: &mut Map<String, Value>, name: &str) -> Result<(), Fault> {
    match object.insert(name.to_owned(), Value::Null) {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Fault::Given),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{operations, organizations::UpdateOrganization, sso::UpdateConnection};
    use crate::operation::{Effect, Request};

    fn cleared(operation: &Operation, arguments: Value) -> Result<Value, String> {
        let Value::Object(mut arguments) = arguments else { return Err("not an object".to_owned()) };
        let mut violations = Vec::new();
        apply(operation, &mut arguments, &mut violations);
        match violations[..] {
            [] => Ok(arguments.into()),
            ref violations => Err(Violation::list(violations)),
        }
    }

    #[test]
    fn what_is_named_is_cleared() {
        let update = |arguments| cleared(&UpdateOrganization::OPERATION, arguments);
        assert_eq!(update(json!({"name": "A"})), Ok(json!({"name": "A"})));
        assert_eq!(
            update(json!({"name": "A", "clear": ["external_id", "metadata"]})),
            Ok(json!({"name": "A", "external_id": null, "metadata": null}))
        );
        assert_eq!(
            update(json!({"metadata": {"plan": "pro"}, "clear": ["metadata.tier", "metadata.a.b"]})),
            Ok(json!({"metadata": {"plan": "pro", "tier": null, "a.b": null}}))
        );
        let connection = |arguments| cleared(&UpdateConnection::OPERATION, arguments);
        assert_eq!(
            connection(json!({"clear": ["saml_options.acs_url", "attribute_maps.standard_attributes.name"]})),
            Ok(
                json!({"saml_options": {"acs_url": null}, "attribute_maps": {"standard_attributes": {"name": null}}})
            )
        );
    }

    #[test]
    fn what_cannot_be_cleared_says_so() {
        let update = |arguments| cleared(&UpdateOrganization::OPERATION, arguments).expect_err("a refusal");
        let known = "what can be: stripe_customer_id, metadata, metadata.KEY, external_id";
        for name in ["name", "id", "domain_data", "metadata.", "external_id.x", "nothing", ""] {
            let text = update(json!({"clear": [name]}));
            assert!(text.contains(&format!("`clear`: `{name}` cannot be cleared")), "{text}");
            assert!(text.contains(known), "{text}");
        }
        let text = update(json!({"clear": ["externalid"]}));
        assert!(text.contains("did you mean `external_id`?"), "{text}");
        // A key is not the whole map.
        assert!(!update(json!({"clear": ["metadat.tier"]})).contains("did you mean"));
        let many: Vec<String> = (0..150).map(|number| format!("{}{number}", "x".repeat(100))).collect();
        let text = update(json!({ "clear": many }));
        assert!(text.contains("and 140 more cannot be cleared") && text.len() < 1_500, "{text}");
        let many: Vec<String> = (0..100_000).map(|number| format!("metadata.{number}")).collect();
        assert_eq!(update(json!({ "clear": many })), "`clear` takes at most 200 names.");
        for arguments in [
            json!({"external_id": "7", "clear": ["external_id"]}),
            json!({"metadata": {"a": "b"}, "clear": ["metadata.a"]}),
            json!({"metadata": {"a": "b"}, "clear": ["metadata"]}),
            json!({"clear": ["metadata", "metadata.a"]}),
        ] {
            let text = update(arguments);
            assert!(text.contains("both given and named in `clear`: `"), "{text}");
        }
    }

    /// Only what stands at WorkOS can be cleared, and whatever can be is offered.
    #[test]
    fn every_tool_with_something_to_clear_offers_it() {
        for operation in operations() {
            let offers = !arguments(operation).is_empty();
            assert_eq!(offers, !clearable(operation).is_empty(), "{}", operation.name);
            let can = |field: &Field| field.presence == Presence::Clearable;
            let has = operation.fields.iter().any(|field| can(field) || field.schema.any_field(&can));
            assert!(offers || !has, "{}", operation.name);
            assert!(
                !offers || !matches!(operation.effect, Effect::Read | Effect::Create),
                "{} has nothing to clear",
                operation.name
            );
            for name in clearable(operation) {
                let name = name.replace(KEY, "a key");
                let cleared = cleared(operation, json!({"clear": [name]})).expect("cleared");
                let Value::Object(cleared) = cleared else { panic!("an object") };
                assert_eq!(operation.effect_of(&cleared), Effect::Delete, "{}: {name}", operation.name);
            }
        }
    }
}
