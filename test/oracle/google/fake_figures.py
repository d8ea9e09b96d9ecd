"""Cloud Monitoring's figures of an endpoint: requests minute by minute, by the traffic split of that time.

There is no discovery document at hand: parameters and answer are written down from the reference of `projects.timeSeries.list` (v3).
Points come when a minute has been over for a while; metrics have no points in minutes in which they counted nothing.
"""
import datetime
import re

from fake_vertex import invalid

MINUTE = 60
LATE = 150  # seconds until the figures of a minute are there
GROWTH, BUCKETS = 1.4, 40  # of the histogram, milliseconds
FAST, SLOW = 100, 2000  # milliseconds
BACKGROUND = 300  # requests a minute, where a model is to be seen failing and nobody has asked for any
METRICS = {"response_count": {"deployed_model_id", "response_code"}, "prediction_latencies": {"deployed_model_id", "latency_type"}}
PREFIX = "aiplatform.googleapis.com/prediction/online/"
PARAMETERS = {
    "filter", "interval.startTime", "interval.endTime", "aggregation.alignmentPeriod", "aggregation.perSeriesAligner",
    "aggregation.crossSeriesReducer", "aggregation.groupByFields", "secondaryAggregation.alignmentPeriod",
    "secondaryAggregation.perSeriesAligner", "secondaryAggregation.crossSeriesReducer", "secondaryAggregation.groupByFields", "orderBy",
    "view", "pageSize", "pageToken",
}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMAS = {
    "ListTimeSeriesResponse": {"properties": {
        "timeSeries": {"type": "array", "items": {"$ref": "TimeSeries"}}, "nextPageToken": {"type": "string"}, "unit": {"type": "string"},
    }},
    "TimeSeries": {"properties": {
        "metric": {"properties": {"type": {}, "labels": STRINGS}}, "resource": {"properties": {"type": {}, "labels": STRINGS}},
        "metricKind": {}, "valueType": {}, "points": {"type": "array", "items": {"$ref": "Point"}}, "unit": {},
    }},
    "Point": {"properties": {
        "interval": {"properties": {"startTime": {}, "endTime": {}}},
        "value": {"properties": {
            "int64Value": {}, "doubleValue": {}, "boolValue": {}, "stringValue": {}, "distributionValue": {"$ref": "Distribution"},
        }},
    }},
    "Distribution": {"properties": {
        "count": {}, "mean": {}, "sumOfSquaredDeviation": {}, "range": {}, "bucketCounts": {}, "exemplars": {},
        "bucketOptions": {"properties": {
            "explicitBuckets": {"properties": {"bounds": {}}},
            "exponentialBuckets": {"properties": {"numFiniteBuckets": {}, "growthFactor": {}, "scale": {}}},
            "linearBuckets": {"properties": {"numFiniteBuckets": {}, "width": {}, "offset": {}}},
        }},
    }},
}  # fmt: skip


