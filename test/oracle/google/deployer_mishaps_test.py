"""What no scenario of all clouds tells: executions at the same time, deaths and lost answers at every request, limits of Workflows.

Run it in the oracle environment, after a build: python -m pytest test/oracle/google/deployer_mishaps_test.py
"""
import itertools
import json

import pytest

import partial_response
from deployer_checks import PERMISSIONS, champion_of, comes_to_rest, expect
from deployer_cloud import Lost
from deployer_world import BUCKET, ENDPOINT, EXECUTIONS, MODEL, POLICY, RECORD
from emulator import MAX_BYTES
from fake_endpoints import Fate
from fake_vertex import ApiError
from google_apis import METHODS, changes_something
from routines import RoutineError


@pytest.fixture
def served(world):
    """Version 1 serves."""
    world.do({"do": "infrastructure", "answer": "done"})
    world.do({"do": "approve", "version": 1})
    expect(world, {"serves": 1, "changes": 1})
    return world


# Executions at the same time


def test_ten_executions_at_once_deploy_once(world):
    world.do({"do": "infrastructure", "answer": "done"})
    world.do({"do": "approve", "version": 1, "events": 10})
    expect(world, {"serves": 1, "changes": 1})
    assert [world.states[name] for name in world.executions] == ["SUCCEEDED"] * len(world.executions)
    comes_to_rest(world)


def test_requests_of_people_are_filed_by_executions_that_may_not_work(served):
    served.register(2)
    served.register(3)
    served.start({"cause": "command line", "request": request("first", "deploy", 2)})
    for number in range(5):
        served.start({"cause": "command line", "request": request(f"again-{number}", "deploy", 3)})
    served.settle()
    settled = {one["id"]: one["done"] for one in served.record["settled"]}
    assert settled.items() >= {"first": True, **{f"again-{number}": True for number in range(5)}}.items()
    expect(served, {"serves": 3})
    comes_to_rest(served)


def request(id, kind, version):
    model = {"version": f"{MODEL}@{version}", "number": version}
    return {"id": id, "kind": kind, "at": "2027-03-01T13:00:00.000Z", "by": "ann", "model": model}


@pytest.mark.parametrize("state", ["ACTIVE", "QUEUED", "UNAVAILABLE"])
def test_a_lease_of_an_execution_at_work_is_respected(served, state):
    lease_of_another(served, state)
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 1, "changes": 0})
    assert served.record["lease"]["execution"] == EXECUTIONS + "another"
    served.states[EXECUTIONS + "another"] = "SUCCEEDED"
    served.reconcile()
    expect(served, {"serves": 2})
    comes_to_rest(served)


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED", None])
def test_a_lease_of_an_execution_that_is_gone_is_taken(served, state):
    lease_of_another(served, state)
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 2})
    comes_to_rest(served)


def lease_of_another(world, state):
    lease = {"execution": EXECUTIONS + "another", "expiresAt": "2027-03-09T12:00:00.000Z"}
    world.cloud.put(BUCKET, RECORD, json.dumps({**world.record, "lease": lease}), "text/plain; charset=utf-8")
    world.states[EXECUTIONS + "another"] = state


# Deaths and lost answers, at every request that changes something


def change_of(world):
    """Two rollouts, a rollback and an artifact: all that the deployer asks Vertex AI for."""
    world.do({"do": "approve", "version": 2})
    for what in ({"what": "rollback"}, {"what": "deploy", "uri": "models/by-hand"}):
        world.do({"do": "ask", **what})
        if not is_filed(world):  # the command line sees that its execution was stopped
            world.do({"do": "ask", **what})


def is_filed(world):
    return any(one["id"] == world.asked for one in [*world.record["requests"], *world.record["settled"]])


def writes_of(world, happens):
    """Lets something happen after each request that changes something; it gets the request's number."""
    writing = {f"{method.service}.{method.name}" for method in METHODS if changes_something(method)}
    numbers = itertools.count(1)

    def hook(moment, what):
        if moment == "after" and what in writing:
            happens(next(numbers))

    world.cloud.hooks.append(hook)


WRITES = 45  # that the change takes at least


