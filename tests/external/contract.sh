#!/usr/bin/env bash
# Holds the table against what WorkOS publishes: the newest Python SDK of PyPI, which is generated
# from the newest contract, and the OpenAPI document. Operations, arguments, words of enumerations
# and fields of answers, at every depth; it prints what is new, gone or different. What is known
# and why it is so stands in contract/known.txt.
#
#   tests/external/contract.sh          what is not known
#   tests/external/contract.sh --all    what is known, too
#
# WORKOS_SDK_VERSION asks for one release of the SDK in place of the newest: CI does, because what
# WorkOS publishes must not break a build in which nothing has changed.
# WORKOS_OPENAPI names the document. Without it, one in ../shared/reference is taken, or none.
# Needs cargo and Python 3.9; what it downloads goes to target/external/contract. Ends with 3
# where that cannot be done, and with 1 if there is anything that is not known.
set -euo pipefail

document=${WORKOS_OPENAPI:-}
if [ -n "$document" ]; then
    [ -r "$document" ] || {
        echo "FAIL: WORKOS_OPENAPI names no file that can be read: $document"
        exit 1
    }
    document=$(realpath "$document")
fi
cd "$(dirname "$0")/../.."
here=tests/external/contract
work=$PWD/target/external/contract
yaml=PyYAML==6.0.3

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
wanted="$(python3 --version) $yaml"
if [ "$(cat "$work/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$work/installed" "$work/venv"
    python3 -m venv "$work/venv" || missing "no venv for python3"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --timeout 30 "$yaml" ||
        missing "the packages of PyPI cannot be installed"
    echo "$wanted" >"$work/installed"
fi
python=$work/venv/bin/python
export PYTHONDONTWRITEBYTECODE=1

# The comparison itself: whether it finds what is planted.
"$python" -m unittest discover --quiet --start-directory "$here" 2>"$work/self-test.txt" || {
    cat "$work/self-test.txt"
    echo "FAIL: the comparison does not find what was planted"
    exit 1
}

# The newest there is, whatever Python it is for: it is read, and never run.
rm -rf "$work/sdk"
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --timeout 30 --no-deps \
    --only-binary :all: --ignore-requires-python --dest "$work/sdk" \
    "workos${WORKOS_SDK_VERSION:+==$WORKOS_SDK_VERSION}" ||
    missing "the SDK cannot be downloaded from PyPI"
wheel=$(echo "$work"/sdk/workos-*.whl)
"$python" -m zipfile -e "$wheel" "$work/sdk"
version=$(basename "$wheel" | cut -d- -f2)

cargo run --quiet --locked --example contract >"$work/table.json"

exec "$python" "$here/contract.py" --table "$work/table.json" \
    --sdk "$work/sdk/workos" --name "workos $version of PyPI" \
    ${document:+--openapi "$document"} "$@"
