"""The training workflow runs in an emulator against a fake of Vertex AI, and ends as it must whatever the services answer.

Run it in the oracle environment, after a build: python -m pytest test/oracle/google/workflow_test.py
"""
import json
import subprocess
from pathlib import Path

import pytest

import fake_vertex
from emulator import MAX_STEPS, check_schema, execute
from fake_vertex import TOKEN, FakeVertex, Fault, Server, discovery, invalid, partial
from pipeline_variants import VARIANTS, definitions

ROOT = Path(__file__).resolve().parents[3]
EXECUTION = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
JOB = f"flight-delay-{EXECUTION}"
NOW = 1_800_000_000.5  # 20833 days and some hours
SETTINGS = {
    "project": "acme-ml", "region": "europe-west4", "pipelineName": "flight-delay", "pipelineBucket": "artifacts",
    "pipelineObject": "training/flight-delay/pipeline/ab12.json", "pipelineRoot": "gs://artifacts/training/flight-delay/executions/",
    "serviceAccount": "training@acme-ml.iam.gserviceaccount.com", "modelId": "flight-delay", "automaticApproval": False,
    "cacheDays": 30, "timeoutSeconds": 7200,
}
KMS_KEY = "projects/acme-ml/locations/europe-west4/keyRings/ml/cryptoKeys/flight-delay"
NETWORK = "projects/123456789012/global/networks/ml"
ATTACHMENT = "projects/acme-ml/regions/europe-west4/networkAttachments/ml"
PIPELINE = {
    "pipelineInfo": {"name": "flight-delay"},
    "schemaVersion": "2.1.0",
    "sdkVersion": "cdk-mlops",
    "root": {
        "inputDefinitions": {
            "parameters": {
                "training_data": {"parameterType": "STRING", "defaultValue": "gs://acme-ml/train/"},
                "evaluation_threshold": {"parameterType": "NUMBER_DOUBLE", "defaultValue": 0.8},
                "cache_key": {"parameterType": "STRING"},
            }
        },
        "dag": {"tasks": {"train": {"taskInfo": {"name": "train"}, "componentRef": {"name": "train"}}}},
    },
    "components": {"train": {"executorLabel": "train"}},
    "deploymentSpec": {
        "executors": {
            # What a specification holds that careless handling would change: quotes, line breaks, braces, null, numbers.
            "train": {"container": {"image": "image:1", "args": ["{{$.outputs.parameters['a'].output_file}}", "it's \"so\"\n\\n", "${x}"], "resources": {"cpuLimit": 4.0}}}
        },
        "note": None,
    },
}
MONITOR = "projects/acme-ml/locations/europe-west4/workflows/flight-delay-drift"
METHODS = ["objects.get", "pipelineJobs.create", "pipelineJobs.get", "models.listVersions", "models.mergeVersionAliases"]


class WatchedVertex(FakeVertex):
    """A project in which a drift monitor makes baselines: an execution goes through `progress`, one state a look."""

    def __init__(self):
        super().__init__()
        self.executions = {}  # name → argument, as it came
        self.progress = ["QUEUED", "ACTIVE", "ACTIVE", "SUCCEEDED"]  # the last one stays
        self.failed = {"payload": json.dumps("the column distance is not in the training rows"), "context": "", "stackTrace": {}}
        self.before_baseline = None  # which version was approved when the baseline was asked for

    def _workflows_executions_create(self, path, _query, body):
        workflow = f"projects/{path['projectsId']}/locations/{path['locationsId']}/workflows/{path['workflowsId']}"
        if set(body) != {"argument"} or not isinstance(body["argument"], str):
            raise invalid("argument is a JSON string, and all that an execution needs")
        self.before_baseline = approved(self)
        name = f"{workflow}/executions/{len(self.executions) + 1}"
        self.executions[name] = json.loads(body["argument"])
        return {"name": name, "state": "ACTIVE"}

    def _workflows_executions_get(self, path, query, _body):
        assert len(self.executions) >= int(path["executionsId"])
        state = self.progress.pop(0) if len(self.progress) > 1 else self.progress[0]
        shown = {"name": "x" * 1000, "state": state} | ({"error": self.failed} if state == "FAILED" else {})
        return partial(shown, {"fields": query["fields"].replace("error(payload)", "error")}, {"name", "state", "error"})


