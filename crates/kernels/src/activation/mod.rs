//! Activations: functions of one number each.
//!
//! `y = tanh(x)`, and from the output alone `dx = dy · (1 − y²)`.

pub mod flat;
pub mod reference;
