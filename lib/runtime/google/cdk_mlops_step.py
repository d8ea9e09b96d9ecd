"""The steps of the training pipeline on Vertex AI: what SageMaker does around a script, done around the same script.

    python3 cdk_mlops_step.py data-manifest|preprocess|train|evaluate|register|refuse OPTIONS

The standard library of Python 3.7 is enough: this program runs in whatever image the scripts run in. Cloud Storage is read and
written below /gcs, where Vertex mounts it; what has no folder there (listings, BigQuery, the registry) goes over REST, with the
token of the job's service account. Every location may be given as gs://bucket/name or as /gcs/bucket/name.

A step ends with code 0, or with one line that says what is wrong and code 1.
"""
import argparse
import hashlib
import http.client
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from pathlib import Path

CHANNELS = ("train", "validation", "test")

# Where Vertex and SageMaker have their folders, and the services; a test names others.
GCS_ROOT = os.environ.get("MLOPS_GCS_ROOT", "/gcs")
BASE_DIR = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
METADATA_URL = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")
STORAGE_URL = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")
BIGQUERY_URL = os.environ.get("MLOPS_BIGQUERY_URL", "https://bigquery.googleapis.com")
VERTEX_URL = os.environ.get("MLOPS_VERTEX_URL", "https://{region}-aiplatform.googleapis.com")

ATTEMPTS = 7
PAUSE_SECONDS = float(os.environ.get("MLOPS_PAUSE_SECONDS", "1"))
MAX_PAUSE_SECONDS = 30 * PAUSE_SECONDS
OPERATION_SECONDS = float(os.environ.get("MLOPS_OPERATION_SECONDS", str(2 * 3600)))
"""How long an export or a registration may take."""


class StepError(Exception):
    """What ends a step: one line that says what is wrong and the way out."""


def pause(attempt):
    """Waits before the next attempt: twice as long each time, and not in step with others that failed at the same moment."""
    time.sleep(random.uniform(0.5, 1) * min(MAX_PAUSE_SECONDS, PAUSE_SECONDS * 2 ** (attempt - 1)))


# ---------------------------------------------------------------------------------------------------------------------
# Locations and files
# ---------------------------------------------------------------------------------------------------------------------


def local_path(location):
    """Where a location lies in this container."""
    return Path(GCS_ROOT, location[len("gs://") :]) if location.startswith("gs://") else Path(location)


def uri_of(location):
    """A location as the services name it."""
    root = GCS_ROOT.rstrip("/") + "/"
    return "gs://" + location[len(root) :] if location.startswith(root) else location


