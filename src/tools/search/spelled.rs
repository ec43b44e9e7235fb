//! Operations that a question names itself: by their name, by their route, as a method of one of
//! WorkOS's SDKs, or as a command of its command line.

use std::cmp::Reverse;

use super::question::spaced;
use super::tokenize::stem;
use crate::api::{TOOLSETS, operations, toolset_of};
use crate::operation::{Effect, Method, Operation};

/// The operations that a text names in one of these ways, best first. Routes without a method name several.
pub fn spelled(text: &str) -> Vec<&'static Operation> {
    for found in [by_name(text), by_route(text)] {
        if !found.is_empty() {
            return found;
        }
    }
    by_command(text).or_else(|| by_method(text)).into_iter().collect()
}

/// The operations whose names are words of a text, `list_users` or `listUsers`.
fn by_name(text: &str) -> Vec<&'static Operation> {
    let is_part = |character: char| !character.is_alphanumeric() && !"_-.:#>$/@\\".contains(character);
    let is_name = |word: &&str| word.contains('_') || word.chars().skip(1).any(char::is_uppercase);
    let words = text.split(is_part).filter(is_name).map(compact);
    words.filter_map(|word| operations().find(|operation| compact(operation.name) == word)).collect()
}

/// The operations of a route, `POST /invitations/{id}/resend` or the URL of a request.
fn by_route(text: &str) -> Vec<&'static Operation> {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches(['`', '\'', '"', ',', '?'])).collect();
    let methods = || words.iter().filter_map(|word| method(word));
    let Some(path) = words.iter().find_map(|word| path(word)) else { return Vec::new() };
    let asked: Vec<String> = segments(path).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    // How many segments of the route are missing in front, and how many are parameters.
    let fit = |operation: &Operation| {
        let route: Vec<String> = segments(operation.route()).collect();
        let missing = route.len().checked_sub(asked.len())?;
        let pairs = || route[missing..].iter().zip(&asked);
        let is_parameter = |segment: &str| segment.starts_with('{');
        let fits = pairs().all(|(known, asked)| is_parameter(known) || known == asked);
        let literal = pairs().filter(|(known, _)| !is_parameter(known)).count();
        // A parameter in place of the first word would fit anything.
        (fits && literal > 0 && !is_parameter(&route[missing])).then(|| (missing, asked.len() - literal))
    };
    let wanted = methods().next();
    let mut found: Vec<_> = operations()
        .filter(|operation| wanted.is_none_or(|method| method == operation.method))
        .filter_map(|operation| Some((fit(operation)?, operation.effect != Effect::Read, operation)))
        .collect();
    found.sort_by_key(|(fit, changes, _)| (*fit, *changes));
    let best = found.first().map(|(fit, ..)| *fit);
    found.into_iter().filter(|(fit, ..)| Some(*fit) == best).map(|(.., operation)| operation).collect()
}

/// The method of a request.
fn method(word: &str) -> Option<Method> {
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
        .into_iter()
        .find(|method| method.as_str() == word)
}

/// The path in a word, if it is one or a URL.
fn path(word: &str) -> Option<&str> {
    let rest = match word.split_once("://") {
        Some((_, rest)) => rest.find('/').map(|slash| &rest[slash..])?,
        None => word.strip_prefix("api.workos.com").unwrap_or(word),
    };
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    (path.starts_with('/') && path.len() > 1).then_some(path)
}

/// The segments of a path, whichever way their words are joined.
fn segments(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(|segment| segment.replace('-', "_"))
}

/// What objects with methods are called in the SDKs, and nouns in commands, and the toolsets of their operations.
const MODULES: &[(&str, &str)] = &[
    (
        "usermanagement",
        "users memberships invitations authentication mfa authkit_config api_keys feature_flags pipes connect radar groups",
    ),
    ("user users", "users authentication memberships mfa api_keys feature_flags pipes connect"),
    (
        "organizations organization org orgs",
        "organizations audit_logs roles feature_flags api_keys connect admin_portal pipes groups",
    ),
    ("organizationdomains organizationdomain orgdomain domain domains", "organizations"),
    ("organizationmembership organizationmemberships membership memberships", "memberships groups"),
    ("invitation invitations", "invitations"),
    ("session sessions", "authentication"),
    ("sso", "sso authentication"),
    ("connection connections", "sso"),
    ("directorysync directory directories dsync", "directory_sync"),
    ("portal adminportal", "admin_portal"),
    ("auditlogs auditlog", "audit_logs"),
    ("mfa multifactorauth", "mfa"),
    ("event events", "events"),
    ("webhooks webhook webhookendpoint", "events"),
    ("apikeys apikey", "api_keys"),
    ("authorization fga rbac", "roles fga"),
    ("role roles permission permissions", "roles"),
    ("vault", "vault"),
    ("pipes pipesprovider organizationsdataproviders dataintegrations", "pipes"),
    ("connect application applications", "connect"),
    ("radar", "radar"),
    ("featureflags featureflag flag flags", "feature_flags"),
    ("group groups", "groups"),
    ("agents agent", "agents"),
    ("widgets widget clientapi", "admin_portal"),
    ("passwordless", "authentication"),
    ("config redirect", "authkit_config"),
];

/// Methods and commands that are called otherwise than what they do, in the words of their name.
const ALIASES: &[(&str, &str)] = &[
    ("create token blueprint", "mint_agent_token"),
    ("mint token", "mint_agent_token"),
    ("update attempt", "link_agent_claim_attempt"),
    ("create validation", "validate_api_key"),
    ("authorize data integration", "get_data_integration_authorize_url"),
    ("authorize device", "start_device_authorization"),
    ("create device", "start_device_authorization"),
    ("create radar challenge", "send_radar_sms_challenge"),
    ("refresh session", "authenticate_user"),
    ("assign role", "assign_resource_role"),
    ("set permission", "set_environment_role_permissions"),
    ("list kv metadata", "describe_vault_object"),
    ("get kv metadata", "describe_vault_object"),
    ("create authenticate", "authenticate_user"),
    ("create api key expire", "expire_api_key"),
    ("create data integration api key", "add_data_integration_api_key"),
    ("create data integration client credential", "add_data_integration_client_credentials"),
    ("create data integration credential", "get_data_integration_credentials"),
    ("list data integration organization", "get_organization_owned_data_integration"),
    ("list role assignment", "list_membership_role_assignments"),
    ("remove role assignment", "delete_role_assignment"),
    ("remove role", "remove_resource_role"),
    ("revoke it contact", "revoke_it_contact_invite"),
    ("list group organization membership", "list_group_members"),
    ("list instance session", "list_agent_sessions"),
    ("get instance session", "get_agent_session"),
    ("reset password", "confirm_password_reset"),
    ("create rekey", "rekey_vault_data_key"),
    ("load session", "authenticate_user"),
    ("refresh", "authenticate_user"),
    ("verify challenge", "verify_auth_challenge"),
    ("list organization membership group", "list_membership_groups"),
    ("list organization data integration configuration", "list_organization_data_integrations"),
    ("delete group role assignments", "remove_group_role_assignments"),
    ("remove group role assignment", "delete_group_role_assignment"),
];

/// The operation behind a method of an SDK: `workos.userManagement.listUsers(…)`, `UserManagement::create_user`.
fn by_method(text: &str) -> Option<&'static Operation> {
    text.split_whitespace().find_map(|word| {
        let word = word.split('(').next().unwrap_or(word).trim_matches(['`', '\'', '"', ',', ';', '?', '$']);
        if word.contains(['/', '@']) || !word.contains(['.', ':', '>', '#']) {
            return None;
        }
        let mut parts: Vec<&str> =
            word.split(['.', ':', '-', '>', '#', '$', '\\']).filter(|part| !part.is_empty()).collect();
        let is_root = |part: &&str| ["workos", "client", "workosclient"].contains(&compact(part).as_str());
        let rooted = parts.iter().any(is_root);
        parts.retain(|part| !is_root(part));
        let method = parts.pop()?;
        let module = parts.last().and_then(|part| toolsets(&compact(part)));
        if !rooted && module.is_none() {
            return None;
        }
        let mut words: Vec<String> = spaced(method).split_whitespace().map(str::to_owned).collect();
        // `user.created` is an event, `client.id` a field.
        if !is_verb(words.first()?) {
            return None;
        }
        let around: Vec<String> = parts.last().map(|part| nouns(&spaced(part))).unwrap_or_default();
        words.dedup();
        named(&words, &around, module)
    })
}

