"""scikit-learn and scipy judge the measures of prediction quality, and the p-values of their limits.

Run it in the oracle environment: python -m pytest test/oracle/aws/quality_test.py
"""
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

ROOT = Path(__file__).resolve().parents[3]

#: Bundles the judge, calls [function, arguments] for each line of standard input, prints the results.
RUNNER = """
import { build } from 'esbuild';
const contents = `export * from './lib/statistics/quality/judge-quality';`;
const options = { stdin: { contents, resolveDir: '.' }, bundle: true, format: 'esm', platform: 'node', write: false };
const { outputFiles } = await build(options);
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const quality = await import(`data:text/javascript;base64,${source}`);
const calls = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(calls.map(([name, args]) => quality[name](...args))));
"""


def ask(calls):
    """What the library answers to [function, arguments]."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", RUNNER], cwd=ROOT, input=json.dumps(calls), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def scored(seed, rows, digits):
    """Labels and scores that tell something about them; few digits make ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    return labels, np.round(np.clip(rng.beta(2, 2, rows) + 0.2 * (labels - 0.5), 0, 1), digits)


CLASSIFICATION = {
    "accuracy": lambda y, p: metrics.accuracy_score(y, p >= 0.5),
    "precision": lambda y, p: metrics.precision_score(y, p >= 0.5),
    "recall": lambda y, p: metrics.recall_score(y, p >= 0.5),
    "f1": lambda y, p: metrics.f1_score(y, p >= 0.5),
    "auc": metrics.roc_auc_score,
    "logLoss": metrics.log_loss,
}


@pytest.mark.parametrize("digits", [1, 2, 12])
@pytest.mark.parametrize("metric", CLASSIFICATION)
def test_classification_against_scikit_learn(metric, digits):
    cases = [scored(seed, rows, digits) for seed, rows in enumerate([10, 57, 400, 5000])]
    got = ask([["measureQuality", [metric, {"predictions": p.tolist(), "labels": y.tolist()}]] for y, p in cases])
    for (labels, scores), answer in zip(cases, got):
        assert answer["value"] == pytest.approx(CLASSIFICATION[metric](labels, scores), rel=1e-12)


def test_classes_of_any_name_against_scikit_learn():
    rng = np.random.default_rng(3)
    for names in (["no", "yes"], ["1", "2"], ["a", "b", "c", "d"]):
        labels, predicted = rng.choice(names, 300), rng.choice(names, 300)
        joined = {"predictions": predicted.tolist(), "labels": labels.tolist()}
        (accuracy,) = ask([["measureQuality", ["accuracy", joined]]])
        assert accuracy["value"] == pytest.approx(metrics.accuracy_score(labels, predicted), rel=1e-12)
        if len(names) == 2:
            (f1,) = ask([["measureQuality", ["f1", joined]]])
            assert f1["value"] == pytest.approx(metrics.f1_score(labels, predicted, pos_label=names[1]), rel=1e-12)


def test_regression_against_scikit_learn_and_standard_errors_against_scipy():
    rng = np.random.default_rng(4)
    labels = rng.lognormal(size=700)
    predictions = labels + rng.standard_t(4, size=700)
    joined = {"predictions": predictions.tolist(), "labels": labels.tolist()}
    mae, rmse = ask([["measureQuality", [metric, joined]] for metric in ("mae", "rmse")])
    assert mae["value"] == pytest.approx(metrics.mean_absolute_error(labels, predictions), rel=1e-12)
    assert mae["standardError"] == pytest.approx(stats.sem(np.abs(predictions - labels)), rel=1e-12)
    assert rmse["value"] == pytest.approx(metrics.root_mean_squared_error(labels, predictions), rel=1e-12)
    spread = stats.sem((predictions - labels) ** 2)
    assert rmse["standardError"] == pytest.approx(spread / 2 / rmse["value"], rel=1e-12)


def test_delong_variance_is_that_of_its_definition():
    """All pairs, one by one, instead of ranks."""
    labels, scores = scored(5, 300, 1)
    ones, zeros = scores[labels == 1], scores[labels == 0]
    wins = (ones[:, None] > zeros[None, :]) + 0.5 * (ones[:, None] == zeros[None, :])
    variance = np.var(wins.mean(axis=1), ddof=1) / len(ones) + np.var(wins.mean(axis=0), ddof=1) / len(zeros)
    (got,) = ask([["measureQuality", ["auc", {"predictions": scores.tolist(), "labels": labels.tolist()}]]])
    assert got["standardError"] == pytest.approx(np.sqrt(variance), rel=1e-12)


def judged(metric, joined, **limit):
    rules = {"metric": metric, "minimumSamples": 5, "alpha": 0.01, **limit}
    return ask([["judgeQuality", [joined, 0, rules]]])[0]


@pytest.mark.parametrize("rows", [12, 100, 3000])
def test_p_values_of_proportions_are_binomial(rows):
    labels, scores = scored(6, rows, 3)
    joined = {"predictions": scores.tolist(), "labels": labels.tolist()}
    hits = int(((scores >= 0.5) == (labels == 1)).sum())
    assert judged("accuracy", joined, minimum=0.7)["pValue"] == pytest.approx(stats.binom.cdf(hits, rows, 0.7), rel=1e-9)
    assert judged("accuracy", joined, maximum=0.6)["pValue"] == pytest.approx(stats.binom.sf(hits - 1, rows, 0.6), rel=1e-9)


def test_p_values_of_means_are_students():
    rng = np.random.default_rng(7)
    for rows in (8, 200):
        errors = rng.normal(size=rows)
        joined = {"predictions": errors.tolist(), "labels": [0] * rows}
        expected = stats.ttest_1samp(np.abs(errors), 0.6, alternative="greater").pvalue
        assert judged("mae", joined, maximum=0.6)["pValue"] == pytest.approx(expected, rel=1e-8)
        expected = stats.ttest_1samp(errors**2, 0.64, alternative="greater").pvalue
        assert judged("rmse", joined, maximum=0.8)["pValue"] == pytest.approx(expected, rel=1e-8)
