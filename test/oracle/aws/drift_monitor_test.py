import pytest
from drift_world import World


@pytest.fixture(scope="module")
def session_world():
    with pytest.MonkeyPatch.context() as monkeypatch, World(monkeypatch) as world:
        yield world


@pytest.fixture
def world(session_world):
    session_world.begin()
    yield session_world


def test_quiet(world):
    world.deploy()
    world.traffic()
    ended = world.run()
    print([e["type"] for e in world.history(ended)][-12:], ended)
    print(world.record, world.metrics, world.messages, world.proxy.largest, world.proxy.breaches)
    assert ended["status"] == "SUCCEEDED"