/// The operation behind a command: `workos organization list`, `npx workos@latest membership update om_1`.
fn by_command(text: &str) -> Option<&'static Operation> {
    let mut words = text.split_whitespace().map(|word| word.trim_matches(['`', '$', '\'', '"'])).peekable();
    while words.next_if(|word| ["npx", "pnpm", "dlx", "bunx", "yarn", "-y", ""].contains(word)).is_some() {}
    let is_program = |word: &&str| *word == "workos" || word.starts_with("workos@");
    words.next_if(is_program)?;
    let is_word = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
    };
    let words: Vec<&str> = words.take_while(is_word).collect();
    let (module, rest) = words.split_first()?;
    let mut said: Vec<String> = rest.iter().flat_map(|word| word.split('-')).map(str::to_owned).collect();
    let verb = said.iter().position(|word| is_verb(word))?;
    let verb = said.remove(verb);
    let around = nouns(&module.replace('-', " "));
    let mut wanted = vec![verb];
    wanted.extend(said);
    // The noun is part of the name: `organization list` is `list organization`.
    wanted.extend(around.iter().cloned());
    named(&wanted, &around, toolsets(&compact(module)))
}

/// The operation that does what these words say, a verb and nouns, among those of some toolsets. `around` are
/// the words of what they belong to.
fn named(words: &[String], around: &[String], toolsets: Option<&str>) -> Option<&'static Operation> {
    let (verb, rest) = words.split_first()?;
    let wanted: Vec<String> = nouns(&rest.join(" "));
    let name = |name: &str| operations().find(|operation| operation.name == name);
    let is_alias = |alias: &str| {
        let sorted = |mut words: Vec<String>| {
            words.sort();
            words
        };
        let (alias_verb, rest) = alias.split_once(' ').unwrap_or((alias, ""));
        alias_verb == verb && sorted(nouns(rest)) == sorted(wanted.clone())
    };
    let is_in = |name: &str| {
        let toolset = toolset_of(name).map_or("", |toolset| toolset.name);
        toolsets.is_none_or(|names| names.split(' ').any(|name| name == toolset))
    };
    let own_name = words.join("_");
    if let Some(operation) = name(&own_name).filter(|_| is_in(&own_name)) {
        return Some(operation);
    }
    if let Some((_, operation)) = ALIASES.iter().find(|(alias, name)| is_alias(alias) && is_in(name)) {
        return name(operation);
    }
    if verb == "authenticate" {
        return name("authenticate_user");
    }
    let among = TOOLSETS
        .iter()
        .filter(|toolset| toolsets.is_none_or(|names| names.split(' ').any(|name| name == toolset.name)))
        .flat_map(|toolset| toolset.operations.iter().copied());
    // The first of the best.
    let (_, fit, operation) = among
        .enumerate()
        .filter_map(|(place, operation)| {
            Some((Reverse(place), fit(verb, &wanted, around, operation)?, operation))
        })
        .max_by_key(|(place, fit, _)| (*fit, *place))?;
    (fit > 0).then_some(operation)
}

