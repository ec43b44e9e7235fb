//! Credentials: which there are, and what of them is shown, redacted, or put into a file.
//!
//! One marker ([`REDACTED`]), one policy ([`Redaction`]) and one way through values
//! ([`walk`]), for answers, errors, the audit log and exports alike. It all
//! happens before anything becomes text.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::access::Environment;
use super::secret_file::{SecretFile, blocking};
use super::walk::{Names, Next, Place, Step, Visitor, walk, walk_fields};
use crate::client::{ApiError, Arguments, Error, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, REDACTED, Schema};

/// The longest text of an argument in the audit log and in questions, in characters.
const MAX_LOGGED_TEXT: usize = 200;

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
pub struct Redaction {
    live: bool,
    reveal: Reveal,
    directory: Option<PathBuf>,
}

impl Redaction {
    /// Credentials are redacted in a live environment, and shown elsewhere.
    pub fn new(environment: Environment, reveal: Reveal, directory: Option<PathBuf>) -> Self {
        Self { live: environment == Environment::Live, reveal, directory }
    }

    /// Whether credentials in answers of this operation are redacted.
    pub fn applies_to(&self, operation: &Operation) -> bool {
        self.live
            && match &self.reveal {
                Reveal::Nothing => true,
                Reveal::Everything => false,
                Reveal::Tools(names) => !names.contains(&operation.name),
            }
    }

    /// Whether the answer of an operation goes into a file, wholly or in part.
    pub fn writes_file(&self, operation: &Operation) -> bool {
        self.directory.is_some() && self.applies_to(operation) && shows_once(&operation.answer)
    }

    /// Gets ready for the answer of a call. A value that WorkOS shows only once must not be
    /// made if nobody could have it.
    ///
    /// # Errors
    ///
    /// Why the call must not be made.
    pub async fn prepare(&self, operation: &Operation) -> Result<AnswerRedaction, String> {
        if !self.applies_to(operation) {
            return Ok(AnswerRedaction { applies: false, file: None });
        }
        if !shows_once(&operation.answer) {
            return Ok(AnswerRedaction { applies: true, file: None });
        }
        let name = operation.name;
        let Some(directory) = &self.directory else {
            return Err(format!(
                "Nothing was sent: `{name}` answers a credential that WorkOS shows only this once, and this server masks \
                 the credentials of a live environment. Only whoever set up the server can change that: \
                 `--secrets-dir DIR` writes it to a file that only its owner can read, `--reveal-secrets={name}` shows it here."
            ));
        };
        let (place, directory) = (directory.display().to_string(), directory.clone());
        let file = blocking(move || SecretFile::create(&directory, name)).await.map_err(|error| {
            format!(
                "Nothing was sent: the credential that `{name}` answers has to go into a new file in {place}, and that fails: {error}."
            )
        })?;
        Ok(AnswerRedaction { applies: true, file: Some(file) })
    }
}

/// Whether an answer holds a value that is never shown again.
fn shows_once(schema: &Schema) -> bool {
    schema.any_field(&|field| field.shown_once)
}

/// Whether values of this shape hold any credential.
pub fn holds_credentials(schema: &Schema) -> bool {
    schema.any_field(&|field| field.secret)
}

/// What is done with the credentials of one answer.
#[derive(Debug)]
pub struct AnswerRedaction {
    applies: bool,
    file: Option<SecretFile>,
}

