"""Sends the examples of the fixtures to the sandbox, and tells where its answers depart from the OpenAPI
document and from the vendor's emulator. Each difference is a line `subject operation: what`."""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema
import yaml


class Server:
    """A program that serves HTTP on loopback, and says in its first line where, and with what key."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{command[0]} ended without a word")
        said = json.loads(line)
        self.url = said["url"].rstrip("/")
        self.key = said.get("api_key") or said["apiKey"]

    def send(self, method, target, body=None, headers=None):
        """Status and body of an answer; the body is None if there was none."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + target, data=data, method=method)
        request.add_header("authorization", f"Bearer {self.key}")
        if data is not None:
            request.add_header("content-type", "application/json")
        for name, value in (headers or {}).items():
            # Null where the key is not sent.
            if value is None:
                request.remove_header(name.capitalize())
            else:
                request.add_header(name, value)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, parsed(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, parsed(error.read())

    def end(self):
        self.process.terminate()
        self.process.wait(10)


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))


def parsed(body):
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


class Document:
    """What the OpenAPI document says of answers."""

    def __init__(self, path):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.whole = yaml.load(Path(path).read_text(), Loader=loader)
        self.routes = []
        for path, operations in self.whole["paths"].items():
            segments = [None if part.startswith("{") else part for part in path.split("/")]
            self.routes.append((segments, operations))
        # Literal segments win over placeholders.
        self.routes.sort(key=lambda route: [part is None for part in route[0]])

    def answers(self, method, path):
        """The answers of an operation by status; none if it is not in the document."""
        sent = path.split("/")
        for segments, operations in self.routes:
            fits = len(segments) == len(sent) and all(
                part is None or part == there for part, there in zip(segments, sent)
            )
            if fits and method.lower() in operations:
                return operations[method.lower()].get("responses", {})
        return None

    def faults(self, answers, status, body):
        """What an answer is against the document."""
        known = sorted(code for code in answers if code.startswith("2"))
        if str(status) not in answers:
            return [f"status {status}, and the document has {', '.join(known) or 'none'}"]
        content = self.resolved(answers[str(status)]).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return [] if body is None else ["a body, and the document has none"]
        schema = {**schema, "components": self.whole["components"]}
        validator = jsonschema.Draft202012Validator(schema)
        return sorted({said(error) for error in leaves(validator.iter_errors(body))})

    def resolved(self, value):
        while "$ref" in value:
            target = self.whole
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            value = target
        return value


def leaves(errors):
    """Of alternatives, what is wrong with that which comes nearest."""
    for error in errors:
        inner = list(error.context or [])
        if not inner:
            yield error
            continue
        by_branch = {}
        for one in inner:
            by_branch.setdefault(one.relative_schema_path[0], []).append(one)
        yield from leaves(min(by_branch.values(), key=len))


def said(error):
    path = ".".join("[]" if isinstance(part, int) else part for part in error.absolute_path) or "the body"
    if error.validator == "required":
        return f"{path} lacks {error.message.split(' is a required')[0]}"
    if error.validator in ("type", "enum", "const"):
        wanted = error.validator_value
        return f"{path} is {json.dumps(error.instance)[:40]}, and not {json.dumps(wanted)[:60]}"
    return f"{path}: {error.validator}"


def shape(value):
    """The names in an object, or in the first of a list."""
    if isinstance(value, dict):
        data = value.get("data")
        if isinstance(data, list):
            return {"data[]." + name for name in (data[0] if data and isinstance(data[0], dict) else {})}
        return set(value)
    return set()


def examples(root):
    for path in sorted(Path(root).glob("*/*.json")):
        fixture = json.loads(path.read_text())
        method, _, target = fixture["request"].partition(" ")
        yield path.stem, method, target, fixture


def differences(arguments):
    document = Document(arguments.openapi) if arguments.openapi else None
    sandbox = Server([arguments.program, "sandbox", "--port", "0", "--json"])
    emulator = None
    try:
        if arguments.emulator:
            emulator = Server(["node", find_program(arguments.emulator), "emulate", "--port", "0", "--json"])
        for name, method, target, fixture in examples(arguments.fixtures):
            if method == "LINK":
                continue
            sandbox.send("POST", "/_sandbox/reset")
            headers = fixture.get("headers")
            status, body = sandbox.send(method, target, fixture.get("body"), headers)
            if status != fixture["status"]:
                yield f"status {name}: {status}, and the example has {fixture['status']}"
                continue
            answers = document and document.answers(method, target.split("?")[0])
            if answers:
                for fault in document.faults(answers, status, body):
                    yield f"document {name}: {fault}"
            if emulator:
                yield from beside(emulator, name, method, target, fixture, status, body)
    finally:
        sandbox.end()
        if emulator:
            emulator.end()


def beside(emulator, name, method, target, fixture, status, body):
    """What the emulator answers otherwise. It begins empty, so only what needs nothing is told: lists that
    are there, and what is created out of nothing."""
    path = target.split("?")[0]
    if method == "GET" and (re.search(r"01EXAMPLE", path) or "?" in target):
        target = path
    if re.search(r"01EXAMPLE|0000-4000|example-", path):
        return
    other_status, other = emulator.send(method, target, fixture.get("body"), fixture.get("headers"))
    if other_status == 404 and isinstance(other, dict) and other.get("message") == "Not Found":
        return
    if other_status >= 400:
        return
    if other_status != status:
        yield f"emulator {name}: status {status} here, {other_status} there"
    ours, theirs = shape(body), shape(other)
    if theirs and ours:
        for field in sorted(theirs - ours):
            yield f"emulator {name}: only there: {field}"
        for field in sorted(ours - theirs):
            yield f"emulator {name}: only here: {field}"


def find_program(directory):
    package = Path(directory) / "node_modules" / "workos"
    manifest = json.loads((package / "package.json").read_text())
    program = manifest["bin"]
    return str(package / (program if isinstance(program, str) else next(iter(program.values()))))


def read_known(path):
    """Lines with `*` for any text, each below a comment that says why."""
    patterns = []
    for line in Path(path).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            patterns.append(re.compile(re.escape(line).replace(r"\*", ".*") + r"\Z"))
    return patterns


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "fixtures", "known"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--openapi")
    parser.add_argument("--emulator")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    known = read_known(arguments.known)
    unused = set(known)
    new, explained = [], 0
    for line in differences(arguments):
        matching = [pattern for pattern in known if pattern.match(line)]
        unused -= set(matching)
        if matching:
            explained += 1
            if arguments.all:
                print("known:", line)
        else:
            new.append(line)
    for line in new:
        print(line)
    if not arguments.openapi:
        print("without the OpenAPI document")
    print(f"{len(new)} differences are not known, {explained} are")
    sys.exit(1 if new else 0)


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    main()
