#!/usr/bin/env bash
# Drives the built binary with the MCP clients that others use: the Python client, the
# TypeScript client in its current and its first version, and the Inspector, in both lifecycles.
#
#   tests/external/clients.sh                       builds the binary and tests it
#   WORKOS_MCP=path/to/it tests/external/clients.sh tests that one
#
# The first run installs the clients under target/external/clients; nothing else leaves loopback.
# Ends with 3 where that cannot be done.
set -euo pipefail

program=${WORKOS_MCP:+$(realpath "$WORKOS_MCP")}
cd "$(dirname "$0")/../.."
here=tests/external/clients
work=$PWD/target/external/clients

pip_packages=(mcp==2.3.0)
npm_packages=(
    @modelcontextprotocol/client@2.4.0
    @modelcontextprotocol/sdk@1.32.2
    @modelcontextprotocol/inspector@2.12.0
    node@24.21.0 # for the Inspector
)

# Status 3: something is not here.
missing() {
    echo "skipped: $1"
    exit 3
}
for needed in python3 node npm; do
    if ! command -v "$needed" >/dev/null; then
        missing "no $needed"
    fi
done

if [ -z "$program" ]; then
    cargo build --locked
    program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/workos-mcp")
fi

mkdir -p "$work"
wanted="$(python3 --version) ${pip_packages[*]} ${npm_packages[*]}"
if [ "$(cat "$work/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$work/installed" "$work/venv" "$work/node_modules" "$work"/package*.json
    python3 -m venv "$work/venv" || missing "no venv for python3"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${pip_packages[@]}" ||
        missing "the packages of PyPI cannot be installed"
    npm install --prefix "$work" --silent --no-audit --no-fund --save-exact "${npm_packages[@]}" ||
        missing "the packages of npm cannot be installed"
    echo "$wanted" >"$work/installed"
fi
# Node looks for packages beside the file that imports them.
cp "$here/client.mjs" "$work/client.mjs"

"$program" --sandbox --toolsets all tools --json >"$work/tools.json"
: >"$work/url"
"$work/venv/bin/python" "$here/upstream.py" >"$work/url" &
upstream=$!
trap 'kill "$upstream" 2>/dev/null || true' EXIT
for _ in {1..100}; do
    [ ! -s "$work/url" ] || break
    sleep 0.1
done
url=$(cat "$work/url")

log=$work/log
: >"$log"
# Runs the checks of one client in one mode; "$@" starts it.
run() {
    "$@" "$program" "$url" "$work/tools.json" | tee -a "$log" ||
        echo "FAILED  $(basename "$2") ${*:3}: ended before its last check" | tee -a "$log"
}

for mode in legacy auto 2026-07-28; do
    run "$work/venv/bin/python" "$here/client.py" "$mode"
done
for mode in legacy auto 2026-07-28; do
    run node "$work/client.mjs" v2 "$mode"
done
run node "$work/client.mjs" v1 legacy
for mode in legacy modern; do
    run node "$work/client.mjs" inspector "$mode"
done

failed=$(grep -c '^FAILED' "$log" || true)
echo "$(grep -c '^ok ' "$log" || true) passed, $failed failed"
[ "$failed" = 0 ]
