//! Credentials in answers: what of them is shown, masked, or put into a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::access::Environment;
use crate::client::{Arguments, Error};
use crate::operation::Operation;
use crate::schema::{Field, Schema};

/// What stands in place of a credential.
pub const MASK: &str = "[masked]";

/// Which tools may show credentials of a live environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reveal {
    /// None.
    #[default]
    Nothing,
    /// All.
    Everything,
    /// These.
    Tools(Vec<&'static str>),
}

/// What is done with credentials in answers.
#[derive(Debug, Clone)]
pub struct Secrets {
    masked: bool,
    reveal: Reveal,
    directory: Option<PathBuf>,
}

impl Secrets {
    /// Credentials are masked in a live environment, and shown elsewhere.
    pub fn new(environment: Environment, reveal: Reveal, directory: Option<PathBuf>) -> Self {
        Self { masked: environment == Environment::Live, reveal, directory }
    }

    /// Whether credentials in answers of this operation are masked.
    pub fn masks(&self, operation: &Operation) -> bool {
        self.masked
            && match &self.reveal {
                Reveal::Nothing => true,
                Reveal::Everything => false,
                Reveal::Tools(names) => !names.contains(&operation.name),
            }
    }

    /// Whether the answer of an operation goes into a file, wholly or in part.
    pub fn files(&self, operation: &Operation) -> bool {
        self.directory.is_some() && self.masks(operation) && shows_once(&operation.answer)
    }

    /// Gets ready for the answer of a call. A value that WorkOS shows only once must not be
    /// made if nobody could have it.
    ///
    /// # Errors
    ///
    /// Why the call must not be made.
    pub fn prepare(&self, operation: &Operation) -> Result<Concealer, String> {
        if !self.masks(operation) {
            return Ok(Concealer { masks: false, file: None });
        }
        if !shows_once(&operation.answer) {
            return Ok(Concealer { masks: true, file: None });
        }
        let Some(directory) = &self.directory else {
            return Err(format!(
                "Nothing was sent: `{name}` answers a credential that WorkOS shows only this once, and this server masks \
                 the credentials of a live environment. Only whoever set up the server can change that: \
                 `--secrets-dir DIR` writes it to a file that only its owner can read, `--reveal-secrets={name}` shows it here.",
                name = operation.name
            ));
        };
        let file = SecretFile::create(directory, operation.name).map_err(|error| {
            format!(
                "Nothing was sent: the credential that `{}` answers has to go into a new file in {}, and that fails: {error}.",
                operation.name,
                directory.display()
            )
        })?;
        Ok(Concealer { masks: true, file: Some(file) })
    }
}

/// Whether an answer holds a value that is never shown again.
fn shows_once(schema: &Schema) -> bool {
    holds(schema, |field| field.once)
}

/// Whether an answer holds any credential.
pub fn any(schema: &Schema) -> bool {
    holds(schema, |field| field.secret)
}

fn holds(schema: &Schema, wanted: fn(&Field) -> bool) -> bool {
    match schema.present() {
        Schema::Object(fields) => fields.iter().any(|field| wanted(field) || holds(&field.schema, wanted)),
        Schema::List(item) | Schema::Map(item) => holds(item, wanted),
        _ => false,
    }
}

/// What is done with the credentials of one answer.
#[derive(Debug)]
pub struct Concealer {
    masks: bool,
    file: Option<SecretFile>,
}

impl Concealer {
    /// Masks the credentials of an answer; those shown only once go into the file.
    pub fn conceal(self, operation: &Operation, answer: &mut Value) {
        if !self.masks {
            return;
        }
        let mut once = Map::new();
        let place = self.file.as_ref().map(|file| file.path.display().to_string());
        walk(&operation.answer, answer, &mut |name, shown_once, value| {
            let taken = std::mem::replace(value, MASK.into());
            if let (true, Some(place)) = (shown_once, &place) {
                once.insert(name.to_owned(), taken);
                *value = place.as_str().into();
            }
        });
        if let Some(file) = self.file
            && !once.is_empty()
            && let Err(error) = file.write(&once)
        {
            // The file stood ready, so the disk has just filled up: the value is lost, and nobody
            // must be led to believe otherwise.
            let note = format!(
                "[lost: the file could not be written ({error}); revoke this credential and make another]"
            );
            walk(&operation.answer, answer, &mut |_, shown_once, value| {
                if shown_once {
                    *value = note.as_str().into();
                }
            });
        }
    }