def read_json(location, what):
    try:
        return json.loads(local_path(location).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StepError(f"{what} at {location} cannot be read: {error}")


def write_text(location, text):
    path = local_path(location)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def raise_error(error):
    raise error


def files_below(folder):
    """Every file below a folder, by its path in it; none if there is no folder. Links are followed, a link's target is the data."""
    if not folder.exists():
        return
    for parent, folders, names in os.walk(str(folder), onerror=raise_error, followlinks=True):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            yield path.relative_to(folder), path


def copy_tree(source, target, leave_out=()):
    """Copies contents only: Cloud Storage keeps neither times nor permissions. Answers how many files there were."""
    count = 0
    for name, path in files_below(source):
        if not set(name.parts) & set(leave_out):
            copy_file(path, target / name)
            count += 1
    return count


def copy_file(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(source), str(target))
    if target.stat().st_size != source.stat().st_size:
        raise OSError(f"{target} has {target.stat().st_size} of {source.stat().st_size} bytes")


def deliver(source, location):
    """Lays a file or a folder where later steps look for it: all of it, or nothing."""
    target = local_path(location)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            remove(target)  # an earlier attempt of this job may have left a part
            return copy_tree(source, target) if source.is_dir() else copy_file(source, target)
        except OSError as error:
            reason = error
            print(f"{location} could not be written ({error}), attempt {attempt} of {ATTEMPTS}", file=sys.stderr)
            if attempt < ATTEMPTS:
                pause(attempt)
    try:
        remove(target)
    except OSError:
        pass  # the step fails: nobody reads what is left
    raise StepError(f"{location} cannot be written: {reason}; the service account needs to create and delete objects there")


def remove(path):
    if path.is_dir():
        shutil.rmtree(str(path))
    elif path.exists():
        path.unlink()


# ---------------------------------------------------------------------------------------------------------------------
# Services
# ---------------------------------------------------------------------------------------------------------------------


class RequestError(StepError):
    """A service refused a request, or gave no answer (status 0)."""

    TRANSIENT = (0, 408, 429, 500, 502, 503, 504)

    def __init__(self, request, status, reason, transient=False):
        super().__init__(f"{request} {'got no answer' if status == 0 else f'was answered {status}'}: {reason}")
        self.status = status
        self.transient = transient or status in self.TRANSIENT


class Token:
    """The access token of the job's service account, renewed before it ends."""

    value = None
    ends = 0.0

    @classmethod
    def get(cls):
        if time.monotonic() > cls.ends:
            url = f"{METADATA_URL}/computeMetadata/v1/instance/service-accounts/default/token"
            answer = send("GET", url, None, {"Metadata-Flavor": "Google"})
            cls.value, cls.ends = answer["access_token"], time.monotonic() + answer["expires_in"] - 60
        return cls.value


def call(method, url, body=None, attempts=ATTEMPTS):
    """One request as the job's service account, repeated while the service is busy or out of reach."""
    return retry(lambda: send(method, url, body, {"Authorization": f"Bearer {Token.get()}"}), attempts)


def retry(request, attempts=ATTEMPTS):
    for attempt in range(1, attempts + 1):
        try:
            return request()
        except RequestError as error:
            if not error.transient or attempt == attempts:
                raise
            pause(attempt)


def send(method, url, body, headers):
    data = None if body is None else json.dumps(body).encode("utf-8")
    headers = dict(headers, **({"Content-Type": "application/json"} if data else {}))
    name = f"{method} {url.split('?')[0]}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=120) as answer:
            return json.loads(answer.read().decode("utf-8") or "{}")
    except urllib.error.HTTPError as error:
        reason, busy = refusal(error)
        raise RequestError(name, error.code, reason, transient=busy)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: the answer was cut off
        raise RequestError(name, 0, getattr(error, "reason", error))


def refusal(error):
    """Why a service refused, and whether it only asks for patience: BigQuery says so with code 403."""
    try:
        document = json.loads(error.read().decode("utf-8"))["error"]
        reasons = {item.get("reason") for item in document.get("errors", [])}
        return " ".join(str(document["message"]).split()), bool(reasons & {"rateLimitExceeded", "backendError"})
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return error.reason, False


def wait_for(read, is_done, what):
    """Reads until it is done, at growing distances."""
    deadline, attempt = time.monotonic() + OPERATION_SECONDS, 1
    while True:
        state = read()
        if is_done(state):
            return state
        if time.monotonic() > deadline:
            raise StepError(f"{what} has not ended within {OPERATION_SECONDS:.0f} seconds; look at it in the console")
        pause(attempt)
        attempt = min(attempt + 1, 5)


# ---------------------------------------------------------------------------------------------------------------------
# data-manifest: what a training reads
# ---------------------------------------------------------------------------------------------------------------------


def data_manifest(options):
    """Lists the data of one training, keeps the list as its data manifest, and lays tables of BigQuery into files.

    The manifest has one line per file or table, in the order of the channels and of the names, byte by byte. Its hash is the data
    version: over all that it says except the `generation` of files, so that the same bytes uploaded again are the same data.
    """
    execution_label(options.job)  # later it would cost a training
    given = {channel: options.data[channel] for channel in CHANNELS if options.data.get(channel)}
    digest, count, size, tables = hashlib.sha256(), 0, 0, {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "manifest.jsonl")
        with file.open("w", encoding="utf-8") as lines:
            for channel, uri in given.items():
                for entry in list_data(channel, uri, tables):
                    lines.write(json_line(entry))
                    digest.update(json_line({key: entry[key] for key in entry if key != "generation"}).encode("utf-8"))
                    count, size = count + 1, size + entry["size"]
        folders = {channel: export(options, tables[channel]) if channel in tables else given[channel] for channel in given}
        deliver(file, options.manifest_path)
    sha256 = digest.hexdigest()
    manifest = {"manifestUri": uri_of(options.manifest_path), "manifestSha256": sha256, "objectCount": count, "totalBytes": size}
    write_text(options.lineage_path, json.dumps(lineage_of(options, given, manifest), indent=2))
    for name, path in options.output_parameter.items():
        write_text(path, sha256 if name == "sha256" else folders.get(name, ""))
    print(f"{count} files or tables, {size} bytes, data version {sha256}")


def json_line(entry):
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


def lineage_of(options, given, manifest):
    """The document that names code, data, image and hyperparameters of this execution."""
    locations = {name: given[channel] for name, channel in zip(("training", "validation", "test"), CHANNELS) if channel in given}
    return {
        "executionId": options.job,
        "code": {"version": options.code_version, "uri": options.code_uri},
        "image": options.image,
        "hyperparameters": json.loads(options.hyperparameters),
        "data": dict(locations, manifest=manifest),
    }


def list_data(channel, uri, tables):
    """What lies at a location, one entry at a time; a table is remembered for its export."""
    if uri.startswith("bq://"):
        tables[channel] = get_table(uri)
        yield table_entry(channel, uri, tables[channel])
        return
    found = 0
    for entry in list_objects(channel, uri):
        found += 1
        yield entry
    if not found:
        raise StepError(f"no {channel} data: {uri} holds no file; put data there or change the location")


def list_objects(channel, uri):
    """Files of a folder, or one file, page by page: a folder may hold more than fits into memory."""
    match = re.match(r"gs://([^/]+)/?(.*)$", uri_of(uri))
    if not match:
        raise StepError(f"{channel} data: got {uri!r}, allowed are gs://bucket/folder/ and bq://project.dataset.table")
    bucket, name = match.group(1), match.group(2)
    fields = "nextPageToken,items(name,generation,md5Hash,crc32c,size)"
    query = {"prefix": name, "maxResults": "1000", "fields": fields}
    while True:
        page = call("GET", f"{STORAGE_URL}/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}")
        for item in page.get("items", []):
            in_folder = name in ("", item["name"]) or item["name"].startswith(name.rstrip("/") + "/")
            if in_folder and not (item["name"].endswith("/") and int(item["size"]) == 0):  # a console-made folder is not data
                yield object_entry(channel, bucket, item)
        if not page.get("nextPageToken"):
            return
        query["pageToken"] = page["nextPageToken"]


def object_entry(channel, bucket, item):
    checksum = {"md5": item["md5Hash"]} if "md5Hash" in item else {"crc32c": item["crc32c"]}  # composed objects have no MD5
    key = f"gs://{bucket}/{item['name']}"
    return dict({"channel": channel, "key": key, "generation": item["generation"]}, **checksum, size=int(item["size"]))


# --- tables of BigQuery


def get_table(uri):
    project, dataset, table = table_name(uri)
    return call("GET", f"{BIGQUERY_URL}/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{urllib.parse.quote(table)}")


def table_name(uri):
    parts = uri[len("bq://") :].rsplit(".", 2)  # a project of a domain has a dot of its own: example.com:project
    if len(parts) != 3 or not all(parts):
        raise StepError(f"got {uri!r}, a table is bq://project.dataset.table")
    return parts


def table_entry(channel, uri, table):
    if table.get("type") not in ("TABLE", "SNAPSHOT"):
        kind = table.get("type", "unknown").lower().replace("_", " ")
        raise StepError(f"{channel} data: {uri} is of type {kind}, which BigQuery does not export; write it to a table and name that")
    if table.get("numRows", "0") == "0":
        raise StepError(f"no {channel} data: {uri} has no row; put data there or change the location")
    facts = {name: table[name] for name in ("etag", "lastModifiedTime", "numRows")}
    return dict({"channel": channel, "key": uri}, **facts, size=int(table["numBytes"]))


EXPORT_FORMATS = {"csv": ("CSV", "csv"), "jsonlines": ("NEWLINE_DELIMITED_JSON", "jsonl"), "parquet": ("PARQUET", "parquet")}


def export(options, table):
    """The folder with the rows of a table. It is exported once per content and format: a note beside the folder says it is whole."""
    reference = table["tableReference"]
    name = "{projectId}.{datasetId}.{tableId}".format(**reference)
    content = json.dumps([name, table["etag"], table["lastModifiedTime"], table["numRows"], options.format])
    version = hashlib.sha256(content.encode("utf-8")).hexdigest()
    note = local_path(f"{options.staging_uri.rstrip('/')}/{version}.json")
    if note.is_file():
        exported = read_json(str(note), "the note of an export")
        if sum(1 for _ in files_below(local_path(exported["folder"]))) == exported["files"]:
            return exported["folder"]
    folder = extract(options, table, version)
    if get_table(f"bq://{name}")["etag"] != table["etag"]:
        raise StepError(
            f"bq://{name} changed while it was exported: start the training when nobody writes, or make a snapshot (CREATE SNAPSHOT "
            "TABLE) and name that"
        )
    files = sum(1 for _ in files_below(local_path(folder)))
    if not files:
        raise StepError(f"the export of bq://{name} left no file in {folder}")
    write_text(str(note), json.dumps({"table": name, "etag": table["etag"], "folder": folder, "files": files}, indent=2))
    return folder


def extract(options, table, version):
    """Runs the export. Its job has a name of its own per execution and attempt, so that a lost answer starts no second one."""
    file_format, extension = EXPORT_FORMATS[options.format]
    jobs = f"{BIGQUERY_URL}/bigquery/v2/projects/{options.project}/jobs"
    for attempt in range(1, 4):
        job = f"{options.job}_{version[:16]}_{attempt}"
        folder = f"{uri_of(options.staging_uri).rstrip('/')}/{version}/{job}/"
        configuration = {
            "sourceTable": table["tableReference"],
            "destinationUris": [f"{folder}part-*.{extension}"],
            "destinationFormat": file_format,
        }
        reference = {"projectId": options.project, "jobId": job, "location": table["location"]}
        try:
            call("POST", jobs, {"jobReference": reference, "configuration": {"extract": configuration}})
        except RequestError as error:
            if error.status != 409:  # 409: this very job runs already
                raise
        url = f"{jobs}/{job}?location={table['location']}"
        ended = wait_for(lambda: call("GET", url), lambda state: state["status"]["state"] == "DONE", f"the export {job}")
        problem = ended["status"].get("errorResult")
        if not problem:
            return folder
        if problem.get("reason") not in ("backendError", "internalError", "rateLimitExceeded", "quotaExceeded"):
            break
        pause(attempt)
    raise StepError(f"the export {job} failed: {problem['message']}")


# ---------------------------------------------------------------------------------------------------------------------
# preprocess, train, evaluate: the scripts
# ---------------------------------------------------------------------------------------------------------------------


def base_folder():
    """SageMaker's folder, or a temporary one where the image's user may not write there."""
    try:
        os.makedirs(BASE_DIR, exist_ok=True)
        with tempfile.TemporaryFile(dir=BASE_DIR):
            return Path(BASE_DIR)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="mlops-"))


