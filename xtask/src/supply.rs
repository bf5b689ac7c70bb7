//! What others wrote and is built in: licences, sources, banned crates, and the bill of materials.
//!
//! The lists are those of `deny.toml`, so that `cargo deny` says the same where it is installed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::{Value, json};

use crate::run::{Failure, cargo, root};

/// Checks every package of the lock file, and lets `cargo deny` do the same where it is installed.
pub fn check() -> Result<(), Failure> {
    let metadata = metadata()?;
    let lists = std::fs::read_to_string(root().join("deny.toml"))?;
    let allowed = list(&lists, "allow");
    let sources = list(&lists, "allow-registry");
    let banned = list(&lists, "deny");
    let mut wrong = Vec::new();
    for package in array(&metadata, "packages") {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let licence = text(package, "license");
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name} {version} has the licence {licence:?}"));
        }
        if banned.contains(name) {
            wrong.push(format!("{name} {version} is banned: cargo tree -i {name}"));
        }
        let source = package.get("source").and_then(Value::as_str);
        let source = source.map(|source| source.trim_start_matches("registry+"));
        if source.is_some_and(|source| !sources.contains(source)) {
            wrong.push(format!("{name} {version} comes from {}", source.unwrap_or_default()));
        }
    }
    let unsealed = unsealed()?;
    wrong.extend(unsealed.into_iter().map(|name| format!("{name} has no checksum in Cargo.lock")));
    if !wrong.is_empty() {
        return Err(Failure(wrong.join("\n")));
    }
    deny()
}

/// `cargo deny`, if it is installed; with the advisories if their database has been fetched.
fn deny() -> Result<(), Failure> {
    if cargo(&["deny", "--version"]).output().is_err() {
        println!("cargo-deny is not installed: advisories are not checked");
        return Ok(());
    }
    cargo(&["deny", "--offline", "check", "licenses", "sources", "bans"]).go()?;
    let home = std::env::var("CARGO_HOME").unwrap_or_default();
    match Path::new(&home).join("advisory-dbs").is_dir() {
        true => cargo(&["deny", "--offline", "check", "advisories"]).go(),
        false => {
            println!("there is no database of advisories here: `cargo deny fetch` brings it");
            Ok(())
        }
    }
}

/// Writes the bill of materials of the program: what is built into it, in the form of CycloneDX 1.5.
pub fn write_bill() -> Result<(), Failure> {
    let path = root().join("target/sbom/hookflash.cdx.json");
    std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
    let bill = bill(&metadata()?, &checksums()?)?;
    let text = serde_json::to_string_pretty(&bill).map_err(|error| Failure(error.to_string()))?;
    std::fs::write(&path, text + "\n")?;
    println!("wrote {}", path.display());
    Ok(())
}

fn bill(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Value, Failure> {
    let packages: BTreeMap<&str, &Value> =
        array(metadata, "packages").map(|package| (text(package, "id"), package)).collect();
    let nodes: BTreeMap<&str, &Value> = metadata
        .get("resolve")
        .map(|resolve| array(resolve, "nodes").map(|node| (text(node, "id"), node)).collect())
        .unwrap_or_default();
    let program = packages.iter().find(|(_, package)| text(package, "name") == "hookflash");
    let (root, program) = program.ok_or_else(|| Failure("there is no package hookflash".to_owned()))?;
    let mut built_in = BTreeSet::new();
    let mut next = vec![*root];
    while let Some(id) = next.pop() {
        if built_in.insert(id) {
            next.extend(nodes.get(id).into_iter().flat_map(|node| needed(node)));
        }
    }
    let reference =
        |package: &Value| format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version"));
    let component = |package: &Value, kind: &str| {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let mut component = json!({
            "type": kind,
            "bom-ref": reference(package),
            "name": name,
            "version": version,
            "purl": reference(package),
            "licenses": [{ "expression": text(package, "license").replace('/', " OR ") }],
        });
        if let Some(sum) = checksums.get(&(name.to_owned(), version.to_owned())) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
        }
        component
    };
    let parts: Vec<Value> = built_in
        .iter()
        .filter(|id| *id != root)
        .filter_map(|id| packages.get(id))
        .map(|package| component(package, "library"))
        .collect();
    let dependencies: Vec<Value> = built_in
        .iter()
        .filter_map(|id| Some((packages.get(id)?, nodes.get(id)?)))
        .map(|(package, node)| {
            let needs: BTreeSet<String> =
                needed(node).filter_map(|id| packages.get(id)).map(|package| reference(package)).collect();
            json!({ "ref": reference(package), "dependsOn": needs })
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(program, "application") },
        "components": parts,
        "dependencies": dependencies,
    }))
}

/// The packages that a package needs to be built into a program: not those of its tests and build scripts.
fn needed(node: &Value) -> impl Iterator<Item = &str> {
    let is_normal = |dependency: &&Value| {
        array(dependency, "dep_kinds").any(|kind| kind.get("kind").is_some_and(Value::is_null))
    };
    array(node, "deps").filter(is_normal).map(|dependency| text(dependency, "pkg"))
}

fn metadata() -> Result<Value, Failure> {
    let said = cargo(&["metadata", "--format-version", "1", "--locked"]).output()?;
    serde_json::from_str(&said).map_err(|error| Failure(format!("cargo metadata: {error}")))
}

/// The checksums of the lock file, by name and version.
fn checksums() -> Result<BTreeMap<(String, String), String>, Failure> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
    let packages = lock.split("[[package]]").skip(1);
    let sums = packages.filter_map(|package| {
        let value = |key| line(package, key).map(str::to_owned);
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    Ok(sums.collect())
}

/// Packages of a registry without a checksum: what is downloaded could be anything.
fn unsealed() -> Result<Vec<String>, Failure> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
    let packages = lock.split("[[package]]").skip(1);
    let open =
        packages.filter(|package| line(package, "source").is_some() && line(package, "checksum").is_none());
    Ok(open.filter_map(|package| line(package, "name")).map(str::to_owned).collect())
}

/// The value of a line `key = "value"`.
fn line<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let value = |line: &'t str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
    text.lines().find_map(value)
}

/// The strings of a list in `deny.toml`, or the names of its tables.
fn list<'t>(toml: &'t str, key: &str) -> BTreeSet<&'t str> {
    let begin = toml.find(&format!("\n{key} = [")).map_or("", |start| toml.get(start..).unwrap_or_default());
    let inside = begin.split(']').next().unwrap_or_default();
    inside.split('"').skip(1).step_by(2).collect()
}

/// Whether a licence in the notation of SPDX leaves a choice that is allowed; older ones write a slash for OR.
fn is_allowed(licence: &str, allowed: &BTreeSet<&str>) -> bool {
    let licence = licence.replace('/', " OR ");
    let plain = |part: &str| {
        part.trim_matches(['(', ')', ' '])
            .split(" OR ")
            .any(|choice| allowed.contains(choice.trim_matches(['(', ')', ' '])))
    };
    !licence.is_empty() && licence.split(" AND ").all(plain)
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_as_spdx_writes_them() {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND OpenSSL"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn the_lists_are_those_of_cargo_deny() {
        let toml = "[licenses]\nallow = [\n    \"MIT\",\n    \"Zlib\",\n]\n[bans]\ndeny = [\n    { name = \"openssl\" },\n]\n";
        assert_eq!(list(toml, "allow"), BTreeSet::from(["MIT", "Zlib"]));
        assert_eq!(list(toml, "deny"), BTreeSet::from(["openssl"]));
    }
}
