"""Builds the training pipeline with the SageMaker Python SDK's own classes: the oracle of our builder.

No network: the boto session is a mock, as in the SDK's own unit tests.
"""
import functools
import json
import logging
import os
import warnings
from unittest.mock import MagicMock

os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

from sagemaker import image_uris, utils  # noqa: E402
from sagemaker.estimator import Estimator, EstimatorBase  # noqa: E402
from sagemaker.inputs import TrainingInput  # noqa: E402
from sagemaker.lambda_helper import Lambda  # noqa: E402
from sagemaker.metadata_properties import MetadataProperties  # noqa: E402
from sagemaker.model import Model  # noqa: E402
from sagemaker.model_metrics import MetricsSource, ModelMetrics  # noqa: E402
from sagemaker.network import NetworkConfig  # noqa: E402
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor  # noqa: E402
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep  # noqa: E402
from sagemaker.workflow.condition_step import ConditionStep  # noqa: E402
from sagemaker.workflow.conditions import ConditionGreaterThanOrEqualTo, ConditionLessThanOrEqualTo  # noqa: E402
from sagemaker.workflow.execution_variables import ExecutionVariables  # noqa: E402
from sagemaker.workflow.fail_step import FailStep  # noqa: E402
from sagemaker.workflow.functions import Join, JsonGet  # noqa: E402
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep  # noqa: E402
from sagemaker.workflow.model_step import ModelStep  # noqa: E402
from sagemaker.workflow.parameters import ParameterFloat, ParameterString  # noqa: E402
from sagemaker.workflow.pipeline import Pipeline  # noqa: E402
from sagemaker.workflow.pipeline_context import PipelineSession  # noqa: E402
from sagemaker.workflow.properties import PropertyFile  # noqa: E402
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum as JobFault, SageMakerJobStepRetryPolicy  # noqa: E402
from sagemaker.workflow.retry import StepExceptionTypeEnum as StepFault, StepRetryPolicy  # noqa: E402
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep  # noqa: E402

# The SDK parses a large file for every image. Remembering its own answer makes that 40 times faster.
utils._botocore_resolver = functools.cache(utils._botocore_resolver)

PROCESSING = "/opt/ml/processing"
MANIFEST = {"manifestUri": "String", "manifestSha256": "String", "lineageUri": "String"}
EXECUTION_ID = ExecutionVariables.PIPELINE_EXECUTION_ID
SCRIPT = (
    "set -eu; mkdir -p /opt/ml/code; cd /opt/ml/code; tar -xzf /opt/ml/processing/input/code/*.tgz; "
    'if [ -f requirements.txt ]; then python3 -m pip install -r requirements.txt; fi; exec python3 "$0"'
)


def mock_session(region, bucket):
    """A pipeline session that never reaches AWS; the SDK's telemetry, which would, is switched off."""
    quiet = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
    return PipelineSession(
        boto_session=MagicMock(region_name=region), sagemaker_client=MagicMock(), default_bucket=bucket, sagemaker_config=quiet,
    )


def service_retries():
    """Faults of the service itself; every step that can retry has this policy."""
    types = [StepFault.SERVICE_FAULT, StepFault.THROTTLING]
    return StepRetryPolicy(exception_types=types, interval_seconds=30, backoff_rate=2.0, max_attempts=5)


def job_retries():
    """The policies of a step that runs a job: the service's faults, then the job's."""
    types = [JobFault.INTERNAL_ERROR, JobFault.CAPACITY_ERROR, JobFault.RESOURCE_LIMIT]
    job = SageMakerJobStepRetryPolicy(exception_types=types, interval_seconds=300, backoff_rate=2.0, max_attempts=5)
    return [service_retries(), job]


