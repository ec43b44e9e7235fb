//! Invitations.

use serde_json::{Value, json};

use super::{memberships, users};
use crate::sandbox::call::Call;
use crate::sandbox::clock::DAY;
use crate::sandbox::derived::{answered, changed, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("accept_invitation", accept_one),
        ("resend_invitation", resend),
        ("revoke_invitation", revoke),
    ],
    kinds: &[Kind {
        event,
        made: make,
        stored: expect_member,
        seen: Some(show_expiry),
        fits,
        ..Kind::plain(INVITATION)
    }],
    begin,
};

const INVITATION: &str = "invitation";
/// How long an invitation can be accepted unless its sender says otherwise, in days.
const DAYS: i64 = 7;
/// The most days that a sender can say.
const MOST_DAYS: i64 = 30;

fn event(_: &Object, what: &str) -> Option<&'static str> {
    (what == "created").then_some("invitation.created")
}

/// The example can be accepted.
fn begin(world: &mut World) {
    let expires_at = world.from_now(DAYS * DAY);
    let _ = world.change(INVITATION, "invitation_01EXAMPLE0INVITATION", |invitation| {
        for field in ["accepted_at", "revoked_at", "accepted_user_id"] {
            invitation.insert(field.to_owned(), Value::Null);
        }
        invitation.insert("state".to_owned(), "pending".into());
        invitation.insert("expires_at".to_owned(), expires_at.into());
    });
}

/// A pending one is expired when its time is over, without anybody having done anything.
fn show_expiry(world: &World, invitation: &mut Object) {
    if invitation.text("state") == "pending" && world.is_over(invitation, "expires_at") {
        invitation.insert("state".to_owned(), "expired".into());
    }
}

fn is_pending(world: &World, invitation: &Object) -> bool {
    invitation.text("state") == "pending" && !world.is_over(invitation, "expires_at")
}

fn fits(world: &World, invitation: &Object, name: &str, value: &Value) -> Option<bool> {
    let _ = world;
    (name == "email")
        .then(|| invitation.text("email").eq_ignore_ascii_case(value.as_str().unwrap_or_default()))
}

