// part fma
// The instruction for it, where the compiler may use it and `std` is there.
#[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), not(target_os = "none")))]
extern crate std;

/// a b + c, rounded once.
#[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), not(target_os = "none")))]
#[inline(always)]
fn fma(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

#[cfg(not(all(any(target_feature = "fma", target_arch = "aarch64"), not(target_os = "none"))))]
use fma_in_software as fma;

/// a b + c, rounded once, without the instruction.
///
/// The product has at most 48 bits, so an `f64` holds it. The sum is rounded to an odd last bit if it is not exact. With
/// its 53 bits, it then rounds to the same `f32` as the exact sum does.
#[allow(dead_code)]
#[inline(always)]
fn fma_in_software(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (a as f64 * b as f64, c as f64);
    let sum = product + c;
    let of_c = sum - product;
    let rest = (product - (sum - of_c)) + (c - of_c);
    let is_exact = rest == 0.0 || rest.is_nan();
    let bits = sum.to_bits();
    if is_exact || bits & 1 == 1 {
        return sum as f32;
    }
    let odd = if (rest > 0.0) == (sum > 0.0) { bits + 1 } else { bits - 1 };
    f64::from_bits(odd) as f32
}

// part sqrtf_
/// The square root of a number that is not below 0.
fn sqrtf_(x: f32) -> f32 {
    if x == 0.0 || x.is_nan() || x == f32::INFINITY {
        return x;
    }
    let (bits, exponent) = (x.to_bits() & 0x7f_ffff, x.to_bits() >> 23);
    // x is fraction 2^power.
    let (fraction, power) =
        if exponent == 0 { (bits, -149) } else { (bits | 0x80_0000, exponent as i32 - 150) };
    // An even power, and a fraction whose root has 25 bits.
    let shift = 49 - (31 - fraction.leading_zeros() as i32);
    let shift = if (power - shift) % 2 == 0 { shift } else { shift - 1 };
    let root = ((fraction as u64) << shift).isqrt();
    // No root lies in the middle between two numbers.
    let scale = (power - shift) / 2 + 1;
    ((root + 1) >> 1) as f32 * f32::from_bits(((scale + 127) as u32) << 23)
}

// part canonical
/// The same NaN for every NaN.
#[inline(always)]
fn canonical(x: f32) -> f32 {
    if x.is_nan() { f32::from_bits(0x7fc0_0000) } else { x }
}

// part larger
/// The larger number; b if they are equal or one of them is NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

// part smaller
/// The smaller number; b if they are equal or one of them is NaN.
#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

// part polynomial needs fma
/// c[0] + c[1] x + c[2] x² + …, by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(c: [f32; N], x: f32) -> f32 {
    let mut sum = c[N - 1];
    for &c in c[..N - 1].iter().rev() {
        sum = fma(sum, x, c);
    }
    sum
}

// part round_product needs fma
/// The whole number nearest to a b.
#[inline(always)]
fn round_product(a: f32, b: f32) -> f32 {
    fma(a, b, 12582912.0) - 12582912.0
}

// part exp2i
/// 2ⁿ for a whole number n.
#[inline(always)]
fn exp2i(n: f32) -> f32 {
    f32::from_bits((n + (12582912.0 + 127.0)).to_bits() << 23)
}

// part exponent
/// The exponent of a normal number above 0.
#[inline(always)]
fn exponent(x: f32) -> f32 {
    f32::from_bits(x.to_bits() >> 23 | 12582912.0f32.to_bits()) - (12582912.0 + 127.0)
}

// part coth_reduction needs round_product polynomial
/// n, r and s with h = n (ln 2)/2 + r and r coth r = 1 + s.
#[inline(always)]
fn coth_reduction(h: f32) -> (f32, f32, f32) {
    let n = round_product(h, 2.88539);
    let r = fma(n, 9.523271e-10, fma(n, -0.3465736, h));
    let z = r * r;
    (n, r, z * polynomial([0.3333325, -0.022134047], z))
}