@pytest.mark.parametrize("number", range(1, WRITES, 3))
def test_an_execution_may_die_at_any_request(served, number):
    """After it took effect, before anybody has seen its answer."""
    seen = []

    def dies(current):
        seen.append(current)
        if current == number:
            served.stop_executions()
            raise Lost

    writes_of(served, dies)
    change_of(served)
    served.wait(minutes=60, every=20)
    served.told_twice = True  # who dies between telling and noting it tells again
    assert len(seen) >= number
    expect(served, {"serves": "models/by-hand"})
    comes_to_rest(served)


@pytest.mark.parametrize("number", range(2, WRITES, 5))
def test_any_answer_may_be_lost(served, number):
    def lost(current):
        if current == number:
            raise Lost

    writes_of(served, lost)
    change_of(served)
    served.wait(minutes=60, every=20)
    expect(served, {"serves": "models/by-hand"})
    comes_to_rest(served)


# The program in BigQuery


def test_queries_that_take_longer_than_their_request(world):
    world.cloud.slow_queries = 40
    world.do({"do": "infrastructure", "answer": "done"})
    world.do({"do": "approve", "version": 1})
    expect(world, {"serves": 1, "changes": 1})
    assert world.cloud.calls["bigquery.jobs.getQueryResults"] == 40
    comes_to_rest(world)


def test_a_routine_that_throws_fails_the_execution_with_its_reason(served):
    working = served.cloud.routine

    def broken(_text):
        served.cloud.routine = working
        raise RoutineError("TypeError: Cannot read properties of undefined at program(STRING)")

    served.once("before", "ask", lambda: setattr(served.cloud, "routine", broken))
    served.do({"do": "approve", "version": 2})
    (error,) = served.failed()
    assert "Cannot read properties of undefined" in json.dumps(error)
    expect(served, {"serves": 1, "changes": 0})
    served.reconcile()
    expect(served, {"serves": 2})
    comes_to_rest(served, failed=1)


def test_a_record_that_cannot_be_read_is_left_alone(served):
    stored = served.cloud.objects[BUCKET, RECORD].text
    served.cloud.put(BUCKET, RECORD, "{", "text/plain; charset=utf-8")
    served.do({"do": "approve", "version": 2})
    (error,) = served.failed()
    assert f"record of {ENDPOINT} cannot be read" in json.dumps(error)
    assert served.cloud.objects[BUCKET, RECORD].text == "{"
    served.cloud.put(BUCKET, RECORD, stored, "text/plain; charset=utf-8")
    served.reconcile()
    expect(served, {"serves": 2})
    comes_to_rest(served, failed=1)


# The policy's object


@pytest.mark.parametrize("seconds", [1, 60, 100])
def test_a_policy_that_is_replaced_undeploys_nothing(served, monkeypatch, seconds):
    monkeypatch.setattr("deployer_world.REPLACED_SECONDS", seconds)
    moved = len(served.cloud.endpoints.history)
    served.do({"do": "infrastructure", "machine": "large", "answer": "done"})
    expect(served, {"serves": 1, "machine": "large", "changes": 1})
    assert all(split for _, split in served.cloud.endpoints.history[moved:]), "there was a moment without a model"
    comes_to_rest(served)


def test_a_policy_that_goes_takes_everything_away(served):
    served.do({"do": "someone", "changes": True})
    served.do({"do": "infrastructure", "wants": "delete", "answer": "done"})
    assert served.cloud.endpoints.deployed == {}, "an endpoint with models cannot be destroyed"
    assert not {"owner", "policy", "champion", "test"} & served.record.keys()
    comes_to_rest(served)


def test_a_policy_that_goes_while_nothing_listens_is_seen_by_the_schedule(served):
    del served.cloud.objects[BUCKET, POLICY]
    served.reconcile()
    assert served.cloud.endpoints.deployed == {}
    comes_to_rest(served)


# The endpoint


def test_a_deployment_that_hangs_is_given_up(served, monkeypatch):
    monkeypatch.setattr("deployer_world.POLL", 1200)
    served.cloud.endpoints.fates.append(Fate("never"))
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 1, "told": ["still at work after"]})
    assert served.cloud.endpoints.split == {champion_of(served.record)["modelName"]: 100}