@pytest.fixture(scope="module", autouse=True)
def executions_of_workflows():
    """The fake answers the paths of Cloud Workflows' executions too."""
    methods = discovery("workflowexecutions_v1", "")
    fake_vertex.METHODS.extend(methods)
    yield
    del fake_vertex.METHODS[-len(methods) :]


@pytest.fixture(scope="module")
def library():
    """What the library makes of settings: the workflow, and the environment of each."""

    def build(**settings):
        script = """
        const { trainingWorkflow } = require('./dist/lib/google/workflows/training-workflow.js');
        const { trainingEnvironment } = require('./dist/lib/google/workflows/training-environment.js');
        const { workflowSource } = require('./dist/lib/google/workflows/workflow.js');
        const environment = trainingEnvironment(JSON.parse(process.argv[1]));
        console.log(JSON.stringify({ source: workflowSource(trainingWorkflow()), environment }));
        """
        command = ["node", "-e", script, json.dumps({**SETTINGS, **settings})]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return build


@pytest.fixture(scope="module")
def workflow(library):
    return json.loads(library()["source"])


@pytest.fixture(scope="module")
def environments(library):
    """The environment for settings; each is made once."""
    made = {}

    def of(**settings):
        key = json.dumps(settings, sort_keys=True)
        if key not in made:
            made[key] = library(**settings)["environment"]
        return made[key]

    return of


@pytest.fixture
def vertex():
    """A project with the pipeline, and with a model that has versions of earlier jobs."""
    fake = WatchedVertex()
    fake.objects["artifacts", SETTINGS["pipelineObject"]] = ("application/json", json.dumps(PIPELINE).encode())
    fake.registers = "flight-delay"
    for execution in ("first", "second", "third"):
        fake.register("flight-delay", f"flight-delay-{execution}")
    fake.models["flight-delay"][1].aliases.add("approved")
    return fake


@pytest.fixture
def train(workflow, environments, vertex):
    """Runs the workflow against the fake."""

    def run(argument=None, execution_id=EXECUTION, token=TOKEN, variables=None, **settings):
        with Server(vertex) as url:
            environment = environments(**settings) | {"VERTEX_URL": url, "STORAGE_URL": url, "EXECUTIONS_URL": url} | (variables or {})
            there = {name: value for name, value in environment.items() if value is not None}
            return execute(workflow, there, argument, execution_id, token, NOW)

    return run


def approved(vertex):
    return [version.id for version in vertex.models["flight-delay"] if "approved" in version.aliases]


def failure(execution):
    """The reason of a failed execution, which is logged once, as an error."""
    assert execution.result is None
    assert (execution.error["pipeline"], execution.error["job"]) == ("flight-delay", JOB)
    assert execution.log == [("ERROR", execution.error)]
    return execution.error["reason"]


def test_the_source_is_valid_by_the_schema_of_workflows(workflow):
    check_schema(workflow)


def test_a_training_that_succeeds(train, vertex):
    execution = train()
    assert execution.error is None
    assert execution.result == {"job": JOB, "state": "PIPELINE_STATE_SUCCEEDED", "version": "4"}
    assert list(vertex.jobs) == [JOB]
    assert approved(vertex) == ["2"]
    assert execution.log == []


def test_the_job_is_what_the_settings_say(train, vertex):
    train()
    assert vertex.jobs[JOB].body == {
        "displayName": "flight-delay",
        "pipelineSpec": PIPELINE,
        "runtimeConfig": {
            "gcsOutputDirectory": "gs://artifacts/training/flight-delay/executions/",
            "parameterValues": {"cache_key": "694"},
            "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
        },
        "labels": {"pipeline": "flight-delay", "execution": JOB},
        "serviceAccount": "training@acme-ml.iam.gserviceaccount.com",
    }


@pytest.mark.parametrize("settings, fields", [
    ({"kmsKey": KMS_KEY}, {"encryptionSpec": {"kmsKeyName": KMS_KEY}}),
    ({"network": NETWORK}, {"network": NETWORK}),
    ({"networkAttachment": ATTACHMENT}, {"pscInterfaceConfig": {"networkAttachment": ATTACHMENT}}),
    ({"kmsKey": KMS_KEY, "network": NETWORK}, {"encryptionSpec": {"kmsKeyName": KMS_KEY}, "network": NETWORK}),
])
def test_key_and_network_reach_the_job_where_they_are_set(train, vertex, settings, fields):
    assert train(**settings).error is None
    body = vertex.jobs[JOB].body
    assert {key: body[key] for key in ("encryptionSpec", "network", "pscInterfaceConfig") if key in body} == fields


