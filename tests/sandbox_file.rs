//! `--sandbox-file`: what was answered is there in the next run, however the process ended, and nothing
//! else is touched.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use common::sandbox::{Sandbox, request};
use common::{binary, output};

/// A folder of this test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-sandbox-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a tool on a file: its answer, or what is said of the failure, and the exit code.
fn call(file: &Path, further: &[&str], arguments: &[&str]) -> (String, String, i32) {
    output(
        binary().arg("--sandbox").arg("--sandbox-file").arg(file).args(further).arg("call").args(arguments),
    )
}

fn created(file: &Path, name: &str) -> Value {
    let (out, err, code) = call(file, &[], &["create_organization", &format!("name={name}")]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).expect("JSON")
}

fn names(file: &Path) -> Vec<String> {
    let (out, err, code) = call(file, &[], &["list_organizations", "search=Kept"]);
    assert_eq!(code, 0, "{err}");
    let body: Value = serde_json::from_str(&out).expect("JSON");
    let data = body["data"].as_array().expect("a list");
    data.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

fn started(file: &Path) -> Sandbox {
    Sandbox::start(&["--sandbox-file", file.to_str().expect("a path")])
}

#[test]
fn the_next_run_finds_what_this_one_has_made() {
    let folder = Folder::new("kept");
    let file = folder.at("world");
    let first = created(&file, "Kept 1");
    let second = created(&file, "Kept 2");
    assert_ne!(first["id"], second["id"], "no ID is given twice");
    assert_eq!(names(&file), ["Kept 2", "Kept 1"]);
    let id = first["id"].as_str().expect("an ID");
    let (_, err, code) = call(&file, &["--confirm", "never"], &["delete_organization", &format!("id={id}")]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(names(&file), ["Kept 2"]);
    // The same file behind HTTP.
    let sandbox = started(&file);
    assert_eq!(sandbox.organizations("Kept"), ["Kept 2"]);
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 1, "one file");
}

#[test]
fn it_does_not_grow_for_ever() {
    let folder = Folder::new("compact");
    let file = folder.at("world");
    let mut sandbox = started(&file);
    let id = sandbox.create("Kept").body["id"].as_str().expect("an ID").to_owned();
    let size = || fs::metadata(&file).expect("the file").len();
    let before = size();
    for number in 0..50 {
        let body = json!({"metadata": {"number": number.to_string()}});
        assert_eq!(sandbox.ask("PUT", &format!("/organizations/{id}"), &body).status, 200);
    }
    let grown = size();
    sandbox.kill();
    let sandbox = started(&file);
    let found = sandbox.ask("GET", &format!("/organizations/{id}"), &Value::Null).body;
    assert_eq!(found["metadata"]["number"], "49");
    assert!(grown > before && size() < grown, "{before} {grown} {}", size());
    assert_eq!(fs::read_to_string(&file).expect("text").lines().count(), 2);
}

#[test]
fn what_was_answered_survives_any_end() {
    let folder = Folder::new("killed");
    let file = folder.at("world");
    let mut answered: Vec<String> = Vec::new();
    for round in 0..4 {
        let mut sandbox = started(&file);
        let kept = sandbox.organizations("Kept");
        for name in &answered {
            assert!(kept.contains(name), "{name} was answered, and is lost");
        }
        assert!(kept.len() <= answered.len() + 4 * round, "{} of {}", kept.len(), answered.len());
        let port = sandbox.port;
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                std::thread::spawn(move || {
                    let mut done = Vec::new();
                    let headers = [("authorization", "Bearer sk_test_example")];
                    for number in 0.. {
                        let name = format!("Kept {round}-{writer}-{number}");
                        let body = json!({"name": name});
                        match request(port, "POST", "/organizations", &headers, &body) {
                            Some(answer) if answer.status == 201 => done.push(name),
                            _ => break,
                        }
                    }
                    done
                })
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(150 + 37 * round as u64));
        sandbox.kill();
        for writer in writers {
            answered.extend(writer.join().expect("a thread"));
        }
    }
    assert!(answered.len() > 20, "only {} were written", answered.len());
    let sandbox = started(&file);
    let kept = sandbox.organizations("Kept");
    assert!(answered.iter().all(|name| kept.contains(name)));
}

