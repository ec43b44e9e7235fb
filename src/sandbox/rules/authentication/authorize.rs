//! The way through the browser, without a browser: whoever opens an authorization URL comes back at once,
//! with a code.

use serde_json::{Value, json};
use url::Url;

use super::codes;
use crate::sandbox::call::Call;
use crate::sandbox::clock::MINUTE;
use crate::sandbox::fault::Fault;
use crate::sandbox::rules::{invitations, users};
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World, object};

const CODE: &str = "authorization_code";
/// How long a code is good for.
const LASTS: i64 = 10 * MINUTE;
/// Where the browser comes back to where nobody says.
const REDIRECT_URI: &str = "https://example.com/callback";

/// Which operation a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox::rules) enum Flow {
    /// `get_sso_profile_and_token`.
    Sso,
    /// `authenticate_user`.
    AuthKit,
}

impl Flow {
    const fn name(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::AuthKit => "authkit",
        }
    }
}

/// How somebody signs in, as answers, sessions and events call it.
fn methods(method: &str) -> [&str; 3] {
    match method {
        "Password" => [method, "password", "password"],
        "MagicAuth" => [method, "magic_code", "magic_auth"],
        "SSO" => [method, "sso", "sso"],
        _ => [method, "oauth", "oauth"],
    }
}

/// A sign-in of a user that has just begun.
pub(super) fn attempt(user_id: &str, method: &str) -> Object {
    let [method, auth_method, event] = methods(method);
    let attempt = json!({"user_id": user_id, "method": method, "auth_method": auth_method, "event": event});
    object(attempt)
}

/// `get_authkit_authorization_url`, opened.
pub(super) fn authkit(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (provider, connection_id) = (call.text("provider"), call.text("connection_id"));
    let mut organization_id = call.text("organization_id").to_owned();
    let mut connection = None;
    if !connection_id.is_empty() {
        let there = world.find("connection", connection_id)?.clone();
        check_active(&there)?;
        check_certificates(world, &there)?;
        there.text("organization_id").clone_into(&mut organization_id);
        connection = Some(there);
    } else if !organization_id.is_empty() {
        world.find("organization", &organization_id)?;
        if provider.is_empty() {
            connection = active_connection(world, &organization_id).cloned();
            if let Some(connection) = &connection {
                check_certificates(world, connection)?;
            }
        }
    } else if provider.is_empty() {
        let description = "One of provider, connection_id and organization_id is needed.";
        return Err(Fault::oauth(400, "invalid_request", description));
    }
    let user = authkit_user(world, call, &organization_id)?;
    let method = match provider {
        _ if connection.is_some() => "SSO",
        "" | "authkit" if user.contains_key("_password") => "Password",
        "" | "authkit" => "MagicAuth",
        provider => provider,
    };
    let mut code = attempt(user.text("id"), method);
    code.insert("organization_id".to_owned(), organization_id.into());
    code.insert("_invitation_token".to_owned(), call.text("invitation_token").into());
    if let Some(connection) = connection {
        code.insert("connection_id".to_owned(), connection.text("id").into());
    }
    come_back(world, call, Flow::AuthKit, code)
}

/// Who signs in: whom the invitation is to, who signs up, or whoever is likely.
fn authkit_user(world: &mut World, call: &Call<'_>, organization_id: &str) -> Result<Object, Fault> {
    let (token, hint) = (call.text("invitation_token"), call.text("login_hint"));
    let email = if token.is_empty() {
        if call.text("screen_hint") == "sign-up" { hint.to_owned() } else { String::new() }
    } else {
        let invitation = invitations::with_token(world, token);
        let invitation = invitation
            .ok_or_else(|| Fault::oauth(400, "invitation_invalid", "The invitation is not pending."))?;
        invitation.text("email").to_owned()
    };
    if !email.contains('@') {
        return likely_user(world, hint, organization_id);
    }
    match users::by_email(world, &email) {
        Some(user) => Ok(user.clone()),
        None => Ok(users::sign_up(world, &email, true)),
    }
}

