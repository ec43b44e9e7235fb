//! Roles, permissions, API keys, groups, feature flags.

use serde_json::{Value, json};

use super::Play;

const ORGANIZATION: &str = "org_01EXAMPLE0ORGANIZATION";

/// An organization with some members: its ID and those of the memberships.
pub(super) fn team(play: &Play, name: &str, count: usize) -> (String, Vec<String>) {
    let organization = text(&play.ok("create_organization", json!({"name": name})), "id");
    let members = (0..count).map(|number| member(play, &organization, &format!("{name}-{number}")).1);
    let members = members.collect();
    (organization, members)
}

/// A new member: the IDs of user and membership.
pub(super) fn member(play: &Play, organization: &str, name: &str) -> (String, String) {
    let user = text(&play.ok("create_user", json!({"email": format!("{name}@team.example")})), "id");
    let given = json!({"user_id": user, "organization_id": organization});
    let membership = text(&play.ok("create_organization_membership", given), "id");
    (user, membership)
}

/// A field of an answer.
pub(super) fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_default().to_owned()
}

/// The events of one type.
pub(super) fn events(play: &Play, event: &str) -> Vec<Value> {
    let body = play.ok("list_events", json!({"events": [event], "limit": 100}));
    body["data"].as_array().cloned().unwrap_or_default()
}

#[test]
fn an_environment_has_roles_from_the_beginning() {
    let play = Play::new();
    let slugs = play.listed("list_environment_roles", json!({}), "slug");
    for slug in ["admin", "member"] {
        assert!(slugs.iter().any(|there| there == slug), "{slugs:?}");
    }
    let (organization, _) = team(&play, "Fresh", 0);
    assert_eq!(
        play.listed("list_organization_roles", json!({"organization_id": organization}), "slug"),
        slugs
    );
}

#[test]
fn slugs_of_roles_and_permissions_are_unique() {
    let play = Play::new();
    let conflict = |code: &str| (409, code.to_owned());
    let role = json!({"slug": "owner", "name": "Owner"});
    assert_eq!(play.ok("create_environment_role", role.clone())["permissions"], json!([]));
    assert_eq!(play.fails("create_environment_role", role), conflict("role_slug_conflict"));
    let permission = json!({"slug": "posts:pin", "name": "Pin posts"});
    assert_eq!(play.ok("create_permission", permission.clone())["system"], false);
    assert_eq!(play.fails("create_permission", permission), conflict("permission_slug_conflict"));
    let role = json!({"organization_id": ORGANIZATION, "slug": "org-owner", "name": "Owner"});
    play.ok("create_organization_role", role.clone());
    assert_eq!(play.fails("create_organization_role", role), conflict("organization_role_slug_conflict"));
    // Another organization has slugs of its own.
    let (other, _) = team(&play, "Other", 0);
    let role = json!({"organization_id": other, "slug": "org-owner", "name": "Owner"});
    play.ok("create_organization_role", role);
    assert_eq!(
        play.listed("list_organization_roles", json!({"organization_id": other}), "slug").last().cloned(),
        Some("org-owner".to_owned())
    );
}

#[test]
fn slugs_have_a_form() {
    let play = Play::new();
    let own = |slug: &str| json!({"organization_id": ORGANIZATION, "slug": slug, "name": "Owner"});
    assert_eq!(play.fails("create_organization_role", own("owner")).0, 422);
    for slug in ["Owner", "ow ner", "", "a:b", &"o".repeat(49)] {
        assert_eq!(
            play.fails("create_environment_role", json!({"slug": slug, "name": "Owner"})).0,
            422,
            "{slug}"
        );
    }
    play.ok("create_permission", json!({"slug": "a.b:c-d_*", "name": "All"}));
    let made =
        play.ok("create_organization_role", json!({"organization_id": ORGANIZATION, "name": "Head of IT!"}));
    assert_eq!(made["slug"], "org-head-of-it");
    assert_eq!(made["type"], "OrganizationRole");
}

