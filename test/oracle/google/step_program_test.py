"""The step program in containers as Vertex makes them, against services on loopback: data manifest, scripts, registry.

Run it in the oracle environment: python -m pytest test/oracle/google/step_program_test.py
"""
import ast
import hashlib
import json
import re
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from google.cloud.aiplatform_v1.types import UploadModelRequest
from google.protobuf import json_format

from fake_google import Table
from fake_vertex import Fault
from step_container import (
    BUCKET, JOB, ROOT, SERVING_PROGRAM, STEP_PROGRAM, google, pipeline, refusal, succeeded,  # noqa: F401
)  # fmt: skip

TRAIN = "gs://acme-ml-data/flights/train/"
ROWS = [{"distance": 100, "delayed": 0}, {"distance": 200, "delayed": 1}, {"distance": 300, "delayed": 0}]


def lines_of(pipeline, task="data-manifest"):
    return [json.loads(line) for line in (pipeline.path(task, "manifest") / "manifest.jsonl").read_text().splitlines()]


def sha256_of(pipeline, task="data-manifest"):
    return pipeline.path(task, "sha256").read_text()


# --- the program itself


PROGRAMS = {STEP_PROGRAM: "step", SERVING_PROGRAM: "serve"}
every_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)


def modules_of(program):
    """Every module in the zip, by its path there."""
    with zipfile.ZipFile(program) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@every_program
def test_programs_are_the_modules_of_their_folders_and_the_same_bytes_each_time(program):
    folder = ROOT / "lib/runtime/google" / PROGRAMS[program]
    modules = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}
    assert modules_of(program) == modules and "__main__.py" in modules
    with zipfile.ZipFile(program) as archive:
        assert archive.namelist() == sorted(modules)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@every_program
def test_programs_read_on_the_oldest_python_of_an_image(program):
    """Syntax of Python 3.7, nothing besides the standard library at the top, and no text that Terraform would replace."""
    for name, source in modules_of(program).items():
        tree = ast.parse(source, feature_version=(3, 7))
        imported = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module.split(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom)}
        assert imported <= {*sys.stdlib_module_names, program.stem}, name
        assert "${" not in source and "%{" not in source, name


def test_unknown_step_and_missing_option_are_usage_errors(pipeline):
    assert pipeline.run("retrain").returncode == 2
    done = pipeline.run("preprocess", "--script", "preprocess.py")
    assert done.returncode == 2 and "--source" in done.stderr


# --- data-manifest: Cloud Storage


def test_manifest_names_every_file_and_its_hash_speaks_of_content(pipeline, google):
    google.put(TRAIN + "b.csv", "bb")
    google.put(TRAIN + "a/part 1.csv", "a")
    google.put(TRAIN + "ä.csv", "ä")
    google.put(TRAIN + "Z.csv", "Z")
    google.put("gs://acme-ml-data/flights/train2/x.csv", "another folder")
    google.put("gs://other/test.csv", "test")
    google.composed.add(TRAIN + "b.csv")
    (google.root / "acme-ml-data/flights/train/by-hand").mkdir()
    google.page_size = 2

    succeeded(pipeline.data_manifest(train=TRAIN, test="gs://other/test.csv"))

    entries = lines_of(pipeline)
    names = [(entry["channel"], entry["key"]) for entry in entries]
    assert names == [("train", TRAIN + name) for name in ("Z.csv", "a/part 1.csv", "b.csv", "ä.csv")] + [("test", "gs://other/test.csv")]
    assert all(entry["generation"] for entry in entries)
    assert [sorted(set(entry) & {"md5", "crc32c"}) for entry in entries] == [["md5"], ["md5"], ["crc32c"], ["md5"], ["md5"]]
    assert [entry["size"] for entry in entries] == [1, 1, 2, 2, 4]
    content = [{key: entry[key] for key in entry if key != "generation"} for entry in entries]
    text = "".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in content)
    assert sha256_of(pipeline) == hashlib.sha256(text.encode()).hexdigest()
    assert pipeline.path("data-manifest", "train").read_text() == TRAIN
    assert pipeline.path("data-manifest", "test").read_text() == "gs://other/test.csv"


def test_location_without_a_slash_is_the_same_folder(pipeline, google):
    google.put(TRAIN + "a.csv")
    google.put("gs://acme-ml-data/flights/train-old/a.csv")
    succeeded(pipeline.data_manifest(train=TRAIN.rstrip("/")))
    assert [entry["key"] for entry in lines_of(pipeline)] == [TRAIN + "a.csv"]


def test_same_bytes_are_the_same_data_other_bytes_are_not(pipeline, google):
    google.put(TRAIN + "a.csv", "one")
    hashes = []
    for task, content in (("first", None), ("again", "one"), ("changed", "two"), ("back", "one")):
        if content:
            time.sleep(0.01)  # a new generation
            google.put(TRAIN + "a.csv", content)
        succeeded(pipeline.data_manifest(task=task, job=f"train-{task}", train=TRAIN))
        hashes.append(sha256_of(pipeline, task))
    first, again, changed, back = hashes
    assert first == again == back != changed
    assert lines_of(pipeline, "first") != lines_of(pipeline, "again"), "another generation"
    google.put(TRAIN + "b.csv", "more")
    succeeded(pipeline.data_manifest(task="more", train=TRAIN))
    assert sha256_of(pipeline, "more") != first
    succeeded(pipeline.data_manifest(task="channel", validation=TRAIN, train=TRAIN))
    assert sha256_of(pipeline, "channel") != sha256_of(pipeline, "more")