class Builder:
    """Turns one description into one pipeline; each method builds one step."""

    def __init__(self, description):
        self.d = description
        self.session = mock_session(description["region"], description["bucket"])
        days = description["cacheDays"]
        self.cache = CacheConfig(enable_caching=True, expire_after=f"P{days}D") if days else None
        self.data = {
            name: ParameterString(name=f"{name.capitalize()}Data", default_value=uri)
            for name, uri in description["data"].items()
        }
        threshold = description["gate"]["threshold"]
        # Where versions are approved without a person, nobody who starts an execution may lower the gate.
        automatic = description["approveFunctionArn"]
        self.threshold = threshold if automatic else ParameterFloat(name="EvaluationThreshold", default_value=threshold)
        self.images = {scope: self.image(scope) for scope in ("training", "inference")}

    def image(self, scope):
        """The user's own image, or the one that the SDK finds for the framework."""
        wanted = self.d["images"][scope]
        if isinstance(wanted, str):
            return wanted
        return image_uris.retrieve(region=self.d["region"], image_scope=scope, **wanted)

    def run_uri(self, *path):
        """A place of this execution's own."""
        return Join(on="/", values=[f"s3://{self.d['bucket']}/{self.d['prefix']}", EXECUTION_ID, *path])

    def manifest_step(self):
        """Lists the data and hashes the listing. Never cached: it is what notices new data."""
        facts = {
            "executionId": EXECUTION_ID, "codeVersion": self.d["source"]["codeVersion"], "codeUri": self.d["source"]["uri"],
            "image": self.images["training"],
            "hyperparameters": json.dumps(self.d["hyperparameters"], sort_keys=True, separators=(",", ":")),
        }
        return LambdaStep(
            name="DataManifest", lambda_func=Lambda(function_arn=self.d["manifestFunctionArn"], session=self.session),
            inputs={**{f"{name}Data": parameter for name, parameter in self.data.items()}, **facts},
            outputs=[LambdaOutput(output_name=name, output_type=LambdaOutputTypeEnum[kind]) for name, kind in MANIFEST.items()],
        )

    def network(self):
        """Where processing jobs run."""
        return NetworkConfig(
            enable_network_isolation=self.d["networkIsolation"], encrypt_inter_container_traffic=True,
            security_group_ids=self.d["vpc"].get("securityGroupIds"), subnets=self.d["vpc"].get("subnets"),
        )

    def processing_step(self, name, script, inputs, outputs, property_files=None):
        """A cached processing step that unpacks the source and runs one script of it."""
        job = self.d["job"]
        processor = Processor(
            role=self.d["jobRoleArn"], image_uri=self.images["training"], entrypoint=["/bin/bash", "-c", SCRIPT],
            instance_count=1, instance_type=job["instanceType"], volume_size_in_gb=job["volumeSizeGb"],
            volume_kms_key=job["volumeKeyArn"], output_kms_key=self.d["kmsKeyArn"],
            max_runtime_in_seconds=job["maxRuntimeSeconds"], sagemaker_session=self.session, network_config=self.network(),
            env={
                "MLOPS_INPUT_DIR": f"{PROCESSING}/input", "MLOPS_OUTPUT_DIR": f"{PROCESSING}/output",
                "DATA_MANIFEST_SHA256": self.manifest.properties.Outputs["manifestSha256"],
            },
        )
        sources = {"code": self.d["source"]["uri"], **inputs}
        arguments = processor.run(
            inputs=[ProcessingInput(input_name=n, source=s, destination=f"{PROCESSING}/input/{n}") for n, s in sources.items()],
            outputs=[
                ProcessingOutput(output_name=n, source=f"{PROCESSING}/output/{n}", destination=self.run_uri(name.lower(), n))
                for n in outputs
            ],
            arguments=[script],
        )
        return ProcessingStep(
            name=name, step_args=arguments, cache_config=self.cache, retry_policies=job_retries(), property_files=property_files,
        )

    def preprocess_step(self):
        """Optional: the user's own preparation of the data."""
        raw = {"train" if name == "training" else name: parameter for name, parameter in self.data.items()}
        return self.processing_step("Preprocess", self.d["scripts"]["preprocess"], raw, ["train", "validation", "test"])

    def data_sets(self):
        """What training and evaluation read: the prepared data, or the raw data as given."""
        if self.preprocess:
            outputs = self.preprocess.properties.ProcessingOutputConfig.Outputs
            return {name: outputs[name].S3Output.S3Uri for name in ("train", "validation", "test")}
        given = {"train" if name == "training" else name: parameter for name, parameter in self.data.items()}
        return {"test": given["validation"], **given}

    def estimator(self):
        """Script mode with the code as a channel: it also works without a network."""
        job = self.d["job"]
        spot = {
            "use_spot_instances": True, "max_wait": 2 * job["maxRuntimeSeconds"],
            "checkpoint_s3_uri": self.run_uri("checkpoints"), "checkpoint_local_path": "/opt/ml/checkpoints",
        }
        code = {
            "sagemaker_program": "cdk_mlops_train.py",
            "sagemaker_submit_directory": f"/opt/ml/input/data/code/{self.d['source']['fileName']}",
        }
        return Estimator(
            image_uri=self.images["training"], role=self.d["jobRoleArn"], instance_count=1, instance_type=job["instanceType"],
            volume_size=job["volumeSizeGb"], volume_kms_key=job["volumeKeyArn"], max_run=job["maxRuntimeSeconds"],
            output_path=self.run_uri("train"), output_kms_key=self.d["kmsKeyArn"], sagemaker_session=self.session,
            hyperparameters=EstimatorBase._json_encode_hyperparameters({**self.d["hyperparameters"], **code}),
            subnets=self.d["vpc"].get("subnets"), security_group_ids=self.d["vpc"].get("securityGroupIds"),
            encrypt_inter_container_traffic=True,
            enable_network_isolation=self.d["networkIsolation"], disable_profiler=True, debugger_hook_config=False,
            environment={
                "MLOPS_TRAINING_SCRIPT": self.d["scripts"]["train"],
                "DATA_MANIFEST_SHA256": self.manifest.properties.Outputs["manifestSha256"],
            },
            **(spot if self.d["spot"] else {}),
        )

    def train_step(self):
        """The training job; the manifest's hash in its environment decides the cache with the inputs. Spot jobs have none."""
        sets = self.data_sets()
        channels = {"code": self.d["source"]["uri"], **{n: sets[n] for n in ("train", "validation") if n in sets}}
        arguments = self.estimator().fit(inputs={n: TrainingInput(s3_data=uri) for n, uri in channels.items()})
        cache = None if self.d["spot"] else self.cache
        return TrainingStep(name="Train", step_args=arguments, cache_config=cache, retry_policies=job_retries())

    def evaluate_step(self):
        """Runs the user's evaluation over the test data; its report is what the gate reads."""
        self.report = PropertyFile(name="Evaluation", output_name="evaluation", path="evaluation.json")
        inputs = {"model": self.train.properties.ModelArtifacts.S3ModelArtifacts, "test": self.data_sets()["test"]}
        return self.processing_step("Evaluate", self.d["scripts"]["evaluate"], inputs, ["evaluation"], [self.report])

    def baseline_step(self):
        """Optional: asks for a profile of what the model was trained on, and waits for it."""
        return CallbackStep(
            name="Baseline", sqs_queue_url=self.d["baseline"]["queueUrl"],
            inputs={
                "rules": self.d["baseline"]["rulesUri"], "trainingData": self.data_sets()["train"],
                "evaluation": self.evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri,
                "output": self.run_uri("baseline"), "encryptionKeyArn": self.d["kmsKeyArn"],
            },
            outputs=[CallbackOutput(output_name="baselineUri", output_type=CallbackOutputTypeEnum.String)],
        )

    def register_step(self):
        """A version in the registry, always pending; whoever approves it does so explicitly."""
        to, manifest = self.d["register"], self.manifest.properties.Outputs
        report = self.evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri
        metrics = MetricsSource(s3_uri=Join(on="/", values=[report, "evaluation.json"]), content_type="application/json")
        model = Model(
            image_uri=self.images["inference"], model_data=self.train.properties.ModelArtifacts.S3ModelArtifacts,
            role=self.d["jobRoleArn"], env=to["environment"], sagemaker_session=self.session,
        )
        arguments = model.register(
            content_types=[to["contentType"]], response_types=[to["contentType"]],
            inference_instances=[to["instanceType"]], transform_instances=[to["instanceType"]],
            model_package_group_name=to["modelPackageGroupName"], approval_status="PendingManualApproval",
            model_metrics=ModelMetrics(model_statistics=metrics),
            metadata_properties=MetadataProperties(generated_by=ExecutionVariables.PIPELINE_EXECUTION_ARN),
            customer_metadata_properties={
                "executionId": EXECUTION_ID, "codeVersion": self.d["source"]["codeVersion"],
                "dataManifestUri": manifest["manifestUri"], "dataManifestSha256": manifest["manifestSha256"],
                "lineageUri": manifest["lineageUri"],
                **({"baselineUri": self.baseline.properties.Outputs["baselineUri"]} if self.baseline else {}),
            },
        )
        return ModelStep(name="Register", step_args=arguments, retry_policies=[service_retries()])

    def approve_step(self):
        """Optional: approves what passed the gate."""
        gate = self.d["gate"]
        return LambdaStep(
            name="Approve", lambda_func=Lambda(function_arn=self.d["approveFunctionArn"], session=self.session),
            inputs={
                "modelPackageArn": self.register.properties.ModelPackageArn,
                "reason": Join(on=" ", values=[f"passed the gate: {gate['metric']} {gate['operator']}", self.threshold]),
            },
            outputs=[LambdaOutput(output_name="approvalStatus", output_type=LambdaOutputTypeEnum.String)],
        )

    def gate_step(self):
        """Compares the metric with the threshold: register, or fail with words."""
        gate = self.d["gate"]
        comparison = {">=": ConditionGreaterThanOrEqualTo, "<=": ConditionLessThanOrEqualTo}[gate["operator"]]
        metric = JsonGet(step_name="Evaluate", property_file=self.report, json_path=f"metrics.{gate['metric']}.value")
        self.baseline = self.baseline_step() if self.d["baseline"] else None
        self.register = self.register_step()
        approve = self.approve_step() if self.d["approveFunctionArn"] else None
        accepted = [step for step in (self.baseline, self.register, approve) if step]
        words = [f"the gate refused the model: {gate['metric']} must be {gate['operator']}", self.threshold]
        refused = FailStep(name="Refuse", error_message=Join(on=" ", values=words))
        return ConditionStep(
            name="Gate", conditions=[comparison(left=metric, right=self.threshold)], if_steps=accepted, else_steps=[refused],
        )

    def parameters(self):
        """What whoever starts an execution may set."""
        return [*self.data.values(), *([] if self.d["approveFunctionArn"] else [self.threshold])]

    def pipeline(self):
        """The whole pipeline. Each step is an attribute, for the later ones to refer to."""
        self.manifest = self.manifest_step()
        self.preprocess = self.preprocess_step() if self.d["scripts"].get("preprocess") else None
        self.train = self.train_step()
        self.evaluate = self.evaluate_step()
        steps = [self.manifest, self.preprocess, self.train, self.evaluate, self.gate_step()]
        return Pipeline(
            name=self.d["name"], parameters=self.parameters(), sagemaker_session=self.session,
            pipeline_experiment_config=None, steps=[step for step in steps if step is not None],
        )


def definition(description):
    """The pipeline's definition as the SDK compiles it."""
    return json.loads(Builder(description).pipeline().definition())
