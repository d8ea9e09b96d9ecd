"""Deploys a cloud assembly to moto: through CloudFormation what moto's CloudFormation knows, the rest through the services' APIs."""
import io
import json
import uuid
import zipfile

import boto3

import service_model
from handlers import invoke
from synthesis import ACCOUNT, Assembly

REGION = "us-east-1"
BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"

# moto's CloudFormation would call its function in Docker and wait for the deployer's answer. Here it is called in Node, and nobody
# waits: in deployer_test.py the deployer answers.
ENDPOINT = "Custom::MlopsModelEndpoint"

# What moto's CloudFormation does not create, in the order in which it is made here.
BY_API = [
    "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy", "AWS::CloudWatch::Alarm",
    "AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::FeatureGroup", "AWS::SageMaker::Pipeline", "AWS::Scheduler::Schedule",
    ENDPOINT,
]


class Account:
    """An AWS account in moto."""

    region = REGION

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)

    def strict_client(self, service):
        """A client that holds every request against AWS's service model first."""
        client = self.client(service)
        client.meta.events.register("before-parameter-build", self._check)
        return client

    @staticmethod
    def _check(params, model, **_):
        found = service_model.problems(model.service_model.service_name, model.name, params)
        assert not found, f"{model.name}: {found}"


class Deployment(Assembly):
    """A deployed assembly; its literals are the names of what was created."""

    def __init__(self, assembly, account):
        super().__init__(assembly.template_file.parent)
        self.account = account
        self.physical = {}
        self._bootstrap()
        self._create_stack()
        for name, properties in self.of_type("AWS::S3::Bucket").items():
            self._complete_bucket(self.physical[name], self.literal(properties))
        for name, properties in self.of_type("AWS::DynamoDB::Table").items():
            self._complete_table(self.physical[name], self.literal(properties))
        for name, properties in self.of_type("AWS::StepFunctions::StateMachine").items():
            self._complete_machine(self.physical[name], self.literal(properties))
        for kind in BY_API:
            for name, properties in self.of_type(kind).items():
                getattr(self, "_" + kind.split("::")[-1].lower())(name, self.literal(properties))

    def _bootstrap(self):
        """What `cdk bootstrap` and the upload of assets leave behind."""
        self.account.strict_client("ssm").put_parameter(Name=BOOTSTRAP, Value="30", Type="String", Overwrite=True)
        s3 = self.account.strict_client("s3")
        for _, path, uri in self.assets():
            bucket, key = uri.removeprefix("s3://").split("/", 1)
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key=key, Body=packed(path) if path.is_dir() else path.read_bytes())

    def _create_stack(self):
        """The stack without what CloudFormation in moto does not know; references to that become the names it will have."""
        later = {name for name, resource in self.resources.items() if resource["Type"] in BY_API}
        kept = {name: self._without(later, resource) for name, resource in self.resources.items() if name not in later}
        template = {**self.template, "Resources": kept}
        cloudformation = self.account.strict_client("cloudformation")
        cloudformation.create_stack(StackName=self.stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        (stack,) = cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        self.stack_id = stack["StackId"]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        created = cloudformation.describe_stack_resources(StackName=self.stack)["StackResources"]
        self.physical = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in created}
        assert self.physical.keys() == kept.keys()

    def _without(self, later, value):
        if isinstance(value, list):
            return [self._without(later, item) for item in value if not (isinstance(item, str) and item in later)]
        if not isinstance(value, dict):
            return value
        named = value.get("Ref") or next(iter(value.get("Fn::GetAtt", [])), None)
        return self.literal(value) if named in later else {key: self._without(later, item) for key, item in value.items()}

    def code(self, name):
        """The folder with the code of a function."""
        properties = self.literal(self.resources[name]["Properties"]["Code"])
        (folder,) = [path for _, path, uri in self.assets() if uri == f"s3://{properties['S3Bucket']}/{properties['S3Key']}"]
        return folder

    def _ref(self, name):
        if name == "AWS::Region":
            return REGION
        if name == "AWS::StackId":
            return self.stack_id
        properties = self.resources.get(name, {}).get("Properties", {})
        given = (properties[key] for key in ("PipelineName", "FeatureGroupName") if key in properties)
        return self.physical.get(name) or next(given, super()._ref(name))

    def _getatt(self, argument):
        name, attribute = argument
        kind, properties = self.resources[name]["Type"], self.resources[name]["Properties"]
        physical = self.physical.get(name, name)
        own = f"{REGION}:{ACCOUNT}"
        if kind == "AWS::SQS::Queue":
            physical = physical.rsplit("/", 1)[1]
        return {
            ("AWS::CloudWatch::Alarm", "Arn"): f"arn:aws:cloudwatch:{own}:alarm:{physical}",
            ("AWS::DynamoDB::Table", "Arn"): f"arn:aws:dynamodb:{own}:table/{physical}",
            ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{ACCOUNT}:role/{physical}",
            ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{own}:key/{physical}",
            ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{own}:function:{physical}",
            ("AWS::Logs::LogGroup", "Arn"): f"arn:aws:logs:{own}:log-group:{physical}",
            ("AWS::S3::Bucket", "Arn"): f"arn:aws:s3:::{physical}",
            ("AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupArn"):
                f"arn:aws:sagemaker:{own}:model-package-group/{properties.get('ModelPackageGroupName')}",
            ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{own}:{physical}",
            ("AWS::SQS::Queue", "QueueName"): physical,
        }[kind, attribute]

    def _complete_bucket(self, bucket, properties):
        """What moto's CloudFormation leaves out of a bucket."""
        s3 = self.account.strict_client("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"])
        s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"],
        )
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=properties["OwnershipControls"])

    def _complete_table(self, table, properties):
        """moto's CloudFormation leaves encryption and backups out of a table: it is made again. Once it does not, this goes."""
        dynamodb, recovery = self.account.strict_client("dynamodb"), properties.pop("PointInTimeRecoverySpecification")
        left_out = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        assert left_out["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
        assert "SSEDescription" not in dynamodb.delete_table(TableName=table)["TableDescription"]
        encryption = properties.pop("SSESpecification")
        encryption["Enabled"] = encryption.pop("SSEEnabled")
        dynamodb.create_table(TableName=table, **properties, SSESpecification=encryption)
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)

    def _complete_machine(self, machine, properties):
        """What moto's CloudFormation leaves out of a state machine; once it does not, this goes."""
        states, keys = self.account.strict_client("stepfunctions"), ("Encryption", "Logging", "Tracing")
        wanted = lowered({f"{key}Configuration": properties[f"{key}Configuration"] for key in keys})
        left_out = states.describe_state_machine(stateMachineArn=machine)
        assert [key for key in wanted if left_out.get(key) == wanted[key]] == []
        states.update_state_machine(stateMachineArn=machine, **wanted)

    def _bucketpolicy(self, _, properties):
        policy = json.dumps(properties["PolicyDocument"])
        self.account.strict_client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)

    def _topicpolicy(self, _, properties):
        for topic in properties["Topics"]:
            policy = json.dumps(properties["PolicyDocument"])
            self.account.strict_client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    def _subscription(self, _, properties):
        self.account.strict_client("sns").subscribe(**properties)

    def _queuepolicy(self, _, properties):
        for queue in properties["Queues"]:
            policy = json.dumps(properties["PolicyDocument"])
            self.account.strict_client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

    def _alarm(self, name, properties):
        self.account.strict_client("cloudwatch").put_metric_alarm(AlarmName=name, **properties)

    def _modelpackagegroup(self, _, properties):
        self.account.strict_client("sagemaker").create_model_package_group(**properties)

    def _featuregroup(self, _, properties):
        self.account.strict_client("sagemaker").create_feature_group(**properties)

    def _pipeline(self, _, properties):
        body = properties.pop("PipelineDefinition")["PipelineDefinitionBody"]
        self.account.strict_client("sagemaker").create_pipeline(**properties, PipelineDefinition=body, ClientRequestToken="0" * 32)

    def _schedule(self, name, properties):
        self.account.strict_client("scheduler").create_schedule(Name=name, **properties)

    def _mlopsmodelendpoint(self, name, properties):
        """CloudFormation calls the function behind a custom resource: its code and its variables are those that were deployed."""
        function = self.account.client("lambda").get_function_configuration(FunctionName=properties["ServiceToken"])
        (code,) = [self.code(id) for id, physical in self.physical.items() if physical == function["FunctionName"]]
        event = {
            "RequestType": "Create", "ResponseURL": "http://127.0.0.1:9/nobody-waits-here", "StackId": self.stack_id,
            "RequestId": str(uuid.uuid4()), "LogicalResourceId": name, "ResourceType": ENDPOINT, "ResourceProperties": properties,
        }
        assert invoke(code, event, self.account, **function["Environment"]["Variables"]) == {}
        self.physical[name] = properties["EndpointName"]


def lowered(value):
    """A value of a template in the words of an API that begins its names in lower case."""
    if isinstance(value, list):
        return [lowered(item) for item in value]
    return {f"{key[0].lower()}{key[1:]}": lowered(item) for key, item in value.items()} if isinstance(value, dict) else value


def packed(folder):
    """A folder as the zip that Lambda takes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for member in sorted(folder.rglob("*")):
            file.write(member, member.relative_to(folder))
    return archive.getvalue()
