//! Users, waitlists, memberships and invitations.

use serde_json::{Value, json};

use super::Play;

pub(super) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an ID")
}

/// A user and an organization, both new.
pub(super) fn pair(play: &Play) -> (String, String) {
    let user = play.ok("create_user", json!({"email": "nora@new.example", "password": "correct horse"}));
    let organization = play.ok("create_organization", json!({"name": "New Inc"}));
    (id(&user).to_owned(), id(&organization).to_owned())
}

pub(super) fn join(play: &Play, user: &str, organization: &str) -> Value {
    play.ok("create_organization_membership", json!({"user_id": user, "organization_id": organization}))
}

/// Those of these events that have happened since the beginning of the test, in their order.
pub(super) fn events(play: &Play, names: &[&str]) -> Vec<String> {
    let start = crate::sandbox::clock::written(crate::sandbox::clock::now() - crate::sandbox::clock::MINUTE);
    play.listed("list_events", json!({"events": names, "limit": 100, "range_start": start}), "event")
}

#[test]
fn an_address_and_an_external_id_belong_to_one_user() {
    let play = Play::new();
    let user = play.ok(
        "create_user",
        json!({"email": "Nora@New.example", "first_name": "Nora", "last_name": "Ek", "external_id": "n-1"}),
    );
    assert_eq!(user["name"], "Nora Ek");
    assert_eq!((&user["email_verified"], &user["metadata"]), (&json!(false), &json!({})));
    let (status, body) = play.call("create_user", json!({"email": "nora@new.EXAMPLE"}));
    assert_eq!((status, body["code"].as_str()), (400, Some("user_creation_error")), "{body}");
    assert_eq!(body["errors"][0]["code"], "email_not_available");
    let taken = play.fails("create_user", json!({"email": "b@new.example", "external_id": "n-1"}));
    assert_eq!(taken, (400, "external_id_already_used".to_owned()));
    assert_eq!(play.fails("create_user", json!({"email": "nobody"})).0, 422);
    let weak = play.fails("create_user", json!({"email": "b@new.example", "password": "short"}));
    assert_eq!(weak, (400, "password_strength_error".to_owned()));
    assert_eq!(play.listed("list_users", json!({"email": "NORA@new.example"}), "id"), [id(&user)]);
    let found = play.ok("get_user_by_external_id", json!({"external_id": "n-1"}));
    assert_eq!(found["id"], user["id"]);
    assert!(user.get("_password").is_none() && found.get("password").is_none());
}

#[test]
fn a_new_address_is_unverified_and_unlinks_identities() {
    let play = Play::new();
    let jane = "user_01EXAMPLE0USER";
    assert_eq!(play.ok("list_user_identities", json!({"id": jane})).as_array().map(Vec::len), Some(2));
    let same = play.ok("update_user", json!({"id": jane, "email": "JANE@example.com"}));
    assert_eq!(same["email_verified"], true);
    let taken = play.fails("update_user", json!({"id": jane, "email": "john@example.com"}));
    assert_eq!(taken, (400, "email_not_available".to_owned()));
    let changed = play.ok("update_user", json!({"id": jane, "email": "jane@other.example"}));
    assert_eq!(changed["email_verified"], false);
    assert_eq!(play.ok("list_user_identities", json!({"id": jane})), json!([]));
    let (user, _) = pair(&play);
    let metadata = json!({"a": "1", "b": "2"});
    play.ok("update_user", json!({"id": user, "metadata": metadata}));
    let changed = play.ok("update_user", json!({"id": user, "metadata": {"a": null}}));
    assert_eq!(changed["metadata"], json!({"b": "2"}));
}

#[test]
fn all_of_a_user_goes_with_the_user() {
    let play = Play::new();
    let (user, organization) = pair(&play);
    let membership = join(&play, &user, &organization);
    let factor = play.ok("enroll_user_auth_factor", json!({"userland_user_id": user}));
    play.ok("delete_user", json!({"id": user}));
    assert_eq!(play.fails("get_user", json!({"id": user})).0, 404);
    assert_eq!(play.fails("get_organization_membership", json!({"id": id(&membership)})).0, 404);
    let factor = id(&factor["authentication_factor"]);
    assert_eq!(play.fails("get_auth_factor", json!({"id": factor})).0, 404);
    let told = events(&play, &["user.deleted", "organization_membership.deleted"]);
    assert_eq!(told, ["organization_membership.deleted", "user.deleted"]);
}

