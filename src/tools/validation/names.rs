//! The argument that was meant by a name that none has.
//!
//! People write `connection_id` where an argument is called `id`, `role` where it is `role_slug`, and
//! `userId` where it is `user_id`. A suggestion changes nothing by itself: the call is refused, and
//! made again by whoever reads it.

use crate::api::ids::kinds_of;
use crate::schema::Field;
use crate::tools::suggestion::nearest;

/// Words for one thing, and those that arguments are named with.
const SYNONYMS: &[(&[&str], &[&str])] = &[
    (&["org", "organisation", "tenant", "company", "customer"], &["organization"]),
    (&["membership"], &["organization", "membership"]),
    (&["mail", "e", "address"], &["email"]),
    (&["dir", "dsync"], &["directory"]),
    (&["given"], &["first"]),
    (&["family", "surname"], &["last"]),
    (&["from", "since", "start", "begin"], &["range", "start"]),
    (&["to", "until", "till", "end"], &["range", "end"]),
    (&["phone", "mobile", "telephone"], &["phone", "number"]),
    (&["title", "label"], &["name"]),
    (&["url"], &["uri"]),
    (&["app"], &["application"]),
    (&["filter", "condition"], &["where"]),
    (&["sort"], &["sort", "by"]),
];

/// Words that say how a thing is named, not which thing it is.
const FORMS: &[&str] = &["id", "slug", "uuid", "key", "type", "name", "value"];

/// Words that turn a name into something else: `remove_domains` is not `domains`.
const TURNING: &[&str] = &[
    "add", "append", "current", "delete", "disable", "drop", "except", "exclude", "new", "no", "not", "old",
    "previous", "remove", "unset", "without",
];

/// From here on two names are about the same thing.
const SAME: usize = 100;

/// The field that was most likely meant: the one that names the same thing, else the one of the
/// nearest spelling, else the one that names a part of it. Where several may be meant, none is.
/// `operation` is what the arguments are for: `id` of `get_auth_factor` is its `auth_factor_id`.
pub fn meant<'a>(
    name: &str,
    operation: &str,
    mut fields: impl Iterator<Item = &'a Field> + Clone,
) -> Option<&'a Field> {
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    let asked = snake_case(name);
    if let Some(field) = fields.clone().find(|field| field.name == asked) {
        return Some(field);
    }
    if asked.split('_').any(|word| TURNING.contains(&word)) {
        return None;
    }
    let wanted = parts(&asked);
    let owner = parts(operation.split_once('_').map_or("", |(_, object)| object));
    let mut best: Option<(usize, &Field)> = None;
    let mut rivals = 0;
    for field in fields.clone() {
        let score = likeness(&asked, &wanted, &owner, field);
        match best {
            _ if score == 0 => {}
            Some((highest, _)) if score < highest => {}
            Some((highest, _)) if score == highest => rivals += 1,
            _ => (best, rivals) = (Some((score, field)), 0),
        }
    }
    let best = best.filter(|_| rivals == 0);
    if let Some((SAME.., field)) = best {
        return Some(field);
    }
    // What takes something away is not what a slip of the keyboard, or half a name, was to mean; nor
    // is half the name of a credential: a `password_digest` is no password.
    if let Some(near) = nearest(&asked, fields.clone().map(|field| field.name)) {
        return fields.find(|field| field.name == near && field.destroys.is_none());
    }
    best.map(|(_, field)| field).filter(|field| field.destroys.is_none() && !field.secret)
}

