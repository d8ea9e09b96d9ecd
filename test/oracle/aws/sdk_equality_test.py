"""The pipeline definition in the templates is what the SageMaker Python SDK compiles for the same pipeline, step by step.

Run it in the oracle environment: python -m pytest test/oracle/aws/sdk_equality_test.py
"""
import copy
import json

import pytest

from sdk_pipeline import definition as compiled
from synthesis import CONFIG, REGION, changed
from variants import VARIANTS

INSTANCE_TYPES = {"small": "ml.m5.large", "medium": "ml.m5.xlarge", "large": "ml.m5.4xlarge", "gpu": "ml.g5.xlarge"}
FRAMEWORKS = {
    "xgboost": {"framework": "xgboost", "version": "1.7-1"},
    "scikit-learn": {"framework": "sklearn", "version": "1.2-1"},
    "pytorch": {"framework": "pytorch", "version": "2.5.1", "py_version": "py311"},
}
CONTENT_TYPES = {"csv": "text/csv", "jsonlines": "application/jsonlines"}
CASES = ["level 1", "level 2", "sparse", "minimize", "as-it-is", "spot", "pytorch-gpu", "own-image", "limits", "vpc", "us-east-1"]

# What the SDK writes and means the same as leaving it out: key and value.
DEFAULTS = [
    ("PipelineExperimentConfig", None), ("Bias", {}), ("Explainability", {}), ("EnableNetworkIsolation", False),
    ("SkipModelValidation", "None"),
]
# The SDK's name for the step of its ModelStep that registers.
NAMES = {"Register-RegisterModel": "Register", "Steps.Register-RegisterModel.ModelPackageArn": "Steps.Register.ModelPackageArn"}


def normal(value):
    """Names as ours, and defaults left out. Order of keys is no matter: both sides are compared as dicts."""
    if isinstance(value, list):
        return [normal(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        if (key, item) in DEFAULTS:
            continue
        result[key] = NAMES.get(item, item) if key in ("Name", "Get") and isinstance(item, str) else normal(item)
    return result


def images(config, instance_types):
    """What the SDK needs to know of the images: the user's own, or framework, version and processor."""
    training, serving = config["training"], config["serving"]
    if "image" in training:
        return {"training": training["image"], "inference": serving.get("image", training["image"])}
    framework = FRAMEWORKS[training["framework"]["name"]]
    return {
        scope: {**framework, "instance_type": instance_types[section]}
        for scope, section in {"training": "training", "inference": "serving"}.items()
    }


def description(config, assembly, region):
    """The pipeline as the config asks for it, with the literals of what CloudFormation creates."""
    training, serving, data, aws = config["training"], config["serving"], config["data"], config.get("aws", {})
    types = {section: INSTANCE_TYPES[config[section]["compute"]] for section in ("training", "serving")}
    key = assembly.arn("Artifacts/Key")
    program = serving.get("entryPoint")
    evaluation = training["evaluation"]
    in_vpc = assembly.of_type("AWS::EC2::VPC")
    return {
        "name": config["name"], "region": region,
        "bucket": assembly.ref("Artifacts/Bucket"), "prefix": f"training/{config['name']}/executions",
        "kmsKeyArn": key, "jobRoleArn": assembly.arn("Training/JobRole"),
        "manifestFunctionArn": assembly.arn("Training/DataManifest/Function"),
        "approveFunctionArn": assembly.arn("Training/Approve/Function") if config["level"] == 2 else None,
        "baseline": {
            "queueUrl": assembly.literal({"Ref": assembly.id_of("/MlopsDriftAnalyzer/Requests")}),
            "rulesUri": assembly.uploaded("Baseline rules"),
        } if config["level"] > 0 else None,
        "data": {name: data[name] for name in ("training", "validation", "test") if name in data},
        "source": assembly.source(), "cacheDays": training.get("cacheDays", 30),
        "scripts": {
            "preprocess": training.get("preprocess"), "train": training["entryPoint"], "evaluate": evaluation["entryPoint"],
        },
        "job": {
            "instanceType": types["training"], "volumeSizeGb": training.get("volumeGb", 30),
            "volumeKeyArn": None if types["training"].startswith("ml.g5") else key,  # local disks refuse a key
            "maxRuntimeSeconds": 60 * training.get("maxRuntimeMinutes", 1440),
        },
        "images": images(config, types), "hyperparameters": training.get("hyperparameters", {}),
        "spot": training.get("spot", False), "networkIsolation": aws.get("networkIsolation", False),
        "vpc": {
            "subnets": [assembly.literal({"Ref": name}) for name in assembly.of_type("AWS::EC2::Subnet")],
            "securityGroupIds": [assembly.literal({"Ref": assembly.id_of("Training/SecurityGroup")})],
        } if in_vpc else {},
        "gate": {
            "metric": evaluation["metric"], "threshold": evaluation["threshold"],
            "operator": {"maximize": ">=", "minimize": "<="}[evaluation.get("direction", "maximize")],
        },
        "register": {
            "modelPackageGroupName": config["name"], "instanceType": types["serving"], "contentType": CONTENT_TYPES[data["format"]],
            "environment": serving.get("environment", {}) | (
                {"SAGEMAKER_PROGRAM": program, "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"} if program else {}
            ),
        },
    }


@pytest.fixture(scope="module")
def pair(example_at, variants):
    """Both definitions of a case: ours, and the SDK's."""
    made = {}

    def of(case):
        if case not in made:
            if case in VARIANTS:
                config, assembly = changed(CONFIG, VARIANTS[case].get("changes", {})), variants[case]
            else:
                level = int(case.removeprefix("level "))
                config, assembly = changed(CONFIG, {"level": level}), example_at(level)
            region = VARIANTS.get(case, {}).get("region", REGION)
            made[case] = normal(assembly.definition()), normal(compiled(description(config, assembly, region)))
        return copy.deepcopy(made[case])

    return of


@pytest.mark.parametrize("case", CASES)
def test_every_step_is_what_the_sdk_compiles(pair, case):
    ours, theirs = pair(case)
    assert [step["Name"] for step in ours["Steps"]] == [step["Name"] for step in theirs["Steps"]]
    for mine, sdks in zip(ours["Steps"], theirs["Steps"]):
        assert mine == sdks, f"the step {mine['Name']}"
    assert ours == theirs


def test_the_cases_differ(pair):
    """No two cases look at the same pipeline."""
    assert len({json.dumps(pair(case)[0], sort_keys=True) for case in CASES}) == len(CASES)
