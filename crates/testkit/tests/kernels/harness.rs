//! The harness can fail: it is fed what is wrong, and has to say so.

use toddle_testkit::gradient;
use toddle_testkit::numbers::{from_block, numbers, same_bits, to_block};

#[test]
fn equal_bits_are_accepted() {
    same_bits("itself", &numbers::<f32>(1, 48), &numbers::<f32>(1, 48)).unwrap();
}

#[test]
fn zeros_are_refused() {
    assert!(same_bits("zeros", &[0.0f32; 48], &numbers::<f32>(1, 48)).is_err());
    let square = |x: &[f64]| x.iter().map(|x| x * x).sum();
    assert!(gradient::check("zeros", &[0.0; 3], &[1.0, 2.0, 3.0], square).is_err());
}

#[test]
fn a_transposed_result_is_refused() {
    let samples = numbers::<f64>(1, 48);
    assert_eq!(from_block(&to_block(&samples)), samples);
    assert!(same_bits("transposed", &to_block(&samples), &samples).is_err());
}

#[test]
fn one_wrong_lane_is_refused_and_named() {
    let expected = numbers::<f32>(1, 48);
    let mut wrong = expected.clone();
    wrong[37] = f32::from_bits(wrong[37].to_bits() ^ 1);
    assert!(same_bits("one lane", &wrong, &expected).unwrap_err().contains("number 37"));
}

#[test]
fn a_zero_of_the_other_sign_is_refused() {
    assert!(same_bits("zero", &[0.0f64], &[-0.0]).is_err());
}

#[test]
fn too_few_numbers_are_refused() {
    assert!(same_bits("few", &[1.0f64], &[1.0, 1.0]).is_err());
}

#[test]
fn one_wrong_number_among_many_is_refused() {
    let cubes = |x: &[f64]| x.iter().map(|x| x * x * x).sum();
    let x = numbers::<f64>(1, 5000);
    let right: Vec<f64> = x.iter().map(|x| 3.0 * x * x).collect();
    gradient::check("right", &right, &x, cubes).unwrap();
    let mut wrong = right.clone();
    wrong[4321] += 1e-3;
    assert!(gradient::check("one number", &wrong, &x, cubes).is_err());
    assert!(gradient::check("zeros", &[0.0; 5000], &x, cubes).is_err());
}

#[test]
fn a_gradient_off_by_a_millionth_is_refused() {
    let square = |x: &[f64]| x.iter().map(|x| x * x).sum();
    let x = [0.3, -0.7, 1.1];
    let right = x.map(|x| 2.0 * x);
    gradient::check("right", &right, &x, square).unwrap();
    assert!(gradient::check("off", &right.map(|g| g * (1.0 + 1e-6)), &x, square).is_err());
}
