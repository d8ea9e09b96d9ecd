"""The model's files, from Cloud Storage into this container."""
import http.client
import json
import os
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

METADATA_URL = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")
STORAGE_URL = os.environ.get("MLOPS_STORAGE_URL", "https://storage.googleapis.com")

ATTEMPTS = 5


def download_model(uri):
    """The model's folder on this machine; a folder that is here already is used where it lies."""
    if not uri.startswith("gs://"):
        return Path(uri)
    bucket, _, prefix = f"{uri[len('gs://') :].rstrip('/')}/".partition("/")
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    names = [name for name in list_objects(bucket, prefix) if not name.endswith("/")]
    if not names:
        raise FileNotFoundError(f"no model: {uri} holds no file")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: download(bucket, name, folder / name[len(prefix) :]), names))
    return folder


def list_objects(bucket, prefix):
    query = {"prefix": prefix, "fields": "nextPageToken,items(name)"}
    while True:
        page = json.loads(get(f"{STORAGE_URL}/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}"))
        for item in page.get("items", []):
            yield item["name"]
        if not page.get("nextPageToken"):
            return
        query["pageToken"] = page["nextPageToken"]


def download(bucket, name, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    get(f"{STORAGE_URL}/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media", target)


def get(url, target=None):
    """One GET as the container's service account, into a file if one is named."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            request = urllib.request.Request(url, headers={"Authorization": f"Bearer {access_token()}"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                return read(answer, target)
        except (OSError, http.client.HTTPException) as error:
            status = getattr(error, "code", 503)
            if attempt == ATTEMPTS or status not in (408, 429, 500, 502, 503, 504):
                raise OSError(f"GET {url.split('?')[0]}: {error}")
            time.sleep(0.5 * 2**attempt)


def read(answer, target):
    if target is None:
        return answer.read()
    size = 0
    with target.open("wb") as file:
        for block in iter(lambda: answer.read(2**20), b""):
            size += file.write(block)
    if size != int(answer.headers.get("Content-Length", size)):
        raise OSError(f"{target.name} came with {size} of {answer.headers['Content-Length']} bytes")
    return None


def access_token():
    url = f"{METADATA_URL}/computeMetadata/v1/instance/service-accounts/default/token"  # the metadata server keeps it until it ends
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Metadata-Flavor": "Google"}), timeout=10) as answer:
        return json.loads(answer.read())["access_token"]
