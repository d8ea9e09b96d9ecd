"""scipy and mpmath judge the distributions and the statistics that compare two samples or two histograms.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_statistics_test.py
"""
import json
import subprocess
from pathlib import Path

import mpmath
import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from scipy.stats import _ksstats

ROOT = Path(__file__).resolve().parents[3]
FLIGHTS = ROOT / "node_modules/vega-datasets/data/flights-3m.parquet"


def ask(calls):
    """What the library answers to [function, arguments]."""
    command = ["node", "test/oracle/aws/call_statistics.mjs"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(calls), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask_points(name, points):
    """One function at many points."""
    return np.array(ask([[name, [float(x) for x in point]] for point in points]))


# Distributions


def tail_points(distribution, parameters, seed):
    """Points of which half lie in the middle and half anywhere in the tail down to 1e-290."""
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(1500):
        values = parameters(rng)
        p = 10 ** rng.uniform(-290, 0) if rng.random() < 0.5 else rng.random()
        x = distribution.isf(p, *values)
        if np.isfinite(x) and distribution.sf(x, *values) > 1e-300:
            points.append((x, *values))
    return points


def test_normal_tail_and_quantile():
    z = np.linspace(-9, 37, 800)
    np.testing.assert_allclose(ask_points("normalSf", zip(z)), stats.norm.sf(z), rtol=1e-11)
    p = np.concatenate([np.logspace(-300, -0.01, 500), np.linspace(0.001, 0.999, 333), 1 - np.logspace(-15, -3, 50)])
    np.testing.assert_allclose(ask_points("normalQuantile", zip(p)), stats.norm.ppf(p), rtol=1e-11, atol=1e-14)


def test_chi_squared_tail():
    points = tail_points(stats.chi2, lambda rng: [10 ** rng.uniform(-2, 6)], 1)
    np.testing.assert_allclose(ask_points("chiSquaredSf", points), [stats.chi2.sf(*point) for point in points], rtol=1e-10)


def test_gamma_tail_with_a_scale():
    points = tail_points(stats.gamma, lambda rng: [10 ** rng.uniform(-2, 4)], 2)
    scale = 0.037
    got = ask_points("gammaSf", [(x * scale, shape, scale) for x, shape in points])
    np.testing.assert_allclose(got, [stats.gamma.sf(*point) for point in points], rtol=1e-10)


def test_fisher_tail():
    points = tail_points(stats.f, lambda rng: 10 ** rng.uniform(-1, 5, 2), 3)
    np.testing.assert_allclose(ask_points("fSf", points), [stats.f.sf(*point) for point in points], rtol=1e-9)


def test_tails_to_twelve_digits_against_mpmath():
    chi = [(1400, 3), (21349.5, 15105.25), (1e-3, 0.02), (2_003_000, 2e6), (1300.5, 0.5)]
    fisher = [(700, 3.5, 80), (1.05, 2e4, 3e4), (0.4, 0.3, 2.5), (1200, 0.7, 2e4), (1.0625, 12345, 9876)]
    with mpmath.workdps(40):
        exact = [mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, mpmath.inf, regularized=True) for x, df in chi]
        for got, want in zip(ask_points("chiSquaredSf", chi), exact):
            assert abs(got - want) <= 2e-12 * want
        for got, (f, d1, d2) in zip(ask_points("fSf", fisher), fisher):
            f, a, b = mpmath.mpf(f), mpmath.mpf(d2) / 2, mpmath.mpf(d1) / 2
            x = a / (a + b * f)
            series = mpmath.hyp2f1(1, a + b, a + 1, x, maxterms=10**6)  # DLMF 8.17.8: mpmath.betainc's does not converge here
            want = x**a * (1 - x) ** b / (a * mpmath.beta(a, b)) * series
            assert abs(got - want) <= 2e-12 * want


def kolmogorov_points(n, middle, far):
    d = np.concatenate([np.linspace(0.25, 2.95, middle), np.linspace(3, 18, far)]) / np.sqrt(n)
    return d[d < 1]


@pytest.mark.parametrize("n, middle, far", [
    *((n, 120, 30) for n in (1, 2, 3, 5, 10, 11, 20, 50, 100, 140, 1000, 1001, 10_000)), (10**5, 30, 4), (10**6, 8, 2),
])
def test_kolmogorov_tail(n, middle, far):
    """scipy itself leaves out that both sides may be exceeded, 1.8e-6 of the result at its worst. It is slow for large n."""
    d = kolmogorov_points(n, middle, far)
    got = ask_points("kolmogorovSf", [(x, n) for x in d])
    np.testing.assert_allclose(got, stats.kstwo.sf(d, n), rtol=2e-6, atol=1e-300)


