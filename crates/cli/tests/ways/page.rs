//! Whether the page has every way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{arrays, pictures, tables};

#[test]
fn the_page_has_every_way_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data.md");
    let page = fs::read_to_string(page).expect("docs/data.md");
    // Rows of the tables whose first column is headed so.
    let mut in_table = false;
    let mut named = BTreeSet::new();
    for line in page.lines() {
        let first = line.strip_prefix("| ").and_then(|rest| rest.split(" |").next());
        match first {
            Some("what you have") => in_table = true,
            Some(first) if in_table => drop(named.insert(first.to_owned())),
            None if !line.starts_with("|--") => in_table = false,
            _ => {}
        }
    }
    let ways = [pictures::ways(), tables::ways(), arrays::ways()];
    let tested: BTreeSet<String> = ways.iter().flatten().map(|way| way.name.to_owned()).collect();
    assert_eq!(named, tested);
}
