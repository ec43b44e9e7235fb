//! Other names that an argument is known by: the one that it had, WorkOS's own, and those that it has in
//! other operations. They are understood, and the answer says how the argument is called here.
//!
//! No name is taken for another where an argument is called so, and none that could mean two. One that is
//! only spelt otherwise, `userId`, is a mistake that [`names`](super::names) knows.

use crate::api::ids::kinds_of;
use crate::client::{Arguments, Violation};
use crate::operation::Operation;
use crate::schema::{Field, Presence};

/// Longer names are none that an argument ever had.
const LONGEST: usize = 80;

/// Gives the arguments of a call the names of the table; what there is to say of that.
pub fn understand(
    operation: &'static Operation,
    arguments: &mut Arguments,
    violations: &mut Vec<Violation>,
) -> Vec<String> {
    let others: Vec<(String, Called)> =
        arguments.keys().filter_map(|name| Some((name.clone(), called(operation, name)?))).collect();
    let mut remarks = Vec::new();
    for (name, Called { field, before }) in others {
        let value = arguments.shift_remove(&name).unwrap_or_default();
        // Strict clients send null for every argument that they do not use.
        if value.is_null() {
            continue;
        }
        let is = if before { "is now" } else { "is" };
        let here = if before { "" } else { " here" };
        match arguments.get(field.name) {
            Some(given) if !given.is_null() && *given != value => {
                violations.push(Violation::of_argument(
                    field.name,
                    format!("`{name}` {is} `{}`{here}, and both are given; leave out `{name}`", field.name),
                ));
                continue;
            }
            _ => drop(arguments.insert(field.name.to_owned(), value)),
        }
        remarks.push(format!("`{name}` {is} `{}`{here}.", field.name));
    }
    remarks
}

/// The argument that another name means.
#[derive(Clone, Copy)]
pub struct Called {
    /// The argument.
    pub field: &'static Field,
    /// It had the name before, here or at WorkOS.
    pub before: bool,
}

/// The argument that is meant by a name that none has, if it is one of those that are understood.
pub fn called(operation: &'static Operation, name: &str) -> Option<Called> {
    if name.len() > LONGEST || operation.field(name).is_some() {
        return None;
    }
    // Another spelling is no other name: `updatedAfter`.
    let is_name = !name.contains(|character: char| character.is_ascii_uppercase());
    let mut fields = operation.fields.iter().filter(|_| is_name);
    if let Some(field) = fields.find(|field| field.api_name == name || field.was == Some(name)) {
        return Some(Called { field, before: true });
    }
    let field = own(operation, name).or_else(|| only(operation, name))?;
    Some(Called { field, before: false })
}