def lay_source(options, base):
    """Unpacks the scripts, and installs what they ask for."""
    code = base / "code"
    try:
        with tarfile.open(str(local_path(options.source)), "r:gz") as archive:
            archive.extractall(str(code))
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise StepError(f"the source {options.source} cannot be unpacked: {error}; deploy again to upload it")
    if not (code / options.script).is_file():
        raise StepError(f"the source {options.source} holds no {options.script}")
    if (code / "requirements.txt").is_file():
        install = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"]
        if subprocess.call(install, cwd=str(code)) != 0:
            raise StepError("requirements.txt could not be installed: see pip's lines above; without a network, use an own image")
    return code


def lay_inputs(options, folder, names):
    """Links the inputs into one folder per name: they are read where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    laid = {}
    for name in names:
        if not options.input.get(name):
            continue
        source = local_path(options.input[name])
        if not source.exists():
            raise StepError(f"input {name}: nothing lies at {options.input[name]}")
        laid[name] = folder / name
        if source.is_file():
            laid[name].mkdir()
            (laid[name] / source.name).symlink_to(source)
        else:
            laid[name].symlink_to(source, target_is_directory=True)
    return laid


def run_script(options, code, arguments, variables):
    """Runs a script to its end. A signal to stop is passed on: the script may save its state, but the step has not succeeded."""
    environment = dict(os.environ, PYTHONUNBUFFERED="1", DATA_MANIFEST_SHA256=options.data_manifest_sha256, **variables)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code), os.environ.get("PYTHONPATH")]))
    sys.stdout.flush()
    script = subprocess.Popen([sys.executable, options.script] + arguments, cwd=str(code), env=environment)
    stopped = []

    def stop(number, _):
        stopped.append(number)
        script.send_signal(number)

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    status = script.wait()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    if stopped:
        raise StepError(f"the job was told to stop; {options.script} ended with {describe_exit(status)}")
    if status != 0:
        raise StepError(f"{options.script} ended with {describe_exit(status)}")


def describe_exit(status):
    if status >= 0:
        return f"code {status}"
    hint = ", often for want of memory: choose a larger compute" if -status == signal.SIGKILL else ""
    return f"signal {-status}{hint}"


def run_processing(options, base, inputs):
    """A script between an input folder and an output folder, as in SageMaker's processing jobs. Answers the output folder."""
    code = lay_source(options, base)
    lay_inputs(options, base / "processing/input", inputs)
    output = base / "processing/output"
    output.mkdir(parents=True, exist_ok=True)
    folders = {"MLOPS_INPUT_DIR": str(base / "processing/input"), "MLOPS_OUTPUT_DIR": str(output)}
    run_script(options, code, [], folders)
    return output


