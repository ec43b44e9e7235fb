#!/usr/bin/env bash
# The server against the vendor's own emulator, from `npm install workos`: see emulator.mjs.
#
#   tests/external/emulator.sh --install     only installs it
#
# Needs Rust, Node 20 and npm. WORKOS_MCP_BIN names a binary to test instead of a fresh debug build.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=0.14.0
# Its dependencies are ranges; this is the day after its release, and keeps them where they were.
before=2026-07-17
directory=target/external/emulator-$version

# Status 3: something is not here.
missing() {
    echo "skipped: $1"
    exit 3
}
if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    missing "no npm, or no Node 20"
fi

if [ ! -e "$directory/complete" ]; then
    rm -rf "$directory"
    mkdir -p "$directory"
    npm install --prefix "$directory" --before "$before" --ignore-scripts --no-audit --no-fund \
        --fetch-timeout 60000 --loglevel error "workos@$version" || missing "the packages of npm cannot be installed"
    touch "$directory/complete"
fi

[ "${1:-}" != --install ] || exit 0

if [ -z "${WORKOS_MCP_BIN:-}" ]; then
    cargo build --locked --quiet
    WORKOS_MCP_BIN=${CARGO_TARGET_DIR:-target}/debug/workos-mcp
fi

exec node tests/external/emulator.mjs "$WORKOS_MCP_BIN" "$directory"