def test_an_operation_on_a_later_page_is_seen(served):
    """Operations that have ended are listed as well."""
    for _ in range(8):
        served.cloud.endpoints.maintain(1)
        served.time.advance(120)
    begun = served.time.now
    served.do({"do": "maintenance", "minutes": 20})
    served.do({"do": "approve", "version": 2})
    (deployment,) = [body for method, body in served.cloud.endpoints.asked[1:] if method == "deployModel"]
    assert int(deployment["deployedModel"]["id"]) >= begun + 20 * 60, "it was begun before the service was done"
    expect(served, {"serves": 2})
    comes_to_rest(served)


def test_limits_that_cannot_be_set_are_told_and_tried_again(served):
    served.cloud.endpoints.mutable = False
    served.do({"do": "infrastructure", "instances": [3, 6]})
    expect(served, {"serves": 1, "scaled": [[2, 4]], "told": ["adjust: failed(.|\n)*denied"]})
    served.cloud.endpoints.mutable = True
    served.wait(minutes=60, every=15)
    expect(served, {"scaled": [[3, 6]]})
    comes_to_rest(served)


def test_a_new_fleet_is_as_large_as_the_one_that_scaling_has_made(served):
    (champion,) = served.cloud.endpoints.deployed.values()
    champion.available = 4
    served.do({"do": "approve", "version": 2})
    sizes = [body["deployedModel"]["dedicatedResources"]["minReplicaCount"] for method, body in served.cloud.endpoints.asked if method == "deployModel"]
    assert sizes == [2, 4]
    expect(served, {"serves": 2, "scaled": [[2, 4]]})
    comes_to_rest(served)


def test_a_challenger_that_is_approved_no_more_ends_its_test(served):
    served.do({"do": "infrastructure", "level": 2, "answer": "done"})
    served.do({"do": "approve", "version": 2})
    expect(served, {"challenger": 2})
    served.do({"do": "reject", "version": 2})
    served.reconcile()
    expect(served, {"serves": 1, "challenger": "nobody", "refused": [2], "told": ["approved no more"]})
    comes_to_rest(served)


def test_figures_of_the_last_part_roll_back(served):
    """They turn bad while all requests go to the candidate already."""
    served.traffic(1000)
    first_part = lambda: served.once("after", "vertex.endpoints.patch", all_of_it)
    all_of_it = lambda: served.traffic(1000, errors={2: 20})
    served.once("after", "vertex.endpoints.patch", first_part)
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 1, "refused": [2], "told": ["rolled back at 100 %"]})
    asked = [method for method, _ in served.cloud.endpoints.asked[1:]]
    assert asked[:5] == ["deployModel", "patch", "patch", "patch", "undeployModel"], "the champion does not wait for anything"
    comes_to_rest(served)


def test_slow_answers_roll_back(served):
    served.traffic(1000, slow={1: 1, 2: 10})
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 1, "refused": [2], "told": ["95th percentile(.|\n)*rolled back at 25 %"]})
    comes_to_rest(served)


def test_a_few_failures_of_a_few_requests_are_no_reason(served):
    served.traffic(8, errors={2: 50})
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 2})
    comes_to_rest(served)


# Limits of Workflows


def test_a_record_at_its_limit_fits_into_the_variables(served):
    """The record as large as the deployer lets it become, in texts that JSON makes longer."""
    why = 'the endpoint "größer" serves on; ' * 30
    decisions = [{"at": "2027-01-01T00:00:00.000Z", "what": f"waits {number}", "why": why, "model": "version 9"} for number in range(50)]
    captures = [
        {"deployment": f"20270101-0000{number:02}-abcd", "since": "2027-01-01T00:00:00.000Z", "models": {}, "names": {}} for number in range(200)
    ]
    record = {**served.record, "decisions": decisions, "captures": captures, "untidy": True}
    served.cloud.put(BUCKET, RECORD, json.dumps(record), "text/plain; charset=utf-8")
    served.traffic(5000)
    served.do({"do": "approve", "version": 2})
    expect(served, {"serves": 2})
    most = max(execution.most_bytes for execution in served.executions.values())
    assert 60_000 < most < MAX_BYTES, f"{most} bytes"
    assert len(served.cloud.objects[BUCKET, RECORD].text.encode()) <= 70_000


def test_months_of_ticks_leave_a_small_record(served):
    """A record that grows with every tick would fill the variables one day."""
    served.reconcile()
    size = len(served.cloud.objects[BUCKET, RECORD].text)
    served.wait(minutes=30 * 60, every=60)
    assert len(served.cloud.objects[BUCKET, RECORD].text) == size


