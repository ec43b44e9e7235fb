//! IDs and slugs of the wrong kind, and names where an ID is meant: told before anything is sent, with what
//! is needed and where to find it.
//!
//! WorkOS answers "not found" to most of them, and an empty list to some, which reads as "there is none".

use crate::api::directory_sync::DirectoryType;
use crate::api::ids::{IdKind, kind_of, kinds_of, takes_word};
use crate::api::sso::ConnectionType;
use crate::client::excerpt;
use crate::schema::{Field, Schema, Typed};
use crate::tools::sanitize::sanitize;

/// How the ID of one kind is found with that of another: the kind that is needed, what was given, how.
const BY_OTHERS: &[(&str, &str, &str)] = &[
    (
        "authz_resource",
        "org",
        "an organization is the resource of type `organization` whose external ID is its own ID: \
         `get_authorization_resource_by_external_id` finds it",
    ),
    ("om", "user", "`list_organization_memberships` has those of a `user_id`"),
    ("om", "org", "`list_organization_memberships` has those of an `organization_id`"),
    ("user", "om", "a membership has its `user_id`"),
    (
        "user",
        "directory_user",
        "the user with the same e-mail address is another object: `list_users` with `email`",
    ),
    ("directory_user", "user", "the directory user with the same e-mail address is another object"),
    ("org", "conn", "a connection has its `organization_id`"),
    ("org", "directory", "a directory has its `organization_id`"),
    ("org", "om", "a membership has its `organization_id`"),
];

/// What people write in place of an ID, and how the ID is found by it.
struct Stead {
    /// The kind that is needed.
    kind: &'static str,
    is_one: fn(&str) -> bool,
    hint: &'static str,
}

const STEADS: &[Stead] = &[
    Stead { kind: "user", is_one: is_email, hint: "`list_users` finds one by `email`" },
    Stead { kind: "directory_user", is_one: is_email, hint: "`list_directory_users` shows whose it is" },
    Stead { kind: "om", is_one: is_email, hint: "`list_users` finds the user by `email`" },
    Stead { kind: "org", is_one: is_domain, hint: "`list_organizations` finds one by `domains`" },
    Stead { kind: "org", is_one: is_title, hint: "`list_organizations` finds one by `search`" },
    Stead { kind: "conn", is_one: is_provider, hint: "the provider is a connection's `connection_type`" },
    Stead { kind: "directory", is_one: is_provider, hint: "the provider is a directory's `type`" },
];

/// What slugs are of, by the names of their arguments, and which operations list them.
const SLUGS: &[(&str, &str)] = &[
    ("role", "`list_environment_roles` or `list_organization_roles`"),
    ("perm", "`list_permissions`"),
    ("flag", "`list_feature_flags`"),
    ("data_integration", "`list_data_integrations`"),
];

/// Why a text is no ID, or no slug, that the argument takes.
pub fn wrong_kind(path: &str, field: &Field, text: &str) -> Option<String> {
    let kinds: Vec<&IdKind> = kinds_of(field).collect();
    let found = kind_of(text);
    if kinds.is_empty() {
        return found
            .filter(|_| is_slug(field) && is_generated(text))
            .map(|found| slug_is_needed(path, found, text));
    }
    if found.is_some_and(|found| kinds.contains(&found)) || takes_word(field, text) {
        return None;
    }
    let (is, hint) = match found {
        Some(found) => (found.what, by_other(&kinds, found)),
        // Of some kinds nobody has said what their IDs look like.
        None if kinds.iter().any(|kind| kind.prefixes.is_empty()) => return None,
        None => match STEADS.iter().find(|stead| is_of(&kinds, stead.kind) && (stead.is_one)(text)) {
            Some(stead) => ("no ID", Some(stead.hint)),
            // A blank or an address is in no ID; of all else WorkOS is the judge.
            None if is_email(text) || is_title(text) => ("no ID", None),
            None => return None,
        },
    };
    let form = |kind: &&IdKind| match kind.prefixes {
        [usual, ..] => format!("`{usual}_…`"),
        [] => format!("that of {}", kind.what),
    };
    let mut sources: Vec<String> =
        kinds.iter().filter_map(|kind: &&IdKind| Some(format!("`{}`", kind.source?))).collect();
    sources.dedup();
    let from = if sources.is_empty() { String::new() } else { format!(", from {}", sources.join(" or ")) };
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    let needed: Vec<String> = kinds.iter().map(form).collect();
    Some(format!("`{path}` is {}, {is}; {} is needed{from}{hint}", shown(text), needed.join(" or ")))
}

fn is_of(kinds: &[&IdKind], prefix: &str) -> bool {
    kinds.iter().any(|kind| kind.prefixes.contains(&prefix))
}

/// How what is needed is found with the ID that was given.
fn by_other(kinds: &[&IdKind], found: &IdKind) -> Option<&'static str> {
    let fits = |kind: &str, given: &str| is_of(kinds, kind) && found.prefixes.contains(&given);
    BY_OTHERS.iter().find(|(kind, given, _)| fits(kind, given)).map(|(.., hint)| *hint)
}