@pytest.mark.parametrize("n", [12, 15, 50, 141, 200, 350, 500, 501, 700])
def test_kolmogorov_tail_to_six_digits_where_scipy_approximates(n):
    """Marsaglia, Tsang and Wang's exact method as scipy implements it; scipy's own choice above 140 is off by up to 2e-5."""
    d = kolmogorov_points(n, 80, 0)
    exact = np.array([_ksstats._kolmogn_DMTW(n, x, cdf=False) for x in d])
    got = ask_points("kolmogorovSf", [(x, n) for x in d])
    np.testing.assert_allclose(got[exact > 1e-6], exact[exact > 1e-6], rtol=1e-6)


def test_kolmogorov_tail_far_out_against_mpmath():
    """Twice the one-sided sum: the rest is below 1e-15 of it here."""
    points = [(0.3, 150), (0.45, 141), (0.6, 900), (0.2, 1500), (0.36, 2500), (0.13, 20_000)]
    with mpmath.workdps(40):
        for got, (d, n) in zip(ask_points("kolmogorovSf", points), points):
            d = mpmath.mpf(d)
            terms = (
                mpmath.binomial(n, j) * (d + mpmath.mpf(j) / n) ** (j - 1) * (1 - d - mpmath.mpf(j) / n) ** (n - j)
                for j in range(int(n * (1 - d)) + 1)
            )
            assert abs(got / (2 * d * mpmath.fsum(terms)) - 1) < 1e-11, (d, n)


def test_kolmogorov_tail_between_whole_sizes():
    for d, n in [(0.2, 30), (0.05, 600), (0.3, 90)]:
        got = ask_points("kolmogorovSf", [(d, n + part) for part in (0, 0.25, 0.5, 1)])
        np.testing.assert_allclose(got[[1, 2]], got[0] + np.array([0.25, 0.5]) * (got[3] - got[0]), rtol=1e-9)
        assert got[0] > got[3]


# Two samples


def flight_months(column):
    """Every 20th US flight of the first and of the last month in the file: whole numbers of minutes and miles, with many ties."""
    flights = pd.read_parquet(FLIGHTS, columns=["date", column])
    month = flights["date"].dt.to_period("M")
    return [flights[column][month == wanted].to_numpy(dtype=float)[::20] for wanted in (month.min(), month.max())]


def generated():
    rng = np.random.default_rng(7)
    return {
        "normal": (rng.normal(size=300), rng.normal(0.3, 1.2, 500)),
        "same distribution": (rng.normal(size=1000), rng.normal(size=1000)),
        "cauchy": (rng.standard_cauchy(1000), rng.standard_cauchy(700) * 1.3),
        "pareto": (rng.pareto(0.8, 640), rng.pareto(1.1, 480)),
        "discrete": (rng.poisson(3, 400).astype(float), rng.poisson(3.4, 600).astype(float)),
        "ties": (rng.normal(size=2000).round(1), rng.normal(0.05, 1, 1500).round(1)),
        "atom": (np.where(rng.random(900) < 0.4, 7.5, rng.normal(8, 2, 900)), rng.normal(8, 2, 800)),
        "zero-inflated": (
            np.where(rng.random(700) < 0.6, 0, rng.exponential(10, 700)),
            np.where(rng.random(800) < 0.5, 0, rng.exponential(10, 800)),
        ),
        "zeros of both signs": (np.array([-0.0, 0.0, 1]), np.array([0.0, -0.0, 2])),
        "constant and the same": (np.full(50, 3.25), np.full(70, 3.25)),
        "constant and another": (np.full(50, 3.25), np.full(70, 3.5)),
        "constant against spread": (np.full(50, 3.25), rng.normal(3, 1, 70)),
        "one and one": (np.array([1.0]), np.array([2.0])),
        "two and three": (np.array([1.0, 4]), np.array([2.0, 3, 5])),
        "apart": (rng.random(60), rng.random(85) + 1),
        "common factors": (rng.normal(size=1200), rng.normal(0.1, 1, 900)),
        "a multiple": (rng.normal(size=2000), rng.normal(0.1, 1, 100)),
        "coprime": (rng.normal(size=997), rng.normal(0.1, 1, 1009)),
        "prime and small": (rng.normal(size=7919), rng.normal(0.3, 1, 11)),
        "ten thousand each": (rng.normal(size=10_000), rng.normal(0.04, 1, 10_000)),
        "ten thousand and one less": (rng.normal(size=10_000), rng.normal(0.04, 1, 9_999)),
        "asymptotic": (rng.normal(size=30_000), rng.normal(0.01, 1, 20_000)),
        "asymptotic far out": (rng.normal(size=30_000), rng.normal(0.2, 1, 20_000)),
        "asymptotic at half a value": (rng.normal(size=10_001), rng.normal(0.01, 1, 10_001)),
        "asymptotic, few against many": (rng.normal(size=20_000), rng.normal(0.3, 1, 40)),
    }


def real():
    columns = ["delay", "distance"]
    return {f"{column} {size}": [x[:size] for x in flight_months(column)] for column in columns for size in (4000, None)}


@pytest.fixture(scope="module")
def samples():
    return {**generated(), **real()}


