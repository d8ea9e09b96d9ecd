"""What several modules share."""
import pytest


@pytest.fixture(scope="module")
def module_world():
    from deployer_world import World  # modules that need none do without what it loads

    with World() as world:
        yield world


@pytest.fixture
def world(module_world):
    """A project in which nothing has happened yet."""
    module_world.begin()
    yield module_world
    module_world.end()
