//! The vault: objects with versions, and data keys. Nothing is encrypted here: what stands for an encrypted
//! key is a token under which the sandbox knows the key.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Map, Value, json};

use super::Rules;
use crate::sandbox::call::Call;
use crate::sandbox::clock;
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_vault_objects", list),
        ("create_vault_object", create),
        ("get_vault_object", get),
        ("get_vault_object_by_name", get),
        ("describe_vault_object", describe),
        ("update_vault_object", update),
        ("delete_vault_object", delete),
        ("list_vault_object_versions", list_versions),
        ("create_vault_data_key", create_data_key),
        ("decrypt_vault_data_key", decrypt_data_key),
        ("rekey_vault_data_key", rekey_data_key),
    ],
    kinds: &[Kind::plain(OBJECT), Kind::plain(VERSION), Kind::plain(DATA_KEY)],
    begin,
};

// The vault's objects have no tags of their own.
const OBJECT: &str = "vault_object";
const VERSION: &str = "vault_object_version";
const DATA_KEY: &str = "vault_data_key";
/// Entries of a key context.
const MOST: usize = 10;

/// The objects of the examples, of which some only have a name there.
fn begin(world: &mut World) {
    let example = |name: &str| {
        let operation = crate::api::operations().find(|operation| operation.name == name);
        operation.and_then(|operation| fixture::of(operation).ok()).map(|fixture| &fixture.response)
    };
    let (Some(whole), Some(Value::Object(versions)), Some(Value::Object(names)), Some(Value::Object(key))) = (
        example("get_vault_object"),
        example("list_vault_object_versions"),
        example("list_vault_objects"),
        example("create_vault_data_key"),
    ) else {
        return;
    };
    let items =
        |list: &Map<String, Value>| list.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    for item in items(names) {
        let Value::Object(mut object) = whole["metadata"].clone() else { continue };
        if let Value::Object(item) = item {
            object.extend(item);
        }
        object.insert("_value".to_owned(), whole["value"].clone());
        for version in items(versions) {
            let Value::Object(mut version) = version else { continue };
            if object.text("id") != whole["id"] {
                let id = world.new_uuid();
                object.insert("version_id".to_owned(), id.clone().into());
                version.insert("id".to_owned(), id.into());
            }
            version.insert("object_id".to_owned(), object.text("id").into());
            let is_current = version.get("current_version") == Some(&Value::Bool(true));
            if object.text("id") == whole["id"] || is_current {
                world.put(VERSION, version);
            }
            if is_current && object.text("id") != whole["id"] {
                break;
            }
        }
        world.put(OBJECT, object);
    }
    world.put(DATA_KEY, key.clone());
}

/// All errors of the vault have this shape.
fn fault(status: u16, message: impl Into<String>) -> Fault {
    Fault::new(status, json!({"error": message.into()}))
}

/// The object that the path names.
fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let found = if call.takes("id") {
        world.get(OBJECT, call.text("id"))
    } else {
        world.by(OBJECT, "name", call.text("name"))
    };
    found.cloned().ok_or_else(|| fault(404, "Item not found."))
}

fn metadata(object: &Object) -> Value {
    let mut metadata = object.clone();
    metadata.retain(|name, _| name != "name" && !name.starts_with('_'));
    Value::Object(metadata)
}

/// An object with what its model has of it.
fn answered(call: &Call<'_>, object: &Object) -> Value {
    let mut object = object.clone();
    object.insert("metadata".to_owned(), metadata(&object));
    object.insert("value".to_owned(), object.get("_value").cloned().unwrap_or_default());
    shown(&object, &call.operation.answer, None)
}

fn list(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let after = clock::read(call.text("updatedAfter"));
    let wanted = call.text("search");
    let is_later = |object: &Object| {
        after.is_none_or(|after| clock::read(object.text("updated_at")).is_some_and(|time| time > after))
    };
    listing::page(world, call, OBJECT, |object| object.text("name").contains(wanted) && is_later(object))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let object = named(world, call)?;
    tell(world, "vault.data.read", &object);
    Ok(answered(call, &object))
}

fn describe(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let object = named(world, call)?;
    Ok(answered(call, &object))
}

fn check_context(context: Option<&Value>) -> Result<(), Fault> {
    let context = context.and_then(Value::as_object);
    let is_long = |value: &Value| value.as_str().is_none_or(|text| text.chars().count() > 500);
    match context {
        Some(context) if context.len() > MOST => Err(fault(400, "The key context has too many entries.")),
        Some(context) if context.values().any(is_long) => {
            Err(fault(400, "A value of the key context is too long."))
        }
        Some(_) => Ok(()),
        None => Err(fault(400, "The key context is required.")),
    }
}

