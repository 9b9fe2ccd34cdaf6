//! `web/src/protocol.ts`, made from the types on the wire.

use std::{any::TypeId, collections::BTreeMap, fs, path::Path};

use ts_rs::{Config, TS, TypeVisitor};

use super::{Command, Event, Message};

/// Says that the copy in web/ is to be written instead of compared; `make types` sets it.
const WRITE: &str = "PLATEAU_WRITE_TYPES";
const HEADER: &str = "// Made from src/protocol.rs by `make types`; a stale copy fails the tests.\n";

/// Every type that can be reached, by name: what a merge adds stands in one place.
struct Collector<'a> {
    config: &'a Config,
    seen: Vec<TypeId>,
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Collector<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if self.seen.contains(&TypeId::of::<T>()) {
            return;
        }
        self.seen.push(TypeId::of::<T>());
        // Numbers, texts and lists have no file of their own, and need none here.
        if T::output_path().is_some() {
            let declaration = one_variant_a_line(&without_comments(&T::decl(self.config)));
            self.declarations.insert(T::ident(self.config), format!("export {declaration}\n"));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// What the fields are is said in protocol.rs; here it would stand between every two of them.
fn without_comments(declaration: &str) -> String {
    let (mut kept, mut rest) = (String::new(), declaration);
    while let Some((before, after)) = rest.split_once("/**") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Unions of objects with a line for each, so that two who add commands do not meet.
fn one_variant_a_line(declaration: &str) -> String {
    match declaration.contains(" | { ") {
        true => declaration.replace(" | { ", "\n  | { ").replacen(" = {", " =\n  | {", 1),
        false => declaration.to_owned(),
    }
}

fn generated() -> String {
    // JSON.parse gives numbers, whatever their width; times in milliseconds fit exactly.
    let config = Config::new().with_large_int("number");
    let mut collector = Collector { config: &config, seen: Vec::new(), declarations: BTreeMap::new() };
    collector.visit::<Command>();
    collector.visit::<Message>();
    // Flattened into its message, where it has no name.
    collector.visit::<Event>();
    let declarations = collector.declarations.into_values().collect::<Vec<_>>();
    format!("{HEADER}\n{}", declarations.join("\n"))
}

#[test]
fn the_panels_types_are_those_of_the_wire() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/protocol.ts");
    let wanted = generated();
    if std::env::var_os(WRITE).is_some() {
        return fs::write(&path, wanted).expect("web/src is writable");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let stale = wanted.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(wanted == found, "web/src/protocol.ts is stale: run `make types`. First difference: {stale:?}");
}
