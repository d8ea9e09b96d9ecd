"""The deployer's state machine and its real handlers live through test/deployer/scenarios.yaml: on moto, and on a SageMaker that fails.

Run it in the oracle environment: python -m pytest test/oracle/aws/deployer_test.py
"""
import pytest
import yaml

from deployer_checks import breaches, expect
from deployer_world import World
from synthesis import ROOT

SCENARIOS = yaml.safe_load((ROOT / "test/deployer/scenarios.yaml").read_text())


@pytest.fixture(scope="module")
def session_world():
    with pytest.MonkeyPatch.context() as monkeypatch, World(monkeypatch) as world:
        yield world


@pytest.fixture
def world(session_world):
    session_world.begin()
    yield session_world
    session_world.end()


def test_names_are_unique():
    names = [scenario["name"] for scenario in SCENARIOS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(world, scenario):
    for number, step in enumerate(scenario["steps"]):
        try:
            expect(world, step["expect"]) if "expect" in step else world.do(step)
        except AssertionError as error:
            raise AssertionError(f"step {number + 1}, {step}: {error}") from None
    world.throttle(0)
    world.clock.advance(3600)  # what was given up for a while may be tried again
    world.reconcile()
    assert list(breaches(world, scenario.get("foreign"), scenario.get("failed", 0))) == []
    calls = len(world.sagemaker.calls)
    world.reconcile()
    assert world.sagemaker.calls[calls:] == [], "a reconcile of what is as it should be changes something"
