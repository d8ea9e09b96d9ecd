"""The step data-manifest: what a training reads."""
import hashlib
import json
import os
import re
import tempfile
import urllib.parse
from pathlib import Path

from cdk_mlops_step.channels import CHANNELS
from cdk_mlops_step.errors import StepError
from cdk_mlops_step.google_rest import call
from cdk_mlops_step.locations import deliver, uri_of, write_text
from cdk_mlops_step.registry import execution_label
from cdk_mlops_step.tables import export, get_table, table_entry

STORAGE_URL = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")


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
