//! The world in which the sandbox begins: a dozen customers with look-alike names, their people,
//! connections whose certificates run out, two directories, and what happened in the last month. Times are
//! relative to now; the rest is the same for the same seed.
//!
//! It is made with the operations of the API as far as these reach, so all rules hold in it.

mod directories;
mod month;

use serde_json::{Value, json};

use super::clock::DAY;
use super::ids::mixed;
use super::world::{Object, Read, World, object};
use super::{examples, fixture, rules};

/// A customer: name, domain, external ID, the type of its connection if it has one, and the days that the
/// certificate of that is still good for.
type Customer = (&'static str, &'static str, &'static str, Option<(&'static str, i64)>);

const CUSTOMERS: &[Customer] = &[
    ("Bluebird Health", "bluebird-health.example", "cust-1001", Some(("OktaSAML", 9))),
    ("Bluebird Health Staging", "staging.bluebird-health.example", "cust-1002", None),
    ("Bluebird Healthcare", "bluebirdhealthcare.example", "cust-1003", Some(("AzureSAML", 240))),
    ("Cedar Analytics", "cedar-analytics.example", "cust-1004", Some(("GoogleSAML", 27))),
    ("Cedar Analytics GmbH", "cedar-analytics-de.example", "cust-1005", None),
    ("Fjord Robotics", "fjord-robotics.example", "cust-1006", Some(("OktaSAML", -3))),
    ("Juniper Legal", "juniper-legal.example", "cust-1007", None),
    ("Kestrel Bank", "kestrel-bank.example", "cust-1008", Some(("EntraIdOIDC", 0))),
    ("Kestrel Banking Group", "kestrel-group.example", "cust-1009", Some(("ADFSSAML", 412))),
    ("Marigold Foods", "marigold-foods.example", "cust-1010", None),
    ("Orchard Schools", "orchard-schools.example", "cust-1011", Some(("PingFederateSAML", 68))),
    ("Tidewater Logistics", "tidewater.example", "cust-1012", None),
];
const PEOPLE_OF_EACH: u64 = 5;
const FIRST_NAMES: &[&str] = &[
    "Ada", "Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ines", "Jonas", "Kofi",
    "Lena", "Mateo", "Nadia", "Omar", "Priya", "Quentin", "Rosa", "Samir", "Tomoko", "Ursula", "Viktor",
    "Wanda", "Ximena", "Yusuf", "Zofia",
];
const LAST_NAMES: &[&str] = &[
    "Abara",
    "Bergman",
    "Castillo",
    "Duarte",
    "Eriksen",
    "Fontaine",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Rossi",
    "Silva",
    "Tanaka",
    "Varga",
    "Weber",
    "Yilmaz",
    "Zhang",
];

/// The world, with everything in it.
pub(super) fn world(seed: u64) -> World {
    let mut world = World::empty(seed);
    let now = world.milliseconds();
    // It is all made in one moment.
    world.set_time(Some(now));
    // Events reach back a month.
    world.set_quiet(true);
    examples::put_in(&mut world);
    rules::begin(&mut world);
    world.set_time(Some(now - 300 * DAY));
    let mut maker = Maker { world, seed, picked: 0, now };
    maker.roles();
    let organizations: Vec<Object> = CUSTOMERS.iter().map(|customer| maker.customer(*customer)).collect();
    maker.directories(&organizations);
    maker.world.set_quiet(false);
    maker.month(&organizations);
    let mut world = maker.world;
    world.leave_room_for_examples();
    world.set_time(None);
    world.keep();
    world
}

/// Makes the world.
struct Maker {
    world: World,
    seed: u64,
    /// How many choices were made.
    picked: u64,
    now: i64,
}

impl Maker {
    /// Calls an operation. What fails leaves nothing; tests see to it that nothing does.
    fn play(&mut self, name: &str, arguments: Value) -> Object {
        let (Some(operation), Value::Object(arguments)) =
            (crate::api::operations().find(|operation| operation.name == name), arguments)
        else {
            return Object::new();
        };
        let answer = super::done(&mut self.world, operation, &arguments);
        self.world.keep();
        match answer {
            Ok(Value::Object(answer)) => answer,
            Ok(_) => Object::new(),
            Err(fault) => {
                debug_assert!(false, "{name} {arguments:?}: {}", fault.body);
                Object::new()
            }
        }
    }

    /// A number below another, as the seed has it.
    fn below(&mut self, end: u64) -> u64 {
        self.picked += 1;
        mixed(self.seed ^ 0x0b1e, self.picked) % end
    }

