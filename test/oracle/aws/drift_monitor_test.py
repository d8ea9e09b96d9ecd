"""The drift analyzer's state machine with its real handler: captured requests in, a verdict, and what follows from it.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_monitor_test.py
"""
import json

import pytest

from drift_data import COLUMNS, captured, rows
from drift_world import BUCKET, KEY, MONITOR

OLDER = 30  # years: three standard deviations


def drift_events(world):
    return [json.loads(entry["Detail"]) for entry in world.proxy.events]


def worked(world):
    """The hours that were read, as their batches are called."""
    return sorted(call.split()[1] for call in world.proxy.calls if call.startswith("work"))


@pytest.fixture
def serving(drift):
    """A version serves that was trained with a baseline."""
    drift.deploy()
    drift.proxy.calls.clear()
    return drift


@pytest.fixture
def drifted(serving):
    """A window of drifted requests has been judged."""
    serving.traffic(older=OLDER)
    assert serving.run()["status"] == "SUCCEEDED"
    return serving


def test_requests_like_the_training_data_are_no_drift(serving):
    serving.traffic()
    serving.put(f"{serving.captures[:-1]}b/2027/03/01/11/other.jsonl", captured(rows(200, COLUMNS, 1, OLDER), COLUMNS, 1))  # a challenger's
    ended = serving.run()
    assert ended["status"] == "SUCCEEDED"
    assert len(worked(serving)) == 24
    (run,) = serving.record["runs"]
    assert (run["verdict"], run["rows"], serving.record["state"]) == ("noDrift", 480, "ok")
    assert (serving.proxy.events, serving.messages, serving.training.starts) == ([], [], [])

    where = f"drift/{MONITOR}/reports/2027/03/01/{ended['name']}"
    assert run["report"] == f"s3://{BUCKET}/{where}.html"
    report = json.loads(serving.read(f"{where}.json"))
    assert report == serving.report()
    assert report["window"] == {"from": "2027-02-28T12:00:00.000Z", "to": "2027-03-01T12:00:00.000Z"}
    assert report["judgement"]["verdict"] == "noDrift"
    page = serving.read(f"{where}.html")
    assert "<html" in page and "age" in page
    written = [serving.client("s3").head_object(Bucket=BUCKET, Key=key) for key in serving.keys(f"drift/{MONITOR}/")]
    assert {(there["ServerSideEncryption"], there["SSEKMSKeyId"]) for there in written} == {("aws:kms", KEY)}

    figures = {name: value for name, column, value in serving.metrics if column is None}
    assert (figures["rows"], figures["unreadable_files"], figures["drift"]) == (480, 0, 0)
    assert 0 < figures["max_drift"] < 1
    assert {column for name, column, _ in serving.metrics if name == "column_drift"} == {"age", "plan", "score"}


def test_drift_is_told_once_and_starts_one_training(drifted):
    (event,) = drift_events(drifted)
    (entry,) = drifted.proxy.events
    assert (entry["Source"], entry["DetailType"]) == ("cdk-mlops", "Drift State Change")
    assert (event["monitor"], event["previousState"], event["state"], event["incident"]) == (MONITOR, "unknown", "drift", 1)
    assert event["driftedColumns"] == ["age"]
    assert event["maxDrift"] > 1
    drift, retraining = drifted.messages
    assert drift.startswith(f"{MONITOR}: drift") and event["report"] in drift
    assert "a retraining started" in retraining
    assert (drifted.record["state"], drifted.record["incident"]) == ("drift", 1)
    (start,) = drifted.training.starts
    (execution,) = drifted.training.executions
    (noted,) = drifted.record["retrainings"]
    assert (noted["token"], noted["execution"]) == (start["ClientRequestToken"], execution["PipelineExecutionArn"])
    assert "age" in start["PipelineExecutionDescription"]

    drifted.run()  # the same window again, while the pipeline runs
    assert "runs already" in drifted.record["decisions"][0]["why"]
    drifted.training.end()
    drifted.pass_hours(2, older=OLDER)
    decision = drifted.record["decisions"][0]
    assert (decision["what"], decision["times"]) == ("not now", 2)
    assert "cooldown is 24 h" in decision["why"]
    assert len(drifted.record["runs"]) == 4
    assert (len(drifted.proxy.events), len(drifted.messages), len(drifted.training.starts)) == (1, 2, 1)


