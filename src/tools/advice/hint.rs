//! What a status tells of what to do, as far as it goes with what WorkOS says itself.

use serde_json::Value;

use super::seconds::whole_seconds;
use crate::client::{ApiError, KeyOrigin, Named};

/// What to do next, as far as it goes with what WorkOS says itself.
pub(super) fn hint(error: &ApiError) -> Option<String> {
    const GONE: &str = "If it was deleted before, it is gone.";
    let may_be_gone = error.status == 404 && error.subject.deletes && !Said::of(error).is_of_a_router();
    match of_status(error) {
        Some(hint) if may_be_gone => Some(format!("{hint} {GONE}")),
        None if may_be_gone => Some(GONE.to_owned()),
        hint => hint,
    }
}

fn of_status(error: &ApiError) -> Option<String> {
    const CHECK_ID: &str = "Check the ID. One key sees only one environment: an ID from another environment is not found either.";
    const CHECK_NAMES: &str = "Check what the arguments name. One key sees only one environment: an ID from another \
        environment is not found either.";
    const NO_ROUTE: &str = "Nobody has looked for the ID: what answered has no such route. Check the base URL, and \
        whether this environment has the product.";
    let said = Said::of(error);
    let named = error.subject.names;
    Some(match error.status {
        401 if error.subject.key => {
            let place = match &error.key_origin {
                Some(KeyOrigin::Variable(name)) => (*name).to_owned(),
                Some(KeyOrigin::File(path)) => format!("the file {} (WORKOS_API_KEY_FILE)", path.display()),
                Some(KeyOrigin::Command(program)) => {
                    format!("the command `{program}` (WORKOS_API_KEY_COMMAND)")
                }
                _ => "it".to_owned(),
            };
            // Whatever else it may be is told before.
            let unless = if said.is_like(&["key", "auth", "credential", "token", "expired"]) { "" } else { "If that is not why: " };
            format!(
                "{unless}WorkOS did not accept the API key: it is wrong, expired or of a deleted environment. Whoever \
                 set up this server must check {place}."
            )
        }
        401 if said.is_like(&["auth", "token", "code", "password", "credential", "client", "grant", "secret", "expired"]) =>
        {
            "What was passed as proof (token, code or password) was not accepted, or the client ID does not belong to \
             the API key."
                .to_owned()
        }
        403 if error.subject.key && said.is_like(&[]) => {
            "The key is not allowed to do this, or the product is not switched on for its environment.".to_owned()
        }
        404 if said.is_of_a_router() && named != Named::Nothing => NO_ROUTE.to_owned(),
        404 if named == Named::ById && said.is_like(NOT_THERE) => CHECK_ID.to_owned(),
        404 if named == Named::Nothing && said.is_like(&[]) && !said.mentions(NOT_THERE_CODES) => {
            "The product may not be switched on for this environment.".to_owned()
        }
        404 if said.is_like(NOT_THERE) || said.mentions(NOT_THERE_CODES) => CHECK_NAMES.to_owned(),
        429 if said.mentions(&["plan", "quota", "upgrade", "limit reached", "monthly", "daily"]) => return None,
        429 => match error.retry_after {
            Some(delay) => format!("Too many requests. Try again in {} s.", whole_seconds(delay)),
            None => "Too many requests. Try again in a minute.".to_owned(),
        },
        500.. => match error.retry_after {
            Some(delay) => format!("The fault is at WorkOS, or at a proxy on the way. Try again in {} s.", whole_seconds(delay)),
            None => "The fault is at WorkOS, or at a proxy on the way; status.workos.com tells more.".to_owned(),
        },
        _ => return None,
    })
}

/// The same in codes that leave open what.
const NOT_THERE_CODES: &[&str] = &["entity_not_found", "resource_not_found", "resource not found"];

/// How it is said that something is not there.
const NOT_THERE: &[&str] = &[
    "not found",
    "not be found",
    "not_found",
    "not exist",
    "no such",
    "unknown",
    "could not find",
    "couldn't find",
];

/// What WorkOS says of an error beside its status: a hint that is at odds with it misleads.
struct Said(Vec<String>);

impl Said {
    /// Message and code, the errors of fields, and what else is written for people.
    fn of(error: &ApiError) -> Self {
        const FOR_PEOPLE: &[&str] =
            &["code", "data", "description", "detail", "error", "message", "reason", "text", "title"];
        fn collect(value: &Value, depth: u8, said: &mut Vec<String>) {
            match value {
                Value::String(text) => said.push(text.trim().trim_end_matches('.').to_lowercase()),
                Value::Array(items) if depth > 0 => {
                    items.iter().take(20).for_each(|item| collect(item, depth - 1, said));
                }
                Value::Object(fields) if depth > 0 => {
                    let known = fields.iter().filter(|(name, _)| FOR_PEOPLE.contains(&name.as_str()));
                    known.for_each(|(_, value)| collect(value, depth - 1, said));
                }
                _ => {}
            }
        }
        let mut said = Vec::new();
        for text in [&error.message, &error.code].into_iter().flatten() {
            collect(&Value::from(text.as_str()), 0, &mut said);
        }
        error.errors.iter().take(20).for_each(|error| collect(error, 3, &mut said));
        let details = error.details.iter().filter(|(name, _)| FOR_PEOPLE.contains(&name.as_str()));
        details.for_each(|(_, value)| collect(value, 3, &mut said));
        Self(said)
    }