/// `get_sso_authorization_url`, opened.
pub(in crate::sandbox::rules) fn sso(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (domain, provider) = (call.text("domain"), call.text("provider"));
    let connection = if !call.text("connection").is_empty() {
        Some(world.find("connection", call.text("connection"))?)
    } else if !call.text("organization").is_empty() {
        let organization = world.find("organization", call.text("organization"))?;
        Some(active_connection(world, organization.text("id")).ok_or_else(no_connection)?)
    } else if !domain.is_empty() {
        let organization = world.by("organization_domain", "domain", domain);
        let organization = organization.ok_or_else(|| Fault::not_found("domain", domain))?;
        Some(active_connection(world, organization.text("organization_id")).ok_or_else(no_connection)?)
    } else if provider.is_empty() {
        let description = "One of connection, organization and provider is needed.";
        return Err(Fault::oauth(400, "invalid_request", description));
    } else {
        None
    }
    .cloned();
    if let Some(connection) = &connection {
        check_active(connection)?;
        check_certificates(world, connection)?;
    }
    let connection = connection.unwrap_or_default();
    let organization_id = connection.text("organization_id");
    let user = likely_user(world, call.text("login_hint"), organization_id)?;
    let method = if connection.is_empty() { provider } else { "SSO" };
    let mut code = attempt(user.text("id"), method);
    code.insert("organization_id".to_owned(), organization_id.into());
    code.insert("connection_id".to_owned(), connection.text("id").into());
    come_back(world, call, Flow::Sso, code)
}

fn no_connection() -> Fault {
    Fault::oauth(400, "invalid_connection", "The organization has no active connection.")
}

pub(in crate::sandbox::rules) fn check_active(connection: &Object) -> Result<(), Fault> {
    if connection.text("state") == "active" {
        return Ok(());
    }
    Err(Fault::oauth(400, "invalid_connection", "The connection is not active."))
}

/// Nobody gets in whose identity provider signs with a certificate that is over. That somebody tried is told.
fn check_certificates(world: &mut World, connection: &Object) -> Result<(), Fault> {
    let id = connection.text("id");
    let certificates = world.all("saml_idp_signing_certificate");
    let (mut over, mut good) = (0, 0);
    for certificate in certificates.filter(|certificate| certificate.text("connection_id") == id) {
        *if world.is_over(certificate, "not_after") { &mut over } else { &mut good } += 1;
    }
    if over == 0 || good > 0 {
        return Ok(());
    }
    let message = "The identity provider's signing certificate has expired.";
    let organization_id = connection.text("organization_id");
    let data = json!({
        "type": "sso",
        "status": "failed",
        "user_id": null,
        "email": null,
        "ip_address": null,
        "user_agent": null,
        "sso": {"organization_id": organization_id, "connection_id": id, "session_id": null},
        "error": {"code": "invalid_saml_certificate", "message": message},
    });
    if let Value::Object(data) = data {
        world.happened_in("authentication.sso_failed", data, Object::new(), organization_id);
    }
    Err(Fault::oauth(400, "invalid_connection", message).keeping())
}

/// The connection through which the people of an organization sign in.
pub(in crate::sandbox::rules) fn active_connection<'a>(
    world: &'a World,
    organization_id: &str,
) -> Option<&'a Object> {
    world.all("connection").find(|connection| {
        connection.text("organization_id") == organization_id && connection.text("state") == "active"
    })
}

/// Who signs in where nobody sits at a browser: the user that is hinted at, else the first active member,
/// else the first user whose address is verified.
pub(in crate::sandbox::rules) fn likely_user(
    world: &World,
    hint: &str,
    organization_id: &str,
) -> Result<Object, Fault> {
    let hinted = users::by_email(world, hint);
    let member = || {
        let member = world.all("organization_membership").find(|membership| {
            membership.text("organization_id") == organization_id && membership.text("status") == "active"
        });
        member.and_then(|membership| world.get("user", membership.text("user_id")))
    };
    let verified = || world.all("user").find(|user| user.get("email_verified") == Some(&Value::Bool(true)));
    let user = hinted.or_else(member).or_else(verified).or_else(|| world.all("user").next());
    user.cloned().ok_or_else(|| Fault::oauth(400, "access_denied", "There is no user who could sign in."))
}