#[test]
fn a_line_that_was_cut_off_is_dropped() {
    let folder = Folder::new("cut");
    let file = folder.at("world");
    let mut sandbox = started(&file);
    sandbox.create("Kept 1");
    sandbox.create("Kept 2");
    sandbox.kill();
    let bytes = fs::read(&file).expect("the file");
    for cut in [1, 2, 40] {
        fs::write(&file, &bytes[..bytes.len() - cut]).expect("written");
        assert_eq!(names(&file), ["Kept 1"], "{cut}");
        assert_eq!(created(&file, "Kept 3")["name"], "Kept 3");
        assert_eq!(names(&file), ["Kept 3", "Kept 1"], "{cut}");
    }
    // A line in the middle was answered: nothing is guessed.
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let damaged = format!("{}\n{}\n{}\n{}\n", lines[0], lines[1], &lines[2][..20], lines[3]);
    fs::write(&file, &damaged).expect("written");
    let (_, err, code) = call(&file, &[], &["list_organizations"]);
    assert!(code != 0 && err.contains("damaged in line 3"), "{err}");
    assert_eq!(fs::read_to_string(&file).expect("text"), damaged);
}

#[test]
fn one_process_has_it_at_a_time() {
    let folder = Folder::new("locked");
    let file = folder.at("world");
    let mut sandbox = started(&file);
    sandbox.create("Kept");
    let (_, err, code) = call(&file, &[], &["list_organizations"]);
    assert!(code != 0 && err.contains("in use by another process"), "{code} {err}");
    let (_, err, code) = output(binary().args(["sandbox", "--port", "0", "--sandbox-file"]).arg(&file));
    assert!(code == 1 && err.contains("in use by another process"), "{code} {err}");
    sandbox.kill();
    assert_eq!(names(&file), ["Kept"]);
}

#[test]
fn another_seed_is_another_world() {
    let folder = Folder::new("seed");
    let file = folder.at("world");
    let create = ["create_organization", "name=Kept"];
    let (made, err, code) = call(&file, &["--sandbox-seed", "7"], &create);
    assert_eq!(code, 0, "{err}");
    // The seed is in the file.
    assert_eq!(names(&file), ["Kept"]);
    assert_eq!(call(&file, &["--sandbox-seed", "7"], &["list_organizations"]).2, 0);
    let (_, err, code) = call(&file, &["--sandbox-seed", "8"], &["list_organizations"]);
    assert!(code == 2 && err.contains("made with the seed 7"), "{code} {err}");
    // The same IDs for the same seed, and others for another.
    let id = |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["id"].clone();
    for (seed, same) in [("7", true), ("8", false)] {
        let (other, ..) = output(binary().args(["--sandbox", "--sandbox-seed", seed, "call"]).args(create));
        assert_eq!(id(&other) == id(&made), same, "{seed}");
    }
}

#[test]
fn what_is_something_else_is_left_alone() {
    let folder = Folder::new("foreign");
    for (name, content, says) in [
        ("notes.txt", "my notes\n", "holds something else"),
        ("data.json", "{\"a\": 1}\n", "holds something else"),
        ("short", "x", "holds something else"),
        ("later", "{\"workos_mcp_sandbox\":99,\"seed\":0}\n", "later version"),
    ] {
        let file = folder.at(name);
        fs::write(&file, content).expect("written");
        let (_, err, code) = call(&file, &[], &["create_organization", "name=x"]);
        assert!(code == 2 && err.contains(says), "{name}: {code} {err}");
        assert_eq!(fs::read_to_string(&file).expect("text"), content);
    }
    let (_, err, code) = call(&folder.at("none/world"), &[], &["list_organizations"]);
    assert!(code == 2 && err.contains("cannot be opened"), "{code} {err}");
    let (_, err, code) = call(&folder.0, &[], &["list_organizations"]);
    assert!(code == 2 && err.contains("a directory"), "{code} {err}");
    // An empty file is as good as none: what `mktemp` makes.
    fs::write(folder.at("empty"), "").expect("written");
    created(&folder.at("empty"), "Kept");
    assert_eq!(names(&folder.at("empty")), ["Kept"]);
}

