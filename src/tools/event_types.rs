//! Types of events as people write them: which are known, which was meant, and all of an object.
//!
//! The list is open. A name that is known to be wrong, because it differs from a known one as a typing error
//! does, is refused before anything is sent; what may be a type that WorkOS has added since is sent, and
//! said. Whoever means a new type that looks like a typing error says so: `new:user.create`.

use serde_json::{Value, json};

use super::sanitize::sanitize_name;
use crate::api::event_types::{EVENT_TYPES, parts};
use crate::client::{Arguments, Violation};
use crate::operation::{Effect, Operation};
use crate::schema::Field;

/// The most types that an error names.
const MAX_NAMED: usize = 8;
/// The longest name that is looked at.
const LONGEST: usize = 100;
/// In front of a type that is newer than the list.
const NEW: &str = "new:";

/// Words for what events are about, and those that types have.
const OBJECTS: &[(&[&str], &str)] = &[
    (&["org", "organisation", "tenant", "company"], "organization"),
    (&["orgdomain", "organisationdomain", "domain"], "organization_domain"),
    (&["membership", "orgmembership", "organisationmembership", "member"], "organization_membership"),
    (&["directory", "directorysync", "scim"], "dsync"),
    (&["directoryuser", "directorysyncuser", "scimuser"], "dsync.user"),
    (&["directorygroup", "directorysyncgroup", "scimgroup"], "dsync.group"),
    (&["auth", "signin", "login"], "authentication"),
    (&["key"], "api_key"),
    (&["featureflag"], "flag"),
    (&["invite"], "invitation"),
    (&["waitlist", "waitlistentry"], "waitlist_user"),
];

/// Words for what happened, by their stems, and those that types have.
const VERBS: &[(&[&str], &str)] = &[
    (&["add", "register", "registrat", "insert", "new", "sent"], "created"),
    (&["chang", "modif", "edit", "alter"], "updated"),
    (&["remov", "destroy", "eras"], "deleted"),
    (&["enabl", "link", "connect"], "activated"),
    (&["disabl", "unlink", "disconnect"], "deactivated"),
    (&["end", "terminat", "logout"], "revoked"),
    (&["succes", "ok"], "succeeded"),
    (&["failur", "fail", "error"], "failed"),
];

/// Whether somebody asks which types there are; then all of them.
pub fn listing(operation: &Operation, arguments: &Arguments) -> Option<Value> {
    const ASKING: &[&str] = &["list", "?", "help"];
    let field = field_of(operation).filter(|_| operation.effect == Effect::Read)?;
    let asks = match arguments.get(field.name)? {
        Value::Array(items) => matches!(&items[..], [only] if is_asking(only, ASKING)),
        only => is_asking(only, ASKING),
    };
    asks.then(|| {
        json!({
            "event_types": EVENT_TYPES,
            "_note": "These are known; nothing was sent. `user.*` stands for all of an object, `*` for all.",
        })
    })
}

fn is_asking(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|word| words.contains(&word.trim().to_ascii_lowercase().as_str()))
}

/// Makes types of events what was meant by them, as far as that is certain: in another case, with other
/// signs, all of an object. Gives what is to be said of them in the answer.
pub fn understand(
    operation: &Operation,
    arguments: &mut Arguments,
    violations: &mut Vec<Violation>,
) -> Vec<String> {
    let Some(field) = field_of(operation) else { return Vec::new() };
    let Some(Value::Array(given)) = arguments.get(field.name) else { return Vec::new() };
    let expands = operation.effect == Effect::Read;
    let mut types: Vec<String> = Vec::new();
    let mut remarks = Vec::new();
    let texts = given.iter().filter_map(Value::as_str);
    for text in texts.flat_map(|text| text.split([',', ' ', '\n'])).filter(|text| !text.is_empty()) {
        let understood = match meant(text) {
            Meant::Type(name) => vec![name],
            Meant::All(names) if expands => {
                remarks.push(expanded(text, &names));
                names.into_iter().map(str::to_owned).collect()
            }
            Meant::All(names) => {
                refuse(field, text, &format!("write out what you want: {}", list(&names)), violations);
                continue;
            }
            Meant::Near(names) => {
                let hint = format!(
                    "did you mean {}? A type that is newer than this list goes through as `{NEW}{}`",
                    list(&names),
                    sanitize_name(text)
                );
                refuse(field, text, &hint, violations);
                continue;
            }
            Meant::Unknown(of_object) => {
                let known =
                    if of_object.is_empty() { String::new() } else { format!(" ({})", list(&of_object)) };
                remarks.push(format!(
                    "`{}` is none of the event types known here{known}; WorkOS was asked for it all the same.",
                    sanitize_name(text)
                ));
                vec![text.to_owned()]
            }
        };
        for name in understood {
            if !types.contains(&name) {
                types.push(name);
            }
        }
    }
    if violations.is_empty() && !types.is_empty() {
        arguments.insert(field.name.to_owned(), types.into());
    }
    remarks
}

fn field_of(operation: &Operation) -> Option<&'static Field> {
    operation.fields.iter().find(|field| field.event_types)
}

