//! Single lines: what is no JSON, what is JSON and no message, and what is too much.

use serde_json::{Value, json};

use crate::common::{Answer, Server, Upstream, fixtures, initialize_params};
use crate::{echo, get};

/// Writes a line; the code and the id of what is answered, the id as it was written.
fn refused(server: &mut Server, line: &[u8]) -> (i64, Option<String>) {
    server.write(line);
    server.write(b"\n");
    let text = server.receive_line();
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let code = answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{text:.200}"));
    let id = text.strip_prefix(r#"{"jsonrpc":"2.0","id":"#);
    (code, id.map(|rest| rest[..rest.find(r#","error":"#).expect("an error")].to_owned()))
}

fn ready() -> Server {
    let mut server = Server::start(&["--sandbox"]);
    server.initialize();
    server
}

fn answers_a_ping(server: &mut Server) {
    server.write(b"{\"jsonrpc\":\"2.0\",\"id\":\"still here\",\"method\":\"ping\"}\n");
    assert_eq!(server.receive(), json!({"jsonrpc": "2.0", "id": "still here", "result": {}}));
}

#[test]
fn what_is_no_json_is_a_parse_error() {
    let mut server = ready();
    let unclosed = "[".repeat(100_000);
    for line in [
        &b"\0"[..],
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\0",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\0ng\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\x41\"}",
        b"{'jsonrpc':'2.0','id':1,'method':'ping'}",
        b"{\"jsonrpc\":\"2.0\",\"id\":01,\"method\":\"ping\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":NaN,\"method\":\"ping\"}",
        b"{\"jsonrpc\":\"2.0\",\xef\xbb\xbf\"id\":1,\"method\":\"ping\"}",
        // UTF-8 that is overlong, a surrogate, beyond Unicode, cut off.
        b"\"\xc0\xaf\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf4\x90\x80\x80\"",
        b"\"\xe2\x82\"",
        // UTF-16.
        b"\xff\xfe{\0}\0",
        b"Content-Length: 52\r",
        unclosed.as_bytes(),
    ] {
        assert_eq!(refused(&mut server, line), (-32700, None), "{:.80}", String::from_utf8_lossy(line));
    }
    answers_a_ping(&mut server);
}

#[test]
fn json_that_cannot_be_read_is_answered_under_its_id() {
    let mut server = ready();
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for odd in [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#"{"\ud83d":1}"#,
        "1e999",
        "-1e999",
        &nested(200),
        &nested(100_000),
    ] {
        for id in ["7", "\"a\\u0062\"", "-1", "9007199254740993"] {
            let before = format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"get_organization","arguments":{{"id":{odd}}}}}}}"#
            );
            let after = format!(r#"{{"method":"ping","params":{{"x":{odd}}},"jsonrpc":"2.0","id":{id}}}"#);
            for line in [before, after] {
                assert_eq!(
                    refused(&mut server, line.as_bytes()),
                    (-32600, Some(id.to_owned())),
                    "{line:.200}"
                );
            }
        }
        // Without an id that can be read.
        for id in ["null", r#""\ud800""#, "1e999", "[7]"] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping","params":{{"x":{odd}}}}}"#);
            assert_eq!(refused(&mut server, line.as_bytes()), (-32600, None), "{line:.200}");
        }
    }
    answers_a_ping(&mut server);
}

#[test]
fn ids_of_every_type() {
    let mut server = ready();
    let huge = format!("\"{}\"", "x".repeat(1 << 20));
    for id in [
        "0",
        "-1",
        "7",
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
        "\"\"",
        "\"a\"",
        "\"7\"",
        "\"\u{1f600}\"",
        &huge,
    ] {
        server.write(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}\n").as_bytes());
        assert_eq!(server.receive_line(), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
    }
    // Numbers that are no ids of ours, and still theirs.
    for id in ["1.5", "9223372036854775808", "123456789012345678901234567890", "-1e300"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        assert_eq!(refused(&mut server, line.as_bytes()), (-32600, Some(id.to_owned())));
    }
    for id in ["null", "true", "{}", "{\"id\":1}", "[]", "[1]"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        assert_eq!(refused(&mut server, line.as_bytes()), (-32600, None), "{id}");
    }
    answers_a_ping(&mut server);
}

#[test]
fn names_that_come_twice() {
    let upstream = Upstream::new(echo);
    let mut server = Server::against(&upstream, &[]);
    for (line, id) in [
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, "2"),
        (r#"{"jsonrpc":"2.0","id":3,"method":"ping","method":"tools/list"}"#, "3"),
        (r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":4,"method":"ping"}"#, "4"),
    ] {
        assert_eq!(refused(&mut server, line.as_bytes()), (-32600, Some(id.to_owned())), "{line}");
    }
    assert_eq!(upstream.count(), 0);
    // Which of two values was meant nobody knows, so neither is sent.
    for (arguments, path) in [
        (r#"{"id":"org_1","id":"org_2"}"#, "`id`"),
        (r#"{"id":"org_1","\u0069d":"org_2"}"#, "`id`"),
        (r#"{"id":"org_1","fields":[{"a":{"b":1,"b":2}}]}"#, "`fields[0].a.b`"),
        (r#"{"id":"org_1","$serde_json::private::Number":"1"}"#, "is not a name that can be sent"),
    ] {
        server.write(format!(
            r#"{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{{"name":"get_organization","arguments":{arguments}}}}}{}"#, "\n"
        ).as_bytes());
        let result = server.receive()["result"].take();
        let text = result["content"][0]["text"].as_str().expect("text");
        assert!(
            result["isError"] == true && text.starts_with("Nothing was sent: ") && text.contains(path),
            "{result}"
        );
    }
    // Nor beside the arguments.
    for params in [
        r#"{"name":"get_organization","name":"delete_organization","arguments":{"id":"org_1"}}"#,
        r#"{"name":"get_organization","arguments":{"id":"org_1"},"arguments":{"id":"org_2"}}"#,
        r#"{"name":"get_organization","arguments":{"id":"org_1"},"_meta":{"a":{"b":1,"b":2}}}"#,
    ] {
        server.write(
            format!(r#"{{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{params}}}{}"#, "\n")
                .as_bytes(),
        );
        let answer = server.receive();
        assert!(answer.get("error").is_some() || answer["result"]["isError"] == true, "{answer}");
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn batches_get_one_answer() {
    let mut server = ready();
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let many = format!("[{}]", vec![ping; 1000].join(","));
    let too_many = format!("[{}]", vec![ping; 50_000].join(","));
    for batch in ["[]", "[1,2]", "[[]]", &format!("[{ping}]"), &many, &too_many] {
        assert_eq!(refused(&mut server, batch.as_bytes()), (-32600, None), "{batch:.80}");
    }
    answers_a_ping(&mut server);
}

#[test]
fn odd_text_in_arguments_is_answered() {
    let upstream = Upstream::new(echo);
    let mut server = Server::against(&upstream, &[]);
    for (number, arguments) in [
        json!({"id": "org\u{0}1"}),
        json!({"id": "org_1", "\u{0}": 1}),
        json!({"id": 1e300}),
        json!({"id": {"a": [[[[null]]]]}}),
        json!({"id": "x".repeat(1 << 20)}),
        json!(null),
    ]
    .into_iter()
    .enumerate()
    {
        let id = u64::try_from(number).expect("a small number");
        server.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                            "params": {"name": "get_organization", "arguments": arguments}}));
        let answer = server.receive();
        assert_eq!(answer["id"], id);
        assert!(answer.get("error").is_some() || answer["result"]["isError"] == true, "{answer:.300}");
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn numbers_beyond_2_to_the_53_keep_their_digits() {
    let upstream = Upstream::answering(Answer::json(201, &json!({"success": true})));
    let mut server = Server::against(&upstream, &[]);
    for number in ["9007199254740993", "-9007199254740993", "18446744073709551615"] {
        let mut arguments = fixtures()["create_audit_log_event"]["arguments"].to_string();
        let metadata = format!(r#""big":{number},"#);
        let found = arguments.find(r#""transaction_id""#).expect("metadata");
        arguments.insert_str(found, &metadata);
        server.write(
            format!(
                r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"create_audit_log_event","arguments":{arguments}}}}}"#
            )
            .as_bytes(),
        );
        server.write(b"\n");
        let text = server.receive_line();
        if number.starts_with('1') {
            // No id of ours, but theirs.
            assert!(text.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{number},"error":"#)), "{text}");
            continue;
        }
        assert!(text.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{number},"result":"#)), "{text}");
        let sent = upstream.received().pop().expect("a request").body;
        assert!(String::from_utf8_lossy(&sent).contains(&metadata), "{}", String::from_utf8_lossy(&sent));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_of_100_megabytes() {
    let mut server = ready();
    let before = server.memory("VmRSS");
    server.write(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"x":""#);
    for _ in 0..100 {
        server.write(&vec![b'x'; 1 << 20]);
    }
    server.write(b"\"}}\n");
    let answer = server.receive();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32600)));
    answers_a_ping(&mut server);
    let grown = server.memory("VmHWM") - before;
    assert!(grown < 40.0, "{grown} MB more");
}

#[cfg(target_os = "linux")]
#[test]
fn lines_of_a_million_values() {
    const CALLS: usize = 60;
    let mut server = ready();
    let before = server.memory("VmRSS");
    let values = "1,".repeat(3_500_000);
    for id in 0..3 {
        let line = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"get_organization","arguments":{{"id":[{values}1]}}}}}}"#
        );
        assert_eq!(refused(&mut server, line.as_bytes()), (-32600, Some(id.to_string())));
    }
    let grown = server.memory("VmHWM") - before;
    assert!(grown < 30.0, "{grown} MB more");

    // As much as passes, many times.
    let before = server.memory("VmRSS");
    let values = "1,".repeat(90_000);
    let line = |id| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"get_organization","arguments":{{"id":[{values}1]}}}}}}"#
        ) + "\n"
    };
    let lines: String = (0..CALLS).map(line).collect();
    server.write(lines.as_bytes());
    let answers = crate::by_id((0..CALLS).map(|_| server.receive()).collect());
    assert_eq!(answers.len(), CALLS);
    let grown = server.memory("VmHWM") - before;
    assert!(grown < 40.0, "{grown} MB more");
}

