"""Makes the numbers of constants.rs, to paste there: `pip install mpmath; python coefficients.py`.

Each polynomial q is the one whose greatest error, times a weight, is least on its interval: found by Remez' exchange
with 60 digits, and only then rounded to the number type.
"""

import struct

from mpmath import cos, coth, erf, erfc, exp, expm1, ln, log, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sqrt

mp.dps = 60


def remez(f, weight, low, high, count):
    """The coefficients q[0..count] that minimise max |weight·(f − q)| on the interval, and that maximum."""
    points = lambda n: [low + (high - low) * (1 - cos(pi * (2 * i + 1) / (2 * n))) / 2 for i in range(n)]
    grid, nodes = points(100 * count), points(count + 1)
    for _ in range(12):
        rows = [[weight(x) * x**k for k in range(count)] + [(-1) ** i] for i, x in enumerate(nodes)]
        *q, level = lu_solve(matrix(rows), matrix([weight(x) * f(x) for x in nodes]))
        errors = [(weight(x) * (f(x) - polyval(q[::-1], x)), x) for x in grid]
        runs = [[errors[0]]]
        for e in errors[1:]:
            runs[-1].append(e) if (e[0] > 0) == (runs[-1][0][0] > 0) else runs.append([e])
        nodes = [max(run, key=lambda e: abs(e[0]))[1] for run in runs]
        while len(nodes) > count + 1:  # a weight of zero inside the interval can split a run without a true extremum
            least = min(range(len(runs)), key=lambda n: max(abs(e[0]) for e in runs[n]))
            del nodes[least], runs[least]
    return q, max(abs(e[0]) for e in errors)


def single(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def rust(x, t):
    """x rounded to the type, with as few digits as give it back."""
    if t == "f64":
        return repr(float(x))
    return next(s for d in range(1, 12) if single(s := f"{single(x):.{d}g}") == single(x))


def polynomial(name, f, weight, low, high, counts):
    for t, count in counts.items():
        q, error = remez(f, weight, low, high, count)
        print(f"{t} {name}, to 2^{nstr(log(error, 2), 3)}: [{', '.join(rust(c, t) for c in q)}]")


# e^r = 1 + r + r²·q(r), |r| ≤ ln2 / 2
r = ln(2) / 2
polynomial("EXP", lambda r: (exp(r) - 1 - r) / r**2, lambda r: r**2, -r, r, {"f32": 5, "f64": 10})

# r·coth r = 1 + z·q(z), z = r², |r| ≤ ln2 / 4
z = (ln(2) / 4) ** 2
polynomial("COTH", lambda z: (sqrt(z) * coth(sqrt(z)) - 1) / z, lambda z: z, 0, z, {"f32": 2, "f64": 5})

# ln((1 + s) / (1 − s)) = 2s + s·z·q(z), z = s², |s| ≤ (√2 − 1) / (√2 + 1)
z = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2
polynomial("LN", lambda z: (ln((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z, lambda z: z, 0, z, {"f32": 3, "f64": 7})

# e^r − 1 = r + r²·q(r), |r| ≤ ln2 / 2, each error relative to e^r − 1
r = ln(2) / 2
polynomial("EXPM1", lambda r: (exp(r) - 1 - r) / r**2, lambda r: r**2 / expm1(r), -r, r, {"f32": 6, "f64": 11})

# erf x = x + x·q(z), z = x², 0 ≤ x ≤ 1
error = lambda z: erf(sqrt(z)) / sqrt(z)
polynomial("ERF", lambda z: error(z) - 1, lambda z: 1 / error(z), mpf(10) ** -30, 1, {"f32": 7, "f64": 12})

# erfc x = exp(−q(x)), from 1 to where erf x rounds to 1
for t, last, count in (("f32", 4, 7), ("f64", 6, 18)):
    polynomial("LN_ERFC", lambda x: -ln(erfc(x)), erfc, mpf(1), mpf(last), {t: count})

for t, nearest in (("f32", single), ("f64", float)):
    print(f"{t} LN_2: [{rust(ln(2), t)}, {rust(ln(2) - nearest(ln(2)), t)}]")
    print(f"{t} LOG2_E: {rust(1 / ln(2), t)}, SQRT_HALF: {rust(sqrt(mpf(1) / 2), t)}")
