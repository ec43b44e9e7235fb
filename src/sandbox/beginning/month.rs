//! What happened in the last month: sign-ins that worked and that did not, people who came and went, a
//! role that was changed, a certificate that somebody was warned about.

use serde_json::{Value, json};

use super::{FIRST_NAMES, LAST_NAMES, Maker, domain_of};
use crate::sandbox::clock::{DAY, HOUR, MINUTE};
use crate::sandbox::world::{Actor, Object, Read, object};

const DAYS: i64 = 30;

impl Maker {
    /// Day by day, since events are in the order of time.
    pub(super) fn month(&mut self, organizations: &[Object]) {
        for day in (0..DAYS).rev() {
            self.world.set_time(Some(self.now - day * DAY - 5 * HOUR));
            self.story(day, organizations);
            for _ in 0..3 + self.below(4) {
                let minutes = 5 + i64::try_from(self.below(30)).unwrap_or(0);
                self.world.set_time(Some(self.world.milliseconds() + minutes * MINUTE));
                self.sign_in(organizations);
            }
        }
    }

    /// What somebody may be asked about later.
    fn story(&mut self, day: i64, organizations: &[Object]) {
        let people = |organization: &Object| {
            self.world.ids("organization_membership", "organization_id", organization.text("id"))
        };
        match day {
            // Someone in the dashboard takes an admin's rights away.
            21 => {
                let id = people(&organizations[3]).first().cloned().unwrap_or_default();
                self.in_dashboard(|maker| {
                    maker.play("update_organization_membership", json!({"id": id, "role_slug": "member"}));
                });
            }
            17 => {
                let id = people(&organizations[7]).get(2).cloned().unwrap_or_default();
                self.in_dashboard(|maker| {
                    maker.play("deactivate_organization_membership", json!({"id": id}));
                });
            }
            // A role may more than before.
            5 => {
                let permissions = ["billing:manage", "reports:read", "reports:write"];
                let analyst = json!({"role_slug": "analyst", "permissions": permissions});
                self.in_dashboard(|maker| drop(maker.play("set_environment_role_permissions", analyst)));
            }
            14 => {
                self.play(
                    "update_organization",
                    json!({"id": organizations[9].text("id"), "metadata": {"plan": "enterprise"}}),
                );
            }
            12 => self.invitation(&organizations[0]),
            6 => self.invitation(&organizations[6]),
            2 => self.invitation(&organizations[2]),
            // Warned a month before it ends, and a week.
            8 => self.certificate_warning(&organizations[0]),
            3 => self.certificate_warning(&organizations[5]),
            1 => {
                self.play(
                    "create_organization_api_key",
                    json!({"organization_id": organizations[2].text("id"), "name": "Nightly export"}),
                );
            }
            _ => {}
        }
    }

    /// As an administrator would, not over the API.
    fn in_dashboard(&mut self, work: impl FnOnce(&mut Self)) {
        let api = self.world.set_actor(Actor {
            id: "user_01SANDBOX0ADMINISTRATOR".to_owned(),
            source: "dashboard",
            name: "Dana Reyes".to_owned(),
        });
        work(self);
        self.world.set_actor(api);
    }

    fn invitation(&mut self, organization: &Object) {
        let (first, last) = (self.one_of(FIRST_NAMES), self.one_of(LAST_NAMES));
        let domain = domain_of(organization, "domain");
        let email = format!("{first}.{last}.new@{domain}").to_lowercase();
        self.play("send_invitation", json!({"email": email, "organization_id": organization.text("id")}));
    }

    fn certificate_warning(&mut self, organization: &Object) {
        let connection = self.world.by("connection", "organization_id", organization.text("id")).cloned();
        let Some(connection) = connection else { return };
        let certificate =
            self.world.by("saml_idp_signing_certificate", "connection_id", connection.text("id"));
        let not_after =
            certificate.map(|certificate| certificate.text("not_after").to_owned()).unwrap_or_default();
        let data = json!({
            "connection": {"id": connection.text("id"), "organization_id": connection.text("organization_id")},
            "certificate": {"certificate_type": "ResponseSigning", "expiry_date": not_after, "is_expired": false},
            "days_until_expiry": 14,
        });
        self.tell("connection.saml_certificate_renewal_required", data, organization);
    }

    /// Somebody signs in, through the connection where there is one. Some fail, those of a connection whose
    /// certificate is over all the time.
    fn sign_in(&mut self, organizations: &[Object]) {
        let place = usize::try_from(self.below(organizations.len() as u64)).unwrap_or(0);
        let organization = &organizations[place];
        let members: Vec<(String, String)> = self
            .world
            .all("organization_membership")
            .filter(|member| {
                member.text("organization_id") == organization.text("id") && member.text("status") == "active"
            })
            .map(|member| (member.text("user_id").to_owned(), member.text("id").to_owned()))
            .collect();
        if members.is_empty() {
            return;
        }
        let which = usize::try_from(self.below(members.len() as u64)).unwrap_or(0);
        let user_id = members[which].0.clone();
        let Some(user) = self.world.get("user", &user_id).cloned() else { return };
        let connection = self.world.by("connection", "organization_id", organization.text("id")).cloned();
        let is_over = connection.as_ref().is_some_and(|connection| {
            let certificate =
                self.world.by("saml_idp_signing_certificate", "connection_id", connection.text("id"));
            certificate.is_some_and(|certificate| self.world.is_over(certificate, "not_after"))
        });
        let fails = is_over || self.below(9) == 0;
        let method = if connection.is_some() { "sso" } else { "password" };
        let outcome = if fails { "failed" } else { "succeeded" };
        let mut data = json!({
            "type": method,
            "status": outcome,
            "user_id": user_id,
            "email": user.text("email"),
            "ip_address": format!("203.0.113.{}", self.below(250) + 1),
            "user_agent": "Mozilla/5.0",
        });
        if let Some(connection) = &connection {
            data["sso"] = json!({"organization_id": organization.text("id"), "connection_id": connection.text("id"), "session_id": null});
        }
        if fails {
            data["error"] = match (method, is_over) {
                ("sso", true) => {
                    json!({"code": "invalid_saml_certificate", "message": "The identity provider's signing certificate has expired."})
                }
                ("sso", false) => {
                    json!({"code": "profile_not_allowed_outside_organization", "message": "The profile's domain does not belong to the organization."})
                }
                _ => json!({"code": "invalid_credentials", "message": "The password is wrong."}),
            };
        } else {
            let now = self.world.now();
            // Not a change of the user that anybody is told of.
            let _ = self.world.set("user", &user_id, "last_sign_in_at", now.into());
            self.session(&user_id, organization, method, &data["ip_address"]);
        }
        self.tell(&format!("authentication.{method}_{outcome}"), data, organization);
    }

    fn session(&mut self, user_id: &str, organization: &Object, method: &str, ip_address: &Value) {
        let mut session = self.like_example("session", "session_01EXAMPLE0SESSION");
        let fields = json!({
            "user_id": user_id,
            "organization_id": organization.text("id"),
            "auth_method": method,
            "status": "active",
            "ip_address": ip_address,
            "impersonator": null,
            "ended_at": null,
            "expires_at": self.world.from_now(7 * DAY),
        });
        session.extend(object(fields));
        self.world.put("session", session);
    }

    fn tell(&mut self, event: &str, data: Value, organization: &Object) {
        self.world.happened_in(event, object(data), Object::new(), organization.text("id"));
    }
}
