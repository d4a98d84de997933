//! Experiments: files that describe a training completely.
//!
//! | file | idea |
//! |---|---|
//! | `settings.rs` | the settings of a file, as types |
//! | `schema.rs` | the same as a JSON schema, made from the types |
//! | `keys.rs` | the schema in a form that is easy to search and to print |
//! | `read.rs` | reads a file and `--set` to settings, or to a list of mistakes |
//! | `source.rs` | a file and `--set` as one tree, with the place of each key and value |
//! | `expand.rs` | changes kinds without settings, `"tanh"`, to tables |
//! | `mistakes.rs` | compares a tree with the keys, and lists the mistakes |
//! | `suggest.rs` | suggestions for an unknown key |
//! | `words.rs` | the words of other frameworks |
//! | `inline.rs` | values in one line of TOML |
//! | `data.rs` | the samples to train on and to validate with |
//! | `start.rs` | the network before its training |

mod data;
mod expand;
mod inline;
mod keys;
mod mistakes;
mod read;
mod schema;
mod settings;
mod source;
mod start;
mod suggest;
#[cfg(test)]
mod tests;
mod words;

pub use inline::inline;
pub use keys::{Choice, Form, Key, Keys, Kind};
pub use schema::for_editors as schema_for_editors;
pub use settings::Experiment;
pub use start::TakenOver;
pub use words::meant;
