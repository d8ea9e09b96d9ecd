"""The Google APIs that the drift program uses, in this process: BigQuery runs on DuckDB, the others remember what they are sent."""
import base64
import datetime
import fnmatch
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

from duck_bigquery import DuckBigQuery, SqlError

PROJECT, REGION, MONITOR, BUCKET = "acme-ml", "europe-west4", "churn", "artifacts"
FOLDER = f"drift/{MONITOR}/"
DATASET = f"{PROJECT}.churn_mlops"
TABLES = {name: f"{DATASET}.drift_{name}" for name in ("requests", "counts", "baselines", "runs")}
LOG = f"{DATASET}.request_response_logging"
LOG_COLUMNS = [
    {"name": name, "type": kind, "mode": mode}
    for name, kind, mode in (
        ("endpoint_id", "STRING", "NULLABLE"), ("deployed_model_id", "STRING", "NULLABLE"), ("logging_time", "TIMESTAMP", "NULLABLE"),
        ("request_id", "INT64", "NULLABLE"), ("request_payload", "STRING", "REPEATED"), ("response_payload", "STRING", "REPEATED"),
    )
]
WORKFLOW = f"projects/{PROJECT}/locations/{REGION}/workflows/drift-{MONITOR}"
TRAINING = f"projects/{PROJECT}/locations/{REGION}/workflows/train-{MONITOR}"
MODEL = f"projects/{PROJECT}/locations/{REGION}/models/{MONITOR}"
SETTINGS = {
    "project": PROJECT, "region": REGION, "monitor": MONITOR, "bucket": BUCKET, "folder": FOLDER, "rules": "drift/churn/rules.json",
    "tables": TABLES, "log": LOG, "routines": DATASET, "deployer": "deployments/churn/", "topic": f"projects/{PROJECT}/topics/drift",
    "retraining": {"workflow": TRAINING, "model": MODEL, "trainingData": "gs://data/train/"},
    "encryptionKey": f"projects/{PROJECT}/locations/{REGION}/keyRings/k/cryptoKeys/k",
}


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


