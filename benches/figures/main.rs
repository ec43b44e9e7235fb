//! The figures that the program is held to, measured in one run beside the least that could do the
//! same: on plain loopback (`loopback.rs`) a bare loop behind the same pipes (`floor.rs`), and over
//! TLS 1.3 and HTTP/2, near and at a distance (`tls.rs`), also where connections end, fall silent or
//! break (`faults.rs`), the same requests made directly with reqwest.
//!
//! `WORKOS_BENCH_PROGRAM` puts another build in place of this one, or several, separated as in
//! `PATH`: they take turns, so that all see the same weather. Arguments choose parts by name.
//!
//! Latencies are measured on one core (with `taskset`, where there is one): on a small
//! machine the same request takes five times as long between some cores as on one.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

mod distance;
mod faults;
mod floor;
mod loopback;
mod report;
mod sandbox;
mod server;
mod sizes;
mod tls;
#[path = "../../tests/common/tls_upstream.rs"]
mod tls_upstream;

use std::process::Command;

use server::Program;

/// A part of the figures: its name, whether it wants one core for itself, and what it does.
type Part = (&'static str, bool, fn(&[Program]));

const PARTS: &[Part] = &[
    ("loopback-latency", true, loopback::latencies),
    ("loopback-throughput", false, loopback::throughput),
    ("tls-near", true, tls::near),
    ("tls-memory", false, tls::memory),
    ("tls-far", false, tls::far),
    ("faults", false, faults::all),
    ("sandbox", true, sandbox::all),
    ("sizes", false, sizes::all),
];

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [command, url, authority] = arguments.as_slice()
        && command == tls::DIRECTLY
    {
        tls::directly(url, authority);
        return;
    }
    if let [command, _, upstream, ..] = std::env::args().skip(1).collect::<Vec<_>>().as_slice()
        && command == floor::FLOOR
    {
        floor::serve(upstream);
        return;
    }
    let programs = server::programs();
    if let [command, name] = arguments.as_slice()
        && command == "pinned"
    {
        PARTS.iter().filter(|(part, ..)| part == name).for_each(|(.., measure)| measure(&programs));
        return;
    }
    let this = std::env::current_exe().expect("this program's path");
    report::head(&programs);
    for (name, pinned, measure) in PARTS {
        if !arguments.is_empty() && !arguments.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let on_one_core = *pinned && {
            let status = Command::new("taskset").args(["-c", "0"]).arg(&this).args(["pinned", name]).status();
            status.is_ok_and(|status| status.success())
        };
        if !on_one_core {
            measure(&programs);
        }
    }
}
