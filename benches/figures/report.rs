//! How figures are taken in turns, and the table that they make.

use std::time::{Duration, Instant};

use crate::server::Program;

/// The head of the table: a column for each program, one for what they are held against, and how
/// many times as long each program took.
pub fn head(programs: &[Program]) {
    let names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
    println!("| what | {} | floor or direct | ratio to it |", names.join(" | "));
    println!("|---|{}---|---|", "---|".repeat(names.len()));
}

/// A row of texts: one for each program, and whatever stands beside them.
pub fn row(what: &str, measured: &[String], direct: &str, ratio: &str) {
    println!("| {what} | {} | {direct} | {ratio} |", measured.join(" | "));
}

/// A row of times: those of the programs, and that of what they are held against last.
pub fn times(what: &str, medians: &[Duration]) {
    let [measured @ .., direct] = medians else { return };
    let ratios: Vec<String> =
        measured.iter().map(|time| format!("{:.2}", time.as_secs_f64() / direct.as_secs_f64())).collect();
    row(what, &measured.iter().map(|time| ms(*time)).collect::<Vec<_>>(), &ms(*direct), &ratios.join(", "));
}

/// A row of numbers, likewise.
pub fn numbers(what: &str, all: &[f64], shown: fn(f64) -> String) {
    let [measured @ .., floor] = all else { return };
    let ratios: Vec<String> = measured.iter().map(|number| format!("{:.2}", number / floor)).collect();
    row(
        what,
        &measured.iter().map(|number| shown(*number)).collect::<Vec<_>>(),
        &shown(*floor),
        &ratios.join(", "),
    );
}

pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.3} ms") } else { format!("{ms:.1} ms") }
}

pub fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// One who is measured: what it does, once, and how long that took.
pub type Contestant<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// What each of them took, sorted, so many times in turns, the first times not counted.
pub fn turns(warm_up: usize, times: usize, contestants: &mut [Contestant<'_>]) -> Vec<Vec<Duration>> {
    let mut all: Vec<Vec<Duration>> = vec![Vec::new(); contestants.len()];
    for round in 0..warm_up + times {
        for (contestant, all) in contestants.iter_mut().zip(&mut all) {
            let took = contestant();
            if round >= warm_up {
                all.push(took);
            }
        }
    }
    for all in &mut all {
        all.sort_unstable();
    }
    all
}

/// The time that so many of a hundred do not exceed.
pub fn at(sorted: &[Vec<Duration>], part: usize) -> Vec<Duration> {
    sorted.iter().map(|sorted| sorted[sorted.len() * part / 100]).collect()
}

/// The medians of [`turns`].
pub fn medians(warm_up: usize, times: usize, contestants: &mut [Contestant<'_>]) -> Vec<Duration> {
    at(&turns(warm_up, times, contestants), 50)
}