fn slug_is_needed(path: &str, found: &IdKind, text: &str) -> String {
    let source = SLUGS.iter().find(|(prefix, _)| found.prefixes.contains(prefix));
    let from = source.map(|(_, source)| format!(", from {source}")).unwrap_or_default();
    format!(
        "`{path}` is {}, the ID of {}; a slug is needed, as `admin` is one{from}",
        shown(text),
        found.what
    )
}

fn is_slug(field: &Field) -> bool {
    let name = field.name.trim_end_matches('s');
    name == "slug" || name.ends_with("_slug")
}

/// Whether WorkOS has made up what follows the beginning. Slugs are in lower case, and may begin like IDs:
/// `org_admin`.
fn is_generated(text: &str) -> bool {
    let rest = text.rsplit('_').next().unwrap_or_default();
    let has = |wanted: fn(&u8) -> bool| rest.as_bytes().iter().any(wanted);
    rest.len() >= 10 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) && !has(u8::is_ascii_lowercase)
}

/// Whether this is an e-mail address.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && is_domain(domain))
}

/// Whether this is a domain as people write it, `example.com`.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = text.rsplit_once('.').map_or("", |(_, last)| last);
    last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_lowercase()) && text.split('.').all(is_label)
}

/// Whether this is a name of several words.
fn is_title(text: &str) -> bool {
    let is_word = |word: &str| word.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b',' | b'&' | b'-' | b'\'');
    text.bytes().all(is_plain) && text.split(' ').filter(|word| is_word(word)).count() > 1
}

/// Whether this is a word for an identity provider, or one of the types that connections and directories
/// have: `azure-ad`, `okta`, `OktaSAML`.
fn is_provider(text: &str) -> bool {
    const SHORTEST: usize = 4;
    const OTHERS: &[&str] =
        &["saml", "oidc", "oauth", "scim", "adfs", "google", "gsuite", "workspace", "entra"];
    const ENDINGS: &[&str] =
        &["", "saml", "oidc", "oauth", "scim", "scimv20", "ad", "workspace", "directory", "sso"];
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let asked = letters(text);
    let plain = |ending: &&str| asked.strip_suffix(ending).is_some_and(|name| OTHERS.contains(&name));
    let words = [ConnectionType::SCHEMA, DirectoryType::SCHEMA];
    let mut types = words.iter().flat_map(|schema| match schema {
        Schema::Choice(words) => *words,
        _ => &[],
    });
    asked.len() >= SHORTEST
        && (ENDINGS.iter().any(plain)
            || types.any(|word| {
                let word = letters(word);
                let name = ENDINGS.iter().rev().find_map(|ending| word.strip_suffix(ending)).unwrap_or(&word);
                let is_ending = |rest: &str| ENDINGS.contains(&rest);
                asked == word || (name.len() >= SHORTEST && asked.strip_prefix(name).is_some_and(is_ending))
            }))
}