def preprocess(options):
    output = run_processing(options, base_folder(), CHANNELS)
    empty = [name for name in options.output if not any(files_below(output / name))]
    if empty:
        folders = ", ".join(f"{name}/" for name in empty)
        raise StepError(f"{options.script} left no file in {folders}: it writes train/, validation/ and test/ in MLOPS_OUTPUT_DIR")
    for name, location in options.output.items():
        deliver(output / name, location)


def train(options):
    """The training script in SageMaker's script mode. The source is laid into `code` of the model, as on AWS."""
    base = base_folder()
    code = lay_source(options, base)
    model, output = base / "model", base / "output"
    for folder in (model, output / "data"):
        folder.mkdir(parents=True, exist_ok=True)
    channels = lay_inputs(options, base / "input/data", CHANNELS)
    channels["code"] = base / "input/data/code"
    channels["code"].mkdir()
    (channels["code"] / "source.tgz").symlink_to(local_path(options.source))
    link_checkpoints(options, base)
    run_script(options, code, options.arguments, training_variables(options, base, channels))
    if not any(files_below(model)):
        raise StepError(f"{options.script} left no file in SM_MODEL_DIR: save the model there")
    copy_tree(code, model / "code", leave_out=("__pycache__",))
    deliver(model, options.model)


def link_checkpoints(options, base):
    """Makes the job's folder for checkpoints the one that scripts know: what lies there outlives this container."""
    if not options.checkpoints:
        return
    kept, known = local_path(options.checkpoints), base / "checkpoints"
    kept.mkdir(parents=True, exist_ok=True)
    if known.is_dir() and not known.is_symlink():
        known.rmdir()  # of the image
    if not known.exists():
        known.symlink_to(kept, target_is_directory=True)
    if str(base) != "/opt/ml":
        print(f"checkpoints are kept from {known}: this image's user may not write to /opt/ml")


