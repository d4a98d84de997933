//! The constants of the formulas for each number type. The polynomials come from `coefficients.py`, beside this file.

/// The constants of one number type.
pub trait Constants: Copy + 'static {
    /// 1.5·2ᵖ⁻¹, where `p` is the number of bits of the significand. Numbers near it are integers. So adding it rounds
    /// a number to an integer, ties to even. The integer is then in the lowest bits.
    const ROUNDER: Self;
    /// [`ROUNDER`](Self::ROUNDER) plus the bias of the exponent. After adding it, the lowest bits are a biased
    /// exponent.
    const BIASED_ROUNDER: Self;

    /// 1/2.
    const HALF: Self;
    /// 1/4.
    const QUARTER: Self;
    /// 1/8.
    const EIGHTH: Self;
    /// √½.
    const SQRT_HALF: Self;
    /// log₂ e.
    const LOG2_E: Self;
    /// ln 2 as the sum of two numbers.
    const LN_2: [Self; 2];
    /// (ln 2)/2 as the sum of two numbers.
    const HALF_LN_2: [Self; 2];

    /// +∞.
    const INFINITY: Self;
    /// The canonical NaN: positive, quiet, without a payload.
    const NAN: Self;
    /// Twice the smallest positive normal number.
    const SMALL: Self;
    /// `p`: the number of bits of the significand.
    const DIGITS: Self;
    /// 2ᵖ.
    const TWO_TO_DIGITS: Self;

    /// For this `x` and below, `eˣ` is 0.
    const EXP_LOW: Self;
    /// For this `x` and above, `eˣ` is ∞.
    const EXP_HIGH: Self;
    /// For this `x` and above, `tanh x` is 1.
    const TANH_ONE: Self;
    /// For this `x` and above, `erf x` is 1.
    const ERF_ONE: Self;

    /// `eʳ = Σ EXP[k]·rᵏ` for |r| ≤ (ln 2)/2.
    const EXP: &[Self];
    /// `eʳ − 1 = r + r²·Σ EXPM1[k]·rᵏ` for |r| ≤ (ln 2)/2.
    const EXPM1: &[Self];
    /// `r·coth r = 1 + z·Σ COTH[k]·zᵏ` with z = r², for |r| ≤ (ln 2)/4.
    const COTH: &[Self];
    /// `ln((1+s)/(1−s)) = 2s + s·z·Σ LN[k]·zᵏ` with z = s², for |s| ≤ (√2−1)/(√2+1).
    const LN: &[Self];
    /// `erf x = x + x·Σ ERF[k]·zᵏ` with z = x², for 0 ≤ x ≤ 1.
    const ERF: &[Self];
    /// `1 − erf x = exp(−Σ LN_ERFC[k]·xᵏ)` for 1 ≤ x ≤ [`ERF_ONE`](Self::ERF_ONE).
    const LN_ERFC: &[Self];
}

macro_rules! shared {
    ($t:ident) => {
        const ROUNDER: Self = 1.5 * Self::TWO_TO_DIGITS / 2.0;
        const BIASED_ROUNDER: Self = Self::ROUNDER + ($t::MAX_EXP - 1) as $t;
        const HALF: Self = 0.5;
        const QUARTER: Self = 0.25;
        const EIGHTH: Self = 0.125;
        const HALF_LN_2: [Self; 2] = [Self::LN_2[0] / 2.0, Self::LN_2[1] / 2.0];
        const INFINITY: Self = $t::INFINITY;
        const NAN: Self = $t::from_bits($t::INFINITY.to_bits() | 1 << ($t::MANTISSA_DIGITS - 2));
        const SMALL: Self = 2.0 * $t::MIN_POSITIVE;
        const DIGITS: Self = $t::MANTISSA_DIGITS as $t;
        const TWO_TO_DIGITS: Self = (1u64 << $t::MANTISSA_DIGITS) as $t;
        const SQRT_HALF: Self = core::$t::consts::FRAC_1_SQRT_2;
        const LOG2_E: Self = core::$t::consts::LOG2_E;
    };
}

#[allow(clippy::excessive_precision, clippy::approx_constant, reason = "as coefficients.py prints them")]
impl Constants for f32 {
    shared!(f32);

    const LN_2: [f32; 2] = [0.6931472, -1.9046542e-9];

