//! How far a long command has come, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// A bar is drawn anew no more often than this.
const REDRAWN: Duration = Duration::from_millis(100);
/// In a log a line every so often is enough.
const LOGGED: Duration = Duration::from_secs(10);
const WIDTH: usize = 24;

/// How far a command has come.
pub struct Progress {
    shown: Shown,
    start: Instant,
    last: Instant,
    /// Written by this run; an earlier one may have written more.
    new: u64,
    total: Option<u64>,
    /// What is counted, one of it: `item`.
    what: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Lines,
    Bar,
}

impl Progress {
    /// Nothing if it is to be quiet. Items on a terminal and a bar would mix.
    pub fn new(quiet: bool, items_on_terminal: bool, what: &'static str) -> Self {
        let shown = match () {
            () if quiet => Shown::Nothing,
            () if std::io::stderr().is_terminal() && !items_on_terminal => Shown::Bar,
            () => Shown::Lines,
        };
        let now = Instant::now();
        Self { shown, start: now, last: now, new: 0, total: None, what }
    }

    /// Whether knowing how many items there are would show.
    pub fn wants_total(&self) -> bool {
        self.shown == Shown::Bar
    }

    /// About so many items there are.
    pub fn set_total(&mut self, total: u64) {
        self.total = Some(total).filter(|total| *total > 0);
    }

    /// So many items are written, and so many of them just now.
    pub fn moved(&mut self, items: u64, just_now: usize) {
        let first = self.new == 0;
        self.new += just_now as u64;
        let wait = if self.shown == Shown::Bar { REDRAWN } else { LOGGED };
        if self.shown == Shown::Nothing || self.last.elapsed() < wait && !(first && self.shown == Shown::Bar)
        {
            return;
        }
        self.last = Instant::now();
        let seconds = self.start.elapsed().as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people, finite and not negative"
        )]
        let rate = if seconds > 0.0 { (self.new as f64 / seconds) as u64 } else { 0 };
        let line = line(items, self.total, rate, self.start.elapsed().as_secs(), self.what);
        if self.shown == Shown::Bar {
            eprint!("\r\x1b[2K{line}");
            let _ = std::io::stderr().flush();
        } else {
            eprintln!("{line}");
        }
    }

    /// Something to be known beside it.
    pub fn say(&self, text: &str) {
        if self.shown != Shown::Nothing {
            self.clear();
            eprintln!("{text}");
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if self.shown == Shown::Bar {
            eprint!("\r\x1b[2K");
        }
    }

    /// How long it took.
    pub fn seconds(&self) -> u64 {
        self.start.elapsed().as_secs()
    }
}

fn line(items: u64, total: Option<u64>, rate: u64, seconds: u64, what: &str) -> String {
    let Some(total) = total else {
        return format!("{}, {rate}/s, {}", counted(items, what), clock(seconds));
    };
    // Items may have come since they were counted.
    let total = total.max(items);
    let full = usize::try_from(items.saturating_mul(WIDTH as u64) / total).unwrap_or(WIDTH).min(WIDTH);
    let bar = format!("{}{}", "#".repeat(full), "-".repeat(WIDTH - full));
    let left = (total - items).checked_div(rate).map(|left| format!(", {} left", clock(left)));
    format!("[{bar}] {items} of about {total} {what}s, {rate}/s{}", left.unwrap_or_default())
}

/// `1 item`, `2 items`
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `2:05`
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        assert_eq!(line(12_300, None, 400, 31, "item"), "12300 items, 400/s, 0:31");
        assert_eq!(
            line(25_000, Some(50_000), 400, 62, "item"),
            "[############------------] 25000 of about 50000 items, 400/s, 1:02 left"
        );
        assert_eq!(line(5, Some(4), 0, 0, "item"), "[########################] 5 of about 5 items, 0/s");
    }
}
