"""cfn-lint judges the templates: no error, no warning, for the example at every level and for its variants.

Run it in the oracle environment: python -m pytest test/oracle/aws/cfn_lint_test.py
"""
import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from variants import VARIANTS

COMMAND = shutil.which("cfn-lint", path=Path(sys.executable).parent)


def findings(files):
    """What cfn-lint finds, informational rules included: file to lines of text, by level."""
    command = [COMMAND, "--format", "json", "--include-checks", "I", "--", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = {str(file): {"Error": [], "Warning": [], "Informational": []} for file in files}
    assert done.returncode & 1 == 0, done.stderr + done.stdout  # cfn-lint itself failed; other bits say what it found
    for match in json.loads(done.stdout or "[]"):
        where = "/".join(map(str, match["Location"]["Path"] or []))
        found[match["Filename"]][match["Level"]].append(f"{match['Rule']['Id']} {where}: {match['Message']}")
    return found


@pytest.fixture(scope="module")
def linted(example_at, variants):
    """Every template, linted at once: cfn-lint's start takes longer than a template."""
    assemblies = {f"level {level}": example_at(level) for level in (0, 1, 2)} | variants
    found = findings([assembly.template_file for assembly in assemblies.values()])
    return {name: found[str(assembly.template_file)] for name, assembly in assemblies.items()}


@pytest.mark.parametrize("name", ["level 0", "level 1", "level 2", *VARIANTS])
def test_cfn_lint_finds_no_error_and_no_warning(linted, name):
    found = linted[name]
    for line in found["Informational"]:
        print(line)
    assert found["Error"] + found["Warning"] == []


def test_a_broken_template_is_found(example_at, tmp_path):
    """The judge is awake: a misspelt property, a dangling reference, a value outside its list."""
    assembly = example_at(2)
    broken = copy.deepcopy(assembly.template)
    resources = broken["Resources"]
    resources[assembly.id_of("Artifacts/Bucket")]["Properties"]["BucketEncyption"] = {}
    resources[assembly.id_of("Training")]["Properties"]["RoleArn"] = {"Fn::GetAtt": ["Nobody", "Arn"]}
    resources[assembly.id_of("Training/FailureAlarm")]["Properties"]["ComparisonOperator"] = "AtLeast"
    file = tmp_path / "broken.template.json"
    file.write_text(json.dumps(broken))
    rules = {line.split(" ")[0] for line in findings([file])[str(file)]["Error"]}
    assert {"E3002", "E1010", "E3030"} <= rules