#[test]
fn permissions_of_a_role_are_set_added_and_removed() {
    let play = Play::new();
    play.ok("create_environment_role", json!({"slug": "owner", "name": "Owner"}));
    for slug in ["a:read", "a:write", "a:share"] {
        play.ok("create_permission", json!({"slug": slug, "name": slug}));
    }
    let given = json!({"slug": "owner", "permissions": ["a:read", "a:write", "a:read"]});
    let role = play.ok("set_environment_role_permissions", given);
    assert_eq!(role["permissions"], json!(["a:read", "a:write"]));
    let given = json!({"role_slug": "owner", "slug": "a:share"});
    play.ok("add_environment_role_permission", given.clone());
    play.ok("add_environment_role_permission", given);
    let role = play.ok("get_environment_role", json!({"slug": "owner"}));
    assert_eq!(role["permissions"], json!(["a:read", "a:write", "a:share"]));
    let unknown = json!({"role_slug": "owner", "slug": "a:nothing"});
    assert_eq!(play.fails("add_environment_role_permission", unknown), (404, "permission_not_found".into()));
    // Three changes, the last of which changed nothing.
    let told = events(&play, "role.updated");
    let told: Vec<&Value> = told.iter().filter(|event| event["data"]["slug"] == "owner").collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[1]["context"]["previous_attributes"]["permissions"], json!(["a:read", "a:write"]));
    // A permission that is deleted is taken from all roles.
    play.ok("delete_permission", json!({"slug": "a:write"}));
    let role = play.ok("get_environment_role", json!({"slug": "owner"}));
    assert_eq!(role["permissions"], json!(["a:read", "a:share"]));
    assert_eq!(play.fails("delete_permission", json!({"slug": "widgets:users-table:manage"})).0, 403);
}

#[test]
fn roles_of_an_organization_are_its_own() {
    let play = Play::new();
    let (organization, _) = team(&play, "Own", 0);
    let own = json!({"organization_id": organization, "slug": "org-head", "name": "Head"});
    play.ok("create_organization_role", own);
    let named = json!({"organization_id": organization, "slug": "org-head"});
    let permissions =
        json!({"organization_id": organization, "slug": "org-head", "permissions": ["billing:read"]});
    assert_eq!(
        play.ok("set_organization_role_permissions", permissions)["permissions"],
        json!(["billing:read"])
    );
    let removed =
        json!({"organization_id": organization, "slug": "org-head", "permission_slug": "billing:read"});
    assert_eq!(play.ok("remove_organization_role_permission", removed)["permissions"], json!([]));
    // It is not known elsewhere, and those of the environment cannot be changed from here.
    assert_eq!(play.fails("get_environment_role", json!({"slug": "org-head"})).0, 404);
    assert_eq!(
        play.fails("get_organization_role", json!({"organization_id": ORGANIZATION, "slug": "org-head"})).0,
        404
    );
    play.ok("get_organization_role", json!({"organization_id": organization, "slug": "member"}));
    let member = json!({"organization_id": organization, "slug": "member"});
    assert_eq!(play.fails("delete_organization_role", member).0, 404);
    play.ok("delete_organization_role", named.clone());
    assert_eq!(play.fails("get_organization_role", named).0, 404);
    for event in ["organization_role.created", "organization_role.updated", "organization_role.deleted"] {
        let told = events(&play, event);
        assert_eq!(told.last().map(|event| &event["data"]["slug"]), Some(&json!("org-head")), "{event}");
        assert_eq!(told.last().map(|event| &event["data"]["organization_id"]), Some(&json!(organization)));
    }
}

#[test]
fn a_role_that_is_assigned_stays() {
    let play = Play::new();
    let (organization, members) = team(&play, "Assigned", 1);
    let role = json!({"organization_id": organization, "slug": "org-head", "name": "Head"});
    play.ok("create_organization_role", role);
    let on = json!({
        "organization_membership_id": members[0], "role_slug": "org-head",
        "resource_external_id": organization, "resource_type_slug": "organization",
    });
    play.ok("assign_resource_role", on.clone());
    let named = json!({"organization_id": organization, "slug": "org-head"});
    assert_eq!(play.fails("delete_organization_role", named.clone()), (409, "role_has_assignments".into()));
    play.ok("remove_resource_role", on);
    play.ok("delete_organization_role", named);
}

