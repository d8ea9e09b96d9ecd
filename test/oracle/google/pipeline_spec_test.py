"""Every specification is one for Kubeflow's own parser, every job in it one for the API of Vertex AI, every image one that Google lists.

Run it in the oracle environment: python -m pytest test/oracle/google/pipeline_spec_test.py
"""
import copy
import json
import re

import kfp
import pytest
from google.cloud.aiplatform.constants import prediction
from google.cloud.aiplatform_v1.types import AcceleratorType, CustomJob
from google.protobuf import json_format
from google_cloud_pipeline_components import _image
from kfp.pipeline_spec import pipeline_spec_pb2

from pipeline_variants import ROOT, VARIANTS, definitions
from step_container import parse_step

IMAGES = json.loads((ROOT / "lib/config/facts/google-framework-images.json").read_text())["frameworks"]
MACHINES = json.loads((ROOT / "lib/config/facts/google-machine-types.json").read_text())
SDK_NAMES = {"pytorch": "pytorch", "scikit-learn": "sklearn", "xgboost": "xgboost"}


def parse(specification):
    """The specification as the parser reads it; it knows every field, or fails."""
    return json_format.ParseDict(specification, pipeline_spec_pb2.PipelineSpec(), ignore_unknown_fields=False)


@pytest.mark.parametrize("name", VARIANTS)
def test_kubeflow_parses_the_specification(name):
    specification = definitions()[name]
    parsed = parse(specification)
    # Reading and writing changes nothing: no field was of a type that only resembles the right one.
    written = json_format.MessageToDict(parsed)
    empty_caching = {"cachingOptions": {}}
    assert written == specification or without(written, empty_caching) == without(specification, empty_caching)


def without(value, entries):
    if isinstance(value, list):
        return [without(item, entries) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without(item, entries) for key, item in value.items() if (key, item) not in entries.items()}


@pytest.mark.parametrize("change", [
    lambda s: s["root"].update(task=1), lambda s: s["root"]["dag"]["tasks"]["train"].update(retryPolicy={"maxRetryCount": "often"}),
    lambda s: s["root"]["inputDefinitions"]["parameters"]["cache_key"].update(parameterType="TEXT"),
])
def test_the_parser_is_strict(change):
    broken = copy.deepcopy(definitions()["example"])
    change(broken)
    with pytest.raises(json_format.ParseError):
        parse(broken)


def test_the_versions_are_those_that_judge():
    """What the library names is what is installed here; an update of either asks for the other."""
    for specification in definitions().values():
        assert specification["sdkVersion"] == f"kfp-{kfp.__version__}"
        launchers = [e["container"]["image"] for e in specification["deploymentSpec"]["executors"].values() if "--payload" in e["container"]["args"]]
        assert set(launchers) == {_image.GCPC_IMAGE_TAG}


def jobs(specification):
    """The requests of a pipeline's jobs, by step."""
    for name, executor in specification["deploymentSpec"]["executors"].items():
        args = executor["container"]["args"]
        if "--payload" in args:
            yield name.removeprefix("exec-"), json.loads(args[args.index("--payload") + 1])


@pytest.mark.parametrize("name", VARIANTS)
def test_vertex_takes_the_jobs(name):
    found = dict(jobs(definitions()[name]))
    assert set(found) >= {"train", "evaluate"}
    for step, request in found.items():
        job = CustomJob.from_json(json.dumps(request), ignore_unknown_fields=False)
        (pool,) = job.job_spec.worker_pool_specs
        assert pool.replica_count == 1 and pool.container_spec.args[0] == step
        assert 100 <= pool.disk_spec.boot_disk_size_gb <= 64000
        assert bool(pool.machine_spec.accelerator_count) == bool(pool.machine_spec.accelerator_type)
        assert not (job.job_spec.network and job.job_spec.psc_interface_config)


