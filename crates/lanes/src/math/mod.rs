//! `exp`, `ln`, `tanh`, `sigmoid`.
use crate::Real;
/// Placeholder
pub fn exp<V: Real>(x: V) -> V {
    x
}
/// Placeholder
pub fn ln<V: Real>(x: V) -> V {
    x
}
/// Placeholder
pub fn tanh<V: Real>(x: V) -> V {
    x
}
/// Placeholder
pub fn sigmoid<V: Real>(x: V) -> V {
    x
}
