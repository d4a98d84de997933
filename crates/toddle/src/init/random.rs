//! Random numbers, the same on every machine.

use rand_mt::Mt;
use toddle_lanes::{Real, math};

/// NumPy's legacy stream, `np.random.seed(n)` and `np.random.rand()`: the Mersenne Twister, 53 bits a draw.
///
/// The post draws its initial weights from this stream. A program can draw its samples from it. See NumPy's `RandomState`; for the
/// generator, M. Matsumoto, T. Nishimura, *Mersenne Twister* (1998).
///
/// ```
/// let mut stream = toddle::NumpyRandom::new(0);
/// assert_eq!(stream.uniform(), 0.5488135039273248);       // np.random.seed(0); np.random.rand()
/// assert_eq!(stream.uniform(), 0.7151893663724195);
/// ```
#[derive(Clone, Debug)]
pub struct NumpyRandom {
    stream: Mt,
    /// The second number of a pair of normal numbers, if it is not used yet.
    spare: Option<f64>,
}

impl NumpyRandom {
    /// The stream of `np.random.seed(seed)`.
    pub fn new(seed: u32) -> Self {
        NumpyRandom { stream: Mt::new(seed), spare: None }
    }

    /// The next number of `np.random.rand()`: uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        let high = self.stream.next_u32() >> 5;
        let low = self.stream.next_u32() >> 6;
        (f64::from(high) * f64::from(1 << 26) + f64::from(low)) / (1_u64 << 53) as f64
    }

    /// The next number of `np.random.randn()`: normal, with mean 0 and deviation 1. Equal to NumPy's but for the last digits, which
    /// depend on the system's logarithm there.
    ///
    /// ```
    /// let mut stream = toddle::NumpyRandom::new(0);
    /// assert!((stream.normal() - 1.764052345967664).abs() < 1e-15); // np.random.seed(0); np.random.randn()
    /// assert!((stream.normal() - 0.4001572083672233).abs() < 1e-15);
    /// ```
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let stretch = Real::sqrt(-2.0 * math::ln(square) / square);
                self.spare = Some(stretch * a);
                return stretch * b;
            }
        }
    }

    /// The next number of `np.random.randint(bound)`: 0 or more and below `bound`, with equal probabilities.
    ///
    /// ```
    /// let mut stream = toddle::NumpyRandom::new(0);
    /// assert_eq!([0; 6].map(|_| stream.below(10)), [5, 0, 3, 3, 7, 9]); // np.random.seed(0); np.random.randint(10, size=6)
    /// ```
    ///
    /// # Panics
    /// `bound` is 0, or above 2³².
    pub fn below(&mut self, bound: usize) -> usize {
        let most = bound.checked_sub(1).and_then(|most| u32::try_from(most).ok());
        let most = most.expect("a bound from 1 to 2³²");
        if most == 0 {
            return 0;
        }
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let drawn = self.stream.next_u32() & mask;
            if drawn <= most {
                return drawn as usize;
            }
        }
    }
}
