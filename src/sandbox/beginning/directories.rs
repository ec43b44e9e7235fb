//! Two directories with two hundred people.

use serde_json::json;

use super::{FIRST_NAMES, LAST_NAMES, Maker, domain_of};
use crate::sandbox::rules::directory_sync::GROUPS;
use crate::sandbox::world::{Object, Read, object};

/// The organization that has it by its place, its type, and how many people are in it.
const DIRECTORIES: &[(usize, &str, u64)] = &[(0, "okta scim v2.0", 120), (5, "gsuite directory", 80)];
const DEPARTMENTS: &[&str] = &["Engineering", "Finance", "Legal", "Operations", "Sales", "Support"];

impl Maker {
    /// Directories with groups, one for each department, and people.
    pub(super) fn directories(&mut self, organizations: &[Object]) {
        for (place, kind, people) in DIRECTORIES {
            let Some(organization) = organizations.get(*place) else { continue };
            let directory = self.directory(organization, kind);
            let domain = directory.text("domain").to_owned();
            let groups: Vec<String> =
                DEPARTMENTS.iter().map(|department| self.group(&directory, department)).collect();
            for number in 0..*people {
                self.directory_user(&directory, &domain, &groups, number);
            }
        }
    }

    fn directory(&mut self, organization: &Object, kind: &str) -> Object {
        let mut directory = self.like_example("directory", "directory_01EXAMPLE0DIRECTORY");
        let key = self.world.new_token(16);
        let fields = json!({
            "organization_id": organization.text("id"),
            "name": organization.text("name"),
            "domain": domain_of(organization, "domain"),
            "external_key": key,
            "type": kind,
            "state": "linked",
        });
        directory.extend(object(fields));
        self.world.put("directory", directory.clone());
        directory
    }

    fn group(&mut self, directory: &Object, name: &str) -> String {
        let mut group = self.like_example("directory_group", "directory_group_01EXAMPLE0GROUP");
        let idp_id = self.world.new_token(12).to_lowercase();
        let fields = json!({
            "directory_id": directory.text("id"),
            "organization_id": directory.text("organization_id"),
            "name": name,
            "idp_id": idp_id,
            "raw_attributes": {"id": idp_id, "displayName": name},
        });
        group.extend(object(fields));
        let id = group.text("id").to_owned();
        self.world.put("directory_group", group);
        id
    }

    /// Most are active; some are suspended or have left.
    fn directory_user(&mut self, directory: &Object, domain: &str, groups: &[String], number: u64) {
        let mut user = self.like_example("directory_user", "directory_user_01EXAMPLE0USER");
        let (first, last) = (self.one_of(FIRST_NAMES), self.one_of(LAST_NAMES));
        let department = usize::try_from(self.below(DEPARTMENTS.len() as u64)).unwrap_or(0);
        let mut member_of = vec![groups[department].clone()];
        if self.below(6) == 0 {
            member_of.push(groups[(department + 1) % groups.len()].clone());
        }
        let email = format!("{first}.{last}.{number}@{domain}").to_lowercase();
        let title = self.one_of(&["Analyst", "Lead", "Manager", "Specialist"]);
        let state = match self.below(12) {
            0 => "inactive",
            1 => "suspended",
            _ => "active",
        };
        let fields = json!({
            "directory_id": directory.text("id"),
            "organization_id": directory.text("organization_id"),
            "idp_id": format!("{number:05}"),
            "email": email,
            "first_name": first,
            "last_name": last,
            "name": format!("{first} {last}"),
            "emails": [{"primary": true, "type": "work", "value": email}],
            "job_title": title,
            "username": email,
            "state": state,
            "raw_attributes": {"id": format!("{number:05}"), "userName": email},
            "custom_attributes": {"department": DEPARTMENTS[department], "job_title": title},
            "role": {"slug": "member"},
            "roles": [{"slug": "member"}],
            "groups": [],
            GROUPS: member_of,
        });
        user.extend(object(fields));
        self.world.put("directory_user", user);
        self.world.keep();
    }
}
