//! Random numbers: the published values, and the shape of what is made of them.

use toddle_lanes::{Float, Isa, Kernel, LANES, Purpose, Random, Real, Simd, philox};

/// The three vectors of Random123's `kat_vectors` for philox4x32-10.
#[test]
fn philox_has_its_published_values() {
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    assert_eq!(
        philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    );
}

/// The words of sixteen counters, and which of the first ones are below a limit.
struct Sixteen {
    counter: [u32; 4],
    key: [u32; 2],
    limit: u32,
}

impl<T: Float> Kernel<T> for Sixteen {
    type Output = ([[u32; LANES]; 4], [T; LANES]);

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> Self::Output {
        let words = simd.philox(self.counter, self.key);
        let mut below = [T::ZERO; LANES];
        let mask = simd.below(&words[0], self.limit);
        simd.store(S::V::select(mask, simd.splat(T::ONE), simd.splat(T::ZERO)), &mut below);
        (words, below)
    }
}

fn sixteen_counters_have_the_words_of_each<T: Float>() {
    for isa in Isa::available() {
        for (counter, key) in [([0; 4], [0; 2]), ([!0; 4], [!0; 2]), ([7, !0 - 4, 1, 2], [3, 1 << 31])] {
            let [a, b, c, d] = counter;
            let each: [_; LANES] = std::array::from_fn(|n| philox([a, b.wrapping_add(n as u32), c, d], key));
            let first = each.map(|words| words[0]);
            for limit in
                first.into_iter().flat_map(|word| [word, word.saturating_add(1)]).chain([0, 1 << 31, !0])
            {
                let (words, below) = isa.run::<T, _>(Sixteen { counter, key, limit });
                for n in 0..LANES {
                    assert_eq!(each[n], words.map(|words| words[n]), "{isa} {counter:?} {n}");
                    assert_eq!(first[n] < limit, below[n] == T::ONE, "{isa} {} {limit}", first[n]);
                }
            }
        }
    }
}

#[test]
fn sixteen_counters_have_the_words_of_each_with_f32_masks() {
    sixteen_counters_have_the_words_of_each::<f32>();
}

#[test]
fn sixteen_counters_have_the_words_of_each_with_f64_masks() {
    sixteen_counters_have_the_words_of_each::<f64>();
}

#[test]
fn places_purposes_and_seeds_share_no_numbers() {
    let draw = |seed, purpose, place| {
        let mut random = Random::new(seed, purpose, place);
        [random.word(), random.word()]
    };
    let mut all = vec![
        draw(0, Purpose::Init, [0, 0]),
        draw(1, Purpose::Init, [0, 0]),
        draw(1 << 32, Purpose::Init, [0, 0]),
        draw(0, Purpose::Shuffle, [0, 0]),
        draw(0, Purpose::Init, [1, 0]),
        draw(0, Purpose::Init, [0, 1]),
    ];
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
}

/// The mean and the variance.
fn moments(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (mean, numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count)
}

#[test]
#[cfg_attr(miri, ignore = "Miri would take an hour")]
fn numbers_have_the_moments_of_their_distributions() {
    const N: usize = 200_000;
    let mut random = Random::new(3, Purpose::Init, [0, 0]);
    let (mean, variance) = moments(&(0..N).map(|_| random.uniform()).collect::<Vec<_>>());
    assert!((mean - 0.5).abs() < 0.003 && (variance - 1.0 / 12.0).abs() < 0.001, "{mean} {variance}");
    let (mean, variance) = moments(&(0..N).map(|_| random.normal()).collect::<Vec<_>>());
    assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    let mut counts = [0; 7];
    (0..70_000).for_each(|_| counts[random.below(7) as usize] += 1);
    assert!(counts.iter().all(|n| (9_600..10_400).contains(n)), "{counts:?}");
}

#[test]
fn a_shuffle_keeps_every_item_and_moves_them() {
    let mut items: Vec<u32> = (0..1000).collect();
    Random::new(0, Purpose::Shuffle, [1, 0]).shuffle(&mut items);
    assert!(items.iter().zip(0..).filter(|(item, at)| *item == at).count() < 10);
    items.sort_unstable();
    assert!(items.into_iter().eq(0..1000));
}

/// The largest difference between the distribution of numbers and `cdf`, the function that it should have.
fn farthest(mut numbers: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let count = numbers.len() as f64;
    let apart = numbers.iter().enumerate().map(|(n, &x)| (cdf(x) - (n as f64 + 0.5) / count).abs());
    apart.fold(0.0, f64::max)
}

#[test]
#[cfg_attr(miri, ignore = "Miri would take an hour")]
fn beta_numbers_have_their_distribution() {
    const N: u32 = 40_000;
    let drawn = |alpha: f64| -> Vec<f64> {
        (0..N).map(|n| Random::new(3, Purpose::Mix, [n, 7]).beta(alpha)).collect()
    };
    // The distance that 40,000 numbers exceed once in a thousand times is 0.0098.
    let arcsine = |x: f64| 2.0 / std::f64::consts::PI * x.sqrt().asin();
    for (alpha, distance) in [
        (0.5, farthest(drawn(0.5), arcsine)),
        (1.0, farthest(drawn(1.0), |x| x)),
        (2.0, farthest(drawn(2.0), |x| x * x * (3.0 - 2.0 * x))),
    ] {
        assert!(distance < 0.0098, "{alpha}: {distance}");
    }
    for alpha in [0.1, 0.4, 1.5, 30.0] {
        let (mean, variance) = moments(&drawn(alpha));
        let expected = 0.25 / (2.0 * alpha + 1.0);
        assert!((mean - 0.5).abs() < 0.01 && (variance / expected - 1.0).abs() < 0.05, "{alpha}: {variance}");
    }
    // Even the smallest parameter gives a number.
    let tiny = drawn(f64::MIN_POSITIVE);
    assert!(tiny.iter().all(|x| *x == 0.0 || *x == 1.0), "{:?}", &tiny[..9]);
    let ones = tiny.iter().sum::<f64>() / f64::from(N);
    assert!((ones - 0.5).abs() < 0.02, "{ones}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri would take an hour")]
fn gamma_numbers_have_the_moments_of_their_distribution() {
    for shape in [0.3, 1.0, 2.5, 40.0] {
        let numbers: Vec<f64> =
            (0..40_000).map(|n| Random::new(1, Purpose::Mix, [n, 0]).gamma(shape)).collect();
        let (mean, variance) = moments(&numbers);
        assert!((mean / shape - 1.0).abs() < 0.03, "{shape}: {mean}");
        assert!((variance / shape - 1.0).abs() < 0.08, "{shape}: {variance}");
    }
}
