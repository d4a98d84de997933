//! Augmentation: each setting does what it says, and nothing but (seed, epoch, sample) decides how.

use toddle_data::{Augment, Augmenter, Dataset, Elastic, Scaling, mnist};

fn apply(settings: &Augment, shape: [usize; 3], x: &[f32], place: [u64; 3]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    Augmenter::new(settings, shape).unwrap().apply(x, place, &mut y);
    y
}

/// 5×5, 1 at one place.
fn dot(row: usize, column: usize) -> Vec<f32> {
    let mut x = vec![0.0; 25];
    x[row * 5 + column] = 1.0;
    x
}

/// The mean place of what is in a picture, weighted by value, and the sum of it.
fn centre(y: &[f32], w: usize) -> (f32, f32, f32) {
    let sum: f32 = y.iter().sum();
    let mean =
        |of: &dyn Fn(usize) -> usize| y.iter().enumerate().map(|(i, y)| of(i) as f32 * y).sum::<f32>() / sum;
    (mean(&|i| i / w), mean(&|i| i % w), sum)
}

fn all() -> Augment {
    Augment {
        flip: true,
        crop: 2,
        shift: 1.5,
        rotate: 15.0,
        scale: 0.1,
        shear: 0.1,
        elastic: Some(Elastic::default()),
        contrast: 0.2,
        brightness: 0.1,
        noise: 0.05,
        erase: 0.5,
    }
}

#[test]
fn off_is_identity() {
    let x: Vec<f32> = (0..75).map(|i| i as f32 / 7.0).collect();
    assert!(Augment::default().is_off() && !all().is_off());
    for sample in 0..5 {
        assert_eq!(apply(&Augment::default(), [3, 5, 5], &x, [1, 2, sample]), x);
    }
    let still = Augment { elastic: Some(Elastic { strength: 0.0, smoothness: 2.0 }), ..Augment::default() };
    assert_eq!(apply(&still, [3, 5, 5], &x, [1, 2, 3]), x);
    assert_eq!(apply(&all(), [0, 5, 5], &[], [1, 2, 3]), [] as [f32; 0]);
}

#[test]
fn the_place_decides_every_bit_whatever_went_before() {
    let digits = mnist().test().unwrap().first(20).unwrap();
    let mut augmenter = Augmenter::new(&all(), digits.shape()).unwrap();
    let mut draw = |i: usize, seed: u64, epoch: u64| {
        let mut y = vec![0.0; 784];
        augmenter.write_input(&digits, i, [seed, epoch, i as u64], &mut y);
        y.iter().map(|y| y.to_bits()).collect::<Vec<_>>()
    };
    let forward: Vec<_> = (0..20).map(|i| draw(i, 5, 3)).collect();
    for i in (0..20).rev() {
        assert_eq!(draw(i, 5, 3), forward[i]);
    }
    assert!(draw(0, 5, 4) != forward[0] && draw(0, 6, 3) != forward[0]);
}

