"""Runs the scripts of examples/flight-delay on the real data, with the folders, variables and arguments that SageMaker gives them.

Training goes through SageMaker's own training toolkit; AUC is checked against scikit-learn.
Run it in the oracle environment: python -m pytest -s test/oracle/aws/flight_delay_test.py
"""
import importlib.util
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
import yaml
from sklearn.metrics import log_loss, roc_auc_score

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/flight-delay"
PARQUET = Path(os.environ.get("FLIGHTS_PARQUET", ROOT / "node_modules/vega-datasets/data/flights-3m.parquet"))
ROWS = int(os.environ.get("FLIGHTS_ROWS", 300_000))
CONFIG = yaml.safe_load((EXAMPLE / "mlops.yaml").read_text())
FEATURES = [feature["name"] for feature in CONFIG["data"]["features"]]
CATEGORICAL = [feature["name"] for feature in CONFIG["data"]["features"] if feature["type"] == "categorical"]
LABEL, SCORE, ID = CONFIG["data"]["label"]["name"], CONFIG["data"]["prediction"]["name"], CONFIG["data"]["id"]
GATE = CONFIG["training"]["evaluation"]

pytestmark = pytest.mark.skipif(not PARQUET.is_file(), reason=f"{PARQUET} is missing: run npm ci, or set FLIGHTS_PARQUET")


def run(command, **options):
    """Runs a command to its end; what it wrote is in `stdout`."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, **options)


def load(path, name):
    """Imports one file as a module of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pack(folder, archive):
    """A tar.gz with the folder's content at its root, as SageMaker packs sources and models."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=".")


def unpack_source(base):
    """The source folder of a step: the scripts, and mlops.json as the library writes it."""
    source = base / "source"
    source.mkdir(parents=True)
    for script in (EXAMPLE / "training").glob("*.py"):
        (source / script.name).write_text(script.read_text())
    keys = ("format", "features", "label", "prediction", "id", "split")
    (source / "mlops.json").write_text(json.dumps({key: CONFIG["data"][key] for key in keys}))
    return source


def process(base, script, inputs):
    """A processing job: `inputs` maps folders below the input folder to folders or files."""
    source = unpack_source(base)
    for name, origin in inputs.items():
        (base / "input" / name).mkdir(parents=True)
        for file in [origin] if origin.is_file() else sorted(origin.iterdir()):
            (base / "input" / name / file.name).symlink_to(file)
    folders = {"MLOPS_INPUT_DIR": str(base / "input"), "MLOPS_OUTPUT_DIR": str(base / "output")}
    return run([sys.executable, script], cwd=source, env={**os.environ, **folders})


def train(base, channels, hyperparameters):
    """A training job in script mode, run by SageMaker's training toolkit below `base` instead of /opt/ml."""
    source = unpack_source(base)
    pack(source, base / "input/data/code/sourcedir.tar.gz")
    for name, folder in channels.items():
        (base / "input/data" / name).symlink_to(folder)
    (base / "model").mkdir()
    (base / "output/data").mkdir(parents=True)
    own = {"sagemaker_program": "train.py", "sagemaker_submit_directory": str(base / "input/data/code/sourcedir.tar.gz")}
    instance_group = {"instance_group_name": "group", "instance_type": "ml.m5.xlarge", "hosts": ["localhost"]}
    files = {
        "hyperparameters.json": {key: json.dumps(value) for key, value in {**hyperparameters, **own}.items()},
        "inputdataconfig.json": {name: {"TrainingInputMode": "File"} for name in (*channels, "code")},
        "resourceconfig.json": {
            "current_host": "localhost",
            "hosts": ["localhost"],
            "current_instance_group": "group",
            "current_instance_type": "ml.m5.xlarge",
            "instance_groups": [instance_group],
            "network_interface_name": "lo",
        },
    }
    (base / "input/config").mkdir()
    for name, content in files.items():
        (base / "input/config" / name).write_text(json.dumps(content))
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base), "AWS_REGION": "us-east-1"}
    return run([sys.executable, "-m", "sagemaker_training.cli.train"], cwd=base, env=environment)


def pack_model(base):
    """model.tar.gz with the scripts in code/, as the pipeline leaves it."""
    (base / "model/code").mkdir()
    for file in (base / "source").iterdir():
        (base / "model/code" / file.name).write_text(file.read_text())
    pack(base / "model", base / "archive/model.tar.gz")
    return base / "archive/model.tar.gz"


