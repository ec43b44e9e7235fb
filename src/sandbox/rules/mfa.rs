//! Factors and challenges.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{DAY, MINUTE, SECOND};
use crate::sandbox::derived::{answered, remove};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("enroll_auth_factor", enroll),
        ("enroll_user_auth_factor", enroll_user),
        ("challenge_auth_factor", challenge),
        ("verify_auth_challenge", verify),
    ],
    kinds: &[Kind { removed: remove_challenges, fits, ..Kind::plain(FACTOR) }],
    begin,
};

const FACTOR: &str = "authentication_factor";
const CHALLENGE: &str = "authentication_challenge";
/// How long a code by text message is good for.
const LASTS: i64 = 10 * MINUTE;
/// How many wrong codes end a challenge.
const ATTEMPTS: u64 = 10;
/// The digits of secrets in authenticator apps (RFC 4648).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Seconds for which an authenticator app shows a code.
const STEP: i64 = 30;
/// A code that every TOTP factor takes: whoever tries the sandbox out has no authenticator app at hand.
const ANY_TOTP: &str = "123456";
/// A picture of one pixel in place of a QR code.
const QR_CODE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

/// The challenge of the examples waits for its code. Their factors ask nobody: the example user can sign
/// in with the password alone.
fn begin(world: &mut World) {
    let expires_at = world.from_now(DAY);
    let _ = world.set(CHALLENGE, "auth_challenge_01EXAMPLE0CHALLENGE", "expires_at", expires_at.into());
    for id in ["auth_factor_01EXAMPLE0FACTOR", "auth_factor_01EXAMPLE0SECOND"] {
        let _ = world.set(FACTOR, id, "_asks_nobody", true.into());
    }
}

fn fits(_: &World, factor: &Object, name: &str, value: &Value) -> Option<bool> {
    (name == "userland_user_id").then(|| factor.get("user_id") == Some(value))
}

fn remove_challenges(world: &mut World, factor: &Object) {
    for id in world.ids(CHALLENGE, "authentication_factor_id", factor.text("id")) {
        remove(world, CHALLENGE, &id);
    }
}

/// The factors that a user is asked for when signing in: IDs and types. They count from the moment they
/// are enrolled; no source says whether WorkOS waits for the first code.
pub(super) fn factors_of(world: &World, user_id: &str) -> Vec<Value> {
    world
        .all(FACTOR)
        .filter(|factor| factor.text("user_id") == user_id && !factor.contains_key("_asks_nobody"))
        .map(|factor| json!({"id": factor.text("id"), "type": factor.text("type")}))
        .collect()
}

fn enroll(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user_id = call.text("user_id");
    if !user_id.is_empty() {
        world.find("user", user_id)?;
    }
    let factor = new_factor(world, call, call.text("type"), user_id)?;
    Ok(answered(world, call, FACTOR, factor))
}

fn enroll_user(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user_id = call.text("userland_user_id");
    world.find("user", user_id)?;
    let mut factor = new_factor(world, call, "totp", user_id)?;
    let challenge = new_challenge(world, &factor);
    factor.retain(|name, _| !name.starts_with('_'));
    Ok(json!({"authentication_factor": factor, "authentication_challenge": challenge}))
}