/// An ID as it may stand in an error.
fn shown(id: &str) -> String {
    const MAX_SHOWN: usize = 60;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && id.len() <= MAX_SHOWN {
        format!("`{id}`")
    } else {
        excerpt(&sanitize(&serde_json::Value::from(id).to_string()), MAX_SHOWN).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ids::ID_KINDS;
    use crate::api::operations;
    use crate::schema::Presence;

    fn field(name: &'static str, description: &'static str) -> Field {
        Field::new(name, description, Schema::String, Presence::Required)
    }

    #[test]
    fn an_id_of_another_kind_is_told_with_what_is_needed() {
        let user = field("user_id", "");
        assert_eq!(
            wrong_kind("user_id", &user, "om_1").as_deref(),
            Some(
                "`user_id` is `om_1`, a membership; `user_…` is needed, from `list_users`; a membership has its `user_id`"
            )
        );
        for fits in ["user_1", "7", "", "usr_1", "customer_1"] {
            assert_eq!(wrong_kind("user_id", &user, fits), None, "{fits}");
        }
        let target = field("resource_id", " The target, `user_…` or `org_…`.");
        assert_eq!(
            wrong_kind("resource_id", &target, "conn_1").as_deref(),
            Some(
                "`resource_id` is `conn_1`, a connection; `user_…` or `org_…` is needed, from `list_users` or `list_organizations`; \
                 a connection has its `organization_id`"
            )
        );
        assert_eq!(wrong_kind("resource_id", &target, "org_1"), None);
        assert_eq!(wrong_kind("external_id", &field("external_id", "Your own ID."), "org_1"), None);
        let hidden = wrong_kind("user_id", &user, "om_\u{202e}`x`").expect("another kind");
        assert!(hidden.starts_with(r#"`user_id` is "om_\u202e`x`", a membership"#), "{hidden}");
    }

    #[test]
    fn a_name_is_no_id() {
        let connection = field("connection_id", "`conn_…`.");
        assert_eq!(
            wrong_kind("connection_id", &connection, "azure-ad").as_deref(),
            Some(
                "`connection_id` is \"azure-ad\", no ID; `conn_…` is needed, from `list_connections`; \
                 the provider is a connection's `connection_type`"
            )
        );
        for name in
            ["okta", "AzureSAML", "azure_ad", "Okta SAML", "google-workspace", "entra id", "OneLogin", "saml"]
        {
            assert!(wrong_kind("id", &connection, name).is_some(), "{name}");
        }
        let told = |name, text| wrong_kind(name, &field(name, ""), text).unwrap_or_default();
        assert!(told("user_id", "jane@example.com").contains("`list_users` finds one by `email`"));
        assert!(told("organization_id", "example.com").contains("by `domains`"));
        assert!(told("organization_id", "Example Corp").contains("by `search`"));
        let directory = field("directory", "`directory_…`.");
        assert!(wrong_kind("directory", &directory, "gsuite directory").is_some());
        // What may be an ID is for WorkOS to judge; so is what is told to stand in place of one.
        for fits in [
            "3f2b0c9e-7a54-4d11-9c7d-0e3a5b6c7d8e",
            "usr_1",
            "x",
            "..",
            "a/b",
            "%2e",
            "42",
            "ü",
            "slow",
            "a-0",
        ] {
            assert_eq!(wrong_kind("id", &connection, fits), None, "{fits}");
        }
        let word = field("id", "`waitlist_…`, or `of my own`.");
        assert_eq!(wrong_kind("id", &word, "of my own"), None);
    }

    #[test]
    fn the_resource_of_an_organization_is_told() {
        let resource = field("resource_id", "`authz_resource_…`.");
        let text = wrong_kind("resource_id", &resource, "org_01EXAMPLE").expect("another kind");
        assert!(text.contains("`authz_resource_…` is needed, from `list_authorization_resources`"), "{text}");
        assert!(text.contains("`get_authorization_resource_by_external_id` finds it"), "{text}");
    }

    #[test]
    fn an_id_is_no_slug() {
        let role = field("role_slug", "Role slug.");
        assert_eq!(
            wrong_kind("role_slug", &role, "role_01EXAMPLE0ROLE").as_deref(),
            Some(
                "`role_slug` is `role_01EXAMPLE0ROLE`, the ID of a role; a slug is needed, as `admin` is one, from \
                 `list_environment_roles` or `list_organization_roles`"
            )
        );
        for fits in ["admin", "org_admin", "role_1", "user_manager_2", "ROLE_01EXAMPLE0ROLE"] {
            assert_eq!(wrong_kind("role_slug", &role, fits), None, "{fits}");
        }
    }

    /// Every argument for IDs takes none of another kind and no names; every argument for slugs no IDs.
    #[test]
    fn every_argument_is_held_against_its_kinds() {
        let (mut ids, mut slugs) = (0, 0);
        for (operation, field) in
            operations().flat_map(|one| one.fields.iter().map(move |field| (one, field)))
        {
            let is_text = matches!(field.schema.present(), Schema::String | Schema::List(Schema::String));
            if !is_text || field.secret {
                continue;
            }
            let kinds: Vec<&IdKind> = kinds_of(field).collect();
            let at = format!("{} {}", operation.name, field.name);
            for prefix in ID_KINDS.iter().flat_map(|kind| kind.prefixes) {
                let id = format!("{prefix}_01EXAMPLE0ANY1");
                let fits = kinds.iter().any(|kind| kind.prefixes.contains(prefix));
                if !kinds.is_empty() {
                    assert_eq!(wrong_kind(field.name, field, &id).is_none(), fits, "{at}: {id}");
                } else if is_slug(field) {
                    assert!(wrong_kind(field.name, field, &id).is_some(), "{at}: {id}");
                }
            }
            ids += usize::from(!kinds.is_empty());
            slugs += usize::from(is_slug(field));
            if !kinds.is_empty() && kinds.iter().all(|kind| !kind.prefixes.is_empty()) {
                for name in ["Example Corp", "jane@example.com"] {
                    assert!(wrong_kind(field.name, field, name).is_some(), "{at}: {name}");
                }
            }
        }
        assert!(ids > 200 && slugs > 30, "{ids} arguments for IDs, {slugs} for slugs");
    }

    #[test]
    fn hints_name_operations_that_there_are() {
        let texts = BY_OTHERS.iter().map(|(.., text)| *text).chain(STEADS.iter().map(|stead| stead.hint));
        for text in texts.chain(SLUGS.iter().map(|(_, text)| *text)) {
            for name in text
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|name| name.starts_with("list_") || name.starts_with("get_"))
            {
                assert!(operations().any(|operation| operation.name == name), "{name}");
            }
        }
        for kind in BY_OTHERS.iter().map(|(kind, ..)| *kind).chain(STEADS.iter().map(|stead| stead.kind)) {
            assert!(ID_KINDS.iter().any(|known| known.prefixes.contains(&kind)), "{kind}");
        }
    }
}