/// `id` or `slug` alone, where it is given with the thing that it is of: `user_id` of `get_user`.
fn own(operation: &'static Operation, name: &str) -> Option<&'static Field> {
    let (_, object) = operation.name.split_once('_')?;
    if let Some(thing) = name.strip_suffix("_id") {
        let field = operation.field("id")?;
        return (thing == object || kinds_of(field).any(|kind| kind.argument == name)).then_some(field);
    }
    let thing = name.strip_suffix("_slug")?;
    let field = operation.field("slug")?;
    // `get_organization_owned_data_integration` is about a data integration.
    let is_own = object.strip_suffix(thing).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    is_own.then_some(field)
}

/// `id` where only one must be given, if WorkOS gave that out: the `user_id` of `list_user_api_keys`.
fn only(operation: &'static Operation, name: &str) -> Option<&'static Field> {
    let is_id = |field: &&Field| field.presence == Presence::Required && field.name.ends_with("_id");
    let mut fields = operation.fields.iter().filter(|_| name == "id").filter(is_id);
    fields.next().filter(|field| fields.next().is_none() && kinds_of(field).next().is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::api::operations;
    use crate::client::Client;
    use crate::tools::validation::ValidCall;

    fn operation(name: &str) -> &'static Operation {
        operations().find(|operation| operation.name == name).expect(name)
    }

    fn valid(name: &str, arguments: Value) -> Result<ValidCall, String> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let client = Client::builder()
            .sandbox(true)
            .client_id("client_example")
            .redirect_uri("https://example.com/callback")
            .build();
        ValidCall::new(&client, operation(name), arguments).map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn other_names_are_understood_and_told() {
        for (name, given, sent, remark) in [
            (
                "generate_portal_link",
                json!({"organization": "org_1"}),
                json!({"organization_id": "org_1"}),
                "`organization` is now `organization_id`.",
            ),
            (
                "list_membership_groups",
                json!({"om_id": "om_1"}),
                json!({"organization_membership_id": "om_1"}),
                "`om_id` is now `organization_membership_id`.",
            ),
            (
                "list_users",
                json!({"organization": "org_1"}),
                json!({"organization_id": "org_1"}),
                "`organization` is now `organization_id`.",
            ),
            ("get_user", json!({"user_id": "user_1"}), json!({"id": "user_1"}), "`user_id` is `id` here."),
            (
                "get_feature_flag",
                json!({"feature_flag_slug": "beta"}),
                json!({"slug": "beta"}),
                "`feature_flag_slug` is `slug` here.",
            ),
            (
                "get_agent_blueprint",
                json!({"id": "agent_blueprint_1"}),
                json!({"agent_blueprint_id": "agent_blueprint_1"}),
                "`id` is `agent_blueprint_id` here.",
            ),
            (
                "get_permission",
                json!({"slug": "users:read"}),
                json!({"permission_slug": "users:read"}),
                "`slug` is now `permission_slug`.",
            ),
            (
                "add_organization_role_permission",
                json!({"organization_id": "org_1", "role_slug": "admin", "slug": "users:read"}),
                json!({"organization_id": "org_1", "role_slug": "admin", "permission_slug": "users:read"}),
                "`slug` is now `permission_slug`.",
            ),
            (
                "remove_organization_role_permission",
                json!({"organization_id": "org_1", "slug": "org-admin", "permission_slug": "users:read"}),
                json!({"organization_id": "org_1", "role_slug": "org-admin", "permission_slug": "users:read"}),
                "`slug` is now `role_slug`.",
            ),
        ] {
            let call = valid(name, given).expect(name);
            assert_eq!(Value::Object(call.checked.arguments().clone()), sent, "{name}");
            assert_eq!(call.remarks, [remark], "{name}");
        }
    }

    #[test]
    fn what_was_not_given_or_is_the_same_is_no_second_value() {
        let new = json!({"organization_id": "org_1"});
        for (given, remarks) in [
            (json!({"organization_id": "org_1", "organization": null}), 0),
            (json!({"organization_id": null, "organization": "org_1"}), 1),
            (json!({"organization_id": "org_1", "organization": "org_1"}), 1),
        ] {
            let call = valid("generate_portal_link", given.clone()).expect("a call");
            assert_eq!(Value::Object(call.checked.arguments().clone()), new, "{given}");
            assert_eq!(call.remarks.len(), remarks, "{given}");
        }
        let both = json!({"organization_id": "org_1", "organization": "org_2"});
        let refusal = valid("generate_portal_link", both).expect_err("two values");
        assert_eq!(
            refusal,
            "`organization` is now `organization_id`, and both are given; leave out `organization`."
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_the_names_of_the_table() {
        let refusal = valid("list_directory_users", json!({"directory": "org_1"})).expect_err("no directory");
        assert!(refusal.starts_with("`directory_id` is `org_1`, an organization"), "{refusal}");
        let refusal =
            valid("list_directory_users", json!({"email": "a@example.com", "group": "directory_group_1"}));
        assert_eq!(refusal.expect_err("no directory"), "`email` needs `directory_id` too.");
        let refusal =
            valid("list_vault_objects", json!({"updatedAfter": "2026-01-01"})).expect_err("a spelling");
        assert!(refusal.contains("did you mean `updated_after`?"), "{refusal}");
        let refusal = valid("get_user_by_external_id", json!({"id": "user_1"})).expect_err("no ID of WorkOS");
        assert!(refusal.contains("`id` is not an argument"), "{refusal}");
        let refusal =
            valid("get_directory_user", json!({"user_id": "directory_user_1"})).expect_err("another kind");
        assert!(refusal.contains("`user_id` is not an argument"), "{refusal}");
    }

    /// The names that people know from elsewhere: those at WorkOS, those that arguments had, and those
    /// that the same thing has in other operations.
    fn names() -> BTreeSet<String> {
        let mut names = BTreeSet::from(["id".to_owned(), "slug".to_owned()]);
        for operation in operations() {
            let (_, object) = operation.name.split_once('_').expect("a verb and an object");
            names.extend([format!("{object}_id"), format!("{object}_slug")]);
            for field in operation.fields {
                names.extend([field.name, field.api_name].map(str::to_owned));
                names.extend(field.was.map(str::to_owned));
            }
        }
        names
    }

    /// A name means one argument at most, and never takes the place of another one.
    #[test]
    fn no_name_means_two_things() {
        let names = names();
        for operation in operations() {
            for name in &names {
                let known = [
                    operation.fields.iter().filter(|field| field.name == *name).count(),
                    usize::from(called(operation, name).is_some()),
                ];
                assert!(known.iter().sum::<usize>() <= 1, "{} {name}", operation.name);
                let before = operation
                    .fields
                    .iter()
                    .filter(|field| field.name != *name)
                    .filter(|field| field.api_name == *name || field.was == Some(name.as_str()));
                let is_free = operation.field(name).is_none();
                assert!(before.count() <= usize::from(is_free), "{} {name}", operation.name);
            }
        }
    }

    /// Under whatever name an argument is given, the same is sent.
    #[test]
    fn the_request_is_the_same_under_every_name() {
        let names = names();
        let mut seen = 0;
        for operation in operations() {
            let path = crate::api::toolset_of(operation.name).expect("a toolset").name;
            let path = format!("{}/fixtures/{path}/{}.json", env!("CARGO_MANIFEST_DIR"), operation.name);
            let fixture: Value =
                serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON");
            let arguments = fixture["arguments"].as_object().expect("arguments");
            let expected = valid(operation.name, fixture["arguments"].clone()).expect(operation.name);
            for name in &names {
                let Some(Called { field, .. }) = called(operation, name) else { continue };
                let Some(value) = arguments.get(field.name) else { continue };
                let others = arguments.iter().filter(|(other, _)| *other != field.name);
                let mut renamed: Map<String, Value> =
                    others.map(|(name, value)| (name.clone(), value.clone())).collect();
                renamed.insert(name.clone(), value.clone());
                let call = valid(operation.name, renamed.into()).expect(operation.name);
                assert_eq!(
                    call.checked.arguments(),
                    expected.checked.arguments(),
                    "{} {name}",
                    operation.name
                );
                assert_eq!(call.remarks.len(), 1, "{} {name}", operation.name);
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }
}
