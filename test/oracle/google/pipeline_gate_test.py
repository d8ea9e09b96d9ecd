"""The conditions of the gate in an implementation of CEL: they let pass what reaches the threshold, and nothing else.

Run it in the oracle environment: python -m pytest test/oracle/google/pipeline_gate_test.py
"""
import math

import celpy
import pytest
from celpy import celtypes

from pipeline_variants import VARIANTS, definitions

ENVIRONMENT = celpy.Environment()
METRIC, THRESHOLD = "pipelinechannel--evaluate-metric", "pipelinechannel--evaluation_threshold"
UP, DOWN = math.inf, -math.inf


def holds(condition, **values):
    """Whether a condition holds. Parameters are numbers of JSON, which are doubles, whatever they were written as."""
    program = ENVIRONMENT.program(ENVIRONMENT.compile(condition))
    doubles = {celtypes.StringType(name): celtypes.DoubleType(value) for name, value in values.items()}
    inputs = celtypes.MapType({celtypes.StringType("parameter_values"): celtypes.MapType(doubles)})
    return bool(program.evaluate({"inputs": inputs}))


def decide(name, metric, threshold=None):
    """The branches that run for a metric."""
    tasks = definitions()[name]["components"]["comp-gate"]["dag"]["tasks"]
    values = {METRIC: metric} | ({} if threshold is None else {THRESHOLD: threshold})
    return [branch for branch, task in tasks.items() if holds(task["triggerPolicy"]["condition"], **values)]


@pytest.mark.parametrize("metric, threshold, branch", [
    (0.8, 0.8, "passed"), (math.nextafter(0.8, UP), 0.8, "passed"), (math.nextafter(0.8, DOWN), 0.8, "refused"),
    (1, 1, "passed"), (0.999, 1, "refused"), (1, 0.5, "passed"), (-3, -2, "refused"), (-1, -2, "passed"),
    (0.1 + 0.2, 0.30000000000000004, "passed"), (0.3, 0.30000000000000004, "refused"), (1e300, 1e299, "passed"),
])
def test_more_is_better(metric, threshold, branch):
    assert decide("example", metric, threshold) == [branch]


@pytest.mark.parametrize("metric, threshold, branch", [
    (0.4, 0.4, "passed"), (math.nextafter(0.4, DOWN), 0.4, "passed"), (math.nextafter(0.4, UP), 0.4, "refused"), (1, 1, "passed"),
    (1.001, 1, "refused"), (-1e-9, -1e-10, "passed"), (0, -1e-10, "refused"),
])
def test_less_is_better(metric, threshold, branch):
    assert decide("minimize", metric, threshold) == [branch]


@pytest.mark.parametrize("name, threshold", [("automatic", -1e-9), ("automatic-whole-number", 1.0)])
def test_the_threshold_is_part_of_the_condition_when_nobody_approves(name, threshold):
    specification = definitions()[name]
    assert "evaluation_threshold" not in specification["root"]["inputDefinitions"]["parameters"]
    assert decide(name, threshold) == ["passed"]
    assert decide(name, math.nextafter(threshold, DOWN)) == ["refused"]
    assert decide(name, math.nextafter(threshold, UP)) == ["passed"]


@pytest.mark.parametrize("name", VARIANTS)
def test_no_number_never_passes(name):
    """Evaluation fails for NaN and for a missing metric; the gate would not let them pass either."""
    assert decide(name, math.nan, 0.5) == ["refused"]
    with pytest.raises(celpy.CELEvalError):
        tasks = definitions()[name]["components"]["comp-gate"]["dag"]["tasks"]
        holds(tasks["passed"]["triggerPolicy"]["condition"])


@pytest.mark.parametrize("name, threshold", [("automatic", -1e-9), ("automatic-whole-number", 1.0)])
def test_the_threshold_is_a_double(name, threshold):
    """Strict implementations of CEL refuse to compare a double with an integer: a whole number has a point, as the compiler writes it."""
    condition = definitions()[name]["components"]["comp-gate"]["dag"]["tasks"]["passed"]["triggerPolicy"]["condition"]
    written = ENVIRONMENT.program(ENVIRONMENT.compile(condition.split(" >= ")[1])).evaluate({})
    assert type(written) is celtypes.DoubleType and written == threshold
