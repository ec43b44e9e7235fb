#!/usr/bin/env bash
# Runs every test that takes longer than those of `cargo test`, or installs something first: the
# clients of others, the conformance suite, the vendor's emulator and SDKs, the vendor's contract, instructions
# counted, an operation added by the book, fuzzing, long runs.
#
#   tests/external/all.sh [seconds]   no longer than so many seconds, 3,600 if nothing is said
#
# One line for each part. `skipped` is what this machine has not got (a program, a registry that
# answers), and what the time was too short for; it is no failure, but it was not tested either.
# Ends with 1 if something failed. What the parts print is in target/external/log.
set -uo pipefail
cd "$(dirname "$0")/../.."

deadline=$((SECONDS + ${1:-3600}))
logs=$PWD/target/external/log
mkdir -p "$logs"
passed=0 failed=0 skipped=0

if ! command -v timeout >/dev/null; then
    echo "skipped: all: no timeout (GNU coreutils)"
    exit 0
fi
running=
trap '[ -z "$running" ] || kill "$running" 2>/dev/null; exit 130' INT TERM

# part <name> <its longest time in seconds> <command…>
part() {
    local name=$1 longest=$2 start=$SECONDS left=$((deadline - SECONDS)) log=$logs/$1.txt status=0 short=
    shift 2
    if [ "$left" -lt "$longest" ]; then
        short=1 longest=$left
    fi
    if [ "$longest" -lt 5 ]; then
        echo "SKIPPED $name: the time for all of it is up"
        skipped=$((skipped + 1))
        return
    fi
    timeout --kill-after=20 "$longest" "$@" >"$log" 2>&1 &
    running=$!
    wait "$running" || status=$?
    running=
    local took="$((SECONDS - start)) s"
    case $status in
        0)
            passed=$((passed + 1))
            echo "passed  $name ($took): $(tail -n 1 "$log")"
            ;;
        3)
            skipped=$((skipped + 1))
            echo "SKIPPED $name: $(sed -n 's/^skipped: //p' "$log" | tail -n 1)"
            ;;
        124 | 137)
            if [ -n "$short" ]; then
                skipped=$((skipped + 1))
                echo "SKIPPED $name: the time for all of it was up after $took"
            else
                failed=$((failed + 1))
                echo "FAILED  $name: not done after $longest s; see $log"
            fi
            ;;
        *)
            failed=$((failed + 1))
            echo "FAILED  $name ($took, status $status); see $log"
            grep -E 'FAIL|panicked|error' -A3 "$log" | tail -n 40 | cut -c1-500 | sed 's/^/        /' || true
            ;;
    esac
}

# In the profile that the tests have built already.
part contract 300 tests/external/contract.sh
part instructions 600 tests/external/instructions.sh
part long-runs 600 cargo test --locked --test long_runs -- --ignored --nocapture
part clients 600 tests/external/clients.sh
part conformance 900 tests/external/conformance.sh
part emulator 600 tests/external/emulator.sh
part sandbox 300 tests/external/sandbox.sh
part sdks 600 tests/external/sdks.sh
part add-operation 900 tests/external/add_operation.sh
part fuzz 900 tests/fuzz/run.sh "${FUZZ_SECONDS:-30}"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