impl AnswerRedaction {
    /// Redacts the credentials of an answer; those shown only once go into the file, and its
    /// path stands in their place.
    pub async fn answer(self, operation: &'static Operation, answer: &mut Value) {
        if !self.applies {
            return;
        }
        let place = self.file.as_ref().map(|file| Value::from(file.path().display().to_string()));
        let mut kept = Map::new();
        redact(&operation.answer, answer, &mut |name, shown_once, value| {
            let taken = std::mem::replace(value, REDACTED.into());
            if let (true, Some(place)) = (shown_once, &place) {
                kept.insert(name.to_owned(), taken);
                value.clone_from(place);
            }
        });
        if kept.is_empty() {
            return;
        }
        if let Some(file) = self.file
            && let Err(error) = blocking(move || file.write(&kept)).await
        {
            // The file stood ready, so the disk has just filled up: the value is lost, and nobody
            // must be led to believe otherwise.
            let note = Value::from(format!(
                "[lost: the file could not be written ({error}); revoke this credential and make another]"
            ));
            redact(&operation.answer, answer, &mut |_, shown_once, value| {
                if shown_once {
                    value.clone_from(&note);
                }
            });
        }
    }

    /// Redacts what an error repeats of credentials: those of the call wherever they stand, and
    /// fields with such names.
    pub fn error(&self, operation: &'static Operation, arguments: &Arguments, error: &mut Error) {
        let Error::Api(error) = error else { return };
        if self.applies {
            redact_details(error);
        }
        for credential in credentials_in(operation, arguments) {
            error.redact(&credential);
            // The same inside of quoted JSON.
            let quoted = Value::from(credential).to_string();
            error.redact(quoted.trim_matches('"'));
        }
    }
}

fn redact_details(error: &mut ApiError) {
    let redacted = &mut |_: &str, _: bool, value: &mut Value| *value = REDACTED.into();
    let mut details = Value::Object(std::mem::take(&mut error.details));
    redact(&Schema::Any, &mut details, redacted);
    if let Value::Object(details) = details {
        error.details = details;
    }
    for value in &mut error.errors {
        redact(&Schema::Any, value, redacted);
    }
}

/// Hands every credential of an answer to `found`, with its name and whether it is shown once:
/// marked fields, and others with such names.
fn redact(schema: &'static Schema, answer: &mut Value, found: &mut dyn FnMut(&str, bool, &mut Value)) {
    let mut visitor = Credentials { found };
    visitor.undescribed(schema, answer);
    walk(Names::Answers, schema, answer, &mut visitor);
}

struct Credentials<'a> {
    found: &'a mut dyn FnMut(&str, bool, &mut Value),
}

impl Visitor for Credentials<'_> {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        match place.step {
            Step::Field(field) if field.secret => {
                if !value.is_null() {
                    (self.found)(field.api_name, field.shown_once, value);
                }
                return Next::Over;
            }
            Step::Key(name) if named_like_a_credential(name) && !is_harmless(value) => {
                (self.found)(name, false, value);
                return Next::Over;
            }
            _ => {}
        }
        self.undescribed(place.schema, value);
        Next::Into
    }
}

