//! The argument that was meant by a name that none has.
//!
//! People write `connection_id` where an argument is called `id`, `role` where it is `role_slug`, and
//! `userId` where it is `user_id`. A suggestion changes nothing by itself: the call is refused, and
//! made again by whoever reads it.

use crate::api::ids::kinds_of;
use crate::schema::Field;
use crate::tools::suggestion::nearest;

/// Words for one thing, and the one among them that arguments are named with.
const SYNONYMS: &[(&[&str], &[&str])] = &[
    (&["org", "organisation", "tenant", "company", "customer"], &["organization"]),
    (&["membership", "member"], &["organization", "membership"]),
    (&["mail", "e", "address"], &["email"]),
    (&["dir", "dsync"], &["directory"]),
    (&["given"], &["first"]),
    (&["family", "surname", "last"], &["last"]),
    (&["from", "since", "start", "begin"], &["range", "start"]),
    (&["to", "until", "till", "end"], &["range", "end"]),
    (&["phone", "mobile", "telephone"], &["phone", "number"]),
    (&["title", "label"], &["name"]),
    (&["url"], &["uri"]),
    (&["sp", "app"], &["application"]),
];

/// Words that say how a thing is named, not which thing it is.
const FORMS: &[&str] = &["id", "ids", "slug", "slugs", "uuid", "key", "type", "name", "value"];

/// The field that was most likely meant: the one of the nearest spelling, or the one that names the
/// same thing. Where several may be meant, none is.
pub fn meant<'a>(name: &str, fields: impl Iterator<Item = &'a Field> + Clone) -> Option<&'a Field> {
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    let asked = snake_case(name);
    if let Some(field) = fields.clone().find(|field| field.name == asked) {
        return Some(field);
    }
    // What takes something away is not what a slip of the keyboard was to mean.
    let harmless = fields.clone().filter(|field| field.destroys.is_none());
    if let Some(near) = nearest(&asked, harmless.map(|field| field.name)) {
        return fields.clone().find(|field| field.name == near);
    }
    let (things, forms) = parts(&asked);
    let mut best: Option<(usize, &Field)> = None;
    let mut rivals = 0;
    for field in fields {
        let score = likeness(&asked, &things, &forms, field);
        match best {
            _ if score == 0 => {}
            Some((highest, _)) if score < highest => {}
            Some((highest, _)) if score == highest => rivals += 1,
            _ => (best, rivals) = (Some((score, field)), 0),
        }
    }
    best.filter(|_| rivals == 0).map(|(_, field)| field)
}

/// How much a field names what was asked for; 0 if it is something else.
fn likeness(asked: &str, things: &[String], forms: &[String], field: &Field) -> usize {
    let (mut named, form) = parts(field.name);
    if named.is_empty() {
        // `id` of a connection is its `connection_id`.
        named = kinds_of(field).flat_map(|kind| parts(&kind.what.replace(' ', "_")).0).collect();
        named.retain(|word| !["a", "an", "the", "of"].contains(&word.as_str()));
    }
    if named.is_empty() {
        // `slug` of a flag is its `flag_slug`, as its description says.
        let words = field.description.split(|character: char| !character.is_alphanumeric());
        named.extend(words.filter(|word| word.len() > 2).map(str::to_lowercase));
    }
    let is_plural = |name: &str| name.ends_with('s') && !name.ends_with("ss");
    let alike = 2 * usize::from(form == *forms) + usize::from(is_plural(asked) == is_plural(field.name));
    if things.is_empty() {
        // `id` or `slug` alone: whatever else is called so.
        return if form.iter().any(|word| forms.contains(word)) { 1 + alike } else { 0 };
    }
    let within = |inner: &[String], outer: &[String]| {
        !inner.is_empty() && inner.iter().all(|word| outer.contains(word))
    };
    if things == named {
        8 + alike
    } else if within(things, &named) || within(&named, things) {
        4 + alike
    } else {
        0
    }
}

/// The words of a name, in the words of the table: those for the thing, and those for how it is named.
fn parts(name: &str) -> (Vec<String>, Vec<String>) {
    let (mut things, mut forms) = (Vec::new(), Vec::new());
    for word in name.split('_').filter(|word| !word.is_empty()) {
        if FORMS.contains(&word) {
            forms.push(word.to_owned());
            continue;
        }
        let singular =
            word.strip_suffix('s').filter(|rest| rest.len() > 2 && !rest.ends_with('s')).unwrap_or(word);
        let same = SYNONYMS.iter().find(|(words, _)| words.contains(&singular));
        let words = same.map_or_else(|| vec![singular], |(_, words)| words.to_vec());
        for word in words {
            if !things.iter().any(|thing| thing == word) {
                things.push(word.to_owned());
            }
        }
    }
    (things, forms)
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
        meant(name, operation.fields.iter()).map(|field| field.name)
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
            ("generate_portal_link", "organization_id", "organization"),
            ("generate_portal_link", "org", "organization"),
            ("list_directory_users", "directory_id", "directory"),
            ("list_directory_users", "group_id", "group"),
            ("list_connections", "type", "connection_type"),
            ("list_events", "start", "range_start"),
            ("list_events", "until", "range_end"),
            ("list_events", "event_types", "events"),
            ("create_user", "firstName", "first_name"),
            ("create_user", "given_name", "first_name"),
            ("create_user", "family_name", "last_name"),
            ("get_feature_flag", "flag_slug", "slug"),
            ("get_permission", "permission_slug", "slug"),
            ("remove_organization_role_permission", "role_slug", "slug"),
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
            ("delete_user", "force"),
            ("get_connection", "organization_id"),
            ("get_user", "organization_id"),
        ] {
            assert_eq!(meant_by(operation, given), None, "{operation} {given}");
        }
        assert_eq!(meant_by("get_user", &"user_id".repeat(1_000_000)), None);
    }
}