def test_automatic_approval_moves_the_alias_to_the_new_version(train, vertex):
    execution = train(automaticApproval=True)
    assert execution.result["version"] == "4"
    assert approved(vertex) == ["4"]
    assert vertex.count("models.mergeVersionAliases") == 1


def test_a_version_that_is_approved_already_stays_untouched(train, vertex):
    vertex.register("flight-delay", JOB).aliases.add("approved")
    assert train(automaticApproval=True).result["version"] == "4"
    assert "4" in approved(vertex)
    assert vertex.count("models.mergeVersionAliases") == 0


@pytest.mark.parametrize("value", ["", "false", "True", "yes", None])
def test_only_true_approves(train, vertex, value):
    assert train(variables={"AUTOMATIC_APPROVAL": value}).error is None
    assert approved(vertex) == ["2"]


@pytest.mark.parametrize("automatic", [True, False])
def test_a_job_that_the_gate_refused_fails_the_execution(train, vertex, automatic):
    vertex.states[-1], vertex.error = "FAILED", {"code": 9, "message": "The DAG failed because some tasks failed. The failed tasks are: [refuse]."}
    reason = failure(train(automaticApproval=automatic))
    assert reason == (
        f"the pipeline job {JOB} ended as FAILED: The DAG failed because some tasks failed. The failed tasks are: [refuse].; "
        f"see https://console.cloud.google.com/vertex-ai/locations/europe-west4/pipelines/runs/{JOB}?project=acme-ml"
    )
    assert list(vertex.jobs) == [JOB]
    assert approved(vertex) == ["2"]
    assert len(vertex.models["flight-delay"]) == 3


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "PAUSED"])
def test_every_end_without_success_fails_the_execution(train, vertex, state):
    vertex.states[-1] = state
    assert f"ended as {state}: it gives no reason; see https://" in failure(train(automaticApproval=True))
    assert approved(vertex) == ["2"]


@pytest.mark.parametrize("kind", [429, 500, 502, 503, 504, "reset", "lost"])
@pytest.mark.parametrize("method", METHODS)
def test_trouble_that_passes_changes_nothing(train, vertex, method, kind):
    vertex.faults = [Fault(method, kind, times=2), Fault(method, kind, nth=4)]
    execution = train(automaticApproval=True)
    assert execution.error is None
    assert execution.result == {"job": JOB, "state": "PIPELINE_STATE_SUCCEEDED", "version": "4"}
    assert list(vertex.jobs) == [JOB]
    assert approved(vertex) == ["4"]
    assert vertex.count(method) >= 2


@pytest.mark.parametrize("method", METHODS)
def test_trouble_that_stays_fails_the_execution(train, vertex, method):
    vertex.faults = [Fault(method, 503, times=1000)]
    assert "HTTP 503: scripted 503" in failure(train(automaticApproval=True))
    assert vertex.count(method) == 7  # once, and six repetitions
    assert approved(vertex) == ["2"]


def test_a_refusal_is_not_repeated(train, vertex):
    vertex.faults = [Fault("pipelineJobs.create", 403, times=1000)]
    assert failure(train()) == "HTTP 403: scripted 403"
    assert vertex.count("pipelineJobs.create") == 1
    assert vertex.jobs == {}


def test_requests_carry_the_token_of_the_workflow(train, vertex):
    assert "HTTP 401" in failure(train(token="another"))
    assert vertex.jobs == {}


def test_an_answer_that_got_lost_makes_no_second_job(train, vertex):
    vertex.faults = [Fault("pipelineJobs.create", "lost")]
    assert train().result["job"] == JOB
    assert vertex.count("pipelineJobs.create") == 2
    assert list(vertex.jobs) == [JOB]


def test_an_execution_that_comes_twice_has_one_job(train, vertex):
    assert train(automaticApproval=True).result == train(automaticApproval=True).result
    assert list(vertex.jobs) == [JOB]
    assert approved(vertex) == ["4"]


@pytest.mark.parametrize("execution_id, job", [
    ("ABCdef_0.1", "flight-delay-abcdef-0-1"),
    ("f" * 100, "flight-delay-" + "f" * 50),
])
def test_every_execution_has_a_valid_job_id(train, vertex, execution_id, job):
    assert train(execution_id=execution_id).result["job"] == job
    assert list(vertex.jobs) == [job]


