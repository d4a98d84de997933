"""exp, ln, tanh and their kin at their hard points, by mpmath 1.3.0, to 106 bits.

    python elementary.py > elementary.txt     # 2 s

A line holds the function, the argument x, and its value as high, low and e: the value is (high + low)·2^e, with
1 ≤ |high| ≤ 2. Numbers are the sixteen hexadecimal digits of an f64, but e is decimal.
"""

import random
import struct

from mpmath import erf, exp, expm1, floor, ldexp, ln, log, mp, mpf, sqrt, tanh

mp.prec = 2400  # 1 − tanh 20 and e^-1000 beside 1 keep their digits too

random.seed(0)


def bits(x):
    return struct.unpack(">Q", struct.pack(">d", x))[0]


def number(b):
    return struct.unpack(">d", struct.pack(">Q", b))[0]


def around(x):
    """The f64 nearest to x, and two on either side."""
    b = bits(float(x))
    return [number(b + step) for step in (-2, -1, 0, 1, 2) if 0 < b + step < 0x7FF0000000000000]


def record(name, f, points):
    for x in sorted(set(points)):
        value = f(mpf(x))
        e = int(floor(log(abs(value), 2))) if value else 0
        value = ldexp(value, -e)
        high = float(value)
        print(name, f"{bits(x):016x}", f"{bits(high):016x}", f"{bits(float(value - high)):016x}", e)


half_ln2 = ln(2) / 2
tiny = [y for k in (1, 2, 8, 26, 27, 28, 53, 54, 55, 300, 1021, 1022, 1023, 1060, 1073) for y in around(ldexp(1, -k))]
spread = [random.uniform(-8, 8) for _ in range(200)]
# Where the reductions change n: odd multiples of (ln 2)/2 for exp, of half that for tanh, of twice for sigmoid.
edges = [y for k in range(1, 40, 2) for y in around(k * half_ln2)]
both = lambda points: [sign * x for x in points for sign in (1, -1)]

far = [y for k in range(41, 2048, 74) for y in around(k * half_ln2)] + [random.uniform(0, 709) for _ in range(100)]
top = around(1024 * ln(2))  # the largest power of two, plus one
bottom = [y for k in (1021, 1022, 1023, 1024, 1050, 1073, 1074, 1075) for y in around(k * ln(2))]
bottom += [random.uniform(708, 745.2) for _ in range(200)]
record("exp", exp, both(tiny + edges + far) + spread + top + [-x for x in bottom])

powers = [y for k in (-1074, -1060, -1023, -1022, -1021, -500, -53, -2, -1, 0, 1, 2, 53, 500, 1023) for y in around(ldexp(1, k))]
roots = [y for k in (-1074, -1050, -1023, -1022, -1021, -100, -2, -1, 0, 1, 2, 100, 1023) for y in around(sqrt(2) * ldexp(1, k))]
near = [y for k in range(1, 54) for y in (1 + 2.0**-k, 1 - 2.0**-k)] + around(1)
near += [1 + sign * 2 ** random.uniform(-52, -1) for _ in range(100) for sign in (1, -1)]
anywhere = [number(random.randrange(1, 0x7FF0000000000000)) for _ in range(200)]
record("ln", ln, [x for x in powers + roots + near + anywhere + [number(1), number(0x7FEFFFFFFFFFFFFF)] if x > 0])

halves = [y for k in range(1, 121, 2) for y in around(k * half_ln2 / 2)]
ones = [y for x in (19, 19.0615, 19.4, 20, 22, 100) for y in around(x)]  # beyond 19.06, tanh x rounds to 1
small = [2 ** random.uniform(-30, 0) for _ in range(200)]
record("tanh", tanh, both(tiny + halves + ones + small) + spread)

record("sigmoid", lambda x: 1 / (1 + exp(-x)), both(tiny + edges + far + bottom) + spread)

record("expm1", expm1, both(tiny + edges) + far + spread + top + [-x for x in around(36.7) + around(37.4) + around(38)])

# Where 1 + x is rounded, or half as large as a power of two and √½ and less.
sums = [y for k in (1, 2, 3, 10, 50) for y in around(sqrt(2) * ldexp(1, k) - 1) + around(ldexp(1, k) - 1)]
sums += around(sqrt(2) - 1) + [-y for y in around(1 - sqrt(0.5)) + around(1 - sqrt(0.125))] + [2.0**-k - 1 for k in range(1, 54)]
record("ln_1p", lambda x: ln(1 + x), both(tiny + small) + sums + powers + [x for x in anywhere if x > 0] + [number(0x7FEFFFFFFFFFFFFF)])

tails = [random.uniform(0.9, 6.2) for _ in range(200)] + [y for x in (0.5, 1, 2, 3.92, 4, 5.86, 5.92, 6) for y in around(x)]
record("erf", erf, both(tiny + small + tails))