def test_lineage_has_the_keys_of_aws(pipeline, google):
    google.put(TRAIN + "a.csv", "abc")
    google.put("gs://v/v.csv", "v")
    succeeded(pipeline.data_manifest(train=TRAIN, validation="gs://v/", hyperparameters={"eta": 0.1, "booster": "gbtree"}))
    manifest = pipeline.uri("data-manifest", "manifest") + "/manifest.jsonl"
    assert json.loads((pipeline.path("data-manifest", "execution") / "lineage.json").read_text()) == {
        "executionId": JOB,
        "code": {"version": "c0de" * 16, "uri": f"gs://{BUCKET}/training/flights/source/c0de.tgz"},
        "image": "image:1",
        "hyperparameters": {"eta": 0.1, "booster": "gbtree"},
        "data": {
            "training": TRAIN,
            "validation": "gs://v/",
            "manifest": {"manifestUri": manifest, "manifestSha256": sha256_of(pipeline), "objectCount": 2, "totalBytes": 4},
        },
    }


# Runs a program as `python program …` does, and writes its largest memory in kilobytes.
MEASURED = """
import resource, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_huge_folders_are_streamed(pipeline, google, monkeypatch):
    (google.root / "acme-ml-data").mkdir()
    command = pipeline.command
    monkeypatch.setattr(pipeline, "command", lambda *arguments: [command()[0], "-c", MEASURED, *command(*arguments)[1:]])
    memory = {}
    for files in (1_000, 200_000):
        google.many["acme-ml-data", "flights/train/"] = files
        memory[files] = int(succeeded(pipeline.data_manifest(train=TRAIN)).split()[-1])
        assert len(lines_of(pipeline)) == files
    assert memory[200_000] - memory[1_000] < 20_000, memory  # the entries alone would be three times as many


def test_files_that_change_while_they_are_listed_leave_a_valid_manifest(pipeline, google):
    for number in range(6):
        google.put(TRAIN + f"{number}.csv", "old")
    google.page_size = 2
    list_page = google._objects_list

    def change(path, query, body):
        answer = list_page(path, query, body)
        if query.get("pageToken", "").endswith("1.csv"):
            (google.root / "acme-ml-data/flights/train/0.csv").unlink()
            google.put(TRAIN + "5.csv", "newer")
            google.put(TRAIN + "9.csv", "new")
        return answer

    google._objects_list = change
    succeeded(pipeline.data_manifest(train=TRAIN))
    keys = [entry["key"].rsplit("/", 1)[1] for entry in lines_of(pipeline)]
    assert keys == ["0.csv", "1.csv", "2.csv", "3.csv", "4.csv", "5.csv", "9.csv"], "each file once, in the order of names"
    assert lines_of(pipeline)[5]["size"] == len("newer")


def test_busy_services_are_asked_again(pipeline, google):
    for number in range(5):
        google.put(TRAIN + f"{number}.csv")
    google.page_size = 2
    google.faults = [
        Fault("token", 503), Fault("objects.list", 429), Fault("objects.list", 503, nth=2, times=2), Fault("objects.list", "reset", nth=5),
        Fault("objects.list", "lost", nth=7),
    ]  # fmt: skip
    succeeded(pipeline.data_manifest(train=TRAIN))
    assert len(lines_of(pipeline)) == 5
    assert google.count("token") == 2, "one token for all requests"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"train": "gs://acme-ml-data/empty/"}, "no train data: gs://acme-ml-data/empty/ holds no file; put data there or change"),
        ({"train": TRAIN, "test": "gs://acme-ml-data/empty/"}, "no test data: gs://acme-ml-data/empty/ holds no file"),
        ({"train": "gs://acme-ml-data/by-hand/"}, "no train data"),
        ({"train": "gs://acme-ml-data/flights/trai"}, "no train data"),
        ({"train": "gs://no-bucket/x/"}, r"was answered 404: The specified bucket no-bucket is not found"),
        ({"train": "s3://acme/x/"}, r"got 's3://acme/x/', allowed are gs://bucket/folder/ and bq://project.dataset.table"),
        ({"train": "bq://acme-ml.flights"}, r"got 'bq://acme-ml.flights', a table is bq://project.dataset.table"),
    ],
)
def test_data_that_is_not_there_is_named_and_leaves_no_manifest(pipeline, google, data, message):
    google.put(TRAIN + "a.csv")
    (google.root / "acme-ml-data/by-hand").mkdir()
    assert re.search(message, refusal(pipeline.data_manifest(**data)))
    assert not pipeline.path("data-manifest", "manifest").exists() and not pipeline.path("data-manifest", "sha256").exists()


def test_refused_request_is_not_repeated(pipeline, google):
    google.put(TRAIN + "a.csv")
    google.faults = [Fault("objects.list", 403, times=9)]
    assert "was answered 403: scripted 403" in refusal(pipeline.data_manifest(train=TRAIN))
    assert google.count("objects.list") == 1


def test_service_that_stays_away_ends_the_step(pipeline, google):
    google.put(TRAIN + "a.csv")
    google.faults = [Fault("objects.list", "reset", times=99)]
    assert "got no answer" in refusal(pipeline.data_manifest(train=TRAIN))
    assert google.count("objects.list") == 7


def test_job_name_that_no_label_holds_is_refused_before_training(pipeline, google):
    google.put(TRAIN + "a.csv")
    assert "at most 63" in refusal(pipeline.data_manifest(job="t" * 64, train=TRAIN))


# --- data-manifest: BigQuery


def exported(pipeline, channel="train", task="data-manifest"):
    uri = pipeline.path(task, channel).read_text()
    assert uri.startswith(f"gs://{BUCKET}/training/flights/data/"), uri
    return sorted((pipeline.google.root / uri.removeprefix("gs://")).iterdir())


@pytest.mark.parametrize(("file_format", "ending"), [("csv", "csv"), ("jsonlines", "jsonl"), ("parquet", "parquet")])
def test_table_is_exported_in_the_format_of_the_data(pipeline, google, file_format, ending):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    succeeded(pipeline.data_manifest(train="bq://acme-ml.flights.train", file_format=file_format))
    files = exported(pipeline)
    assert [file.name for file in files] == [f"part-{number:012d}.{ending}" for number in (0, 1)]
    if file_format == "csv":
        assert files[0].read_text() == "distance,delayed\n100,0\n300,0\n"
    (entry,) = lines_of(pipeline)
    table = google._tables_get({"projectsId": "acme-ml", "datasetsId": "flights", "tablesId": "train"}, {}, {})
    facts = {name: table[name] for name in ("etag", "lastModifiedTime", "numRows")}
    assert entry == {"channel": "train", "key": "bq://acme-ml.flights.train", **facts, "size": int(table["numBytes"])}


def test_table_is_exported_once_per_content(pipeline, google):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    for task in ("one", "two"):
        succeeded(pipeline.data_manifest(task=task, job=f"train-{task}", train="bq://acme-ml.flights.train"))
    assert google.count("jobs.insert") == 1 and sha256_of(pipeline, "one") == sha256_of(pipeline, "two")
    google.tables["acme-ml.flights.train"].writes += 1
    succeeded(pipeline.data_manifest(task="three", job="train-three", train="bq://acme-ml.flights.train"))
    assert google.count("jobs.insert") == 2 and sha256_of(pipeline, "three") != sha256_of(pipeline, "one")
    exported(pipeline, task="three")[0].unlink()
    succeeded(pipeline.data_manifest(task="four", job="train-four", train="bq://acme-ml.flights.train"))
    assert google.count("jobs.insert") == 3, "an export that lost a file is made again"
    assert len(exported(pipeline, task="four")) == 2


def test_same_table_in_two_channels_is_exported_once(pipeline, google):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    succeeded(pipeline.data_manifest(train="bq://acme-ml.flights.train", validation="bq://acme-ml.flights.train"))
    assert google.count("jobs.insert") == 1 and exported(pipeline, "validation") == exported(pipeline, "train")


def test_export_survives_lost_answers_and_quota(pipeline, google):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    google.faults = [Fault("jobs.insert", "rate limit"), Fault("jobs.insert", "lost", nth=2), Fault("jobs.get", 503, times=2)]
    google.failures = [{"reason": "backendError", "message": "Retrying the job may solve the problem"}]
    succeeded(pipeline.data_manifest(train="bq://acme-ml.flights.train"))
    assert len(google.jobs) == 2, "the failed export, and the next"
    assert len(exported(pipeline)) == 2, "no file of the failed one among them"


def test_step_that_starts_again_waits_for_its_own_export(pipeline, google):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    google.duration = 10**9
    assert "has not ended within" in refusal(with_limit(pipeline, train="bq://acme-ml.flights.train"))
    for _, work in google.jobs.values():
        work.requests = 2
    succeeded(pipeline.data_manifest(train="bq://acme-ml.flights.train"))
    assert len(google.jobs) == 1


def with_limit(pipeline, **data):
    environment = pipeline.environment
    pipeline.environment = lambda base=None: {**environment(base), "MLOPS_OPERATION_SECONDS": "0.3"}
    try:
        return pipeline.data_manifest(**data)
    finally:
        pipeline.environment = environment


def test_partial_export_of_another_execution_is_not_read(pipeline, google):
    google.tables["acme-ml.flights.train"] = Table(ROWS)
    succeeded(pipeline.data_manifest(task="one", job="train-one", train="bq://acme-ml.flights.train"))
    folder = exported(pipeline, task="one")[0].parent.parent
    next(folder.parent.glob("*.json")).unlink()  # as if it had been stopped before its end
    succeeded(pipeline.data_manifest(task="two", job="train-two", train="bq://acme-ml.flights.train"))
    files = exported(pipeline, task="two")
    assert files[0].parent != exported(pipeline, task="one")[0].parent and len(files) == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table([]), "no train data: bq://acme-ml.flights.train has no row"),
        (Table(ROWS, type="VIEW"), "is of type view, which BigQuery does not export; write it to a table and name that"),
        (Table(ROWS, type="MATERIALIZED_VIEW"), "is of type materialized view"),
        (Table([{"tags": [1]}]), "failed: Operation cannot be performed on a nested schema. Field: tags"),
        (None, "was answered 404: Not found: Table acme-ml:flights.train"),
    ],
)
def test_table_that_cannot_be_read_is_refused(pipeline, google, table, message):
    google.tables.update({} if table is None else {"acme-ml.flights.train": table})
    assert message in refusal(pipeline.data_manifest(train="bq://acme-ml.flights.train"))
    assert not pipeline.path("data-manifest", "manifest").exists()


def test_table_that_changes_while_it_is_exported_is_refused(pipeline, google):
    table = google.tables["acme-ml.flights.train"] = Table(ROWS)

    def write():
        table.writes += 1

    google.during_export = write
    assert "changed while it was exported" in refusal(pipeline.data_manifest(train="bq://acme-ml.flights.train"))
    google.during_export = lambda: None
    succeeded(pipeline.data_manifest(train="bq://acme-ml.flights.train"))


# --- the scripts

PREPROCESS = """
import os, pathlib
source, out = (pathlib.Path(os.environ[name]) for name in ("MLOPS_INPUT_DIR", "MLOPS_OUTPUT_DIR"))
rows = "".join(file.read_text() for file in sorted((source / "train").rglob("*.csv")))
for name in ("train", "validation", "test"):
    (out / name / "deep").mkdir(parents=True)
    (out / name / "deep/rows.csv").write_text(name + rows + os.environ["DATA_MANIFEST_SHA256"])
