//! Resources, roles on them, and what these permit.

use serde_json::{Value, json};

use super::Play;
use super::roles::{member, team, text};

/// An organization with a workspace, a project in it and a document in that.
struct Site<'a> {
    play: &'a Play,
    organization: String,
    members: Vec<String>,
    workspace: String,
    project: String,
    document: String,
}

fn site(play: &Play) -> Site<'_> {
    let (organization, members) = team(play, "Site", 3);
    let make = |slug: &str, parent: Option<&str>| {
        let mut given = json!({
            "organization_id": organization, "resource_type_slug": slug, "external_id": "1", "name": slug,
        });
        if let Some(parent) = parent {
            given["parent_resource_id"] = parent.into();
        }
        text(&play.ok("create_authorization_resource", given), "id")
    };
    let workspace = make("workspace", None);
    let project = make("project", Some(&workspace));
    let document = make("document", Some(&project));
    for slug in ["doc:read", "doc:write"] {
        play.ok("create_permission", json!({"slug": slug, "name": slug}));
    }
    play.ok("create_environment_role", json!({"slug": "reader", "name": "Reader"}));
    play.ok("set_environment_role_permissions", json!({"slug": "reader", "permissions": ["doc:read"]}));
    play.ok("create_environment_role", json!({"slug": "writer", "name": "Writer"}));
    play.ok(
        "set_environment_role_permissions",
        json!({"slug": "writer", "permissions": ["doc:read", "doc:write"]}),
    );
    Site { play, organization, members, workspace, project, document }
}

impl Site<'_> {
    fn assign(&self, member: usize, role: &str, resource: &str) -> Value {
        let given = json!({
            "organization_membership_id": self.members[member], "role_slug": role, "resource_id": resource,
        });
        self.play.ok("assign_resource_role", given)
    }

    fn may(&self, member: usize, permission: &str, resource: &str) -> bool {
        let given = json!({
            "organization_membership_id": self.members[member], "permission_slug": permission, "resource_id": resource,
        });
        self.play.ok("check_authorization", given)["authorized"] == true
    }
}

#[test]
fn a_role_holds_for_what_is_below() {
    let play = Play::new();
    let site = site(&play);
    let (document, project) = (site.document.as_str(), site.project.as_str());
    assert!(!site.may(0, "doc:read", document));
    let assignment = site.assign(0, "reader", project);
    assert_eq!(
        assignment["resource"],
        json!({"id": project, "external_id": "1", "resource_type_slug": "project"})
    );
    assert_eq!(assignment["source"]["type"], "direct");
    assert_eq!(site.assign(0, "reader", project)["id"], assignment["id"]);
    assert!(site.may(0, "doc:read", document) && site.may(0, "doc:read", project));
    assert!(!site.may(0, "doc:read", &site.workspace));
    assert!(!site.may(0, "doc:write", document) && !site.may(1, "doc:read", document));
    // A role of the organization holds for all of it.
    play.ok("update_organization_membership", json!({"id": site.members[1], "role_slug": "writer"}));
    assert!(site.may(1, "doc:write", document));
    play.ok("deactivate_organization_membership", json!({"id": site.members[1]}));
    assert!(!site.may(1, "doc:write", document));
    let id = json!({"organization_membership_id": site.members[0], "role_assignment_id": assignment["id"]});
    play.ok("delete_role_assignment", id);
    assert!(!site.may(0, "doc:read", document));
}

#[test]
fn what_somebody_may_is_listed_from_all_sides() {
    let play = Play::new();
    let site = site(&play);
    site.assign(0, "reader", &site.project);
    site.assign(0, "writer", &site.document);
    site.assign(2, "reader", &site.document);
    let membership = &site.members[0];
    let permissions = |resource: &str| {
        let given = json!({"organization_membership_id": membership, "resource_id": resource});
        let mut slugs = play.listed("list_effective_permissions", given, "slug");
        slugs.sort();
        slugs
    };
    assert_eq!(permissions(&site.document), ["doc:read", "doc:write"]);
    assert_eq!(permissions(&site.project), ["doc:read"]);
    let given = json!({
        "organization_membership_id": membership, "resource_type_slug": "project", "external_id": "1",
    });
    assert_eq!(play.listed("list_effective_permissions_by_external_id", given, "slug"), ["doc:read"]);
    let mut below = json!({
        "organization_membership_id": membership, "permission_slug": "doc:read",
        "parent_resource_external_id": "1", "parent_resource_type_slug": "workspace",
    });
    assert_eq!(play.listed("list_resources_for_membership", below.clone(), "id"), [site.project.clone()]);
    below["permission_slug"] = "doc:write".into();
    assert!(play.listed("list_resources_for_membership", below, "id").is_empty());
    let who = |assignment: &str| {
        let given =
            json!({"resource_id": site.document, "permission_slug": "doc:read", "assignment": assignment});
        play.listed("list_memberships_for_resource", given, "id").len()
    };
    assert_eq!((who("direct"), who("indirect")), (2, 2));
    site.assign(1, "reader", &site.workspace);
    assert_eq!((who("direct"), who("indirect")), (2, 3));
    let on = json!({"resource_id": site.document, "role_slug": "writer"});
    assert_eq!(
        play.listed("list_role_assignments_for_resource", on, "organization_membership_id"),
        [membership.clone()]
    );
    let of = json!({"organization_membership_id": membership, "resource_type_slug": "document"});
    assert_eq!(play.listed("list_membership_role_assignments", of, "id").len(), 1);
}

