/* part from_bits */
static inline float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* part to_bits */
static inline uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* part canonical needs from_bits */
/* The same NaN for every NaN. */
static inline float canonical(float x) {
    return x == x ? x : from_bits(0x7fc00000u);
}

/* part larger */
/* The larger number; b if they are equal or one of them is NaN. */
static inline float larger(float a, float b) {
    return a > b ? a : b;
}

/* part smaller */
static inline float smaller(float a, float b) {
    return a < b ? a : b;
}

/* part polynomial */
/* c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule. */
static inline float polynomial(const float *c, int count, float x) {
    float sum = c[count - 1];
    for (int k = count - 2; k >= 0; k--) {
        sum = fmaf(sum, x, c[k]);
    }
    return sum;
}

/* part round_product */
/* The whole number nearest to a b. */
static inline float round_product(float a, float b) {
    return fmaf(a, b, 0x1.8p23f) - 0x1.8p23f;
}

/* part exp2i needs from_bits to_bits */
/* 2^n for a whole number n. */
static inline float exp2i(float n) {
    return from_bits(to_bits(n + (0x1.8p23f + 127.0f)) << 23);
}

/* part exponent needs from_bits to_bits */
/* The exponent of a normal number above 0. */
static inline float exponent(float x) {
    return from_bits(to_bits(x) >> 23 | to_bits(0x1.8p23f)) - (0x1.8p23f + 127.0f);
}

/* part coth_reduction needs round_product polynomial */
/* n, r and s with h = n (ln 2)/2 + r and r coth r = 1 + s. */
static inline void coth_reduction(float h, float *n, float *r, float *s) {
    static const float coth[] = {0x1.55551ep-2f, -0x1.6aa4ecp-6f};
    float z;
    *n = round_product(h, 0x1.715476p1f);
    *r = fmaf(*n, 0x1.05c61p-30f, fmaf(*n, -0x1.62e43p-2f, h));
    z = *r * *r;
    *s = z * polynomial(coth, 2, z);
}

/* part ln_of_parts needs polynomial */
/* ln(2^n (1 + f)) */
static inline float ln_of_parts(float n, float f) {
    static const float q[] = {0x1.55557ap-1f, 0x1.995ebap-2f, 0x1.31e2eap-2f};
    const float s = f / (f + 1.0f + 1.0f);
    const float z = s * s;
    const float half = f * f * 0.5f;
    const float inner = fmaf(s, fmaf(z, polynomial(q, 3, z), half), n * -0x1.05c61p-29f);
    return fmaf(n, 0x1.62e43p-1f, f - (half - inner));
}

/* part expf_ needs larger smaller polynomial round_product exp2i */
/* e^x */
static inline float expf_(float x) {
    static const float q[] = {0x1p0f, 0x1p0f, 0x1p-1f, 0x1.55549p-3f, 0x1.55545ep-5f, 0x1.123b44p-7f, 0x1.6db40cp-10f};
    const float y = smaller(89.0f, larger(-104.0f, x));
    const float n = round_product(y, 0x1.715476p0f);
    const float r = fmaf(n, 0x1.05c61p-29f, fmaf(n, -0x1.62e43p-1f, y));
    const float half = round_product(n, 0.5f);
    return polynomial(q, 7, r) * exp2i(half) * exp2i(n - half);
}

/* part expm1f_ needs larger smaller polynomial round_product exp2i */
/* e^x - 1 */
static inline float expm1f_(float x) {
    static const float q[] = {0x1p-1f, 0x1.555556p-3f, 0x1.5554ap-5f, 0x1.11101ep-7f, 0x1.6d8338p-10f, 0x1.a2a334p-13f};
    const float y = smaller(89.0f, larger(-24.0f, x));
    const float n = round_product(y, 0x1.715476p0f);
    const float first = fmaf(n, -0x1.62e43p-1f, y);
    const float r = fmaf(n, 0x1.05c61p-29f, first);
    const float rest = fmaf(n, 0x1.05c61p-29f, first - r);
    const float half = round_product(n, 0.5f);
    const float a = exp2i(half), b = exp2i(n - half);
    const float less = round_product(-n, 0.5f);
    const float c = exp2i(less), d = exp2i(-n - less);
    const float less_one = fmaf(r * r, polynomial(q, 6, r), rest) + r;
    const float sum = less_one + (1.0f - c * d);
    return copysignf(sum * a * b, x);
}