print("preprocessed", sorted(os.listdir(source)), os.getcwd())
"""


def preprocess(pipeline, script="preprocess.py", source=None, inputs=None, **variables):
    outputs = [f"{name}={pipeline.path('preprocess', name)}" for name in ("train", "validation", "test")]
    inputs = [part for item in (inputs or [f"train={TRAIN}"]) for part in ("--input", item)]
    source = source or f"gs://{BUCKET}/training/flights/source/c0de.tgz"
    return pipeline.run(
        "preprocess", "--source", source, "--script", script, "--data-manifest-sha256", "da7a", *inputs, "--output", *outputs, **variables
    )  # fmt: skip


def test_preprocess_has_sagemakers_folders_and_delivers_its_own(pipeline, google):
    google.put(TRAIN + "a.csv", " a")
    google.put(TRAIN + "sub/b.csv", " b ")
    google.put("gs://v/single.csv", "v")
    pipeline.pack({"preprocess.py": PREPROCESS})
    log = succeeded(preprocess(pipeline, inputs=[f"train={TRAIN}", "validation=gs://v/single.csv", "test="]))
    assert "preprocessed ['train', 'validation']" in log and "/opt/ml/code" in log
    for name in ("train", "validation", "test"):
        assert (pipeline.path("preprocess", name) / "deep/rows.csv").read_text() == f"{name} a b da7a"


def make_wheel(folder):
    """A package that pip installs without a network."""
    wheel = folder / "fake_dependency-1-py3-none-any.whl"
    about = "fake_dependency-1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("fake_dependency.py", "VALUE = 42")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: fake-dependency\nVersion: 1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


def test_requirements_are_installed_before_the_script(pipeline, google):
    google.put(TRAIN + "a.csv")
    target = str(pipeline.folder / "site")
    pip = {"PIP_TARGET": target, "PYTHONPATH": target, "PIP_NO_INDEX": "1"}
    pipeline.pack({"preprocess.py": "import fake_dependency\n" + PREPROCESS, "requirements.txt": str(make_wheel(pipeline.folder))})
    succeeded(preprocess(pipeline, **pip))
    pipeline.pack({"requirements.txt": "no-such-package-of-cdk-mlops"})
    assert "requirements.txt could not be installed" in refusal(preprocess(pipeline, **pip))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit(3)", "preprocess.py ended with code 3"),
        ("raise ValueError('no')", "preprocess.py ended with code 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "preprocess.py ended with signal 9, often for want of memory"),
        ("", "preprocess.py left no file in train/, validation/, test/: it writes"),
        (PREPROCESS.replace('("train", "validation", "test")', '("train", "test")'), "left no file in validation/"),
    ],
)
def test_script_that_fails_or_leaves_nothing_fails_the_step_and_delivers_nothing(pipeline, google, script, message):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"preprocess.py": script})
    done = preprocess(pipeline)
    assert done.returncode == 1 and message in done.stderr.splitlines()[-1]
    assert not pipeline.path("preprocess", "train").exists()


def test_sources_and_inputs_that_are_not_there_are_named(pipeline, google):
    source = pipeline.pack({"preprocess.py": PREPROCESS})
    assert f"input train: nothing lies at {TRAIN}" in refusal(preprocess(pipeline))
    google.put(TRAIN + "a.csv")
    assert "holds no prepare.py" in refusal(preprocess(pipeline, script="prepare.py"))
    assert "cannot be unpacked" in refusal(preprocess(pipeline, source="gs://acme-ml-artifacts/other.tgz"))
    archive = google.root / source.removeprefix("gs://")
    whole = archive.read_bytes()
    for broken in (whole[: len(whole) // 2], b"not a tar", b"", whole[:20] + b"\xff" * 40 + whole[60:]):
        archive.write_bytes(broken)
        assert "c0de.tgz cannot be unpacked" in refusal(preprocess(pipeline))


def test_outputs_replace_what_an_earlier_attempt_left(pipeline, google):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"preprocess.py": PREPROCESS})
    stale = pipeline.path("preprocess", "train") / "stale.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("half")
    succeeded(preprocess(pipeline))
    assert not stale.exists()


def test_output_that_cannot_be_written_fails_the_step(pipeline, google):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"preprocess.py": PREPROCESS})
    blocked = pipeline.path("preprocess", "")
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder has to be")
    done = preprocess(pipeline)
    assert "cannot be written" in refusal(done) and "attempt 7 of 7" in done.stderr


TRAIN_SCRIPT = """
import argparse, json, os, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--max_depth", type=int)
parser.add_argument("--eta", type=float)
parser.add_argument("-k")
parser.add_argument("--fast")
options = parser.parse_args()
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
seen = {name: value for name, value in os.environ.items() if name.startswith(("SM_", "MLOPS_TRAINING", "DATA_"))}
(model / "seen.json").write_text(json.dumps({"options": vars(options), "variables": seen, "argv": sys.argv[1:]}))
pathlib.Path("written-by-the-script.txt").write_text("left beside the scripts")
import helper
"""
HYPERPARAMETERS = ["--", "--max_depth", "6", "--eta", "-0.5", "-k", "text", "--fast", "True"]


def train(pipeline, *options, arguments=HYPERPARAMETERS, **variables):
    source = f"gs://{BUCKET}/training/flights/source/c0de.tgz"
    return pipeline.run(
        "train", "--source", source, "--script", "train.py", "--data-manifest-sha256", "da7a", "--input", f"train={TRAIN}",
        "--model", pipeline.path("train", "model"), *options, *arguments, **variables,
    )  # fmt: skip


def test_train_tells_a_script_what_sagemaker_tells(pipeline, google):
    google.put(TRAIN + "a.csv", "a")
    google.put("gs://v/v.csv", "v")
    pipeline.pack({"train.py": TRAIN_SCRIPT, "helper.py": "", "pkg/mod.py": "", "mlops.json": '{"format": "csv"}'})
    succeeded(train(pipeline, "--input", "validation=gs://v/"))
    model = pipeline.path("train", "model")
    seen = json.loads((model / "seen.json").read_text())
    assert seen["options"] == {"max_depth": 6, "eta": -0.5, "k": "text", "fast": "True"}
    variables = seen["variables"]
    base = str(pipeline.folder / "container-1/opt/ml")
    expected = {
        "SM_CHANNEL_TRAIN": f"{base}/input/data/train", "SM_CHANNEL_VALIDATION": f"{base}/input/data/validation",
        "SM_CHANNEL_CODE": f"{base}/input/data/code", "SM_MODEL_DIR": f"{base}/model", "SM_OUTPUT_DATA_DIR": f"{base}/output/data",
        "SM_OUTPUT_DIR": f"{base}/output", "SM_NUM_GPUS": "0", "SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1",
        "SM_CHANNELS": '["code", "train", "validation"]', "SM_HP_MAX_DEPTH": "6", "SM_HP_K": "text", "SM_HP_FAST": "true",
        "MLOPS_TRAINING_SCRIPT": "train.py", "DATA_MANIFEST_SHA256": "da7a", "SM_USER_ENTRY_POINT": "train.py",
    }  # fmt: skip
    assert {name: variables.get(name) for name in expected} == expected
    assert json.loads(variables["SM_HPS"]) == {"max_depth": 6, "eta": -0.5, "k": "text", "fast": True}
    assert json.loads(variables["SM_USER_ARGS"]) == HYPERPARAMETERS[1:] == seen["argv"]
    assert int(variables["SM_NUM_CPUS"]) >= 1


def test_variables_mean_what_sagemakers_toolkit_sets(pipeline, google):
    """The names that the toolkit sets on one machine, written down from sagemaker-training 5.1.4; the rest speaks of clusters."""
    google.put(TRAIN + "a.csv")
    pipeline.pack({"train.py": TRAIN_SCRIPT, "helper.py": ""})
    succeeded(train(pipeline))
    variables = set(json.loads((pipeline.path("train", "model") / "seen.json").read_text())["variables"])
    toolkit = {
        "HOSTS", "HPS", "USER_ENTRY_POINT", "OUTPUT_DATA_DIR", "CHANNELS", "CURRENT_HOST", "MODULE_NAME", "LOG_LEVEL", "INPUT_DIR",
        "INPUT_CONFIG_DIR", "OUTPUT_DIR", "NUM_CPUS", "NUM_GPUS", "MODEL_DIR", "MODULE_DIR", "USER_ARGS",
    }  # fmt: skip
    assert {f"SM_{name}" for name in toolkit} <= variables


def test_model_carries_the_source_and_what_the_script_left_beside_it(pipeline, google):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"train.py": TRAIN_SCRIPT, "helper.py": "", "pkg/mod.py": "x = 1"})
    succeeded(train(pipeline))
    model = pipeline.path("train", "model")
    files = {str(path.relative_to(model)) for path in model.rglob("*") if path.is_file()}
    code = {"train.py", "helper.py", "pkg/mod.py", "mlops.json", "cdk_mlops_serve.pyz", "written-by-the-script.txt"}
    assert files == {"seen.json", *(f"code/{name}" for name in code)}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import os; os._exit(4)", "train.py ended with code 4"),
        ("import no_such_module", "train.py ended with code 1"),
        ("print('done')", "train.py left no file in SM_MODEL_DIR"),
    ],
)
def test_training_that_fails_leaves_no_model(pipeline, google, script, message):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"train.py": script})
    done = train(pipeline)
    assert done.returncode == 1 and message in done.stderr.splitlines()[-1]
    assert not pipeline.path("train", "model").exists()


CHECKPOINTS = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ["SM_MODEL_DIR"]).with_name("checkpoints")
(pathlib.Path(os.environ["SM_MODEL_DIR"]) / "model.txt").write_text(",".join(sorted(file.name for file in folder.iterdir())))
def stop(*_):
    (folder / "saved").write_text("state")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if not (folder / "saved").exists():
    print("training", flush=True)
    time.sleep(60)
"""