// part ln_of_parts needs polynomial
/// ln(2ⁿ (1 + f))
#[inline(always)]
fn ln_of_parts(n: f32, f: f32) -> f32 {
    let s = f / (f + 1.0 + 1.0);
    let z = s * s;
    let half = f * f * 0.5;
    let q = polynomial([0.66666776, 0.39977542, 0.29871717], z);
    let inner = fma(s, fma(z, q, half), n * -1.9046542e-09);
    fma(n, 0.6931472, f - (half - inner))
}

// part expf_ needs larger smaller polynomial round_product exp2i
/// eˣ
#[inline(always)]
fn expf_(x: f32) -> f32 {
    let q = [1.0, 1.0, 0.5, 0.1666652, 0.041666206, 0.008368881, 0.0013950474];
    let y = smaller(89.0, larger(-104.0, x));
    let n = round_product(y, 1.442695);
    let r = fma(n, 1.9046542e-09, fma(n, -0.6931472, y));
    let half = round_product(n, 0.5);
    polynomial(q, r) * exp2i(half) * exp2i(n - half)
}

// part expm1f_ needs larger smaller polynomial round_product exp2i
/// eˣ − 1
#[inline(always)]
fn expm1f_(x: f32) -> f32 {
    let q = [0.5, 0.16666667, 0.04166633, 0.00833322, 0.0013943198, 0.00019962192];
    let y = smaller(89.0, larger(-24.0, x));
    let n = round_product(y, 1.442695);
    let first = fma(n, -0.6931472, y);
    let r = fma(n, 1.9046542e-09, first);
    let rest = fma(n, 1.9046542e-09, first - r);
    let half = round_product(n, 0.5);
    let (a, b) = (exp2i(half), exp2i(n - half));
    let less = round_product(-n, 0.5);
    let (c, d) = (exp2i(less), exp2i(-n - less));
    let less_one = fma(r * r, polynomial(q, r), rest) + r;
    let sum = less_one + (1.0 - c * d);
    (sum * a * b).copysign(x)
}

// part lnf_ needs exponent exp2i round_product ln_of_parts
/// ln x
#[inline(always)]
fn lnf_(x: f32) -> f32 {
    let is_small = x < 2.3509887e-38;
    let normal = if is_small { x * 16777216.0 } else { x };
    let e = exponent(normal * 0.70710677) + 1.0;
    let half = round_product(-e, 0.5);
    let f = normal * exp2i(half) * exp2i(-e - half) - 1.0;
    let result = ln_of_parts(e - if is_small { 24.0 } else { 0.0 }, f);
    if x.is_nan() || x == f32::INFINITY {
        x
    } else if x < 0.0 {
        f32::from_bits(0x7fc0_0000)
    } else if 0.0 < x {
        result
    } else {
        f32::NEG_INFINITY
    }
}

// part ln1pf_ needs exponent exp2i round_product ln_of_parts
/// ln(1 + x)
#[inline(always)]
fn ln1pf_(x: f32) -> f32 {
    let u = 1.0 + x;
    let from_x = u - 1.0;
    let v = (1.0 - (u - from_x)) + (x - from_x);
    let n = exponent(u * 0.70710677) + 1.0;
    let half = round_product(-n, 0.5);
    let (a, b) = (exp2i(half), exp2i(-n - half));
    let f = (u * a * b - 1.0) + v * a * b;
    let result = ln_of_parts(n, f).copysign(x);
    if x.is_nan() || x == f32::INFINITY {
        x
    } else if x < -1.0 {
        f32::from_bits(0x7fc0_0000)
    } else if -1.0 < x {
        result
    } else {
        f32::NEG_INFINITY
    }
}

// part erff_ needs smaller polynomial expf_
/// The error function.
#[inline(always)]
fn erff_(x: f32) -> f32 {
    let near = [
        0.12837917, -0.37612626, 0.112835854, -0.026853813, 0.0051883277, -0.00080101955,
        0.00007853867,
    ];
    let far = [
        0.00035373523, 1.12704, 0.6382258, 0.103037275, -0.021805273, 0.002939596,
        -0.00018557288,
    ];
    if x.abs() < 1.0 {
        return fma(x, polynomial(near, x * x), x);
    }
    (1.0 - expf_(-polynomial(far, smaller(4.0, x.abs())))).copysign(x)
}

