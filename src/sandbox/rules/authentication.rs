//! Sign-in: how it begins, what it takes, and the session that it ends in.

pub(super) mod authorize;
mod changes;
mod codes;
mod grants;
pub(super) mod sessions;

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{DAY, MINUTE};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::Rules;
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("get_jwks", jwks),
        ("authenticate_user", grants::authenticate),
        ("get_authkit_authorization_url", authorize::authkit),
        ("start_device_authorization", start_device),
        ("confirm_password_reset", changes::confirm_password_reset),
        ("send_email_change", changes::send_email_change),
        ("confirm_email_change", changes::confirm_email_change),
        ("send_verification_email", changes::send_verification_email),
        ("verify_user_email", changes::verify_user_email),
        ("list_user_sessions", sessions::list),
        ("revoke_session", sessions::revoke),
        ("get_authkit_logout_url", sessions::log_out),
        ("send_passwordless_session", send_link),
    ],
    kinds: &[
        Kind { event: codes::magic_event, made: codes::make_magic, ..Kind::plain(codes::MAGIC) },
        Kind { event: codes::verification_event, ..Kind::plain(codes::VERIFICATION) },
        Kind { event: changes::reset_event, made: changes::make_reset, ..Kind::plain(changes::RESET) },
        Kind { made: make_link, ..Kind::plain("passwordless_session") },
    ],
    begin,
};

/// How long the codes of the examples are good for: whoever reads them takes their time.
const EXAMPLES: i64 = DAY;

/// What the examples name is there, and is not over.
fn begin(world: &mut World) {
    let soon = world.from_now(EXAMPLES);
    for (kind, id) in [
        (codes::MAGIC, "magic_auth_01EXAMPLE0CODE"),
        (codes::VERIFICATION, "email_verification_01EXAMPLE0CODE"),
        (changes::RESET, "password_reset_01EXAMPLE0RESET"),
    ] {
        let _ = world.set(kind, id, "expires_at", soon.clone().into());
    }
    let change = json!({
        "id": "email_change_01EXAMPLE0CHANGE",
        "user_id": "user_01EXAMPLE0USER",
        "new_email": "jane.doe@example.com",
        "code": "example_code",
        "expires_at": soon,
    });
    if let Value::Object(change) = change {
        world.put(changes::CHANGE, change);
    }
    sessions::begin(world);
}

fn jwks(_: &mut World, _: &Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"keys": [tokens::public_key()]}))
}

/// Seconds for which a device can be approved.
const DEVICE_SECONDS: i64 = 300;

fn start_device(world: &mut World, _: &Call<'_>) -> Result<Value, Fault> {
    let (code, letters) = (world.new_token(40), world.new_token(8));
    let user_code = format!("{}-{}", &letters[..4], &letters[4..]);
    let uri = "https://sandbox.authkit.example/device";
    let device = json!({
        "id": code,
        "user_code": user_code,
        "polls": 0,
        "expires_at": world.from_now(DEVICE_SECONDS * 1_000),
    });
    if let Value::Object(device) = device {
        world.put(grants::DEVICE, device);
    }
    Ok(json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": uri,
        "verification_uri_complete": format!("{uri}?user_code={user_code}"),
        "expires_in": DEVICE_SECONDS,
        "interval": 5,
    }))
}

fn make_link(world: &mut World, call: &Call<'_>, session: &mut Object) -> Result<(), Fault> {
    if !call.text("email").contains('@') {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    let seconds = call.given("expires_in").and_then(Value::as_i64);
    let expires_at = world.from_now(seconds.map_or(15 * MINUTE, |seconds| seconds * 1_000));
    let link = format!("https://sandbox.authkit.example/passwordless/{}/confirm", world.new_token(25));
    session.insert("expires_at".to_owned(), expires_at.into());
    session.insert("link".to_owned(), link.into());
    Ok(())
}

fn send_link(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    world.find("passwordless_session", call.text("session_id"))?;
    Ok(json!({"success": true, "message": "The sandbox sends no e-mail."}))
}
