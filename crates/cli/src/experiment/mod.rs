//! Experiments: files that say everything about a training.
//!
//! | file | idea |
//! |---|---|
//! | `settings.rs` | what a file may say, as types |
//! | `schema.rs` | the same as a JSON schema, made from the types |
//! | `keys.rs` | the schema in a form that is easy to walk and to print |
//! | `read.rs` | from a file and `--set` to settings, or to all that is wrong |
//! | `source.rs` | a file and `--set` as one tree, and where in it everything stands |
//! | `expand.rs` | kinds that stand alone, `"tanh"`, become tables |
//! | `mistakes.rs` | the mistakes of a tree against the keys |
//! | `suggest.rs` | what a key may mean that is not known where it stands |
//! | `words.rs` | words of other frameworks |
//! | `inline.rs` | values as TOML writes them in one line |
//! | `data.rs` | the samples to train on and to validate with |

mod data;
mod expand;
mod inline;
mod keys;
mod mistakes;
mod read;
mod schema;
mod settings;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod words;

pub use inline::inline;
pub use keys::{Choice, Form, Key, Keys, Kind};
pub use schema::for_editors as schema_for_editors;
pub use settings::Experiment;