def test_stopped_training_keeps_its_checkpoints_and_leaves_no_model(pipeline, google):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"train.py": CHECKPOINTS})
    checkpoints = f"gs://{BUCKET}/training/flights/checkpoints/{JOB}/"
    options = ["--source", f"gs://{BUCKET}/training/flights/source/c0de.tgz", "--script", "train.py", "--data-manifest-sha256", "da7a"]
    options += ["--input", f"train={TRAIN}", "--model", pipeline.path("train", "model"), "--checkpoints", checkpoints, "--"]
    command, env = pipeline.command("train", *options), pipeline.environment()
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as step:
        assert "training\n" in iter(step.stdout.readline, "")
        step.send_signal(signal.SIGTERM)
        _, errors = step.communicate(timeout=30)
    assert step.returncode == 1 and "the job was told to stop; train.py ended with code 0" in errors
    assert not pipeline.path("train", "model").exists()
    assert (google.root / checkpoints.removeprefix("gs://") / "saved").read_text() == "state"

    succeeded(pipeline.run("train", *options))  # another container: only the checkpoints are left
    assert (pipeline.path("train", "model") / "model.txt").read_text() == "saved"


def test_scripts_run_where_the_images_user_may_not_write(pipeline, google):
    google.put(TRAIN + "a.csv")
    pipeline.pack({"train.py": TRAIN_SCRIPT, "helper.py": ""})
    (pipeline.folder / "file").write_text("")
    succeeded(train(pipeline, SAGEMAKER_BASE_DIR=str(pipeline.folder / "file/opt/ml")))
    seen = json.loads((pipeline.path("train", "model") / "seen.json").read_text())
    assert "/mlops-" in seen["variables"]["SM_MODEL_DIR"]