#[test]
fn a_waitlist_lets_people_in() {
    let play = Play::new();
    let join = json!({"id": "default", "email": "eager@new.example"});
    let entry = play.ok("create_waitlist_entry", join.clone());
    assert_eq!(entry["state"], "pending");
    assert_eq!(play.ok("create_waitlist_entry", join), entry);
    let known = play.fails("create_waitlist_entry", json!({"id": "default", "email": "jane@example.com"}));
    assert_eq!(known.1, "user_already_exists");
    let denied = play.ok("deny_waitlist_entry", json!({"id": id(&entry)}));
    assert_eq!(denied["state"], "denied");
    let approved = play.ok("approve_waitlist_entry", json!({"id": id(&entry)}));
    assert!(approved["state"] == "approved" && approved["approved_at"].is_string(), "{approved}");
    let invited = play.listed("list_invitations", json!({"email": "eager@new.example"}), "state");
    assert_eq!(invited, ["pending"]);
    let listed = json!({"id": entry["waitlist_id"], "state": "approved"});
    assert_eq!(play.listed("list_waitlist_entries", listed, "id"), [id(&entry)]);
    assert_eq!(play.fails("deny_waitlist_entry", json!({"id": id(&entry)})).0, 400);
    play.ok("delete_waitlist_entry", json!({"id": id(&entry)}));
    assert_eq!(play.fails("approve_waitlist_entry", json!({"id": id(&entry)})).0, 404);
    let names = ["waitlist_user.created", "waitlist_user.denied", "waitlist_user.approved"];
    assert_eq!(events(&play, &names), names);
    assert_eq!(play.fails("get_waitlist", json!({"id": "waitlist_01NONE"})).0, 404);
}

#[test]
fn a_membership_moves_between_its_states() {
    let play = Play::new();
    let (user, organization) = pair(&play);
    let membership = join(&play, &user, &organization);
    let id = id(&membership);
    assert_eq!((&membership["status"], &membership["role"]), (&json!("active"), &json!({"slug": "member"})));
    assert_eq!(membership["organization_name"], "New Inc");
    assert_eq!(membership["user"]["email"], "nora@new.example");
    let again = json!({"user_id": user, "organization_id": organization});
    let refused = play.fails("create_organization_membership", again.clone());
    assert_eq!(refused, (400, "user_already_organization_member".to_owned()));
    let unknown = json!({"id": id, "role_slug": "no-such-role"});
    assert_eq!(play.fails("update_organization_membership", unknown), (422, "invalid_role".to_owned()));
    let magic = play.ok("create_magic_auth", json!({"email": "nora@new.example"}));
    let grant = "urn:workos:oauth:grant-type:magic-auth:code";
    play.ok(
        "authenticate_user",
        json!({"grant_type": grant, "email": magic["email"], "code": magic["code"]}),
    );
    let inactive = play.ok("deactivate_organization_membership", json!({"id": id}));
    assert_eq!(inactive["status"], "inactive");
    assert_eq!(play.listed("list_user_sessions", json!({"id": user}), "id"), [""; 0]);
    let of_user = json!({"user_id": user});
    assert_eq!(play.listed("list_organization_memberships", of_user, "id"), [""; 0]);
    let all = json!({"user_id": user, "statuses": ["active", "inactive"]});
    assert_eq!(play.listed("list_organization_memberships", all, "id"), [id]);
    assert_eq!(play.ok("reactivate_organization_membership", json!({"id": id}))["status"], "active");
    play.ok("deactivate_organization_membership", json!({"id": id}));
    // It comes back with other roles, as the one that it was.
    let mut with_role = again;
    with_role["role_slug"] = "admin".into();
    let back = play.ok("create_organization_membership", with_role);
    assert_eq!((&back["id"], &back["status"]), (&json!(id), &json!("active")));
    assert_eq!(back["roles"], json!([{"slug": "admin"}]));
    play.ok("delete_organization_membership", json!({"id": id}));
    assert_eq!(play.fails("get_organization_membership", json!({"id": id})).0, 404);
    let none = play.fails("list_organization_memberships", json!({}));
    assert_eq!(none, (400, "missing_user_id_or_organization_id".to_owned()));
    let absent = json!({"user_id": "user_01NONE", "organization_id": organization});
    assert_eq!(play.fails("create_organization_membership", absent).0, 404);
}

