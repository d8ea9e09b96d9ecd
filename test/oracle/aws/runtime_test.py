"""The bundled handlers run in Node against moto, as Lambda runs them: event in, answer or error out.

Run it in the oracle environment: python -m pytest test/oracle/aws/runtime_test.py
"""
import hashlib
import json

import pytest
from moto.backends import get_backend

from deployment import REGION
from handlers import invoke
from synthesis import ACCOUNT, CONFIG

ENVIRONMENT = {"ARTIFACT_BUCKET": "artifacts", "ARTIFACT_PREFIX": "training/flight-delay/manifests/"}
REQUEST = {
    "executionId": "abcdefghijkl", "trainingData": "s3://data/train/", "codeVersion": "c" * 64, "codeUri": "s3://assets/code.tgz",
    "image": "image:1", "hyperparameters": '{"max_depth":6}',
}


@pytest.fixture
def s3(account):
    """The account's S3 with the artifact bucket and a data bucket."""
    client = account.client("s3")
    for bucket in ("artifacts", "data"):
        client.create_bucket(Bucket=bucket)
    return client


def put(keys):
    """Files in the data bucket. Straight into moto: thousands of requests take a while."""
    backend = get_backend("s3")[ACCOUNT]["aws"]
    for index, key in enumerate(keys):
        backend.put_object("data", key, b"x" * (index % 7 + 1))


def read(s3, uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_the_data_manifest_lists_every_page(account, s3):
    keys = [f"train/part-{index:04}.csv" for index in range(2500)]
    put([*keys, "validation/one.csv", "other/not-ours.csv"])
    request = {**REQUEST, "validationData": "s3://data/validation/"}
    result = invoke("data-manifest", request, account, **ENVIRONMENT)["result"]

    text = read(s3, result["manifestUri"])
    entries = [json.loads(line) for line in text.splitlines()]
    assert [(e["channel"], e["key"]) for e in entries] == [
        *(("train", f"s3://data/{key}") for key in keys), ("validation", "s3://data/validation/one.csv"),
    ]
    there = s3.head_object(Bucket="data", Key=keys[0])
    assert (entries[0]["etag"], entries[0]["size"]) == (there["ETag"], there["ContentLength"])
    assert result["manifestUri"] == "s3://artifacts/training/flight-delay/manifests/abcdefghijkl/manifest.jsonl"
    assert result["manifestSha256"] == hashlib.sha256(text).hexdigest()
    assert result["objectCount"] == 2501
    assert result["totalBytes"] == sum(e["size"] for e in entries)


def test_the_hash_follows_the_data_and_not_the_execution(account, s3):
    def sha256(execution):
        return invoke("data-manifest", {**REQUEST, "executionId": execution}, account, **ENVIRONMENT)["result"]["manifestSha256"]

    s3.put_object(Bucket="data", Key="train/a.csv", Body=b"1,2")
    first, again = sha256("aaaaaaaaaaaa"), sha256("bbbbbbbbbbbb")
    s3.put_object(Bucket="data", Key="train/a.csv", Body=b"1,3")
    assert first == again != sha256("cccccccccccc")


def test_the_lineage_names_code_data_image_and_hyperparameters(account, s3):
    put(["train/a.csv"])
    result = invoke("data-manifest", REQUEST, account, **ENVIRONMENT)["result"]
    lineage = json.loads(read(s3, result["lineageUri"]))
    assert lineage["executionId"] == REQUEST["executionId"]
    assert lineage["code"] == {"version": REQUEST["codeVersion"], "uri": REQUEST["codeUri"]}
    assert (lineage["image"], lineage["hyperparameters"]) == ("image:1", {"max_depth": 6})
    assert lineage["data"]["training"] == REQUEST["trainingData"]
    assert lineage["data"]["manifest"]["manifestSha256"] == result["manifestSha256"]


def test_an_empty_location_is_an_error_in_words(account, s3):
    s3.put_object(Bucket="data", Key="train/", Body=b"")  # a folder that the console made
    answer = invoke("data-manifest", REQUEST, account, **ENVIRONMENT)
    assert answer == {"error": "no train data: s3://data/train/ holds no file; put data there or change the location"}


def test_a_missing_bucket_is_an_error(account, s3):
    answer = invoke("data-manifest", {**REQUEST, "trainingData": "s3://nobody/train/"}, account, **ENVIRONMENT)
    assert "bucket" in answer["error"].lower()


@pytest.fixture
def sagemaker(account):
    """The account's SageMaker with a model package group."""
    client = account.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=CONFIG["name"])
    return client


@pytest.mark.parametrize("status, then", [("PendingManualApproval", "Approved"), ("Rejected", "Rejected"), ("Approved", "Approved")])
def test_only_a_pending_version_is_approved(account, sagemaker, status, then):
    version = sagemaker.create_model_package(ModelPackageGroupName=CONFIG["name"], ModelApprovalStatus=status)["ModelPackageArn"]
    reason = "passed the gate: auc >= 0.8"
    answer = invoke("approve", {"modelPackageArn": version, "reason": reason}, account)
    there = sagemaker.describe_model_package(ModelPackageName=version)
    assert answer == {"result": {"approvalStatus": then}}
    assert there["ModelApprovalStatus"] == then
    assert there.get("ApprovalDescription") == (reason if status == "PendingManualApproval" else None)


def test_an_unknown_version_is_an_error(account, sagemaker):
    nobody = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{CONFIG['name']}/9"
    assert "not found" in invoke("approve", {"modelPackageArn": nobody, "reason": "-"}, account)["error"]
