//! Accounts at providers, of users and of organizations. Each has one that older clients know
//! (`compatibility`), and may have further ones.

use serde_json::{Map, Value, json};

use super::{INTEGRATION, find, of_slug};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, changed, remove, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::world::{Object, Read, World};

pub(super) const ACCOUNT: &str = "connected_account";

/// Whose an account is.
pub(super) struct Owner {
    /// `user` or `organization`.
    pub kind: &'static str,
    /// Who owns it, or who connects it for the organization.
    pub user: String,
    /// For a user: where; empty for anywhere.
    pub organization: String,
}

impl Owner {
    /// Whom the arguments name; both have to be there.
    pub fn of(world: &World, call: &Call<'_>) -> Result<Self, Fault> {
        let in_path = |name: &str| call.path().any(|(argument, _)| argument == name);
        let is_organization = if in_path("user_id") || in_path("organization_id") {
            in_path("organization_id")
        } else {
            call.text("connection_owner") == "organization"
        };
        let owner = Self {
            kind: if is_organization { "organization" } else { "user" },
            user: call.text("user_id").to_owned(),
            organization: call.text("organization_id").to_owned(),
        };
        for (kind, id) in [("user", &owner.user), ("organization", &owner.organization)] {
            if !id.is_empty() {
                world.find(kind, id)?;
            }
        }
        Ok(owner)
    }

    fn owns(&self, account: &Object) -> bool {
        let kind = account.text("_owner");
        let is_here = self.organization.is_empty() || account.text("organization_id") == self.organization;
        (kind == self.kind || kind == "both")
            && is_here
            && (self.kind == "organization" || account.text("user_id") == self.user)
    }
}

/// The example's account is shown as a user's and as an organization's.
pub(super) fn begin(world: &mut World) {
    let accounts: Vec<Object> = world.all(ACCOUNT).cloned().collect();
    for mut account in accounts {
        account.shift_remove("slug");
        let until = world.from_now(crate::sandbox::clock::HOUR);
        for (field, value) in [
            ("_slug", "example-crm"),
            ("_owner", "both"),
            ("user_id", "user_01EXAMPLE0USER"),
            ("organization_id", "org_01EXAMPLE0ORGANIZATION"),
            ("state", "connected"),
            ("auth_method", "oauth"),
            ("_token", "example_provider_access_token"),
            ("_refresh_token", "example_provider_refresh_token"),
            ("_expires_at", &until),
        ] {
            account.insert(field.to_owned(), value.into());
        }
        account.insert("state_reason".to_owned(), Value::Null);
        world.put(ACCOUNT, account);
    }
}

pub(super) fn event(account: &Object, what: &str) -> Option<&'static str> {
    let is_connected = account.text("state") == "connected";
    match what {
        "created" if is_connected => Some("pipes.connected_account.connected"),
        "created" => Some("pipes.connected_account.reauthorization_needed"),
        "deleted" => Some("pipes.connected_account.disconnected"),
        _ => None,
    }
}

/// Two accounts with one name are hard to tell apart.
pub(super) fn warn(world: &World, account: &mut Object) {
    let name = account.text("account_display_name");
    let is_double = |other: &Object| {
        other.text("id") != account.text("id")
            && ["_slug", "_owner", "user_id", "organization_id", "account_display_name"]
                .iter()
                .all(|field| other.text(field) == account.text(field))
    };
    let mut warnings = Vec::new();
    if !name.is_empty() && world.all(ACCOUNT).any(is_double) {
        let message = "Another connection has this display name.";
        warnings.push(json!({"code": "duplicate_account_display_name", "message": message}));
    }
    account.insert("warnings".to_owned(), warnings.into());
}

/// The accounts that somebody has at a provider.
pub(super) fn owned(world: &World, slug: &str, owner: &Owner) -> Vec<Object> {
    world.all(ACCOUNT).filter(|one| one.text("_slug") == slug && owner.owns(one)).cloned().collect()
}

