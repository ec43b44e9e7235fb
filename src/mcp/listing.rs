//! The tools as MCP lists them.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};

use crate::tools::description::ToolDescription;
use crate::tools::toolbox::Toolbox;

/// All tools on one page, in a stable order.
pub fn listed(toolbox: &Toolbox) -> Vec<Tool> {
    toolbox.descriptions().map(tool).collect()
}

fn tool(description: ToolDescription) -> Tool {
    let ToolDescription { name, title, description, input_schema, output_schema, annotations } = description;
    let tool = Tool::new(name, description, Arc::new(input_schema)).with_title(title).with_annotations(
        ToolAnnotations::new()
            .read_only(annotations.read_only)
            .destructive(annotations.destructive)
            .idempotent(annotations.idempotent)
            .open_world(annotations.open_world),
    );
    match output_schema {
        Some(schema) => tool.with_raw_output_schema(Arc::new(schema)),
        None => tool,
    }
}
