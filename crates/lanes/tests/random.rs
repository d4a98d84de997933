//! Random numbers: the published values, and the shape of what is made of them.

use toddle_lanes::{Purpose, Random, philox};

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

#[test]
fn numbers_have_the_moments_of_their_distributions() {
    const N: usize = 200_000;
    let mut random = Random::new(3, Purpose::Init, [0, 0]);
    let moments = |numbers: &[f64]| {
        let mean = numbers.iter().sum::<f64>() / N as f64;
        (mean, numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / N as f64)
    };
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
