//! The sandbox itself: what its operations take, called through the client in this process. These figures
//! are those of this build, whatever programs are compared.

use std::time::Duration;

use serde_json::{Map, Value, json};
use workos_mcp::client::Client;

use crate::loopback::runtime;
use crate::report::{Contestant, medians, ms, row, timed};
use crate::server::Program;

pub fn all(_: &[Program]) {
    let runtime = runtime();
    let call = |client: &Client, name: &str, arguments: &Value| -> Duration {
        let operation = workos_mcp::api::operations().find(|operation| operation.name == name).expect(name);
        let Value::Object(arguments) = arguments.clone() else { return Duration::ZERO };
        let arguments: Map<String, Value> = arguments;
        let checked = client.check(operation, arguments).expect("fitting arguments");
        timed(|| drop(runtime.block_on(client.execute(&checked)).expect("an answer")))
    };
    let fresh = || Client::builder().sandbox(true).build();
    let one = json!({"id": "org_01EXAMPLE0ORGANIZATION"});
    let first: Contestant<'_> = Box::new(|| call(&fresh(), "get_organization", &one));
    row("sandbox: the first call, which makes the world", &[ms(medians(1, 20, &mut [first])[0])], "", "");
    for (name, arguments) in [
        ("get_organization", one.clone()),
        ("list_organizations", json!({"search": "bluebird"})),
        ("list_directory_users", json!({"directory_id": "directory_01EXAMPLE0DIRECTORY"})),
        ("list_users", json!({"limit": 10})),
        ("list_events", json!({"events": ["authentication.sso_failed"]})),
        ("update_organization", json!({"id": "org_01EXAMPLE0ORGANIZATION", "name": "Example Corp"})),
        ("create_organization", json!({"name": "Example"})),
    ] {
        let client = fresh();
        let contestant: Contestant<'_> = Box::new(|| call(&client, name, &arguments));
        row(&format!("sandbox: `{name}`"), &[ms(medians(50, 500, &mut [contestant])[0])], "", "");
    }
}