/* part lnf_ needs from_bits exponent exp2i round_product ln_of_parts */
/* ln x */
static inline float lnf_(float x) {
    const int is_small = x < 0x1p-125f;
    const float normal = is_small ? x * 0x1p24f : x;
    const float e = exponent(normal * 0x1.6a09e6p-1f) + 1.0f;
    const float half = round_product(-e, 0.5f);
    const float f = normal * exp2i(half) * exp2i(-e - half) - 1.0f;
    const float result = ln_of_parts(e - (is_small ? 24.0f : 0.0f), f);
    if (!(x < INFINITY)) {
        return x;
    }
    return x < 0.0f ? from_bits(0x7fc00000u) : 0.0f < x ? result : -INFINITY;
}

/* part ln1pf_ needs from_bits exponent exp2i round_product ln_of_parts */
/* ln(1 + x) */
static inline float ln1pf_(float x) {
    const float u = 1.0f + x;
    const float from_x = u - 1.0f;
    const float v = (1.0f - (u - from_x)) + (x - from_x);
    const float n = exponent(u * 0x1.6a09e6p-1f) + 1.0f;
    const float half = round_product(-n, 0.5f);
    const float a = exp2i(half), b = exp2i(-n - half);
    const float f = (u * a * b - 1.0f) + v * a * b;
    const float result = copysignf(ln_of_parts(n, f), x);
    if (!(x < INFINITY)) {
        return x;
    }
    return x < -1.0f ? from_bits(0x7fc00000u) : -1.0f < x ? result : -INFINITY;
}

/* part erff_ needs smaller polynomial expf_ */
/* The error function. */
static inline float erff_(float x) {
    static const float near[] = {0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2cf8p-4f, -0x1.b7f90ep-6f, 0x1.5405b2p-8f, -0x1.a3f706p-11f, 0x1.496a42p-14f};
    static const float far[] = {0x1.72eb14p-12f, 0x1.2085b2p0f, 0x1.46c588p-1f, 0x1.a60a6ap-4f, -0x1.6541f2p-6f, 0x1.814c7ap-9f, -0x1.852caep-13f};
    if (fabsf(x) < 1.0f) {
        return fmaf(x, polynomial(near, 7, x * x), x);
    }
    return copysignf(1.0f - expf_(-polynomial(far, 7, smaller(4.0f, fabsf(x)))), x);
}

/* part tanhf_ needs smaller coth_reduction exp2i */
/* The hyperbolic tangent. */
static inline float tanhf_(float x) {
    float n, r, s, power, t, u, v;
    coth_reduction(smaller(10.0f, fabsf(x)), &n, &r, &s);
    power = exp2i(n);
    t = smaller(1.0f, n * 0.25f);
    u = fmaf(power, 1.0f - t, -(1.0f + t));
    v = fmaf(power, 1.0f - t, 1.0f + t);
    u = fmaf(v, r, u * s) + u;
    v = fmaf(power - 1.0f, r, (power + 1.0f) * s) + (power + 1.0f);
    return copysignf(t + u / v, x);
}