/// How much a field names what was asked for; 0 if it is something else.
fn likeness(asked: &str, wanted: &Parts, owner: &Parts, field: &Field) -> usize {
    let named = parts(field.name);
    let is_plural = |name: &str| name.ends_with('s') && !name.ends_with("ss");
    let forms = |parts: &Parts| parts.forms.iter().any(|form| wanted.forms.contains(form));
    let alike = 4 * usize::from(named.forms == wanted.forms)
        + 2 * usize::from(forms(&named))
        + usize::from(is_plural(asked) == is_plural(field.name));
    if wanted.things.is_empty() {
        // `id` or `slug` alone: whatever else is called so.
        return if forms(&named) { 1 + alike } else { 0 };
    }
    if named.things.is_empty() {
        // `id` alone is that of what the operation is about, or of what its description names.
        let is_of_form = forms(&named) || (wanted.forms.is_empty() && ["id", "slug"].contains(&field.name));
        let is_kind = || {
            kinds_of(field).any(|kind| {
                let what = kind.what.split_once(' ').map_or(kind.what, |(_, what)| what);
                let what = parts(&what.split(" of ").next().unwrap_or(what).replace(' ', "_"));
                kind.prefixes.contains(&wanted.things.join("_").as_str()) || wanted.is_within(&what)
            })
        };
        let is_described = || {
            let mut words = field.description.split(|character: char| !character.is_alphanumeric());
            kinds_of(field).next().is_none()
                && wanted.things.iter().all(|thing| words.any(|word| word.eq_ignore_ascii_case(thing)))
        };
        return match is_of_form {
            true if wanted.things == owner.things || is_kind() => SAME + alike,
            true if wanted.is_within(owner) || is_described() => 10 + alike,
            _ => 0,
        };
    }
    if wanted.things == named.things {
        SAME + alike
    } else if wanted.is_within(&named) || named.is_within(wanted) {
        10 + alike
    } else {
        0
    }
}

/// A name in the words of the table: those for the thing, and those for how it is named.
struct Parts {
    things: Vec<String>,
    forms: Vec<String>,
}

impl Parts {
    /// Whether all its words are among those of the other, the last of which says what it is.
    fn is_within(&self, other: &Self) -> bool {
        !self.things.is_empty()
            && self.things.last() == other.things.last()
            && self.things.iter().all(|thing| other.things.contains(thing))
    }
}

fn parts(name: &str) -> Parts {
    let mut parts = Parts { things: Vec::new(), forms: Vec::new() };
    for word in name.split('_').filter(|word| !word.is_empty()) {
        let singular =
            word.strip_suffix('s').filter(|rest| rest.len() > 1 && !rest.ends_with('s')).unwrap_or(word);
        let singular = if FORMS.contains(&word) { word } else { singular };
        if FORMS.contains(&singular) {
            parts.forms.push(singular.to_owned());
            continue;
        }
        let same = SYNONYMS.iter().find(|(words, _)| words.contains(&singular));
        for word in same.map_or_else(|| vec![singular], |(_, words)| words.to_vec()) {
            if FORMS.contains(&word) {
                parts.forms.push(word.to_owned());
            } else if !parts.things.iter().any(|thing| thing == word) {
                parts.things.push(word.to_owned());
            }
        }
    }
    parts
}