class DriftCloud:
    """A project with one monitor."""

    def __init__(self, contract, folder):
        self.big = DuckBigQuery(contract)
        for name, table in contract["tables"].items():
            self.big.create_table(TABLES[name], table["columns"])
        self.folder = folder  # files of other buckets lie here: gs://data/… is folder/data/…
        self.objects, self.generation, self.types = {}, 0, {}  # name → (generation, text) in the artifact bucket
        self.jobs, self.series, self.messages, self.executions, self.log = {}, [], [], [], []
        self.now = datetime.datetime(2026, 11, 26, 12, 10, tzinfo=datetime.timezone.utc)
        self.active, self.count, self.logging = set(), 0, False
        self.versions, self.job_details, self.fail_jobs = [], {}, []
        self.largest_turn, self.largest_answer = 0, 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.big.__exit__(*error)

    # What a test prepares.

    def put(self, name, document):
        self.generation += 1
        self.objects[name] = (self.generation, document if isinstance(document, str) else json.dumps(document))

    def document(self, name):
        return json.loads(self.objects[name][1])

    def serve(self, version, deployed="111"):
        """The deployer's record: this version serves."""
        model = {"version": f"{MODEL}@{version}", "number": version}
        variant = {"slot": "a", "model": model, "modelName": deployed}
        captures = [{"deployment": "d1", "since": "2026-11-01T00:00:00.000Z", "models": {"a": model}, "names": {"a": deployed}}]
        champion = {"id": "d1", "configName": "c", "variants": [variant], "serving": "{}", "createdAt": "", "slot": "a", "servingSince": ""}
        self.put("deployments/churn/record/record.json", {"format": 1, "endpoint": MONITOR, "champion": champion, "captures": captures})

    def start_logging(self):
        if not self.logging:
            self.big.create_table(LOG, LOG_COLUMNS)
            self.logging = True

    def log_requests(self, requests, deployed="111"):
        """Requests as (time, id, instances, predictions); instances that are texts are logged as they are."""
        self.start_logging()
        text = lambda value: value if isinstance(value, str) else json.dumps(value)
        rows = [("99", deployed, time, number, [text(one) for one in sent], [text(one) for one in got]) for time, number, sent, got in requests]
        self.big.connection.executemany(f'INSERT INTO {quoted(LOG)} VALUES (?, ?, ?, ?, ?, ?)', rows)

    def rows(self, table):
        return self.big.connection.execute(f"SELECT * FROM {quoted(table)}").fetchall()

    # The workflow, in a few lines: it carries the program's requests.

    def run(self, argument=None, settings=None, name=None):
        self.count += 1
        execution = f"{WORKFLOW}/executions/{name or f'e{self.count}'}"
        self.active.add(execution)
        given = {key: value for key, value in {**SETTINGS, **(settings or {})}.items() if value is not None}
        context = {"execution": execution, "settings": given, "argument": argument}
        activity, carry = "start", None
        for _ in range(500):
            context["now"] = self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            answers = []
            while True:
                asked = json.dumps({"program": "drift", "activity": activity, "context": context, "carry": carry, "answers": answers})
                [told] = self.big.library("program", [[asked]])
                self.largest_turn = max(self.largest_turn, len(asked) + len(told))
                output = json.loads(told)
                if "requests" not in output:
                    break
                for request in output["requests"]:
                    content = [request.get(key) for key in ("body", "text", "contentType")]
                    answers.append(self.answer(request["method"], request["url"], *content))
            self.log += output.get("log", [])
            if "next" not in output:
                self.active.discard(execution)
                return output
            activity, carry = output["next"]["activity"], output["next"].get("carry")
            self.now += datetime.timedelta(seconds=output["next"].get("waitSeconds", 0) + 1)
        raise AssertionError(f"the program does not end: {activity}")

    # The APIs.

    def answer(self, method, url, body=None, text=None, content_type=None):
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        service, path = parts.netloc.split(".")[0].removeprefix(f"{REGION}-"), unquote(parts.path)
        try:
            found = getattr(self, f"_{service}")(method, path, query, body, text, content_type)
            self.largest_answer = max(self.largest_answer, len(json.dumps(found)))
            return {"status": 200, "body": found}
        except Refused as error:
            return {"status": error.status, "body": {"error": {"message": error.message}}}

    def _storage(self, method, path, query, body, text, content_type):
        bucket, _, name = re.match(r"(?:/upload)?/storage/v1/b/([^/]+)/o(/?)(.*)$", path).groups()
        if method == "GET" and not name:
            return self._list(bucket, query)
        if path.startswith("/upload"):
            self._precondition(query["name"], query.get("ifGenerationMatch"))
            self.put(query["name"], text)
            self.types[query["name"]] = content_type
            return {"generation": str(self.generation)}
        if name.endswith("/compose"):
            sources = [one["name"] for one in body["sourceObjects"]]
            assert 1 <= len(sources) <= 32
            self.put(name.removesuffix("/compose"), "".join(self._object(one)[1] for one in sources))
            self.types[name.removesuffix("/compose")] = body["destination"]["contentType"]
            return {"generation": str(self.generation)}
        if method == "DELETE":
            self._object(name)
            del self.objects[name]
            return None
        if bucket != BUCKET:
            file = self.folder / bucket / name
            if not file.is_file():
                raise Refused(404, f"no such object: {name}")
            created = datetime.datetime.fromtimestamp(file.stat().st_mtime, datetime.timezone.utc).isoformat()
            return file.read_text() if query.get("alt") == "media" else {"name": name, "timeCreated": created}
        generation, content = self._object(name)
        return content if query.get("alt") == "media" else {"generation": str(generation), "name": name}

    def _object(self, name):
        if name not in self.objects:
            raise Refused(404, f"no such object: {name}")
        return self.objects[name]

    def _precondition(self, name, generation):
        if generation is not None and str(self.objects.get(name, (0,))[0]) != generation:
            raise Refused(412, "precondition failed")

    def _list(self, bucket, query):
        root = self.folder / bucket
        found = sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()) if root.is_dir() else []
        files = [name for name in found if name.startswith(query.get("prefix", ""))]
        updated = lambda name: datetime.datetime.fromtimestamp((root / name).stat().st_mtime, datetime.timezone.utc).isoformat()
        items = [{"name": name, "size": str((root / name).stat().st_size), "updated": updated(name)} for name in files]
        return {"items": items[: int(query["maxResults"])]} if items else {}

    def _bigquery(self, method, path, query, body, *_):
        prefix = f"/bigquery/v2/projects/{PROJECT}/"
        assert path.startswith(prefix), path
        what = path.removeprefix(prefix)
        if what.startswith("datasets/"):
            if not self.logging:
                raise Refused(404, "not found: table")
            return {"numRows": "1"}
        if method == "POST":
            return self._insert(body)
        kind, job = what.split("/")
        if job not in self.jobs:
            raise Refused(404, f"no such job: {job}")
        if kind == "jobs":
            return self.jobs[job]["shown"]
        start, most = int(query["startIndex"]), int(query["maxResults"])
        rows = self.jobs[job]["rows"][start : start + most]
        return {"rows": [{"f": [{"v": cell(value)} for value in row]} for row in rows]} if rows else {}

    def _insert(self, body):
        job = body["jobReference"]["jobId"]
        assert re.fullmatch(r"[\w-]{1,1024}", job) and body["jobReference"]["location"] == REGION
        if job in self.jobs:
            raise Refused(409, f"already exists: {job}")
        asked = body["configuration"]["query"]
        writes = asked["query"].lstrip().startswith(("INSERT", "DELETE"))
        assert writes != ("destinationEncryptionConfiguration" in asked) and not asked["useLegacySql"]
        assert len(json.dumps(body)) < 1_000_000
        shown, rows = {"status": {"state": "DONE"}, "statistics": {"query": {"totalBytesProcessed": "1000"}}}, []
        if self.fail_jobs and re.search(self.fail_jobs[0][0], job):
            shown["status"]["errorResult"] = {"reason": self.fail_jobs.pop(0)[1], "message": "scripted"}
        else:
            rows = self.big.query(asked["query"], parameters(asked["queryParameters"]), self._files(asked.get("tableDefinitions") or {}))
        self.jobs[job] = {"shown": shown, "rows": rows, "sql": asked["query"]}
        return {"status": {"state": "RUNNING"}}

    def _files(self, definitions):
        """Tables that are files, as views: each line one column, or Parquet."""
        views = {}
        for name, definition in definitions.items():
            files = [str(file) for uri in definition["sourceUris"] for file in self._matching(uri)]
            assert files, definition
            listed = ", ".join("'" + file + "'" for file in files)
            if definition["sourceFormat"] == "PARQUET":
                views[name] = f"SELECT *, filename AS _FILE_NAME FROM read_parquet([{listed}], filename = true)"
                views[name] = views[name].replace("SELECT *, filename", "SELECT * EXCLUDE (filename), filename")
            else:
                assert definition["schema"]["fields"] == [{"name": "line", "type": "STRING"}] and definition["csvOptions"]["quote"] == ""
                views[name] = (
                    f"SELECT line, filename AS _FILE_NAME FROM read_csv([{listed}], columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', "
                    "escape = '', header = false, auto_detect = false, filename = true, max_line_size = 10000000)"
                )
        return views

    def _matching(self, uri):
        bucket, _, pattern = uri.removeprefix("gs://").partition("/")
        root = self.folder / bucket
        if bucket == BUCKET:
            for name, (_, text) in self.objects.items():
                file = root / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        return [file for file in sorted(root.rglob("*")) if file.is_file() and fnmatch.fnmatchcase(str(file.relative_to(root)), pattern)]

    def _monitoring(self, _method, path, _query, body, *_):
        assert path == f"/v3/projects/{PROJECT}/timeSeries" and len(body["timeSeries"]) <= 200
        keys = [json.dumps([one["metric"], one["resource"]], sort_keys=True) for one in body["timeSeries"]]
        assert len(set(keys)) == len(keys), "one point a series and request"
        self.series += body["timeSeries"]
        return {}

    def _pubsub(self, _method, path, _query, body, *_):
        assert path == f"/v1/projects/{PROJECT}/topics/drift:publish"
        self.messages += [(json.loads(base64.b64decode(one["data"])), one["attributes"]) for one in body["messages"]]
        return {"messageIds": ["1"]}

    def _workflowexecutions(self, method, path, _query, body, *_):
        name = path.removeprefix("/v1/")
        if name.endswith("/executions"):
            if method == "GET":
                return {"executions": self.executions[::-1]}
            for key, value in body["labels"].items():
                assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) and re.fullmatch(r"[a-z0-9_-]{0,63}", value)
            self.executions.append({"name": f"{name}/t{len(self.executions)}", "state": "ACTIVE", "labels": body["labels"]})
            return {"name": self.executions[-1]["name"]}
        return {"state": "ACTIVE" if name in self.active else "SUCCEEDED"}

    def _aiplatform(self, _method, path, _query, _body, *_):
        name = path.removeprefix("/v1/")
        if name.endswith(":listVersions"):
            return {"models": self.versions}
        job = name.rsplit("/", 1)[-1]
        if job not in self.job_details:
            raise Refused(404, f"no such job: {job}")
        return self.job_details[job]


def quoted(table):
    return ".".join(f'"{part}"' for part in table.split("."))


def cell(value):
    return value if value is None or isinstance(value, str) else str(value)


def parameters(listed):
    """Query parameters as values of Python."""
    values = {}
    for one in listed:
        kind, value = one["parameterType"]["type"], one["parameterValue"]
        if kind == "ARRAY":
            assert one["parameterType"]["arrayType"]["type"] == "STRING"
            values[one["name"]] = [item["value"] for item in value["arrayValues"]]
        elif value["value"] is None:
            values[one["name"]] = None
        elif kind == "TIMESTAMP":
            values[one["name"]] = datetime.datetime.fromisoformat(value["value"].replace("Z", "+00:00")).replace(tzinfo=None)
        else:
            values[one["name"]] = {"STRING": str, "INT64": int, "BOOL": lambda text: text == "true"}[kind](value["value"])
    return values
