"""The steps evaluate and refuse: the metric of a model, and the end of one that the gate does not let through."""
import json
import math
import tarfile
from pathlib import Path

from cdk_mlops_step.errors import StepError
from cdk_mlops_step.locations import deliver, files_below, local_path, read_json, write_text
from cdk_mlops_step.processing import run_processing
from cdk_mlops_step.scripts import base_folder

# What the script may leave beside its report: drift monitoring compares the predictions of production with them.
PREDICTIONS = ("predictions.csv", "predictions.jsonl", "predictions.parquet")


def evaluate(options):
    base = base_folder()
    model = local_path(options.input["model"])
    if not any(files_below(model)):
        raise StepError(f"input model: no file lies at {options.input['model']}; the training step writes the model there")
    archive = base / "processing/input/model/model.tar.gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(str(archive), "w:gz", compresslevel=1) as tar:  # read once, on this machine
        tar.add(str(model), arcname=".")
    report = run_processing(options, base, ["test"]) / "evaluation/evaluation.json"
    if not report.is_file():
        raise StepError(f"{options.script} left no evaluation/evaluation.json in MLOPS_OUTPUT_DIR: the gate reads it")
    value = metric_of(read_json(str(report), "the evaluation report"), options.metric)
    deliver(report, options.report)
    for predictions in filter(Path.is_file, (report.parent / name for name in PREDICTIONS)):
        deliver(predictions, str(Path(options.report).parent / predictions.name))
    for path in options.output_parameter.values():
        write_text(path, repr(value))
    print(f"{options.metric} {value}")


def metric_of(report, metric):
    """The value that the gate compares. What compares with nothing is refused here: NaN would pass one gate and fail another."""
    try:
        value = report["metrics"][metric]["value"]
    except (KeyError, TypeError):
        metrics = report.get("metrics") if isinstance(report, dict) else None
        has = ", ".join(metrics) if isinstance(metrics, dict) and metrics else "none"
        raise StepError(f"the evaluation report lacks metrics.{metric}.value: it has {has}; write that metric, or gate by another")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise StepError(f"the evaluation report has metrics.{metric}.value {json.dumps(value)}: it must be a finite number")
    return float(value)


def refuse(options):
    """Ends an execution whose model did not reach the threshold, so that people hear of it."""
    requirement = f"{options.metric} must be {options.operator} {options.threshold}"
    raise StepError(f"the gate refused the model: {requirement}, got {options.value}")
