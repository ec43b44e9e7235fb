//! Where exports go, and where they do not: links, other people's files, formats that there are not,
//! and columns that stay empty.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Answer, KEY, Upstream, binary, output};
use serde_json::{Value, json};

/// A directory of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-places-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn upstream(items: &Value) -> Upstream {
    Upstream::answering(Answer::json(200, &json!({"data": items})))
}

fn export(upstream: &Upstream, out: &Path, arguments: &[&str]) -> Command {
    let mut command = binary();
    command.env("WORKOS_API_KEY", KEY).args(["--base-url", &upstream.url, "export"]).args(arguments);
    command.args(["--out", out.to_str().expect("UTF-8")]);
    command
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A link in place of any of the three files leads nowhere, whether or not anything is behind it.
#[cfg(unix)]
#[test]
fn no_link_is_followed() {
    use std::os::unix::fs::symlink;
    let upstream = upstream(&json!([{"id": "user_1"}]));
    for ending in ["", ".part", ".part.json"] {
        for there in [true, false] {
            for flags in [&[][..], &["--overwrite", "--restart"]] {
                let folder = Folder::new("link");
                let (out, victim) = (folder.file("users.jsonl"), folder.file("victim"));
                if there {
                    fs::write(&victim, "mine").expect("a file");
                    set_mode(&victim, 0o644);
                }
                symlink(&victim, folder.file(&format!("users.jsonl{ending}"))).expect("a link");
                let (_, err, code) = output(export(&upstream, &out, &["list_users"]).args(flags));
                assert_eq!(code, 2, "{ending} {flags:?}: {err}");
                assert!(err.contains("symbolic link"), "{err}");
                assert_eq!(victim.exists(), there, "{ending}");
                if there {
                    assert_eq!(fs::read_to_string(&victim).expect("the file"), "mine");
                    assert_eq!(mode(&victim), 0o644);
                }
            }
        }
    }
    assert_eq!(upstream.count(), 0, "refused before anything is sent");
    // The state is written beside itself first: a link there is taken away, not written through.
    let folder = Folder::new("new-link");
    let (out, victim) = (folder.file("users.jsonl"), folder.file("victim"));
    fs::write(&victim, "mine").expect("a file");
    symlink(&victim, folder.file("users.jsonl.part.json.new")).expect("a link");
    let (_, err, code) = output(&mut export(&upstream, &out, &["list_users"]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read_to_string(&victim).expect("the file"), "mine");
    assert_eq!(mode(&out), 0o600);
    // A device by its link is one, too.
    let (_, err, code) = output(&mut export(&upstream, Path::new("/dev/stdout"), &["list_users"]));
    assert_eq!(code, 2, "{err}");
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_refused_without_waiting() {
    let upstream = upstream(&json!([{"id": "user_1"}]));
    for ending in [".part", ".part.json"] {
        for kind in ["directory", "named pipe"] {
            let folder = Folder::new("kind");
            let place = folder.file(&format!("users.jsonl{ending}"));
            if kind == "directory" {
                fs::create_dir(&place).expect("a folder");
            } else {
                assert!(Command::new("mkfifo").arg(&place).status().expect("mkfifo").success());
            }
            let (_, err, code) = output(&mut export(&upstream, &folder.file("users.jsonl"), &["list_users"]));
            assert_eq!(code, 2, "{err}");
            assert!(err.contains(kind), "{kind}: {err}");
        }
    }
    assert_eq!(upstream.count(), 0);
}

/// A file that is not gone on with is as it was: content and mode.
#[cfg(unix)]
#[test]
fn what_is_refused_keeps_its_mode() {
    let upstream = upstream(&json!([{"id": "user_1"}]));
    let folder = Folder::new("mode");
    let (out, part) = (folder.file("users.jsonl"), folder.file("users.jsonl.part"));
    for file_mode in [0o644, 0o666, 0o640, 0o600, 0o755] {
        fs::write(&part, "notes of mine").expect("a file");
        set_mode(&part, file_mode);
        let (_, err, code) = output(&mut export(&upstream, &out, &["list_users"]));
        assert_eq!(code, 2, "{err}");
        assert_eq!(mode(&part), file_mode);
        assert_eq!(fs::read_to_string(&part).expect("the file"), "notes of mine");
    }
    // Under another name somebody else may read it.
    fs::hard_link(&part, folder.file("other")).expect("a link");
    set_mode(&part, 0o644);
    let (_, err, code) = output(&mut export(&upstream, &out, &["list_users", "--restart"]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("hard links"), "{err}");
    assert_eq!(mode(&part), 0o644);
    assert_eq!(upstream.count(), 0);
    // What it does write, it keeps to itself.
    fs::remove_file(folder.file("other")).expect("the link");
    let (_, err, code) = output(&mut export(&upstream, &out, &["list_users", "--restart"]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(mode(&out), 0o600);
}

#[test]
fn a_file_is_called_what_it_is() {
    let upstream = upstream(&json!([{"id": "user_1", "email": "=a"}]));
    let folder = Folder::new("endings");
    for name in
        ["a.xlsx", "a.tsv", "a.gz", "a.csv.gz", "a.json", "a.XLS", "a.parquet", "a.txt", "a.csv\u{202e}"]
    {
        for format in [&[][..], &["--format", "csv"], &["--format", "jsonl"]] {
            let (_, err, code) = output(export(&upstream, &folder.file(name), &["list_users"]).args(format));
            assert_eq!(code, 2, "{name} {format:?}: {err}");
            assert!(err.contains(".jsonl") && err.contains(".csv") && !err.contains('\u{202e}'), "{err}");
        }
    }
    let bom = ["list_users", "--bom"];
    let (_, err, code) = output(&mut export(&upstream, &folder.file("a.jsonl"), &bom));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--bom is for CSV"), "{err}");
    assert_eq!(upstream.count(), 0, "refused before anything is sent");
    assert_eq!(fs::read_dir(&folder.0).expect("the folder").count(), 0);

    for (name, start) in [("a.csv", "id,"), ("b.CSV", "id,"), ("a.jsonl", "{"), ("a.ndjson", "{"), ("a", "{")]
    {
        let (_, err, code) = output(&mut export(&upstream, &folder.file(name), &["list_users"]));
        assert_eq!(code, 0, "{name}: {err}");
        assert!(fs::read_to_string(folder.file(name)).expect("the file").starts_with(start), "{name}");
    }
    for (name, format) in [("c.csv", "csv"), ("-", "csv")] {
        let out = if name == "-" { PathBuf::from(name) } else { folder.file(name) };
        let (printed, err, code) =
            output(export(&upstream, &out, &["list_users", "fields=id"]).args(["--bom", "--format", format]));
        assert_eq!(code, 0, "{err}");
        let text = if name == "-" { printed } else { fs::read_to_string(&out).expect("the file") };
        assert_eq!(text, "\u{feff}id\nuser_1\n");
    }
}

#[test]
fn it_is_said_when_a_column_is_empty_because_workos_has_given_it_up() {
    let folder = Folder::new("deprecated");
    let new_team = json!({"id": "directory_user_1", "email": "a@b.c", "groups": [], "raw_attributes": {},
                          "emails": [], "job_title": null, "custom_attributes": {}});
    let upstream = upstream(&json!([new_team, new_team]));
    let mut run = 0;
    let mut said = |fields: Option<&str>, format: &str| {
        run += 1;
        let out = folder.file(&format!("{run}.{format}"));
        let (_, err, code) = output(export(&upstream, &out, &["list_directory_users"]).args(fields));
        assert_eq!(code, 0, "{err}");
        err
    };
    let err = said(None, "csv");
    assert!(
        err.contains(
            "no longer sends them (deprecated): emails, job_title, username, raw_attributes, groups"
        ),
        "{err}"
    );
    let err = said(Some("fields=id,groups.name,job_title"), "jsonl");
    assert!(err.contains("(deprecated): groups.name, job_title"), "{err}");
    for (fields, format) in [(None, "jsonl"), (Some("fields=id,email"), "csv")] {
        let err = said(fields, format);
        assert!(!err.contains("deprecated"), "nobody asked for them: {err}");
    }
    // One value is enough, and columns that are only empty are no matter.
    let mut old_team = new_team.clone();
    old_team["job_title"] = "Engineer".into();
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": [new_team, old_team]})));
    let out = folder.file("old.csv");
    let arguments = ["list_directory_users", "fields=first_name,job_title"];
    let (_, err, code) = output(&mut export(&upstream, &out, &arguments));
    assert!(code == 0 && !err.contains("deprecated"), "{err}");
}