def test_only_training_runs_on_spare_capacity():
    strategies = {step: request["job_spec"]["scheduling"]["strategy"] for step, request in jobs(definitions()["spot"])}
    assert strategies == {"preprocess": "STANDARD", "train": "SPOT", "evaluate": "STANDARD"}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_step_program_takes_the_arguments(name):
    """Both sides of the command line, written apart from each other: every option is known, none is missing."""
    specification = definitions()[name]
    arguments = {step: job["job_spec"]["worker_pool_specs"][0]["container_spec"] for step, job in jobs(specification)}
    for executor, container in specification["deploymentSpec"]["executors"].items():
        container = arguments.get(executor.removeprefix("exec-"), container["container"])
        options = parse_step(container["args"])
        assert options.step == executor.removeprefix("exec-")
        assert container["command"][0] == "python3" and container["command"][1].startswith("/gcs/")
    train = parse_step(arguments["train"]["args"])
    assert bool(train.checkpoints) == (name == "spot")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_placeholder_names_what_the_step_has(name):
    """A misspelt placeholder would reach the script as text."""
    specification = definitions()[name]
    for component in specification["components"].values():
        executor = specification["deploymentSpec"]["executors"].get(component.get("executorLabel"))
        for argument in executor["container"]["args"] if executor else []:
            for side, kind, key in re.findall(r"\{\{\$\.(inputs|outputs)\.(parameters|artifacts)\['([^']+)'\]", argument):
                assert key in component[f"{side.removesuffix('s')}Definitions"][kind], argument
            for rest in re.findall(r"\{\{\$\.(?!inputs\.|outputs\.)([^}]*)\}\}", argument):
                assert rest == "pipeline_job_name"


@pytest.mark.parametrize("name", VARIANTS)
def test_every_step_reads_what_an_earlier_one_makes(name):
    specification = definitions()[name]
    tasks, components = specification["root"]["dag"]["tasks"], specification["components"]
    for task in tasks.values():
        bindings = [binding for kind in task.get("inputs", {}).values() for binding in kind.values()]
        produced = [b[key] for b in bindings for key in ("taskOutputParameter", "taskOutputArtifact") if key in b]
        assert sorted({output["producerTask"] for output in produced}) == task.get("dependentTasks", [])
        for output in produced:
            made = components[tasks[output["producerTask"]]["componentRef"]["name"]]["outputDefinitions"]
            kind, key = ("parameters", "outputParameterKey") if "outputParameterKey" in output else ("artifacts", "outputArtifactKey")
            assert output[key] in made[kind]


@pytest.mark.parametrize("place", ["us", "europe", "asia"])
@pytest.mark.parametrize("name", IMAGES)
def test_google_lists_the_prediction_images(name, place):
    listed = [uri for uri in prediction.SERVING_CONTAINER_URIS if uri.startswith(f"{place}-") and f"/{SDK_NAMES[name]}-" in uri]
    ours = [image for version in IMAGES[name]["prediction"].values() for key, image in version.items() if key != "until"]
    assert {f"{place}-docker.pkg.dev/vertex-ai/prediction/{image}:latest" for image in ours} <= set(listed)
    versions = {tuple(map(int, re.search(r"\.(\d+)-(\d+):", uri).groups())) for uri in listed}
    assert max(versions) == max(tuple(map(int, version.split("."))) for version in IMAGES[name]["prediction"]), "Google lists a newer one"


def test_an_image_is_named_by_its_version_and_processor():
    for framework in IMAGES.values():
        for versions in framework.values():
            for version, images in versions.items():
                assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", images["until"])
                for processor in images.keys() & {"cpu", "gpu"}:
                    kinds = {"cpu": "(cpu|xla)", "gpu": "gpu"}[processor]
                    assert re.fullmatch(rf"[a-z]+-{kinds}\.{version.replace('.', '-')}(\.py\d+)?", images[processor])


def test_the_api_knows_the_accelerators():
    machines = MACHINES["accelerators"]
    assert {accelerator["type"] for accelerator in machines.values()} <= {kind.name for kind in AcceleratorType}
    series = {f"{name}-{size}" for name, sizes in MACHINES["training"].items() for size in sizes}
    assert set(machines) == {machine for machine in series if re.match(r"(a\d|g\d)", machine)}