/// Makes the code, and the URL to which the browser comes back with it.
fn come_back(world: &mut World, call: &Call<'_>, flow: Flow, mut code: Object) -> Result<Value, Fault> {
    let default = world.all("redirect_uri").find(|uri| uri.get("default") == Some(&Value::Bool(true)));
    let redirect_uri = match call.text("redirect_uri") {
        "" => default.map_or(REDIRECT_URI, |uri| uri.text("uri")),
        given => given,
    };
    let mut url = Url::parse(redirect_uri)
        .map_err(|_| Fault::oauth(400, "invalid_redirect_uri", "The redirect URI is no URL."))?;
    let text = world.new_token(26);
    url.query_pairs_mut().append_pair("code", &text);
    if !call.text("state").is_empty() {
        url.query_pairs_mut().append_pair("state", call.text("state"));
    }
    code.insert("id".to_owned(), text.as_str().into());
    code.insert("flow".to_owned(), flow.name().into());
    code.insert("client_id".to_owned(), call.text("client_id").into());
    code.insert("challenge".to_owned(), call.text("code_challenge").into());
    code.insert("expires_at".to_owned(), world.from_now(LASTS).into());
    world.put(CODE, code);
    Ok(json!({"url": url.as_str(), "code": text}))
}

/// Uses a code up: what was agreed on when it was made.
pub(in crate::sandbox::rules) fn redeem(
    world: &mut World,
    call: &Call<'_>,
    flow: Flow,
) -> Result<Object, Fault> {
    let (text, verifier) = (call.text("code"), call.text("code_verifier"));
    let refused = |description: &str| Fault::oauth(400, "invalid_grant", description);
    let code = world.get(CODE, text).filter(|code| code.text("flow") == flow.name()).cloned();
    let Some(code) = code.filter(|code| !world.is_over(code, "expires_at")) else {
        return Err(refused("The code is invalid, has expired, or has been used."));
    };
    let (client, ours) = (call.text("client_id"), code.text("client_id"));
    if !client.is_empty() && !ours.is_empty() && client != ours {
        return Err(refused("The code was issued to another client."));
    }
    match code.text("challenge") {
        "" if verifier.is_empty() => {}
        "" => {
            let message = "There is a code verifier, but there was no code challenge.";
            return Err(Fault::coded(400, "code_challenge_not_found", message));
        }
        challenge if challenge == tokens::hash(verifier) => {}
        _ => return Err(refused("The code verifier does not match the code challenge.")),
    }
    world.remove(CODE, text);
    Ok(code)
}

/// A code of the examples, whose challenge belongs to this verifier.
pub(in crate::sandbox::rules) fn put_example(world: &mut World, code: &str, verifier: &str, attempt: Object) {
    let mut object = attempt;
    object.insert("id".to_owned(), code.into());
    object.insert("flow".to_owned(), Flow::Sso.name().into());
    object.insert("challenge".to_owned(), tokens::hash(verifier).into());
    world.put(CODE, object);
}

/// The sign-in of the examples, through their connection.
pub(in crate::sandbox::rules) fn example_attempt() -> Object {
    let mut attempt = attempt("user_01EXAMPLE0USER", "SSO");
    attempt.insert("organization_id".to_owned(), "org_01EXAMPLE0ORGANIZATION".into());
    attempt.insert("connection_id".to_owned(), "conn_01EXAMPLE0CONNECTION".into());
    attempt
}

/// Checks the invitation that a sign-in comes with, and takes the one that it came with before.
pub(super) fn invitation_of(
    world: &World,
    call: &Call<'_>,
    attempt: &Object,
    email: &str,
) -> Result<Option<Object>, Fault> {
    match (call.text("invitation_token"), attempt.text("_invitation_token")) {
        ("", "") => Ok(None),
        ("", before) => codes::invited(world, before, email).map(Some),
        (given, _) => codes::invited(world, given, email).map(Some),
    }
}