    /// Masks what an error repeats of credentials: fields with such names in its body.
    pub fn conceal_error(&self, error: &mut Error) {
        if let (true, Error::Api(error)) = (self.masks, error) {
            let mask = &mut |_: &str, _: bool, value: &mut Value| *value = MASK.into();
            let mut details = Value::Object(std::mem::take(&mut error.details));
            walk(&Schema::Any, &mut details, mask);
            if let Value::Object(details) = details {
                error.details = details;
            }
            for value in &mut error.errors {
                walk(&Schema::Any, value, mask);
            }
        }
    }
}

/// Visits every credential: marked fields, and unknown ones with such names.
fn walk(schema: &Schema, value: &mut Value, visit: &mut dyn FnMut(&str, bool, &mut Value)) {
    match (schema.present(), value) {
        (Schema::List(item), Value::Array(items)) => {
            for value in items {
                walk(item, value, visit);
            }
        }
        (Schema::Object(fields), Value::Object(object)) => {
            for (name, value) in object {
                match fields.iter().find(|field| field.wire == name) {
                    Some(field) if field.secret => {
                        if !value.is_null() {
                            visit(name, field.once, value);
                        }
                    }
                    Some(field) => walk(&field.schema, value, visit),
                    None => unmarked(name, &Schema::Any, value, visit),
                }
            }
        }
        (Schema::Map(item), Value::Object(object)) => {
            object.iter_mut().for_each(|(name, value)| unmarked(name, item, value, visit));
        }
        (_, Value::Object(object)) => {
            // As the events of new API keys and Magic Auth codes would carry them.
            if object.contains_key("obfuscated_value")
                && let Some(value) = object.get_mut("value").filter(|value| value.is_string())
            {
                visit("value", false, value);
            }
            let digits = |value: &&mut Value| {
                value
                    .as_str()
                    .is_some_and(|text| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
            };
            if let Some(value) = object.get_mut("code").filter(digits) {
                visit("code", false, value);
            }
            object.iter_mut().for_each(|(name, value)| unmarked(name, &Schema::Any, value, visit));
        }
        (_, Value::Array(items)) => items.iter_mut().for_each(|value| walk(&Schema::Any, value, visit)),
        _ => {}
    }
}

fn unmarked(name: &str, schema: &Schema, value: &mut Value, visit: &mut dyn FnMut(&str, bool, &mut Value)) {
    if named_like_a_secret(name) && (value.is_string() || value.is_object() || value.is_array()) {
        visit(name, false, value);
    } else {
        walk(schema, value, visit);
    }
}

/// Whether a field that nobody marked is likely to hold a credential.
pub fn named_like_a_secret(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "secret",
        "password",
        "passwd",
        "passphrase",
        "privatekey",
        "apikey",
        "accesskey",
        "signingkey",
        "credential",
    ];
    const ENDS: &[&str] = &[
        "token",
        "tokens",
        "jwt",
        "otp",
        "recoverycodes",
        "qrcode",
        "acceptinvitationurl",
        "passwordreseturl",
    ];
    // What only tells about one.
    const HARMLESS: &[&str] =
        &["type", "hint", "id", "ids", "last4", "lastfour", "method", "name", "at", "state", "status"];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let likely = PARTS.iter().any(|part| plain.contains(part)) || ENDS.iter().any(|end| plain.ends_with(end));
    likely
        && !HARMLESS.iter().any(|end| plain.ends_with(end))
        && !name.starts_with("redacted")
        && !name.starts_with("has_")
        && !name.starts_with("is_")
}