def test_the_time_limit_cancels_the_job(train, vertex):
    vertex.states = ["PENDING", "RUNNING"]  # and so for ever
    execution = train(timeoutSeconds=600)
    reason = failure(execution)
    assert reason.startswith(f"the pipeline job {JOB} took longer than 600 seconds and was cancelled; see https://console.cloud")
    assert vertex.jobs[JOB].state == "CANCELLING"
    assert vertex.count("pipelineJobs.get") == 21
    assert execution.slept == 600


def test_a_job_that_cannot_be_cancelled_is_named_too(train, vertex):
    vertex.states = ["RUNNING"]
    vertex.faults = [Fault("pipelineJobs.cancel", 403, times=1000)]
    assert "took longer than 60 seconds and was not cancelled: HTTP 403: scripted 403; see https" in failure(train(timeoutSeconds=60))


def test_the_longest_training_stays_below_the_steps_of_an_execution(train, vertex):
    vertex.states = ["RUNNING"]
    short, long = train(timeoutSeconds=150), train(timeoutSeconds=450)  # a look every 30 seconds: 10 looks apart
    steps_per_look = (long.steps - short.steps) / 10
    assert 10_000 * steps_per_look < MAX_STEPS  # 10,000 looks are the most that pollSeconds allows


def test_a_missing_pipeline_is_named(train, vertex):
    vertex.objects.clear()
    where = "gs://artifacts/training/flight-delay/pipeline/ab12.json"
    assert failure(train()) == (
        f"the pipeline {where} cannot be used: HTTP 404: No such object: artifacts/training/flight-delay/pipeline/ab12.json"
    )
    assert vertex.jobs == {}


@pytest.mark.parametrize("content, reason", [
    (b'{"root"', "the answer is not JSON"),
    (b'{"steps": []}', "it is no pipeline specification: it needs root and pipelineInfo"),
    (json.dumps({**PIPELINE, "note": "x" * 102400}).encode(), "bytes, and a workflow has memory for 102400"),
])
def test_what_is_no_pipeline_is_refused(train, vertex, content, reason):
    vertex.objects["artifacts", SETTINGS["pipelineObject"]] = ("application/json", content)
    got = failure(train())
    assert got.startswith("the pipeline gs://artifacts/training/flight-delay/pipeline/ab12.json cannot be used: ")
    assert reason in got
    assert vertex.jobs == {}


def test_what_vertex_refuses_of_a_pipeline_is_the_reason(train, vertex):
    wrong = json.dumps({**PIPELINE, "components": {"train": {"executer": "train"}}}).encode()
    vertex.objects["artifacts", SETTINGS["pipelineObject"]] = ("application/json", wrong)
    assert 'HTTP 400: Invalid pipelineSpec' in failure(train())
    assert vertex.jobs == {}


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
def test_a_pipeline_may_be_stored_under_any_content_type(train, vertex, content_type):
    vertex.objects["artifacts", SETTINGS["pipelineObject"]] = (content_type, json.dumps(PIPELINE).encode())
    assert train().error is None
    assert vertex.jobs[JOB].body["pipelineSpec"] == PIPELINE


@pytest.mark.parametrize("name", VARIANTS)
def test_the_pipelines_of_the_library_arrive_unchanged(train, vertex, name):
    pipeline = definitions()[name]
    vertex.objects["artifacts", SETTINGS["pipelineObject"]] = ("application/json", json.dumps(pipeline).encode())
    assert train(automaticApproval=True).error is None
    assert vertex.jobs[JOB].body["pipelineSpec"] == pipeline
    assert approved(vertex) == ["4"]


def test_a_success_without_a_version_is_a_failure(train, vertex):
    vertex.registers = None
    reason = failure(train(automaticApproval=True))
    assert reason == f"the job succeeded, but there must be one version of the model with the label execution={JOB}, got 0"
    assert approved(vertex) == ["2"]


def test_two_versions_of_one_job_are_not_approved(train, vertex):
    for _ in range(2):
        vertex.register("flight-delay", JOB)
    assert f"execution={JOB}, got 2" in failure(train(automaticApproval=True))
    assert approved(vertex) == ["2"]


