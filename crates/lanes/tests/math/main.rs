//! Accuracy.
use toddle_lanes::{Isa, Kernel, Real, Simd, math};
#[test]
fn quick() {
    let mut worst = [0.0f64; 4];
    let mut at = [0.0f32; 4];
    for bits in (0..=u32::MAX).step_by(251) {
        let x = f32::from_bits(bits);
        if x.is_nan() {
            continue;
        }
        let y = x as f64;
        let pairs = [
            (math::exp(x), y.exp()),
            (math::ln(x), y.ln()),
            (math::tanh(x), y.tanh()),
            (math::sigmoid(x), if y < 0.0 { y.exp() / (1.0 + y.exp()) } else { 1.0 / (1.0 + (-y).exp()) }),
        ];
        for (k, (got, want)) in pairs.into_iter().enumerate() {
            if want.is_nan() != got.is_nan() {
                panic!("{k} {x} {got} {want}");
            }
            let near = want as f32;
            if want.is_nan() || near.is_infinite() {
                assert!(got.is_nan() || got == near, "{k} {x} {got} {want}");
                continue;
            }
            let e = near.abs().max(f32::MIN_POSITIVE).to_bits() >> 23;
            let ulp = 2f64.powi(e as i32 - 127 - 23);
            let d = ((got as f64) - want).abs() / ulp;
            if d > worst[k] {
                worst[k] = d;
                at[k] = x;
            }
        }
    }
    println!("{worst:?} {at:?}");
}
