//! `whoami`: which environment this is and what may be done in it, without a request.

use serde_json::{Map, json};

use super::access::{COUNTS_AS_LIVE, Environment};
use super::answer::Answer;
use super::answer::note;
use super::catalog::{Catalog, Part};
use super::description::{Annotations, ToolDescription};
use super::selection::WHOAMI;
use crate::client::Client;

/// The name of the tool.
pub const NAME: &str = WHOAMI;

/// What the tool is for.
pub const ABOUT: &str = "Tell which WorkOS environment this is and what may be done in it.";

/// The tool as clients see it.
pub fn description() -> ToolDescription {
    // No properties are named too: some frameworks fail on a schema without them.
    let schema = [
        ("type".to_owned(), "object".into()),
        ("properties".to_owned(), Map::new().into()),
        ("additionalProperties".to_owned(), false.into()),
    ];
    ToolDescription {
        name: NAME,
        title: "Who am I".to_owned(),
        description: ABOUT,
        input_schema: Map::from_iter(schema),
        output_schema: None,
        annotations: Annotations { read_only: true, destructive: false, idempotent: true, open_world: false },
    }
}

/// The answer: never any part of the key.
pub fn answer(catalog: &Catalog, client: &Client) -> Answer {
    let names =
        |part: Part| -> Vec<&'static str> { catalog.toolsets(part).map(|toolset| toolset.name).collect() };
    // A key that was not there at the start may be there now; one of production is not used then.
    let environment = match client.key_source().cached() {
        Some(Ok(_)) if catalog.environment() == Environment::NoKey => Environment::Staging,
        _ => catalog.environment(),
    };
    let mut value = json!({
        "environment": environment.as_str(),
        "host": client.base_url().host(),
        "access": catalog.access().as_str(),
        "tools_offered": catalog.offered().count(),
        "tools_off_by_access": catalog.withheld(),
        "discovery": catalog.reach().as_str(),
        "discovery_reaches": catalog.reach_in_words(),
        "operations_to_discover": catalog.hidden().count(),
        "toolsets_offered": names(Part::All),
        "toolsets_offered_in_part": names(Part::Some),
        "toolsets_not_offered": names(Part::Nothing),
        "client_id_set": client.defaults().client_id.is_some(),
        "redirect_uri_set": client.defaults().redirect_uri.is_some(),
    });
    if catalog.environment() == Environment::Live {
        note(
            &mut value,
            &format!(
                "{COUNTS_AS_LIVE}: only reading is on, and credentials are masked, unless the operator's `--access` and `--reveal-secrets` say otherwise."
            ),
        );
    }
    Answer::local(&value)
}
