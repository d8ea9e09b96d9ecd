"""The training pipeline of a config, written with the Kubeflow Pipelines SDK and Google Cloud Pipeline Components, as an engineer would without this library.

What is known of a pipeline is its config and what exists in its project; names of machines and images are spelled out anew.
"""
import inspect
import json
import warnings
from pathlib import Path

import yaml

warnings.filterwarnings("ignore", category=FutureWarning)

from google_cloud_pipeline_components.v1.custom_job import create_custom_training_job_from_component as custom_job  # noqa: E402
from kfp import compiler, dsl  # noqa: E402

MACHINES = {
    "small": {"machine_type": "n2-highmem-2"}, "medium": {"machine_type": "n2-standard-4"}, "large": {"machine_type": "n2-standard-16"},
    "gpu": {"machine_type": "g2-standard-4", "accelerator_type": "NVIDIA_L4", "accelerator_count": 1},
}
EXACT_MACHINES = {
    "a2-highgpu-2g": {"machine_type": "a2-highgpu-2g", "accelerator_type": "NVIDIA_TESLA_A100", "accelerator_count": 2},
    "n4-highmem-8": {"machine_type": "n4-highmem-8", "boot_disk_type": "hyperdisk-balanced"},
}
TRAINING_IMAGES = {
    ("xgboost", "cpu"): "xgboost-cpu.2-1", ("xgboost", "gpu"): "xgboost-gpu.2-1", ("scikit-learn", "cpu"): "sklearn-cpu.1-6",
    ("pytorch", "gpu"): "pytorch-gpu.2-4.py310",
}
SERVING_IMAGES = {"xgboost": "xgboost-cpu.2-1", "scikit-learn": "sklearn-cpu.1-6", "pytorch": "pytorch-gpu.2-4"}
CHANNELS = {"train": "training", "validation": "validation", "test": "test"}


def images(config):
    """The images of training and of serving."""
    training, serving, google = config["training"], config["serving"], config["google"]
    if "image" in training:
        return training["image"], serving.get("image", training["image"])
    name = training["framework"]["name"]
    host = f"{google['region'].split('-')[0]}-docker.pkg.dev/vertex-ai"
    gpu = training.get("compute") == "gpu" or google.get("trainingMachineType", "").startswith("a2-")
    return f"{host}/training/{TRAINING_IMAGES[name, 'gpu' if gpu else 'cpu']}:latest", f"{host}/prediction/{SERVING_IMAGES[name]}:latest"


def signed(name, types, body, defaults=None):
    """A function of the given name and typed parameters, as decorators of the SDK look at it."""
    def function(*args, **kwargs):
        return body(**dict(zip(types, args)), **kwargs)

    function.__name__ = name
    function.__signature__ = inspect.Signature([
        inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind, default=(defaults or {}).get(key, inspect.Parameter.empty))
        for key, kind in types.items()
    ])
    return function


def container(name, image, program, types, arguments):
    """A component that runs the step program; `arguments` makes its arguments of the placeholders."""
    def body(**values):
        return dsl.ContainerSpec(image=image, command=["python3", program], args=arguments(values))

    return dsl.container_component(signed(name, types, body))


def hyperparameters(values):
    """As SageMaker's training toolkit passes them."""
    for name in sorted(values):
        yield from [f"--{name}" if len(name) > 1 else f"-{name}", str(values[name])]