def evaluate(base, archive, test):
    """The values of the report that the gate reads."""
    job = process(base, "evaluate.py", {"model": archive, "test": test})
    assert job.returncode == 0, job.stdout
    metrics = json.loads((base / "output/evaluation/evaluation.json").read_text())["metrics"]
    return {name: metric["value"] for name, metric in metrics.items()}


def passes_gate(values):
    value = values[GATE["metric"]]
    return value >= GATE["threshold"] if GATE["direction"] == "maximize" else value <= GATE["threshold"]


def read_rows(path):
    return pd.read_csv(path, dtype={name: str for name in CATEGORICAL}, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """The whole way once: raw files, preprocessing, training, evaluation."""
    base = tmp_path_factory.mktemp("flight-delay")
    raw = base / "raw"
    prepared = run([sys.executable, EXAMPLE / "prepare_data.py", "--source", PARQUET, "--out", raw, "--rows", str(ROWS)])
    assert prepared.returncode == 0, prepared.stdout
    preprocessed = process(base / "preprocess", "preprocess.py", {"train": raw})
    assert preprocessed.returncode == 0, preprocessed.stdout
    data = base / "preprocess/output"
    channels = {name: data / name for name in ("train", "validation")}
    trained = train(base / "train", channels, CONFIG["training"]["hyperparameters"])
    assert trained.returncode == 0, trained.stdout
    archive = pack_model(base / "train")
    values = evaluate(base / "evaluate", archive, data / "test")
    print(f"\n{preprocessed.stdout}{ROWS} flights: {values}")

    with tarfile.open(archive) as tar:
        tar.extractall(base / "served")
    inference = load(base / "served/code/inference.py", "flight_delay_inference")
    model = inference.model_fn(str(base / "served"))
    test = read_rows(data / "test/test.csv")
    return SimpleNamespace(
        raw=raw, data=data, train=base / "train", log=trained.stdout, archive=archive, values=values, test=test,
        inference=inference, model=model, scores=expected_scores(base / "served", test),
    )  # fmt: skip


def expected_scores(model_dir, rows):
    """The model's own predictions, from an encoding written down here a second time."""
    booster = xgb.Booster(model_file=str(model_dir / "xgboost-model.json"))
    categories = json.loads((model_dir / "encoding.json").read_text())["categories"]
    numbers = rows[FEATURES].copy()
    for name in CATEGORICAL:
        position = categories[name].index
        numbers[name] = [position(value) if value in categories[name] else np.nan for value in rows[name]]
    return booster.predict(xgb.DMatrix(numbers.to_numpy("float32"), feature_names=FEATURES))


def answer(pipeline, body, content_type="text/csv", accept="application/json"):
    """One request through all functions of the serving container."""
    rows = pipeline.inference.input_fn(body, content_type)
    return pipeline.inference.output_fn(pipeline.inference.predict_fn(rows, pipeline.model), accept)


def scores_of(body):
    return [row[SCORE] for row in json.loads(body)["predictions"]]


def test_report_passes_the_gate(pipeline):
    truth = pipeline.test[LABEL]
    assert pipeline.values["auc"] == pytest.approx(roc_auc_score(truth, pipeline.scores), abs=1e-6)
    assert pipeline.values["logLoss"] == pytest.approx(log_loss(truth, pipeline.scores.astype("float64")), abs=1e-5)
    assert pipeline.values["rows"] == len(pipeline.test) >= 25_000
    assert passes_gate(pipeline.values), pipeline.values
    assert pipeline.values["auc"] < 0.97, "too good to be true: look for leakage"


def test_predictions_are_left_for_drift_monitoring(pipeline):
    left = pd.read_csv(pipeline.train.parent / "evaluate/output/evaluation/predictions.csv")
    assert list(left.columns) == [SCORE]
    np.testing.assert_allclose(left[SCORE], pipeline.scores, rtol=1e-6)


def drifted_columns(pipeline, folder, current):
    """What `cdk-mlops drift` says of flights against those of May, a quiet month, with the config's tests and thresholds."""
    current.to_csv(folder / "current.csv", index=False)
    command = ["node", ROOT / "dist/bin/cdk-mlops.js", "drift", "--json", "--config", EXAMPLE / "mlops.yaml"]
    files = ["--baseline", pipeline.raw / "2001-05.csv", "--current", folder / "current.csv"]
    job = subprocess.run([*command, *files], capture_output=True, text=True, timeout=300)
    assert job.returncode == 0, job.stderr
    answer = json.loads(job.stdout)
    return {finding["name"] for finding in answer["features"] if finding["drifted"]}, answer["verdict"]


def test_profile_counts_what_pandas_counts(tmp_path):
    profile = tmp_path / "profile.json"
    command = ["node", ROOT / "dist/bin/cdk-mlops.js", "profile", PARQUET, "-o", profile]
    job = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert job.returncode == 0, job.stderr
    document = json.loads(profile.read_text())
    columns = {bins["name"]: (bins, counts) for bins, counts in zip(document["bins"], document["counts"]["columns"])}
    flights = pd.read_parquet(PARQUET)
    assert document["counts"]["rows"] == len(flights) == 3_000_000
    bins, counts = columns["origin"]
    expected = flights["origin"].value_counts()
    assert dict(zip(bins["categories"], counts["counts"])) == expected.to_dict()
    bins, counts = columns["delay"]
    places = np.searchsorted(bins["cuts"], flights["delay"], side="left")  # above the cut before, at most the cut itself
    assert counts["counts"] == np.bincount(places, minlength=len(bins["cuts"]) + 1).tolist()


def week_of(pipeline, first, last):
    flights = read_rows(pipeline.raw / "2001-06.csv")
    week = flights[(flights["date"] >= first) & (flights["date"] < last)]
    assert len(week) > 5_000
    return week


def test_a_quiet_week_is_no_drift(pipeline, tmp_path):
    assert drifted_columns(pipeline, tmp_path, week_of(pipeline, "2001-06-05", "2001-06-12")) == (set(), "noDrift")


def test_a_week_of_thunderstorms_is_drift_of_what_follows_the_weather(pipeline, tmp_path):
    columns, verdict = drifted_columns(pipeline, tmp_path, week_of(pipeline, "2001-06-12", "2001-06-19"))
    assert verdict == "drift"
    assert columns >= {"origin_delay_2h", "route_delay_7d"}
    assert not columns & {"distance", "departure_minute", "weekday", "origin", "destination"}


def test_split_is_by_time(pipeline):
    raw = pd.concat(read_rows(file) for file in sorted(pipeline.raw.iterdir())).set_index(ID)
    parts = {name: read_rows(pipeline.data / name / f"{name}.csv").set_index(ID) for name in ("train", "validation", "test")}
    dates = {name: pd.to_datetime(raw.loc[part.index, "date"]) for name, part in parts.items()}
    assert dates["train"].max() < dates["validation"].min()
    assert dates["validation"].max() < dates["test"].min()

    everything = pd.concat(parts.values())
    assert len(raw) == ROWS and sorted(everything.index) == sorted(raw.index)
    assert (everything[LABEL] == (raw.loc[everything.index, "delay"] > 15)).all()
    split = CONFIG["data"]["split"]
    assert len(parts["validation"]) / ROWS == pytest.approx(split["validationFraction"], abs=0.005)
    assert len(parts["test"]) / ROWS == pytest.approx(split["testFraction"], abs=0.005)


def test_feature_order_is_that_of_the_config(pipeline):
    for name in ("train", "validation", "test"):
        assert list(read_rows(pipeline.data / name / f"{name}.csv")) == [ID, *FEATURES, LABEL]
    assert pipeline.model.booster.feature_names == FEATURES
    assert [feature["name"] for feature in pipeline.model.encoding["features"]] == FEATURES


def test_no_feature_tells_the_outcome(pipeline):
    assert not {"delay", "date", LABEL, SCORE, ID} & set(FEATURES)
    for name in set(FEATURES) - set(CATEGORICAL):
        values = pipeline.test[name].fillna(pipeline.test[name].median())
        alone = roc_auc_score(pipeline.test[LABEL], values)
        assert max(alone, 1 - alone) < 0.8, f"{name} alone reaches {alone}"


def test_features_never_look_ahead():
    prepare = load(EXAMPLE / "prepare_data.py", "flight_delay_prepare")
    flights = prepare.read_flights(PARQUET)
    flights = flights[flights["date"] < "2001-01-15"]
    features = [name for name in FEATURES if name in prepare.COLUMNS]
    assert features == FEATURES
    now = pd.Timestamp("2001-01-12 17:00")
    past = flights[flights["date"] <= now].copy()
    expected = prepare.add_features(flights).set_index(ID)
    expected = expected[expected["date"] == now][features]
    assert len(expected) > 20

    # What happens later, and the outcomes of the flights in the air, change nothing at this moment.
    flying = past["date"] > now - pd.Timedelta(minutes=60) - pd.to_timedelta(past["distance"] // 7, unit="min")
    past.loc[flying, "delay"] = 180 - past.loc[flying, "delay"]
    seen = prepare.add_features(past).set_index(ID).loc[expected.index, features]
    pd.testing.assert_frame_equal(seen, expected, check_dtype=False)


def test_hyperparameters_arrive_as_arguments(pipeline):
    for name, value in CONFIG["training"]["hyperparameters"].items():
        assert f"--{name} {value}" in pipeline.log
    assert (pipeline.train / "output/success").exists() and not (pipeline.train / "output/failure").exists()


def test_misspelt_hyperparameter_fails_the_job(pipeline, tmp_path):
    channels = {name: pipeline.data / name for name in ("train", "validation")}
    job = train(tmp_path, channels, {"max_dept": 3})
    assert job.returncode != 0 and "unrecognized arguments: --max_dept 3" in job.stdout
    assert (tmp_path / "output/failure").exists()


def test_constant_model_fails_the_gate(pipeline, tmp_path):
    constant = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(np.zeros((10, len(FEATURES))), label=[0, 1] * 5), 1)
    constant.feature_names = FEATURES
    (tmp_path / "model").mkdir()
    constant.save_model(str(tmp_path / "model/xgboost-model.json"))
    (tmp_path / "model/encoding.json").write_text(json.dumps(pipeline.model.encoding))
    pack(tmp_path / "model", tmp_path / "model.tar.gz")
    values = evaluate(tmp_path / "evaluate", tmp_path / "model.tar.gz", pipeline.data / "test")
    assert values["auc"] == pytest.approx(0.5) and not passes_gate(values)


def test_model_of_shuffled_labels_fails_the_gate(pipeline, tmp_path):
    channels = {name: tmp_path / name for name in ("train", "validation")}
    for name, folder in channels.items():
        rows = read_rows(pipeline.data / name / f"{name}.csv").sample(10_000, random_state=1)
        rows[LABEL] = rows[LABEL].sample(frac=1, random_state=2).to_numpy()
        folder.mkdir()
        rows.to_csv(folder / "rows.csv", index=False)
    job = train(tmp_path / "job", channels, {"num_round": 20})
    assert job.returncode == 0, job.stdout
    values = evaluate(tmp_path / "evaluate", pack_model(tmp_path / "job"), pipeline.data / "test")
    assert 0.3 < values["auc"] < 0.7 and not passes_gate(values)


def test_requests_in_every_format_give_the_models_own_predictions(pipeline):
    rows, expected = pipeline.test.head(200), pipeline.scores[:200]
    objects = json.loads(rows[[ID, *FEATURES]].to_json(orient="records"))
    lists = [[row[name] for name in FEATURES] for row in objects]
    backwards = [dict(reversed(list(row.items()))) for row in objects]
    as_csv = rows[FEATURES].to_csv(index=False, header=False)
    as_lines = "\n".join(json.dumps(row) for row in objects)
    requests = [
        (as_csv, "text/csv"),
        (as_csv.encode(), "text/csv; charset=utf-8"),
        (as_csv.rstrip("\n"), "text/csv"),
        (json.dumps({"instances": objects}), "application/json"),
        (json.dumps({"instances": backwards}), "application/json"),
        (json.dumps({"instances": lists}), "application/json"),
        (json.dumps(lists), "application/json"),
        (as_lines.encode(), "application/jsonlines"),
        (as_lines, "application/x-jsonlines"),
    ]
    for body, content_type in requests:
        text, kind = answer(pipeline, body, content_type)
        assert kind == "application/json"
        np.testing.assert_allclose(scores_of(text), expected, rtol=1e-6, err_msg=content_type)
    single, _ = answer(pipeline, json.dumps(objects[0]), "application/json")
    assert scores_of(single) == pytest.approx([expected[0]])


def test_answers_in_every_format(pipeline):
    rows = json.loads(pipeline.test[[ID, *FEATURES]].head(3).to_json(orient="records"))
    body = json.dumps({"instances": rows})
    text, kind = answer(pipeline, body, "application/json", "text/csv")
    assert kind == "text/csv" and [float(line) for line in text.splitlines()] == pytest.approx(list(pipeline.scores[:3]))
    text, kind = answer(pipeline, body, "application/json", "application/jsonlines")
    assert kind == "application/jsonlines" and [json.loads(line)[ID] for line in text.splitlines()] == [row[ID] for row in rows]
    text, kind = answer(pipeline, body, "application/json", "*/*")
    assert kind == "application/json" and [row[ID] for row in json.loads(text)["predictions"]] == [row[ID] for row in rows]
    with pytest.raises(ValueError, match="accept text/csv"):
        answer(pipeline, body, "application/json", "image/png")


def test_missing_values_and_unseen_categories_get_an_answer(pipeline):
    row = json.loads(pipeline.test[FEATURES].head(1).to_json(orient="records"))[0]
    unseen = {**row, "origin": "XXX", "destination": "a new one", "weekday": None}
    empty = {name: None for name in FEATURES}
    text, _ = answer(pipeline, json.dumps({"instances": [unseen, empty]}), "application/json")
    numbers = {name: "float64" for name in FEATURES if name not in CATEGORICAL}
    expected = expected_scores(pipeline.train / "model", pd.DataFrame([unseen, empty]).astype(numbers))
    assert scores_of(text) == pytest.approx(list(expected))
    text, _ = answer(pipeline, "," * (len(FEATURES) - 1) + "\n")
    assert scores_of(text) == pytest.approx([expected[1]])


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("", "text/csv", "the request holds no row: send at least one flight"),
        ("\n\n", "text/csv", "the request holds no row"),
        (b"", "application/json", "the request holds no row"),
        ("{}", "application/json", "the request holds no row"),
        ('{"instances": []}', "application/json", "the request holds no row"),
        ("", "application/jsonlines", "the request holds no row"),
        ("1,2,3", "text/csv", f"row 1 has 3 values instead of {len(FEATURES)}: send distance, "),
        ('[{"distance": 1}]', "application/json", "row 1 lacks departure_minute, "),
        ("[7]", "application/json", "row 1 has 7 instead of"),
        (",".join(["far"] + [""] * (len(FEATURES) - 1)), "text/csv", "feature distance is numeric: .*far.*; send a number"),
        ("x", "image/png", "content type 'image/png' is unknown: send text/csv, "),
    ],
)
def test_bad_request_gets_a_clear_error(pipeline, body, content_type, message):
    with pytest.raises(ValueError, match=message):
        answer(pipeline, body, content_type)


