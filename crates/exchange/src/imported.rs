//! A network that came in.

use toddle::Network;
use toddle::checkpoint::About;

/// A network that was read from the file of another program.
#[derive(Debug)]
pub struct Imported {
    /// The network.
    pub network: Network<f32>,
    /// What the file says about it, if toddle wrote the file.
    pub about: About,
    /// What its user should know: parts of the file that were left out.
    pub notes: Vec<String>,
}
