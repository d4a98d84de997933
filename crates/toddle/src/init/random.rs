//! Random numbers, the same on every machine.

use rand_mt::Mt;

/// NumPy's legacy stream, `np.random.seed(n)` and `np.random.rand()`: the Mersenne Twister, 53 bits a draw.
///
/// The post draws its initial weights from this stream. See NumPy's `RandomState`; for the generator, M. Matsumoto,
/// T. Nishimura, *Mersenne Twister* (1998).
///
/// ```
/// let mut stream = toddle::NumpyRandom::new(0);
/// assert_eq!(stream.uniform(), 0.5488135039273248);       // np.random.seed(0); np.random.rand()
/// assert_eq!(stream.uniform(), 0.7151893663724195);
/// ```
#[derive(Clone, Debug)]
pub struct NumpyRandom(Mt);

impl NumpyRandom {
    /// The stream of `np.random.seed(seed)`.
    pub fn new(seed: u32) -> Self {
        NumpyRandom(Mt::new(seed))
    }

    /// The next number of `np.random.rand()`: uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        let high = self.0.next_u32() >> 5;
        let low = self.0.next_u32() >> 6;
        (f64::from(high) * f64::from(1 << 26) + f64::from(low)) / 2f64.powi(53)
    }
}
