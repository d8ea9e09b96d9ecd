"""The drift program, its SQL and its routines: judged by lib/readers and lib/statistics, by DuckDB and sqlglot."""
import datetime
import functools
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

import pytest

from sklearn.metrics import roc_auc_score

from drift_cloud import BUCKET, DATASET, FOLDER, LOG, MODEL, MONITOR, TABLES, DriftCloud, quoted
from duck_bigquery import ROOT

COLUMNS = [
    {"name": "distance", "type": "numeric", "role": "feature"}, {"name": "delay", "type": "numeric", "role": "feature"},
    {"name": "origin", "type": "categorical", "role": "feature"}, {"name": "score", "type": "numeric", "role": "prediction"},
]
RULES = {
    "columns": [{**one, "test": "ks" if one["type"] == "numeric" else "psi", "threshold": 0.1} for one in COLUMNS],
    "format": "jsonlines", "trainingFormat": "csv", "id": "flight_id", "everyHours": 1, "windowHours": 24, "minimumSamples": 100,
    "falseAlarmsPerYear": 1, "baseline": "training", "retraining": {"cooldownHours": 24, "maxPerWeek": 3, "minimumNewSamples": 0},
}


@functools.cache
def truth_program():
    file = Path(tempfile.mkdtemp(), "truth.cjs")
    bundle = ["npx", "esbuild", "test/oracle/google/drift_truth.ts", "--bundle", "--platform=node", "--log-level=error"]
    subprocess.run([*bundle, f"--outfile={file}"], cwd=ROOT, check=True)
    return file


def truth(command, **asked):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"command": command, **asked}, file)
        file.flush()
        done = subprocess.run(["node", truth_program(), file.name], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@functools.cache
def contract():
    return truth("contract")


@pytest.fixture()
def cloud(tmp_path):
    with DriftCloud(contract(), tmp_path) as cloud:
        cloud.put("drift/churn/rules.json", RULES)
        yield cloud


def flights(rows, seed, shift=0.0):
    """Rows with atoms, missing values, NaN, infinities, text in numbers, and rare categories."""
    rng = random.Random(seed)
    origins = ["JFK", "LGA", "EWR", "SFO", "Zürich", "a,b", 'say "hi"', "NA", ""]
    for _ in range(rows):
        distance = rng.choice([760.0, rng.gauss(1000 + shift, 300), rng.gauss(1000 + shift, 300), rng.expovariate(1e-3)])
        delay = rng.choice([0, 0, round(rng.gauss(5, 20), 1), None, "NaN", -1e-7, 1e21])
        yield {"distance": distance, "delay": delay, "origin": rng.choice(origins[:7] * 5 + origins), "score": rng.random()}


def csv_text(rows, names, header=True):
    quote = lambda text: '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"') else text
    field = lambda value: "" if value is None else quote(str(value))
    lines = [",".join(names)] * header + [",".join(field(row[name]) for name in names) for row in rows]
    return "".join(line + "\n" for line in lines)


def write(folder, path, text):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return str(file)


def make_baseline(cloud, rows=3000, **argument):
    trained = list(flights(rows, 1))
    write(cloud.folder, "data/train/one.csv", csv_text(trained, ["distance", "delay", "origin"]))
    write(cloud.folder, "data/evaluation/predictions.csv", csv_text(trained[:1500], ["score"]))
    ended = cloud.run({"task": "baseline", "version": "3", "trainingData": "gs://data/train/", "evaluation": "gs://data/evaluation/", **argument})
    assert "result" in ended, ended
    return cloud.document(f"{FOLDER}baselines/3.json")