# Permissions


def test_every_permission_is_needed(world, monkeypatch):
    """All methods that permissions are listed for are called: in a life with an artifact, a test, new limits and a lease, and in batches."""
    world.cloud.slow_queries = 1
    world.do({"do": "infrastructure", "baseline": True, "answer": "done"})
    world.do({"do": "approve", "version": 1})
    world.do({"do": "infrastructure", "instances": [3, 6], "answer": "done"})
    lease_of_another(world, "FAILED")
    world.do({"do": "approve", "version": 2})
    world.do({"do": "ask", "what": "deploy", "uri": "models/by-hand"})
    world.do({"do": "ask", "what": "rollback"})
    called = set(world.cloud.calls)
    world.begin()
    world.do({"do": "infrastructure", "mode": "batch", "answer": "done"})
    world.do({"do": "approve", "version": 1})
    world.do({"do": "predict"})
    world.cloud.registry.job_ends = "never"
    monkeypatch.setattr("deployer_world.POLL", 3600)
    world.start({"task": "predict"})
    world.settle()
    assert set(PERMISSIONS) == called | set(world.cloud.calls)


# The fake itself refuses what the services refuse


@pytest.mark.parametrize(
    ("verb", "path", "body", "problem"),
    [
        ("GET", "/vertex/v1/{endpoint}?fields=deployedModels(id,weight)", None, "Invalid field selection weight"),
        ("GET", "/vertex/v1/{endpoint}?view=FULL", None, "Unknown name"),
        ("GET", "/vertex/v1/{endpoint}/deployedModels", None, "was not found on this server"),
        ("PATCH", "/vertex/v1/{endpoint}?updateMask=trafficSplit", {"trafficSplit": {"1": 100}}, "not deployed"),
        ("PATCH", "/vertex/v1/{endpoint}?updateMask=trafficSplit", {"trafficSplit": {"{id}": 99}}, "add up to 100"),
        ("PATCH", "/vertex/v1/{endpoint}?updateMask=trafficSplit", {"split": {}}, "no field named"),
        ("POST", "/vertex/v1/{endpoint}:undeployModel", {"deployedModelId": "1"}, "DeployedModel 1"),
        ("POST", "/vertex/v1/{endpoint}:deployModel", {"deployedModel": {"id": "12345678901"}}, "1-10 digits"),
        ("GET", "/monitoring/v3/projects/acme-ml/timeSeries?filter=metric.type", None, "filter is invalid"),
        ("GET", "/storage/storage/v1/b/artifacts/o/none", None, "No such object"),
    ],
)
def test_the_fake_refuses(served, verb, path, body, problem):
    endpoint, (id,) = served.cloud.endpoints, served.cloud.endpoints.deployed
    content = json.dumps(body).replace("{id}", id).encode() if body is not None else b""
    headers = {"Authorization": "Bearer a-token-of-the-deployer"}
    code, _, answer = served.cloud.answer(verb, path.replace("{endpoint}", endpoint.name), headers, content)
    assert 400 <= code < 500 and problem in json.loads(answer)["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("a", {"a": 1}),
        ("b/c", {"b": [{"c": 2}, {}]}),
        ("b(c,d/e),a", {"b": [{"c": 2, "d": {"e": 3}}, {}], "a": 1}),
        ("b/d(e,f),b/c", {"b": [{"c": 2, "d": {"e": 3, "f": 4}}, {}]}),
        ("none", {}),
    ],
)
def test_answers_hold_only_what_is_asked_for(fields, expected):
    whole = {"a": 1, "b": [{"c": 2, "d": {"e": 3, "f": 4, "g": 5}}, {"h": 6}]}
    assert partial_response.select(whole, partial_response.parse(fields)) == expected


@pytest.mark.parametrize("fields", ["", "a,", "a(b", "a b", "(a)", "a)", "a//b"])
def test_selections_that_cannot_be_read_are_refused(fields):
    with pytest.raises(partial_response.UnknownField):
        partial_response.parse(fields)


def test_the_fake_is_busy_while_an_operation_runs(served):
    served.cloud.endpoints.maintain(5)
    with pytest.raises(ApiError, match="other operations running"):
        served.cloud.endpoints.endpoints_undeploy_model({"endpointsId": "4815162342"}, {}, {"deployedModelId": "1"})
    served.settle()