class FakeFigures:
    """Requests to the endpoint of a cloud. Errors and slow requests are percents by what people call the model."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.requests, self.errors, self.slow, self.share = 0, {}, {}, None
        self.page_size = 2
        self.seen = {}  # deployed model → (what people call it, how it behaves), also of those that have gone

    def time_series_list(self, path, query, _body):
        """One page of series, their latest points first."""
        conditions = self._conditions(query.get("filter", ""))
        metric = conditions["metric.type"][0].removeprefix(PREFIX)
        start, end = (moment(query.get(f"interval.{name}", "")) for name in ("startTime", "endTime"))
        if not start < end:
            raise invalid("interval.startTime must be before interval.endTime")
        self._check_aggregation(query, metric)
        series = list(self._series(metric, conditions, start, end))
        first = int(query.get("pageToken", 0))
        page = series[first : first + self.page_size]
        more = {"nextPageToken": str(first + self.page_size)} if first + self.page_size < len(series) else {}
        return {**({"timeSeries": page} if page else {}), **more}

    def _conditions(self, text):
        """The filter as {name: values}."""
        conditions = {}
        for part in text.split(" AND "):
            match = re.fullmatch(r'([\w.]+) = (?:"([^"]*)"|one_of\(("[^"]*"(?:,"[^"]*")*)\))', part)
            if match is None:
                raise invalid(f"The provided filter is invalid: {part!r}")
            conditions[match[1]] = [match[2]] if match[2] is not None else match[3].strip('"').split('","')
        metric = conditions.get("metric.type", [""])[0]
        if metric.removeprefix(PREFIX) not in METRICS or not metric.startswith(PREFIX):
            raise invalid(f"Cannot find metric(s) that match type = {metric!r}.")
        labels = {f"metric.labels.{label}" for label in METRICS[metric.removeprefix(PREFIX)]}
        if unknown := set(conditions) - labels - {"metric.type", "resource.type", "resource.labels.endpoint_id"}:
            raise invalid(f"The provided filter names unknown labels: {sorted(unknown)}")
        return conditions

    def _check_aggregation(self, query, metric):
        aggregation = {name.split(".")[1]: value for name, value in query.items() if name.startswith("aggregation.")}
        groups = aggregation.pop("groupByFields", [])
        expected = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_SUM"}
        if aggregation != expected or set(groups) != {f"metric.label.{label}" for label in METRICS[metric]}:
            raise invalid(f"the fake adds up minutes by all labels, got {aggregation}, {groups}")

    def _series(self, metric, conditions, start, end):
        wanted = conditions.get("metric.labels.deployed_model_id", [])
        if conditions.get("resource.labels.endpoint_id") != [self.cloud.endpoints.name.rsplit("/", 1)[1]]:
            return
        for id in wanted:
            minutes = [(at, self._counts(id, at)) for at in self._minutes(start, end)]
            for labels, value in (self._responses if metric == "response_count" else self._latencies)(id):
                if all(labels[name] in conditions.get(f"metric.labels.{name}", [labels[name]]) for name in labels):
                    points = [point(at, value(counts)) for at, counts in reversed(minutes) if counts[0] and value(counts)]
                    if points:
                        yield {
                            "metric": {"type": PREFIX + metric, "labels": labels}, "points": points, "metricKind": "DELTA",
                            "resource": {"type": "aiplatform.googleapis.com/Endpoint", "labels": {}}, "valueType": "INT64",
                        }

    def _minutes(self, start, end):
        """Starts of the minutes that end after `start`, and not after `end`, and that are known by now."""
        last = min(end, self.cloud.now - LATE)
        first = int(start // MINUTE) * MINUTE
        return [at for at in range(first, int(last), MINUTE) if start < at + MINUTE <= last]

    @staticmethod
    def _responses(id):
        count = lambda name, of: ({"deployed_model_id": id, "response_code": name}, lambda counts: int64(of(counts)))  # noqa: E731
        return [count("200", lambda counts: counts[0] - counts[1]), count("500", lambda counts: counts[1])]

    @staticmethod
    def _latencies(id):
        def times(add):
            return lambda counts: {"distributionValue": histogram({FAST + add: counts[0] - counts[2], SLOW + add: counts[2]})}

        kinds = {"model": 0, "overhead": -99, "total": 1}
        return [({"deployed_model_id": id, "latency_type": kind}, times(add)) for kind, add in kinds.items()]

    def _counts(self, id, minute):
        """Requests, errors and slow requests of a model in a minute, by the split at its start."""
        past = [split for at, split in self.cloud.endpoints.history if at <= minute]
        split = past[-1] if past else {}
        share = split.get(id, 0) / 100
        label, fails = self.behaviour(id)
        if self.share is not None and 0 < share < 1:  # what the endpoint does is not what it was asked for
            share = self.share if split[id] == min(split.values()) else 1 - self.share
        least = BACKGROUND if any(self.behaviour(one)[1] for one in split) else 0
        requests = round(max(self.requests, least) * share)
        errors = round(requests * (50 if fails else self.errors.get(label, 0)) / 100)
        return requests, errors, round(requests * self.slow.get(label, 0) / 100)

    def behaviour(self, id):
        """What people call a deployed model, and whether it fails."""
        found = self.cloud.endpoints.deployed.get(id)
        if found:
            self.seen[id] = self.cloud.label(found), found.fate.ends in ("alarm", "rollbackFails")
        return self.seen.get(id, (None, False))


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise invalid(f"Invalid time {text!r}") from None


def point(start, value):
    times = {name: datetime.datetime.fromtimestamp(at, datetime.timezone.utc) for name, at in (("startTime", start), ("endTime", start + MINUTE))}
    return {"interval": {name: at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, at in times.items()}, "value": value}


def int64(count):
    """Nothing where nothing was counted; 64-bit numbers are texts."""
    return {"int64Value": str(count)} if count else None


def histogram(counts):
    """A distribution of `{milliseconds: how many}` in exponential buckets; zeros at the end are left out."""
    buckets = [0] * (BUCKETS + 2)
    for value, count in counts.items():
        buckets[next((n for n in range(BUCKETS + 1) if value < GROWTH**n), BUCKETS + 1)] += count
    while buckets and buckets[-1] == 0:
        buckets.pop()
    options = {"exponentialBuckets": {"numFiniteBuckets": BUCKETS, "growthFactor": GROWTH, "scale": 1}}
    return {"count": str(sum(counts.values())), "bucketOptions": options, "bucketCounts": [str(count) for count in buckets]}
