"""What several judges look at is synthesized once."""
import os

import pytest
import requests
from moto.server import ThreadedMotoServer

import synthesis
from deployment import Account
from drift_world import World
from variants import VARIANTS

# Neither a judge nor an SDK may reach for a real account.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_SESSION_TOKEN="testing", AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)


@pytest.fixture(scope="session")
def example_at(tmp_path_factory):
    """The example's assembly at a level, synthesized by the command line once."""
    made = {}

    def at(level):
        if level not in made:
            made[level] = synthesis.example(tmp_path_factory.mktemp("level") / "out", level)
        return made[level]

    return at


@pytest.fixture(scope="session")
def variants(tmp_path_factory):
    """The assemblies of all variants, by name."""
    return synthesis.variants(tmp_path_factory.mktemp("variants"), VARIANTS)


@pytest.fixture(scope="session")
def moto_server():
    """The address of a moto server of our own."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(moto_server):
    """An empty AWS account."""
    requests.post(f"{moto_server}/moto-api/reset", timeout=60)
    return Account(moto_server)


@pytest.fixture(scope="module")
def drift_account():
    """moto and the drift analyzer's function, for as long as a file's tests run."""
    with pytest.MonkeyPatch.context() as monkeypatch, World(monkeypatch) as world:
        yield world


@pytest.fixture
def drift(drift_account):
    """An account with a monitor of an endpoint on which nothing has been deployed yet. No service may refuse a request for its form."""
    drift_account.begin()
    yield drift_account
    drift_account.settle()
    assert drift_account.proxy.breaches + drift_account.training.breaches == []
