#!/usr/bin/env bash
# The vendor's Python and Node SDKs, unchanged, against `workos-mcp sandbox`: every method that can be
# called from an example, and a few stories. Each answer is parsed by the SDK.
#
#   tests/external/sdks.sh                       builds the binary and tests it
#   WORKOS_MCP=path/to/it tests/external/sdks.sh tests that one
#
# The first run installs the SDKs under target/external/sdks; nothing else leaves loopback.
# Ends with 3 where that cannot be done.
set -euo pipefail

program=${WORKOS_MCP:+$(realpath "$WORKOS_MCP")}
cd "$(dirname "$0")/../.."
here=tests/external/sdks
work=$PWD/target/external/sdks

pip_packages=(workos==10.8.0)
npm_packages=(@workos-inc/node@11.0.0)

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
cp "$here/node.mjs" "$work/node.mjs"

: >"$work/url"
"$program" sandbox --port 0 >"$work/url" 2>/dev/null &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true' EXIT
for _ in {1..100}; do
    [ ! -s "$work/url" ] || break
    sleep 0.1
done
url=$(cat "$work/url")
# Whose proxy it is, loopback is none of it.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset WORKOS_API_KEY WORKOS_BASE_URL WORKOS_CLIENT_ID

status=0
"$work/venv/bin/python" "$here/python.py" "$url" fixtures | tee "$work/log" || status=1
node "$work/node.mjs" "$url" fixtures | tee -a "$work/log" || status=1
grep -E '^(python|node): ' "$work/log" | paste -sd ';'
exit "$status"