EVALUATE = """
import json, os, pathlib, tarfile
source, out = (pathlib.Path(os.environ[name]) for name in ("MLOPS_INPUT_DIR", "MLOPS_OUTPUT_DIR"))
with tarfile.open(source / "model/model.tar.gz") as tar:
    names = sorted(name for name in tar.getnames())
assert (source / "test/t.csv").read_text() == "t"
(out / "evaluation").mkdir(parents=True)
(out / "evaluation/evaluation.json").write_text(REPORT)
print(names)
"""


def evaluate(pipeline, report, script=EVALUATE):
    pipeline.google.put("gs://t/t.csv", "t")
    if not pipeline.path("train", "model").exists():
        pipeline.google.put(pipeline.uri("train", "model") + "/model.json", "{}")
        pipeline.google.put(pipeline.uri("train", "model") + "/code/inference.py", "")
    pipeline.pack({"evaluate.py": script.replace("REPORT", repr(report))})
    return pipeline.run(
        "evaluate", "--source", f"gs://{BUCKET}/training/flights/source/c0de.tgz", "--script", "evaluate.py",
        "--data-manifest-sha256", "da7a", "--input", f"model={pipeline.path('train', 'model')}", "--input", "test=gs://t/",
        "--metric", "auc", "--report", pipeline.path("evaluate", "report") / "evaluation.json",
        "--output-parameter", f"metric={pipeline.path('evaluate', 'metric')}",
    )  # fmt: skip