impl Credentials<'_> {
    /// Objects that nothing describes, as the events of new API keys and Magic Auth codes would
    /// carry them: their credentials have harmless names.
    fn undescribed(&mut self, schema: &Schema, value: &mut Value) {
        let described = matches!(schema.present(), Schema::Object(_) | Schema::Map(_));
        let (false, Value::Object(object)) = (described, value) else { return };
        if object.contains_key("obfuscated_value")
            && let Some(value) = object.get_mut("value").filter(|value| value.is_string())
        {
            (self.found)("value", false, value);
        }
        let is_code = |value: &&mut Value| {
            value
                .as_str()
                .is_some_and(|text| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if let Some(value) = object.get_mut("code").filter(is_code) {
            (self.found)("code", false, value);
        }
    }
}

/// Numbers, booleans and `null` only tell about a credential.
fn is_harmless(value: &Value) -> bool {
    !(value.is_string() || value.is_object() || value.is_array())
}

/// Whether a field that nobody marked is likely to hold a credential.
fn named_like_a_credential(name: &str) -> bool {
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
    const TELLS_ABOUT: &[&str] =
        &["type", "hint", "id", "ids", "last4", "lastfour", "method", "name", "at", "state", "status"];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let likely = PARTS.iter().any(|part| plain.contains(part)) || ENDS.iter().any(|end| plain.ends_with(end));
    likely
        && !TELLS_ABOUT.iter().any(|end| plain.ends_with(end))
        && !name.starts_with("redacted")
        && !name.starts_with("has_")
        && !name.starts_with("is_")
}

/// The credentials among the arguments of a call, the longest first: one may be the beginning
/// of another.
fn credentials_in(operation: &Operation, arguments: &Arguments) -> Vec<String> {
    let mut marked = MarkedText { depth: 0, found: Vec::new() };
    walk_fields(Names::Arguments, &[operation.fields], &mut arguments.clone(), &mut marked);
    let mut found = marked.found;
    // Shorter ones would redact half of a sentence, and are no secret worth the name.
    found.retain(|text| text.len() >= 4);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}

/// Collects text in and below marked fields.
struct MarkedText {
    /// How many marked fields this place is in; with every other step inside of one.
    depth: usize,
    found: Vec<String>,
}

impl Visitor for MarkedText {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let marked = self.depth > 0 || matches!(place.step, Step::Field(field) if field.secret);
        if let (true, Value::String(text)) = (marked, &mut *value) {
            self.found.push(std::mem::take(text));
        }
        if !(value.is_object() || value.is_array()) {
            return Next::Over;
        }
        self.depth += usize::from(marked);
        Next::Into
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Arguments as they may be written down: credentials redacted, long text shortened.
pub fn for_the_record(fields: &'static [Field], arguments: &Arguments) -> Arguments {
    recorded(fields, arguments, true)
}

/// Arguments with credentials redacted, for whoever shortens them in their own way.
pub fn without_credentials(fields: &'static [Field], arguments: &Arguments) -> Arguments {
    recorded(fields, arguments, false)
}

fn recorded(fields: &'static [Field], arguments: &Arguments, shortens: bool) -> Arguments {
    let mut shown = arguments.clone();
    let mut record = Record { root_is_known: !fields.is_empty(), shortens };
    walk_fields(Names::Arguments, &[fields], &mut shown, &mut record);
    shown
}

struct Record {
    shortens: bool,
    /// Whether anything describes the arguments themselves.
    root_is_known: bool,
}

impl Visitor for Record {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let redacted = match place.step {
            Step::Field(field) => {
                // Text where an object with credentials belongs may be that object, misspelt.
                field.secret || (holds_credentials(&field.schema) && !value.is_object() && !value.is_array())
            }
            // A name that nothing has may be a credential's, mistyped.
            Step::Key(name) => {
                let described = match place.around {
                    Schema::Object([]) => self.root_is_known,
                    Schema::Object(_) => true,
                    _ => false,
                };
                described || named_like_a_credential(name)
            }
            Step::Item(_) => false,
        };
        if redacted {
            *value = REDACTED.into();
        } else if let (true, Value::String(text)) = (self.shortens, &mut *value) {
            *value = excerpt(text, MAX_LOGGED_TEXT).into();
        }
        Next::Into
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::api::api_keys::CreateOrganizationApiKey;
    use crate::api::events::ListEvents;
    use crate::api::invitations::ListInvitations;
    use crate::operation::Request;
    use crate::testing::generate;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    fn applied(applies: bool, operation: &'static Operation, mut answer: Value) -> Value {
        block_on(AnswerRedaction { applies, file: None }.answer(operation, &mut answer));
        answer
    }

    fn redacted(operation: &'static Operation, answer: Value) -> Value {
        applied(true, operation, answer)
    }

    #[test]
    fn marked_fields_are_masked_wherever_they_are() {
        let answer = redacted(
            &ListInvitations::OPERATION,
            json!({"data": [{"id": "i", "token": "example", "accept_invitation_url": "https://example.com"}, {"token": null}]}),
        );
        assert_eq!(
            answer,
            json!({"data": [{"id": "i", "token": REDACTED, "accept_invitation_url": REDACTED}, {"token": null}]})
        );
    }

    #[test]
    fn unknown_fields_with_names_like_secrets_are_masked() {
        let answer = redacted(
            &ListEvents::OPERATION,
            json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": "x", "nested": [{"client_secret": "y"}],
                   "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": "z"}]}),
        );
        assert_eq!(
            answer,
            json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": REDACTED, "nested": [{"client_secret": REDACTED}],
                   "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": REDACTED}]})
        );
    }

    #[test]
    fn a_value_shown_once_is_not_made_unless_somebody_gets_it() {
        let create = &CreateOrganizationApiKey::OPERATION;
        let prepared = |environment, reveal, directory| {
            block_on(Redaction::new(environment, reveal, directory).prepare(create))
        };
        let refused = prepared(Environment::Live, Reveal::Nothing, None).expect_err("a refusal");
        assert!(
            refused.contains("--secrets-dir")
                && refused.contains("--reveal-secrets=create_organization_api_key")
        );
        let revealed = Reveal::Tools(vec![create.name]);
        assert!(prepared(Environment::Live, revealed, None).is_ok());
        assert!(prepared(Environment::Staging, Reveal::Nothing, None).is_ok());

        let directory = std::env::temp_dir().join(format!("workos-mcp-secrets-{}", std::process::id()));
        let ready = || prepared(Environment::Live, Reveal::Nothing, Some(directory.clone())).expect("a file");
        let mut answer = json!({"id": "api_key_1", "value": "sk_example_value"});
        block_on(ready().answer(create, &mut answer));
        let place = answer["value"].as_str().expect("a place").to_owned();
        let path = place.as_str();
        assert_eq!(std::fs::read_to_string(path).expect("the file"), "sk_example_value\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(path).expect("the file").permissions().mode() & 0o777, 0o600);
        }
        // A call that fails leaves nothing behind.
        drop(ready());
        assert_eq!(std::fs::read_dir(&directory).expect("the folder").count(), 1);
        std::fs::remove_dir_all(&directory).expect("the folder");
    }

    #[test]
    fn credentials_among_arguments_are_found() {
        let operation =
            crate::api::operations().find(|operation| operation.name == "authenticate_user").expect("one");
        let arguments = json!({"grant_type": "password", "email": "a@b.c", "password": "example_password"});
        let Value::Object(arguments) = arguments else { return };
        assert_eq!(credentials_in(operation, &arguments), ["example_password"]);
    }

    proptest! {
        /// However deep and under whatever name: a value in a marked field does not get out.
        #[test]
        fn no_marked_value_gets_out(secret in "[a-z]{12}", name in "[a-z_]{1,12}", depth in 0_usize..6) {
            let mut payload = json!({"access_token": secret, name.as_str(): 1});
            for _ in 0..depth {
                payload = json!({"nested": [payload, {"client_secret": secret}]});
            }
            let answer = redacted(&ListEvents::OPERATION, json!({"data": [{"data": payload}], "new_api_key": secret}));
            prop_assert!(!answer.to_string().contains(&secret), "{}", answer);
        }

        /// For each operation: every field that is marked is masked, and no other is touched.
        #[test]
        fn just_the_marked_fields_are_masked(operation in generate::operation(), credential in "[a-z]{12}") {
            let (shown, expected) = generate::answer(&operation.answer, &credential, REDACTED);
            prop_assert_eq!(&applied(false, operation, shown.clone()), &shown);
            let once = redacted(operation, shown);
            prop_assert_eq!(&once, &expected);
            // Redacting what is redacted changes nothing.
            prop_assert_eq!(&redacted(operation, once), &expected);
        }

        /// No credential among the arguments of a call is overlooked, however deep it is.
        #[test]
        fn every_credential_among_arguments_is_found(
            (operation, arguments) in generate::operation()
                .prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
        ) {
            let found = credentials_in(operation, &arguments);
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
