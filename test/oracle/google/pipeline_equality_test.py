"""The pipeline's specification is what the Kubeflow Pipelines SDK and Google Cloud Pipeline Components compile for the same pipeline.

Run it in the oracle environment: python -m pytest test/oracle/google/pipeline_equality_test.py
"""
import copy
import json

import pytest

from kfp_normal import normal
from kfp_pipeline import compiled
from pipeline_variants import VARIANTS, config_of, definitions, resources_of


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """What the SDKs compile for a variant."""
    folder, made = tmp_path_factory.mktemp("kfp"), {}

    def of(name):
        if name not in made:
            made[name] = normal(compiled(config_of(name), resources_of(name), folder / f"{name}.yaml"))
        return made[name]

    return of


@pytest.mark.parametrize("name", VARIANTS)
def test_the_specification_is_what_the_sdks_compile(reference, name):
    ours, theirs = normal(definitions()[name]), reference(name)
    for part in ("components", "deploymentSpec"):
        entries = (lambda side: side[part]) if part == "components" else (lambda side: side[part]["executors"])
        assert sorted(entries(ours)) == sorted(entries(theirs))
        for key in entries(ours):
            assert entries(ours)[key] == entries(theirs)[key], key
    assert ours == theirs


def test_the_variants_differ():
    """No two variants look at the same pipeline."""
    assert len({json.dumps(specification, sort_keys=True) for specification in definitions().values()}) == len(VARIANTS)


def gate(specification):
    return specification["components"]["comp-gate"]["dag"]["tasks"]


def payload(specification, step):
    container = specification["deploymentSpec"]["executors"][f"exec-{step}"]["container"]
    return container["args"], container["args"].index("--payload") + 1


def in_payload(old, new):
    def change(specification):
        args, place = payload(specification, "train")
        assert old in args[place]
        args[place] = args[place].replace(old, new)

    return change


def wrong_operator(specification):
    policy = gate(specification)["passed"]["triggerPolicy"]
    policy["condition"] = policy["condition"].replace(">=", ">")


# What a mistake in the library would look like, one at a time.
MISTAKES = {
    "another operator": wrong_operator,
    "a gate that is open": lambda s: gate(s)["passed"].pop("triggerPolicy"),
    "both branches alike": lambda s: gate(s)["refused"].update(triggerPolicy=gate(s)["passed"]["triggerPolicy"]),
    "a dependency is missing": lambda s: s["root"]["dag"]["tasks"]["evaluate"]["dependentTasks"].remove("train"),
    "the data version is no part of the cache": lambda s: s["root"]["dag"]["tasks"]["train"]["inputs"]["parameters"].pop("data_manifest_sha256"),
    "the manifest is cached": lambda s: s["root"]["dag"]["tasks"]["data-manifest"]["cachingOptions"].update(enableCache=True),
    "no retry": lambda s: s["root"]["dag"]["tasks"]["train"].pop("retryPolicy"),
    "another threshold": lambda s: s["root"]["inputDefinitions"]["parameters"]["evaluation_threshold"].update(defaultValue=0.79),
    "another output": lambda s: s["components"]["comp-evaluate"]["outputDefinitions"]["parameters"].pop("metric"),
    "another account": in_payload("flight-delay-training@", "default@"),
    "no key": in_payload("kms_key_name", "kms_key"),
    "another time limit": in_payload("86400s", "86401s"),
    "another machine": in_payload("n2-standard-4", "n2-standard-8"),
    "one more argument": in_payload('"--model"', '"--model","--model"'),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(reference, mistake):
    broken = copy.deepcopy(definitions()["example"])
    MISTAKES[mistake](broken)
    assert normal(broken) != reference("example")
