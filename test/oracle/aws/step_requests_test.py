"""Each step's arguments are a request that AWS's own service model accepts: members, types, lengths, ranges, patterns.

Run it in the oracle environment: python -m pytest test/oracle/aws/step_requests_test.py
"""
import copy

import pytest

import service_model
from synthesis import ACCOUNT, REGION
from variants import VARIANTS

# What a step's arguments become, and the job's name, which SageMaker adds.
OPERATIONS = {
    "Processing": ("CreateProcessingJob", {"ProcessingJobName": "pipelines-abcdefghijkl-Preprocess-abcdefghij"}),
    "Training": ("CreateTrainingJob", {"TrainingJobName": "pipelines-abcdefghijkl-Train-abcdefghij"}),
    "RegisterModel": ("CreateModelPackage", {}),
}
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
FOLDER = "s3://pipelineartifactsbucketcac2408f/training/flight-delay"
RUN_TIME = {
    "Execution.PipelineExecutionId": "abcdefghijkl",
    "Execution.PipelineExecutionArn": f"{ARN}:pipeline/flight-delay/execution/abcdefghijkl",
    "Steps.DataManifest.OutputParameters['manifestUri']": f"{FOLDER}/manifests/abcdefghijkl/manifest.jsonl",
    "Steps.DataManifest.OutputParameters['manifestSha256']": "0" * 64,
    "Steps.DataManifest.OutputParameters['lineageUri']": f"{FOLDER}/manifests/abcdefghijkl/lineage.json",
    "Steps.Baseline.OutputParameters['baselineUri']": f"{FOLDER}/executions/abcdefghijkl/baseline/profile.json",
    "Steps.Train.ModelArtifacts.S3ModelArtifacts": f"{FOLDER}/executions/abcdefghijkl/train/job/output/model.tar.gz",
    "Steps.Register.ModelPackageArn": f"{ARN}:model-package/flight-delay/1",
    **{
        f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri": f"{FOLDER}/executions/abcdefghijkl/{output}"
        for step, output in [("Preprocess", "train"), ("Preprocess", "validation"), ("Preprocess", "test"), ("Evaluate", "evaluation")]
    },
}


def at_run_time(value, parameters):
    """A value as SageMaker fills it in; a reference to something that no step has is a KeyError."""
    if isinstance(value, list):
        return [at_run_time(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Get"}:
        return RUN_TIME[value["Get"]] if value["Get"] in RUN_TIME else parameters[value["Get"]]
    if value.keys() == {"Std:Join"}:
        join = value["Std:Join"]
        return join["On"].join(str(item) for item in at_run_time(join["Values"], parameters))
    return {key: at_run_time(item, parameters) for key, item in value.items()}


def steps_of(definition):
    """All steps, those in the branches of a condition too."""
    for step in definition["Steps"]:
        yield step
        if step["Type"] == "Condition":
            yield from step["Arguments"]["IfSteps"] + step["Arguments"]["ElseSteps"]


def problems(definition):
    """What the service model says of every step's request: `step: problem`."""
    parameters = {f"Parameters.{p['Name']}": p["DefaultValue"] for p in definition["Parameters"]}
    found = []
    for step in steps_of(definition):
        arguments = step["Arguments"] if step["Type"] == "Condition" else at_run_time(step["Arguments"], parameters)
        if step["Type"] in OPERATIONS:
            operation, added = OPERATIONS[step["Type"]]
            found += [f"{step['Name']}: {p}" for p in service_model.problems("sagemaker", operation, {**arguments, **added})]
    return found


@pytest.mark.parametrize("case", ["level 1", "level 2", *VARIANTS])
def test_the_service_model_accepts_every_step(case, example_at, variants):
    assembly = variants[case] if case in VARIANTS else example_at(int(case.removeprefix("level ")))
    definition = assembly.definition()
    checked = [step["Type"] for step in steps_of(definition) if step["Type"] in OPERATIONS]
    assert checked[-3:] == ["Training", "Processing", "RegisterModel"]
    assert problems(definition) == []


def entrypoint(step, value):
    step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = value


MISTAKES = {
    "an unknown member": lambda train, _: train["Arguments"].update(SpotInstances=True),
    "a wrong type": lambda train, _: train["Arguments"]["ResourceConfig"].update(InstanceCount="1"),
    "a text too long": lambda _, evaluate: entrypoint(evaluate, ["x" * 257]),
    "too many": lambda _, evaluate: entrypoint(evaluate, ["x"] * 101),
    "a number out of range": lambda train, _: train["Arguments"]["ResourceConfig"].update(InstanceCount=-1),
    "a value outside the list": lambda train, _: train["Arguments"]["AlgorithmSpecification"].update(TrainingInputMode="Disk"),
    "a text that breaks the pattern": lambda train, _: train["Arguments"].update(RoleArn="role/train"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_request_is_refused(mistake, example_at):
    """The judge is awake."""
    definition = copy.deepcopy(example_at(2).definition())
    steps = {step["Name"]: step for step in steps_of(definition)}
    MISTAKES[mistake](steps["Train"], steps["Evaluate"])
    assert len(problems(definition)) == 1


def test_a_reference_to_nothing_is_refused(example_at):
    definition = copy.deepcopy(example_at(2).definition())
    steps = {step["Name"]: step for step in steps_of(definition)}
    steps["Train"]["Arguments"]["OutputDataConfig"]["S3OutputPath"] = {"Get": "Steps.Train.Nothing"}
    with pytest.raises(KeyError, match="Steps.Train.Nothing"):
        problems(definition)