def test_kolmogorov_smirnov_of_two_samples(samples):
    """Statistics to 1e-9, p-values to 1e-9 where exact and to scipy's own precision where asymptotic."""
    answers = ask([["ksTwoSample", [a.tolist(), b.tolist()]] for a, b in samples.values()])
    for (name, (a, b)), got in zip(samples.items(), answers):
        want = stats.ks_2samp(a, b)
        assert got["statistic"] == pytest.approx(want.statistic, rel=0, abs=1e-12), name
        exact = max(len(a), len(b)) <= 10_000
        assert got["method"] == ("exact" if exact else "asymptotic"), name
        assert got["pValue"] == pytest.approx(want.pvalue, rel=1e-9 if exact else 2e-6, abs=1e-300), name


def test_exact_distribution_of_every_size_up_to_twelve():
    sizes = [(n, m) for n in range(1, 13) for m in range(1, 13)]
    points = [(h / np.lcm(n, m), n, m) for n, m in sizes for h in range(1, np.lcm(n, m) + 1, 5)]
    got = ask_points("kolmogorovTwoSampleSf", points)
    for value, (d, n, m) in zip(got, points):
        divisor = np.gcd(n, m)
        _, _, want = stats._stats_py._attempt_exact_2kssamp(n, m, divisor, d, "two-sided")
        assert value == pytest.approx(want, rel=1e-11, abs=1e-300), (d, n, m)


def test_wasserstein_distance(samples):
    answers = ask([["wassersteinDistance", [a.tolist(), b.tolist()]] for a, b in samples.values()])
    wanted = [stats.wasserstein_distance(a, b) for a, b in samples.values()]
    np.testing.assert_allclose(answers, wanted, rtol=1e-9, atol=1e-12)


# Two histograms


def histograms():
    """Pairs of counts: alike, different, with empty bins on one side or on both, of one bin, of very unequal size."""
    rng = np.random.default_rng(8)
    pairs = []
    for bins in (1, 2, 3, 10, 40, 257):
        for rows in ((50, 80), (1000, 1000), (10**6, 300), (10**9, 10**9)):
            shares = rng.dirichlet(np.full(bins, 0.7))
            other = shares if rng.random() < 0.3 else rng.dirichlet(200 * shares + 1e-3)
            pairs.append((rng.multinomial(rows[0], shares), rng.multinomial(rows[1], other)))
    pairs += [(np.array([10, 0, 0]), np.array([0, 7, 0])), (np.array([5, 5]), np.array([500, 500]))]
    return pairs


def ask_histograms(name):
    return ask([[name, [a.tolist(), b.tolist()]] for a, b in histograms()])


def test_population_stability_index():
    for got, (a, b) in zip(ask_histograms("psi"), histograms()):
        p, q = ((x + 0.5) / (x + 0.5).sum() for x in (a, b))
        assert got == pytest.approx(np.sum(special.rel_entr(p, q) + special.rel_entr(q, p)), rel=1e-9, abs=1e-12)


def test_population_stability_of_shares():
    p, q = np.array([0.1, 0.2, 0.7]), np.array([0.3, 0.3, 0.4])
    (got,) = ask([["populationStability", [p.tolist(), q.tolist()]]])
    assert got == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), rel=1e-12)


def test_jensen_shannon_distance():
    for got, (a, b) in zip(ask_histograms("jensenShannon"), histograms()):
        assert got == pytest.approx(jensenshannon(a, b, 2), rel=1e-9, abs=1e-8)


def test_jensen_shannon_distance_of_nearly_equal_histograms_against_mpmath():
    """There scipy subtracts nearly equal numbers and keeps few digits."""
    a, b = [10**9, 10**9 + 20_000, 3], [10**9 + 15_000, 10**9, 5]
    (got,) = ask([["jensenShannon", [a, b]]])
    with mpmath.workdps(40):
        p, q = ([mpmath.mpf(x) / sum(counts) for x in counts] for counts in (a, b))
        parts = (x * mpmath.log(2 * x / (x + y), 2) + y * mpmath.log(2 * y / (x + y), 2) for x, y in zip(p, q))
        assert got == pytest.approx(float(mpmath.sqrt(mpmath.fsum(parts) / 2)), rel=1e-9)


def test_largest_difference():
    for got, (a, b) in zip(ask_histograms("lInfinity"), histograms()):
        assert got == pytest.approx(np.max(np.abs(a / a.sum() - b / b.sum())), rel=1e-12, abs=1e-15)


def test_chi_squared_test_and_cramers_v():
    for got, (a, b) in zip(ask_histograms("chiSquaredTest"), histograms()):
        table = np.array([a, b])[:, a + b > 0]
        want = stats.chi2_contingency(table, correction=False)
        assert got["statistic"] == pytest.approx(want.statistic, rel=1e-9, abs=1e-9)
        assert got["degreesOfFreedom"] == want.dof
        assert got["pValue"] == pytest.approx(want.pvalue, rel=1e-6, abs=1e-300)
        if want.dof > 0:
            v = stats.contingency.association(table, method="cramer", correction=False)
            assert got["cramersV"] == pytest.approx(v, rel=1e-9, abs=1e-9)
