//! The floor: the least that a server behind pipes can do. A bare loop that reads lines without
//! blocking, sends a request for each with reqwest, and writes the body back as the text of a result;
//! no tools, no checks, no masking. It runs as a process of its own, as the programs do.

use std::cell::RefCell;
use std::os::fd::AsFd;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use crate::loopback::{reqwest_client, runtime};
use crate::server::{KEY, Program};

/// The command by which this program is the floor.
pub const FLOOR: &str = "floor";

/// This program as one that is measured.
pub fn program() -> Program {
    let path = std::env::current_exe().expect("this program's path");
    Program { name: "floor".to_owned(), path, command: Some(FLOOR) }
}

#[derive(Deserialize)]
struct Message<'a> {
    id: Option<u64>,
    method: &'a str,
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    arguments: Option<Arguments<'a>>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    id: Option<&'a str>,
}

/// Serves until its input ends.
pub fn serve(upstream: &str) {
    runtime().block_on(LocalSet::new().run_until(async {
        let input = std::io::stdin().as_fd().try_clone_to_owned().expect("stdin");
        let output = std::io::stdout().as_fd().try_clone_to_owned().expect("stdout");
        let mut input = BufReader::new(Receiver::from_owned_fd(input).expect("a pipe"));
        let mut output = Sender::from_owned_fd(output).expect("a pipe");
        let client: Rc<RefCell<Option<reqwest::Client>>> = Rc::default();
        let (answers, mut answered) = mpsc::unbounded_channel::<Vec<u8>>();
        spawn_local(async move {
            while let Some(mut answer) = answered.recv().await {
                // What has come meanwhile goes along.
                while let Ok(further) = answered.try_recv() {
                    answer.extend(further);
                }
                output.write_all(&answer).await.expect("a reader");
            }
        });
        let mut line = String::new();
        while input.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let Message { id, method, params } = serde_json::from_str(&line).expect("a message");
            match (id, method) {
                (Some(id), "tools/call") => {
                    let client = client
                        .borrow_mut()
                        .get_or_insert_with(|| reqwest_client().build().expect("a client"))
                        .clone();
                    let url =
                        match params.and_then(|params| params.arguments).and_then(|arguments| arguments.id) {
                            Some(organization) => format!("{upstream}/organizations/{organization}"),
                            None => format!("{upstream}/organizations?limit=100"),
                        };
                    let answers = answers.clone();
                    spawn_local(async move {
                        let answer = client.get(url).bearer_auth(KEY).send().await.expect("an answer");
                        let body = answer.bytes().await.expect("a body");
                        let _ = answers.send(result(id, &body));
                    });
                }
                (Some(id), _) => {
                    let answer = json!({"jsonrpc": "2.0", "id": id, "result": {}});
                    let _ = answers.send(format!("{answer}\n").into_bytes());
                }
                (None, _) => {}
            }
            line.clear();
        }
    }));
}

/// The line of an answer: its body, once as text.
fn result(id: u64, body: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(body.len() * 5 / 4 + 128);
    line.extend_from_slice(
        format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"#).as_bytes(),
    );
    let text = std::str::from_utf8(body).expect("text");
    serde_json::to_writer(&mut line, text).expect("a string");
    line.extend_from_slice(b"}]}}\n");
    line
}
