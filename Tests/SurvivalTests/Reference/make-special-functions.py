"""Values of the normal and chi-squared distributions to 20 digits, by mpmath 1.3.0 with 60 digits.

    python3 make-special-functions.py > special-functions.json

Arguments are exact binary numbers, so that no rounding of the argument enters. Chi-squared tails are the regularised
upper incomplete gamma function; quantiles are roots of the distribution function, found from R-independent starts.
"""

import json
import random

from mpmath import erfc, erfinv, findroot, gammainc, mp, mpf, nstr, sqrt

mp.dps = 60
random.seed(7)


def lower(x):
    return erfc(-mpf(x) / sqrt(mpf(2))) / 2


def quantile(p):
    p = mpf(p)
    if p > mpf("1e-15"):
        return sqrt(mpf(2)) * erfinv(2 * p - 1)
    start = -sqrt(-2 * mp.log(p))
    return findroot(lambda x: mp.log(lower(x)) - mp.log(p), start)


def digits(value):
    return float(nstr(value, 20))


xs = [-37.5, -37, -30, -20, -12.3, -8, -5, -2, -1, -0.5, -1e-3, 1e-9, 0.3, 1, 2, 5, 8]
xs += [random.uniform(-37, 4) for _ in range(150)]
ps = [1e-300, 1e-200, 1e-100, 1e-50, 1e-20, 1e-10, 1e-5, 0.001, 0.025, 0.2, 0.25, 0.26, 0.4, 0.49, 0.4999999, 0.5000001,
      0.6, 0.74, 0.75, 0.76, 0.9, 0.975, 0.995, 0.99999]
ps += [random.random() for _ in range(150)] + [10 ** random.uniform(-299, -1) for _ in range(100)]
pairs = [(x, df) for df in (1, 2, 3, 4, 5, 9, 10, 31, 100, 301) for x in (1e-10, 0.01, 0.7, 3.84, 40.0, 300.0, 1370.0)]
pairs += [(10 ** random.uniform(-3, 3.1), random.randint(1, 40)) for _ in range(300)]
tails = [(x, df, gammainc(mpf(df) / 2, mpf(x) / 2, regularized=True)) for x, df in pairs]
tails = [t for t in tails if t[2] > mpf("1e-300")]

print(json.dumps({
    "normal": {"x": xs, "lower": [digits(lower(x)) for x in xs]},
    "quantile": {"p": ps, "x": [digits(quantile(p)) for p in ps]},
    "chiSquared": {"x": [t[0] for t in tails], "df": [t[1] for t in tails], "p": [digits(t[2]) for t in tails]},
}))
