//! `whoami`: which environment this is and what may be done in it, without a request.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::answer::Answer;
use super::tools::Tools;
use crate::client::Room;

/// The name of the tool.
pub const NAME: &str = "whoami";

/// What the tool is for.
pub const ABOUT: &str = "Tell which WorkOS environment this is and what may be done in it.";

/// The tool as clients see it.
pub fn tool() -> Tool {
    let schema = [("type".to_owned(), "object".into()), ("additionalProperties".to_owned(), false.into())];
    Tool::new(NAME, ABOUT, Arc::new(schema.into_iter().collect())).with_title("Who am I").with_annotations(
        ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false),
    )
}

/// The answer: never any part of the key.
pub fn answer(tools: &Tools) -> Answer {
    let options = tools.client().options();
    let names = |selected: bool| -> Vec<&'static str> {
        tools.toolsets(selected).map(|toolset| toolset.name).collect()
    };
    let value: Value = json!({
        "environment": tools.environment().as_str(),
        "host": options.base_url.host(),
        "access": tools.access().as_str(),
        "tools_offered": tools.offered().count(),
        "tools_off_by_access": tools.withheld(),
        "operations_to_discover": tools.reachable().filter(|operation| !tools.is_selected(operation)).count(),
        "toolsets_offered": names(true),
        "toolsets_not_offered": names(false),
        "client_id_set": options.defaults.client_id.is_some(),
        "redirect_uri_set": options.defaults.redirect_uri.is_some(),
    });
    Answer { text: value.to_string(), value, room: Room::default() }
}
