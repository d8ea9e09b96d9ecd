"""Tables of BigQuery: what the data manifest says of them, and their export into files."""
import hashlib
import json
import os
import urllib.parse

from cdk_mlops_step.errors import RequestError, StepError
from cdk_mlops_step.google_rest import call
from cdk_mlops_step.locations import files_below, local_path, read_json, uri_of, write_text
from cdk_mlops_step.waiting import pause, wait_for

BIGQUERY_URL = os.environ.get("MLOPS_BIGQUERY_URL", "https://bigquery.googleapis.com")

EXPORT_FORMATS = {"csv": ("CSV", "csv"), "jsonlines": ("NEWLINE_DELIMITED_JSON", "jsonl"), "parquet": ("PARQUET", "parquet")}


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