fn make(world: &mut World, call: &Call<'_>, invitation: &mut Object) -> Result<(), Fault> {
    let (email, organization_id) = (call.text("email"), call.text("organization_id"));
    if !email.contains('@') {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    if !organization_id.is_empty() {
        world.find("organization", organization_id)?;
    }
    let slug = call.text("role_slug");
    if !slug.is_empty() && !memberships::is_role(world, slug, organization_id) {
        return Err(memberships::invalid_role(400, slug));
    }
    let days = call.given("expires_in_days").and_then(Value::as_i64).unwrap_or(DAYS);
    match days {
        ..1 => return Err(Fault::coded(400, "expires_in_days_too_short", "It must be one day at least.")),
        1..=MOST_DAYS => {}
        _ => return Err(Fault::coded(400, "expires_in_days_too_long", "It must be 30 days at most.")),
    }
    check(world, email, organization_id)?;
    complete(world, invitation, days);
    Ok(())
}

/// Refuses to invite whom that would change nothing for.
fn check(world: &World, email: &str, organization_id: &str) -> Result<(), Fault> {
    let user = users::by_email(world, email);
    let is_invited = world.all(INVITATION).any(|other| {
        other.text("email").eq_ignore_ascii_case(email)
            && other.text("organization_id") == organization_id
            && is_pending(world, other)
    });
    let membership = user.and_then(|user| memberships::of(world, user.text("id"), organization_id));
    let (code, message) = if membership.is_some_and(|membership| membership.text("status") == "active") {
        ("user_already_organization_member", "is a member of the organization already")
    } else if is_invited && organization_id.is_empty() {
        ("email_already_invited", "is invited already")
    } else if is_invited {
        ("email_already_invited_to_organization", "is invited to the organization already")
    } else if user.is_some() && organization_id.is_empty() {
        ("user_already_exists", "is a user already")
    } else {
        return Ok(());
    };
    Err(Fault::coded(400, code, format!("'{email}' {message}.")))
}

/// What a new invitation has beyond what its sender says.
fn complete(world: &mut World, invitation: &mut Object, days: i64) {
    let token = world.new_token(25);
    let url = format!("https://sandbox.authkit.example/invite?invitation_token={token}");
    let further = json!({
        "state": "pending",
        "accepted_at": null,
        "revoked_at": null,
        "accepted_user_id": null,
        "expires_at": world.from_now(days * DAY),
        "token": token,
        "accept_invitation_url": url,
    });
    if let Value::Object(further) = further {
        invitation.extend(further);
    }
}

/// Who has an account already is a member who has yet to accept.
fn expect_member(world: &mut World, _: &Call<'_>, invitation: &Object) -> Result<(), Fault> {
    let organization_id = invitation.text("organization_id");
    let user = users::by_email(world, invitation.text("email")).map(|user| user.text("id").to_owned());
    if let Some(user) = user.filter(|_| !organization_id.is_empty()) {
        memberships::expect(world, &user, organization_id, invitation.text("role_slug"));
    }
    Ok(())
}

/// Invites somebody to the application, and to no organization.
pub(super) fn invite(world: &mut World, email: &str) -> Result<(), Fault> {
    check(world, email, "")?;
    let (id, now) = (world.new_id("invitation_"), world.now());
    let invitation = json!({
        "object": INVITATION,
        "id": id,
        "email": email,
        "organization_id": null,
        "inviter_user_id": null,
        "role_slug": null,
        "created_at": now,
        "updated_at": now,
    });
    if let Value::Object(mut invitation) = invitation {
        complete(world, &mut invitation, DAYS);
        world.put(INVITATION, invitation.clone());
        let data = told(world, INVITATION, invitation);
        world.happened("invitation.created", data, Object::new());
    }
    Ok(())
}

/// The pending invitation with a token.
pub(super) fn with_token(world: &World, token: &str) -> Option<Object> {
    let mut invitations = world.all(INVITATION).filter(|invitation| invitation.text("token") == token);
    invitations.find(|invitation| is_pending(world, invitation)).cloned()
}

/// Its recipient accepts a pending invitation, and is a user and a member from then on. Answers the
/// user's ID and the invitation.
pub(super) fn accept(world: &mut World, invitation: &Object) -> Result<(String, Object), Fault> {
    let user = match users::by_email(world, invitation.text("email")) {
        Some(user) => user.text("id").to_owned(),
        // They have the mail, so the address is theirs.
        None => users::sign_up(world, invitation.text("email"), true).text("id").to_owned(),
    };
    let organization_id = invitation.text("organization_id");
    if !organization_id.is_empty() {
        memberships::join(world, &user, organization_id, invitation.text("role_slug"))?;
    }
    let now = world.now();
    let invitation = turn(world, invitation, "invitation.accepted", |invitation| {
        invitation.insert("state".to_owned(), "accepted".into());
        invitation.insert("accepted_at".to_owned(), now.into());
        invitation.insert("accepted_user_id".to_owned(), user.as_str().into());
    })?;
    Ok((user, invitation))
}

fn turn(
    world: &mut World,
    invitation: &Object,
    event: &str,
    change: impl FnOnce(&mut Object),
) -> Result<Object, Fault> {
    let before = told(world, INVITATION, invitation.clone());
    let invitation = world.change(INVITATION, invitation.text("id"), change)?;
    changed(world, event, INVITATION, before, invitation.clone());
    Ok(invitation)
}

/// The invitation that a call names, if it is pending.
fn pending(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let invitation = world.find(INVITATION, call.text("id"))?;
    if is_pending(world, invitation) {
        return Ok(invitation.clone());
    }
    Err(Fault::coded(400, "invite_not_pending", "The invitation is not pending."))
}

fn accept_one(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let invitation = pending(world, call)?;
    let (_, invitation) = accept(world, &invitation)?;
    Ok(answered(world, call, INVITATION, invitation))
}

fn resend(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut invitation = world.find(INVITATION, call.text("id"))?.clone();
    show_expiry(world, &mut invitation);
    if let state @ ("expired" | "revoked" | "accepted") = invitation.text("state") {
        let message = format!("The invitation is {state}.");
        return Err(Fault::coded(400, &format!("invite_{state}"), message));
    }
    let invitation = turn(world, &invitation, "invitation.resent", |_| ())?;
    Ok(answered(world, call, INVITATION, invitation))
}

fn revoke(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (invitation, now) = (pending(world, call)?, world.now());
    let invitation = turn(world, &invitation, "invitation.revoked", |invitation| {
        invitation.insert("state".to_owned(), "revoked".into());
        invitation.insert("revoked_at".to_owned(), now.into());
    })?;
    if let Some(user) =
        users::by_email(world, invitation.text("email")).map(|user| user.text("id").to_owned())
    {
        memberships::expect_no_more(world, &user, invitation.text("organization_id"));
    }
    Ok(answered(world, call, INVITATION, invitation))
}
