"""moto deploys the templates, and what they describe is there. Every request is held against AWS's own service model.

Run it in the oracle environment: python -m pytest test/oracle/aws/moto_test.py
"""
import ast
import json

import pytest
import requests
from moto.cloudformation.parsing import get_model_map

from deployment import BY_API, Account, Deployment
from synthesis import CONFIG


@pytest.fixture(scope="module", params=[0, 1, 2], ids="level {}".format)
def deployed(request, moto_server, example_at):
    requests.post(f"{moto_server}/moto-api/reset", timeout=60)
    deployment = Deployment(example_at(request.param), Account(moto_server))
    deployment.level = request.param
    return deployment


@pytest.fixture
def aws(deployed):
    """Clients of the account with the deployment."""
    return deployed.account.client


def test_what_is_left_to_the_apis_is_unknown_to_motos_cloudformation():
    """When moto learns a type, it has to be deployed through CloudFormation."""
    assert [kind for kind in BY_API if kind in get_model_map()] == []


@pytest.mark.parametrize("name, algorithm", [("Bucket", "aws:kms"), ("AccessLogs", "AES256")])
def test_buckets_are_encrypted_versioned_and_private(deployed, aws, name, algorithm):
    s3, bucket = aws("s3"), deployed.ref(f"Artifacts/{name}")
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    encryption = rule["ApplyServerSideEncryptionByDefault"]
    assert encryption["SSEAlgorithm"] == algorithm
    assert encryption.get("KMSMasterKeyID") == (deployed.arn("Artifacts/Key") if algorithm == "aws:kms" else None)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s.get("Condition") for s in policy["Statement"] if s["Effect"] == "Deny"]


def test_the_key_rotates(deployed, aws):
    assert aws("kms").get_key_rotation_status(KeyId=deployed.ref("Artifacts/Key"))["KeyRotationEnabled"]


def test_people_are_told(deployed, aws):
    topic = deployed.ref("Notifications/Topic")
    subscriptions = aws("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [s["Endpoint"] for s in subscriptions] == CONFIG["monitoring"]["notify"]
    assert aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"] == deployed.arn("Artifacts/Key")


def test_the_feature_groups_hold_their_features(deployed, aws):
    for group in CONFIG["featureStore"]["groups"]:
        there = aws("sagemaker").describe_feature_group(FeatureGroupName=f"{CONFIG['name']}-{group['name']}")
        assert [f["FeatureName"] for f in there["FeatureDefinitions"]] == [f["name"] for f in group["features"]]
        assert there["RecordIdentifierFeatureName"] == group["recordIdentifier"]
        assert there["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"].startswith(f"s3://{deployed.ref('Artifacts/Bucket')}/")


def test_the_registry_takes_a_version(deployed, aws):
    sagemaker = aws("sagemaker")
    made = sagemaker.create_model_package(ModelPackageGroupName=CONFIG["name"], ModelApprovalStatus="PendingManualApproval")
    assert made["ModelPackageArn"].endswith(f":model-package/{CONFIG['name']}/1")


def test_the_pipeline_is_what_was_synthesized(deployed, aws):
    pipelines = aws("sagemaker").list_pipelines()["PipelineSummaries"]
    assert [p["PipelineName"] for p in pipelines] == ([CONFIG["name"]] if deployed.level else [])
    if deployed.level:
        there = aws("sagemaker").describe_pipeline(PipelineName=CONFIG["name"])
        assert there["RoleArn"] == deployed.arn("Training/PipelineRole")
        assert json.loads(there["PipelineDefinition"]) == deployed.definition()


def test_the_functions_are_there_with_their_code(deployed, aws):
    functions = {f["FunctionName"]: f for f in aws("lambda").list_functions()["Functions"]}
    expected = {0: [], 1: ["DataManifest"], 2: ["DataManifest", "Approve"]}[deployed.level]
    assert functions.keys() == {deployed.ref(f"Training/{name}/Function") for name in expected}
    for function in functions.values():
        assert function["Handler"] == "index.handler"
        assert function["CodeSize"] > 10_000


def test_every_role_has_its_policies_and_no_more(deployed, aws):
    iam = aws("iam")
    for name, properties in deployed.of_type("AWS::IAM::Role").items():
        role = deployed.physical[name]
        attached = {p["PolicyName"] for p in deployed.literal(properties.get("Policies", []))}
        apart = {
            deployed.literal(policy["PolicyName"])
            for policy in deployed.of_type("AWS::IAM::Policy").values() if {"Ref": name} in policy["Roles"]
        }
        assert set(iam.list_role_policies(RoleName=role)["PolicyNames"]) == attached | apart != set()
        for policy in properties.get("Policies", []):
            there = iam.get_role_policy(RoleName=role, PolicyName=policy["PolicyName"])["PolicyDocument"]
            assert ast.literal_eval(there) == deployed.literal(policy["PolicyDocument"])  # moto hands it out as Python writes it
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_failures_are_alarmed_and_missed_schedules_kept(deployed, aws):
    alarms = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == (2 if deployed.level else 0)
    assert {tuple(a["AlarmActions"]) for a in alarms} <= {(deployed.ref("Notifications/Topic"),)}
    if deployed.level:
        (url,) = aws("sqs").list_queues()["QueueUrls"]
        queue = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert queue["KmsMasterKeyId"] == deployed.arn("Artifacts/Key")
        (schedule,) = aws("scheduler").list_schedules()["Schedules"]
        there = aws("scheduler").get_schedule(Name=schedule["Name"])
        assert there["Target"]["DeadLetterConfig"]["Arn"] == queue["QueueArn"]
        assert there["Target"]["Arn"] == aws("sagemaker").describe_pipeline(PipelineName=CONFIG["name"])["PipelineArn"]


def test_logs_expire(deployed, aws):
    groups = aws("logs").describe_log_groups()["logGroups"]
    assert [g["retentionInDays"] for g in groups] == [365] * deployed.level


def test_the_dashboard_shows_this_deployment(deployed, aws):
    (entry,) = aws("cloudwatch").list_dashboards()["DashboardEntries"]
    body = aws("cloudwatch").get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
    assert json.loads(body)["widgets"]
    assert deployed.ref("Artifacts/Bucket") in body
    assert ("AWS/Sagemaker/ModelBuildingPipeline" in body) == (deployed.level > 0)