def test_a_model_that_is_not_there_is_named(train, vertex):
    vertex.models.clear()
    vertex.registers = None
    assert failure(train()) == "HTTP 404: The Model flight-delay is not found."


@pytest.mark.parametrize("argument", [None, {}, {"parameters": None}, {"parameters": {}}])
def test_an_argument_may_be_empty(train, vertex, argument):
    assert train(argument).error is None
    assert vertex.jobs[JOB].body["runtimeConfig"]["parameterValues"] == {"cache_key": "694"}


def test_the_argument_replaces_parameters(train, vertex):
    parameters = {"training_data": "gs://other/train/", "evaluation_threshold": 0, "cache_key": "again"}
    assert train({"parameters": parameters}).error is None
    assert vertex.jobs[JOB].body["runtimeConfig"]["parameterValues"] == parameters


def test_an_unknown_parameter_is_refused_before_a_job_exists(train, vertex):
    reason = failure(train({"parameters": {"training_data": "gs://other/", "treshold": 0}}))
    assert reason.startswith("unknown parameter treshold; this pipeline takes ")
    assert all(name in reason for name in PIPELINE["root"]["inputDefinitions"]["parameters"])
    assert vertex.jobs == {}


@pytest.mark.parametrize("days, key", [(1, "20833"), (7, "2976"), (365, "57"), (0, JOB)])
def test_the_cache_key_counts_periods(train, vertex, days, key):
    train(cacheDays=days)
    assert vertex.jobs[JOB].body["runtimeConfig"]["parameterValues"] == {"cache_key": key}


def test_a_pipeline_without_parameters_gets_none(train, vertex):
    bare = {**PIPELINE, "root": {"dag": PIPELINE["root"]["dag"]}}
    vertex.objects["artifacts", SETTINGS["pipelineObject"]] = ("application/json", json.dumps(bare).encode())
    assert train().error is None
    assert vertex.jobs[JOB].body["runtimeConfig"]["parameterValues"] == {}


def test_a_version_has_a_baseline_before_it_is_approved(train, vertex):
    execution = train(monitorWorkflow=MONITOR, automaticApproval=True)
    assert (execution.error, execution.result["version"]) == (None, "4")
    request = {"task": "baseline", "cause": "training pipeline", "version": "4", "job": JOB}
    assert vertex.executions == {f"{MONITOR}/executions/1": request}
    assert vertex.before_baseline == ["2"]
    assert approved(vertex) == ["4"]
    assert vertex.count("workflows.executions.get") == 4


def test_without_a_monitor_nobody_is_asked_for_a_baseline(train, vertex):
    assert train().error is None
    assert vertex.executions == {}


@pytest.mark.parametrize("state, error, reason", [
    ("FAILED", {"payload": json.dumps("the column distance is not in the training rows")}, "the column distance is not in the training rows"),
    ("FAILED", {"payload": json.dumps({"code": 403, "body": {"error": {"message": "no access"}}})}, "HTTP 403: no access"),
    ("CANCELLED", None, "it gives no reason"),
])
def test_a_version_without_a_baseline_stays_unapproved(train, vertex, state, error, reason):
    vertex.progress, vertex.failed = ["ACTIVE", state], error
    assert failure(train(monitorWorkflow=MONITOR, automaticApproval=True)) == (
        f"version 4 has no baseline: {reason}; see {MONITOR}/executions/1"
    )
    assert approved(vertex) == ["2"]


def test_a_baseline_that_never_ends_fails_the_training(train, vertex):
    vertex.progress = ["UNAVAILABLE"]  # whose state nobody can tell, such as with a key that is disabled
    execution = train(monitorWorkflow=MONITOR, automaticApproval=True)
    assert failure(execution) == f"version 4 has no baseline after hours; see {MONITOR}/executions/1"
    assert approved(vertex) == ["2"]
    assert execution.slept >= 6 * 3600


@pytest.mark.parametrize("kind", [503, "reset", "lost"])
@pytest.mark.parametrize("method", ["workflows.executions.create", "workflows.executions.get"])
def test_a_baseline_outlasts_trouble_that_passes(train, vertex, method, kind):
    vertex.faults = [Fault(method, kind, times=2)]
    assert train(monitorWorkflow=MONITOR, automaticApproval=True).error is None
    assert approved(vertex) == ["4"]
    assert len({json.dumps(request) for request in vertex.executions.values()}) == 1
