//! The part of the Python package that is compiled: it converts arrays and settings, and calls the library.
//!
//! | file | idea |
//! |---|---|
//! | `lib.rs` | the module, and functions without a network |
//! | `settings.rs` | settings as JSON, which is how files hold them |
//! | `error.rs` | the library's errors as exceptions of Python |
//! | `arrays.rs` | arrays of NumPy as samples and as numbers |
//! | `network.rs` | a network: made, asked, looked into, saved |
//! | `graph.rs` | a network of layers that were called on values |
//! | `exchange.rs` | a network for another program, and one from there |
//! | `lock.rs` | arrays that cannot be written to while the engine reads them |
//! | `look.rs` | what there is to see in a network, as pictures |
//! | `training.rs` | a training that other threads of Python and Ctrl-C may interrupt between two steps |
//! | `engine.rs` | forward, backward and update, one at a time |
//! | `data.rs` | data sets as arrays |
//!
//! Classes for layers, losses, optimizers and schedules are not here. They are Python, are generated from the schema of experiment
//! files, and arrive as JSON. So a new layer of the library needs no line here.

mod arrays;
mod data;
mod engine;
mod error;
mod exchange;
mod graph;
mod lock;
mod look;
mod network;
mod settings;
mod training;

use std::ffi::OsString;

use pyo3::prelude::*;

/// The compiled part of toddle.
#[pymodule]
mod _toddle {
    #[pymodule_export]
    use crate::data::{mnist, open_data};
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::exchange::{export, import_model};
    #[pymodule_export]
    use crate::lock::Locked;
    #[pymodule_export]
    use crate::look::{film, look, save_picture};
    #[pymodule_export]
    use crate::network::Network;
    #[pymodule_export]
    use crate::settings::{check, order, rate};
    #[pymodule_export]
    use crate::training::OneTraining;
    #[pymodule_export]
    use crate::{main, meant};

    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        use super::PyModuleMethods;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// Runs the command `toddle` with these words, and returns its exit code.
#[pyfunction]
fn main(py: Python<'_>, args: Vec<OsString>) -> i32 {
    let code = py.detach(|| toddle_cli::main(args));
    // An exit code can only be compared.
    (0..=u8::MAX).find(|&n| std::process::ExitCode::from(n) == code).map_or(1, i32::from)
}

/// The word of `known` that `word` means: a word of another framework, or a misspelt word. None if no word is similar.
#[pyfunction]
fn meant(word: &str, known: Vec<String>) -> Option<String> {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    toddle_run::experiment::meant(word, &known).map(str::to_owned)
}
