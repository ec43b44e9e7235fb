//! Settings of AuthKit: redirect URIs, CORS origins, resource indicators for MCP, the JWT template.

use serde_json::{Value, json};

use super::Rules;
use crate::sandbox::call::Call;
use crate::sandbox::derived::create;
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("get_jwt_template", get_template),
        ("update_jwt_template", update_template),
        ("create_mcp_resource_indicator", |world, call| create(world, call, RESOURCE, Object::new())),
    ],
    kinds: &[
        Kind { checked: check_origin, ..Kind::plain("cors_origin") },
        Kind {
            made: make_redirect,
            checked: check_redirect,
            spared: spare_default,
            ..Kind::plain("redirect_uri")
        },
        Kind { made: make_resource, checked: check_resource, ..Kind::plain(RESOURCE) },
    ],
    begin,
};

const RESOURCE: &str = "authkit_oauth_resource";
/// There is one template. It has no ID; here it has.
const TEMPLATE: &str = "jwt_template";
/// Claims that a template cannot set.
const RESERVED: &[&str] = &["iss", "sub", "exp", "iat", "nbf", "jti"];

fn begin(world: &mut World) {
    put_template(world, "{\"urn:example:email\": \"{{user.email}}\"}");
    // An example that is to be deleted is one more of its kind.
    for (kind, id, uri) in [
        ("redirect_uri", "redir_01EXAMPLE0URI", "https://example.net/callback"),
        (RESOURCE, "authkit_oauth_resource_01EXAMPLE0RESOURCE", "https://mcp.example.net"),
    ] {
        let now = world.now();
        let object = json!({"object": kind, "id": id, "uri": uri, "default": false, "created_at": now, "updated_at": now});
        if let Value::Object(object) = object {
            world.put(kind, object);
        }
    }
}

/// The scheme and the rest of a URL.
fn parts(url: &str) -> (&str, &str) {
    url.split_once("://").unwrap_or_default()
}

fn is_loopback(rest: &str) -> bool {
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}

/// Whether another object has this text in a field.
fn is_taken(world: &World, kind: &str, object: &Object, field: &str) -> bool {
    world
        .all(kind)
        .any(|other| other.text(field) == object.text(field) && other.text("id") != object.text("id"))
}

fn check_origin(world: &World, origin: &Object) -> Result<(), Fault> {
    let text = origin.text("origin");
    let (scheme, host) = parts(text);
    if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains(['/', '?', '#']) {
        return Err(Fault::invalid("origin", "invalid_origin"));
    }
    if is_taken(world, "cors_origin", origin, "origin") {
        let message = format!("The origin {text} exists already.");
        return Err(Fault::coded(409, "duplicate_cors_origin", message));
    }
    Ok(())
}

/// The first one is the default.
fn make_redirect(world: &mut World, _: &Call<'_>, redirect: &mut Object) -> Result<(), Fault> {
    let is_first = world.all("redirect_uri").next().is_none();
    redirect.insert("default".to_owned(), is_first.into());
    Ok(())
}

fn check_redirect(world: &World, redirect: &Object) -> Result<(), Fault> {
    let (scheme, rest) = parts(redirect.text("uri"));
    if scheme.is_empty() || rest.is_empty() || (scheme == "http" && !is_loopback(rest)) {
        return Err(Fault::invalid("uri", "invalid_redirect_uri"));
    }
    if is_taken(world, "redirect_uri", redirect, "uri") {
        let message = "The redirect URI exists already.";
        return Err(Fault::coded(400, "redirect_uri_already_exists", message));
    }
    Ok(())
}

/// The default can only go with all others.
fn spare_default(world: &World, _: &Call<'_>, redirect: &Object) -> Result<(), Fault> {
    let is_default = redirect.get("default") == Some(&Value::Bool(true));
    if is_default && world.all("redirect_uri").nth(1).is_some() {
        let message = "The default redirect URI cannot be deleted.";
        return Err(Fault::coded(409, "cannot_delete_default_redirect_uri", message));
    }
    Ok(())
}

/// A new default takes the place of the present one.
fn make_resource(world: &mut World, call: &Call<'_>, resource: &mut Object) -> Result<(), Fault> {
    let is_default = call.given("default") == Some(&Value::Bool(true));
    resource.insert("default".to_owned(), is_default.into());
    if is_default {
        let before: Vec<String> = world
            .all(RESOURCE)
            .filter(|other| other.get("default") == Some(&Value::Bool(true)))
            .map(|other| other.text("id").to_owned())
            .collect();
        for id in before {
            world.change(RESOURCE, &id, |other| drop(other.insert("default".to_owned(), false.into())))?;
        }
    }
    Ok(())
}

fn check_resource(world: &World, resource: &Object) -> Result<(), Fault> {
    let (scheme, rest) = parts(resource.text("uri"));
    if rest.is_empty() || (scheme != "https" && !is_loopback(rest)) {
        return Err(Fault::invalid("uri", "invalid_uri"));
    }
    if is_taken(world, RESOURCE, resource, "uri") {
        return Err(Fault::coded(409, "duplicate_resource", "The resource indicator exists already."));
    }
    Ok(())
}

fn put_template(world: &mut World, content: &str) {
    let now = world.now();
    let created = world.get(TEMPLATE, TEMPLATE).map_or(&*now, |template| template.text("created_at"));
    let template = json!({
        "object": TEMPLATE, "id": TEMPLATE, "content": content, "created_at": created, "updated_at": now,
    });
    if let Value::Object(template) = template {
        world.put(TEMPLATE, template);
    }
}

fn get_template(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    Ok(shown(world.find(TEMPLATE, TEMPLATE)?, &call.operation.answer, None))
}

/// The content has to become an object of JSON. Placeholders stand in texts, or are values by themselves.
fn update_template(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let content = call.text("content");
    let Some(Value::Object(claims)) = rendered(content) else {
        return Err(Fault::invalid("content", "invalid_json"));
    };
    if claims.is_empty() || content.len() > 3072 {
        return Err(Fault::invalid("content", if claims.is_empty() { "required" } else { "too_long" }));
    }
    if claims.keys().any(|claim| RESERVED.contains(&claim.as_str())) {
        return Err(Fault::invalid("content", "reserved_claim"));
    }
    put_template(world, content);
    get_template(world, call)
}

/// With a value in place of each placeholder.
fn rendered(content: &str) -> Option<Value> {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    let mut in_text = false;
    while let Some((before, after)) = rest.split_once("{{") {
        let quotes = before.matches('"').count() - before.matches("\\\"").count();
        in_text ^= quotes % 2 == 1;
        let (_, behind) = after.split_once("}}")?;
        text.push_str(before);
        text.push_str(if in_text { "x" } else { "null" });
        rest = behind;
    }
    text.push_str(rest);
    serde_json::from_str(&text).ok()
}
