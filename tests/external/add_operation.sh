#!/usr/bin/env bash
# Proves that the steps of CONTRIBUTING.md for adding an operation are all there is to do: adds a
# made-up operation to a copy of this tree, takes those steps, runs every test that looks at the
# whole inventory, and checks that nothing else had to change. The tree itself is not touched.
#
# Needs cargo and git. Ends with 3 if it cannot run here.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo "skipped: this is no git checkout, so it is not known which files belong to it"
    exit 3
fi
there=$PWD/target/external/add_operation
rm -rf "$there/tree"
mkdir -p "$there/tree"
trap 'rm -rf "$there/tree"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$there/tree"
cd "$there/tree"
git init --quiet
git add --all
git -c user.name=test -c user.email=test@example.com commit --quiet --message="before"
export CARGO_TARGET_DIR=$there/target
unset UPDATE

# Step 1: the entry.
entry='
    /// Pin a note to a user. It takes the place of the one before.
    PUT "/user_management/users/{id}/pinned_note" => PinUserNote -> User {
        user_id: String as rename("id"),
        /// The text.
        note: String,
        /// When it goes away by itself.
        expires_at?: String | null,
    }
'
awk -v entry="$entry" '{ print } /^    users: "/ { printf "%s", entry }' src/api/users.rs >changed
mv changed src/api/users.rs

# Without its fixture, the tests say what is missing.
if cargo test --quiet --locked --lib api:: >"$there/missing.txt" 2>&1; then
    echo "FAIL: an operation without a fixture passes the tests"
    exit 1
fi
grep -q 'pin_user_note.json' "$there/missing.txt" || {
    echo "FAIL: the tests do not name the missing fixture"
    tail -n 30 "$there/missing.txt"
    exit 1
}

# Step 2: the fixture, whose answer is one that is there already.
python3 - <<'PYTHON' 2>/dev/null || node - <<'NODE'
import json
fixture = json.load(open("fixtures/users/update_user.json"))
fixture["example_queries"] = ["stick a reminder to a person", "leave a remark on an account", "pin a note"]
fixture["arguments"] = {"user_id": "user_01EXAMPLE0USER", "note": "Renews in May", "clear": ["expires_at"]}
fixture["request"] = "PUT /user_management/users/user_01EXAMPLE0USER/pinned_note"
fixture["body"] = {"note": "Renews in May", "expires_at": None}
json.dump(fixture, open("fixtures/users/pin_user_note.json", "w"), indent=2)
PYTHON
const fs = require("fs");
const fixture = JSON.parse(fs.readFileSync("fixtures/users/update_user.json"));
fixture.example_queries = ["stick a reminder to a person", "leave a remark on an account", "pin a note"];
fixture.arguments = { user_id: "user_01EXAMPLE0USER", note: "Renews in May", clear: ["expires_at"] };
fixture.request = "PUT /user_management/users/user_01EXAMPLE0USER/pinned_note";
fixture.body = { note: "Renews in May", expires_at: null };
fs.writeFileSync("fixtures/users/pin_user_note.json", JSON.stringify(fixture, null, 2));
NODE

# Step 3: its line in the list, and what is written from the table.
echo 'users pin_user_note PUT /user_management/users/{id}/pinned_note' >>fixtures/operations.txt
UPDATE=1 cargo test --quiet --locked --test readme --test tool_list

# All that looks at the whole inventory.
cargo test --quiet --locked --lib --test readme --test tool_list --test fixtures --test answers \
    --test discovery --test safety --test secrets --test sent_once --test architecture

# It is there, for people and for models.
cargo run --quiet --locked -- --sandbox call pin_user_note id=user_x note=hello >/dev/null
cargo run --quiet --locked -- --sandbox --toolsets none call find_operations query="pin a note" |
    grep -q pin_user_note

# Nothing else had to change.
expected='README.md
fixtures/operations.txt
fixtures/users/pin_user_note.json
src/api/users.rs
tests/snapshots/users.json'
found=$(git status --porcelain --untracked-files=all | cut -c4- | LC_ALL=C sort)
if [ "$found" != "$expected" ]; then
    printf 'FAIL: more or less than the steps say has changed:\n%s\n' "$found"
    exit 1
fi
echo "an operation was added by its entry, its fixture and its line, and removed again"
