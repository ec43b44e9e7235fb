#!/usr/bin/env bash
# Fuzzes what reads strangers' bytes: the pipe, the arguments of a call, and the request that is
# made of them. What must hold is in src/testing.rs.
#
#   tests/fuzz/run.sh [seconds] [target…]   each target for so long; 30 s, all three
#   SANITIZER=address tests/fuzz/run.sh     with nightly; our own code has no `unsafe`
#
# Begins with the corpus beside it, one call of each fixture, and what earlier runs found
# (target/external/fuzz). An input that breaks a promise stays in target/external/fuzz/found:
# mend the fault, and add the input to tests/fuzz/corpus, which `cargo test` runs too.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=0.13.2 # of cargo-fuzz
seconds=${1:-30}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(line arguments request)
sanitizer=${SANITIZER:-none}
toolchain=${SANITIZER:+nightly}

# Status 3: something is not here.
missing() {
    echo "skipped: $1"
    exit 3
}
for program in cargo c++ node; do
    command -v "$program" >/dev/null || missing "no $program"
done
[ "$(uname -s)" != Windows_NT ] || missing "not on Windows"

work=$PWD/target/external/fuzz
tools=$PWD/target/external/cargo-fuzz
if [ "$("$tools/bin/cargo-fuzz" --version 2>/dev/null)" != "cargo-fuzz $version" ]; then
    # Not optimized: it only starts cargo.
    cargo install --quiet --debug cargo-fuzz --version "$version" --locked --root "$tools" ||
        missing "cargo-fuzz cannot be installed"
fi
if ! said=$(cargo fetch --quiet --locked --manifest-path tests/fuzz/Cargo.toml 2>&1); then
    echo "$said"
    # That is a mistake of ours, and nothing that a machine lacks.
    case $said in *--locked*) echo "FAILED  tests/fuzz/Cargo.lock is out of date" && exit 1 ;; esac
    missing "crates.io cannot be reached"
fi

export PATH="$tools/bin:$PATH"
for target in "${targets[@]}"; do
    # Without a sanitizer nothing of this needs nightly.
    cargo ${toolchain:+"+$toolchain"} fuzz build --fuzz-dir tests/fuzz --target-dir "$work/build" -s "$sanitizer" "$target"
done

rm -rf "$work/seeds"
node tests/fuzz/seeds.mjs fixtures "$work/seeds"
host=$(rustc -vV | sed -n 's/^host: //p')
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$work/corpus/$target" "$work/found"
    log=$work/$target.log
    # New inputs go into the first directory. The same seed each time: a run differs from another
    # only by what was found before and by how far it gets.
    if "$work/build/$host/release/$target" "$work/corpus/$target" "tests/fuzz/corpus/$target" "$work/seeds/$target" \
        -max_total_time="$seconds" -seed=1 -max_len=4096 -timeout=20 -rss_limit_mb=1024 \
        -dict="$work/seeds/words.dict" -artifact_prefix="$work/found/$target-" -print_final_stats=1 >"$log" 2>&1; then
        echo "ok      $target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") inputs in $seconds s, nothing found"
    else
        failed=1
        echo "FAILED  $target"
        grep -E 'panicked|^[^#]*assertion|left:|right:|ERROR|Test unit written' -A1 "$log" | cut -c1-500 || true
    fi
done
exit $failed
