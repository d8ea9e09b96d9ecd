"""moto deploys the templates, and what they describe is there. Every request is held against AWS's own service model.

Run it in the oracle environment: python -m pytest test/oracle/aws/moto_test.py
"""
import ast
import base64
import hashlib
import json
import re

import pytest
import requests
from moto.cloudformation.parsing import get_model_map, resource_class_from_type

from deployment import BY_API, ENDPOINT, Account, Deployment, lowered, packed
from handlers import BUNDLES
from synthesis import CONFIG

DEPLOYER, ANALYZER = "/MlopsDeployer", "/MlopsDriftAnalyzer"
FUNCTIONS = {  # by construct path: the bundle, and the level from which on it stands
    f"{DEPLOYER}/Function": ("deployer", 0), f"{DEPLOYER}/EndpointResource": ("endpoint-resource", 0),
    "Training/DataManifest": ("data-manifest", 1), f"{ANALYZER}/Function": ("analyzer", 1), "Training/Approve": ("approve", 2),
}
MACHINES = {DEPLOYER: 0, ANALYZER: 1}  # by construct path: the level from which on they stand
TABLES = {f"{DEPLOYER}/Records": "endpoint", "/MlopsMonitorRecords": "monitor"}  # at every level, with their keys
SHARE, LATENCY = CONFIG["serving"]["alarms"]["errorRatePercent"], CONFIG["serving"]["alarms"]["p95LatencyMs"]
ALARMS = {  # by construct path: what it is raised at, and the level from which on it stands
    f"{DEPLOYER}/FailureAlarm": (1, 0), "Training/FailureAlarm": (1, 1), "Training/MissedScheduleAlarm": (1, 1),
    "Endpoint/SlowAlarm": (1000 * LATENCY, 1), "Endpoint/RefusedAlarm": (SHARE, 1), "Endpoint/FailedAlarm": (SHARE, 1),
    "Endpoint/CapacityAlarm": (1.5 * CONFIG["serving"]["scaling"]["invocationsPerInstance"], 1),
    f"{ANALYZER}/FailureAlarm": (1, 1), "Monitor/DriftAlarm": (1, 1), "Monitor/QualityAlarm": (1, 1),
}


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
    assert [kind for kind in BY_API if resource_class_from_type(kind)] == [ENDPOINT]  # of it the function is called by us


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


def at(level, table):
    """What stands at a level: construct path to what else is said of it."""
    return {path: said for path, (said, first) in table.items() if first <= level}


def test_the_functions_are_there_with_their_code(deployed, aws):
    functions = {f["FunctionName"]: f for f in aws("lambda").list_functions()["Functions"]}
    expected = {deployed.id_of(f"{path}/Function"): (path, bundle) for path, bundle in at(deployed.level, FUNCTIONS).items()}
    assert functions.keys() == {deployed.physical[name] for name in expected}
    for name, (path, bundle) in expected.items():
        function, code = functions[deployed.physical[name]], deployed.code(name)
        assert function["Handler"] == "index.handler"
        assert function["Role"] == deployed.arn(f"{path}/Role")
        assert function["CodeSize"] > 10_000
        assert function["CodeSha256"] == base64.b64encode(hashlib.sha256(packed(code)).digest()).decode()
        assert [(code / file.name).read_bytes() for file in code.iterdir()] == [(BUNDLES / bundle / "index.js").read_bytes()]