def test_jobs_without_input_fail_clearly(pipeline, tmp_path):
    (tmp_path / "empty").mkdir()
    job = process(tmp_path / "a", "preprocess.py", {"train": tmp_path / "empty"})
    assert job.returncode == 1 and "no data: " in job.stdout and "look at data.training" in job.stdout
    job = process(tmp_path / "b", "evaluate.py", {"model": tmp_path / "empty", "test": pipeline.data / "test"})
    assert job.returncode == 1 and "no model: " in job.stdout
    assert "Traceback" not in job.stdout


def test_missing_column_fails_clearly(pipeline, tmp_path):
    (tmp_path / "raw").mkdir()
    rows = read_rows(pipeline.raw / "2001-03.csv").head(10).drop(columns=["origin", "behind_1d"])
    rows.to_csv(tmp_path / "raw/2001-03.csv", index=False)
    job = process(tmp_path / "job", "preprocess.py", {"train": tmp_path / "raw"})
    assert job.returncode == 1 and "2001-03.csv lacks origin, behind_1d: it has flight_id, " in job.stdout
    assert "Traceback" not in job.stdout


def test_same_source_gives_the_same_files(pipeline, tmp_path):
    job = run([sys.executable, EXAMPLE / "prepare_data.py", "--source", PARQUET, "--out", tmp_path / "again", "--rows", str(ROWS)])
    assert job.returncode == 0, job.stdout
    assert [file.name for file in sorted(pipeline.raw.iterdir())] == [f"2001-0{month}.csv" for month in range(1, 7)]
    for file in pipeline.raw.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
