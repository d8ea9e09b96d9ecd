"""jsonschema judges the config's JSON Schema: it is valid, the examples pass, and what validation refuses by shape fails.

Run it in the oracle environment: python -m pytest test/oracle/aws/json_schema_test.py
"""
import copy
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "schema/mlops.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
# Files that stand alone; overlays such as base.yaml are whole only once they are merged.
EXAMPLES = sorted(ROOT.glob("examples/*/mlops.yaml"))

# Maps whose keys are the user's own.
FREE = {("training", "hyperparameters"), ("serving", "environment"), ("monitoring", "features")}


def read(file):
    return yaml.safe_load(file.read_text())


def maps(value, path=()):
    """Every map below a value whose keys are fixed, with its path."""
    if isinstance(value, dict):
        if path not in FREE:
            yield path
        for key, part in value.items():
            yield from maps(part, (*path, key))
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from maps(part, (*path, index))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def test_schema_is_valid():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_examples_pass_and_misspelt_keys_fail(file):
    config = read(file)
    assert [error.message for error in VALIDATOR.iter_errors(config)] == []
    for path in maps(config):
        broken = copy.deepcopy(config)
        at(broken, path)["misspelt"] = 1
        errors = [tuple(error.absolute_path) for error in VALIDATOR.iter_errors(broken)]
        assert errors == [path]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("level",), 3),
        (("level",), "1"),
        (("name",), "Flights"),
        (("data", "training"), "/data/train"),
        (("data", "format"), "excel"),
        (("training", "framework", "version"), 1.7),
        (("training", "entryPoint"), "../train.py"),
        (("serving", "rollout", "percent"), 51),
        (("serving", "minInstances"), 2.5),
        (("monitoring", "threshold"), 0),
        (("monitoring", "notify"), ["oncall"]),
        (("featureStore", "groups"), []),
    ],
)
def test_wrong_values_fail(path, value):
    config = read(ROOT / "examples/flight-delay/mlops.yaml")
    at(config, path[:-1])[path[-1]] = value
    assert {tuple(error.absolute_path)[: len(path)] for error in VALIDATOR.iter_errors(config)} == {path}


def test_examples_are_there():
    assert EXAMPLES