#[test]
fn resources_have_unique_external_ids_and_a_place() {
    let play = Play::new();
    let site = site(&play);
    let same = json!({
        "organization_id": site.organization, "resource_type_slug": "project", "external_id": "1", "name": "Again",
    });
    let conflict = (409, "authorization_resource_external_id_conflict".to_owned());
    assert_eq!(play.fails("create_authorization_resource", same), conflict);
    let below_itself = json!({"resource_id": site.workspace, "parent_resource_id": site.document});
    assert_eq!(play.fails("update_authorization_resource", below_itself).0, 422);
    let moved = json!({
        "organization_id": site.organization, "resource_type_slug": "document", "external_id": "1",
        "parent_resource_external_id": "1", "parent_resource_type_slug": "workspace", "name": "Moved",
    });
    let moved = play.ok("update_authorization_resource_by_external_id", moved);
    assert_eq!((&moved["parent_resource_id"], &moved["name"]), (&json!(site.workspace), &json!("Moved")));
    let children = json!({"organization_id": site.organization, "parent_resource_id": site.workspace});
    assert_eq!(play.listed("list_authorization_resources", children, "id").len(), 2);
    let no = play.fails("list_authorization_resources", json!({}));
    assert_eq!(no, (400, "missing_organization_id_or_resource_type_slug".into()));
    let (other, _) = team(&play, "Elsewhere", 0);
    let elsewhere = json!({"organization_id": other, "resource_type_slug": "document", "external_id": "1"});
    assert_eq!(play.fails("get_authorization_resource_by_external_id", elsewhere).0, 404);
}

#[test]
fn a_resource_goes_with_what_depends_on_it_only_if_told() {
    let play = Play::new();
    let site = site(&play);
    let dependents = (409, "resource_has_dependents".to_owned());
    assert_eq!(play.fails("delete_authorization_resource", json!({"resource_id": site.project})), dependents);
    site.assign(0, "reader", &site.document);
    assert_eq!(
        play.fails("delete_authorization_resource", json!({"resource_id": site.document})),
        dependents
    );
    let workspace = json!({
        "organization_id": site.organization, "resource_type_slug": "workspace", "external_id": "1", "cascade_delete": true,
    });
    play.ok("delete_authorization_resource_by_external_id", workspace);
    assert_eq!(play.fails("get_authorization_resource", json!({"resource_id": site.document})).0, 404);
    let of = json!({"organization_membership_id": site.members[0]});
    assert!(play.listed("list_membership_role_assignments", of, "id").is_empty());
}

#[test]
fn members_of_a_group_have_its_roles() {
    let play = Play::new();
    let site = site(&play);
    let group = json!({"organization_id": site.organization, "name": "Editors"});
    let group = text(&play.ok("create_organization_group", group), "id");
    let with = |member: usize| json!({"organization_id": site.organization, "group_id": group, "organization_membership_id": site.members[member]});
    play.ok("add_group_member", with(0));
    let role = json!({"group_id": group, "role_slug": "writer", "resource_id": site.project});
    let assigned = play.ok("assign_role_to_group", role.clone());
    let duplicate = play.fails("assign_role_to_group", role.clone());
    assert_eq!(duplicate, (409, "duplicate_group_role_assignment".into()));
    play.ok("add_group_member", with(1));
    assert!(site.may(0, "doc:write", &site.document) && site.may(1, "doc:write", &site.document));
    let of = json!({"organization_membership_id": site.members[1]});
    let listed = play.ok("list_membership_role_assignments", of);
    let source = json!({
        "type": "group", "group_role_assignment_id": assigned["id"], "group": {"id": group, "name": "Editors"},
    });
    assert_eq!(listed["data"][0]["source"], source);
    // It is the group's to lose.
    let id =
        json!({"organization_membership_id": site.members[1], "role_assignment_id": listed["data"][0]["id"]});
    assert_eq!(play.fails("delete_role_assignment", id).0, 422);
    let out = json!({"organization_id": site.organization, "group_id": group, "om_id": site.members[1]});
    play.ok("remove_group_member", out);
    assert!(!site.may(1, "doc:write", &site.document));
    // All others go; the one that stays keeps its ID.
    let all = json!({"group_id": group, "role_assignments": [
        {"role_slug": "writer", "resource_id": site.project}, {"role_slug": "reader"}]});
    let replaced = play.listed("replace_group_role_assignments", all, "id");
    assert!(replaced.len() == 2 && replaced.contains(&text(&assigned, "id")), "{replaced:?}");
    assert!(site.may(0, "doc:read", &site.workspace));
    let overlap =
        json!({"group_id": group, "add": [{"role_slug": "reader"}], "remove": [{"role_slug": "reader"}]});
    let overlap = play.fails("update_group_role_assignments", overlap);
    assert_eq!(overlap, (400, "group_role_assignment_update_overlap".into()));
    play.ok("update_group_role_assignments", json!({"group_id": group, "remove": [{"role_slug": "reader"}]}));
    assert!(!site.may(0, "doc:read", &site.workspace));
    play.ok("remove_group_role_assignments", role.clone());
    assert_eq!(play.fails("remove_group_role_assignments", role).0, 404);
    assert!(!site.may(0, "doc:write", &site.document));
}

#[test]
fn what_is_not_there_is_named() {
    let play = Play::new();
    let site = site(&play);
    let unknown = json!({
        "organization_membership_id": site.members[0], "role_slug": "nobody", "resource_id": site.project,
    });
    assert_eq!(play.fails("assign_resource_role", unknown), (404, "role_not_found".into()));
    // A resource of another organization is none.
    let (other, _) = team(&play, "Foreign", 0);
    let (_, stranger) = member(&play, &other, "stranger");
    let foreign = json!({
        "organization_membership_id": stranger, "permission_slug": "doc:read", "resource_id": site.project,
    });
    assert_eq!(play.fails("check_authorization", foreign).0, 404);
}
