//! Whether the book in `docs` is right: its pages, its links and its listings.
//!
//! | language of a listing | how it is tested |
//! |---|---|
//! | `rust` | as a test of the package `toddle-examples` |
//! | `toml` | it is read, as an experiment or a sweep unless it is a part of a `Cargo.toml` |
//! | `console` | its commands are run, and the output is compared |
//! | `sh` | its commands and their options exist |
//! | `text`, `python` | not at all |
//!
//! `TODDLE_WRITE=1 cargo test -p toddle-cli --test book` writes the outputs of `console` listings anew.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{png, succeed, text, toddle};
use toddle_run::sweep::Sweep;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A page of the book: its path below `docs`, with `/` on every system, and its text.
struct Page {
    path: String,
    text: String,
}

/// All pages, without the summary.
fn pages() -> Vec<Page> {
    let docs = root().join("docs");
    let mut folders = vec![docs.clone()];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder docs") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") && !path.ends_with("SUMMARY.md") {
                let below = path.strip_prefix(&docs).expect("a path below docs").to_str().expect("UTF-8");
                pages.push(Page {
                    path: below.replace('\\', "/"),
                    text: fs::read_to_string(&path).expect("a page"),
                });
            }
        }
    }
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    pages
}

/// The listings of a page: language, text, and the line that it begins in.
fn listings(page: &Page) -> Vec<(String, String, usize)> {
    let mut found: Vec<(String, String, usize)> = Vec::new();
    let mut inside = false;
    for (n, line) in page.text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                found.push((language.to_owned(), String::new(), n + 2));
            }
            None if inside => {
                let (_, text, _) = found.last_mut().expect("a listing");
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "{}: a listing has no end", page.path);
    found
}

/// What a page says outside of listings and of code in its lines.
fn prose(page: &str) -> String {
    let outside = page.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    outside.split('`').step_by(2).collect()
}

/// Where the links and pictures of a page lead, but those into the web.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let ends = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let sources = prose.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    ends.chain(sources).map(|(link, _)| link.to_owned()).filter(|link| !link.contains("://")).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let outside = page.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    let headings =
        outside.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn the_summary_has_every_page_and_no_other() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("docs/SUMMARY.md");
    let named: BTreeSet<String> = links(&summary).into_iter().collect();
    let pages: BTreeSet<String> = pages().into_iter().map(|page| page.path).collect();
    assert_eq!(named, pages);
}