def test_a_drift_that_lasts_is_trained_on_again_after_the_cooldown(drifted):
    drifted.training.end()
    drifted.clock.advance(25 * 3600)
    drifted.traffic(older=OLDER)
    drifted.run()
    assert len({start["ClientRequestToken"] for start in drifted.training.starts}) == 2
    assert len(drifted.training.executions) == 2


@pytest.fixture
def calming(drifted):
    """The drift that was told of is not in the newest window any more."""
    drifted.training.end()
    drifted.clock.advance(25 * 3600)
    drifted.traffic()
    drifted.run()
    assert (drifted.record["runs"][0]["verdict"], drifted.record["state"]) == ("noDrift", "drift")
    return drifted


def test_drift_ends_once_and_only_after_a_calm_window(calming):
    assert len(calming.proxy.events) == 1
    calming.clock.advance(25 * 3600)
    calming.traffic()
    calming.run()
    calming.pass_hours(1)
    assert [(event["state"], event["incident"]) for event in drift_events(calming)] == [("drift", 1), ("ok", 1)]
    assert calming.record["state"] == "ok"


def test_nothing_is_trained_for_a_drift_that_is_not_seen_any_more(calming):
    assert len(calming.training.executions) == 1


def test_answers_that_are_lost_change_nothing(serving):
    """The function is called again after it has already recorded, published and started."""
    serving.proxy.loses.update(plan=1, judge=1, retrain=1)
    serving.traffic(older=OLDER)
    assert serving.run()["status"] == "SUCCEEDED"
    assert [serving.proxy.calls.count(operation) for operation in ("plan", "judge", "retrain")] == [2, 2, 2]
    assert (len(serving.proxy.events), len(serving.messages), len(serving.training.executions)) == (1, 2, 1)
    assert (len(serving.record["runs"]), len(serving.record["retrainings"])) == (1, 1)


def test_a_schedule_that_fires_twice_tells_once(serving):
    serving.traffic(older=OLDER)
    for _ in range(2):
        serving.start()
    serving.settle()
    assert [execution.status for execution in serving.executions[1:]] == ["SUCCEEDED"] * 2
    assert (len(serving.proxy.events), len(serving.training.executions), serving.record["incident"]) == (1, 1, 1)


def test_only_what_is_new_is_read(serving):
    serving.traffic()
    serving.run()
    serving.proxy.calls.clear()
    serving.pass_hours(1)
    assert worked(serving) == ["2027-03-01T12-0000.json"]
    serving.proxy.calls.clear()
    serving.put(f"{serving.captures}/2027/03/01/05/late.jsonl", captured(rows(7, COLUMNS, "late"), COLUMNS, "late"))
    serving.run()
    assert worked(serving) == ["2027-03-01T05-0000.json"]
    assert serving.report()["windowCounts"]["rows"] == 24 * 20 + 7


@pytest.mark.parametrize("given, reason", [
    (lambda drift: None, "no model serves on churn"),
    (lambda drift: drift.deploy(baseline=""), "was trained without a baseline"),
    (lambda drift: drift.deploy(), "nothing was captured below"),
], ids=["no champion", "no baseline", "no requests"])
def test_without_anything_to_compare_there_is_no_verdict(drift, given, reason):
    given(drift)
    assert drift.run()["status"] == "SUCCEEDED"
    (run,) = drift.record["runs"]
    assert run["verdict"] == "notEnoughData"
    assert reason in run["reason"]
    assert drift.report()["judgement"]["verdict"] == "notEnoughData"
    assert {name: value for name, _, value in drift.metrics} == {"rows": 0, "unreadable_files": 0, "drift": 0}
    assert (drift.record["state"], drift.proxy.events, drift.messages) == ("unknown", [], [])
