//! Prints the whole table as JSON: every operation with its arguments, the values that are always
//! sent, and its answer, each with its shape down to the last field.
//!
//! ```text
//! cargo run --example contract
//! ```
//!
//! `tests/external/contract.sh` holds it against what WorkOS publishes. Names are those at WorkOS,
//! because that is what the request and the answer have.

#![expect(clippy::print_stdout, reason = "the table is all that it has to show")]

use serde_json::{Map, Value, json};
use workos_mcp::api::TOOLSETS;
use workos_mcp::operation::{Auth, Destination, Operation, Rule};
use workos_mcp::schema::{Field, Presence, Schema};

fn main() {
    let operations: Vec<Value> = TOOLSETS
        .iter()
        .flat_map(|toolset| toolset.operations.iter().map(|operation| declared(toolset.name, operation)))
        .collect();
    println!("{:#}", json!({ "operations": operations }));
}

/// All that goes out and comes back.
fn declared(toolset: &str, operation: &Operation) -> Value {
    json!({
        "name": operation.name,
        "toolset": toolset,
        "method": operation.method.as_str(),
        "path": operation.route(),
        "arguments": arguments(operation),
        "sends": sent(operation),
        "answer": shape(&operation.answer),
    })
}

/// The arguments, and where in the request each goes.
fn arguments(operation: &Operation) -> Vec<Value> {
    let mut arguments = Vec::new();
    for field in operation.fields {
        let (name, place) = match operation.destination(field) {
            Destination::Path => (field.api_name, "path"),
            Destination::Query => (field.api_name, "query"),
            Destination::Body => (field.api_name, "body"),
            Destination::Header(header) => (header, "header"),
            Destination::Bearer => (field.api_name, "bearer"),
            // Asks for what is sent; see `sent`.
            Destination::Pkce => continue,
        };
        let mut argument = member(field);
        argument["name"] = name.into();
        argument["in"] = place.into();
        argument["setting"] = field.default.is_some().into();
        arguments.push(argument);
    }
    arguments
}

/// What goes out without being an argument: its words by its name. What has none is made for each
/// request.
fn sent(operation: &Operation) -> Value {
    let mut sent = Map::new();
    let mut word = |name: &str, word: &str| match sent.get_mut(name) {
        Some(Value::Array(words)) => words.push(word.into()),
        _ => drop(sent.insert(name.to_owned(), json!([word]))),
    };
    for rule in operation.rules {
        if let Rule::Sends { field, value, .. } = rule {
            word(field, value);
        }
    }
    let query = operation.path.split_once('?').map_or("", |(_, query)| query);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        word(name, value);
    }
    if operation.fields.iter().any(|field| operation.destination(field) == Destination::Pkce) {
        word("code_challenge_method", "S256");
        sent.insert("code_challenge".to_owned(), json!([]));
    }
    if operation.auth == Auth::ClientSecret {
        sent.insert("client_secret".to_owned(), json!([]));
    }
    sent.into()
}

/// A field of an object.
fn member(field: &Field) -> Value {
    let presence = match field.presence {
        Presence::Required => "required",
        Presence::Optional => "optional",
        Presence::Clearable => "clearable",
    };
    json!({
        "name": field.api_name,
        "presence": presence,
        "time": field.time,
        "shape": shape(&field.schema),
    })
}

fn shape(schema: &Schema) -> Value {
    let (kind, inner) = match schema {
        Schema::String => ("string", Value::Null),
        Schema::Integer => ("integer", Value::Null),
        Schema::Number => ("number", Value::Null),
        Schema::Boolean => ("boolean", Value::Null),
        Schema::Scalar => ("scalar", Value::Null),
        Schema::Choice(words) => ("choice", json!(words)),
        Schema::List(item) => ("list", shape(item)),
        Schema::Map(value) => ("map", shape(value)),
        Schema::Nullable(value) => ("nullable", shape(value)),
        Schema::Object(fields, _) => ("object", fields.iter().map(member).collect()),
        Schema::AnyObject | Schema::Payload => ("any_object", Value::Null),
        Schema::Any => ("any", Value::Null),
        Schema::Empty => ("empty", Value::Null),
    };
    if inner.is_null() { kind.into() } else { json!({ kind: inner }) }
}