/// The IDs of the accounts that go with an integration.
pub(super) fn of_integration(world: &World, integration: &Object) -> Vec<String> {
    let (slug, kind) = (integration.text("slug"), integration.text("ownership"));
    let is_last = find(world, slug, if kind == "user" { "organization" } else { "user" }).is_none();
    let goes = |one: &&Object| {
        one.text("_slug") == slug && (one.text("_owner") == kind || (is_last && one.text("_owner") == "both"))
    };
    world.all(ACCOUNT).filter(goes).map(|one| one.text("id").to_owned()).collect()
}

/// The account that a call means: the one that it names, the only one if it knows that there may be
/// several, or else the one that older clients know.
pub(super) fn chosen(world: &World, call: &Call<'_>, owner: &Owner) -> Result<Option<Object>, Fault> {
    let slug = call.text("slug");
    of_slug(world, slug, owner.kind)?;
    let mut own = owned(world, slug, owner);
    let id = call.text("connected_account_id");
    if !id.is_empty() {
        let account = own.into_iter().find(|account| account.text("id") == id);
        return account.map(Some).ok_or_else(|| Fault::not_found(ACCOUNT, id));
    }
    if call.given("supports_multiple_connections") == Some(&Value::Bool(true)) {
        if own.len() > 1 {
            let message = "There are several connected accounts: name one of them.";
            return Err(Fault::coded(409, "account_selection_required", message));
        }
        return Ok(own.pop());
    }
    Ok(own.into_iter().find(|account| account.text("connection_role") == "compatibility"))
}

fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let owner = Owner::of(world, call)?;
    chosen(world, call, &owner)?.ok_or_else(|| Fault::not_found(ACCOUNT, call.text("slug")))
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let account = named(world, call)?;
    Ok(answered(world, call, ACCOUNT, account))
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let account = named(world, call)?;
    remove(world, ACCOUNT, account.text("id"));
    Ok(Value::Null)
}

/// A new account, without credentials as yet. Only one that is said to be added stands beside another.
pub(super) fn new(world: &mut World, slug: &str, owner: &Owner, adds: bool) -> Result<Object, Fault> {
    let own = owned(world, slug, owner);
    let has_usual = own.iter().any(|account| account.text("connection_role") == "compatibility");
    if has_usual && !adds {
        return Err(Fault::coded(
            409,
            "connected_account_already_exists",
            "The account is connected already.",
        ));
    }
    let (id, now) = (world.new_id("data_installation_"), world.now());
    let some = |id: &str| if id.is_empty() { Value::Null } else { id.into() };
    let account = json!({
        "object": ACCOUNT,
        "id": id,
        "connection_role": if has_usual { "standard" } else { "compatibility" },
        "account_identifier": null,
        "account_display_name": null,
        "user_id": if owner.kind == "user" { some(&owner.user) } else { Value::Null },
        "organization_id": some(&owner.organization),
        "scopes": [],
        "auth_method": "oauth",
        "api_key_last_4": null,
        "client_id": null,
        "client_secret_last_4": null,
        "config": {},
        "state": "connected",
        "established_by_user_id": some(&owner.user),
        "state_reason": null,
        "created_at": now,
        "updated_at": now,
        "_slug": slug,
        "_owner": owner.kind,
    });
    match account {
        Value::Object(account) => Ok(account),
        _ => Ok(Map::new()),
    }
}

/// Stores an account, new or changed, and tells what became of it.
pub(super) fn put(world: &mut World, mut account: Object) -> Object {
    let before = world.get(ACCOUNT, account.text("id")).cloned();
    account.insert("updated_at".to_owned(), world.now().into());
    world.put(ACCOUNT, account.clone());
    match before {
        None => {
            if let Some(event) = event(&account, "created") {
                let data = told(world, ACCOUNT, account.clone());
                world.happened(event, data, Map::new());
            }
        }
        Some(before) if before.text("state") != account.text("state") => {
            if let Some(event) = event(&account, "created") {
                let before = told(world, ACCOUNT, before);
                changed(world, event, ACCOUNT, before, account.clone());
            }
        }
        Some(_) => {}
    }
    account
}

