"""What cannot be read, dies, or is asked too often: it is counted, tried again, recorded and told.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_failures_test.py
"""
import pytest

from drift_world import MONITOR

OLDER = 30


@pytest.fixture
def serving(drift):
    """A version serves, and a window of requests like its training data has come in."""
    drift.deploy()
    drift.traffic()
    drift.proxy.calls.clear()
    return drift


def verdict(world):
    run = world.record["runs"][0]
    return run["verdict"], run["reason"]


def unreadable(world):
    return [value for name, _, value in world.metrics if name == "unreadable_files"][-1]


HOURS = [f"2027/03/01/0{hour}" for hour in range(3)]


def close(world, hours):
    """Nobody may read these files."""
    world.proxy.closed = [f"{world.captures}/{hour}" for hour in hours]


def corrupt(world, hours):
    """These files are no captured requests."""
    for hour in hours:
        world.put(f"{world.captures}/{hour}/data-0000.jsonl", "\x00\x01 no JSON at all\n" * 20)


def kill(world, hours):
    """Whoever reads these files dies."""
    world.proxy.dies.update({f"work {hour[:10].replace('/', '-')}T{hour[11:]}": 99 for hour in hours})


@pytest.mark.parametrize("harm, word", [(close, "AccessDenied"), (kill, "the reading of 1 files failed")])
def test_few_files_that_cannot_be_read_are_counted_and_many_are_no_window(serving, harm, word):
    harm(serving, HOURS[:2])
    assert serving.run()["status"] == "SUCCEEDED"
    assert (verdict(serving)[0], unreadable(serving), serving.report()["windowCounts"]["rows"]) == ("noDrift", 2, 22 * 20)
    harm(serving, HOURS)
    serving.put(f"{serving.captures}/{HOURS[2]}/data-0000.jsonl", "changed\n")  # so that its hour is read again
    assert serving.run()["status"] == "SUCCEEDED"
    said, reason = verdict(serving)
    assert said == "notEnoughData"
    assert "3 of 24 captured files could not be read, 10 % are accepted" in reason and word in reason
    assert unreadable(serving) == 3


def test_lines_that_are_no_requests_are_counted_as_damage(serving):
    corrupt(serving, HOURS)
    assert serving.run()["status"] == "SUCCEEDED"
    counts = serving.report()["windowCounts"]
    assert counts["rows"] == 21 * 20
    assert (counts["damage"]["files"], counts["damage"]["rows"]) == (0, 3 * 20)
    assert any(HOURS[0] in example for example in counts["damage"]["examples"])


def test_an_hour_whose_worker_died_is_read_by_the_next_run(serving):
    kill(serving, HOURS)
    serving.run()
    serving.proxy.dies.clear()
    serving.proxy.calls.clear()
    serving.run()
    assert len([call for call in serving.proxy.calls if call.startswith("work")]) == 3
    assert verdict(serving)[0] == "noDrift"
    assert serving.report()["windowCounts"]["rows"] == 480


def test_what_dies_now_and_then_is_tried_again(serving):
    serving.proxy.dies.update({"plan": 1, "work": 3, "judge": 2})
    assert serving.run()["status"] == "SUCCEEDED"
    assert verdict(serving)[0] == "noDrift"
    assert (serving.messages, unreadable(serving)) == ([], 0)


def test_a_run_that_fails_is_recorded_and_told_once(serving):
    serving.proxy.dies["judge"] = 99
    for _ in range(2):
        ended = serving.run()
        assert (ended["status"], ended["error"]) == ("FAILED", "Runtime.ExitError")
    assert serving.proxy.calls.count("judge") == 2 * 4
    assert [(run["verdict"], "Runtime exited" in run["failure"]) for run in serving.record["runs"]] == [("notEnoughData", True)] * 2
    (message,) = serving.messages
    assert message.startswith(f"{MONITOR}: a run failed") and "Runtime exited" in message
    serving.proxy.dies.clear()
    serving.run()
    assert (verdict(serving)[0], serving.record["state"]) == ("noDrift", "ok")


def test_what_cannot_succeed_is_not_tried_again(serving):
    serving.client("s3").delete_object(Bucket="artifacts", Key="rules.json")
    ended = serving.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "AnalysisFailure")
    assert serving.proxy.calls == ["plan", "fail"]
    assert "there is no such object" in serving.messages[0]


def test_a_failure_that_cannot_be_recorded_is_still_a_failed_execution(serving):
    serving.proxy.dies.update(judge=99, fail=99)
    ended = serving.run()
    assert (ended["status"], "Runtime exited" in ended["cause"]) == ("FAILED", True)


def test_a_topic_that_is_gone_keeps_neither_event_nor_training_back(serving):
    serving.traffic(older=OLDER)
    serving.client("sns").delete_topic(TopicArn=serving.topic)
    ended = serving.run()
    assert ended["status"] == "FAILED"
    assert (len(serving.proxy.events), len(serving.training.executions)) == (1, 1)
    assert serving.record["state"] == "drift"


def test_a_retraining_that_fails_keeps_neither_event_nor_message_back(serving):
    serving.traffic(older=OLDER)
    serving.proxy.dies["retrain"] = 99
    assert serving.run()["status"] == "FAILED"
    assert len(serving.proxy.events) == 1
    assert any(message.startswith(f"{MONITOR}: drift") for message in serving.messages)
    assert serving.training.executions == []
    serving.proxy.dies.clear()
    serving.run()  # the drift lasts: it is asked for again
    assert (len(serving.proxy.events), len(serving.training.executions)) == (1, 1)


def test_services_that_are_asked_too_often_are_asked_again(serving):
    serving.traffic(older=OLDER)
    serving.proxy.throttle = 3  # calls of each kind: the machine asks four times
    serving.run()
    serving.proxy.throttle = 0
    assert [execution.status for execution in serving.executions] == ["SUCCEEDED"] * 2
    assert (len(serving.proxy.events), len(serving.training.executions), len(serving.record["runs"])) == (1, 1, 1)
    assert len(serving.messages) == 2
