//! Group normalisation: groups of channels of one sample are normalised to mean 0 and variance 1, then scaled and
//! shifted by learned factors. Layer normalisation is one group.
//!
//! `y = γ[c]·x̂ + β[c]` with `x̂ = (x − μ)·ρ` and `ρ = 1/√(σ² + ε)`. `μ` and `σ²` are the mean and the variance of the
//! `N` elements of the group. With `p = Σ γ·dy·x̂` and `q = Σ γ·dy` over the group,
//! `dx = ρ·(γ·dy − x̂·p/N − q/N)`. `dγ[c] += Σ dy·x̂` and `dβ[c] += Σ dy` over the elements of the channel.
//!
//! The moments are not stored. Backward computes them again from `x`.

pub mod block;
pub mod reference;
pub mod row;

/// The sizes of one normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Groups of neighbouring channels; they divide the channels.
    pub groups: usize,
    /// Channels: runs of elements that share a `γ` and a `β`.
    pub channels: usize,
    /// Elements of a channel.
    pub plane: usize,
    /// `ε`
    pub epsilon: f64,
}

impl Geometry {
    /// Channels of a group.
    #[inline(always)]
    fn depth(&self) -> usize {
        self.channels / self.groups
    }

    /// `N`: elements of a group.
    #[inline(always)]
    fn size(&self) -> usize {
        self.depth() * self.plane
    }
}