/// The credentials among the arguments of a call.
pub fn in_arguments(operation: &Operation, arguments: &Arguments) -> Vec<String> {
    fn collect(field: &Field, value: &Value, secret: bool, found: &mut Vec<String>) {
        match value {
            Value::String(text) if secret => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|value| collect(field, value, secret, found)),
            Value::Object(object) => {
                for (name, value) in object {
                    match field.schema.present().fields().iter().find(|field| field.name == name) {
                        Some(field) => collect(field, value, secret || field.secret, found),
                        None => collect(field, value, secret, found),
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for field in operation.fields {
        if let Some(value) = arguments.get(field.name) {
            collect(field, value, field.secret, &mut found);
        }
    }
    // Shorter ones would mask half of a sentence, and are no secret worth the name.
    found.retain(|text| text.len() >= 4);
    // One may be the beginning of another.
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}

/// Room for a credential, and more.
const RESERVED: usize = 4096;

/// A new file for a credential, which only its owner can read.
#[derive(Debug)]
struct SecretFile {
    path: PathBuf,
    file: Option<File>,
}

impl SecretFile {
    fn create(directory: &Path, tool: &str) -> io::Result<Self> {
        create_private_directory(directory)?;
        let path = std::path::absolute(directory)?.join(format!("{tool}-{}", uuid::Uuid::new_v4().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        // So that a full disk is found out before the credential is made.
        if let Err(error) = file.write_all(&[b' '; RESERVED]).and_then(|()| file.sync_all()) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, file: Some(file) })
    }

    /// One value as it is, several as a JSON object.
    fn write(mut self, values: &Map<String, Value>) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let written = Self::put(&mut file, values);
        if written.is_err() {
            // Part of a credential is of no use, and no secret to leave about.
            let _ = fs::remove_file(&self.path);
        }
        written
    }

    fn put(file: &mut File, values: &Map<String, Value>) -> io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        let mut only = values.values();
        match (only.next(), only.next()) {
            (Some(Value::String(value)), None) => writeln!(file, "{value}")?,
            _ => writeln!(file, "{}", Value::Object(values.clone()))?,
        }
        file.sync_all()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // Nothing was written: the call failed, or answered no such value.
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::api::api_keys::CreateOrganizationApiKey;
    use crate::api::events::ListEvents;
    use crate::api::invitations::ListInvitations;
    use crate::fuzzing::generate;
    use crate::operation::Request;

    fn concealed(operation: &Operation, mut answer: Value) -> Value {
        Concealer { masks: true, file: None }.conceal(operation, &mut answer);
        answer
    }

    #[test]
    fn marked_fields_are_masked_wherever_they_are() {
        let answer = concealed(
            &ListInvitations::OPERATION,
            json!({"data": [{"id": "i", "token": "example", "accept_invitation_url": "https://example.com"}, {"token": null}]}),
        );
        assert_eq!(
            answer,
            json!({"data": [{"id": "i", "token": MASK, "accept_invitation_url": MASK}, {"token": null}]})
        );
    }

    #[test]
    fn unknown_fields_with_names_like_secrets_are_masked() {
        let answer = concealed(
            &ListEvents::OPERATION,
            json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": "x", "nested": [{"client_secret": "y"}],
                   "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": "z"}]}),
        );
        assert_eq!(
            answer,
            json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": MASK, "nested": [{"client_secret": MASK}],
                   "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": MASK}]})
        );
    }

    #[test]
    fn a_value_shown_once_is_not_made_unless_somebody_gets_it() {
        let create = &CreateOrganizationApiKey::OPERATION;
        let refused =
            Secrets::new(Environment::Live, Reveal::Nothing, None).prepare(create).expect_err("a refusal");
        assert!(
            refused.contains("--secrets-dir")
                && refused.contains("--reveal-secrets=create_organization_api_key")
        );
        let revealed = Reveal::Tools(vec![create.name]);
        assert!(Secrets::new(Environment::Live, revealed, None).prepare(create).is_ok());
        assert!(Secrets::new(Environment::Staging, Reveal::Nothing, None).prepare(create).is_ok());

        let directory = std::env::temp_dir().join(format!("workos-mcp-secrets-{}", std::process::id()));
        let secrets = Secrets::new(Environment::Live, Reveal::Nothing, Some(directory.clone()));
        let mut answer = json!({"id": "api_key_1", "value": "sk_example_value"});
        secrets.prepare(create).expect("a file").conceal(create, &mut answer);
        let place = answer["value"].as_str().expect("a place").to_owned();
        let path = place.as_str();
        assert_eq!(fs::read_to_string(path).expect("the file"), "sk_example_value\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path).expect("the file").permissions().mode() & 0o777, 0o600);
        }
        // A call that fails leaves nothing behind.
        drop(secrets.prepare(create).expect("a file"));
        assert_eq!(fs::read_dir(&directory).expect("the folder").count(), 1);
        fs::remove_dir_all(&directory).expect("the folder");
    }

    #[test]
    fn credentials_among_arguments_are_found() {
        let operation =
            crate::api::operations().find(|operation| operation.name == "authenticate_user").expect("one");
        let arguments = json!({"grant_type": "password", "email": "a@b.c", "password": "example_password"});
        let Value::Object(arguments) = arguments else { return };
        assert_eq!(in_arguments(operation, &arguments), ["example_password"]);
    }

    proptest! {
        /// However deep and under whatever name: a value in a marked field does not get out.
        #[test]
        fn no_marked_value_gets_out(secret in "[a-z]{12}", name in "[a-z_]{1,12}", depth in 0_usize..6) {
            let mut payload = json!({"access_token": secret, name.as_str(): 1});
            for _ in 0..depth {
                payload = json!({"nested": [payload, {"client_secret": secret}]});
            }
            let answer = concealed(&ListEvents::OPERATION, json!({"data": [{"data": payload}], "new_api_key": secret}));
            prop_assert!(!answer.to_string().contains(&secret), "{}", answer);
        }

        /// For each operation: every field that is marked is masked, and no other is touched.
        #[test]
        fn just_the_marked_fields_are_masked(operation in generate::operation(), credential in "[a-z]{12}") {
            let (mut answer, masked) = generate::answer(&operation.answer, &credential, MASK);
            let shown = answer.clone();
            Concealer { masks: false, file: None }.conceal(operation, &mut answer);
            prop_assert_eq!(&answer, &shown);
            Concealer { masks: true, file: None }.conceal(operation, &mut answer);
            prop_assert_eq!(&answer, &masked);
            // Masking what is masked changes nothing.
            Concealer { masks: true, file: None }.conceal(operation, &mut answer);
            prop_assert_eq!(&answer, &masked);
        }

        /// No credential among the arguments of a call is overlooked, however deep it is.
        #[test]
        fn every_credential_among_arguments_is_found(
            (operation, arguments) in generate::operation()
                .prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
        ) {
            let found = in_arguments(operation, &arguments);
            let mut wanted = Vec::new();
            marked(operation.fields, &arguments, &mut wanted);
            for credential in wanted.iter().filter(|credential| credential.len() >= 4) {
                prop_assert!(found.contains(credential), "{:?} is not among {:?}", credential, found);
            }
            prop_assert!(found.is_sorted_by_key(|text| std::cmp::Reverse(text.len())));
        }
    }

    /// The text in marked fields, read straight from the table.
    fn marked(fields: &[Field], object: &Arguments, found: &mut Vec<String>) {
        for field in fields {
            match object.get(field.name) {
                Some(Value::String(text)) if field.secret => found.push(text.clone()),
                Some(Value::Object(object)) => marked(field.schema.fields(), object, found),
                Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).for_each(|object| {
                    marked(field.schema.fields(), object, found);
                }),
                _ => {}
            }
        }
    }
}
