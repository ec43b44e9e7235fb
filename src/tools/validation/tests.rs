//! What is taken for what was meant, and what is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::organizations::{CreateOrganization, ListOrganizations, UpdateOrganization};
use crate::api::sso::UpdateConnection;
use crate::operation::Request;
use crate::testing::generate;

fn coerced(operation: &'static Operation, arguments: Value) -> Result<Value, String> {
    let Value::Object(mut arguments) = arguments else { return Err("not an object".to_owned()) };
    match coerce(operation, &mut arguments)[..] {
        [] => Ok(Value::Object(arguments)),
        ref violations => Err(Violation::list(violations)),
    }
}

#[test]
fn what_was_meant_is_taken() {
    let list = |arguments| coerced(&ListOrganizations::OPERATION, arguments);
    assert_eq!(list(json!({"limit": "10"})), Ok(json!({"limit": 10})));
    assert_eq!(list(json!({"limit": 10.0})), Ok(json!({"limit": 10})));
    assert_eq!(list(json!({"domains": "a.com"})), Ok(json!({"domains": ["a.com"]})));
    assert_eq!(list(json!({"domains": "[\"a.com\"]"})), Ok(json!({"domains": ["a.com"]})));
    assert_eq!(list(json!({"order": "DESC"})), Ok(json!({"order": "desc"})));
    assert_eq!(list(json!({"after": null})), Ok(json!({})));
    let create = |arguments| coerced(&CreateOrganization::OPERATION, arguments);
    assert_eq!(
        create(
            json!({"name": "A", "domain_data": "{\"domain\":\"a.com\",\"state\":\"pending\"}", "metadata": "{\"a\":\"b\"}"})
        ),
        Ok(
            json!({"name": "A", "domain_data": [{"domain": "a.com", "state": "pending"}], "metadata": {"a": "b"}})
        )
    );
}

#[test]
fn json_in_text_must_have_every_name_once() {
    let create = |arguments| coerced(&CreateOrganization::OPERATION, arguments).expect_err("a duplicate");
    let text = create(json!({"name": "A", "metadata": "{\"a\":\"b\",\"a\":\"c\"}"}));
    assert_eq!(text, "`metadata` holds JSON in which `a` is given twice.");
    let text = create(json!({"name": "A", "domain_data": "[{\"domain\":\"a.com\",\"domain\":\"b.com\"}]"}));
    assert_eq!(text, "`domain_data` holds JSON in which `[0].domain` is given twice.");
    let text = create(json!({"name": "A", "domain_data": ["{\"domain\":\"a.com\",\"domain\":\"b.com\"}"]}));
    assert_eq!(text, "`domain_data[0]` holds JSON in which `domain` is given twice.");
}

#[test]
fn null_means_left_out() {
    let update = coerced(
        &UpdateOrganization::OPERATION,
        json!({"id": "org_1", "name": null, "external_id": null, "metadata": null, "clear": null}),
    );
    assert_eq!(update, Ok(json!({"id": "org_1"})));
    let arguments = json!({"id": "conn_1", "saml_options": {"idp_metadata_url": null, "acs_url": null},
        "attribute_maps": {"standard_attributes": {"name": null}, "custom_attributes": null}});
    assert_eq!(coerced(&UpdateConnection::OPERATION, arguments), Ok(json!({"id": "conn_1"})));
    // A key that somebody chose is no argument that a client fills in.
    let update = json!({"id": "org_1", "metadata": {"tier": null}});
    assert_eq!(coerced(&UpdateOrganization::OPERATION, update.clone()), Ok(update));
}

