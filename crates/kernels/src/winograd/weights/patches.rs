//! One row of the four by four elements of transformed patches: `Bᵀ x[c] B`.

use toddle_lanes::{Float, Kernel, Simd};

use crate::Lane;
use crate::winograd::grid::{Grid, Place};
use crate::winograd::patches::{self, To};

/// A row of the elements of transformed patches: for each of its four elements all places, for each place all planes.
pub struct PatchesRow<'a, T> {
    pub grid: &'a Grid,
    pub places: &'a [Place],
    /// The planes.
    pub from: &'a [T],
    pub elements: &'a mut [Lane<T>],
}

impl<T: Float> PatchesRow<'_, T> {
    /// Computes row `i`.
    #[inline(always)]
    pub fn run<S: Simd<T = T>>(self, simd: S, i: usize) {
        match i {
            0 => simd.outline(Row::<_, 0>(self)),
            1 => simd.outline(Row::<_, 1>(self)),
            2 => simd.outline(Row::<_, 2>(self)),
            _ => simd.outline(Row::<_, 3>(self)),
        }
    }
}

/// Row `I`.
struct Row<'a, T, const I: usize>(PatchesRow<'a, T>);

impl<T: Float, const I: usize> Kernel<T> for Row<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let PatchesRow { grid, places, from, elements } = self.0;
        let to = &mut ByElement { apart: elements.len() / 4, planes: from.len() / grid.from, elements };
        patches::transformed::<_, I, 1>(simd, grid, places, from, to);
    }
}

/// Each of the four elements has an equal share of the memory. In it, all planes of a place are neighbours.
struct ByElement<'a, T> {
    /// The length of a share.
    apart: usize,
    planes: usize,
    elements: &'a mut [Lane<T>],
}

impl<T> To<T> for ByElement<'_, T> {
    #[inline(always)]
    fn element(&mut self, plane: usize, place: usize, element: usize) -> &mut Lane<T> {
        &mut self.elements[element * self.apart + place * self.planes + plane]
    }
}
