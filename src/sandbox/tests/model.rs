//! Any sequence of operations, held against a model so simple that it can be seen to be right: two maps
//! and a set of pairs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Play;

/// One step. Numbers name what was made before, counted around.
#[derive(Debug, Clone)]
enum Step {
    CreateOrganization(u8, Option<u8>),
    RenameOrganization(usize, u8),
    GiveExternalId(usize, Option<u8>),
    DeleteOrganization(usize),
    CreateUser(u8),
    DeleteUser(usize),
    Join(usize, usize),
    Leave(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let external = || proptest::option::of(0..4_u8);
    prop_oneof![
        3 => (0..6_u8, external()).prop_map(|(name, id)| Step::CreateOrganization(name, id)),
        1 => (any::<usize>(), 0..6_u8).prop_map(|(which, name)| Step::RenameOrganization(which, name)),
        2 => (any::<usize>(), external()).prop_map(|(which, id)| Step::GiveExternalId(which, id)),
        1 => any::<usize>().prop_map(Step::DeleteOrganization),
        3 => (0..6_u8).prop_map(Step::CreateUser),
        1 => any::<usize>().prop_map(Step::DeleteUser),
        4 => (any::<usize>(), any::<usize>()).prop_map(|(user, organization)| Step::Join(user, organization)),
        1 => any::<usize>().prop_map(Step::Leave),
    ]
}

/// What there must be.
#[derive(Debug, Default)]
struct Model {
    /// Name and external ID.
    organizations: BTreeMap<String, (String, Option<String>)>,
    /// E-mail addresses.
    users: BTreeMap<String, String>,
    /// Of a user in an organization, by its own ID.
    memberships: BTreeMap<String, (String, String)>,
}

fn nth<T>(map: &BTreeMap<String, T>, which: usize) -> Option<String> {
    if map.is_empty() { None } else { map.keys().nth(which % map.len()).cloned() }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_default().to_owned()
}

impl Model {
    fn is_free(&self, external_id: Option<&String>, of: &str) -> bool {
        external_id.is_none_or(|wanted| {
            self.organizations.iter().all(|(id, (_, there))| id == of || there.as_ref() != Some(wanted))
        })
    }

    /// Does a step here and there. Both must agree on whether it can be done.
    fn play(&mut self, play: &Play, step: &Step) -> Result<(), TestCaseError> {
        let external = |number: &Option<u8>| number.map(|number| format!("model-{number}"));
        match step {
            Step::CreateOrganization(name, number) => {
                let (name, external_id) = (format!("Model {name}"), external(number));
                let free = self.is_free(external_id.as_ref(), "");
                let (status, answer) =
                    play.call("create_organization", json!({"name": name, "external_id": external_id}));
                prop_assert_eq!(status == 201, free, "{}", answer);
                if free {
                    self.organizations.insert(id(&answer), (name, external_id));
                }
            }
            Step::RenameOrganization(which, name) => {
                let Some(id) = nth(&self.organizations, *which) else { return Ok(()) };
                let name = format!("Model {name}");
                play.ok("update_organization", json!({"id": id, "name": name}));
                self.organizations.entry(id).and_modify(|organization| organization.0 = name);
            }
            Step::GiveExternalId(which, number) => {
                let Some(id) = nth(&self.organizations, *which) else { return Ok(()) };
                let external_id = external(number);
                let free = self.is_free(external_id.as_ref(), &id);
                let (status, answer) =
                    play.call("update_organization", json!({"id": id, "external_id": external_id}));
                prop_assert_eq!(status == 200, free, "{}", answer);
                if free {
                    self.organizations.entry(id).and_modify(|organization| organization.1 = external_id);
                }
            }
            Step::DeleteOrganization(which) => {
                let Some(id) = nth(&self.organizations, *which) else { return Ok(()) };
                play.ok("delete_organization", json!({"id": id}));
                self.organizations.remove(&id);
                self.memberships.retain(|_, (_, organization)| *organization != id);
            }
            Step::CreateUser(number) => {
                let email = format!("model{number}@people.example");
                let free = self.users.values().all(|there| *there != email);
                let (status, answer) = play.call("create_user", json!({"email": email}));
                prop_assert_eq!(status == 201, free, "{}", answer);
                if free {
                    self.users.insert(id(&answer), email);
                }
            }
            Step::DeleteUser(which) => {
                let Some(id) = nth(&self.users, *which) else { return Ok(()) };
                play.ok("delete_user", json!({"id": id}));
                self.users.remove(&id);
                self.memberships.retain(|_, (user, _)| *user != id);
            }
            Step::Join(user, organization) => {
                let (Some(user), Some(organization)) =
                    (nth(&self.users, *user), nth(&self.organizations, *organization))
                else {
                    return Ok(());
                };
                let pair = (user.clone(), organization.clone());
                let free = self.memberships.values().all(|there| *there != pair);
                let arguments = json!({"user_id": user, "organization_id": organization});
                let (status, answer) = play.call("create_organization_membership", arguments);
                prop_assert_eq!(status == 201, free, "{}", answer);
                if free {
                    self.memberships.insert(id(&answer), pair);
                }
            }
            Step::Leave(which) => {
                let Some(id) = nth(&self.memberships, *which) else { return Ok(()) };
                play.ok("delete_organization_membership", json!({"id": id}));
                self.memberships.remove(&id);
            }
        }
        Ok(())
    }

    /// What is there is what must be there, in lists and one by one.
    fn compare(&self, play: &Play) -> Result<(), TestCaseError> {
        let listed: BTreeSet<String> = play
            .listed("list_organizations", json!({"search": "Model", "limit": 100}), "id")
            .into_iter()
            .collect();
        prop_assert_eq!(&listed, &self.organizations.keys().cloned().collect());
        for (id, (name, external_id)) in &self.organizations {
            let there = play.ok("get_organization", json!({"id": id}));
            prop_assert_eq!((&there["name"], &there["external_id"]), (&json!(name), &json!(external_id)));
            if let Some(external_id) = external_id {
                let found = play.ok("get_organization_by_external_id", json!({"external_id": external_id}));
                prop_assert_eq!(found["id"].as_str(), Some(id.as_str()));
            }
            let members = json!({"organization_id": id, "limit": 100});
            let members: BTreeSet<String> =
                play.listed("list_organization_memberships", members, "user_id").into_iter().collect();
            let expected = self.memberships.values().filter(|(_, organization)| organization == id);
            prop_assert_eq!(members, expected.map(|(user, _)| user.clone()).collect());
        }
        for (id, email) in &self.users {
            prop_assert_eq!(&play.ok("get_user", json!({"id": id}))["email"], &json!(email));
            prop_assert_eq!(play.listed("list_users", json!({"email": email}), "id"), [id.as_str()]);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_leaves_what_it_should(steps in proptest::collection::vec(step(), 1..40)) {
        let play = Play::new();
        let mut model = Model::default();
        for step in &steps {
            model.play(&play, step)?;
        }
        model.compare(&play)?;
    }
}