/// The FNV-1a hash of numbers' bits.
fn hash(numbers: impl IntoIterator<Item = f32>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for number in numbers {
        hash = (hash ^ u64::from(number.to_bits())).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[test]
fn outside_is_the_colour_of_the_border() {
    // White paper with a dark blot; in the second channel it is grey, and the blot touches the border.
    let mut x = vec![1.0; 2 * 81];
    x[81..].fill(0.25);
    for channel in 0..2 {
        for pixel in [3 * 9 + 4, 4 * 9 + 3, 4 * 9 + 4, 5 * 9 + 5] {
            x[channel * 81 + pixel] = 0.0;
        }
    }
    x[81 + 3..81 + 6].fill(0.0);
    let moves = [
        Augment { rotate: 90.0, ..Augment::default() },
        Augment { shift: 4.0, ..Augment::default() },
        Augment { crop: 3, ..Augment::default() },
        Augment { shear: 1.0, ..Augment::default() },
        Augment { scale: 0.5, ..Augment::default() },
        Augment { elastic: Some(Elastic { strength: 20.0, smoothness: 2.0 }), ..Augment::default() },
    ];
    for settings in moves {
        for sample in 0..50 {
            let y = apply(&settings, [2, 9, 9], &x, [0, 0, sample]);
            for (channel, paper) in [(0, 1.0), (1, 0.25)] {
                let plane = &y[channel * 81..][..81];
                let of_paper = plane.iter().filter(|y| (**y - paper).abs() < 1e-6).count();
                assert!(of_paper > 40, "{settings:?}, {sample}: {plane:?}");
                assert!(plane.iter().all(|y| (0.0..=paper + 1e-6).contains(y)));
            }
        }
    }
    let plain = vec![0.75; 81];
    for sample in 0..50 {
        assert!(
            apply(
                &Augment { rotate: 180.0, shift: 9.0, ..Augment::default() },
                [1, 9, 9],
                &plain,
                [0, 0, sample]
            )
            .iter()
            .all(|y| (y - 0.75).abs() < 1e-6)
        );
    }
}

/// Recorded from a first run: another machine, or a change to the arithmetic, would show.
#[test]
fn the_bits_are_those_of_every_machine() {
    let x: Vec<f32> = (0..64).map(|i| (i * i % 17) as f32 / 16.0).collect();
    let changed = (0..50).flat_map(|sample| apply(&all(), [1, 8, 8], &x, [9, 1, sample]));
    assert_eq!(hash(changed), "f5c1f15cd4147c21");
}

/// Recorded before the border's colour filled what is outside: digits lie on 0, so no training on them has other bits.
#[test]
fn digits_have_the_bits_that_they_had_with_zeros_outside() {
    let digits = mnist().test().unwrap();
    let mut augmenter = Augmenter::new(&all(), digits.shape()).unwrap();
    let changed = (0..digits.len()).flat_map(|i| {
        let mut y = vec![0.0; 784];
        augmenter.write_input(&digits, i, [3, 2, i as u64], &mut y);
        y
    });
    assert_eq!(hash(changed), "75432efea3f07358");
}

#[test]
fn shift_and_crop_move_by_no_more_than_they_say() {
    let shift = Augment { shift: 1.5, ..Augment::default() };
    let crop = Augment { crop: 2, ..Augment::default() };
    let mut seen = std::collections::BTreeSet::new();
    for sample in 0..300 {
        let (row, column, sum) = centre(&apply(&shift, [1, 5, 5], &dot(2, 2), [0, 0, sample]), 5);
        assert!((sum - 1.0).abs() < 1e-6 && (row - 2.0).abs() <= 1.5001 && (column - 2.0).abs() <= 1.5001);
        let y = apply(&crop, [1, 5, 5], &dot(2, 2), [0, 0, sample]);
        assert!(
            y.iter().filter(|y| **y == 1.0).count() == 1 && y.iter().filter(|y| **y == 0.0).count() == 24
        );
        seen.insert(y.iter().position(|y| *y == 1.0));
    }
    assert_eq!(seen.len(), 25); // every place
}

#[test]
fn flip_mirrors_half_of_them() {
    let flip = Augment { flip: true, ..Augment::default() };
    let flipped = (0..1000)
        .filter(|&sample| match centre(&apply(&flip, [1, 5, 5], &dot(1, 0), [0, 0, sample]), 5) {
            (1.0, 4.0, 1.0) => true,
            still => {
                assert_eq!(still, (1.0, 0.0, 1.0));
                false
            }
        })
        .count();
    assert!((440..560).contains(&flipped), "{flipped}");
}

#[test]
fn rotate_scale_and_shear_keep_the_middle() {
    let turned = |settings: &Augment, sample| {
        let y = apply(settings, [1, 5, 5], &dot(2, 2), [0, 0, sample]);
        assert_eq!(y[12], 1.0);
        let x: Vec<f32> = dot(0, 2);
        centre(&apply(settings, [1, 5, 5], &x, [0, 0, sample]), 5)
    };
    for sample in 0..200 {
        // A dot two above the middle goes round it, by 45 degrees at most.
        let (row, column, _) = turned(&Augment { rotate: 45.0, ..Augment::default() }, sample);
        assert!((-0.1..=0.8).contains(&row) && (0.4..=3.6).contains(&column), "{row} {column}");
        // Sideways by at most half of its two rows.
        let (row, column, _) = turned(&Augment { shear: 0.5, ..Augment::default() }, sample);
        assert!(row == 0.0 && (0.999..=3.001).contains(&column), "{row} {column}");
        let (row, column, _) = turned(&Augment { scale: 0.3, ..Augment::default() }, sample);
        assert!((column - 2.0).abs() < 1e-3 && (0.0..=1.0).contains(&row) || row.is_nan(), "{row} {column}");
    }
}

#[test]
fn elastic_bends_smoothly_and_more_when_stronger() {
    let digit = mnist().test().unwrap().first(1).unwrap().inputs::<f32>();
    let change = |strength| {
        let settings = Augment { elastic: Some(Elastic { strength, smoothness: 4.0 }), ..Augment::default() };
        let y = apply(&settings, [1, 28, 28], &digit, [0, 0, 1]);
        assert!(y.iter().all(|y| (0.0..=1.0).contains(y)));
        y.iter().zip(&digit).map(|(y, x)| (y - x).abs()).sum::<f32>()
    };
    assert!(0.0 < change(1.0) && change(1.0) < change(10.0) && change(10.0) < change(34.0));
}

#[test]
fn colours_change_as_they_say() {
    let x: Vec<f32> = (0..200).map(|i| i as f32 / 200.0).collect();
    let mean = |y: &[f32]| y.iter().map(|&y| f64::from(y)).sum::<f64>() / y.len() as f64;
    for sample in 0..50 {
        let bright =
            apply(&Augment { brightness: 0.2, ..Augment::default() }, [2, 10, 10], &x, [0, 0, sample]);
        let light = bright[0] - x[0];
        assert!(light.abs() <= 0.2 && bright.iter().zip(&x).all(|(y, x)| (y - x - light).abs() < 1e-6));
        let contrast =
            apply(&Augment { contrast: 0.5, ..Augment::default() }, [2, 10, 10], &x, [0, 0, sample]);
        let factor = (contrast[1] - contrast[0]) / (x[1] - x[0]);
        assert!((0.49..=1.51).contains(&factor));
        assert!((mean(&contrast[..100]) - mean(&x[..100])).abs() < 1e-6); // each channel keeps its own
        let noisy = apply(&Augment { noise: 0.1, ..Augment::default() }, [2, 10, 10], &x, [0, 0, sample]);
        let squares = noisy.iter().zip(&x).map(|(y, x)| f64::from(y - x).powi(2)).sum::<f64>() / 200.0;
        assert!((0.07..0.13).contains(&squares.sqrt()), "{squares}");
    }
}

#[test]
fn erase_covers_a_rectangle_as_often_as_it_says() {
    let (erase, x) = (Augment { erase: 0.4, ..Augment::default() }, vec![2.0; 2 * 400]);
    let mut erased = 0;
    for sample in 0..1000 {
        let y = apply(&erase, [2, 20, 20], &x, [0, 0, sample]);
        let hit: Vec<usize> = (0..400).filter(|&i| y[i] != 2.0).collect();
        assert!((0..400).all(|i| (y[i] != 2.0) == (y[400 + i] != 2.0)));
        if let (Some(first), Some(last)) = (hit.first(), hit.last()) {
            erased += 1;
            let (tall, wide) = (last / 20 - first / 20 + 1, last % 20 - first % 20 + 1);
            assert_eq!(hit.len(), tall * wide); // a full rectangle
            assert!((4..=150).contains(&hit.len()) && hit.iter().all(|&i| (0.0..1.0).contains(&y[i])));
        }
    }
    assert!((340..460).contains(&erased), "{erased}");
}

#[test]
fn scaling_comes_after() {
    let set = Dataset::new("t", [1, 1, 2], vec![0, 255], vec![0], 1).unwrap();
    let scaling = Scaling { divisor: 255.0, mean: vec![0.5], deviation: vec![0.25] };
    let set = set.with_scaling(scaling).unwrap();
    let mut y = [0.0; 2];
    let bright = Augment { brightness: 1.0, ..Augment::default() };
    Augmenter::new(&bright, [1, 1, 2]).unwrap().write_input(&set, 0, [3, 0, 0], &mut y);
    let plain = apply(&bright, [1, 1, 2], &[0.0, 1.0], [3, 0, 0]);
    assert_eq!(y, [(plain[0] - 0.5) / 0.25, (plain[1] - 0.5) / 0.25]);
}

#[test]
fn settings_are_text_and_checked() {
    let read: Augment = serde_json::from_str(r#"{"shift": 2, "elastic": {"strength": 8}}"#).unwrap();
    let elastic = Some(Elastic { strength: 8.0, smoothness: 4.0 });
    assert_eq!(read, Augment { shift: 2.0, elastic, ..Augment::default() });
    assert_eq!(serde_json::from_str::<Augment>(&serde_json::to_string(&all()).unwrap()).unwrap(), all());
    let wrong = [
        Augment { shift: -1.0, ..all() },
        Augment { rotate: f32::NAN, ..all() },
        Augment { scale: 1.0, ..all() },
        Augment { crop: u32::MAX, ..all() },
        Augment { erase: 1.1, ..all() },
        Augment { elastic: Some(Elastic { strength: 1.0, smoothness: 0.0 }), ..all() },
    ];
    for settings in wrong {
        assert_eq!(Augmenter::new(&settings, [1, 2, 2]).unwrap_err().to_string().lines().count(), 4);
    }
}