    /// One of these.
    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let place = self.below(all.len() as u64);
        all[usize::try_from(place).unwrap_or(0)]
    }

    /// The example object of a kind, as one of its own: new ID, new times.
    fn like_example(&mut self, kind: &str, id: &str) -> Object {
        let mut object = self.world.get(kind, id).cloned().unwrap_or_default();
        let prefix = fixture::prefix(id).unwrap_or_default();
        object.insert("id".to_owned(), self.world.new_id(prefix).into());
        for field in ["created_at", "updated_at"] {
            object.insert(field.to_owned(), self.world.now().into());
        }
        object
    }

    /// Roles and permissions of the environment.
    fn roles(&mut self) {
        for (slug, name) in [
            ("reports:read", "Read reports"),
            ("reports:write", "Write reports"),
            ("billing:manage", "Manage billing"),
        ] {
            self.play("create_permission", json!({"slug": slug, "name": name}));
        }
        for (slug, name, permissions) in [
            ("analyst", "Analyst", &["reports:read", "reports:write"][..]),
            ("billing", "Billing", &["billing:manage"]),
        ] {
            self.play("create_environment_role", json!({"slug": slug, "name": name}));
            self.play(
                "set_environment_role_permissions",
                json!({"role_slug": slug, "permissions": permissions}),
            );
        }
    }

    /// An organization with its people and, where it has one, its connection.
    fn customer(&mut self, (name, domain, external_id, connection): Customer) -> Object {
        let plan = self.one_of(&["free", "team", "enterprise"]);
        let organization = self.play(
            "create_organization",
            json!({
                "name": name,
                "external_id": external_id,
                "metadata": {"plan": plan},
                "domain_data": [{"domain": domain, "state": if connection.is_some() { "verified" } else { "pending" }}],
            }),
        );
        for place in 0..PEOPLE_OF_EACH {
            self.person(&organization, domain, place);
        }
        if let Some((kind, days)) = connection {
            self.connection(&organization, domain, kind, days);
        }
        organization
    }

    /// A user of an organization. The first is its admin, and one in a few has left.
    fn person(&mut self, organization: &Object, domain: &str, place: u64) {
        let (first, last) = (self.one_of(FIRST_NAMES), self.one_of(LAST_NAMES));
        let (mut local, mut number) = (format!("{first}.{last}").to_lowercase(), 1);
        while self.world.by("user", "email", &format!("{local}@{domain}")).is_some() {
            number += 1;
            local = format!("{first}.{last}{number}").to_lowercase();
        }
        let user = self.play(
            "create_user",
            json!({
                "email": format!("{local}@{domain}"),
                "first_name": first,
                "last_name": last,
                "email_verified": place != 4,
            }),
        );
        let role = match place {
            0 => "admin",
            1 => "analyst",
            2 if self.below(3) == 0 => "billing",
            _ => "member",
        };
        let membership = self.play(
            "create_organization_membership",
            json!({"user_id": user.text("id"), "organization_id": organization.text("id"), "role_slug": role}),
        );
        if place == 4 && self.below(2) == 0 {
            self.play("deactivate_organization_membership", json!({"id": membership.text("id")}));
        }
    }

    /// A connection whose certificate is good for so many days from now.
    fn connection(&mut self, organization: &Object, domain: &str, kind: &str, days: i64) {
        let mut connection = self.like_example("connection", "conn_01EXAMPLE0CONNECTION");
        let id = connection.text("id").to_owned();
        let key = id[id.len() - 8..].to_lowercase();
        let domain_id = domain_of(organization, "id").to_owned();
        let saml = kind.ends_with("SAML");
        let fields = json!({
            "organization_id": organization.text("id"),
            "name": format!("{} {}", organization.text("name"), if saml { "SAML" } else { "OIDC" }),
            "connection_type": kind,
            "state": "active",
            "status": "linked",
            "external_id": null,
            "domains": [{"object": "connection_domain", "id": domain_id, "domain": domain}],
            "callback_endpoint": format!("https://auth.workos.example/sso/{}/{key}", if saml { "saml/acs" } else { "oidc" }),
            "saml_options": saml.then(|| json!({
                "acs_url": format!("https://auth.workos.example/sso/saml/acs/{key}"),
                "sp_entity_id": format!("https://auth.workos.example/{key}"),
                "sp_metadata_url": format!("https://auth.workos.example/sso/saml/metadata/{key}"),
                "idp_entity_id": format!("https://idp.{domain}/entity"),
                "idp_sso_url": format!("https://idp.{domain}/sso"),
                "idp_metadata_url": format!("https://idp.{domain}/metadata"),
                "idp_signing_certs": [],
                "sp_signing_cert": null,
                "sp_encryption_certs": [],
            })),
        });
        connection.extend(object(fields));
        if saml {
            let certificate_kind = "saml_idp_signing_certificate";
            let mut certificate = self.like_example(certificate_kind, "saml_cert_01EXAMPLE0IDP0SIGNING");
            certificate.insert("connection_id".to_owned(), id.into());
            let until = self.now + days * DAY;
            for (field, time) in [("not_before", until - 730 * DAY), ("not_after", until)] {
                certificate.insert(field.to_owned(), super::clock::written(time).into());
            }
            certificate.shift_remove("updated_at");
            if let Some(Value::Object(options)) = connection.get_mut("saml_options") {
                options.insert("idp_signing_certs".to_owned(), json!([certificate]));
            }
            self.world.put(certificate_kind, certificate);
        }
        self.world.put("connection", connection);
    }
}

/// A field of the first domain of an organization.
fn domain_of<'a>(organization: &'a Object, field: &str) -> &'a str {
    organization.get("domains").and_then(|domains| domains.get(0)?.get(field)?.as_str()).unwrap_or_default()
}
