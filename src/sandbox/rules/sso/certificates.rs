//! Certificates of SAML connections. Those that WorkOS would make are none: nobody could use them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;
use serde_json::Value;

use crate::sandbox::call::Call;
use crate::sandbox::clock::{DAY, written};
use crate::sandbox::derived::answered;
use crate::sandbox::fault::Fault;
use crate::sandbox::world::{Object, Read, World};

pub(super) const IDP_SIGNING: &str = "saml_idp_signing_certificate";
pub(super) const SP_SIGNING: &str = "saml_sp_signing_certificate";
pub(super) const SP_ENCRYPTION: &str = "saml_sp_encryption_certificate";

/// How long certificates are good for.
const LASTS: i64 = 3 * 365 * DAY;
/// The most encryption certificates at once.
const MOST_ENCRYPTION: usize = 10;

fn of<'a>(world: &'a World, kind: &str, connection_id: &str) -> impl Iterator<Item = &'a Object> {
    world.all(kind).filter(move |certificate| certificate.text("connection_id") == connection_id)
}

/// The connection of a certificate, which must be one that has certificates.
fn check_connection(world: &World, id: &str) -> Result<(), Fault> {
    let connection = world.find("connection", id)?;
    if connection.text("connection_type").ends_with("SAML") {
        return Ok(());
    }
    Err(Fault::coded(422, "connection_is_not_saml", "Only SAML connections have certificates."))
}

/// Value and times of a new certificate. What the identity provider has is taken as it is given.
fn complete(world: &World, certificate: &mut Object, value: &str) -> Result<(), Fault> {
    let value = if value.is_empty() {
        let nothing =
            STANDARD.encode(format!("Not a certificate: {} of the sandbox", certificate.text("id")));
        format!("-----BEGIN CERTIFICATE-----\n{nothing}\n-----END CERTIFICATE-----")
    } else if value.trim_start().starts_with("-----BEGIN CERTIFICATE-----")
        && value.trim_end().ends_with("-----END CERTIFICATE-----")
    {
        value.to_owned()
    } else {
        return Err(Fault::coded(422, "invalid_certificate", "That is no X.509 certificate in PEM."));
    };
    let (not_before, not_after) = validity(&value).unwrap_or_else(|| (world.now(), world.from_now(LASTS)));
    certificate.insert("value".to_owned(), value.into());
    certificate.insert("not_before".to_owned(), not_before.into());
    certificate.insert("not_after".to_owned(), not_after.into());
    Ok(())
}

/// From when to when a certificate says that it is good, where it is a real one: the two times that stand
/// side by side in its DER.
fn validity(pem: &str) -> Option<(String, String)> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = STANDARD.decode(text).ok()?;
    (0..der.len()).find_map(|place| {
        let (not_before, length) = time(&der[place..])?;
        let (not_after, _) = time(&der[place + length..])?;
        Some((written(not_before), written(not_after)))
    })
}

/// A time at the beginning of DER, and its length there: `UTCTime` with two digits of a year, or
/// `GeneralizedTime` with four.
fn time(der: &[u8]) -> Option<(i64, usize)> {
    let digits = |from: usize, to: usize| std::str::from_utf8(der.get(from..to)?).ok();
    let (text, length) = match der.get(..2)? {
        [0x17, 13] => {
            let century = if digits(2, 4)? < "50" { "20" } else { "19" };
            (format!("{century}{}", digits(2, 15)?), 15)
        }
        [0x18, 15] => (digits(2, 17)?.to_owned(), 17),
        _ => return None,
    };
    let time = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some((time.and_utc().timestamp_millis(), length))
}

/// Another certificate of a connection.
pub(super) fn put(world: &mut World, kind: &str, connection_id: &str, value: &str) -> Result<(), Fault> {
    let (id, now) = (world.new_id("saml_cert_"), world.now());
    let mut certificate = Object::new();
    for (name, value) in
        [("object", kind), ("id", &id), ("connection_id", connection_id), ("created_at", &now)]
    {
        certificate.insert(name.to_owned(), value.into());
    }
    complete(world, &mut certificate, value)?;
    world.put(kind, certificate);
    Ok(())
}

pub(super) fn make_idp_signing(
    world: &mut World,
    call: &Call<'_>,
    certificate: &mut Object,
) -> Result<(), Fault> {
    check_connection(world, call.text("connection_id"))?;
    if call.text("value").is_empty() {
        return Err(Fault::coded(422, "invalid_certificate", "The certificate is missing."));
    }
    complete(world, certificate, call.text("value"))
}

pub(super) fn make_sp_signing(
    world: &mut World,
    call: &Call<'_>,
    certificate: &mut Object,
) -> Result<(), Fault> {
    let connection = call.text("connection_id");
    check_connection(world, connection)?;
    if of(world, SP_SIGNING, connection).next().is_some() {
        let message = "There is a signing certificate already: delete it first.";
        return Err(Fault::coded(409, "sp_signing_cert_already_exists", message));
    }
    complete(world, certificate, "")
}

pub(super) fn make_sp_encryption(
    world: &mut World,
    call: &Call<'_>,
    certificate: &mut Object,
) -> Result<(), Fault> {
    let connection = call.text("connection_id");
    check_connection(world, connection)?;
    if of(world, SP_ENCRYPTION, connection).count() >= MOST_ENCRYPTION {
        let message = "There are too many encryption certificates: delete one first.";
        return Err(Fault::coded(422, "too_many_sp_encryption_certs", message));
    }
    complete(world, certificate, "")
}

pub(super) fn get_signing(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let connection = world.find("connection", call.text("connection_id"))?.text("id").to_owned();
    let certificate = of(world, SP_SIGNING, &connection).next().cloned();
    let certificate = certificate.ok_or_else(|| Fault::not_found(SP_SIGNING, &connection))?;
    Ok(answered(world, call, SP_SIGNING, certificate))
}

/// Nobody could sign in without any.
pub(super) fn spare_last(world: &World, _: &Call<'_>, certificate: &Object) -> Result<(), Fault> {
    if of(world, IDP_SIGNING, certificate.text("connection_id")).nth(1).is_some() {
        return Ok(());
    }
    Err(Fault::coded(409, "cannot_delete_last_certificate", "The last certificate has to stay."))
}

/// A connection shows its certificates.
pub(super) fn show(world: &World, connection: &mut Object) {
    let id = connection.text("id").to_owned();
    let Some(Value::Object(options)) = connection.get_mut("saml_options") else { return };
    let shown = |kind: &str| -> Vec<Value> {
        let bare = |certificate: &Object| {
            let mut certificate = certificate.clone();
            certificate.shift_remove("connection_id");
            Value::Object(certificate)
        };
        of(world, kind, &id).map(bare).collect()
    };
    options.insert("idp_signing_certs".to_owned(), shown(IDP_SIGNING).into());
    options.insert("sp_signing_cert".to_owned(), shown(SP_SIGNING).into_iter().next().unwrap_or_default());
    options.insert("sp_encryption_certs".to_owned(), shown(SP_ENCRYPTION).into());
}