class Pipeline:
    """The steps of one config's pipeline."""

    def __init__(self, config, resources):
        self.config, self.resources = config, resources
        self.training, self.google, self.data = config["training"], config["google"], config["data"]
        self.image, self.serving_image = images(config)
        self.preprocessed = "preprocess" in self.training
        self.locations = {
            channel: self.google.get(f"{key}Data", self.data.get(key)) for channel, key in CHANNELS.items()
            if f"{key}Data" in self.google or key in self.data
        }
        self.automatic = config["level"] == 2

    def step(self, name, types, arguments):
        return container(name, self.image, self.resources["source"]["programPath"], types, arguments)

    def script(self, name, key, types, arguments):
        """A step that runs a script, with the options that all scripts have."""
        def whole(v):
            source = self.resources["source"]["uri"]
            return [name, "--source", source, "--script", key, "--data-manifest-sha256", v["data_manifest_sha256"], *arguments(v)]

        return self.step(name, {"data_manifest_sha256": str, "cache_key": str, **types}, whole)

    def job(self, component, machine, strategy="STANDARD"):
        """A component as a custom job on a machine of its own."""
        minutes = self.training.get("maxRuntimeMinutes", 1440)
        network = {"network": self.resources["network"]} if "network" in self.resources else {}
        if "networkAttachment" in self.resources:
            network = {"psc_interface_config": {"network_attachment": self.resources["networkAttachment"]}}
        return custom_job(
            component, display_name=f"{self.resources['pipelineName']}-{component.name}", timeout=f"{60 * minutes}s", strategy=strategy,
            boot_disk_size_gb=max(100, self.training.get("volumeGb", 30)), service_account=self.resources["serviceAccount"],
            encryption_spec_key_name=self.resources.get("encryptionKey", ""), **network, **machine,
        )

    def data_manifest(self):
        resources = self.resources
        outputs = ["sha256", *self.locations]

        def arguments(v):
            data = [part for c in self.locations for part in ("--data", f"{c}={v[f'{CHANNELS[c]}_data']}")]
            return [
                "data-manifest", "--job", dsl.PIPELINE_JOB_NAME_PLACEHOLDER, *data, "--format", self.data["format"],
                "--project", resources["project"], "--region", resources["region"], "--staging-uri", resources["stagingUri"],
                "--code-version", resources["source"]["codeVersion"], "--code-uri", resources["source"]["uri"], "--image", self.image,
                "--hyperparameters", self.hyperparameters_json(),
                "--manifest-path", f"{v['manifest'].path}/manifest.jsonl", "--lineage-path", f"{v['execution'].path}/lineage.json",
                *[part for name in outputs for part in ("--output-parameter", f"{name}={v[name]}")],
            ]

        types = {f"{CHANNELS[channel]}_data": str for channel in self.locations}
        types |= {name: dsl.OutputPath(str) for name in outputs}
        return self.step("data_manifest", types | {"manifest": dsl.Output[dsl.Artifact], "execution": dsl.Output[dsl.Artifact]}, arguments)

    def hyperparameters_json(self):
        values = self.training.get("hyperparameters", {})
        return json.dumps({name: values[name] for name in sorted(values)}, separators=(",", ":"), ensure_ascii=False)

    def preprocess(self):
        def arguments(v):
            inputs = [part for c in self.locations for part in ("--input", f"{c}={v[f'{c}_data']}")]
            return [*inputs, *[part for c in CHANNELS for part in ("--output", f"{c}={v[c].path}")]]

        types = {f"{channel}_data": str for channel in self.locations} | {channel: dsl.Output[dsl.Dataset] for channel in CHANNELS}
        return self.job(self.script("preprocess", self.training["preprocess"], types, arguments), self.processing_machine())

    def train(self):
        channels = ["train", "validation"] if self.preprocessed or "validation" in self.locations else ["train"]
        spot = self.training.get("spot", False)

        def arguments(v):
            inputs = [part for c in channels for part in ("--input", f"{c}={self.place(v[c])}")]
            checkpoints = ["--checkpoints", f"{self.resources['checkpointsUri']}{dsl.PIPELINE_JOB_NAME_PLACEHOLDER}/"] if spot else []
            return [*inputs, "--model", v["model"].path, *checkpoints, "--", *hyperparameters(self.training.get("hyperparameters", {}))]

        types = {channel: self.kind() for channel in channels} | {"model": dsl.Output[dsl.Model]}
        exact = self.google.get("trainingMachineType")
        machine = EXACT_MACHINES[exact] if exact else self.processing_machine()
        return self.job(self.script("train", self.training["entryPoint"], types, arguments), machine, "SPOT" if spot else "STANDARD")

    def evaluate(self):
        evaluation = self.training["evaluation"]

        def arguments(v):
            return [
                "--input", f"model={v['model'].path}", "--input", f"test={self.place(v['test'])}", "--metric", evaluation["metric"],
                "--report", f"{v['report'].path}/evaluation.json", "--output-parameter", f"metric={v['metric']}",
            ]

        types = {"test": self.kind(), "model": dsl.Input[dsl.Model], "report": dsl.Output[dsl.Metrics], "metric": dsl.OutputPath(float)}
        return self.job(self.script("evaluate", evaluation["entryPoint"], types, arguments), self.processing_machine())

    def processing_machine(self):
        return MACHINES[self.training.get("compute", "medium")]

    def kind(self):
        """Data between steps: what preprocess made, or else the name of a folder."""
        return dsl.Input[dsl.Dataset] if self.preprocessed else str

    def place(self, value):
        return value.path if self.preprocessed else value

    def register(self):
        resources, serving, evaluation = self.resources, self.config["serving"], self.training["evaluation"]

        def arguments(v):
            framework = ["--framework", self.training["framework"]["name"]] if "framework" in self.training else []
            return [
                "register", "--job", dsl.PIPELINE_JOB_NAME_PLACEHOLDER, "--project", resources["project"], "--region", resources["region"],
                "--code-version", resources["source"]["codeVersion"], "--data-manifest-sha256", v["data_manifest_sha256"],
                "--data-manifest-uri", f"{v['manifest'].uri}/manifest.jsonl", "--lineage-uri", f"{v['execution'].uri}/lineage.json",
                "--report", f"{v['report'].path}/evaluation.json", "--lineage-path", f"{v['lineage'].path}/lineage.json",
                "--output-parameter", f"version={v['version']}",
                "--model-id", resources["modelId"], "--model-uri", v["model"].uri, "--metric", evaluation["metric"],
                "--image", self.serving_image, *framework,
                *(["--entry-point", serving["entryPoint"]] if "entryPoint" in serving else []),
                "--environment", json.dumps(serving.get("environment", {}), separators=(",", ":")),
                "--format", "jsonlines" if self.data["format"] == "jsonlines" else "csv",
                *(["--kms-key", resources["encryptionKey"]] if "encryptionKey" in resources else []),
                "--service-account", resources["serviceAccount"],
            ]

        types = {
            "data_manifest_sha256": str, "model": dsl.Input[dsl.Model], "report": dsl.Input[dsl.Metrics], "manifest": dsl.Input[dsl.Artifact],
            "execution": dsl.Input[dsl.Artifact], "lineage": dsl.Output[dsl.Artifact], "version": dsl.OutputPath(str),
        }
        return self.step("register", types, arguments)

    def refuse(self):
        evaluation = self.training["evaluation"]

        def arguments(v):
            return [
                "refuse", "--metric", evaluation["metric"], "--operator", self.operator(), "--threshold", v["threshold"], "--value", v["value"],
            ]

        return self.step("refuse", {"threshold": float, "value": float}, arguments)

    def operator(self):
        return {"maximize": ">=", "minimize": "<="}[self.training["evaluation"].get("direction", "maximize")]

    def compose(self, cache_key, evaluation_threshold=None, **locations):
        """The body of the pipeline function."""
        threshold = self.threshold() if self.automatic else evaluation_threshold
        cached = self.training.get("cacheDays", 30) > 0
        manifest = service(self.data_manifest()(**locations))
        common = {"data_manifest_sha256": manifest.outputs["sha256"], "cache_key": cache_key}
        data = {channel: manifest.outputs[channel] for channel in self.locations}
        if self.preprocessed:
            task = job(self.preprocess()(**common, **{f"{c}_data": value for c, value in data.items()}, **self.place_of_job()), cached)
            data = {channel: task.outputs[channel] for channel in CHANNELS}
        train = self.train()
        given = {channel: data[channel] for channel in ("train", "validation") if channel in train.component_spec.inputs}
        trained = job(train(**common, **given, **self.place_of_job()), cached and not self.training.get("spot", False))
        test = data.get("test", data.get("validation"))
        evaluated = job(self.evaluate()(**common, test=test, model=trained.outputs["model"], **self.place_of_job()), cached)
        metric = evaluated.outputs["metric"]
        passed = metric >= threshold if self.operator() == ">=" else metric <= threshold
        with dsl.If(passed, name="passed"):
            service(self.register()(
                data_manifest_sha256=manifest.outputs["sha256"], model=trained.outputs["model"], report=evaluated.outputs["report"],
                manifest=manifest.outputs["manifest"], execution=manifest.outputs["execution"],
            ))
        with dsl.Else(name="refused"):
            self.refuse()(threshold=threshold, value=metric).set_caching_options(False)

    def place_of_job(self):
        return {"project": self.resources["project"], "location": self.resources["region"]}

    def threshold(self):
        return float(self.training["evaluation"]["threshold"])

    def parameters(self):
        """The pipeline's own parameters with their defaults."""
        threshold = {} if self.automatic else {"evaluation_threshold": self.threshold()}
        return {f"{CHANNELS[channel]}_data": uri for channel, uri in self.locations.items()} | threshold | {"cache_key": ""}


def service(task):
    """A step that calls services."""
    task.set_caching_options(False)
    return task.set_retry(num_retries=3, backoff_duration="30s", backoff_factor=2, backoff_max_duration="300s")


def job(task, cached):
    """A step that runs a script on a machine of its own."""
    task.set_caching_options(cached)
    return task.set_retry(num_retries=1, backoff_duration="300s", backoff_factor=2, backoff_max_duration="3600s")


def compiled(config, resources, path):
    """What the SDK's compiler makes of the pipeline of a config."""
    pipeline = Pipeline(config, resources)
    defaults = pipeline.parameters()
    types = {name: float if name == "evaluation_threshold" else str for name in defaults}
    function = signed("pipeline", types, pipeline.compose, defaults)
    compiler.Compiler().compile(dsl.pipeline(name=resources["pipelineName"])(function), str(path))
    return yaml.safe_load(Path(path).read_text())