/// How well an operation fits a verb and nouns; none if it does something else.
fn fit(verb: &str, wanted: &[String], around: &[String], operation: &Operation) -> Option<i32> {
    let (own_verb, rest) = operation.name.split_once('_')?;
    // `createWaitlistEntryApprove` approves.
    let own_verb_stem = stem(own_verb);
    let own = nouns(&rest.replace('_', " "));
    let route: Vec<String> = segments(operation.route())
        .filter(|segment| !segment.starts_with('{'))
        .flat_map(|segment| nouns(&segment.replace('_', " ")))
        .collect();
    let does = if verb == own_verb || wanted.contains(&own_verb_stem) {
        6
    } else if does(verb, operation) {
        3
    } else {
        return None;
    };
    let said: i32 = wanted
        .iter()
        .map(|noun| match (own.contains(noun), route.contains(noun)) {
            (true, _) => 4,
            _ if *noun == own_verb_stem => 4,
            (false, true) => 3,
            _ if around.contains(noun) => 0,
            _ => -4,
        })
        .sum();
    let unsaid = |words: &[String], each: i32| -> i32 {
        let count = words.iter().filter(|noun| !wanted.contains(noun) && !around.contains(noun)).count();
        -each * i32::try_from(count).unwrap_or(i32::MAX)
    };
    // What belongs to it: `userManagement` says less of a user than `getUser`.
    let belongs = i32::from(around.iter().any(|noun| own.contains(noun)));
    Some(does + said + unsaid(&own, 2) + unsaid(&route, 1) + belongs)
}

/// Verbs of methods and commands, and those of operations that do the same.
const VERBS: &[(&str, &str)] = &[
    ("list", "get find"),
    ("get", "list find describe generate create validate"),
    ("read", "get describe"),
    ("find", "get list"),
    ("create", "add send start enroll import mint generate upsert assign"),
    ("add", "create assign enroll"),
    ("generate", "create get"),
    ("new", "create"),
    ("update", "set configure upsert replace"),
    ("set", "update configure"),
    ("replace", "set update"),
    ("delete", "remove revoke"),
    ("remove", "delete revoke"),
    ("revoke", "delete expire"),
    ("expire", "revoke"),
    ("send", "create resend"),
    ("enroll", "create"),
    ("verify", "validate confirm"),
    ("check", "validate verify"),
    ("validate", "verify check"),
    ("sign", "get"),
    ("exchange", "get authenticate"),
    ("build", "get"),
    ("link", "import"),
    ("export", "create"),
    ("start", "create"),
];

fn does(verb: &str, operation: &Operation) -> bool {
    let own = operation.name.split('_').next().unwrap_or_default();
    VERBS.iter().any(|(said, same)| *said == verb && same.split(' ').any(|same| same == own))
}

/// Whether a word is a verb that methods or commands are named with.
fn is_verb(word: &str) -> bool {
    VERBS.iter().any(|(said, _)| *said == word)
        || operations().any(|operation| operation.name.split('_').next() == Some(word))
        || ["refresh", "load", "reset"].contains(&word)
}

/// The toolsets of a module.
fn toolsets(module: &str) -> Option<&'static str> {
    MODULES
        .iter()
        .find(|(names, _)| names.split(' ').any(|name| name == module))
        .map(|(_, toolsets)| *toolsets)
}

/// The words of a name as stems, so that one and many are the same.
fn nouns(words: &str) -> Vec<String> {
    words
        .split_whitespace()
        .filter(|word| !["by", "with", "and", "for", "to"].contains(word))
        .map(stem)
        .collect()
}

/// Letters and digits only, in lower case.
fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