    const EXP_LOW: f32 = -104.0;
    const EXP_HIGH: f32 = 89.0;
    const TANH_ONE: f32 = 10.0;
    const ERF_ONE: f32 = 4.0;

    /// Error: 2^-28.3.
    const EXP: &[f32] = &[1.0, 1.0, 0.5, 0.1666652, 0.041666206, 0.008368881, 0.0013950474];
    /// Error: 2^-31.8 of the result.
    const EXPM1: &[f32] = &[0.5, 0.16666667, 0.04166633, 0.00833322, 0.0013943198, 0.00019962192];
    /// Error: 2^-28.8.
    const COTH: &[f32] = &[0.3333325, -0.022134047];
    /// Error: 2^-29.2 of 2s.
    const LN: &[f32] = &[0.66666776, 0.39977542, 0.29871717];
    /// Error: 2^-29.6 of the result.
    const ERF: &[f32] =
        &[0.12837917, -0.37612626, 0.112835854, -0.026853813, 0.0051883277, -0.00080101955, 7.853867e-5];
    /// Error: 2^-29.9 in erf.
    const LN_ERFC: &[f32] =
        &[0.00035373523, 1.12704, 0.6382258, 0.103037275, -0.021805273, 0.002939596, -0.00018557288];
}

#[allow(clippy::excessive_precision, clippy::approx_constant, reason = "as coefficients.py prints them")]
impl Constants for f64 {
    shared!(f64);

    const LN_2: [f64; 2] = [0.6931471805599453, 2.3190468138462996e-17];

    const EXP_LOW: f64 = -746.0;
    const EXP_HIGH: f64 = 710.0;
    const TANH_ONE: f64 = 20.0;
    const ERF_ONE: f64 = 6.0;

    /// Error: 2^-58.0.
    const EXP: &[f64] = &[
        1.0,
        1.0,
        0.5000000000000012,
        0.166666666666667,
        0.041666666666515535,
        0.008333333333307243,
        0.0013888888946981157,
        0.00019841269917296545,
        2.4801489981230464e-5,
        2.7557216380398386e-6,
        2.763126546693231e-7,
        2.511783550416434e-8,
    ];
    /// Error: 2^-58.4 of the result.
    const EXPM1: &[f64] = &[
        0.5000000000000001,
        0.1666666666666667,
        0.0416666666666523,
        0.00833333333332616,
        0.0013888888895593008,
        0.00019841269874745142,
        2.480157454341464e-5,
        2.7557255487260386e-6,
        2.756792488122867e-7,
        2.5105183592595838e-8,
        1.7687775992754305e-9,
    ];
    /// Error: 2^-60.0.
    const COTH: &[f64] = &[
        0.33333333333333204,
        -0.02222222222161268,
        0.0021164020229037057,
        -0.0002116339505083955,
        2.118729687663728e-5,
    ];
    /// Error: 2^-58.5 of 2s.
    const LN: &[f64] = &[
        0.6666666666666734,
        0.39999999999414665,
        0.2857142874239086,
        0.22222198572892163,
        0.18183564339438793,
        0.15314050254054654,
        0.14795952302262055,
    ];
    /// Error: 2^-56.9 of the result.
    const ERF: &[f64] = &[
        0.12837916709551256,
        -0.3761263890318352,
        0.11283791670944185,
        -0.026866170643111413,
        0.0052239776061181135,
        -0.000854832592930003,
        0.00012055293576533761,
        -1.4924712295970096e-5,
        1.6447131506868005e-6,
        -1.620631332905939e-7,
        1.3710978771185197e-8,
        -7.779465816070692e-10,
    ];
    /// Error: 2^-57.1 in erf.
    const LN_ERFC: &[f64] = &[
        5.132200180036481e-7,
        1.1283739919268925,
        0.6366440540934389,
        0.10270229268311389,
        -0.018988047730069863,
        -0.0004135283577465542,
        0.0019189366741263457,
        -0.0007730355470976775,
        0.00013654923146978764,
        1.952637701802639e-5,
        -2.2534303921079622e-5,
        8.579232831286484e-6,
        -2.1149095385113533e-6,
        3.6958553461799525e-7,
        -4.5935899174586275e-8,
        3.890260523712617e-9,
        -2.0204828737000873e-10,
        4.865469012826901e-12,
    ];
}