def test_evaluate_delivers_the_predictions_beside_the_report(pipeline):
    script = EVALUATE + '(out / "evaluation/predictions.csv").write_text("score\\n0.5\\n")\n(out / "evaluation/other.csv").write_text("no")\n'
    succeeded(evaluate(pipeline, '{"metrics": {"auc": {"value": 0.9}}}', script=script))
    folder = pipeline.path("evaluate", "report")
    assert sorted(file.name for file in folder.iterdir()) == ["evaluation.json", "predictions.csv"]
    assert (folder / "predictions.csv").read_text() == "score\n0.5\n"


def test_evaluate_packs_the_model_and_hands_the_metric_on(pipeline):
    report = '{"metrics": {"auc": {"value": 0.8812345678901234}, "rows": {"value": 7}}}'
    log = succeeded(evaluate(pipeline, report))
    assert "'./code/inference.py'" in log and "'./model.json'" in log
    assert float(pipeline.path("evaluate", "metric").read_text()) == 0.8812345678901234
    assert json.loads((pipeline.path("evaluate", "report") / "evaluation.json").read_text()) == json.loads(report)


@pytest.mark.parametrize("value", ["0", "1", "-1e-07", "1e300"])
def test_every_finite_number_is_a_metric(pipeline, value):
    succeeded(evaluate(pipeline, f'{{"metrics": {{"auc": {{"value": {value}}}}}}}'))
    assert float(pipeline.path("evaluate", "metric").read_text()) == float(value)


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ('{"metrics": {"auc": {"value": NaN}}}', "has metrics.auc.value NaN: it must be a finite number"),
        ('{"metrics": {"auc": {"value": Infinity}}}', "has metrics.auc.value Infinity"),
        ('{"metrics": {"auc": {"value": "0.9"}}}', 'has metrics.auc.value "0.9"'),
        ('{"metrics": {"auc": {"value": true}}}', "has metrics.auc.value true"),
        ('{"metrics": {"auc": {"value": null}}}', "has metrics.auc.value null"),
        ('{"metrics": {"accuracy": {"value": 1}}}', "lacks metrics.auc.value: it has accuracy"),
        ('{"metrics": {"auc": 0.9}}', "lacks metrics.auc.value"),
        ('{"metrics": []}', "lacks metrics.auc.value"),
        ("[]", "lacks metrics.auc.value"),
        ("{", "the evaluation report at"),
        ("", "the evaluation report at"),
    ],
)
def test_report_that_a_gate_cannot_compare_is_refused(pipeline, report, message):
    assert message in refusal(evaluate(pipeline, report))
    assert not pipeline.path("evaluate", "metric").exists()


