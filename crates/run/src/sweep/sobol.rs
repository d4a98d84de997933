//! Points that fill a space evenly: Sobol's sequence.
//!
//! I. M. Sobol, On the distribution of points in a cube and the approximate evaluation of integrals, 1967. The direction
//! numbers are those of S. Joe and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional projections, 2008.

/// The number of bits of a coordinate.
const BITS: usize = 32;

/// For each axis after the first: the degree of its polynomial, the coefficients between the first and the last as bits, and its
/// first direction numbers.
const AXES: [(usize, u32, &[u32]); 15] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// The largest number of axes.
pub const MOST: usize = AXES.len() + 1;

/// Coordinate `axis` of point `n`, as the upper bits of a fraction of 1. There are [`MOST`] axes.
pub fn coordinate(axis: usize, n: u32) -> u32 {
    let directions = directions(axis);
    let code = n ^ n >> 1;
    (0..BITS).filter(|bit| code >> bit & 1 == 1).fold(0, |sum, bit| sum ^ directions[bit])
}

/// The direction numbers of an axis, shifted to the upper bits.
fn directions(axis: usize) -> [u32; BITS] {
    let mut v = [0; BITS];
    let Some((degree, coefficients, first)) = axis.checked_sub(1).map(|axis| AXES[axis]) else {
        return std::array::from_fn(|i| 1 << (BITS - 1 - i));
    };
    for i in 0..BITS {
        v[i] = match first.get(i) {
            Some(number) => number << (BITS - 1 - i),
            None => {
                let mut number = v[i - degree] ^ v[i - degree] >> degree;
                for k in 1..degree {
                    if coefficients >> (degree - 1 - k) & 1 == 1 {
                        number ^= v[i - k];
                    }
                }
                number
            }
        };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Point 1000 and point 4095 of `scipy.stats.qmc.Sobol(16, scramble=False)` of SciPy, times 4096.
    const SCIPYS: [[u32; MOST]; 2] = [
        [900, 396, 2124, 2772, 1148, 3716, 188, 3684, 2052, 284, 348, 1044, 660, 1572, 588, 1516],
        [1, 3855, 1369, 3693, 3851, 323, 3889, 1601, 785, 1009, 2333, 1317, 1511, 2129, 2257, 1707],
    ];

    #[test]
    fn points_are_those_of_scipy() {
        for (n, recorded) in [1000, 4095].into_iter().zip(SCIPYS) {
            let point: [u32; MOST] = std::array::from_fn(|axis| coordinate(axis, n) >> 20);
            assert_eq!(point, recorded);
        }
    }

    #[test]
    fn every_axis_is_cut_evenly() {
        for axis in 0..MOST {
            let mut places: Vec<u32> = (0..64).map(|n| coordinate(axis, n) >> 26).collect();
            places.sort_unstable();
            assert_eq!(places, (0..64).collect::<Vec<_>>(), "axis {axis}");
        }
    }
}