// part tanhf_ needs smaller coth_reduction exp2i
/// The hyperbolic tangent.
#[inline(always)]
fn tanhf_(x: f32) -> f32 {
    let (n, r, s) = coth_reduction(smaller(10.0, x.abs()));
    let power = exp2i(n);
    let t = smaller(1.0, n * 0.25);
    let u = fma(power, 1.0 - t, -(1.0 + t));
    let v = fma(power, 1.0 - t, 1.0 + t);
    let u = fma(v, r, u * s) + u;
    let v = fma(power - 1.0, r, (power + 1.0) * s) + (power + 1.0);
    (t + u / v).copysign(x)
}

// part sigmoidf_ needs larger smaller coth_reduction exp2i round_product
/// 1/(1 + e⁻ˣ)
#[inline(always)]
fn sigmoidf_(x: f32) -> f32 {
    let (n, r, s) = coth_reduction(larger(-104.0, -x.abs()) * 0.5);
    let half = round_product(n, 0.5);
    let (a, b) = (exp2i(half), exp2i(n - half));
    let power = a * b;
    let t = smaller(1.0, fma(n, -0.125, 0.5));
    let u = fma(t, -power, 1.0 - t);
    let v = fma(t, -power, 1.0 + t);
    let q = (fma(v, r, u * s) + u) / (fma(power - 1.0, r, (power + 1.0) * s) + (power + 1.0));
    if x < 0.0 { (t + q) * a * b } else { fma(q, -power, fma(t, -power, 1.0)) }
}

// part softplusf_ needs larger ln1pf_ expf_
/// ln(1 + eˣ)
#[inline(always)]
fn softplusf_(x: f32) -> f32 {
    larger(0.0, x) + ln1pf_(expf_(-x.abs()))
}

// part each needs canonical
/// y = f(x), element by element.
#[inline(always)]
fn each(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = canonical(f(x));
    }
}

// part clipped_relu needs each larger smaller
fn clipped_relu(x: &[f32], y: &mut [f32], most: f32) {
    each(x, y, |x| smaller(most, larger(0.0, x)));
}

// part elu needs each expm1f_
fn elu(x: &[f32], y: &mut [f32], alpha: f32) {
    each(x, y, |x| if 0.0 < x { x } else { alpha * expm1f_(x) });
}

// part gelu needs each erff_
fn gelu(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| x * fma(0.5, erff_(x * 0.70710677), 0.5));
}

// part gelu_tanh needs each larger smaller tanhf_
fn gelu_tanh(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| {
        let z = smaller(100.0, larger(-100.0, x));
        x * fma(0.5, tanhf_(0.7978846 * fma(0.044715, z * z * z, z)), 0.5)
    });
}

// part hard_sigmoid needs each larger smaller
fn hard_sigmoid(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| smaller(6.0, larger(0.0, x + 3.0)) / 6.0);
}

// part hard_swish needs each larger smaller
fn hard_swish(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| x * (smaller(6.0, larger(0.0, x + 3.0)) / 6.0));
}

// part leaky_relu needs each
fn leaky_relu(x: &[f32], y: &mut [f32], slope: f32) {
    each(x, y, |x| if 0.0 < x { x } else { slope * x });
}

// part mish needs each tanhf_ softplusf_
fn mish(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| x * tanhf_(softplusf_(x)));
}

// part relu needs each larger
fn relu(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| larger(0.0, x));
}

// part selu needs each expm1f_
fn selu(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| if 0.0 < x { 1.050701 * x } else { 1.7580993 * expm1f_(x) });
}

// part sigmoid needs each sigmoidf_
fn sigmoid(x: &[f32], y: &mut [f32]) {
    each(x, y, sigmoidf_);
}

// part silu needs each sigmoidf_
fn silu(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| x * sigmoidf_(x));
}

// part softplus needs each larger ln1pf_ expf_
fn softplus(x: &[f32], y: &mut [f32], beta: f32) {
    each(x, y, |x| larger(0.0, x) + ln1pf_(expf_(-(beta * x).abs())) / beta);
}

// part softsign needs each
fn softsign(x: &[f32], y: &mut [f32]) {
    each(x, y, |x| x / (1.0 + x.abs()));
}

// part tanh_ needs each tanhf_
fn tanh_(x: &[f32], y: &mut [f32]) {
    each(x, y, tanhf_);
}