fn refuse(field: &'static Field, text: &str, hint: &str, violations: &mut Vec<Violation>) {
    let (name, shown) = (field.name, sanitize_name(text));
    violations
        .push(Violation::of_argument(name, format!("`{name}`: `{shown}` is no type of events; {hint}")));
}

fn expanded(text: &str, names: &[&str]) -> String {
    let shown = sanitize_name(text);
    if names.len() > MAX_NAMED {
        format!("`{shown}` stands for the {} types known here.", names.len())
    } else {
        format!("`{shown}` stands for {}.", list(names))
    }
}

/// Names for a sentence; of many the first.
fn list(names: &[&str]) -> String {
    let mut shown: Vec<String> = names.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
    if names.len() > MAX_NAMED {
        shown.push(format!("{} more", names.len() - MAX_NAMED));
    }
    shown.join(", ")
}

/// What was meant by a type as somebody wrote it.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    /// This type.
    Type(String),
    /// All of an object.
    All(Vec<&'static str>),
    /// One of these, most likely.
    Near(Vec<&'static str>),
    /// No known one; these are of the same object.
    Unknown(Vec<&'static str>),
}

fn meant(text: &str) -> Meant {
    if let Some(new) = text.strip_prefix(NEW) {
        return Meant::Type(new.to_owned());
    }
    let asked = letters(text);
    if EVENT_TYPES.contains(&text) || text.len() > LONGEST {
        return Meant::Type(text.to_owned());
    }
    if matches!(text, "*" | "all" | "*.*") {
        return Meant::All(EVENT_TYPES.to_vec());
    }
    if let Some(object) = text.strip_suffix(".*").or_else(|| text.strip_suffix('*')) {
        return of_pattern(object);
    }
    let mut same = EVENT_TYPES.iter().filter(|name| letters(name) == asked);
    if let (Some(only), None) = (same.next(), same.next()) {
        return Meant::Type((*only).to_owned());
    }
    // The object alone has no verb.
    let (object, verb) = if is_object(text) { (text, "") } else { parts(text) };
    let objects = near_objects(object);
    let near: Vec<&str> = types_of(&objects).filter(|name| is_near_verb(verb, parts(name).1)).collect();
    let is_known = objects.first() == Some(&object);
    if !near.is_empty() {
        return Meant::Near(near);
    }
    let all: Vec<&str> = types_of(&objects).collect();
    if is_known && !verb.is_empty() {
        return Meant::Unknown(all);
    }
    // The object alone, or one that is written otherwise; else a slip anywhere in the name.
    let near = if all.is_empty() { mistyped(&asked) } else { all };
    if near.is_empty() { Meant::Unknown(near) } else { Meant::Near(near) }
}

/// All types below an object: those of `dsync.user` are among those of `dsync`.
fn of_pattern(object: &str) -> Meant {
    let below = |object: &str| -> Vec<&'static str> {
        let is_below = |name: &&str| name.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'));
        EVENT_TYPES.iter().copied().filter(is_below).collect()
    };
    let exact = below(object);
    if !exact.is_empty() {
        return Meant::All(exact);
    }
    let near: Vec<&str> = near_objects(object).into_iter().flat_map(below).collect();
    if near.is_empty() { Meant::Near(EVENT_TYPES.to_vec()) } else { Meant::Near(near) }
}

fn types_of(objects: &[&'static str]) -> impl Iterator<Item = &'static str> {
    EVENT_TYPES.iter().copied().filter(|name| objects.contains(&parts(name).0))
}

fn is_object(text: &str) -> bool {
    EVENT_TYPES.iter().any(|name| parts(name).0 == text)
}

/// What events are about that is called like this: so, else by another word, else nearly so.
fn near_objects(object: &str) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = EVENT_TYPES.iter().map(|name| parts(name).0).collect();
    all.dedup();
    if let Some(known) = all.iter().find(|known| **known == object) {
        return vec![known];
    }
    let asked = singular(&letters(object));
    if asked.is_empty() {
        return Vec::new();
    }
    let by_word = OBJECTS.iter().find(|(words, _)| words.contains(&asked.as_str())).map(|(_, known)| *known);
    let same = all.iter().copied().filter(|known| letters(known) == asked);
    let found: Vec<&str> = same.chain(by_word).take(1).collect();
    if !found.is_empty() {
        return found;
    }
    let most = if asked.len() < 4 { 0 } else { 1 + asked.len() / 8 };
    all.retain(|known| strsim::osa_distance(&letters(known), &asked) <= most);
    all
}

/// Whether these words for what happened are those, or a typing error of them.
fn is_near_verb(asked: &str, known: &str) -> bool {
    let is_part = asked.len() > 3 && known.split('_').any(|word| word == asked);
    let (asked, known): (Vec<_>, Vec<_>) = (asked.split('_').collect(), known.split('_').collect());
    is_part
        || (asked.len() == known.len() && asked.iter().zip(&known).all(|(one, other)| is_near(one, other)))
}

fn is_near(asked: &str, known: &str) -> bool {
    let asked = letters(asked);
    let by_word = || VERBS.iter().any(|(stems, verb)| *verb == known && stems.contains(&stem(&asked)));
    let most = if asked.len() < 10 { 1 } else { 2 };
    !asked.is_empty()
        && (stem(&asked) == stem(known) || strsim::osa_distance(&asked, known) <= most || by_word())
}

/// Types of which the whole name is a typing error away.
fn mistyped(asked: &str) -> Vec<&'static str> {
    let most = asked.len() / 8;
    EVENT_TYPES.iter().copied().filter(|name| strsim::osa_distance(&letters(name), asked) <= most).collect()
}

/// `created` and `creation` as `creat`.
fn stem(word: &str) -> &str {
    let endings = ["ing", "ied", "ion", "ed", "es", "e", "s", "y", "d"];
    endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2)).unwrap_or(word)
}