#[test]
fn an_answer_to_a_question_that_cannot_be_read_is_a_no() {
    for answer in [
        r#""result":5"#,
        r#""result":{}"#,
        r#""result":{"action":"perhaps"}"#,
        r#""result":{"action":"accept"},"error":{"code":1,"message":""}"#,
        r#""result":{"action":"accept","content":"\ud800"}"#,
        r#""result":{"action":"accept"},"result":{"action":"accept"}"#,
        r#""error":5"#,
        r#""error":{"code":"x"}"#,
    ] {
        let upstream = Upstream::new(echo);
        let mut server = Server::start(&["--base-url", &upstream.url]);
        let mut params = initialize_params("2025-11-25");
        params["capabilities"] = json!({"elicitation": {}});
        server.ask("initialize", params);
        server.send(&crate::delete(50));
        let question = server.receive();
        assert_eq!(question["method"], "elicitation/create", "{question}");
        server.write(format!("{{\"jsonrpc\":\"2.0\",\"id\":{},{answer}}}\n", question["id"]).as_bytes());
        let result = server.receive();
        assert_eq!(result["id"], 50, "{answer}: {result}");
        assert_eq!(result["result"]["isError"], true, "{answer}: {result}");
        assert!(upstream.received().iter().all(|request| request.method == "GET"), "{answer}");
        // And nothing was said to the answer.
        server.send(&get(51, "org_1"));
        assert_eq!(server.receive()["id"], 51, "{answer}");
    }
}
