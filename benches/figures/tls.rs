//! Over TLS 1.3 and HTTP/2, as users have it, near and at a distance. The certificates are made
//! when the figures are taken; the program is told of their authority by `--ca-file`.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::distance;
use crate::loopback::{flood, get, reqwest_client, runtime};
use crate::report::{Contestant, medians, row, timed, times};
use crate::server::{IN_FLIGHT, Program, Server};
use crate::tls_upstream::{Reply, TlsUpstream};

/// The command by which this program makes one request directly, as a process of its own.
pub const DIRECTLY: &str = "directly";

pub const ORGANIZATION: &str = r#"{"object":"organization","id":"org_1","name":"Example Corp","external_id":null,"metadata":{},"domains":[{"object":"organization_domain","id":"org_domain_1","domain":"example.com","state":"verified"}],"created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#;

/// How far away the upstream is, in each direction.
pub const FAR: Duration = Duration::from_millis(25);

/// A page of 100.
pub fn page() -> String {
    let mut data = String::new();
    for place in 0..100 {
        let comma = if place == 0 { "" } else { "," };
        let _ = write!(data, "{comma}{ORGANIZATION}");
    }
    format!(r#"{{"object":"list","data":[{data}],"list_metadata":{{"before":null,"after":"org_1"}}}}"#)
}

/// An upstream, and where it is reached from here.
pub struct Place {
    pub upstream: TlsUpstream,
    url: String,
}

impl Place {
    pub fn at(delay: Duration) -> Self {
        let (one, many) = (Bytes::from(ORGANIZATION), Bytes::from(page()));
        let upstream = TlsUpstream::new(move |request| {
            let many = if request.path.starts_with("/organizations?") { &many } else { &one };
            Reply::Answer(200, many.clone())
        });
        let address = upstream.url.trim_start_matches("https://").parse().expect("an address");
        let url = format!("https://{}", distance::from(address, delay));
        Self { upstream, url }
    }

    pub fn arguments(&self) -> Vec<OsString> {
        let authority = self.upstream.ca_file.clone().into_os_string();
        vec!["--base-url".into(), self.url.clone().into(), "--ca-file".into(), authority]
    }

    pub fn one(&self) -> String {
        format!("{}/organizations/org_1", self.url)
    }

    /// A client that goes there directly.
    pub fn client(&self) -> reqwest::ClientBuilder {
        client(&self.upstream.ca_file)
    }
}

fn client(authority: &Path) -> reqwest::ClientBuilder {
    let authority = std::fs::read(authority).expect("an authority");
    let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
    reqwest_client().tls_certs_only([authority])
}

/// One request, from a process that was just started.
pub fn directly(url: &str, authority: &str) {
    let client = client(&PathBuf::from(authority)).build().expect("a client");
    runtime().block_on(get(&client, url));
}

pub fn near(programs: &[Program]) {
    latencies(programs, Duration::ZERO, "TLS, near", (30, 1000, 200, 5));
}

pub fn far(programs: &[Program]) {
    latencies(programs, FAR, "TLS, 25 ms each way", (5, 20, 10, 1));
}

fn latencies(programs: &[Program], delay: Duration, at: &str, rounds: (usize, usize, usize, usize)) {
    let (starts, calls, batches, lists) = rounds;
    let place = Place::at(delay);
    let (arguments, url) = (place.arguments(), place.one());
    let one = json!({"id": "org_1"});

    let this = std::env::current_exe().expect("this program's path");
    let first = |pause: Duration| {
        let mut contestants: Vec<Contestant<'_>> = Vec::new();
        for program in programs {
            let (arguments, one) = (&arguments, &one);
            contestants.push(Box::new(move || {
                let mut server = None;
                let started = timed(|| server = Some(Server::ready(program, arguments)));
                let mut server = server.expect("a server");
                std::thread::sleep(pause);
                let called = timed(|| server.call("get_organization", one));
                if pause.is_zero() { started + called } else { called }
            }));
        }
        contestants.push(Box::new(|| {
            let mut command = Command::new(&this);
            command.args([DIRECTLY, &url]).arg(&place.upstream.ca_file);
            timed(|| assert!(command.status().expect("this program").success()))
        }));
        medians(1, starts, &mut contestants)
    };
    times(&format!("{at}: spawn to the first tool result"), &first(Duration::ZERO));
    times(&format!("{at}: the first call, a second after start"), &first(Duration::from_secs(1)));

    let runtime = runtime();
    let client = place.client().build().expect("a client");
    let mut servers: Vec<Server> =
        programs.iter().map(|program| Server::ready(program, &arguments)).collect();
    let mut measure = |what: &str, rounds: usize, ours: &dyn Fn(&mut Server), direct: &dyn Fn()| {
        let mut contestants: Vec<Contestant<'_>> = Vec::new();
        for server in &mut servers {
            contestants.push(Box::new(move || timed(|| ours(server))));
        }
        contestants.push(Box::new(|| timed(direct)));
        times(&format!("{at}: {what}"), &medians(rounds / 10 + 1, rounds, &mut contestants));
    };
    measure("call after call", calls, &|server| server.call("get_organization", &one), &|| {
        runtime.block_on(get(&client, &url));
    });
    measure("64 in flight, until all are answered", batches, &|server| server.flood(IN_FLIGHT), &|| {
        runtime.block_on(flood(&client, &url, IN_FLIGHT));
    });
    let list = format!("{}/organizations?limit=100&after=org_1", place.url);
    let page = json!({"limit": 100, "after": "org_1"});
    measure(
        "10,000 items, page by page",
        lists,
        &|server| (0..100).for_each(|_| server.call("list_organizations", &page)),
        &|| (0..100).for_each(|_| runtime.block_on(get(&client, &list))),
    );
}

/// What it holds in memory once it is connected, and after load.
pub fn memory(programs: &[Program]) {
    let place = Place::at(Duration::ZERO);
    let (mut idle, mut loaded) = (Vec::new(), Vec::new());
    for program in programs {
        let mut arguments = place.arguments();
        arguments.extend(["--toolsets".into(), "all".into()]);
        let mut server = Server::ready(program, &arguments);
        server.request("tools/list", &json!({}));
        server.call("get_organization", &json!({"id": "org_1"}));
        idle.push(format!("{:.1} MB", server.resident()));
        server.flood(5_000);
        (0..100).for_each(|_| server.call("list_organizations", &json!({"limit": 100})));
        loaded.push(format!("{:.1} MB", server.resident()));
    }
    row("TLS, resident memory, all tools: connected", &idle, "", "");
    row("TLS, resident memory, all tools: after load", &loaded, "", "");
}
