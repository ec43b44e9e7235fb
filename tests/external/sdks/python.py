"""The vendor's Python SDK against `workos-mcp sandbox`: every method that can be called from an example.

Each method is first called on a client that only records what would be sent, which says which operation it
is; then with the values of that operation's fixture, in a world of its own, on the sandbox. The SDK parses
the answer. What a method takes that no fixture has a value for is not called, and counted.

Usage: python.py <URL of the sandbox> <folder of fixtures>
"""

import inspect
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import workos
from workos import WorkOSClient

URL, FIXTURES = sys.argv[1], Path(sys.argv[2])
KEY, CLIENT = "sk_test_example_sdk", "client_01EXAMPLE0CLIENT"
SERVICES = [
    "admin_portal", "agents", "api_keys", "audit_logs", "authorization", "client_api", "connect",
    "directory_sync", "events", "feature_flags", "groups", "mfa", "organization_domains",
    "organization_membership", "organizations", "passwordless", "pipes", "pipes_provider", "radar", "sso",
    "user_management", "vault", "webhooks", "widgets",
]
# What needs more than one call before it: told in the stories below, or a code that somebody was sent.
IN_A_STORY = re.compile(r"authenticate|get_profile|confirm_|verify_email|verify_challenge|logout|poll_|token$|_redeem")

passed, failed, skipped = 0, 0, []


class Recorded(Exception):
    """What would have been sent."""


class Mark(str):
    """Stands for a path argument."""


def reset():
    urllib.request.urlopen(urllib.request.Request(URL + "/_sandbox/reset", method="POST")).read()


def client():
    return WorkOSClient(api_key=KEY, client_id=CLIENT, base_url=URL, max_retries=0)


def fixtures():
    for file in sorted(FIXTURES.glob("*/*.json")):
        fixture = json.loads(file.read_text())
        method, target = fixture["request"].split(" ", 1)
        path = target.split("?")[0].strip("/").split("/")
        yield method, [urllib.request.unquote(part) for part in path], fixture


ALL = list(fixtures())


def sent_by(call, parameters):
    """Method and path that a method sends, with marks where its arguments stand."""
    recorder = client()

    def record(method=None, path=None, *args, **kwargs):
        raise Recorded(method.upper(), list(path))

    for name in ("request", "request_page", "request_list", "request_raw"):
        if hasattr(recorder, name):
            setattr(recorder, name, record)
    arguments = {
        name: Mark(f"mark{place}")
        for place, (name, parameter) in enumerate(parameters)
        if parameter.default is inspect.Parameter.empty
    }
    try:
        call(recorder, **arguments)
    except Recorded as recorded:
        return recorded.args
    except Exception:
        return None
    return None


def fixture_of(method, path):
    def fits(theirs, mine):
        return theirs == mine or mine.startswith("mark")

    for verb, theirs, fixture in ALL:
        if verb == method and len(theirs) == len(path) and all(map(fits, theirs, path)):
            return theirs, fixture
    return None


def model(annotation, owner):
    """The class of the SDK that an annotation names, if it names one."""
    for name in re.findall(r"[A-Z]\w+", str(annotation)):
        found = vars(sys.modules[owner.__module__]).get(name)
        if inspect.isclass(found) and hasattr(found, "from_dict"):
            return found
    return None


def value_of(value, annotation, owner):
    kind = model(annotation, owner)
    if kind is not None and isinstance(value, dict):
        return kind.from_dict(value)
    if kind is not None and isinstance(value, list):
        return [kind.from_dict(item) if isinstance(item, dict) else item for item in value]
    return value