#[test]
fn an_api_key_is_shown_once_and_validated_by_its_value() {
    let play = Play::new();
    let (organization, _) = team(&play, "Keys", 0);
    let given = json!({"organization_id": organization, "name": "CI", "permissions": ["posts:read"]});
    let key = play.ok("create_organization_api_key", given);
    let value = text(&key, "value");
    assert!(value.ends_with(&text(&key, "obfuscated_value")[6..]), "{key}");
    let listed = play.ok("list_organization_api_keys", json!({"organization_id": organization}));
    assert_eq!(listed["data"][0]["id"], key["id"]);
    assert!(listed["data"][0].get("value").is_none());
    assert!(!events(&play, "api_key.created").last().expect("an event").to_string().contains(&value));
    let valid = play.ok("validate_api_key", json!({"value": value}));
    assert_eq!(
        valid["api_key"]["owner"],
        json!({"type": "organization", "id": organization, "organization_id": null})
    );
    assert_eq!(valid["api_key"]["permissions"], json!(["posts:read"]));
    assert!(valid["api_key"]["last_used_at"].is_string());
    assert!(play.ok("validate_api_key", json!({"value": "sk_test_example_unknown"}))["api_key"].is_null());
    play.ok("delete_api_key", json!({"id": key["id"]}));
    assert!(play.ok("validate_api_key", json!({"value": value}))["api_key"].is_null());
    assert_eq!(events(&play, "api_key.revoked").len(), 1);
}

#[test]
fn an_api_key_expires_now_later_or_not() {
    let play = Play::new();
    let (organization, _) = team(&play, "Expiry", 0);
    let key = play.ok("create_organization_api_key", json!({"organization_id": organization, "name": "CI"}));
    let (id, value) = (&key["id"], &key["value"]);
    assert!(key["expires_at"].is_null());
    let later = play.ok("expire_api_key", json!({"id": id, "expires_at": "2096-01-01T00:00:00Z"}));
    assert_eq!(later["expires_at"], "2096-01-01T00:00:00.000Z");
    assert!(play.ok("validate_api_key", json!({"value": value}))["api_key"].is_object());
    let cancelled = play.ok("expire_api_key", json!({"id": id, "expires_at": null}));
    assert!(cancelled["expires_at"].is_null());
    assert!(play.ok("expire_api_key", json!({"id": id}))["expires_at"].is_string());
    assert!(play.ok("validate_api_key", json!({"value": value}))["api_key"].is_null());
    let again = play.fails("expire_api_key", json!({"id": id, "expires_at": null}));
    assert_eq!(again, (409, "api_key_already_expired".into()));
    assert_eq!(events(&play, "api_key.updated").len(), 3);
    let past = json!({"organization_id": organization, "name": "CI", "expires_at": "2020-01-01T00:00:00Z"});
    assert_eq!(play.fails("create_organization_api_key", past).0, 422);
}

#[test]
fn a_user_needs_a_membership_for_an_api_key() {
    let play = Play::new();
    let (organization, _) = team(&play, "Users", 0);
    let (user, membership) = member(&play, &organization, "keyholder");
    let given = json!({"user_id": user, "organization_id": organization, "name": "Laptop"});
    let key = play.ok("create_user_api_key", given.clone());
    assert_eq!(key["owner"], json!({"type": "user", "id": user, "organization_id": organization}));
    assert_eq!(play.listed("list_user_api_keys", json!({"user_id": user}), "id"), [text(&key, "id")]);
    assert!(
        play.listed("list_organization_api_keys", json!({"organization_id": organization}), "id").is_empty()
    );
    play.ok("delete_organization_membership", json!({"id": membership}));
    assert_eq!(play.fails("create_user_api_key", given), (422, "user_not_member_of_organization".into()));
}

