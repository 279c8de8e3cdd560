"""Writes scipy.json: what scipy says of Student's t, of log-log regressions and of minima, for theory.test.ts.

    python -m venv VENV && VENV/bin/pip install numpy==2.4.6 scipy==1.17.1
    VENV/bin/python test/theory/make-scipy-fixture.py
"""

import json
import os

import numpy as np
import scipy
from scipy import optimize, stats

random = np.random.default_rng(7)


def rate(n, exponent, noise):
    x = np.sort(np.exp(random.uniform(2, 12, n)))
    y = 3.7 * x**exponent * np.exp(noise * random.normal(size=n))
    u, v = np.log(x), np.log(y)
    fit = stats.linregress(u, v)
    half = stats.t.ppf(0.975, n - 2) * fit.stderr
    # The band of the line at one more x, from the covariance of numpy's own fit.
    at = float(np.exp(7.3))
    coefficients, covariance = np.polyfit(u, v, 1, cov="unscaled")
    covariance = covariance * np.sum((v - np.polyval(coefficients, u)) ** 2) / (n - 2)
    row = np.array([np.log(at), 1.0])
    width = stats.t.ppf(0.975, n - 2) * float(np.sqrt(row @ covariance @ row))
    middle = float(np.polyval(coefficients, np.log(at)))
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "exponent": fit.slope,
        "intercept": fit.intercept,
        "interval": [fit.slope - half, fit.slope + half],
        "at": at,
        "band": [float(np.exp(middle - width)), float(np.exp(middle)), float(np.exp(middle + width))],
    }


def softplus(x):
    return np.logaddexp(0, x)


def minimum(reference, weight):
    """f_Mix of Table 2, from the softmax over the two responses of each prompt."""

    def log_probability(theta, first, second):
        return -softplus(theta * (second - first))

    def dpo(theta):
        def difference(t):
            return log_probability(t, -1.0, -0.5) - log_probability(t, -0.5, -1.0)

        return softplus(-(difference(theta) - difference(reference)))

    def mix(theta):
        return weight * dpo(theta) + (1 - weight) * -log_probability(theta, 1.0, 0.5)

    found = optimize.minimize_scalar(mix, bounds=(-60, 60), method="bounded", options={"xatol": 1e-10})
    return {
        "reference": reference,
        "lambda": weight,
        "theta": found.x,
        "value": found.fun,
        "gapAtZero": mix(0.0) - found.fun,
    }


fixture = {
    "scipy": scipy.__version__,
    "quantiles": [
        {"p": p, "degrees": d, "t": float(stats.t.ppf(p, d))}
        for d in (1, 2, 3, 4, 5, 6, 9, 20, 101)
        for p in (0.025, 0.3, 0.5, 0.9, 0.975, 0.999)
    ],
    "rates": [rate(n, e, s) for n, e, s in ((3, -0.5, 0.1), (4, -1, 0.02), (9, -0.5, 0.3), (40, 0.2, 1))],
    "minima": [minimum(r, w) for r in (-10.0, -5.0) for w in (0.01, 0.25, 0.5, 0.75, 0.99)],
}
with open(os.path.join(os.path.dirname(__file__), "scipy.json"), "w") as file:
    json.dump(fixture, file, indent=1)
    file.write("\n")