def drive(service, name):
    global passed, failed
    label = f"{service}.{name}"
    owner = type(getattr(client(), service))
    function = getattr(owner, name)
    parameters = [
        (key, parameter)
        for key, parameter in inspect.signature(function).parameters.items()
        if key not in ("self", "request_options")
        and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    sent = sent_by(lambda recorder, **arguments: getattr(getattr(recorder, service), name)(**arguments), parameters)
    if sent is None:
        return skipped.append(f"{label} (nothing is sent)")
    found = fixture_of(*sent)
    if found is None:
        return skipped.append(f"{label} (no operation {sent[0]} /{'/'.join(map(str, sent[1]))})")
    path, fixture = found
    marks = {mark: value for mark, value in zip(sent[1], path)}
    known = {**fixture.get("arguments", {}), **(fixture.get("body") or {})}
    arguments = {}
    for place, (key, parameter) in enumerate(parameters):
        if f"mark{place}" in marks:
            arguments[key] = marks[f"mark{place}"]
        elif key in known and key not in ("after", "before", "limit", "order"):
            arguments[key] = value_of(known[key], parameter.annotation, owner)
        elif parameter.default is inspect.Parameter.empty:
            return skipped.append(f"{label} (no value for {key})")
    reset()
    try:
        answer = getattr(getattr(client(), service), name)(**arguments)
        if hasattr(answer, "data"):
            list(answer.data)
        passed += 1
    except Exception as error:  # noqa: BLE001
        if "not JSON serializable" in str(error):
            return skipped.append(f"{label} (the SDK cannot send what its own types say)")
        failed += 1
        text = str(error).replace("\n", " ")
        print(f"FAILED  python {label}: {type(error).__name__}: {text[:300]}")


def story(name):
    def told(function):
        global passed, failed
        reset()
        try:
            function(client())
            passed += 1
            print(f"ok      python {name}")
        except Exception as error:  # noqa: BLE001
            failed += 1
            print(f"FAILED  python {name}: {type(error).__name__}: {str(error)[:300]}")

    return told


for service in SERVICES:
    for name in dir(type(getattr(client(), service))):
        if name.startswith("_") or not callable(getattr(type(getattr(client(), service)), name)):
            continue
        if IN_A_STORY.search(name):
            skipped.append(f"{service}.{name} (told in a story, if at all)")
            continue
        drive(service, name)


@story("an organization from its beginning to its end")
def _(sdk):
    made = sdk.organizations.create_organization(name="Acme", external_id="acme/1", metadata={"a": "b"})
    assert sdk.organizations.get_organization(made.id).name == "Acme"
    assert sdk.organizations.get_organization_by_external_id("acme/1").id == made.id
    assert [one.id for one in sdk.organizations.list_organizations(search="acme").data] == [made.id]
    assert sdk.organizations.update_organization(made.id, name="Acme Inc").name == "Acme Inc"
    sdk.organizations.delete_organization(made.id)
    try:
        sdk.organizations.get_organization(made.id)
        raise AssertionError("it is still there")
    except workos.NotFoundError as error:
        assert error.request_id.startswith("req_"), error.request_id


@story("pages follow each other by themselves")
def _(sdk):
    for number in range(25):
        sdk.organizations.create_organization(name=f"Page {number}")
    names = [one.name for one in sdk.organizations.list_organizations(search="Page", limit=10).auto_paging_iter()]
    assert names == [f"Page {number}" for number in reversed(range(25))], names


@story("a lost answer is asked for again, and nothing is done twice")
def _(_):
    fault = json.dumps({"status": 503, "count": 1, "operation": "create_organization", "after": True})
    urllib.request.urlopen(URL + "/_sandbox/faults", data=fault.encode()).read()
    sdk = WorkOSClient(api_key=KEY, base_url=URL)
    made = sdk.organizations.create_organization(name="Once")
    assert [one.id for one in sdk.organizations.list_organizations(search="Once").data] == [made.id]


@story("a rate limit is waited for")
def _(_):
    fault = json.dumps({"status": 429, "count": 1, "operation": "list_users", "retry_after": 1})
    urllib.request.urlopen(URL + "/_sandbox/faults", data=fault.encode()).read()
    assert list(WorkOSClient(api_key=KEY, base_url=URL).user_management.list_users().data)


@story("a person signs in and is seen")
def _(sdk):
    class Stays(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    url = sdk.user_management.get_authorization_url(
        redirect_uri="http://localhost/callback", provider="authkit", state="s1"
    )
    try:
        urllib.request.build_opener(Stays).open(url)
        raise AssertionError("no redirect")
    except urllib.error.HTTPError as answer:
        location = answer.headers["location"]
    query = urllib.parse.parse_qs(urllib.parse.urlparse(location).query)
    assert location.startswith("http://localhost/callback") and query["state"] == ["s1"], location
    signed_in = sdk.user_management.authenticate_with_code(code=query["code"][0])
    assert signed_in.access_token and sdk.user_management.get_user(signed_in.user.id).email


@story("errors are those of WorkOS")
def _(sdk):
    for kind, call in [
        (workos.NotFoundError, lambda: sdk.organizations.get_organization("org_none")),
        (workos.UnprocessableEntityError, lambda: sdk.organizations.list_organizations(limit=1000)),
        (workos.AuthenticationError, lambda: WorkOSClient(api_key="x", base_url=URL).organizations.list_organizations()),
    ]:
        try:
            call()
            raise AssertionError(f"no {kind.__name__}")
        except kind:
            pass


for line in skipped:
    print(f"        python {line}")
print(f"python: {passed} passed, {failed} failed, {len(skipped)} not called")
sys.exit(1 if failed else 0)
