"""A WorkOS API for the clients to reach, on loopback, that counts what happens to it.

Prints its URL. `GET /seen` tells what it has counted: deletions, requests that it left without
an answer ("stalled"), and those of them whose caller hung up.
"""

import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from urllib.parse import parse_qs, urlsplit

# Longer than any check waits for a hang-up.
STALL_SECONDS = 60
PAGE_SECONDS = 0.1
LARGE = {
    "data": [{"id": f"org_{n}", "name": f"Größe 🎉 {n} " + "x" * 1000} for n in range(1000)],
    "list_metadata": {},
}

seen = []


def page(query):
    """One page of 250 organizations. Clients hear of progress only if the answer is not there yet."""
    sleep(PAGE_SECONDS)
    start = int(query["after"][0].removeprefix("org_")) + 1 if "after" in query else 0
    end = min(start + int(query["limit"][0]), 250)
    data = [{"id": f"org_{n}", "name": f"Example {n}", "domains": []} for n in range(start, end)]
    return {"data": data, "list_metadata": {"after": f"org_{end - 1}" if end < 250 else None}}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        if data:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stall(self):
        seen.append("stalled")
        self.connection.settimeout(STALL_SECONDS)
        try:
            hung_up = self.connection.recv(1) == b""
        except TimeoutError:
            hung_up = False
        except ConnectionError:
            hung_up = True
        if hung_up:
            seen.append("hung up")

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/seen":
            self.answer(200, Counter(seen))
        elif url.path == "/organizations/org_missing":
            self.answer(404, {"code": "entity_not_found", "message": "Organization not found."})
        elif url.path.startswith("/organizations/"):
            self.answer(200, {"id": url.path.split("/")[-1], "name": "Example Corp"})
        elif "search=pages" in url.query:
            self.answer(200, page(parse_qs(url.query)))
        elif "search=stall" in url.query:
            self.stall()
        else:
            self.answer(200, LARGE)

    def do_DELETE(self):
        seen.append("deleted")
        self.answer(202)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