def same_columns(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        assert {key: value for key, value in mine.items() if key != "rows"} == other


def test_a_baseline_of_csv_has_the_bins_and_counts_of_the_readers(cloud):
    profile = make_baseline(cloud)
    files = [str(cloud.folder / "data/train/one.csv")]
    expected = truth("profile", files=files, format="csv", columns=COLUMNS[:3])
    assert profile["bins"][:3] == expected["bins"]
    same_columns(profile["counts"]["columns"][:3], expected["counts"]["columns"])
    assert profile["counts"]["rows"] == 3000 and profile["counts"]["files"] == 1
    predicted = truth("profile", files=[str(cloud.folder / "data/evaluation/predictions.csv")], format="csv", columns=COLUMNS[3:])
    assert profile["bins"][3] == predicted["bins"][0] and profile["counts"]["columns"][3]["rows"] == 1500


HOURS = [f"2026-11-{25 if hour >= 12 else 26}T{hour:02}" for hour in [*range(12, 24), *range(12)]]  # of the window that ends at noon


def requests_of(rows, hours=HOURS, first=1, per_request=2):
    """Requests as Vertex AI logs them, spread over hours: objects, and every other one lists in feature order with the id at the end."""
    rows = [rows[at : at + per_request] for at in range(0, len(rows), per_request)]
    for number, some in enumerate(rows, start=first):
        objects = [{**{name: row[name] for name in ("distance", "delay", "origin")}, "flight_id": f"{number}-{at}"} for at, row in enumerate(some)]
        lists = [list(one.values()) for one in objects]
        predictions = [{"flight_id": one["flight_id"], "score": row["score"]} for one, row in zip(objects, some)]
        hour = hours[number % len(hours)]
        sent = objects if number % 2 else lists
        yield f"{hour}:{number % 60:02}:00", number, sent, predictions if number % 2 else [row["score"] for row in some]


def captured(requests):
    """The same requests as SageMaker captures them: what lib/readers count."""
    lines = []
    for time, number, sent, got in requests:
        side = lambda value: {"data": json.dumps(value), "encoding": "JSON", "observedContentType": "application/json"}
        data = {"endpointInput": side({"instances": sent}), "endpointOutput": side({"predictions": got})}
        lines.append(json.dumps({"captureData": data, "eventMetadata": {"eventId": f"e{number}", "inferenceTime": time}}))
    return "\n".join(lines) + "\n"


def report(cloud):
    return cloud.document(f"{FOLDER}latest.json")


def record(cloud):
    return cloud.document(f"{FOLDER}record/record.json")


def test_without_a_log_table_there_is_no_verdict(cloud):
    cloud.serve(3)
    ended = cloud.run()
    assert "nothing was logged yet" in ended["result"]["reason"]
    assert record(cloud)["runs"][0]["verdict"] == "notEnoughData" and record(cloud)["state"] == "unknown"
    assert report(cloud)["judgement"]["verdict"] == "notEnoughData" and "<html" in cloud.objects[f"{FOLDER}latest.html"][1]
    assert "lease" not in record(cloud) and not cloud.messages


def test_hours_are_counted_and_judged_as_the_library_does(cloud):
    profile = make_baseline(cloud)
    cloud.serve(3)
    requests = list(requests_of(list(flights(1200, 2, shift=150))))
    damaged = [("2026-11-26T03:00:00", 9001, ['{"distance": 1'], ["0.5"]), ("2026-11-26T03:01:00", 9002, [[1, 2]], [0.5])]
    again = requests[:40]  # logged twice
    other = [(f"{HOURS[0]}:00:00", 9100, [{"distance": 1}], [0.1])]
    cloud.log_requests(requests + damaged + again)
    cloud.log_requests(other, deployed="222")
    ended = cloud.run()
    assert "result" in ended, ended
    found = report(cloud)
    assert found["window"] == {"from": "2026-11-25T12:00:00.000Z", "to": "2026-11-26T12:00:00.000Z"}
    files = [write(cloud.folder, "captured.jsonl", captured(requests))]
    expected = truth("count", files=files, format="capture", bins=profile["bins"], id="flight_id")
    assert expected["damage"]["rows"] == 0
    assert found["windowCounts"]["columns"] == expected["columns"]
    assert found["windowCounts"]["rows"] == expected["rows"] == 1200
    assert found["windowCounts"]["damage"]["rows"] == 2
    hours = []
    for hour in HOURS:
        some = [request for request in requests if request[0].startswith(hour)]
        write(cloud.folder, "hour.jsonl", captured(some))
        counts = truth("count", files=[str(cloud.folder / "hour.jsonl")], format="capture", bins=profile["bins"], id="flight_id")
        hours.append({"hour": hour, "counts": counts})
    tests = {one["name"]: {"test": one["test"], "threshold": one["threshold"]} for one in RULES["columns"]}
    rules = {"alpha": alpha(), "minimumSamples": 100, "columns": tests}
    judged = truth("judge", baseline={"bins": profile["bins"], "counts": profile["counts"]}, window={"hours": hours, "earlier": []}, rules=rules)
    assert found["judgement"]["verdict"] == judged["verdict"] == "drift"
    for mine, other in zip(found["judgement"]["findings"], judged["findings"], strict=True):
        assert mine["name"] == other["name"] and mine["test"] == other["test"]
        for figure in ("statistic", "pValue", "threshold", "effectiveRows", "statisticBound"):
            assert mine[figure] == pytest.approx(other[figure], rel=1e-9, abs=1e-12), (mine["name"], figure)


def alpha():
    return 1 / (24 * 365.25)


def drifted(cloud, **settings):
    """A run that finds drift."""
    make_baseline(cloud)
    cloud.serve(3)
    cloud.log_requests(list(requests_of(list(flights(600, 2, shift=800)))))
    ended = cloud.run(settings=settings)
    assert "result" in ended, ended
    assert record(cloud)["state"] == "drift"
    return ended


def test_drift_is_told_once_and_starts_one_training(cloud):
    ended = drifted(cloud)
    assert len(cloud.executions) == 1 and ended["result"]["retraining"] == cloud.executions[0]["name"]
    assert [attributes["state"] for _, attributes in cloud.messages] == ["drift"]
    change = cloud.messages[0][0]
    assert change["detailType"] == "Drift State Change" and "distance" in change["driftedColumns"]
    assert change["report"].startswith(f"gs://{BUCKET}/{FOLDER}reports/2026/11/26/")
    assert ("WARNING", "drift") in [(one["severity"], one["json"]["drift"]["event"]) for one in cloud.log]
    key = lambda metric: (metric["type"].rsplit("/", 1)[1], metric["labels"].get("column"))
    figures = {key(one["metric"]): one["points"][0]["value"]["doubleValue"] for one in cloud.series}
    assert figures[("drift", None)] == 1 and figures[("column_drift", "distance")] > 1 and figures[("rows", None)] == 600
    assert ended["result"]["bytesScanned"] >= 1000
    # The training has ended; the next hour still drifts, within the cooldown.
    cloud.executions[0]["state"] = "SUCCEEDED"
    again = cloud.run()
    assert len(cloud.executions) == 1 and len(cloud.messages) == 1
    assert record(cloud)["decisions"][0]["what"] == "not now" and "cooldown" in record(cloud)["decisions"][0]["why"], again


def test_a_lost_start_of_a_training_is_found_by_its_label(cloud):
    drifted(cloud)
    first = record(cloud)
    cut = {**first, "retrainings": [{key: value for key, value in first["retrainings"][0].items() if key != "execution"}]}
    cloud.put(f"{FOLDER}record/record.json", cut)  # as if the run had ended before it noted the execution
    cloud.run()
    assert len(cloud.executions) == 1
    assert record(cloud)["retrainings"][0]["execution"] == cloud.executions[0]["name"]


def test_a_person_is_not_held_back_by_the_cooldown(cloud):
    drifted(cloud)
    cloud.executions[0]["state"] = "SUCCEEDED"
    ended = cloud.run({"task": "retrain", "cause": "command line", "why": "new labels"})
    assert len(cloud.executions) == 2 and ended["result"]["retraining"] == cloud.executions[1]["name"]
    assert "lease" not in record(cloud)


def test_late_rows_are_counted_and_what_was_copied_is_trimmed(cloud):
    make_baseline(cloud)
    cloud.serve(3)
    requests = list(requests_of(list(flights(600, 2))))
    cloud.log_requests(requests[:150])
    cloud.run()
    assert report(cloud)["windowCounts"]["rows"] == 300
    left = cloud.big.connection.execute(f"SELECT count(*) FROM {quoted(LOG)} WHERE logging_time < '2026-11-26 09:00'").fetchone()
    assert left == (0,)
    cloud.log_requests(requests[150:])
    cloud.run()
    cloud.run()
    assert report(cloud)["windowCounts"]["rows"] == 600
    once = cloud.run(name="same")
    copied = len(cloud.rows(TABLES["requests"]))
    assert cloud.run(name="same") == once and len(cloud.rows(TABLES["requests"])) == copied == 600


def test_a_profile_of_elsewhere_is_taken_over_once(cloud):
    profile = make_baseline(cloud)
    write(cloud.folder, "profiles/mine.json", json.dumps(profile))
    cloud.log_requests(list(requests_of(list(flights(400, 2)))))
    settings = {"baseline": "gs://profiles/mine.json", "deployer": None}  # of an endpoint that something else deploys
    for _ in range(2):
        ended = cloud.run(settings=settings)
        assert "result" in ended, ended
        assert report(cloud)["bins"] == profile["bins"] and report(cloud)["baselineCounts"] == profile["counts"]
        assert report(cloud)["windowCounts"]["rows"] == 400 and report(cloud)["judgement"]["verdict"] == "noDrift"
    assert len([sql for sql in cloud.big.statements if "drift_columns" in sql]) == 1


def test_new_training_data_is_counted_by_the_manifest_of_the_newest_version(cloud):
    rules = {**RULES, "retraining": {**RULES["retraining"], "minimumNewSamples": 1000}}
    cloud.put("drift/churn/rules.json", rules)
    lineage = write(cloud.folder, "training/lineage.json", json.dumps({"data": {"manifest": {"manifestUri": "gs://training/manifest.jsonl"}}}))
    manifest = write(cloud.folder, "training/manifest.jsonl", "{}\n")
    cloud.versions = [{"versionId": "3", "versionAliases": ["approved"], "versionDescription": "auc 0.9; lineage: gs://training/lineage.json"}]
    make_baseline(cloud)
    trained = cloud.folder / "data/train/one.csv"
    os.utime(trained, (1, 1))
    os.utime(manifest, (2, 2))
    cloud.serve(3)
    cloud.log_requests(list(requests_of(list(flights(600, 2, shift=800)))))
    cloud.run()
    assert not cloud.executions and "about 0 new samples (0 new or changed files" in record(cloud)["decisions"][0]["why"], lineage
    (cloud.folder / "data/train/two.csv").write_bytes(trained.read_bytes())
    cloud.run()
    assert len(cloud.executions) == 1


def test_another_run_at_work_is_left_alone(cloud):
    cloud.serve(3)
    cloud.put(f"{FOLDER}record/record.json", {"format": 1, "monitor": MONITOR, "revision": 4, "lease": {"execution": "x/executions/other"}})
    cloud.active.add("x/executions/other")
    assert cloud.run()["result"]["reason"] == "x/executions/other is at work"
    cloud.active.clear()  # it died
    cloud.run()
    assert record(cloud)["runs"][0]["verdict"] == "notEnoughData"


def test_a_failure_is_recorded_and_told_once_and_what_passes_is_tried_again(cloud):
    make_baseline(cloud)
    cloud.serve(3)
    cloud.log_requests(list(requests_of(list(flights(300, 2)))))
    cloud.fail_jobs = [("_trim_", "invalidQuery"), ("_judge_", "backendError")]
    ended = cloud.run()
    assert "not trimmed" in ended["result"]["reason"] and record(cloud)["runs"][0]["verdict"] == "noDrift"
    cloud.fail_jobs = [("_judge_", "accessDenied")] * 3
    for _ in range(3):
        assert "scripted" in cloud.run()["failure"]
    assert len([one for one in cloud.log if one["severity"] == "ERROR"]) == 1
    assert [run.get("failure") is not None for run in record(cloud)["runs"]] == [True, True, True, False]
    assert record(cloud)["state"] == "ok" and "lease" not in record(cloud)


@pytest.mark.parametrize("kind", ["jsonlines", "parquet", "table"])
def test_a_baseline_of_other_data_has_the_bins_and_counts_of_the_readers(cloud, kind):
    rows = [{key: None if value == "NaN" else value for key, value in row.items()} for row in flights(800, 7)]
    rules = {**RULES, "columns": RULES["columns"][:3], "trainingFormat": kind if kind != "table" else "csv"}
    cloud.put("drift/churn/rules.json", rules)
    lines = write(cloud.folder, "elsewhere/rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    fields = "columns = {'distance': 'DOUBLE', 'delay': 'DOUBLE', 'origin': 'VARCHAR', 'score': 'DOUBLE'}"
    read = f"SELECT distance, delay, origin FROM read_json('{lines}', format = 'newline_delimited', {fields})"
    (cloud.folder / "data/train").mkdir(parents=True)
    if kind == "jsonlines":
        write(cloud.folder, "data/train/rows.jsonl", Path(lines).read_text())
    elif kind == "parquet":
        cloud.big.connection.execute(f"COPY ({read}) TO '{cloud.folder}/data/train/rows.parquet' (FORMAT parquet)")
    else:
        cloud.big.connection.execute(f'CREATE TABLE "acme-ml"."churn_mlops"."training" AS {read}')
    data = f"bq://{DATASET}.training" if kind == "table" else "gs://data/train/"
    cloud.job_details["job-1"] = {"jobDetail": {"taskDetails": [
        {"taskName": "train", "execution": {"metadata": {"input:train": data}}}, {"taskName": "evaluate", "outputs": {}},
    ]}}
    ended = cloud.run({"task": "baseline", "version": "4", "job": "job-1"})
    assert "result" in ended, ended
    profile = cloud.document(f"{FOLDER}baselines/4.json")
    files, form = ([lines], "jsonlines") if kind != "parquet" else ([f"{cloud.folder}/data/train/rows.parquet"], "parquet")
    expected = truth("profile", files=files, format=form, columns=COLUMNS[:3])
    assert profile["bins"] == expected["bins"]
    assert profile["counts"]["columns"] == expected["counts"]["columns"] and profile["counts"]["rows"] == 800


def test_a_baseline_without_the_columns_is_refused(cloud):
    write(cloud.folder, "data/train/one.csv", "miles,delay,origin\n1,2,JFK\n2,3,LGA\n")
    ended = cloud.run({"task": "baseline", "version": "3", "trainingData": "gs://data/train/"})
    assert "no column distance in gs://data/train/" in ended["failure"] and "miles" in ended["failure"]
    assert f"{FOLDER}baselines/3.json" not in cloud.objects and "lease" not in record(cloud)


def test_quality_is_that_of_the_library(cloud):
    quality = {"metric": "auc", "minimum": 0.9, "idColumn": "flight_id", "labelColumn": "delayed", "maxDelayHours": 24, "format": "csv"}
    cloud.put("drift/churn/rules.json", {**RULES, "quality": quality})
    make_baseline(cloud)
    cloud.serve(3)
    hours = [hour.replace("-26T", "-25T").replace("-25T", "-24T", 1) if "-25T" in hour else hour.replace("-26T", "-25T") for hour in HOURS]
    requests = list(requests_of(list(flights(400, 3)), hours))
    cloud.log_requests(requests + list(requests_of(list(flights(400, 4)), first=1000)))
    rng, joined = random.Random(5), {"predictions": [], "labels": []}
    lines = ["flight_id,delayed"]
    for _, number, _, got in requests:
        for at, prediction in enumerate(got):
            score = prediction["score"] if isinstance(prediction, dict) else prediction
            if rng.random() < 0.9:
                label = int(rng.random() < score)
                lines.append(f"{number}-{at},{label}")
                joined["predictions"].append(score)
                joined["labels"].append(label)
    write(cloud.folder, "labels/day.csv", "\n".join(lines) + "\n")
    ended = cloud.run(settings={"groundTruth": "gs://labels/"})
    assert "result" in ended, ended
    found = report(cloud)["quality"]
    rules = {"metric": "auc", "minimum": 0.9, "minimumSamples": 100, "alpha": alpha()}
    expected = truth("quality", joined=joined, unlabelled=400 - len(joined["labels"]), rules=rules)
    assert found["unlabelled"] == expected["unlabelled"] and found["rows"] == len(joined["labels"])
    for figure in ("value", "standardError", "threshold", "pValue"):
        assert found[figure] == pytest.approx(expected[figure], rel=1e-9)
    assert found["value"] == pytest.approx(roc_auc_score(joined["labels"], joined["predictions"]), rel=1e-9)


def test_a_rolling_baseline_is_the_window_before(cloud):
    cloud.put("drift/churn/rules.json", {**RULES, "baseline": "rolling"})
    profile = make_baseline(cloud)
    cloud.serve(3)
    before = [hour.replace("-25T", "-24T").replace("-26T", "-25T") for hour in HOURS]
    earlier = list(requests_of(list(flights(400, 3)), before))
    cloud.log_requests(earlier + list(requests_of(list(flights(400, 4)), first=1000)))
    ended = cloud.run()
    assert "result" in ended, ended
    found = report(cloud)
    files = [write(cloud.folder, "captured.jsonl", captured(earlier))]
    expected = truth("count", files=files, format="capture", bins=profile["bins"], id="flight_id")
    assert found["baselineCounts"]["columns"] == expected["columns"] and found["baseline"]["source"].startswith("the traffic from")
    assert found["judgement"]["verdict"] == "noDrift"


def test_a_hundred_columns_are_within_the_limits(cloud):
    names = [f"feature_with_a_long_name_{number:03}" for number in range(100)]
    columns = [{"name": name, "type": "numeric", "role": "feature", "test": "ks", "threshold": 0.1} for name in names]
    cloud.put("drift/churn/rules.json", {**RULES, "columns": columns})
    rng = random.Random(1)
    lines = [",".join(names)] + [",".join(repr(rng.gauss(0, 1)) for _ in names) for _ in range(600)]
    write(cloud.folder, "data/train/one.csv", "\n".join(lines) + "\n")
    ended = cloud.run({"task": "baseline", "version": "3", "trainingData": "gs://data/train/"})
    assert "result" in ended, ended
    cloud.serve(3)
    end = datetime.datetime(2026, 11, 26, 12)
    minutes = range(5, 192 * 60, 12)  # a week before the window, too
    times = [str(end - datetime.timedelta(minutes=minute)) for minute in minutes]
    cloud.log_requests([(time, number, [[rng.gauss(0, 1) for _ in names]], []) for number, time in enumerate(times)])
    ended = cloud.run()
    assert "result" in ended, ended
    assert report(cloud)["windowCounts"]["rows"] == 120 and len(report(cloud)["judgement"]["findings"]) >= 100
    assert cloud.big.library.largest_input < 3_000_000  # not documented; what a routine answers has 5 MB
    assert cloud.largest_turn < 250_000  # characters: a workflow's variables have 512 KB, and hold it twice at most