/* part sigmoidf_ needs larger smaller coth_reduction exp2i round_product */
/* 1/(1 + e^-x) */
static inline float sigmoidf_(float x) {
    float n, r, s, half, a, b, power, t, u, v, q;
    coth_reduction(larger(-104.0f, -fabsf(x)) * 0.5f, &n, &r, &s);
    half = round_product(n, 0.5f);
    a = exp2i(half);
    b = exp2i(n - half);
    power = a * b;
    t = smaller(1.0f, fmaf(n, -0.125f, 0.5f));
    u = fmaf(t, -power, 1.0f - t);
    v = fmaf(t, -power, 1.0f + t);
    q = (fmaf(v, r, u * s) + u) / (fmaf(power - 1.0f, r, (power + 1.0f) * s) + (power + 1.0f));
    return x < 0.0f ? (t + q) * a * b : fmaf(q, -power, fmaf(t, -power, 1.0f));
}

/* part clipped_relu needs canonical larger smaller */
static void clipped_relu(const float *x, float *y, int size, float most) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(smaller(most, larger(0.0f, x[i])));
    }
}

/* part elu needs canonical expm1f_ */
static void elu(const float *x, float *y, int size, float alpha) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(0.0f < x[i] ? x[i] : alpha * expm1f_(x[i]));
    }
}

/* part gelu needs canonical erff_ */
static void gelu(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(x[i] * fmaf(0.5f, erff_(x[i] * 0x1.6a09e6p-1f), 0.5f));
    }
}

/* part gelu_tanh needs canonical larger smaller tanhf_ */
static void gelu_tanh(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        const float z = smaller(100.0f, larger(-100.0f, x[i]));
        y[i] = canonical(x[i] * fmaf(0.5f, tanhf_(0x1.988454p-1f * fmaf(0x1.6e4e26p-5f, z * z * z, z)), 0.5f));
    }
}

/* part hard_sigmoid needs canonical larger smaller */
static void hard_sigmoid(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(smaller(6.0f, larger(0.0f, x[i] + 3.0f)) / 6.0f);
    }
}

/* part hard_swish needs canonical larger smaller */
static void hard_swish(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(x[i] * (smaller(6.0f, larger(0.0f, x[i] + 3.0f)) / 6.0f));
    }
}

/* part leaky_relu needs canonical */
static void leaky_relu(const float *x, float *y, int size, float slope) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(0.0f < x[i] ? x[i] : slope * x[i]);
    }
}

/* part softplusf_ needs larger ln1pf_ expf_ */
/* ln(1 + e^x) */
static inline float softplusf_(float x) {
    return larger(0.0f, x) + ln1pf_(expf_(-fabsf(x)));
}

/* part mish needs canonical tanhf_ softplusf_ */
static void mish(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(x[i] * tanhf_(softplusf_(x[i])));
    }
}

/* part relu needs canonical larger */
static void relu(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(larger(0.0f, x[i]));
    }
}

/* part selu needs canonical expm1f_ */
static void selu(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(0.0f < x[i] ? 0x1.0cfabep0f * x[i] : 0x1.c212ccp0f * expm1f_(x[i]));
    }
}

/* part sigmoid needs canonical sigmoidf_ */
static void sigmoid(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(sigmoidf_(x[i]));
    }
}

/* part silu needs canonical sigmoidf_ */
static void silu(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(x[i] * sigmoidf_(x[i]));
    }
}

/* part softplus needs canonical larger ln1pf_ expf_ */
static void softplus(const float *x, float *y, int size, float beta) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(larger(0.0f, x[i]) + ln1pf_(expf_(-fabsf(beta * x[i]))) / beta);
    }
}

/* part softsign needs canonical */
static void softsign(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(x[i] / (1.0f + fabsf(x[i])));
    }
}

/* part tanh_ needs canonical tanhf_ */
static void tanh_(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = canonical(tanhf_(x[i]));
    }
}

/* part prelu needs canonical */
/* Each slope is that of `plane` elements. */
static void prelu(const float *x, const float *w, float *y, int size, int plane) {
    for (int i = 0; i < size; i++) {
        y[i] = 0.0f < x[i] ? x[i] : canonical(w[i / plane] * x[i]);
    }
}