pub(super) fn import(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let owner = Owner::of(world, call)?;
    let slug = call.text("slug");
    of_slug(world, slug, owner.kind)?;
    let mut account = new(world, slug, &owner, call.text("connection_intent") == "add")?;
    describe(call, &mut account);
    take_tokens(call, &mut account, true)?;
    let account = put(world, account);
    Ok(answered(world, call, ACCOUNT, account))
}

pub(super) fn change(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut account = named(world, call)?;
    describe(call, &mut account);
    take_tokens(call, &mut account, false)?;
    let account = put(world, account);
    Ok(answered(world, call, ACCOUNT, account))
}

/// What people call it.
pub(super) fn describe(call: &Call<'_>, account: &mut Object) {
    for name in ["account_display_name", "account_identifier", "scopes", "config"] {
        if let Some(value) = call.arguments.get(name) {
            account.insert(name.to_owned(), value.clone());
        }
    }
}

/// An access token that ends has to come with one that gets the next. Without tokens somebody has to
/// authorize anew.
fn take_tokens(call: &Call<'_>, account: &mut Object, is_new: bool) -> Result<(), Fault> {
    let (access, refresh) = (call.text("access_token"), call.text("refresh_token"));
    let ends = call.given("expires_at").is_some();
    if ends && access.is_empty() {
        return Err(Fault::invalid("access_token", "required"));
    }
    if ends && refresh.is_empty() {
        return Err(Fault::invalid("refresh_token", "required"));
    }
    let has_tokens = !access.is_empty() || !refresh.is_empty();
    if has_tokens {
        account.insert("auth_method".to_owned(), "oauth".into());
        for (field, value) in
            [("_token", access), ("_refresh_token", refresh), ("_expires_at", call.text("expires_at"))]
        {
            account.insert(field.to_owned(), value.into());
        }
    }
    let state = match call.text("state") {
        "needs_reauthorization" => Some("needs_reauthorization"),
        _ if has_tokens => Some("connected"),
        _ if is_new => Some("needs_reauthorization"),
        _ => None,
    };
    if let Some(state) = state {
        account.insert("state".to_owned(), state.into());
        account.insert("state_reason".to_owned(), Value::Null);
    }
    Ok(())
}

/// As lists of providers show an account: also by the names of older versions.
pub(super) fn in_provider(world: &World, account: &Object) -> Value {
    let mut account = account.clone();
    warn(world, &mut account);
    account.retain(|name, _| !name.starts_with('_'));
    account.insert("userlandUserId".to_owned(), account.get("user_id").cloned().unwrap_or_default());
    let mut account = Value::Object(account);
    old_names(&mut account, &["organization_id", "created_at", "updated_at"]);
    account
}

/// Repeats fields by the names that they once had: `created_at` as `createdAt`.
pub(super) fn old_names(object: &mut Value, fields: &[&str]) {
    for field in fields {
        let mut old = String::new();
        for (place, word) in field.split('_').enumerate() {
            let (first, rest) = word.split_at(usize::from(place > 0).min(word.len()));
            old.push_str(&first.to_uppercase());
            old.push_str(rest);
        }
        object[old] = object[*field].clone();
    }
}

/// The scopes that an integration asks for and an account lacks.
pub(super) fn missing_scopes(world: &World, account: &Object) -> Vec<String> {
    let has = super::slugs(account, "scopes");
    let mut wanted = world
        .by(INTEGRATION, "slug", account.text("_slug"))
        .map(|integration| super::slugs(integration, "scopes"))
        .unwrap_or_default();
    wanted.retain(|scope| !has.contains(scope));
    wanted
}
