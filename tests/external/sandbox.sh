#!/usr/bin/env bash
# Where the sandbox departs from WorkOS: every example of the fixtures is sent to `workos-mcp sandbox`,
# and the answer is held against the vendor's OpenAPI document; what the vendor's own emulator answers to
# the same requests stands beside it. What is known, and why it is so, stands in sandbox/known.txt.
#
#   tests/external/sandbox.sh          what is not known
#   tests/external/sandbox.sh --all    what is known, too
#
# WORKOS_OPENAPI names the document; without it, one in ../shared/reference is taken, or none.
# Needs cargo and Python 3.9, and for the emulator Node 20 and npm. What it downloads goes to
# target/external/. Ends with 3 where that cannot be done, and with 1 if anything is not known.
set -euo pipefail
document=${WORKOS_OPENAPI:-}
[ -z "$document" ] || document=$(realpath "$document")
cd "$(dirname "$0")/../.."
work=$PWD/target/external/sandbox
packages="PyYAML==6.0.3 jsonschema==4.25.1"

# Status 3: something is not here.
missing() {
    echo "skipped: $1"
    exit 3
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || missing "no python3 of 3.9 or later"
if [ -z "$document" ] && [ -d ../shared/reference ]; then
    document=$(find ../shared/reference -name 'workos-openapi-*.yaml' | sort -V | tail -n 1)
fi

mkdir -p "$work"
wanted="$(python3 --version) $packages"
if [ "$(cat "$work/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$work/installed" "$work/venv"
    python3 -m venv "$work/venv" || missing "no venv for python3"
    # shellcheck disable=SC2086
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --timeout 30 $packages ||
        missing "the packages of PyPI cannot be installed"
    echo "$wanted" >"$work/installed"
fi

emulator=
if tests/external/emulator.sh --install; then
    emulator=$(echo "$PWD"/target/external/emulator-*)
else
    echo "without the emulator"
fi

if [ -z "${WORKOS_MCP_BIN:-}" ]; then
    cargo build --locked --quiet
    WORKOS_MCP_BIN=${CARGO_TARGET_DIR:-target}/debug/workos-mcp
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$work/venv/bin/python" tests/external/sandbox/compare.py --program "$WORKOS_MCP_BIN" --fixtures fixtures \
    --known tests/external/sandbox/known.txt ${document:+--openapi "$document"} ${emulator:+--emulator "$emulator"} "$@"