@pytest.mark.parametrize("path, key", TABLES.items())
def test_the_records_are_encrypted_and_can_be_restored(deployed, aws, path, key):
    dynamodb, name = aws("dynamodb"), deployed.ref(path)
    assert set(dynamodb.list_tables()["TableNames"]) == {deployed.ref(table) for table in TABLES}
    table = dynamodb.describe_table(TableName=name)["Table"]
    encryption = table["SSEDescription"]
    assert [encryption[key] for key in ("Status", "SSEType", "KMSMasterKeyArn")] == ["ENABLED", "KMS", deployed.arn("Artifacts/Key")]
    assert table["KeySchema"] == [{"AttributeName": key, "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    kept = deployed.resources[deployed.id_of(path)]
    assert {kept["DeletionPolicy"], kept["UpdateReplacePolicy"]} == {"Retain"}


@pytest.mark.parametrize("path, first", MACHINES.items())
def test_the_state_machines_are_what_was_synthesized(deployed, aws, path, first):
    states = aws("stepfunctions")
    machines = [machine["stateMachineArn"] for machine in states.list_state_machines()["stateMachines"]]
    assert set(machines) == {deployed.ref(f"{other}/StateMachine") for other, level in MACHINES.items() if level <= deployed.level}
    if deployed.level < first:
        return
    name = deployed.id_of(f"{path}/StateMachine")
    properties, there = deployed.resources[name]["Properties"], states.describe_state_machine(stateMachineArn=deployed.physical[name])
    definition = json.loads(there["definition"])
    assert definition == json.loads(deployed.literal(properties["DefinitionString"]))
    assert set(re.findall(r"arn:aws:lambda:[^\"]+", there["definition"])) == {deployed.arn(f"{path}/Function/Function")}
    assert there["roleArn"] == deployed.arn(f"{path}/MachineRole")
    assert there["encryptionConfiguration"]["kmsKeyId"] == deployed.arn("Artifacts/Key")
    assert there["loggingConfiguration"] == lowered(deployed.literal(properties["LoggingConfiguration"]))
    assert there["loggingConfiguration"]["includeExecutionData"] is False
    assert there["tracingConfiguration"] == {"enabled": True}


def test_the_function_of_each_half_of_the_deployer_knows_the_other(deployed, aws):
    def variables(path):
        return aws("lambda").get_function_configuration(FunctionName=deployed.ref(f"{path}/Function"))["Environment"]["Variables"]

    assert variables(f"{DEPLOYER}/Function") == {"TABLE_NAME": deployed.ref(f"{DEPLOYER}/Records")}
    assert variables(f"{DEPLOYER}/EndpointResource") == {"STATE_MACHINE_ARN": deployed.ref(f"{DEPLOYER}/StateMachine")}


def test_the_endpoint_is_asked_of_the_deployer(deployed, aws):
    """The custom resource's function has started the state machine, with a policy that names what is there."""
    states = aws("stepfunctions")
    (execution,) = states.list_executions(stateMachineArn=deployed.ref(f"{DEPLOYER}/StateMachine"))["executions"]
    asked = json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])
    ((name, properties),) = deployed.of_type(ENDPOINT).items()
    assert (asked["endpoint"], asked["answer"]["physicalResourceId"]) == (CONFIG["name"], deployed.physical[name])
    assert (asked["request"]["kind"], asked["request"]["create"]) == ("policy", True)
    policy = asked["request"]["policy"]
    assert policy == json.loads(deployed.literal(properties["Policy"]))
    assert policy["automatic"] == (deployed.level > 0)
    assert ("abTest" in policy) == (deployed.level > 1)

    serving, role = policy["serving"], deployed.ref("Endpoint/Role")
    assert serving["roleArn"] == aws("iam").get_role(RoleName=role)["Role"]["Arn"]
    assert [serving["encryptionKeyArn"]] == [key["KeyArn"] for key in aws("kms").list_keys()["Keys"]]
    assert [policy["topicArn"]] == [topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]]
    groups = aws("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [policy["modelPackageGroup"]] == [group["ModelPackageGroupName"] for group in groups]
    bucket = deployed.ref("Artifacts/Bucket")
    expected = f"s3://{bucket}/capture/{CONFIG['name']}" if deployed.level else None
    assert serving.get("capture", {}).get("location") == expected


def test_the_rule_starts_the_deployer(deployed, aws):
    events = aws("events")
    name = deployed.id_of("Endpoint/Rule")
    properties, rule = deployed.resources[name]["Properties"], events.describe_rule(Name=deployed.physical[name])
    assert rule["State"] == "ENABLED"
    assert rule["ScheduleExpression"] == ("rate(5 minutes)" if deployed.level > 1 else "rate(1 hour)")
    pattern = json.loads(rule.get("EventPattern") or "{}")
    assert pattern == properties.get("EventPattern", {})
    assert pattern.get("detail", {}).get("ModelPackageGroupName") == ([CONFIG["name"]] if deployed.level else None)
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"] == deployed.ref(f"{DEPLOYER}/StateMachine")
    assert target["RoleArn"] == deployed.arn(f"{DEPLOYER}/EventRole")
    transformer = target["InputTransformer"]
    assert transformer["InputPathsMap"] == {"source": "$.source"}
    filled_in = json.loads(transformer["InputTemplate"].replace("<source>", '"aws.events"'))
    assert filled_in == {"endpoint": CONFIG["name"], "cause": "aws.events"}


def test_the_schedule_starts_the_analyzer_with_what_is_there(deployed, aws):
    if deployed.level == 0:
        return
    name, bucket = deployed.ref("Monitor/Rule"), deployed.ref("Artifacts/Bucket")
    (target,) = aws("events").list_targets_by_rule(Rule=name)["Targets"]
    assert (target["Arn"], target["RoleArn"]) == (deployed.ref(f"{ANALYZER}/StateMachine"), deployed.arn(f"{ANALYZER}/EventRole"))
    assert target["DeadLetterConfig"]["Arn"] == deployed.arn(f"{ANALYZER}/DeadLetters")
    asked = json.loads(target["Input"])
    monitor = asked["monitor"]
    assert (asked["task"], monitor["name"], monitor["output"]) == ("monitor", CONFIG["name"], f"s3://{bucket}/drift/{CONFIG['name']}")
    assert monitor["captured"]["location"] == f"s3://{bucket}/capture/{CONFIG['name']}"
    assert monitor["captured"]["deployer"]["table"] == deployed.ref(f"{DEPLOYER}/Records")
    assert (monitor["encryptionKeyArn"], monitor["topicArn"]) == (deployed.arn("Artifacts/Key"), deployed.ref("Notifications/Topic"))
    assert ("retraining" in monitor) == (deployed.level > 1)
    assets, key = monitor["rules"].removeprefix("s3://").split("/", 1)
    rules = json.loads(aws("s3").get_object(Bucket=assets, Key=key)["Body"].read())
    assert [column["name"] for column in rules["columns"] if column["role"] == "feature"] == [f["name"] for f in CONFIG["data"]["features"]]


def test_the_analyzer_takes_what_the_pipeline_asks_for(deployed, aws):
    if deployed.level == 0:
        return
    (mapping,) = aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"] == deployed.arn(f"{ANALYZER}/Requests")
    assert mapping["FunctionArn"] == deployed.arn(f"{ANALYZER}/Function/Function")
    function = aws("lambda").get_function_configuration(FunctionName=deployed.ref(f"{ANALYZER}/Function/Function"))
    assert function["Environment"]["Variables"]["TABLE_NAME"] == deployed.ref("/MlopsMonitorRecords")
    url = deployed.ref(f"{ANALYZER}/Requests")
    assert re.findall(r'"SqsQueueUrl": ("[^"]+")', json.dumps(deployed.definition())) == [json.dumps(url)]
    queue = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert queue["KmsMasterKeyId"] == deployed.arn("Artifacts/Key")
    assert json.loads(queue["RedrivePolicy"])["deadLetterTargetArn"] == deployed.arn(f"{ANALYZER}/DeadLetters")


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


def dimensions(alarm):
    """What an alarm's metrics are of."""
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query] or [alarm]
    return {(dimension["Name"], dimension["Value"]) for metric in metrics for dimension in metric.get("Dimensions", [])}


