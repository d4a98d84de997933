//! Counter-based random numbers: a number depends on where it is used, not on the numbers that were drawn before it.

use crate::Real;

/// The number of rounds in which [`philox`] mixes its words.
pub(crate) const ROUNDS: usize = 10;
/// The factors of the first and the third word in each round.
pub(crate) const FACTORS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];

/// The key of the next round.
#[inline(always)]
pub(crate) fn advance(key: [u32; 2]) -> [u32; 2] {
    [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)]
}

/// Philox4x32-10: four random words from a counter and a key.
///
/// Equal inputs give equal words on every machine. Different inputs give words that are practically independent. So a
/// thread, or a resumed training, can draw the numbers of any sample without drawing the numbers before them.
///
/// ```
/// assert_eq!(toddle_lanes::philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
/// ```
///
/// Source: Salmon, Moraes, Dror and Shaw, *Parallel Random Numbers: As Easy as 1, 2, 3*, 2011.
#[inline(always)]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [a, b, c, d] = counter;
        let (left, right) = (u64::from(a) * u64::from(FACTORS[0]), u64::from(c) * u64::from(FACTORS[1]));
        counter =
            [(right >> 32) as u32 ^ b ^ key[0], right as u32, (left >> 32) as u32 ^ d ^ key[1], left as u32];
        key = advance(key);
    }
    counter
}

/// The use of random numbers. Two different purposes share no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Initial weights; the place is (parameter, 0).
    Init,
    /// The order of the samples; the place is (epoch, 0).
    Shuffle,
    /// The random numbers of a layer in training, such as the masks of dropout. They have their own counters: (four
    /// numbers, sample, step, layer).
    Layer,
    /// Changes to a sample; the place is (epoch, sample).
    Augment,
    /// Samples that are drawn with probabilities; the place is (epoch, place in the order).
    Sampling,
    /// The partner of a sample and its share; the place is (epoch, sample).
    Mix,
}

/// The random numbers of one place: a seed, a purpose and two numbers.
///
/// ```
/// use toddle_lanes::{Purpose, Random};
///
/// let mut epoch_3 = Random::new(7, Purpose::Shuffle, [3, 0]);
/// let mut again = Random::new(7, Purpose::Shuffle, [3, 0]);
/// assert_eq!(epoch_3.below(1000), again.below(1000));
/// assert!((0.0..1.0).contains(&epoch_3.uniform()));
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    key: [u32; 2],
    purpose: Purpose,
    place: [u32; 2],
    drawn: u32,
    words: [u32; 4],
    /// The second number of a pair of normal numbers, if it is not used yet.
    spare: Option<f64>,
}

impl Random {
    /// The random numbers of `purpose` at `place`, from the first number on.
    pub fn new(seed: u64, purpose: Purpose, place: [u32; 2]) -> Self {
        Random { key: key(seed), purpose, place, drawn: 0, words: [0; 4], spare: None }
    }

    /// 32 random bits.
    ///
    /// # Panics
    /// If all 2³² words of the place have been drawn.
    pub fn word(&mut self) -> u32 {
        let at = self.drawn % 4;
        if at == 0 {
            let [first, second] = self.place;
            self.words = philox([self.drawn / 4, first, second, self.purpose as u32], self.key);
        }
        self.drawn = self.drawn.checked_add(1).expect("a place has 2³² words");
        self.words[at as usize]
    }

    /// A random number from 0 (included) to 1 (excluded), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (u64::from(self.word()) >> 5, u64::from(self.word()) >> 6);
        ((high << 26) + low) as f64 / (1u64 << 53) as f64
    }

    /// A random integer below `bound`, with equal probabilities (Lemire's method).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert_ne!(bound, 0, "there is no number below 0");
        let unfair = bound.wrapping_neg() % bound;
        loop {
            let wide = u64::from(self.word()) * u64::from(bound);
            if wide as u32 >= unfair {
                return (wide >> 32) as u32;
            }
        }
    }

    /// A random number from the normal distribution with mean 0 and standard deviation 1 (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let stretch = Real::sqrt(-2.0 * crate::math::ln(square) / square);
                self.spare = Some(b * stretch);
                return a * stretch;
            }
        }
    }

    /// A random number from the gamma distribution with this shape, which is above 0, and scale 1.
    ///
    /// Source: Marsaglia and Tsang, *A Simple Method for Generating Gamma Variables*, 2000.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let of_more = self.gamma(shape + 1.0);
            return of_more * crate::math::exp(crate::math::ln(1.0 - self.uniform()) / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / Real::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            let v = root * root * root;
            let u = 1.0 - self.uniform();
            if v > 0.0 && crate::math::ln(u) < 0.5 * x * x + d - d * v + d * crate::math::ln(v) {
                return d * v;
            }
        }
    }

    /// A random number from 0 to 1 from the symmetric beta distribution, whose two parameters are `alpha`, which is above 0. With 1
    /// it is uniform. A small `alpha` gives numbers near 0 and 1, a large one numbers near ½.
    pub fn beta(&mut self, alpha: f64) -> f64 {
        let (a, b) = (self.gamma(alpha), self.gamma(alpha));
        // Both are 0 if `alpha` is so small that only 0 and 1 are left.
        if a + b > 0.0 { a / (a + b) } else { f64::from(self.word() & 1) }
    }

    /// Puts `items` into a random order, with equal probabilities for all orders (Fisher and Yates' method).
    ///
    /// # Panics
    /// If there are 2³² items or more.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("fewer than 2³² items");
            items.swap(last, self.below(bound) as usize);
        }
    }
}

/// The key of Philox for a seed.
pub fn key(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}