fn singular(word: &str) -> String {
    word.strip_suffix('s').filter(|rest| !rest.ends_with('s')).unwrap_or(word).to_owned()
}

/// Letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(text: &str) -> Vec<&'static str> {
        match meant(text) {
            Meant::Near(names) => names,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn typing_errors_have_the_types_that_were_meant() {
        for (given, expected) in [
            ("user.create", "user.created"),
            ("user.crated", "user.created"),
            ("user.craeted", "user.created"),
            ("users.created", "user.created"),
            ("usr.created", "user.created"),
            ("user.creation", "user.created"),
            ("user.update", "user.updated"),
            ("user.removed", "user.deleted"),
            ("user.changed", "user.updated"),
            ("dsync.user.update", "dsync.user.updated"),
            ("dsync.users.updated", "dsync.user.updated"),
            ("directory_user.created", "dsync.user.created"),
            ("directory.user.created", "dsync.user.created"),
            ("directory_sync.user.deleted", "dsync.user.deleted"),
            ("directory.activated", "dsync.activated"),
            ("dsync.group.user_add", "dsync.group.user_added"),
            ("connection.activate", "connection.activated"),
            ("connection.activation", "connection.activated"),
            ("conection.activated", "connection.activated"),
            ("organisation.created", "organization.created"),
            ("org.updated", "organization.updated"),
            ("membership.created", "organization_membership.created"),
            ("organization_memberships.updated", "organization_membership.updated"),
            ("domain.verified", "organization_domain.verified"),
            ("invitation.accept", "invitation.accepted"),
            ("invite.created", "invitation.created"),
            ("authentication.sso_success", "authentication.sso_succeeded"),
            ("authentication.failed", "authentication.sso_failed"),
            ("session.revoke", "session.revoked"),
            ("api_keys.created", "api_key.created"),
            ("flag.rule_update", "flag.rule_updated"),
            ("vault.data.creat", "vault.data.created"),
            ("user", "user.created"),
            ("dsync.user", "dsync.user.deleted"),
            ("users.frobnicated", "user.created"),
        ] {
            assert!(near(given).contains(&expected), "{given}: {:?}", near(given));
        }
        assert_eq!(near("user.create"), ["user.created"]);
        assert_eq!(near("dsync.user.update"), ["dsync.user.updated"]);
    }

    #[test]
    fn what_can_only_have_been_meant_one_way_is_taken_for_it() {
        for (given, expected) in [
            ("user.created", "user.created"),
            ("User.Created", "user.created"),
            ("user_created", "user.created"),
            ("user:created", "user.created"),
            ("dsync.user-updated", "dsync.user.updated"),
            ("authentication.sso.succeeded", "authentication.sso_succeeded"),
            ("new:user.create", "user.create"),
        ] {
            assert_eq!(meant(given), Meant::Type(expected.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_may_be_a_new_type_passes() {
        for given in
            ["user.archived", "invoice.paid", "dsync.user.suspended", "vault.dek.encrypted", "x", "é.é"]
        {
            assert!(matches!(meant(given), Meant::Unknown(_)), "{given}: {:?}", meant(given));
        }
        assert_eq!(
            meant("user.archived"),
            Meant::Unknown(vec!["user.created", "user.updated", "user.deleted"])
        );
    }

    #[test]
    fn a_pattern_stands_for_all_of_an_object() {
        assert_eq!(meant("user.*"), Meant::All(vec!["user.created", "user.updated", "user.deleted"]));
        let Meant::All(all) = meant("dsync.*") else { panic!("all") };
        assert!(all.contains(&"dsync.activated") && all.contains(&"dsync.user.created") && all.len() > 8);
        assert_eq!(meant("*"), Meant::All(EVENT_TYPES.to_vec()));
        assert_eq!(near("users.*"), ["user.created", "user.updated", "user.deleted"]);
        assert!(near("nothing_like_it.*").len() > 100);
    }

    #[test]
    fn every_known_type_is_itself() {
        for name in EVENT_TYPES {
            assert_eq!(meant(name), Meant::Type((*name).to_owned()));
            // A letter less is a typing error of something, or what nothing is like.
            let shorter = &name[..name.len() - 1];
            assert!(!matches!(meant(shorter), Meant::Type(_) | Meant::All(_)), "{shorter}");
            assert!(near(shorter).contains(name), "{shorter}: {:?}", near(shorter));
        }
    }
}
