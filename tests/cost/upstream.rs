//! A loopback upstream that answers from fixed buffers and allocates nothing.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

/// The address of an upstream that answers each request with one organization, or with 100.
pub fn start() -> String {
    let organization = json!({
        "object": "organization", "id": "org_1", "name": "Example Corp", "external_id": null, "metadata": {},
        "domains": [{"object": "organization_domain", "id": "org_domain_1", "domain": "example.com", "state": "verified"}],
        "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
    });
    let page = json!({
        "object": "list", "data": vec![organization.clone(); 100],
        "list_metadata": {"before": null, "after": "org_1"},
    });
    let (one, page) = (canned(&organization), canned(&page));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (one, page) = (one.clone(), page.clone());
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut buffer = [0; 4096];
                // Requests without a body, one at a time: each is one read.
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    let answer = if buffer.starts_with(b"GET /organizations?") { &page } else { &one };
                    if stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

fn canned(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}