#[test]
fn all_faults_come_together() {
    let text = coerced(
        &CreateOrganization::OPERATION,
        json!({"nme": "A", "domain_data": [{"domain": 5, "state": "good"}], "external_id": 7}),
    )
    .expect_err("four faults");
    for part in [
        "4 problems",
        "`domain_data[0].domain` should be a string; it is 5",
        "`domain_data[0].state` should be one of pending, verified; it is \"good\"",
        "`external_id` should be a string; it is 7",
        "`nme` is not an argument; did you mean `name`?",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = coerced(&ListOrganizations::OPERATION, json!({"limit": 101})).expect_err("too many");
    assert!(text.contains("`limit` should be from 1 to 100; it is 101"), "{text}");
}

/// Arguments as clients disguise them: numbers, booleans and objects as text, lists of one
/// as that one, words in capitals, and `null` for what is left out.
fn disguised(fields: &[Field], object: &Arguments) -> Arguments {
    let mut worn = Arguments::new();
    for field in fields {
        match object.get(field.name) {
            Some(value) => {
                worn.insert(field.name.to_owned(), disguise(&field.schema, value));
            }
            None if field.presence == Presence::Optional => {
                worn.insert(field.name.to_owned(), Value::Null);
            }
            None => {}
        }
    }
    worn
}

fn disguise(schema: &Schema, value: &Value) -> Value {
    match (schema, value) {
        (Schema::Nullable(inner), value) => disguise(inner, value),
        (Schema::Integer | Schema::Number, Value::Number(number)) => Value::from(format!(" {number} ")),
        (Schema::Boolean, Value::Bool(flag)) => Value::from(flag.to_string().to_uppercase()),
        (Schema::Choice(_), Value::String(word)) => Value::from(format!(" {} ", word.to_uppercase())),
        (Schema::List(item), Value::Array(items)) => match &items[..] {
            // Text that looks like a list is taken for one.
            [Value::String(_)] => Value::from(value.to_string()),
            [only] if !only.is_array() && !only.is_null() => disguise(item, only),
            _ => Value::from(items.iter().map(|value| disguise(item, value)).collect::<Value>().to_string()),
        },
        (Schema::Object(fields, _), Value::Object(object)) => {
            Value::from(Value::Object(disguised(fields, object)).to_string())
        }
        (Schema::Map(_) | Schema::AnyObject | Schema::Payload, Value::Object(_)) => {
            Value::from(value.to_string())
        }
        _ => value.clone(),
    }
}

/// Arguments without those that are null, at any depth.
fn without_null(fields: &[Field], object: Arguments) -> Arguments {
    let kept = |(name, value): (String, Value)| {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Some((name, value));
        };
        let value = match (value, &field.schema) {
            (Value::Null, _) => return None,
            (Value::Object(object), Schema::Object(fields, _)) => without_null(fields, object).into(),
            (Value::Array(items), Schema::List(Schema::Object(fields, _))) => items
                .into_iter()
                .map(|item| match item {
                    Value::Object(object) => without_null(fields, object).into(),
                    other => other,
                })
                .collect(),
            (value, _) => value,
        };
        Some((name, value))
    };
    object.into_iter().filter_map(kept).collect()
}

fn arguments_of_any() -> impl Strategy<Value = (&'static Operation, Arguments)> {
    generate::operation().prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
}

proptest! {
    /// What fits once is left alone the second time, and nothing panics on the way.
    #[test]
    fn fitting_is_done_once(
        operation in generate::operation(),
        values in proptest::collection::vec(generate::any_json(), 8),
        unknown in generate::hostile_text(),
    ) {
        let named = operation.fields.iter().map(|field| field.name.to_owned());
        let names = named.chain([unknown]);
        let arguments: Arguments = names.zip(values).collect();
        crate::testing::arguments(format!("{} {}", operation.name, Value::Object(arguments)).as_bytes());
    }

    /// Arguments that fit already are not touched, but that what is null is left out, and objects in
    /// which everything is.
    #[test]
    fn what_fits_is_left_alone((operation, mut arguments) in arguments_of_any()) {
        let mut coerced = arguments.clone();
        prop_assert_eq!(coerce(operation, &mut coerced), vec![]);
        operation.fields.iter().for_each(|field| leave_out_null(field, &mut arguments));
        prop_assert_eq!(coerced, without_null(operation.fields, arguments));
    }

    /// However a client disguises arguments, what was meant comes out.
    #[test]
    fn what_was_meant_comes_out((operation, arguments) in arguments_of_any()) {
        let mut worn = disguised(operation.fields, &arguments);
        prop_assert_eq!(coerce(operation, &mut worn), vec![]);
        prop_assert_eq!(worn, without_null(operation.fields, arguments));
    }

    /// One argument too few, too many or of the wrong kind is named, whatever the others are.
    #[test]
    fn what_does_not_fit_is_named(
        (operation, arguments) in arguments_of_any(),
        at in any::<proptest::sample::Index>(),
    ) {
        let mut unknown = arguments.clone();
        unknown.insert("no_such_argument".to_owned(), Value::from(1));
        let violations = coerce(operation, &mut unknown);
        prop_assert_eq!(violations.len(), 1);
        prop_assert!(violations[0].to_string().starts_with("`no_such_argument` is not an argument"));
        let required: Vec<_> =
            operation.fields.iter().filter(|field| field.presence == Presence::Required).collect();
        if !required.is_empty() {
            let mut arguments = arguments;
            let missing = at.get(&required).name;
            arguments.shift_remove(missing);
            let violations = coerce(operation, &mut arguments);
            prop_assert_eq!(violations.len(), 1);
            let named = format!("`{missing}` is required");
            prop_assert!(violations[0].to_string().starts_with(&named));
        }
    }
}
