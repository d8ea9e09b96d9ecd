"""The Baseline step of a training pipeline: its message in, a profile and an answer for the step out.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_baseline_test.py
"""
import json

import numpy
import pytest

from drift_data import COLUMNS, rows
from drift_world import BUCKET, DATA, KEY

TOKEN = "token00001"
PROFILE = f"baselines/{TOKEN}/profile.json"


def test_a_baseline_is_sampled_and_counted_and_the_step_gets_its_place(drift):
    drift.train(4000)
    assert drift.ask() == {"batchItemFailures": []}
    both = ["work features-0000.json", "work prediction-0000.json"]
    assert sorted(drift.proxy.calls) == sorted(["plan", *both, "edges", *both, "baseline"])
    assert drift.training.answers == [{"baselineUri": f"s3://{BUCKET}/{PROFILE}"}]
    (execution,) = drift.executions
    assert execution.status == "SUCCEEDED"
    profile = json.loads(drift.read(PROFILE))
    assert [bins["name"] for bins in profile["bins"]] == ["age", "plan", "score"]
    assert profile["counts"]["rows"] == 4000
    there = drift.client("s3").head_object(Bucket=BUCKET, Key=PROFILE)
    assert (there["ServerSideEncryption"], there["SSEKMSKeyId"]) == ("aws:kms", KEY)


def test_the_counts_are_those_of_numpy(drift):
    drift.train(4000)
    drift.ask()
    profile = json.loads(drift.read(PROFILE))
    ages = numpy.array([row[0] for row in rows(4000, COLUMNS, 1)])
    cuts, column = profile["bins"][0]["cuts"], profile["counts"]["columns"][0]
    assert len(cuts) > 100
    counts = numpy.bincount(numpy.searchsorted(cuts, ages, side="left"), minlength=len(cuts) + 1)  # up to a cut, with it
    assert column["counts"] == counts.tolist()
    assert (column["least"], column["greatest"]) == (ages.min(), ages.max())


def test_a_message_that_comes_twice_makes_one_baseline(drift):
    drift.train(500)
    assert [drift.ask(), drift.ask()] == [{"batchItemFailures": []}] * 2
    assert len(drift.executions) == 1
    assert len(drift.training.answers) == 1


def test_an_answer_that_is_lost_is_given_again(drift):
    """The step has its answer already when the function is asked again: that is no failure."""
    drift.train(500)
    drift.proxy.loses["baseline"] = 1
    drift.ask()
    assert drift.training.answers == [{"baselineUri": f"s3://{BUCKET}/{PROFILE}"}]
    assert [execution.status for execution in drift.executions] == ["SUCCEEDED"]


@pytest.mark.parametrize("spoil, reason", [
    (lambda drift: drift.put("train/data.csv", "years,tariff\n" + "1,basic\n" * 500, DATA), "no column age, plan in s3://data/train/"),
    (lambda drift: drift.put("train/data.csv", "age,tariff\n" + "1,basic\n" * 500, DATA), "no column plan in s3://data/train/"),
    (lambda drift: drift.client("s3").delete_object(Bucket=DATA, Key="train/data.csv"), "s3://data/train/ holds no file"),
    (lambda drift: drift.client("s3").delete_object(Bucket=BUCKET, Key="baseline-rules.json"), "there is no such object"),
    (lambda drift: setattr(drift.proxy, "closed", ["/data/train/"]), "AccessDenied"),
    (lambda drift: drift.proxy.dies.update({"work features": 99}), "one of 1 parts of s3://data/train/"),
    (lambda drift: drift.proxy.dies.update(edges=99), "Runtime exited"),
], ids=["other names", "a name missing", "no data", "no rules", "closed data", "a worker dies", "the machine dies"])
def test_a_step_without_a_baseline_fails_with_the_reason(drift, spoil, reason):
    drift.train(500)
    spoil(drift)
    drift.ask()
    (answer,) = drift.training.answers
    assert isinstance(answer, str) and reason in answer
    assert [execution.status for execution in drift.executions] == ["FAILED"]
    assert drift.keys(PROFILE) == []


def test_a_step_whose_pipeline_is_stopped_is_let_go(drift):
    drift.train(500)
    assert drift.ask(status="Stopping") == {"batchItemFailures": []}
    assert drift.training.answers == ["the pipeline execution was stopped"]
    assert drift.executions == []


@pytest.mark.parametrize("body", ["no JSON", "null", "{}", '{"token": "token00001", "arguments": {"rules": "s3://rules"}}'])
def test_a_message_that_cannot_be_read_goes_back_to_the_queue(drift, body):
    assert drift.deliver(body) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert drift.executions == []
