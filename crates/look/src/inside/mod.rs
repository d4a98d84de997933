//! What there is inside a network.
//!
//! | file | idea |
//! |---|---|
//! | `filters.rs` | the filters of the first convolution |
//! | `histogram.rs` | how the weights of each layer are spread |
//! | `maps.rs` | the feature maps of a sample |
//! | `units.rs` | units that are stuck for all samples |

mod filters;
mod histogram;
mod maps;
mod units;

pub use filters::{Filters, filters};
pub use histogram::{Histogram, histograms};
pub(crate) use maps::maps_of;
pub use maps::{Maps, maps, views};
pub use units::{Units, units};