#[test]
fn it_is_said_where_there_is_no_sandbox() {
    for (flag, value) in [("--sandbox-file", "/tmp/world"), ("--sandbox-seed", "7")] {
        for command in [&["tools"][..], &["call", "list_organizations"], &["serve"], &[]] {
            let (_, err, code) = output(binary().args([flag, value]).args(command));
            assert!(code == 2 && err.contains(flag) && err.contains("--sandbox"), "{command:?}: {err}");
        }
    }
    let (_, err, code) = output(binary().env("WORKOS_MCP_SANDBOX_FILE", "/tmp/world").arg("tools"));
    assert!(code == 2 && err.contains("WORKOS_MCP_SANDBOX_FILE"), "{err}");
    let (_, err, code) = output(binary().args(["--sandbox", "--sandbox-seed", "x", "tools"]));
    assert!(code == 2 && err.contains("whole number"), "{err}");
    let empty =
        binary().env("WORKOS_MCP_SANDBOX_FILE", "").env("WORKOS_MCP_SANDBOX_SEED", "").arg("tools").status();
    assert!(empty.is_ok_and(|status| status.success()));
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_and_reached_through_no_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("private");
    let file = folder.at("world");
    let mode = || fs::metadata(&file).expect("the file").permissions().mode() & 0o777;
    created(&file, "Kept");
    assert_eq!(mode(), 0o600);
    created(&file, "Kept");
    assert_eq!(mode(), 0o600, "the new one in its place too");
    symlink(&file, folder.at("link")).expect("a link");
    let (_, err, code) = call(&folder.at("link"), &[], &["list_organizations"]);
    assert!(code == 2 && err.contains("a symbolic link"), "{code} {err}");
    // Nor where the new file is written.
    fs::write(folder.at("target"), "mine").expect("written");
    symlink(folder.at("target"), folder.at(".world.workos-mcp-new")).expect("a link");
    created(&file, "Kept");
    assert_eq!(names(&file).len(), 3);
    assert_eq!(fs::read_to_string(folder.at("target")).expect("text"), "mine");
}

/// A limit on the size of files is as good as a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_changes_nothing() {
    let folder = Folder::new("full");
    let file = folder.at("world");
    created(&file, "Kept 0");
    let blocks = fs::metadata(&file).expect("the file").len() / 512 + 20;
    let mut command = std::process::Command::new("bash");
    let program = env!("CARGO_BIN_EXE_workos-mcp");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "bash", program, "sandbox", "--port", "0", "--sandbox-file"]).arg(&file);
    command.env("POSIXLY_CORRECT", "1");
    let mut sandbox = Sandbox::from(command);
    let mut made = vec!["Kept 0".to_owned()];
    let refused = loop {
        let name = format!("Kept {}", made.len());
        let answer = sandbox.create(&name);
        if answer.status != 201 {
            break answer;
        }
        made.push(name);
        assert!(made.len() < 1000, "no limit");
    };
    assert_eq!(refused.status, 500);
    assert!(
        refused.body["message"].as_str().is_some_and(|text| text.contains("cannot be written")),
        "{refused:?}"
    );
    made.reverse();
    assert!(made.len() > 1);
    assert_eq!(sandbox.organizations("Kept"), made);
    // Again, and it still reads.
    assert_eq!(sandbox.create("Kept again").status, 500);
    assert_eq!(sandbox.organizations("Kept"), made);
    sandbox.kill();
    let sandbox = started(&file);
    assert_eq!(sandbox.organizations("Kept"), made);
    assert_eq!(sandbox.create("Kept again").status, 201);
}