def training_variables(options, base, channels):
    """What SageMaker's training toolkit tells a script, as far as it means something on one machine of Vertex."""
    hyperparameters = parse_hyperparameters(options.arguments)
    values = {
        "CHANNELS": sorted(channels),
        "CURRENT_HOST": "algo-1",
        "HOSTS": ["algo-1"],
        "HPS": hyperparameters,
        "INPUT_DIR": base / "input",
        "INPUT_CONFIG_DIR": base / "input/config",
        "LOG_LEVEL": 20,
        "MODEL_DIR": base / "model",
        "MODULE_DIR": base / "code",
        "MODULE_NAME": Path(options.script).stem,
        "NUM_CPUS": os.cpu_count() or 1,
        "NUM_GPUS": count_gpus(),
        "OUTPUT_DATA_DIR": base / "output/data",
        "OUTPUT_DIR": base / "output",
        "USER_ARGS": options.arguments,
        "USER_ENTRY_POINT": options.script,
    }
    values.update({f"CHANNEL_{name.upper()}": folder for name, folder in channels.items()})
    values.update({f"HP_{name.upper()}": value for name, value in hyperparameters.items()})
    texts = {f"SM_{name}": value if isinstance(value, str) else text_of(value) for name, value in values.items()}
    return dict(texts, MLOPS_TRAINING_SCRIPT=options.script)


