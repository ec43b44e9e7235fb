//! The name that was most likely meant. For operations, never one that does something else than what
//! was asked for.

use crate::operation::{Effect, Operation};

/// Longer names are nobody's typing error.
const MAX_NAME: usize = 80;

/// The known name that is nearest to a mistyped one, if one is near enough: the lowest edit
/// distance, up to a third of its length.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME {
        return None;
    }
    known
        .map(|candidate| (strsim::levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// What WorkOS calls by two words, or people by another one, as [`letters`] has them.
const SAME: &[(&str, &str)] = &[
    ("directorysync", "dsync"),
    ("singlesignon", "sso"),
    ("byok", "bringyourownkey"),
    ("logstreaming", "logstreams"),
];

/// The word that is the same but for case, blanks and signs, or says the same in other words, if there is
/// only one.
pub fn same_word<'a>(words: &[&'a str], given: &str) -> Option<&'a str> {
    const LONGEST: usize = 200;
    if given.len() > LONGEST {
        return None;
    }
    let same_as = |asked: &str, form: &dyn Fn(&str) -> String| {
        let mut same = words.iter().copied().filter(|word| form(word) == asked);
        same.next().filter(|_| same.next().is_none())
    };
    same_as(&letters(given), &letters).or_else(|| same_as(&usual(given), &usual))
}

/// Letters and digits alone, in lower case.
pub fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same, with one word for one thing.
fn usual(text: &str) -> String {
    SAME.iter().fold(letters(text), |text, (other, usual)| text.replace(other, usual))
}

/// The operation that is nearest to a mistyped name, among those that do what the name asks for:
/// one that begins with `create` is not taken for one that deletes, however near the rest is. One
/// that begins with no known word has nothing near; one word alone asks for a read.
pub fn nearest_operation(
    name: &str,
    known: impl Iterator<Item = &'static Operation>,
) -> Option<&'static str> {
    if name.len() > MAX_NAME {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let (verb, noun) = parts(&name);
    let known: Vec<_> = known.collect();
    // A word that operations begin with is that word, be it among the verbs below or not.
    let is_own = !verb.is_empty() && known.iter().any(|operation| parts(operation.name).0 == verb);
    let asked = Asked::of(verb, is_own);
    let allows = |operation: &Operation| parts(operation.name).0 == verb || asked.allows(operation);
    known
        .into_iter()
        .filter(|operation| allows(operation))
        .filter_map(|operation| {
            let (other_verb, other_noun) = parts(operation.name);
            Some((noun_distance(noun, other_noun)?, strsim::osa_distance(verb, other_verb), operation.name))
        })
        .min()
        .map(|(.., name)| name)
}

/// The first word of a name, and the rest.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('_').unwrap_or(("", name))
}

/// How far apart two objects are, if they can be the same one: word by word, because a role is not
/// a mistyped user, however long the rest of the name is.
fn noun_distance(asked: &str, known: &str) -> Option<usize> {
    let (mut asked, mut known) = (asked.split('_'), known.split('_'));
    let mut sum = 0;
    loop {
        match (asked.next(), known.next()) {
            (None, None) => return Some(sum),
            (Some(asked), Some(known)) => sum += word_distance(asked, known)?,
            _ => return None,
        }
    }
}

fn word_distance(asked: &str, known: &str) -> Option<usize> {
    let distance = strsim::osa_distance(asked, known);
    let most = match asked.len().max(known.len()) {
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    };
    (distance <= most).then_some(distance)
}

/// What names of operations begin with: each line has words that ask for the same, those of WorkOS
/// and those that people try in their place.
const VERBS: &[(Effect, &[&str])] = &[
    (
        Effect::Read,
        &[
            "get", "list", "find", "fetch", "read", "show", "describe", "search", "retrieve", "count",
            "view", "query", "lookup",
        ],
    ),
    (Effect::Read, &["validate", "check", "test"]),
    (Effect::Read, &["decrypt"]),
    (Effect::Create, &["create", "add", "new", "make", "insert", "register", "enroll", "import"]),
    (Effect::Create, &["generate", "issue", "make"]),
    (Effect::Create, &["send", "invite", "email"]),
    (Effect::Create, &["start", "begin"]),
    (Effect::Create, &["assign", "grant"]),
    (Effect::Create, &["challenge"]),
    (Effect::Create, &["authorize"]),
    (Effect::Create, &["rekey"]),
    (Effect::Update, &["update", "change", "edit", "modify", "patch", "set", "configure", "rename"]),
    (Effect::Update, &["enable"]),
    (Effect::Update, &["activate", "reactivate"]),
    (Effect::Update, &["verify", "confirm"]),
    (Effect::Update, &["accept", "approve"]),
    (Effect::Update, &["deny", "reject", "decline"]),
    (Effect::Update, &["sync", "refresh"]),
    (Effect::Update, &["resend"]),
    (Effect::Update, &["link"]),
    (Effect::Update, &["complete", "finish"]),
    (Effect::Update, &["authenticate"]),
    (Effect::Update, &["mint"]),
    (Effect::Update, &["upsert"]),
    (Effect::Delete, &["delete", "remove", "destroy", "erase", "purge", "drop"]),
    (Effect::Delete, &["revoke", "invalidate"]),
    (Effect::Delete, &["expire"]),
    (Effect::Delete, &["deactivate", "suspend"]),
    (Effect::Delete, &["disable"]),
    (Effect::Delete, &["replace", "overwrite"]),
];

