"""What the constructs write of the example, as the analyzer's handler reads it: the schedule's input, the rules, the Baseline step.

Run it in the oracle environment: python -m pytest test/oracle/aws/drift_example_test.py
"""
import json
import re

import pytest

from drift_training import PIPELINE
from drift_world import BUCKET, DATA, DEPLOYMENTS
from synthesis import CONFIG


@pytest.fixture
def example(drift, example_at):
    """The monitor of the example at level 2, with the names of things in this account; its documents are uploaded."""
    assembly = example_at(2)
    rule = assembly.resources[assembly.id_of("Monitor/Rule")]["Properties"]
    (target,) = rule["Targets"]
    names = {
        assembly.ref("Artifacts/Bucket"): BUCKET, assembly.ref("/MlopsDeployer/Records"): DEPLOYMENTS,
        assembly.ref("Notifications/Topic"): drift.topic, assembly.ref("Training"): PIPELINE, "acme-ml-data": DATA,
    }
    named = re.compile("|".join(map(re.escape, names)))
    drift.settings = json.loads(named.sub(lambda name: names[name[0]], assembly.literal(target["Input"])))["monitor"]
    drift.documents = {uri: path.read_text() for _, path, uri in assembly.assets() if path.suffix == ".drift"}
    for uri, text in drift.documents.items():
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        drift.client("s3").create_bucket(Bucket=bucket)
        drift.put(key, text, bucket)
    drift.columns = json.loads(drift.documents[drift.settings["rules"]])["columns"]
    drift.pipeline = assembly.definition()
    return drift


def callbacks(value):
    """The callback steps of a definition, however deep they stand."""
    found = value if isinstance(value, list) else value.values() if isinstance(value, dict) else []
    here = [value] if isinstance(value, dict) and value.get("Type") == "Callback" else []
    return here + [step for part in found for step in callbacks(part)]


def train(example):
    """The training pipeline has come to its Baseline step: the place of the profile."""
    example.train(4000, example.columns)
    (step,) = callbacks(example.pipeline)
    places = {"trainingData": f"s3://{DATA}/train/", "evaluation": f"s3://{BUCKET}/evaluation", "output": f"s3://{BUCKET}/baselines/1"}
    assert step["Arguments"].keys() - places.keys() == {"rules", "encryptionKeyArn"}
    assert example.ask(arguments={**step["Arguments"], **places}) == {"batchItemFailures": []}
    (answer,) = example.training.answers
    assert answer.keys() == {output["OutputName"] for output in step["OutputParameters"]}
    return answer["baselineUri"]


def label(example, informed):
    """Outcomes of what was asked ten to three days ago, as the predictions said or not."""
    lines = ["flight_id,delayed"]
    for key in example.keys(example.captures):
        for line in example.read(key).splitlines():
            request = json.loads(line)
            score = float(request["captureData"]["endpointOutput"]["data"])
            lines.append(f"{request['eventMetadata']['eventId']},{int(score > 0) if informed else len(lines) % 2}")
    example.put("flights/outcomes/labels.csv", "\n".join(lines) + "\n", DATA)


@pytest.mark.parametrize("informed, quality", [(True, "fine"), (False, "poor")])
def test_the_examples_monitor_judges_what_its_pipeline_trained(example, informed, quality):
    example.deploy(train(example))
    example.traffic(240, each=12, columns=example.columns)
    label(example, informed)
    assert example.run()["status"] == "SUCCEEDED"
    (run,) = example.record["runs"]
    assert run["rows"] == 168 * 12
    assert run["verdict"] == "noDrift"
    assert "not compared" not in run["reason"]
    assert run["quality"]["verdict"] == quality, run["quality"]
    names = {feature["name"] for feature in CONFIG["data"]["features"]} | {CONFIG["data"]["prediction"]["name"]}
    assert {finding["name"] for finding in example.report()["judgement"]["findings"]} == names
    assert len(example.proxy.events) == len(example.training.executions) == (quality == "poor")
