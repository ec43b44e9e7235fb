//! Facts that belong to an answer and that WorkOS does not send, said as ours: in `_note`, beside what came.
//!
//! Each is one or two sentences, and stands only where it matters. Sources: the guides and the reference at
//! <https://workos.com/docs>; where they leave something open, the fact is that they do.

use serde_json::Value;

use super::answer::Form;
use crate::api::admin_portal::INTENTS;
use crate::client::{Arguments, CheckedCall};

/// The most DNS records that one answer is told.
const MAX_RECORDS: usize = 5;

/// A fact about the answers of some operations.
struct Fact {
    operations: &'static [&'static str],
    says: Says,
}

enum Says {
    /// Whatever was asked and came.
    Always(&'static str),
    /// As soon as the arguments are known.
    Arguments(fn(&Arguments) -> Option<String>),
    /// With this field, or whenever all fields are there.
    Field(&'static str, &'static str),
    /// What the answer holds, if it holds this word.
    Answer(&'static str, fn(&Value) -> Option<String>),
}

const FACTS: &[Fact] = &[
    Fact {
        operations: &["generate_portal_link"],
        says: Says::Always(
            "The link works once, within five minutes: redirect the admin to it at once, do not e-mail it \
             (`invite_it_contact` does that).",
        ),
    },
    Fact { operations: &["generate_portal_link"], says: Says::Arguments(what_a_link_opens) },
    Fact {
        operations: &[
            "create_organization_domain",
            "get_organization_domain",
            "verify_organization_domain",
            "get_organization",
            "get_organization_by_external_id",
            "create_organization",
            "update_organization",
        ],
        says: Says::Answer("verification_token", dns_records),
    },
    Fact { operations: &["list_organization_memberships"], says: Says::Arguments(only_active) },
    Fact {
        operations: &[
            "get_organization_membership",
            "list_organization_memberships",
            "create_organization_membership",
            "update_organization_membership",
        ],
        says: Says::Field(
            "role",
            "`role` and `roles` include those that groups give; `list_membership_role_assignments` has the `source` \
             of each.",
        ),
    },
    Fact {
        operations: &["deactivate_organization_membership"],
        says: Says::Always(
            "WorkOS ends all sessions of the user, those in other organizations too; an access token that is \
             out already works until it expires.",
        ),
    },
    Fact {
        operations: &["get_directory", "list_directories"],
        says: Says::Answer("inactive", inactive_users),
    },
    Fact { operations: &["list_events"], says: Says::Arguments(range_of_events) },
    Fact {
        operations: &["create_audit_log_export"],
        says: Says::Always(
            "WorkOS does not say whether events exactly at `range_start` and `range_end` are in it.",
        ),
    },
];

/// The form that an answer is needed in, where `form` would do without facts.
pub fn form(operation: &str, form: Form) -> Form {
    let word = facts(operation).find_map(|fact| match fact.says {
        Says::Answer(word, _) => Some(word),
        _ => None,
    });
    match (word, form) {
        (Some(word), Form::Text) => Form::TextWithout(word),
        // What may be left out as text is left out for being bulky: it is a value anyway.
        (_, form) => form,
    }
}

/// What is to be said beside an answer. `answer` is all that came, if something is told of that; `paths` are
/// the fields that were asked for, none for all.
pub fn of(call: &CheckedCall, paths: &[String], answer: Option<&Value>) -> Option<String> {
    let is_wanted = |field: &str| {
        let of_field = |path: &String| path.split('.').any(|name| name.starts_with(field));
        paths.is_empty() || paths.iter().any(of_field)
    };
    let told = facts(call.operation().name).filter_map(|fact| match fact.says {
        Says::Always(text) => Some(text.to_owned()),
        Says::Arguments(says) => says(call.arguments()),
        Says::Field(field, text) => is_wanted(field).then(|| text.to_owned()),
        Says::Answer(word, says) => {
            let is_wanted = is_wanted(word) || is_wanted("domains") || is_wanted("metadata");
            answer.filter(|_| is_wanted).and_then(says)
        }
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn facts(operation: &str) -> impl Iterator<Item = &'static Fact> {
    FACTS.iter().filter(move |fact| fact.operations.contains(&operation))
}

fn what_a_link_opens(arguments: &Arguments) -> Option<String> {
    let intent = arguments.get("intent")?.as_str()?;
    let (word, what) = INTENTS.iter().find(|(word, _)| *word == intent)?;
    Some(format!("With `{word}` the admin {what}."))
}

fn only_active(arguments: &Arguments) -> Option<String> {
    let said = "Only active memberships are listed, because `statuses` was left out: with inactive and pending ones, \
                `statuses` is [\"active\",\"inactive\",\"pending\"].";
    (!arguments.contains_key("statuses")).then(|| said.to_owned())
}

fn range_of_events(arguments: &Arguments) -> Option<String> {
    let has_range = ["range_start", "range_end"].iter().any(|name| arguments.contains_key(*name));
    let said = "WorkOS lists events after `range_start` and before `range_end`; do not count on those exactly at an \
                end.";
    has_range.then(|| said.to_owned())
}

/// What stands in `metadata.users.inactive` of a directory, if there is anybody.
fn inactive_users(answer: &Value) -> Option<String> {
    let counts = |directory: &Value| {
        directory.pointer("/metadata/users/inactive").and_then(Value::as_u64).is_some_and(|count| count > 0)
    };
    let any = match answer.get("data") {
        Some(Value::Array(directories)) => directories.iter().any(counts),
        _ => counts(answer),
    };
    let said = "`metadata.users.inactive` counts people who are suspended or deactivated at the provider and still \
                listed here, not those who were deleted; `active` is without them.";
    any.then(|| said.to_owned())
}

/// The DNS records of the domains in an answer that wait for theirs.
fn dns_records(answer: &Value) -> Option<String> {
    let domains = match answer.get("domains") {
        Some(Value::Array(domains)) => domains.as_slice(),
        _ => std::slice::from_ref(answer),
    };
    let records: Vec<String> = domains.iter().filter_map(dns_record).collect();
    if records.is_empty() {
        return None;
    }
    let more = records.len().saturating_sub(MAX_RECORDS);
    let said = records[..records.len() - more].join(" ");
    Some(match more {
        0 => said,
        _ => format!("{said} {more} more domains wait for theirs: `get_organization_domain` has each."),
    })
}

fn dns_record(domain: &Value) -> Option<String> {
    let text = |name: &str| domain.get(name).and_then(Value::as_str);
    let waits = match text("state") {
        Some("pending") => "WorkOS looks for it by itself.",
        Some("failed") => "`verify_organization_domain` lets WorkOS look for it again.",
        _ => return None,
    };
    if text("verification_strategy").is_some_and(|strategy| strategy != "dns") {
        return None;
    }
    let (name, token) = (text("domain").filter(|name| is_domain(name))?, text("verification_token")?);
    let prefix = text("verification_prefix").unwrap_or("verification_token");
    if !is_plain(token) || !is_plain(prefix) {
        return Some(format!("The DNS record of {name} is of type TXT; its value is masked here."));
    }
    // A name that begins so is that of a record, and not of what is in it.
    let (name, value) = if prefix.starts_with('_') {
        (format!("{prefix}.{name}"), token.to_owned())
    } else {
        (name.to_owned(), format!("{prefix}={token}"))
    };
    Some(format!(
        "DNS record: type TXT, name `{name}`, value `{value}`; to look it up: `dig +short TXT {name}`. {waits}"
    ))
}

/// Whether this can stand in a command: it is text that WorkOS sent.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether this is a word that a DNS record can have.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::operations;

    #[test]
    fn facts_are_about_operations() {
        for name in FACTS.iter().flat_map(|fact| fact.operations) {
            assert!(operations().any(|operation| operation.name == *name), "{name}");
        }
    }

    #[test]
    fn the_record_of_a_domain_that_waits_is_told() {
        let domain = |state: &str| {
            json!({"domain": "example.com", "state": state, "verification_prefix": "app-domain-verification-z3",
                   "verification_token": "m5Oz", "verification_strategy": "dns"})
        };
        assert_eq!(
            dns_records(&domain("pending")).as_deref(),
            Some(
                "DNS record: type TXT, name `example.com`, value `app-domain-verification-z3=m5Oz`; to look it up: \
                 `dig +short TXT example.com`. WorkOS looks for it by itself."
            )
        );
        assert!(dns_records(&domain("failed")).expect("a record").contains("`verify_organization_domain`"));
        assert_eq!(dns_records(&domain("verified")), None);
        assert_eq!(dns_records(&json!({"domains": [domain("verified"), {"domain": "a.b"}]})), None);
        let many: Vec<Value> = vec![domain("pending"); 7];
        assert!(dns_records(&json!({ "domains": many })).expect("records").contains("2 more domains"));
        let named = json!({"domain": "example.com", "state": "pending", "verification_prefix": "_challenge",
                           "verification_token": "t1"});
        assert!(dns_records(&named).expect("a record").contains("name `_challenge.example.com`, value `t1`"));
        let without_prefix = json!({"domain": "example.com", "state": "pending", "verification_token": "t1"});
        assert!(dns_records(&without_prefix).expect("a record").contains("value `verification_token=t1`"));
    }

    #[test]
    fn what_strangers_wrote_is_in_no_command() {
        for name in ["a.com; rm -rf ~", "-x.com", "$(id).com", "a.com`", "", "a..b"] {
            let domain = json!({"domain": name, "state": "pending", "verification_token": "t1"});
            assert_eq!(dns_records(&domain), None, "{name}");
        }
        let masked = json!({"domain": "example.com", "state": "pending", "verification_token": "[masked]"});
        assert_eq!(
            dns_records(&masked).as_deref(),
            Some("The DNS record of example.com is of type TXT; its value is masked here.")
        );
    }
}
