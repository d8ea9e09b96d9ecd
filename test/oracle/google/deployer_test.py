"""The deployer's workflow and its program live through test/deployer/scenarios.yaml: on the Workflows emulator, and on a Vertex AI that fails.

Run it in the oracle environment, after a build: python -m pytest test/oracle/google/deployer_test.py
"""
import pytest
import yaml

from deployer_checks import comes_to_rest, expect
from routines import ROOT

SCENARIOS = yaml.safe_load((ROOT / "test/deployer/scenarios.yaml").read_text())

# What scenarios need and Google Cloud does not have, each with the reason.
LACKING = {
    "a name in the request": "policy.json lies in the folder of its endpoint: another name is another endpoint",
    "serverless endpoints": "Vertex AI has machines, one at least",
    "asynchronous endpoints": "Vertex AI answers at once, or in batches",
    "scaling that is set up apart": "limits of scaling are part of a deployed model",
    "a registry that rejects": "an alias approves; there is none that rejects",
}


def test_needs_are_known():
    needs = {need for scenario in SCENARIOS for need in scenario.get("needs", [])}
    assert needs == set(LACKING)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(world, scenario):
    for need in scenario.get("needs", []):
        pytest.skip(f"needs {need}: {LACKING[need]}")
    for number, step in enumerate(scenario["steps"]):
        try:
            expect(world, step["expect"]) if "expect" in step else world.do(step)
        except AssertionError as error:
            raise AssertionError(f"step {number + 1}, {step}: {error}") from None
    comes_to_rest(world, scenario.get("foreign", False), scenario.get("failed", 0))