#[test]
fn an_invitation_is_accepted_once() {
    let play = Play::new();
    let (user, organization) = pair(&play);
    let given = json!({"email": "guest@new.example", "organization_id": organization, "role_slug": "admin"});
    let invitation = play.ok("send_invitation", given.clone());
    assert_eq!(invitation["state"], "pending");
    assert_eq!(
        play.fails("send_invitation", given),
        (400, "email_already_invited_to_organization".to_owned())
    );
    let found = play.ok("find_invitation_by_token", json!({"token": invitation["token"]}));
    assert_eq!(found["id"], invitation["id"]);
    let resent = play.ok("resend_invitation", json!({"id": id(&invitation)}));
    assert_eq!(resent["token"], invitation["token"]);
    let accepted = play.ok("accept_invitation", json!({"id": id(&invitation)}));
    assert_eq!(accepted["state"], "accepted");
    let guest = accepted["accepted_user_id"].as_str().expect("a user");
    assert_eq!(play.ok("get_user", json!({"id": guest}))["email"], "guest@new.example");
    let memberships = json!({"organization_id": organization});
    let members = play.ok("list_organization_memberships", memberships);
    assert_eq!(members["data"][0]["user_id"], guest);
    assert_eq!(members["data"][0]["role"], json!({"slug": "admin"}));
    let again = |name: &str| play.fails(name, json!({"id": id(&invitation)}));
    assert_eq!(again("accept_invitation"), (400, "invite_not_pending".to_owned()));
    assert_eq!(again("revoke_invitation"), (400, "invite_not_pending".to_owned()));
    assert_eq!(again("resend_invitation"), (400, "invite_accepted".to_owned()));
    let member = json!({"email": "guest@new.example", "organization_id": organization});
    assert_eq!(play.fails("send_invitation", member).1, "user_already_organization_member");
    assert_eq!(play.fails("send_invitation", json!({"email": "guest@new.example"})).1, "user_already_exists");
    let names = ["invitation.created", "invitation.resent", "invitation.accepted"];
    assert_eq!(events(&play, &names), names);
    // Who has an account waits as a pending member, and is none when the invitation is revoked.
    let invitation =
        play.ok("send_invitation", json!({"email": "nora@new.example", "organization_id": organization}));
    let pending = json!({"user_id": user, "statuses": ["pending"]});
    let waiting = play.listed("list_organization_memberships", pending.clone(), "id");
    assert_eq!(waiting.len(), 1);
    for name in ["deactivate", "reactivate"] {
        let refused = play.fails(&format!("{name}_organization_membership"), json!({"id": waiting[0]}));
        assert_eq!(refused, (400, format!("cannot_{name}_pending_organization_membership")));
    }
    let revoked = play.ok("revoke_invitation", json!({"id": id(&invitation)}));
    assert!(revoked["state"] == "revoked" && revoked["revoked_at"].is_string());
    assert_eq!(play.listed("list_organization_memberships", pending, "id").len(), 0);
}

#[test]
fn an_invitation_expires() {
    let play = Play::new();
    let given = json!({"email": "late@new.example", "expires_in_days": 1});
    let invitation = play.ok("send_invitation", given);
    play.later(25 * crate::sandbox::clock::HOUR);
    assert_eq!(play.ok("get_invitation", json!({"id": id(&invitation)}))["state"], "expired");
    assert_eq!(play.fails("resend_invitation", json!({"id": id(&invitation)})).1, "invite_expired");
    assert_eq!(play.fails("accept_invitation", json!({"id": id(&invitation)})).1, "invite_not_pending");
    let long = json!({"email": "x@new.example", "expires_in_days": 31});
    assert_eq!(play.fails("send_invitation", long).1, "expires_in_days_too_long");
    assert_eq!(play.ok("send_invitation", json!({"email": "late@new.example"}))["state"], "pending");
}