def text_of(value):
    return str(value) if isinstance(value, Path) else json.dumps(value, sort_keys=True)


def parse_hyperparameters(arguments):
    """The pairs `--name value` as values: numbers and truth values as such, everything else as text."""
    result = {}
    for name, text in zip(arguments[::2], arguments[1::2]):
        try:
            value = json.loads(text)
        except ValueError:
            value = {"True": True, "False": False}.get(text, text)
        result[name.lstrip("-")] = value
    return result


def count_gpus():
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return len(listed.stdout.splitlines()) if listed.returncode == 0 else 0
    except OSError:
        return 0


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


# ---------------------------------------------------------------------------------------------------------------------
# register, refuse
# ---------------------------------------------------------------------------------------------------------------------

SERVING_PROGRAM = "cdk_mlops_serve.py"

# Starts the serving program from the model's own `code` folder. It holds no "$(", which Vertex would take for a variable.
BOOTSTRAP = """\
import json, os, urllib.parse, urllib.request
def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read()
metadata = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")
storage = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")
token = get(metadata + "/computeMetadata/v1/instance/service-accounts/default/token", {"Metadata-Flavor": "Google"})
bucket, _, folder = os.environ["AIP_STORAGE_URI"][len("gs://"):].partition("/")
name = urllib.parse.quote(folder.rstrip("/") + "/code/cdk_mlops_serve.py", safe="")
authorization = {"Authorization": "Bearer " + json.loads(token)["access_token"]}
program = get(storage + "/storage/v1/b/" + bucket + "/o/" + name + "?alt=media", authorization)
exec(compile(program, "cdk_mlops_serve.py", "exec"))
"""


def execution_label(job):
    """The label by which an execution's version is found: a label's value has at most 63 characters."""
    if not re.match(r"[a-z0-9_-]{1,63}$", job):
        raise StepError(f"got job name {job!r}, the registry finds its version by a label: at most 63 lower-case letters, digits, - and _")
    return job


def register(options):
    """Adds a version to the registry. The same execution adds one version only, however often it is asked to."""
    report = read_json(options.report, "the evaluation report")
    lineage = read_json(options.lineage_uri, "the lineage document")
    version = find_version(options)
    if not version:
        model = model_of(options, metric_of(report, options.metric))
        version = upload(options, model)
    document = {
        "executionId": options.job,
        "codeVersion": options.code_version,
        "dataManifestUri": uri_of(options.data_manifest_uri),
        "dataManifestSha256": options.data_manifest_sha256,
        "lineageUri": uri_of(options.lineage_uri),
        "hyperparameters": lineage.get("hyperparameters", {}),
        "metrics": report["metrics"],
        "model": f"{model_name(options)}@{version}",
    }
    write_text(options.lineage_path, json.dumps(document, indent=2))
    for path in options.output_parameter.values():
        write_text(path, version)
    print(f"registered {document['model']}")


