#!/usr/bin/env bash
# Runs the official MCP conformance suite, its server side, for both lifecycles: 2025-11-25 with
# a handshake, 2026-07-28 without. The suite speaks only HTTP, so bridge.mjs stands between.
#
#   fixture     the binary `conformance`: our pipe and our handler, and beside them the tools,
#               prompts and resources that the suite calls. Every scenario must pass.
#   workos-mcp  the real binary, on its sandbox. What a server of tools cannot pass is listed in
#               conformance-expected.yml and must fail; every other scenario must pass.
#
# Needs cargo, Node and npm; what it installs goes to target/external/conformance.
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=@modelcontextprotocol/conformance@0.2.0-alpha.12
# The suite needs a newer Node than 20; npm has it as a package.
node=node@24.21.0
# What these depend on is no younger than this, so that every machine gets the same.
before=2026-11-15
revisions="2025-11-25 2026-07-28"

# Status 3: something is not here.
missing() {
  echo "skipped: $1"
  exit 3
}
for program in cargo node npm timeout; do
  if ! command -v "$program" >/dev/null; then
    missing "no $program"
  fi
done

# Settings of whoever runs this are not the servers' business.
for name in ${!WORKOS_@}; do unset "$name"; done

here=$PWD/tests/external
target=${CARGO_TARGET_DIR:-$PWD/target}
there=$target/external/conformance

mkdir -p "$there"
wanted="$suite $node $before"
if [ "$(cat "$there/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$there/node_modules" "$there/package.json" "$there/package-lock.json"
  echo '{ "private": true }' >"$there/package.json"
  timeout 600 npm install --prefix "$there" --no-audit --no-fund --loglevel error \
    --before "$before" --save-exact "$suite" "$node" || missing "the packages of npm cannot be installed"
  echo "$wanted" >"$there/installed"
fi
node=$there/node_modules/node/bin/node
suite=$there/node_modules/@modelcontextprotocol/conformance

timeout 1800 cargo build --quiet --locked --features conformance --bin workos-mcp --bin conformance

bridge=
stop() {
  [ -n "$bridge" ] || return 0
  kill "$bridge" 2>/dev/null || true
  for _ in {1..50}; do
    kill -0 "$bridge" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$bridge" 2>/dev/null || true
  wait "$bridge" 2>/dev/null || true
  bridge=
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# One line for each scenario that a revision requires, from the suite's list and its report.
verdicts() {
  awk '
    FNR == NR { listed = /^server:/ || (listed && !/^[a-z_]/); if (listed && /^  - /) name[++count] = $2; next }
    { gsub(/\033\[[0-9;]*m/, "") }
    /^=== SUMMARY ===/ { section = "summary" }
    /^Not scored/ { section = "" }
    /^Expected failures/ { section = "expected" }
    /^Stale baseline entries/ { section = "stale" }
    /^Unexpected failures/ { section = "unexpected" }
    section == "summary" && NF > 1 { sub(/:$/, "", $2); ran[$2] = 1 }
    section ~ /expected|stale/ && /^  / { part = sub(/:.*/, "", $2); is[$2, section] = 1 + part }
    END {
      for (at = 1; at <= count; at++) {
        scenario = name[at]
        if (!ran[scenario]) said = "FAILED, it did not run"
        else if (is[scenario, "unexpected"]) said = "FAILED"
        else if (is[scenario, "stale"]) said = "FAILED, it passes what is expected to fail"
        else if (is[scenario, "expected"] == 1) said = "does not apply"
        else if (is[scenario, "expected"] == 2) said = "ok, but for what does not apply"
        else said = "ok"
        print scenario ": " said
      }
    }' "$suite/requirements/$1.yaml" "$2"
}

passed=0 failed=0 spared=0

# run <name> <file of expected failures> <command…>
run() {
  local name=$1 expected=$2 out=$there/$1 revision ended lines failures
  shift 2
  rm -rf "$out"
  mkdir -p "$out"
  for revision in $revisions; do
    "$node" "$here/bridge.mjs" 0 "$@" >"$out/$revision.url" 2>"$out/$revision.bridge.txt" &
    bridge=$!
    for _ in {1..100}; do
      [ -s "$out/$revision.url" ] && break
      sleep 0.1
    done
    ended=0
    timeout 300 "$node" "$suite/dist/index.js" server --url "$(cat "$out/$revision.url")" --requirements "$revision" \
      --expected-failures "$expected" --output-dir "$out/$revision" >"$out/$revision.txt" 2>&1 || ended=$?
    stop
    lines=$(verdicts "$revision" "$out/$revision.txt")
    sed "s/^/$name $revision /" <<<"$lines"
    passed=$((passed + $(grep -c ': ok' <<<"$lines" || true)))
    spared=$((spared + $(grep -c ': does not apply' <<<"$lines" || true)))
    failures=$(grep -c ': FAILED' <<<"$lines" || true)
    # The suite's own word counts too, whatever was made of its report.
    if [ "$ended" -ne 0 ] && [ "$failures" -eq 0 ]; then
      echo "$name $revision: FAILED, the suite ended with $ended"
      failures=1
    fi
    [ "$failures" -eq 0 ] || echo "see $out/$revision.txt"
    failed=$((failed + failures))
  done
}

echo 'server: []' >"$there/nothing-expected.yml"
run fixture "$there/nothing-expected.yml" "$target/debug/conformance"
run workos-mcp "$here/conformance-expected.yml" "$target/debug/workos-mcp" --sandbox

echo "$spared do not apply to a server of tools"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