#[test]
fn every_link_leads_somewhere() {
    let outside =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md", "bench/README.md"];
    let pages = pages().into_iter().map(|page| format!("docs/{}", page.path));
    let mut wrong = Vec::new();
    for path in pages.chain(outside.map(str::to_owned)) {
        let page = fs::read_to_string(root().join(&path)).expect("a page");
        for link in links(&page) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let to = if file.is_empty() {
                root().join(&path)
            } else {
                root().join(&path).parent().unwrap().join(file)
            };
            let Ok(to) = to.canonicalize() else {
                wrong.push(format!("{path}: {link}"));
                continue;
            };
            let leaves_the_book =
                path.starts_with("docs/") && !to.starts_with(root().join("docs").canonicalize().unwrap());
            let there =
                anchor.is_empty() || anchors(&fs::read_to_string(&to).expect("a page")).contains(anchor);
            if leaves_the_book || !there {
                wrong.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere, or out of the book:\n{}", wrong.join("\n"));
}

#[test]
fn every_listing_is_of_a_language_that_is_tested() {
    let tested = fs::read_to_string(root().join("examples/src/lib.rs")).expect("examples/src/lib.rs");
    for page in pages() {
        for (language, _, line) in listings(&page) {
            let place = format!("docs/{}, line {line}", page.path);
            match language.split(',').next().expect("a language") {
                "rust" => {
                    let listed = tested.contains(&format!("\"{}\"", page.path));
                    assert!(listed, "{place}: examples/src/lib.rs does not have the page");
                }
                "toml" | "console" | "sh" | "text" | "python" => {}
                other => panic!("{place}: a listing of `{other}` is not tested"),
            }
        }
    }
}

#[test]
fn every_experiment_can_be_read() {
    let home = tempfile::tempdir().expect("a folder");
    // What `data.md` trains on, in small.
    for class in 0..10 {
        let folder = home.path().join("photos").join(class.to_string());
        fs::create_dir_all(&folder).unwrap();
        for n in 0..4 {
            let pixels = [(20 * n + class) as u8; 28 * 28];
            png(&folder.join(format!("{n}.png")), 28, 28, png::ColorType::Grayscale, &pixels);
        }
    }
    // The parts of experiments in `experiment.md` are read by the tests of `toddle help`.
    for page in pages().iter().filter(|page| page.path != "experiment.md") {
        for (_, listing, line) in listings(page).into_iter().filter(|(language, ..)| language == "toml") {
            let table: toml::Table = toml::from_str(&listing)
                .unwrap_or_else(|fault| panic!("docs/{}, line {line}: {fault}", page.path));
            let file = home.path().join("listing.toml");
            fs::write(&file, listing).unwrap();
            if table.contains_key("experiment") {
                Sweep::load(&file).unwrap_or_else(|fault| panic!("docs/{}, line {line}: {fault}", page.path));
            } else if !["package", "dependencies", "profile"].iter().any(|key| table.contains_key(*key)) {
                succeed(toddle(&["summary", file.to_str().unwrap()]).current_dir(home.path()));
            }
        }
    }
}

/// The arguments of a command of toddle, however it is called; `None` for another program.
fn arguments(line: &str) -> Option<Vec<&str>> {
    let command = line.split(" #").next().unwrap_or(line).trim();
    // `mpirun -n 4 toddle …`
    let over_ranks = command.strip_prefix("mpirun -n ").and_then(|rest| rest.split_once(' '));
    let command = over_ranks.map_or(command, |(_, command)| command);
    let called = command.strip_prefix("toddle ").or_else(|| command.strip_prefix("cargo run --release -- "));
    called.map(|arguments| arguments.split_whitespace().collect())
}

#[test]
fn every_command_and_option_exists() {
    let readme =
        Page { path: "../README.md".into(), text: fs::read_to_string(root().join("README.md")).unwrap() };
    let mut seen = 0;
    for page in pages().iter().chain([&readme]) {
        for (language, listing, line) in listings(page) {
            if language != "sh" {
                continue;
            }
            for command in listing.lines() {
                let place = format!("docs/{}, the listing at line {line}: {command}", page.path);
                if let Some(arguments) = arguments(command) {
                    let help = succeed(&mut toddle(&[arguments[0], "--help"]));
                    for option in arguments.iter().filter(|argument| argument.starts_with("--")) {
                        assert!(
                            text(&help.stdout).contains(&format!("{option} "))
                                || text(&help.stdout).contains(&format!("{option}\n")),
                            "{place}"
                        );
                    }
                    seen += 1;
                } else {
                    program_exists(command, &place);
                }
            }
        }
    }
    assert!(seen > 10, "hardly any commands are found: {seen}");
}

/// A program of cargo that a listing runs has a file; other commands are those that the project has.
fn program_exists(command: &str, place: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |option: &str| words.iter().position(|word| *word == option).and_then(|at| words.get(at + 1));
    let file = match (after("--example"), after("--bin")) {
        (Some(example), _) => format!("crates/toddle/examples/{example}.rs"),
        (_, Some(program)) => format!("examples/src/bin/{program}.rs"),
        _ => match words[..] {
            ["cargo", "install", "--path", folder, ..] => format!("{folder}/Cargo.toml"),
            ["cargo", "test", "-p", "toddle-data", "--test", test, ..] => {
                format!("crates/data/tests/{test}.rs")
            }
            ["cargo", "run", "--release", "-p", "baby_steps", ..] => {
                "examples/baby_steps/Cargo.toml".to_owned()
            }
            ["cargo", "run", "--release", "-p", "toddle-bench", ..] => "bench/Cargo.toml".to_owned(),
            ["pip", "install", folder, ..] => {
                format!("{}/pyproject.toml", folder.trim_matches('\'').split('[').next().unwrap_or(folder))
            }
            ["cargo", "test", "--workspace"] => "Cargo.toml".to_owned(),
            ["apt-get", "install", ..] => return,
            [program, ..] if program.contains('/') => program.to_owned(),
            _ => panic!("{place}: nothing is known of this program"),
        },
    };
    assert!(root().join(&file).exists(), "{place}: there is no {file}");
}

/// A line of output without what differs between machines and moments: times, threads and instruction sets; and without the widths of
/// columns, which depend on them.
fn masked(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let masked = words.iter().enumerate().map(|(n, word)| {
        let is_time = words.get(n + 1) == Some(&"s") && word.parse::<f64>().is_ok();
        if is_time || ["avx512", "avx2", "portable"].contains(&word.trim_matches([',', ';'])) {
            "_"
        } else {
            *word
        }
    });
    masked.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_console_shows_what_its_commands_print() {
    let write = std::env::var_os("TODDLE_WRITE").is_some();
    let mut seen = 0;
    for page in pages() {
        let home = tempfile::tempdir().expect("a folder");
        let experiments = home.path().join("experiments");
        fs::create_dir(&experiments).unwrap();
        for entry in fs::read_dir(root().join("experiments")).expect("experiments") {
            let from = entry.unwrap().path();
            fs::copy(&from, experiments.join(from.file_name().unwrap())).unwrap();
        }
        let mut anew = page.text.clone();
        for (language, listing, line) in listings(&page) {
            if language != "console" {
                continue;
            }
            let mut printed = String::new();
            for command in listing.lines().filter_map(|line| line.strip_prefix("$ ")) {
                let arguments =
                    arguments(command).unwrap_or_else(|| panic!("{command}: no command of toddle"));
                let output = succeed(toddle(&arguments).current_dir(home.path()));
                printed.push_str(&format!("$ {command}\n{}", text(&output.stdout)));
                seen += 1;
            }
            let printed: String = printed.lines().map(|line| format!("{}\n", line.trim_end())).collect();
            let same = listing.lines().map(masked).eq(printed.lines().map(masked));
            if write && !same {
                anew = anew.replace(&format!("```console\n{listing}"), &format!("```console\n{printed}"));
            }
            assert!(write || same, "docs/{}, line {line}: expected\n{printed}got\n{listing}", page.path);
        }
        if anew != page.text {
            fs::write(root().join("docs").join(&page.path), anew).unwrap();
        }
    }
    assert!(seen > 3, "hardly any commands are run: {seen}");
}

#[test]
fn every_kind_of_layer_has_its_section() {
    let help = succeed(&mut toddle(&["help", "layers"]));
    let kinds: Vec<&str> =
        text(&help.stdout).lines().filter_map(|line| line.strip_prefix("layers: ")).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    let pages = pages();
    let on_layers: String =
        pages.iter().filter(|page| page.path.starts_with("layers/")).map(|page| page.text.as_str()).collect();
    let overview = &pages.iter().find(|page| page.path == "layers.md").expect("layers.md").text;
    for kind in kinds {
        assert!(overview.contains(&format!("`{kind}`")), "docs/layers.md does not name {kind}");
        let named = [format!("`{kind}`"), format!("\"{kind}\"")].iter().any(|name| on_layers.contains(name));
        assert!(named, "no page in docs/layers is about {kind}");
    }
}