/// `userId`, `User-ID` and `user id` as `user_id`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for character in name.trim().chars() {
        if !character.is_alphanumeric() {
            if before != '_' {
                snake.push('_');
            }
            before = '_';
            continue;
        }
        if character.is_uppercase() && before.is_lowercase() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
        before = character;
    }
    snake.truncate(snake.trim_end_matches('_').len());
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;

    fn meant_by(operation: &str, name: &str) -> Option<&'static str> {
        let operation = operations().find(|known| known.name == operation).expect("an operation");
        meant(name, operation.name, operation.fields.iter()).map(|field| field.name)
    }

    #[test]
    fn the_names_that_people_expect_lead_to_those_that_are() {
        for (operation, given, expected) in [
            ("get_connection", "connection_id", "id"),
            ("get_connection", "connectionId", "id"),
            ("get_connection", "connection", "id"),
            ("get_user", "user_id", "id"),
            ("get_user", "user", "id"),
            ("get_organization", "org_id", "id"),
            ("get_organization", "organization_id", "id"),
            ("get_organization_membership", "organization_membership_id", "id"),
            ("get_organization_membership", "membership_id", "id"),
            ("delete_directory", "directory_id", "id"),
            ("get_agent_blueprint", "id", "agent_blueprint_id"),
            ("get_agent_blueprint", "blueprint_id", "agent_blueprint_id"),
            ("create_organization_membership", "role", "role_slug"),
            ("create_organization_membership", "roles", "role_slugs"),
            ("update_organization_membership", "role", "role_slug"),
            ("create_organization_membership", "org", "organization_id"),
            ("create_organization_membership", "userId", "user_id"),
            ("send_invitation", "role", "role_slug"),
            ("send_invitation", "email_address", "email"),
            ("send_invitation", "org_id", "organization_id"),
            ("generate_portal_link", "org", "organization_id"),
            ("list_directory_users", "dsync_id", "directory_id"),
            ("list_directory_users", "group_id", "directory_group_id"),
            ("list_connections", "type", "connection_type"),
            ("list_events", "start", "range_start"),
            ("list_events", "until", "range_end"),
            ("list_events", "event_types", "events"),
            ("create_user", "firstName", "first_name"),
            ("create_user", "given_name", "first_name"),
            ("create_user", "family_name", "last_name"),
            ("get_feature_flag", "flag_slug", "slug"),
            ("get_auth_factor", "auth_factor_id", "id"),
            ("delete_api_key", "api_key_id", "id"),
            ("get_connect_application", "connect_application_id", "id"),
            ("get_connect_application", "application_id", "id"),
            ("verify_auth_challenge", "auth_challenge_id", "id"),
            ("delete_redirect_uri", "redirect_uri_id", "id"),
            ("delete_mcp_resource_indicator", "mcp_resource_indicator_id", "id"),
            ("enable_feature_flag", "feature_flag_slug", "slug"),
            ("get_organization_role", "role", "role_slug"),
            ("get_environment_role", "role", "role_slug"),
            ("create_permission", "permission_slug", "slug"),
            ("get_data_integration", "data_integration_slug", "slug"),
            ("get_organization_membership", "om_id", "id"),
            ("get_connection", "conn_id", "id"),
            ("delete_webhook_endpoint", "we_id", "id"),
            ("update_organization", "organization_name", "name"),
            ("list_authorization_resources", "parent_resource_type", "parent_resource_type_slug"),
            ("update_authorization_resource", "parent_resource_ids", "parent_resource_id"),
            ("get_permission", "permission", "permission_slug"),
            ("remove_organization_role_permission", "role", "role_slug"),
            ("create_environment_role", "title", "name"),
            ("add_environment_role_permission", "role", "role_slug"),
        ] {
            assert_eq!(meant_by(operation, given), Some(expected), "{operation} {given}");
        }
    }

    #[test]
    fn what_may_be_anything_is_not_guessed() {
        for (operation, given) in [
            ("get_user", "no_such_argument"),
            ("get_user", "email"),
            ("create_user", "x"),
            ("create_user", ""),
            ("create_organization_membership", "membership_id"),
            ("update_organization", "remove_domains"),
            ("update_organization", "domain_dat"),
            ("update_user", "old_password"),
            ("update_user", "password_has"),
            ("create_user", "password_digest"),
            ("update_user", "hashed_password"),
            ("list_connections", "exclude_organization_id"),
            ("delete_organization_membership", "organization_id"),
            ("delete_organization_domain", "organization_id"),
            ("set_environment_role_permissions", "add_permissions"),
            ("delete_user", "force"),
            ("get_connection", "organization_id"),
            ("get_user", "organization_id"),
        ] {
            assert_eq!(meant_by(operation, given), None, "{operation} {given}");
        }
        assert_eq!(meant_by("get_user", &"user_id".repeat(1_000_000)), None);
    }
}