def test_failures_are_alarmed_and_missed_schedules_kept(deployed, aws):
    alarms = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    expected = {deployed.id_of(path): threshold for path, threshold in at(deployed.level, ALARMS).items()}
    assert {a["AlarmName"]: a["Threshold"] for a in alarms} == expected
    quiet = {deployed.id_of(path) for path in at(deployed.level, ALARMS) if path.startswith("Monitor/")}  # the analyzer says more
    assert {a["AlarmName"] for a in alarms if a["AlarmActions"] == [deployed.ref("Notifications/Topic")]} == expected.keys() - quiet
    watched = {a["AlarmName"]: dimensions(a) for a in alarms}
    assert watched[deployed.id_of(f"{DEPLOYER}/FailureAlarm")] == {("StateMachineArn", deployed.ref(f"{DEPLOYER}/StateMachine"))}
    slots = {("EndpointName", CONFIG["name"]), ("VariantName", "a"), ("VariantName", "b")}
    of_endpoint = [watched[deployed.id_of(path)] for path in at(deployed.level, ALARMS) if path.startswith("Endpoint/")]
    assert of_endpoint == [slots] * (4 if deployed.level else 0)
    if deployed.level:
        url = deployed.ref("Training/MissedSchedules")
        queue = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert queue["KmsMasterKeyId"] == deployed.arn("Artifacts/Key")
        (schedule,) = aws("scheduler").list_schedules()["Schedules"]
        there = aws("scheduler").get_schedule(Name=schedule["Name"])
        assert there["Target"]["DeadLetterConfig"]["Arn"] == queue["QueueArn"]
        assert there["Target"]["Arn"] == aws("sagemaker").describe_pipeline(PipelineName=CONFIG["name"])["PipelineArn"]


def test_logs_are_encrypted_and_expire(deployed, aws):
    groups = aws("logs").describe_log_groups()["logGroups"]
    paths = [*at(deployed.level, FUNCTIONS), *(path for path, first in MACHINES.items() if first <= deployed.level)]
    assert {g["logGroupName"] for g in groups} == {deployed.ref(f"{path}/Logs") for path in paths}
    assert [g["retentionInDays"] for g in groups] == [365] * len(paths)
    assert [g for g in groups if "kmsKeyId" in g] == []  # moto does not know keys of log groups: the template has to say it
    keys = [deployed.literal(properties["KmsKeyId"]) for properties in deployed.of_type("AWS::Logs::LogGroup").values()]
    assert keys == [deployed.arn("Artifacts/Key")] * len(paths)


def test_the_dashboard_shows_this_deployment(deployed, aws):
    (entry,) = aws("cloudwatch").list_dashboards()["DashboardEntries"]
    body = aws("cloudwatch").get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
    assert json.loads(body)["widgets"]
    assert deployed.ref("Artifacts/Bucket") in body
    assert ("AWS/Sagemaker/ModelBuildingPipeline" in body) == (deployed.level > 0)