#[test]
fn a_group_has_members_of_its_organization() {
    let play = Play::new();
    let (organization, members) = team(&play, "Groups", 3);
    let (_, strangers) = team(&play, "Strangers", 1);
    let group = play.ok("create_organization_group", json!({"organization_id": organization, "name": "Eng"}));
    let id = text(&group, "id");
    let with = |membership: &str| json!({"organization_id": organization, "group_id": id, "organization_membership_id": membership});
    let named = json!({"organization_id": organization, "group_id": id});
    play.ok("add_group_member", with(&members[0]));
    play.ok("add_group_member", with(&members[0]));
    assert_eq!(events(&play, "group.member_added").len(), 1);
    assert_eq!(play.fails("add_group_member", with(&strangers[0])).0, 404);
    assert_eq!(play.listed("list_group_members", named.clone(), "id"), [members[0].clone()]);
    let both = json!({"organization_id": organization, "group_id": id, "add": [members[1], members[2]], "remove": [members[0]]});
    play.ok("update_group_members", both);
    let mut listed = play.listed("list_group_members", named.clone(), "id");
    listed.sort();
    assert_eq!(listed, members[1..]);
    assert_eq!(play.listed("list_membership_groups", json!({"om_id": members[1]}), "name"), ["Eng"]);
    let overlap =
        json!({"organization_id": organization, "group_id": id, "add": [members[1]], "remove": [members[1]]});
    assert_eq!(play.fails("update_group_members", overlap), (400, "group_membership_update_overlap".into()));
    let many: Vec<String> = (0..101).map(|number| format!("om_{number}")).collect();
    let many = json!({"organization_id": organization, "group_id": id, "remove": many});
    assert_eq!(play.fails("update_group_members", many), (400, "group_membership_limit_exceeded".into()));
    let out = json!({"organization_id": organization, "group_id": id, "om_id": members[1]});
    play.ok("remove_group_member", out.clone());
    assert_eq!(play.fails("remove_group_member", out).0, 404);
    assert_eq!(events(&play, "group.member_removed").len(), 2);
    // A membership that is gone is in no group.
    play.ok("delete_organization_membership", json!({"id": members[2]}));
    assert!(play.listed("list_group_members", named.clone(), "id").is_empty());
    play.ok("delete_organization_group", named.clone());
    assert_eq!(play.fails("list_group_members", named).0, 404);
}

#[test]
fn groups_are_searched_and_told() {
    let play = Play::new();
    let (organization, _) = team(&play, "Search", 0);
    for name in ["Sales", "Sales EMEA", "Support"] {
        play.ok("create_organization_group", json!({"organization_id": organization, "name": name}));
    }
    let found = json!({"organization_id": organization, "search": "sales"});
    assert_eq!(play.listed("list_organization_groups", found, "name"), ["Sales EMEA", "Sales"]);
    assert_eq!(events(&play, "group.created").len(), 3);
    assert_eq!(
        play.fails("create_organization_group", json!({"organization_id": organization, "name": " "})).0,
        422
    );
}

#[test]
fn a_feature_flag_is_on_for_its_targets() {
    let play = Play::new();
    let (organization, _) = team(&play, "Flags", 0);
    let (user, _) = member(&play, &organization, "flagged");
    let slug = "beta-editor";
    let of_organization =
        || play.listed("list_organization_feature_flags", json!({"organization_id": organization}), "slug");
    let of_user = || play.listed("list_user_feature_flags", json!({"user_id": user}), "slug");
    play.ok("enable_feature_flag", json!({"slug": slug}));
    assert!(of_organization().is_empty() && of_user().is_empty());
    play.ok("add_feature_flag_target", json!({"slug": slug, "resource_id": organization}));
    assert_eq!((of_organization(), of_user()), (vec![slug.to_owned()], vec![slug.to_owned()]));
    play.ok("remove_feature_flag_target", json!({"slug": slug, "resource_id": organization}));
    play.ok("add_feature_flag_target", json!({"slug": slug, "resource_id": user}));
    assert_eq!((of_organization(), of_user()), (Vec::new(), vec![slug.to_owned()]));
    assert_eq!(play.ok("disable_feature_flag", json!({"slug": slug}))["enabled"], false);
    assert!(of_user().is_empty());
    assert_eq!(events(&play, "flag.rule_updated").len(), 3);
    assert_eq!(events(&play, "flag.updated").len(), 2);
    assert_eq!(play.fails("enable_feature_flag", json!({"slug": "nothing"})).0, 404);
    assert_eq!(
        play.fails("add_feature_flag_target", json!({"slug": slug, "resource_id": "user_nobody"})).0,
        404
    );
    assert_eq!(play.fails("add_feature_flag_target", json!({"slug": slug, "resource_id": "x"})).0, 400);
}