    /// Whether some of it is one of these things, or all of it nothing but the status in words.
    fn is_like(&self, words: &[&str]) -> bool {
        const GENERAL: &[&str] = &[
            "",
            "access denied",
            "access_denied",
            "forbidden",
            "forbidden resource",
            "not found",
            "not_found",
            "resource not found",
            "resource_not_found",
            "entity_not_found",
            "too many requests",
            "unauthorized",
            "a web page instead of json, so a proxy or gateway answered",
        ];
        self.0.iter().all(|said| GENERAL.contains(&said.as_str()) || is_of_a_router(said))
            || self.mentions(words)
    }

    fn mentions(&self, words: &[&str]) -> bool {
        self.0.iter().any(|said| words.iter().any(|word| said.contains(word)))
    }

    /// Whether nobody has even looked for it.
    fn is_of_a_router(&self) -> bool {
        self.0.iter().any(|said| is_of_a_router(said))
    }
}

/// How routers say that they know no such route.
fn is_of_a_router(said: &str) -> bool {
    const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];
    said.strip_prefix("cannot ")
        .and_then(|said| said.split_once(' '))
        .is_some_and(|(verb, path)| VERBS.contains(&verb) && path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_hint_is_at_odds_with_what_workos_says() {
        let told = |status: u16, body: &str, id: bool, deletes: bool| {
            let mut error = ApiError::parse(status, body.as_bytes());
            error.subject.names = if id { Named::ById } else { Named::Nothing };
            error.subject.deletes = deletes;
            hint(&error).unwrap_or_default()
        };
        let organization = r#"{"code":"entity_not_found","message":"Organization not found: 'org_1'."}"#;
        for (status, body, id, part) in [
            (404, organization, false, "Check what the arguments name"),
            (404, organization, true, "Check the ID"),
            (404, r#"{"message":"Not Found"}"#, false, "may not be switched on"),
            (404, r#"{"message":"Cannot GET /x"}"#, false, "may not be switched on"),
            (404, r#"{"message":"Cannot GET /x/id_1"}"#, true, "no such route"),
            (404, "", true, "Check the ID"),
            (403, r#"{"message":"Forbidden"}"#, true, "not allowed"),
            (401, r#"{"message":"Unauthorized"}"#, true, "did not accept the API key"),
            (
                401,
                r#"{"message":"Could not authorize the request. Maybe your API key is invalid?"}"#,
                true,
                "did not accept the API key",
            ),
            (429, r#""Ratelimited""#, true, "Too many requests"),
        ] {
            assert!(told(status, body, id, false).contains(part), "{status} {body}");
        }
        for (status, body, id) in [
            (404, r#"{"message":"Vault is not enabled for this environment"}"#, true),
            (404, r#"{"message":"The invitation was revoked"}"#, false),
            (403, r#"{"message":"The user is locked"}"#, true),
            (429, r#"{"message":"Your plan has 10 organizations"}"#, true),
            (429, r#"{"message":"Monthly limit reached"}"#, true),
            (403, r#"{"message":"Forbidden","code":"user_locked"}"#, true),
        ] {
            assert_eq!(told(status, body, id, false), "", "{status} {body}");
        }
        for body in [
            r#"{"errors":[{"message":"Organization not found"}]}"#,
            r#"{"message":"Not Found","code":"organization_not_found"}"#,
            r#"{"message":"Not Found","error":"Organization not found"}"#,
            r#"{"message":{"text":"Organization not found"}}"#,
            r#"{"title":"Not Found","detail":"Organization not found"}"#,
            r#"{"data":{"message":"Organization not found"}}"#,
        ] {
            assert!(!told(404, body, false, false).contains("switched on"), "{body}");
        }
        assert!(told(404, r#"{"message":"gone"}"#, true, true).contains("it is gone"));
        assert!(!told(404, r#"{"message":"Cannot DELETE /x"}"#, true, true).contains("it is gone"));
        let elsewhere = told(401, r#"{"message":"This IP address is not on the list"}"#, true, false);
        assert!(elsewhere.starts_with("If that is not why: "), "{elsewhere}");
        assert!(told(404, organization, true, true).ends_with("If it was deleted before, it is gone."));
    }

    #[test]
    fn a_product_is_said_to_be_missing_only_where_nothing_else_explains_it() {
        let told = |status: u16, body: &str, names: bool, key: bool| {
            let mut error = ApiError::parse(status, body.as_bytes());
            error.subject.names = if names { Named::Something } else { Named::Nothing };
            error.subject.key = key;
            hint(&error).unwrap_or_default()
        };
        for body in ["", "{}", r#"{"message":"Not Found"}"#, r#"{"code":"not_found","message":"Not found."}"#]
        {
            assert!(told(404, body, false, true).contains("may not be switched on"), "{body}");
            assert!(told(404, body, true, true).starts_with("Check what the arguments name"), "{body}");
        }
        for body in [
            r#"{"code":"entity_not_found"}"#,
            r#"{"code":"multiple_connections_unavailable","message":"Request could not be processed."}"#,
            r#"{"message":"Organization not found: 'org_1'."}"#,
            r#"{"message":"Cannot GET /x"}"#,
        ] {
            assert!(!told(404, body, true, true).contains("switched on"), "{body}");
        }
        assert!(told(403, r#"{"message":"Forbidden"}"#, false, true).contains("switched on"));
        // It proves itself with something else than the key.
        assert_eq!(told(403, r#"{"message":"Forbidden"}"#, false, false), "");
        assert_eq!(told(403, r#"{"code":"policy_denied","message":"Forbidden"}"#, false, true), "");
    }
}