def location_name(options):
    return f"projects/{options.project}/locations/{options.region}"


def model_name(options):
    return f"{location_name(options)}/models/{options.model_id}"


def vertex(options, path):
    return f"{VERTEX_URL.format(region=options.region)}/v1/{path}"


def find_version(options):
    """The version that this execution has registered, if it has."""
    query = {"filter": f'labels.execution="{execution_label(options.job)}"', "pageSize": "100"}
    versions = []
    while True:
        try:
            page = call("GET", vertex(options, f"{model_name(options)}:listVersions?{urllib.parse.urlencode(query)}"))
        except RequestError as error:
            if error.status == 404:
                return None
            raise
        versions += [model for model in page.get("models", []) if model.get("labels", {}).get("execution") == options.job]
        if not page.get("nextPageToken"):
            break
        query["pageToken"] = page["nextPageToken"]
    return min((model["versionId"] for model in versions), key=int, default=None)


LOOKS = 10
"""How often a version is looked for whose upload may have begun: for a minute and more."""


def upload(options, model):
    """Uploads the version. It is never asked for blindly again: an answer may be lost while the version is being made."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            operation = call("POST", vertex(options, f"{location_name(options)}/models:upload"), upload_request(options, model), attempts=1)
            return finish(options, operation)
        except RequestError as error:
            if not error.transient and error.status != 409:  # 409: another execution is registering too
                raise
            reason = error
        took_no_effect = reason.status in (409, 429)
        for look in range(1, (1 if took_no_effect else LOOKS) + 1):
            pause(max(min(look, 5), attempt))
            version = find_version(options)
            if version:
                return version
    raise reason


def upload_request(options, model):
    """The first upload names the model, later ones add versions to it."""
    try:
        call("GET", vertex(options, model_name(options)))
        request = {"parentModel": model_name(options), "model": model}
    except RequestError as error:
        if error.status != 404:
            raise
        request = {"modelId": options.model_id, "model": model}
    return dict(request, serviceAccount=options.service_account) if options.service_account else request


# google.rpc.Code of a failed operation, as the status that a request would have got.
STATUS_OF_CODE = {6: 409, 8: 429, 10: 409, 14: 503}


def finish(options, operation):
    name = operation["name"]
    ended = wait_for(lambda: call("GET", vertex(options, name)), lambda state: state.get("done"), f"the registration {name}")
    if "error" in ended:
        raise RequestError("models:upload", STATUS_OF_CODE.get(ended["error"].get("code"), 400), ended["error"].get("message"))
    return ended["response"]["modelVersionId"]


def model_of(options, value):
    labels = {
        "execution": execution_label(options.job),
        "code_version": options.code_version[:63],
        "data_manifest": options.data_manifest_sha256[:63],
    }
    model = {
        "displayName": options.model_id,
        "versionDescription": f"{options.metric} {value}; lineage: {uri_of(options.lineage_uri)}",
        "artifactUri": uri_of(options.model_uri),
        "containerSpec": container_of(options),
        "labels": labels,
    }
    return dict(model, encryptionSpec={"kmsKeyName": options.kms_key}) if options.kms_key else model


def container_of(options):
    """How the version answers: with its own script, else as the image does by itself."""
    environment = json.loads(options.environment)
    container = {"imageUri": options.image}
    if options.entry_point:
        check_code(options)
        container["command"] = ["python3", "-u", "-c", BOOTSTRAP]
        environment["MLOPS_INFERENCE_SCRIPT"] = options.entry_point
        if options.framework:
            environment["MLOPS_FRAMEWORK"] = options.framework
        environment["MLOPS_REQUEST_FORMAT"] = options.format
    if options.entry_point or not is_prebuilt(options.image):  # prebuilt images have routes of their own
        container.update(healthRoute="/ping", predictRoute="/invocations", ports=[{"containerPort": 8080}])
    if environment:
        # Vertex expands $(NAME) in values; nothing of that is meant.
        container["env"] = [{"name": name, "value": str(value).replace("$(", "$$(")} for name, value in sorted(environment.items())]
    return container


def is_prebuilt(image):
    return re.match(r"[a-z]+-docker\.pkg\.dev/vertex-ai(-restricted)?/", image) is not None


def check_code(options):
    """A version that could not start is found here, not when it is deployed."""
    for name in (SERVING_PROGRAM, options.entry_point):
        if not (local_path(options.model_uri) / "code" / name).is_file():
            raise StepError(f"the model {options.model_uri} holds no code/{name}; the training step lays the source there")


def refuse(options):
    """Ends an execution whose model did not reach the threshold, so that people hear of it."""
    requirement = f"{options.metric} must be {options.operator} {options.threshold}"
    raise StepError(f"the gate refused the model: {requirement}, got {options.value}")


# ---------------------------------------------------------------------------------------------------------------------
# Command line
# ---------------------------------------------------------------------------------------------------------------------


class Pairs(argparse.Action):
    """`--data train=URI --data test=URI`, or `--data train=URI test=URI`, as one mapping."""

    def __call__(self, parser, namespace, values, option_string=None):
        pairs = dict(getattr(namespace, self.dest) or {})
        for value in values:
            name, found, rest = value.partition("=")
            if not found:
                parser.error(f"{option_string}: got {value!r}, expected name=value")
            pairs[name] = rest
        setattr(namespace, self.dest, pairs)


STEPS = {
    "data-manifest": (
        data_manifest,
        "job project region staging-uri code-version code-uri image hyperparameters manifest-path lineage-path",
        "data output-parameter",
    ),
    "preprocess": (preprocess, "source script data-manifest-sha256", "input output"),
    "train": (train, "source script data-manifest-sha256 model", "input"),
    "evaluate": (evaluate, "source script data-manifest-sha256 metric report", "input output-parameter"),
    "register": (
        register,
        "job project region model-id model-uri report data-manifest-sha256 data-manifest-uri lineage-uri code-version metric image "
        "lineage-path",
        "output-parameter",
    ),
    "refuse": (refuse, "metric operator threshold value", ""),
}
"""Function, required options and options of pairs of each step."""

OPTIONAL = {
    "train": {"checkpoints": ""},
    "register": {"framework": "", "entry-point": "", "environment": "{}", "kms-key": "", "service-account": ""},
}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="cdk_mlops_step.py", allow_abbrev=False)
    steps = parser.add_subparsers(dest="step")
    steps.required = True
    for name, (_, required, pairs) in STEPS.items():
        step = steps.add_parser(name, allow_abbrev=False)
        for option in required.split():
            step.add_argument(f"--{option}", required=True)
        for option in pairs.split():
            step.add_argument(f"--{option}", action=Pairs, nargs="+", default={}, metavar="NAME=VALUE")
        for option, default in OPTIONAL.get(name, {}).items():
            step.add_argument(f"--{option}", default=default)
        if name == "data-manifest":
            step.add_argument("--format", required=True, choices=sorted(EXPORT_FORMATS))
        if name == "register":
            step.add_argument("--format", required=True, choices=("csv", "jsonlines"))
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(join_numbers(arguments[:end]))
    options.arguments = arguments[end + 1 :]
    return options


def join_numbers(arguments):
    """`--value -1e-05` as one argument, because argparse takes such a number for an option."""
    joined = []
    for argument in arguments:
        if joined and joined[-1] in ("--value", "--threshold"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def main(arguments):
    options = parse(arguments)
    try:
        STEPS[options.step][0](options)
    except (StepError, OSError) as error:
        print(f"{options.step}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