/// What the first word of a name asks for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// What operations that begin with this word do, or with another of the same line, [`VERBS`].
    Verb(&'static str, &'static (Effect, &'static [&'static str])),
    /// Nothing: it is one word.
    Nothing,
    /// It is not known.
    Something,
}

impl Asked {
    /// By the word as it is written, or by the only one that is a slip of the keyboard away. A word
    /// that begins otherwise is another word: `undelete` is not `delete`. One that is its own, because
    /// operations begin with it, is no slip.
    fn of(word: &str, is_own: bool) -> Self {
        if word.is_empty() {
            return Self::Nothing;
        }
        let verbs = || VERBS.iter().flat_map(|line| line.1.iter().map(move |verb| (*verb, line)));
        if let Some((verb, line)) = verbs().find(|(verb, _)| *verb == word) {
            return Self::Verb(verb, line);
        }
        if is_own {
            return Self::Something;
        }
        let is_near = |verb: &str| {
            verb.as_bytes()[..1] == word.as_bytes()[..1] && strsim::osa_distance(word, verb) == 1
        };
        let mut near = verbs().filter(|(verb, _)| is_near(verb));
        match (near.next(), near.next()) {
            (Some((verb, line)), None) => Self::Verb(verb, line),
            _ => Self::Something,
        }
    }

    fn allows(self, operation: &Operation) -> bool {
        let verb = parts(operation.name).0;
        match self {
            Self::Verb(word, _) if word == verb => true,
            Self::Verb(_, (effect, words)) => words.contains(&verb) && operation.effect == *effect,
            Self::Nothing => operation.effect == Effect::Read,
            Self::Something => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;

    #[test]
    fn what_is_near_is_suggested_and_nothing_else() {
        let known = || ["get_user", "list_users", "name"].into_iter();
        assert_eq!(nearest("list_user", known()), Some("list_users"));
        assert_eq!(nearest("nme", known()), Some("name"));
        assert_eq!(nearest("delete_everything", known()), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known()), None);
        assert_eq!(nearest("", std::iter::empty()), None);
    }

    /// Whatever an operation begins with is that word, and is not taken for another.
    #[test]
    fn every_name_is_nearest_to_itself() {
        for operation in operations() {
            assert_eq!(nearest_operation(operation.name, operations()), Some(operation.name));
        }
    }

    /// Whatever is asked for of whatever there is: a suggestion begins with the same word, or has the
    /// effect that was asked for, and nothing is destroyed that was not to be.
    #[test]
    fn a_suggestion_has_the_effect_that_was_asked_for() {
        let mut nouns: Vec<_> = operations().map(|operation| parts(operation.name).1).collect();
        nouns.sort_unstable();
        nouns.dedup();
        for (effect, verbs) in VERBS {
            for (verb, first) in verbs.iter().zip(0..) {
                // Not all with all, which takes a minute.
                for noun in nouns.iter().skip(first % 5).step_by(5) {
                    for name in [format!("{verb}_{noun}"), format!("{verb}{noun}")] {
                        let Some(near) = nearest_operation(&name, operations()) else { continue };
                        let found = operations().find(|operation| operation.name == near).expect("one");
                        let same = parts(near).0 == *verb;
                        let allowed = [*effect, Effect::Read].contains(&found.effect);
                        assert!(same || allowed, "{name} is answered with {near}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_near_but_does_something_else_is_not_suggested() {
        let near = |name: &str| nearest_operation(name, operations());
        assert_eq!(near("create_directory"), None);
        assert_eq!(near("create_directory_user"), None);
        assert_eq!(near("organization"), Some("get_organization"), "a read does no harm");
        assert_eq!(near("get_organisation"), Some("get_organization"));
        assert_eq!(near("fetch_organization"), Some("get_organization"));
        assert_eq!(near("deleet_organization"), Some("delete_organization"));
        assert_eq!(near("remove_organization"), Some("delete_organization"));
        assert_eq!(near("update_organization_membershp"), Some("update_organization_membership"));
        assert_eq!(near("eactivate_organization_membership"), None, "one letter from two verbs");
        for (name, what) in [
            ("undelete_organization", "it is the opposite"),
            ("recover_user", "it is the opposite"),
            ("delegate_organization", "it is another word"),
            ("rescind_invitation", "it is the opposite"),
            ("uninvite_it_contact", "it is the opposite"),
            ("unassign_resource_role", "it is the opposite"),
            ("unenroll_auth_factor", "it is the opposite"),
            ("unable_feature_flag", "it may be either"),
            ("inspect_user", "it is a read"),
            ("encrypt_vault_data_key", "it is the opposite"),
            ("revise_agent_session", "it is another word"),
            ("unlink_agent_claim_attempt", "it is the opposite"),
            ("delete_organization_user", "a user is not a role"),
            ("set_environment_group_permissions", "a group is not a role"),
            ("delete_client_application", "it is another application"),
            ("revoke_client_registration", "it is another registration"),
        ] {
            assert_eq!(near(name), None, "{name}: {what}");
        }
        for verb in ["block", "suspend", "disable", "deactivate", "reset", "archive", "ban", "lock"] {
            assert_eq!(near(&format!("{verb}_user")), None, "{verb} is not delete");
        }
    }
}