fn create(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let name = call.text("name");
    if name.is_empty() || name.chars().count() > 200 {
        return Err(fault(400, "The name must have 1 to 200 characters."));
    }
    check_context(call.given("key_context"))?;
    if world.by(OBJECT, "name", name).is_some() {
        return Err(fault(409, "Item already exists."));
    }
    let (id, key) = (world.new_uuid(), world.new_uuid());
    let object = json!({
        "id": id,
        "name": name,
        "context": call.given("key_context"),
        "environment_id": "environment_01SANDBOX0ENVIRONMENT",
        "key_id": key,
    });
    let Value::Object(object) = object else { return Ok(Value::Null) };
    let object = put_version(world, object, call.text("value"));
    tell(world, "vault.data.created", &object);
    Ok(answered(call, &object))
}

/// Gives an object a new value, and with it a new version.
fn put_version(world: &mut World, mut object: Object, value: &str) -> Object {
    for id in world.ids(VERSION, "object_id", object.text("id")) {
        if let Some(mut version) = world.get(VERSION, &id).cloned() {
            version.insert("current_version".to_owned(), false.into());
            world.put(VERSION, version);
        }
    }
    let (id, now) = (world.new_uuid(), world.now());
    let version = json!({
        "id": id, "object_id": object.text("id"), "current_version": true, "etag": etag(value),
        "size": value.len(), "created_at": now,
    });
    if let Value::Object(version) = version {
        world.put(VERSION, version);
    }
    object.insert("version_id".to_owned(), id.into());
    object.insert("updated_at".to_owned(), now.into());
    object.insert("updated_by".to_owned(), json!({"id": "key_01SANDBOX", "name": "Sandbox"}));
    object.insert("_value".to_owned(), value.into());
    world.put(OBJECT, object.clone());
    object
}

/// The same for the same value.
fn etag(value: &str) -> String {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, value).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

/// Whether the version that the caller knows is still the current one.
fn check_version(call: &Call<'_>, object: &Object) -> Result<(), Fault> {
    match call.text("version_check") {
        known if known.is_empty() || known == object.text("version_id") => Ok(()),
        _ => Err(fault(409, "Item version does not match.")),
    }
}

fn update(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let object = named(world, call)?;
    check_version(call, &object)?;
    let object = put_version(world, object, call.text("value"));
    tell(world, "vault.data.updated", &object);
    Ok(answered(call, &object))
}

fn delete(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let object = named(world, call)?;
    check_version(call, &object)?;
    for version in world.ids(VERSION, "object_id", object.text("id")) {
        world.remove(VERSION, &version);
    }
    world.remove(OBJECT, object.text("id"));
    tell(world, "vault.data.deleted", &object);
    Ok(json!({"name": object.text("name"), "success": true}))
}

/// The newest first.
fn list_versions(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let object = named(world, call)?;
    let is_its_own = |version: &&Object| version.text("object_id") == object.text("id");
    let mut versions: Vec<&Object> = world.all(VERSION).filter(is_its_own).collect();
    versions.reverse();
    let fixture = fixture::of(call.operation)?;
    let model = listing::model(&call.operation.answer);
    Ok(listing::paged(call, fixture, &versions, |version| shown(version, &model, None)))
}

/// Events of the vault say which object was used, and never its value.
fn tell(world: &mut World, event: &str, object: &Object) {
    let data = json!({
        "actor_id": "key_01SANDBOX",
        "actor_source": "api",
        "actor_name": "Sandbox",
        "kv_name": object.get("name"),
        "key_id": object.get("key_id"),
        "key_context": object.get("context"),
    });
    if let Value::Object(data) = data {
        world.happened(event, data, Map::new());
    }
}

fn create_data_key(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    check_context(call.given("context"))?;
    // 32 bytes in Base64: the last digit before the sign of equality has two bits.
    let data_key = format!("{}A=", world.new_token(42));
    put_data_key(world, call, &data_key)
}

/// Protects a data key under a key context.
fn put_data_key(world: &mut World, call: &Call<'_>, data_key: &str) -> Result<Value, Fault> {
    let (id, encrypted) = (world.new_uuid(), world.new_token(96));
    let key = json!({
        "id": id,
        "key_id": id,
        "data_key": data_key,
        "encrypted_keys": encrypted,
        "context": call.given("context"),
    });
    let Value::Object(key) = key else { return Ok(Value::Null) };
    world.put(DATA_KEY, key.clone());
    tell(world, "vault.dek.read", &key);
    Ok(shown(&key, &call.operation.answer, None))
}

fn encrypted(world: &World, keys: &str) -> Result<Object, Fault> {
    let key = world.by(DATA_KEY, "encrypted_keys", keys);
    key.cloned().ok_or_else(|| fault(400, "The keys could not be decrypted."))
}

fn decrypt_data_key(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let key = encrypted(world, call.text("keys"))?;
    tell(world, "vault.dek.decrypted", &key);
    Ok(shown(&key, &call.operation.answer, None))
}

/// The same data key under another context; the old protection still holds.
fn rekey_data_key(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    check_context(call.given("context"))?;
    let key = encrypted(world, call.text("encrypted_keys"))?;
    put_data_key(world, call, key.text("data_key"))
}
