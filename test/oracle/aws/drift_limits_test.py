"""100 features and thousands of files: what a state, an event, a call and a history may hold is not reached.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_limits_test.py
"""
import json

from drift_data import WIDE

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: a state's input or output, and events of an execution.
STATE_BYTES, HISTORY_EVENTS = 256 * 1024, 25_000
MESSAGE_BYTES = 256 * 1024  # https://docs.aws.amazon.com/general/latest/gr/sns.html, and EventBridge's entries


def texts(event):
    """What an event of a history holds of states: their inputs and outputs."""
    return [details[key] for details in event.values() if isinstance(details, dict) for key in ("input", "output") if key in details]


def test_a_hundred_features_and_five_thousand_files(drift):
    drift.rules(columns=WIDE)
    drift.train(2000, WIDE)
    drift.ask()
    drift.deploy(drift.training.answers[-1]["baselineUri"])
    drift.proxy.calls.clear()
    drift.traffic(96, each=2, columns=WIDE, files=53, older=5)  # the window, and the three days before it
    ended = drift.run()
    assert ended["status"] == "SUCCEEDED"
    assert drift.report()["windowCounts"]["files"] == 24 * 53
    assert len([call for call in drift.proxy.calls if call.startswith("work")]) == 96
    (run,) = drift.record["runs"]
    assert (run["verdict"], len(run["driftedColumns"]), run["moreColumns"]) == ("drift", 20, 80)

    history = drift.history(ended)
    largest = max(len(text.encode()) for event in history for text in texts(event))
    print(f"{len(history)} events, largest state {largest} bytes, calls {drift.proxy.largest}")
    assert 0 < len(history) < HISTORY_EVENTS
    assert 0 < largest < STATE_BYTES
    assert max(drift.proxy.largest.values()) < STATE_BYTES  # children's too, whose histories moto does not keep
    assert len(json.dumps(drift.proxy.events)) < MESSAGE_BYTES
    assert max(len(message.encode()) for message in drift.messages) < MESSAGE_BYTES
