"""checkov judges the security of what both clouds are told, for the example at every level.

Run it in its environment: npm run test:oracles -- security
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = shutil.which("checkov", path=Path(sys.executable).parent)
KINDS = {"aws": ("cloudformation", "*.template.json"), "google": ("terraform_json", "stacks/*/cdk.tf.json")}

# What checkov finds and we keep, each with its reason: cloud to check to (end of the resource's path, reason).
VIEW = "a view holds no data: BigQuery neither encrypts nor protects it"
SYNCHRONOUS = "a step of the pipeline calls it and waits: its failure is the step's, and no event is lost"
FUNCTIONS = ("DataManifest", "Approve", "MlopsDeployer/Function", "MlopsDeployer/EndpointResource", "MlopsDriftAnalyzer/Function")
ACCEPTED = {
    "aws": {
        "CKV_AWS_18": [("Artifacts/AccessLogs", "it is the bucket of the access logs")],
        "CKV_AWS_115": [
            *((name, "one execution calls it once: there is no concurrency to limit") for name in ("DataManifest", "Approve")),
            ("MlopsDeployer/Function", "an execution calls it for one phase at a time, and of an endpoint one execution at a time is at work"),
            ("MlopsDeployer/EndpointResource", "CloudFormation calls it once for each change of an endpoint"),
            ("MlopsDriftAnalyzer/Function", "the state machine calls it, for eight batches at a time at most, and waits where no function is free"),
        ],
        "CKV_AWS_116": [
            *((name, SYNCHRONOUS) for name in ("DataManifest", "Approve")),
            ("MlopsDeployer/Function", "the state machine calls it and waits: it tries again, and an execution that failed raises an alarm"),
            ("MlopsDeployer/EndpointResource", "CloudFormation waits for the answer: a request that got none fails the deployment, and people see it"),
            ("MlopsDriftAnalyzer/Function", "state machine and queue try again; the queue has dead letters, a failed execution and a dead letter raise an alarm"),
        ],
        "CKV_AWS_117": [(name, "it speaks with AWS services only; the prop vpc puts it into a network") for name in FUNCTIONS],
    },
    "google": {
        "CKV_GCP_62": [("Artifacts/Bucket", "usage logs need a member from outside the organization; the prop accessLogsBucket turns them on")],
        "CKV_GCP_78": [("Artifacts/Bucket", "Cloud Storage FUSE, through which jobs see it, does not support versioning; deleted objects can be restored for 30 days")],
        "CKV_GCP_80": [(name, VIEW) for name in ("History", "Newest")],
        "CKV_GCP_121": [(name, VIEW) for name in ("History", "Newest")],
        "CKV2_GCP_33": [("Endpoint/Endpoint", "members with a grant ask it, and VPC Service Controls cover it; the prop privateServiceConnectProjects makes it private")],
    },
}


def synthesized(cloud, level, out):
    """The template of the example's stack."""
    command = ["node", "dist/bin/cdk-mlops.js", "synth", "examples/flight-delay/mlops.yaml", "--cloud", cloud, "--level", str(level), "--out", out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return next(Path(out).glob(KINDS[cloud][1]))


def judged(cloud, file):
    """What checkov says: how many checks passed, and the failed ones as (check, resource)."""
    command = [COMMAND, "--file", file, "--framework", KINDS[cloud][0], "--skip-download", "--quiet", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    said = json.loads(done.stdout)
    assert said["summary"]["parsing_errors"] == 0, done.stdout
    failed = {(check["check_id"], check["resource"].split(".")[-1]) for check in said["results"]["failed_checks"]}
    return said["summary"]["passed"], failed


def paths(cloud, file):
    """The construct path of each resource, by what checkov calls it."""
    document = json.loads(file.read_text())
    if cloud == "aws":
        return {id: resource.get("Metadata", {}).get("aws:cdk:path", id) for id, resource in document["Resources"].items()}
    found = [(id, body["//"]["metadata"]["path"]) for kind in document["resource"].values() for id, body in kind.items()]
    return dict(found)


def is_accepted(cloud, check, path):
    return any(ends_in(path, end) for end, _ in ACCEPTED[cloud].get(check, []))


def ends_in(path, end):
    return path.removesuffix("/Resource").removesuffix("/Function").endswith(f"/{end}")


@pytest.mark.parametrize("cloud", KINDS)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_checkov_finds_nothing_that_is_not_in_the_reviewed_list(cloud, level, tmp_path):
    file = synthesized(cloud, level, tmp_path)
    passed, failed = judged(cloud, file)
    at = paths(cloud, file)
    print(f"{cloud}, level {level}: {passed} checks passed, {len(failed)} failed, all of them reviewed")
    assert passed > 10
    assert sorted(f"{check} {at[id]}" for check, id in failed if not is_accepted(cloud, check, at[id])) == []
    if level == 2:  # nothing stays in the list that checkov no longer minds
        used = {check for check, _ in failed}
        assert set(ACCEPTED[cloud]) == used
        listed = [(check, end) for check, ends in ACCEPTED[cloud].items() for end, _ in ends]
        assert [(check, end) for check, end in listed if not any(check == found and ends_in(at[id], end) for found, id in failed)] == []


@pytest.mark.parametrize("cloud", KINDS)
def test_a_public_bucket_is_found(cloud, tmp_path):
    """The judge is awake."""
    file = synthesized(cloud, 0, tmp_path)
    document = json.loads(file.read_text())
    if cloud == "aws":
        bucket = next(r for r in document["Resources"].values() if r["Type"] == "AWS::S3::Bucket")
        del bucket["Properties"]["PublicAccessBlockConfiguration"]
        expected = "CKV_AWS_53"
    else:
        bucket = next(iter(document["resource"]["google_storage_bucket"].values()))
        bucket["public_access_prevention"] = "inherited"
        expected = "CKV_GCP_114"
    file.write_text(json.dumps(document))
    assert expected in {check for check, _ in judged(cloud, file)[1]}