def test_missing_report_and_missing_model_are_named(pipeline, google):
    pipeline.path("train", "model").mkdir(parents=True)
    assert "input model: no file lies at" in refusal(evaluate(pipeline, "{}"))
    google.put(pipeline.uri("train", "model") + "/model.json")
    assert "evaluate.py left no evaluation/evaluation.json" in refusal(evaluate(pipeline, "", script="print('nothing')"))


# --- register, refuse


@pytest.fixture
def trained(pipeline, google):
    """What the steps before registration leave."""
    google.put(pipeline.uri("train", "model") + "/model.json", "{}")
    google.put(pipeline.uri("train", "model") + "/code/inference.py", "")
    google.put(pipeline.uri("train", "model") + "/code/cdk_mlops_serve.pyz", "")
    google.put(pipeline.uri("evaluate", "report") + "/evaluation.json", '{"metrics": {"auc": {"value": 0.9}, "rows": {"value": 7}}}')
    google.put(pipeline.uri("data-manifest", "execution") + "/lineage.json", '{"hyperparameters": {"max_depth": 6}}')
    return pipeline


SCRIPTED = ["--entry-point", "inference.py", "--framework", "xgboost"]


def test_first_upload_names_the_model_later_ones_add_versions(trained, google):
    for number, job in enumerate((JOB, "train-two", "train-three"), start=1):
        succeeded(trained.register(*SCRIPTED, job=job))
        assert trained.path("register", "version").read_text() == str(number)
    versions = google.models["flights"]
    assert [version["labels"]["execution"] for version in versions] == [JOB, "train-two", "train-three"]
    assert google.count("models.upload") == 3


def test_version_says_where_it_comes_from_and_how_it_answers(trained, google):
    environment = json.dumps({"LOG_LEVEL": "debug", "PATTERN": "$(HOME)"})
    key = "projects/acme-ml/locations/europe-west4/keyRings/r/cryptoKeys/k"
    account = "jobs@acme-ml.iam.gserviceaccount.com"
    uploaded = []
    upload = google._models_upload
    google._models_upload = lambda path, query, body: (uploaded.append(body), upload(path, query, body))[1]
    succeeded(trained.register(*SCRIPTED, "--environment", environment, "--kms-key", key, "--service-account", account))

    (body,) = uploaded
    request = json_format.ParseDict(body, UploadModelRequest.pb(UploadModelRequest()), ignore_unknown_fields=False)
    model = request.model
    assert request.model_id == "flights" and not request.parent_model and request.service_account == account
    assert model.artifact_uri == trained.uri("train", "model") and model.encryption_spec.kms_key_name == key
    assert dict(model.labels) == {"execution": JOB, "code_version": ("c0de" * 16)[:63], "data_manifest": ("da7a" * 16)[:63]}
    assert model.version_description == f"auc 0.9; lineage: {trained.uri('data-manifest', 'execution')}/lineage.json"
    container = model.container_spec
    assert list(container.command)[:-1] == ["python3", "-u", "-c"] and "$(" not in container.command[-1]
    assert (container.health_route, container.predict_route, container.ports[0].container_port) == ("/ping", "/invocations", 8080)
    assert {item.name: item.value for item in container.env} == {
        "LOG_LEVEL": "debug", "PATTERN": "$$(HOME)", "MLOPS_INFERENCE_SCRIPT": "inference.py", "MLOPS_FRAMEWORK": "xgboost",
        "MLOPS_REQUEST_FORMAT": "csv",
    }  # fmt: skip
    assert not model.version_aliases

    assert json.loads((trained.path("register", "lineage") / "lineage.json").read_text()) == {
        "executionId": JOB,
        "codeVersion": "c0de" * 16,
        "dataManifestUri": trained.uri("data-manifest", "manifest") + "/manifest.jsonl",
        "dataManifestSha256": "da7a" * 16,
        "lineageUri": trained.uri("data-manifest", "execution") + "/lineage.json",
        "hyperparameters": {"max_depth": 6},
        "metrics": {"auc": {"value": 0.9}, "rows": {"value": 7}},
        "model": "projects/acme-ml/locations/europe-west4/models/flights@1",
    }


