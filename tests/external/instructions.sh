#!/usr/bin/env bash
# Counts the instructions of one call and one page, and holds them against the bounds in
# tests/cost/bounds.rs. The profiles stay in target/external/instructions, for
# `callgrind_annotate`.
#
# Ends with 3 where there is no valgrind, or one that does not run here.
set -uo pipefail
cd "$(dirname "$0")/../.."

if ! command -v valgrind >/dev/null; then
    echo "skipped: no valgrind"
    exit 3
fi
if ! valgrind --quiet --tool=callgrind --callgrind-out-file=/dev/null true; then
    echo "skipped: valgrind does not run here"
    exit 3
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo test --locked --test cost -- --ignored --nocapture 2>&1 | tee "$log" || exit 1
# The last line is what `all.sh` shows.
grep '^instructions of' "$log" | paste -sd ';'
