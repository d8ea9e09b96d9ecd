"""scipy and mpmath judge the A/B judge's special functions, e-values, intervals and bounded means.

Run it in the oracle environment: python -m pytest test/oracle/aws/ab_judge_test.py
"""
import json
import math
import subprocess
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import special, stats

ROOT = Path(__file__).resolve().parents[3]

#: Bundles lib/statistics, calls [function, arguments] for each line of standard input, prints the results.
RUNNER = """
import { build } from 'esbuild';
const files = ['special-functions', 'binomial-evidence', 'bounded-mean', 'ab-traffic'];
const contents = files.map((file) => `export * from './lib/statistics/${file}';`).join('');
const options = { stdin: { contents, resolveDir: '.' }, bundle: true, format: 'esm', platform: 'node', write: false };
const { outputFiles } = await build(options);
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const statistics = await import(`data:text/javascript;base64,${source}`);
const calls = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(calls.map(([name, args]) => statistics[name](...args))));
"""


def ask(calls):
    """What the library answers to [function, arguments]."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", RUNNER], cwd=ROOT, input=json.dumps(calls), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


def test_log_gamma_to_twelve_digits():
    points = [1e-12, 1e-3, 0.1, 0.5, 0.9, 1.2, 1.5, 1.9, 2.3, 5, 9.999, 10, 10.001, 171.5, 1e4, 1e9, 1e15]
    for x, got in zip(points, ask([["logGamma", [x]] for x in points])):
        exact = mpmath.loggamma(mpmath.mpf(x))
        assert abs(got - exact) <= 1e-12 * abs(exact), x


def test_log_beta_to_twelve_digits():
    points = [(a, b) for a in (1e-3, 0.3, 1.5, 9, 11, 400, 1e6, 1e9) for b in (2e-3, 0.7, 2.5, 12, 5e4, 1e9)]
    for (a, b), got in zip(points, ask([["logBeta", [a, b]] for a, b in points])):
        exact = mpmath.log(mpmath.beta(mpmath.mpf(a), mpmath.mpf(b)))
        assert abs(got - exact) <= 1e-12 * max(1, abs(exact)), (a, b)


def test_incomplete_beta_against_scipy():
    rng = np.random.default_rng(4)
    a, b = 10 ** rng.uniform(-2, 5, 400), 10 ** rng.uniform(-2, 5, 400)
    mean = a / (a + b)
    deviation = np.sqrt(mean * (1 - mean) / (a + b + 1))
    x = np.clip(mean + rng.uniform(-4, 4, 400) * deviation, 1e-6, 1 - 1e-6)
    got = ask([["logIncompleteBeta", [xi, ai, bi]] for xi, ai, bi in zip(x.tolist(), a.tolist(), b.tolist())])
    np.testing.assert_allclose(np.exp(np.array(got, dtype=float)), special.betainc(a, b, x), rtol=1e-9, atol=1e-13)


def test_incomplete_beta_to_twelve_digits_against_mpmath():
    points = [(0.2727, 30, 110), (0.2, 130, 450), (0.3, 130, 450), (0.01, 3, 40), (0.999, 2.5, 0.5), (0.05, 200, 300)]
    for (x, a, b), got in zip(points, ask([["logIncompleteBeta", list(point)] for point in points])):
        exact = mpmath.betainc(mpmath.mpf(a), mpmath.mpf(b), 0, mpmath.mpf(x), regularized=True)
        assert abs(mpmath.exp(got) - exact) <= 1e-12 * exact, (x, a, b)


def test_binomial_distribution_against_scipy():
    points = [(2, 10, 0.3), (150, 1000, 0.2), (20_300, 100_000, 0.2), (0, 7, 0.01)]
    got = ask([["binomialCdf", list(point)] for point in points])
    np.testing.assert_allclose(got, [stats.binom.cdf(*point) for point in points], rtol=1e-10)


TALLIES = [(0, 0), (3, 5), (0, 60), (80, 320), (150, 250), (900, 2600)]
PRIOR = {"a": 25.0, "b": 100.0}
LIMIT = 3 / 11


def mixture(yes, no, lower, upper):
    """The definition: the likelihood ratio, averaged over the prior cut to an interval, by quadrature."""
    limit, a, b = mpmath.mpf(LIMIT), PRIOR["a"], PRIOR["b"]
    prior = lambda q: q ** (a - 1) * (1 - q) ** (b - 1)
    ratio = lambda q: (q / limit) ** yes * ((1 - q) / (1 - limit)) ** no
    cuts = mpmath.linspace(lower, upper, 30)
    return mpmath.quad(lambda q: prior(q) * ratio(q), cuts) / mpmath.quad(prior, cuts)


@pytest.mark.parametrize("name, interval", [
    ("evidenceBelow", (0, LIMIT)), ("evidenceAbove", (LIMIT, 1)), ("evidenceAgainst", (0, 1)),
])
def test_e_values_are_the_averages_that_define_them(name, interval):
    got = ask([[name, [{"yes": yes, "no": no}, LIMIT, PRIOR]] for yes, no in TALLIES])
    for (yes, no), logarithm in zip(TALLIES, got):
        assert logarithm == pytest.approx(float(mpmath.log(mixture(yes, no, *interval))), abs=1e-9), (yes, no)


def test_e_values_of_a_thousand_million_against_mpmath():
    for yes, no in [(2 * 10**8, 8 * 10**8), (272_727_273, 727_272_727)]:
        (got,) = ask([["evidenceAgainst", [{"yes": yes, "no": no}, LIMIT, PRIOR]]])
        a, b, limit = mpmath.mpf(PRIOR["a"]), mpmath.mpf(PRIOR["b"]), mpmath.mpf(LIMIT)
        log_beta = lambda x, y: mpmath.loggamma(x) + mpmath.loggamma(y) - mpmath.loggamma(x + y)
        exact = log_beta(a + yes, b + no) - log_beta(a, b) - yes * mpmath.log(limit) - no * mpmath.log(1 - limit)
        assert abs(got - exact) < 1e-5


def test_confidence_sequence_contains_the_classical_interval():
    for yes, no in [(30, 70), (500, 2000)]:
        (got,) = ask([["confidenceSequence", [{"yes": yes, "no": no}, 0.05, PRIOR]]])
        classical = stats.binomtest(yes, yes + no).proportion_ci(0.95, "exact")
        assert got["lower"] < classical.low and classical.high < got["upper"]
        assert got["upper"] - got["lower"] < 2.5 * (classical.high - classical.low)


def predictable_plug_in(x, alpha, cut=0.5):
    """Theorem 2 of Waudby-Smith and Ramdas, written from the paper with arrays."""
    t = np.arange(1, len(x) + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    earlier_mean = np.concatenate([[0.5], mean[:-1]])
    earlier_variance = np.concatenate([[0.25], variance[:-1]])
    bets = np.minimum(cut, np.sqrt(2 * math.log(2 / alpha) / (earlier_variance * t * np.log(1 + t))))
    psi = (-np.log(1 - bets) - bets) / 4
    half = (math.log(2 / alpha) + np.sum(4 * (x - earlier_mean) ** 2 * psi)) / bets.sum()
    centre = np.sum(bets * x) / bets.sum()
    return max(0, centre - half), min(1, centre + half)


@pytest.mark.parametrize("shape", [(0.5, 0.5), (9, 1), (200, 300)])
def test_bounded_mean_is_the_formula_of_the_paper(shape):
    x = np.random.default_rng(5).beta(*shape, size=3000)
    for alpha in (0.05, 0.001):
        (got,) = ask([["boundedMean", [x.tolist(), alpha]]])
        np.testing.assert_allclose((got["lower"], got["upper"]), predictable_plug_in(x, alpha), rtol=1e-9)


def test_traffic_is_what_a_simulation_by_numpy_needs():
    """Watches 20,000 streams of failed requests, with e-values by scipy, until the traffic that was promised is spent."""
    (requests,) = ask([["trafficNeeded", [{"errorRate": 0.01, "share": 0.2, "ratio": 1.5, "negligibleRate": 0}]]])
    failures = round(requests * 0.01)
    limit, centre = 3 / 11, 0.2
    weight = centre * (1 - centre) / (0.5 * (limit - centre)) ** 2 - 1
    a, b = centre * weight, (1 - centre) * weight
    yes = np.cumsum(np.random.default_rng(6).random((20_000, failures)) < 0.2, axis=1)
    no = np.arange(1, failures + 1) - yes
    average = special.betaln(a + yes, b + no) - special.betaln(a, b)
    cut = np.log(special.betainc(a + yes, b + no, limit)) - np.log(special.betainc(a, b, limit))
    logarithm = average + cut - yes * np.log(limit) - no * np.log(1 - limit)
    power = np.mean((logarithm >= math.log(20)).any(axis=1))
    assert abs(power - 0.8) < 0.015