def test_images_without_a_script_answer_by_themselves(trained, google):
    (trained.path("train", "model") / "code/inference.py").unlink()
    succeeded(trained.register("--framework", "xgboost", job="train-prebuilt"))
    succeeded(trained.register("--environment", '{"A": "b"}', job="train-own", image="europe-west4-docker.pkg.dev/acme-ml/images/serve:1"))
    prebuilt, own = (version["containerSpec"] for version in google.models["flights"])
    assert prebuilt == {"imageUri": "europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.1-7:latest"}
    assert "command" not in own and (own["healthRoute"], own["predictRoute"]) == ("/ping", "/invocations")
    assert own["env"] == [{"name": "A", "value": "b"}]


def test_own_image_may_run_a_script_without_a_framework(trained, google):
    succeeded(trained.register("--entry-point", "inference.py", image="europe-west4-docker.pkg.dev/acme-ml/images/serve:1"))
    (version,) = google.models["flights"]
    names = [variable["name"] for variable in version["containerSpec"]["env"]]
    assert names == ["MLOPS_INFERENCE_SCRIPT", "MLOPS_REQUEST_FORMAT"] and version["containerSpec"]["command"]


def test_version_that_could_not_start_is_not_registered(trained, google):
    (trained.path("train", "model") / "code/inference.py").unlink()
    assert "holds no code/inference.py" in refusal(trained.register(*SCRIPTED))
    assert "models.upload" not in google.calls


def test_same_execution_registers_once(trained, google):
    google.page_size = 2
    for job in ("train-0", "train-1", JOB, "train-2", "train-3", JOB):
        succeeded(trained.register(job=job))
    assert trained.path("register", "version").read_text() == "3"
    assert [version["labels"]["execution"] for version in google.models["flights"]].count(JOB) == 1


@pytest.mark.parametrize("duration", [0, 3, 8])
@pytest.mark.parametrize("known", [False, True], ids=["first", "later"])
def test_lost_answer_makes_no_second_version(trained, google, duration, known):
    if known:
        succeeded(trained.register(job="train-before"))
    google.duration = duration
    before = google.count("models.upload")
    google.faults = [Fault("models.upload", "lost", nth=before + 1)]
    succeeded(trained.register())
    jobs = [version["labels"]["execution"] for version in google.models["flights"]]
    assert jobs.count(JOB) == 1 and google.count("models.upload") == before + 1
    assert trained.path("register", "version").read_text() == str(len(jobs))


def test_requests_that_took_no_effect_are_repeated(trained, google):
    google.faults = [
        Fault("models.upload", 429), Fault("models.upload", 503, nth=2), Fault("models.upload", "reset", nth=3),
        Fault("models.get", 500), Fault("models.listVersions", 429), Fault("models.operations.get", 503, times=2),
        Fault("models.operations.get", "lost", nth=3),
    ]  # fmt: skip
    succeeded(trained.register())
    assert google.count("models.upload") == 4 and len(google.models["flights"]) == 1


def test_two_executions_that_register_first_both_get_a_version(trained, google):
    google.rival = "train-rival"
    succeeded(trained.register())
    assert [version["labels"]["execution"] for version in google.models["flights"]] == ["train-rival", JOB]


@pytest.mark.parametrize(("code", "versions"), [(6, 1), (14, 1), (7, 0)])
def test_operation_that_fails_is_repeated_if_that_helps(trained, google, code, versions):
    google.failures = [{"code": code, "message": "the service account may not read the model"}]
    done = trained.register()
    assert len(google.models.get("flights", [])) == versions
    assert versions or "the service account may not read the model" in refusal(done)


def test_operation_that_never_ends_is_given_up(trained, google):
    google.duration = 10**9
    assert "has not ended within" in refusal(trained.register(MLOPS_OPERATION_SECONDS="0.3"))


def test_registry_says_why_it_refuses(trained, google):
    assert "Invalid service account" in refusal(trained.register("--service-account", "nobody"))
    assert google.count("models.upload") == 1
    google.faults = [Fault("models.listVersions", 403, nth=google.count("models.listVersions") + 1)]
    assert "was answered 403" in refusal(trained.register())


@pytest.mark.parametrize("value", ["0.71", "-0.71", "-1e-07", "NaN"])
def test_refusal_says_what_the_gate_compared(pipeline, value):
    done = pipeline.run("refuse", "--metric", "auc", "--operator", ">=", "--threshold", "0.8", "--value", value)
    assert refusal(done) == f"refuse: the gate refused the model: auc must be >= 0.8, got {value}"
