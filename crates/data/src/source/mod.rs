//! Where samples come from: one description, and one way to open it, for every front end.
//!
//! | file | idea |
//! |---|---|
//! | `settings.rs` | the keys of `[data]` in an experiment |
//! | `open.rs` | a source, read |
//! | `parts.rs` | the samples of an experiment: to train on, to validate with, to test with |

mod open;
mod parts;
mod settings;

pub use open::{DataSource, Known, Opened, Reading};
pub use parts::Parts;
pub use settings::{ArrayFiles, DataSettings, IdxFiles, ScalingKind, Validation};