/// A new factor, with the secret that is not shown again.
fn new_factor(world: &mut World, call: &Call<'_>, kind: &str, user_id: &str) -> Result<Object, Fault> {
    let (id, now) = (world.new_id("auth_factor_"), world.now());
    let factor = json!({
        "object": FACTOR,
        "id": id,
        "type": kind,
        "user_id": Some(user_id).filter(|id| !id.is_empty()),
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(mut factor) = factor else { return Ok(Object::new()) };
    match kind {
        "sms" => {
            let number = call.text("phone_number");
            let digits = number.strip_prefix('+').unwrap_or_default();
            if digits.len() < 7 || !digits.chars().all(|one| one.is_ascii_digit()) {
                return Err(Fault::invalid("phone_number", "invalid_phone_number"));
            }
            factor.insert("sms".to_owned(), json!({"phone_number": number}));
        }
        "totp" => {
            let secret = match call.text("totp_secret") {
                "" => new_secret(world),
                given => given.to_ascii_uppercase(),
            };
            if key_of(&secret).is_none() {
                return Err(Fault::invalid("totp_secret", "invalid_totp_secret"));
            }
            let user = world.get("user", user_id).map_or("", |user| user.text("email"));
            let or = |given: &str, otherwise: &str| {
                if given.is_empty() { otherwise.to_owned() } else { given.to_owned() }
            };
            let (issuer, user) = (or(call.text("totp_issuer"), "WorkOS"), or(call.text("totp_user"), user));
            factor.insert("_secret".to_owned(), secret.as_str().into());
            factor.insert("totp".to_owned(), json!({"issuer": issuer, "user": user}));
            world.put(FACTOR, factor.clone());
            let label = |text: &str| {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
            };
            let (label, name) = (label(&issuer), label(&user));
            let uri = format!("otpauth://totp/{label}:{name}?secret={secret}&issuer={label}");
            let once =
                json!({"issuer": issuer, "user": user, "secret": secret, "qr_code": QR_CODE, "uri": uri});
            factor.insert("totp".to_owned(), once);
            return Ok(factor);
        }
        _ => {}
    }
    world.put(FACTOR, factor.clone());
    Ok(factor)
}

fn new_secret(world: &mut World) -> String {
    let token = world.new_token(32);
    token.bytes().map(|byte| char::from(BASE32[usize::from(byte) % BASE32.len()])).collect()
}

/// The bytes of a secret.
fn key_of(secret: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in secret.trim_end_matches('=').bytes() {
        let value = BASE32.iter().position(|known| *known == digit)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// The code that an authenticator app shows at a time (RFC 6238).
pub(in crate::sandbox) fn totp(secret: &str, seconds: i64) -> Option<String> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key_of(secret)?);
    let tag = ring::hmac::sign(&key, &(seconds / STEP).to_be_bytes());
    let bytes = tag.as_ref();
    let start = usize::from(bytes.last()? & 0xf);
    let number = bytes[start..start + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    Some(format!("{:06}", (number & 0x7fff_ffff) % 1_000_000))
}

fn new_challenge(world: &mut World, factor: &Object) -> Object {
    let (id, now) = (world.new_id("auth_challenge_"), world.now());
    let is_totp = factor.text("type") == "totp";
    let challenge = json!({
        "object": CHALLENGE,
        "id": id,
        "authentication_factor_id": factor.text("id"),
        "expires_at": (!is_totp).then(|| world.from_now(LASTS)),
        "code": (!is_totp).then(|| world.new_code(6)),
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(challenge) = challenge else { return Object::new() };
    world.put(CHALLENGE, challenge.clone());
    challenge
}

fn challenge(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let factor = world.find(FACTOR, call.text("id"))?.clone();
    if call.given("sms_template").is_some() && !call.text("sms_template").contains("{{code}}") {
        return Err(Fault::invalid("sms_template", "missing_code"));
    }
    let challenge = new_challenge(world, &factor);
    Ok(answered(world, call, CHALLENGE, challenge))
}

/// Whether a code is right for a challenge. A right one uses it up, a wrong one is counted.
fn judge(world: &mut World, challenge: &Object, code: &str) -> Result<bool, Fault> {
    let invalid = |code: &str, message: &str| Fault::coded(422, code, message);
    let attempts = challenge.get("_attempts").and_then(Value::as_u64).unwrap_or_default();
    if challenge.contains_key("_used") {
        return Err(invalid("challenge_already_verified", "The challenge has been used."));
    }
    if world.is_over(challenge, "expires_at") {
        return Err(invalid("challenge_expired", "The challenge has expired."));
    }
    if attempts >= ATTEMPTS {
        let message = "There were too many wrong codes: make a new challenge.";
        return Err(Fault::coded(400, "one_time_code_too_many_attempts", message));
    }
    let factor = world.find(FACTOR, challenge.text("authentication_factor_id"))?;
    let now = world.milliseconds() / SECOND;
    // The app's clock may be a step behind or ahead.
    let shows = |steps: i64| totp(factor.text("_secret"), now + steps * STEP).as_deref() == Some(code);
    let is_totp = factor.text("type") == "totp" && (code == ANY_TOTP || (-1..=1).any(shows));
    let is_right = is_totp || !code.is_empty() && challenge.text("code") == code;
    let mut judged = challenge.clone();
    if is_right {
        judged.insert("_used".to_owned(), true.into());
    } else {
        judged.insert("_attempts".to_owned(), (attempts + 1).into());
    }
    world.put(CHALLENGE, judged);
    Ok(is_right)
}

fn verify(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let challenge = world.find(CHALLENGE, call.text("id"))?.clone();
    let valid = judge(world, &challenge, call.text("code"))?;
    let mut shown = challenge;
    shown.retain(|name, _| !name.starts_with('_'));
    Ok(json!({"challenge": shown, "valid": valid}))
}

/// Passes a challenge of one of a user's factors while signing in.
pub(super) fn pass(world: &mut World, challenge_id: &str, user_id: &str, code: &str) -> Result<(), Fault> {
    let challenge = world.find(CHALLENGE, challenge_id)?.clone();
    let factor = world.find(FACTOR, challenge.text("authentication_factor_id"))?;
    if factor.text("user_id") != user_id {
        return Err(Fault::coded(400, "user_mismatch", "The factor is not one of this user's."));
    }
    if judge(world, &challenge, code)? {
        return Ok(());
    }
    Err(Fault::coded(400, "invalid_one_time_code", "The code is incorrect."))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, whose secret is `12345678901234567890`.
    #[test]
    fn codes_are_those_of_an_authenticator_app() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp(secret, seconds).as_deref(), Some(code));
        }
        assert_eq!(totp("no secret", 59), None);
    }
}
