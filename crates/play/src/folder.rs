//! The page as files for any web server. The session then runs in the browser, in WebAssembly.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use toddle_data::{Dataset, mnist};

use crate::server::page::FILES;

/// The files of WebAssembly that the page needs: `.ci/wasm` builds them. An engine without relaxed-simd opens the second module.
pub const MODULES: [&str; 4] = ["toddle.js", "toddle_bg.wasm", "toddle-simd128.js", "toddle-simd128_bg.wasm"];

/// What every index of such a page has, and no other.
pub const MARK: &str = "<meta name=\"toddle\" content=\"static\">";

/// The name of the index.
pub const INDEX: &str = "index.html";

/// How many digits the page has to train on, and to test with. The post trains on as many.
const DIGITS: [usize; 2] = [2000, 500];

/// What the page may do: load its own files and start WebAssembly, and nothing else.
const POLICY: &str = include_str!("policy.html");

/// A file of the folder: its name, and its contents.
pub type File = (String, Vec<u8>);

/// The files of the page, the index first. `modules` has the contents of [`MODULES`].
pub fn files(modules: &[Vec<u8>; MODULES.len()]) -> Vec<File> {
    let mut files = vec![(INDEX.to_owned(), index().into_bytes())];
    let others = FILES.iter().filter(|(name, _)| *name != INDEX);
    files.extend(others.map(|(name, contents)| ((*name).to_owned(), contents.to_vec())));
    for (name, contents) in MODULES.iter().zip(modules) {
        files.push(match name.ends_with(".wasm") {
            true => gzip(name, contents),
            false => ((*name).to_owned(), contents.clone()),
        });
    }
    files.extend(digits());
    files.push(("MNIST.md".into(), about_digits().into_bytes()));
    files.push(("LICENSE-MIT".into(), include_bytes!("../../../LICENSE-MIT").to_vec()));
    files
}

/// The index, which says that there is no server.
fn index() -> String {
    let (_, index) = FILES.iter().find(|(name, _)| *name == INDEX).expect("the page has an index");
    let waits = "Loading toddle … A browser opens this page from a web server, and not from a file.";
    let index = String::from_utf8_lossy(index).replacen("<title>", &format!("{POLICY}{MARK}\n<title>"), 1);
    index.replacen("Asking toddle …", waits, 1)
}

/// The first digits of MNIST, in the format of its files.
fn digits() -> Vec<File> {
    let [train, test] = DIGITS;
    let first =
        |set: Result<Dataset, _>, count| set.and_then(|set| set.first(count)).expect("MNIST has more");
    let halves = [("train", first(mnist().train(), train)), ("t10k", first(mnist().test(), test))];
    let files = halves.iter().flat_map(|(half, set)| {
        let images: Vec<u8> = (0..set.len()).flat_map(|i| set.image(i).into_owned()).collect();
        let labels: Vec<u8> = set.labels().iter().map(|&label| label as u8).collect();
        let sizes = [set.len(), set.height(), set.width()];
        [
            gzip(&format!("{half}-images-idx3-ubyte"), &idx(&sizes, &images)),
            gzip(&format!("{half}-labels-idx1-ubyte"), &idx(&sizes[..1], &labels)),
        ]
    });
    files.collect()
}

/// What MNIST's licence asks for: authors, licence and changes.
fn about_digits() -> String {
    let [train, test] = DIGITS;
    let changes =
        format!("The files beside this page have the first {train} and {test} images of the files below.");
    format!("{changes}\n\n{}", include_str!("../../../data/mnist/README.md"))
}

/// Bytes as an IDX file of these sizes.
fn idx(sizes: &[usize], bytes: &[u8]) -> Vec<u8> {
    const BYTES: u8 = 8;
    let head = [0, 0, BYTES, sizes.len() as u8].into_iter();
    let sizes = sizes.iter().flat_map(|size| (*size as u32).to_be_bytes());
    head.chain(sizes).chain(bytes.iter().copied()).collect()
}

/// A file that is compressed, so that a server without compression sends few bytes, too.
fn gzip(name: &str, contents: &[u8]) -> File {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(contents).and_then(|()| encoder.finish());
    (format!("{name}.gz"), compressed.expect("memory takes every byte"))
}
