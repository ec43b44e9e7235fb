//! Limits are told, name what there is, and are none of what the API can do.

use super::*;
use crate::api::{operations, toolset_of};
use crate::tools::search::search;

fn asked(question: &str) -> Option<&'static Limit> {
    Limit::asked_for(&Question::new(question))
}

#[test]
fn every_limit_is_told_in_sentences_and_names_operations_that_there_are() {
    assert!(LIMITS.len() >= 40, "{}", LIMITS.len());
    for limit in LIMITS {
        for sentence in [limit.cannot, limit.instead] {
            assert!(sentence.ends_with('.') && !sentence.starts_with(char::is_lowercase), "{sentence}");
        }
        assert!(limit.told().len() <= 330, "{}", limit.told());
        for name in limit.nearest {
            assert!(operations().any(|operation| operation.name == *name), "{name}: {}", limit.cannot);
        }
        // What stands in backticks is a name, too, or how something begins.
        for word in limit.told().split('`').skip(1).step_by(2) {
            let is_argument =
                || operations().any(|operation| operation.fields.iter().any(|field| field.name == word));
            assert!(toolset_of(word).is_some() || is_argument() || word.ends_with('…'), "{word}");
        }
    }
}

#[test]
fn every_pattern_can_fit() {
    for limit in LIMITS {
        for pattern in limit.asked {
            for word in parsed(pattern) {
                let some = !word.terms.is_empty() || !word.verbs.is_empty() || word.to_change;
                assert!(some && !word.terms.iter().any(String::is_empty), "{pattern}");
            }
        }
    }
}

#[test]
fn names_of_tools_and_arguments_run_into_limits_too() {
    for name in [
        "create_directory_user",
        "update_directory_user",
        "create_directory",
        "password_policy",
        "mfa_required",
        "branding",
        "session_timeout",
        "sessionDuration",
        "ip_allowlist_organization",
        "data_residency",
        "federation_trust",
        "impersonate_user",
        "merge_users",
        "restore_deleted_user",
        "create_environment",
        "create_feature_flag",
        "custom_domain",
        "rotate_scim_token",
        "lock_user",
    ] {
        assert!(Limit::named(name).is_some(), "{name}");
    }
    // The names of all operations and of their arguments are none.
    for operation in operations() {
        assert!(Limit::named(operation.name).is_none(), "{}", operation.name);
        for field in operation.fields {
            assert!(Limit::named(field.name).is_none(), "{} {}", operation.name, field.name);
        }
    }
    assert!(Limit::named(&"password_policy".repeat(1_000_000)).is_none());
}

#[test]
fn what_can_be_done_is_no_limit() {
    for operation in operations() {
        let title = operation.name.replace('_', " ");
        for question in [title.as_str(), operation.summary()] {
            let certain = search(&Question::new(question), operations()).is_certain();
            assert!(
                certain || asked(question).is_none(),
                "{question}: {:?}",
                asked(question).map(|one| one.cannot)
            );
        }
    }
}
