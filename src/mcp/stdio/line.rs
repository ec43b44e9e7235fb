//! A message as a line.
//!
//! The answer of a tool goes out twice, as text and as data. Where both are the same, the data is not
//! written again: it is the text.

use rmcp::model::{CallToolResult, ContentBlock, JsonRpcMessage, ServerJsonRpcMessage, ServerResult};
use serde_json::Value;

/// What stands for data that is the same as the one text of a result, which is JSON.
pub const SAME_AS_TEXT: Value = Value::Null;

/// A message as JSON, with its line end.
pub fn line(message: &ServerJsonRpcMessage) -> serde_json::Result<Vec<u8>> {
    if let JsonRpcMessage::Response(response) = message
        && let ServerResult::CallToolResult(result) = &response.result
        && let (Some(SAME_AS_TEXT), [ContentBlock::Text(content)]) =
            (&result.structured_content, result.content.as_slice())
    {
        let mut line = Vec::with_capacity(content.text.len() * 9 / 4 + 256);
        line.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        serde_json::to_writer(&mut line, &response.id)?;
        line.extend_from_slice(br#","result":"#);
        write_result(&mut line, result, &content.text)?;
        line.extend_from_slice(b"}\n");
        return Ok(line);
    }
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// The result of a tool, as rmcp would write it.
fn write_result(line: &mut Vec<u8>, result: &CallToolResult, data: &str) -> serde_json::Result<()> {
    line.push(b'{');
    if let Some(kind) = &result.result_type {
        line.extend_from_slice(br#""resultType":"#);
        serde_json::to_writer(&mut *line, kind)?;
        line.push(b',');
    }
    line.extend_from_slice(br#""content":"#);
    serde_json::to_writer(&mut *line, &result.content)?;
    line.extend_from_slice(br#","structuredContent":"#);
    line.extend_from_slice(data.as_bytes());
    if let Some(is_error) = &result.is_error {
        line.extend_from_slice(br#","isError":"#);
        serde_json::to_writer(&mut *line, is_error)?;
    }
    if let Some(meta) = &result.meta {
        line.extend_from_slice(br#","_meta":"#);
        serde_json::to_writer(&mut *line, meta)?;
    }
    line.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use rmcp::model::{MetaObject, RequestId};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_what_rmcp_would_write() {
        let data = json!({"name": "Ex\"ample\n\u{e4}", "list": [1, 2.50, null], "empty": {}});
        let mut meta = MetaObject::default();
        meta.0.insert("server".to_owned(), json!({"name": "workos-mcp"}));
        for id in [RequestId::Number(7), RequestId::String("a\"b".into())] {
            for (typed, meta, is_error) in
                [(true, None, Some(false)), (false, Some(meta.clone()), Some(true)), (false, None, None)]
            {
                let mut result = CallToolResult::success(vec![ContentBlock::text(data.to_string())]);
                result.is_error = is_error;
                result.meta = meta;
                if !typed {
                    result.result_type = None;
                }
                let written = |data: Value| {
                    let mut result = result.clone();
                    result.structured_content = Some(data);
                    let message =
                        ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), id.clone());
                    let line = line(&message).expect("a line");
                    String::from_utf8(line).expect("text")
                };
                assert_eq!(written(SAME_AS_TEXT), written(data.clone()));
            }
        }
    }
}
