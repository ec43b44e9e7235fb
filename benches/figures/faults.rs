//! What a call takes on a connection that the other side has closed or left, and on one through
//! which nothing comes any more, at a distance.
//!
//! A dead connection (no acknowledgements) and a stuck one (acknowledgements, and nothing else) look
//! the same to the program: no bytes come. Which of them it is, only the system knows, and a relay
//! in this process can show the second alone.

use std::time::Duration;

use serde_json::json;

use crate::loopback::{get, runtime};
use crate::report::{Contestant, medians, ms, row, timed, times};
use crate::server::{KEY, Program, Server};
use crate::tls::{FAR, Place};

/// How long a direct request waits for what does not come.
const PATIENCE: Duration = Duration::from_secs(5);
/// Until everything that was on its way is there.
const SETTLED: Duration = Duration::from_millis(200);

pub fn all(programs: &[Program]) {
    let one = json!({"id": "org_1"});
    // Minutes are shortened to what happens in them: the other side ends what nobody uses.
    after("after idle minutes, closed meanwhile", programs, |place| place.upstream.close_all());
    after("after GOAWAY", programs, |place| place.upstream.go_away(0));

    let mut rows: Vec<(&str, Vec<String>)> =
        ["a call on a stuck connection", "the call after that", "a call whose connection dies under it"]
            .into_iter()
            .map(|what| (what, Vec::new()))
            .collect();
    for program in programs {
        let place = Place::at(FAR);
        let mut server = Server::ready(program, &place.arguments());
        server.call("get_organization", &one);
        place.upstream.fall_silent();
        for (_, measured) in rows.iter_mut().take(2) {
            measured.push(outcome(|| server.try_call("get_organization", &one)));
        }
        // A good connection again, and then not while the answer is on its way.
        server.try_call("get_organization", &one);
        std::thread::sleep(SETTLED);
        let dying = || {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(FAR / 2);
                    place.upstream.fall_silent();
                });
                server.try_call("get_organization", &one)
            })
        };
        rows[2].1.push(outcome(dying));
    }
    let place = Place::at(FAR);
    let runtime = runtime();
    let client = place.client().timeout(PATIENCE).build().expect("a client");
    runtime.block_on(get(&client, &place.one()));
    place.upstream.fall_silent();
    let direct = || {
        outcome(|| runtime.block_on(async { client.get(place.one()).bearer_auth(KEY).send().await.is_ok() }))
    };
    let direct = [direct(), direct(), String::new()];
    for ((what, measured), direct) in rows.iter().zip(&direct) {
        row(&format!("TLS, 25 ms each way: {what}"), measured, direct, "");
    }
}

fn outcome(call: impl FnOnce() -> bool) -> String {
    let mut answered = false;
    let took = timed(|| answered = call());
    format!("{}{}", ms(took), if answered { "" } else { ", an error" })
}

/// A call after something has happened to the connection.
fn after(what: &str, programs: &[Program], happens: fn(&Place)) {
    let one = json!({"id": "org_1"});
    let mut contestants: Vec<Contestant<'_>> = Vec::new();
    for program in programs {
        let place = Place::at(FAR);
        let mut server = Server::ready(program, &place.arguments());
        let one = one.clone();
        contestants.push(Box::new(move || {
            server.call("get_organization", &one);
            happens(&place);
            std::thread::sleep(SETTLED);
            timed(|| server.call("get_organization", &one))
        }));
    }
    let place = Place::at(FAR);
    let runtime = runtime();
    let client = place.client().build().expect("a client");
    contestants.push(Box::new(move || {
        runtime.block_on(get(&client, &place.one()));
        happens(&place);
        // The client does what it does by itself meanwhile, as the program.
        runtime.block_on(async { tokio::time::sleep(SETTLED).await });
        timed(|| runtime.block_on(get(&client, &place.one())))
    }));
    times(&format!("TLS, 25 ms each way: {what}"), &medians(1, 5, &mut contestants));
}
