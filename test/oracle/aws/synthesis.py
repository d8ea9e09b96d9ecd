"""What the library synthesizes, for the judges to look at: cloud assemblies of the example and of variants of it."""
import copy
import hashlib
import json
import re
import subprocess
import tarfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/flight-delay/mlops.yaml"
CONFIG = yaml.safe_load(EXAMPLE.read_text())
CONFIG["training"]["source"] = str(EXAMPLE.parent / CONFIG["training"]["source"])

ACCOUNT = "123456789012"
REGION = "eu-central-1"


def run(command):
    """The standard output of a command; if it fails, everything that it wrote is the message."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{' '.join(map(str, command[:3]))} … failed:\n{done.stderr}{done.stdout}"
    return done.stdout


def changed(config, changes):
    """A config with other values; None removes a key."""
    result = copy.deepcopy(config)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = changed(result.get(key) or {}, value) if isinstance(value, dict) else value
    return result


def example(out, level):
    """The example at a level, synthesized by the command line."""
    run(["node", "dist/bin/cdk-mlops.js", "synth", EXAMPLE, "--level", str(level), "--out", out])
    return Assembly(out)


def variants(folder, wanted):
    """Assemblies of variants of the example: `{name: {"changes": {…}, "region": …, "vpc": True}}`, all in one process."""
    told = {}
    for name, variant in wanted.items():
        config = folder / f"{name}.json"
        config.write_text(json.dumps(changed(CONFIG, variant.get("changes", {}))))
        told[name] = {"config": str(config), "out": str(folder / name), "region": variant.get("region"), "vpc": variant.get("vpc")}
    run(["node", "test/oracle/aws/synthesize.mjs", json.dumps(told)])
    return {name: Assembly(folder / name) for name in wanted}


class Assembly:
    """A cloud assembly with one stack, and the literals that its template's references stand for."""

    def __init__(self, folder):
        self.template_file = next(Path(folder).glob("*.template.json"))
        self.stack = self.template_file.name.removesuffix(".template.json")
        self.template = json.loads(self.template_file.read_text())
        self.resources = self.template["Resources"]

    def of_type(self, kind):
        """The resources of a type: logical id to properties."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def id_of(self, path):
        """Logical id of the resource at a construct path: below the pipeline or, with a slash in front, below the stack."""
        whole = f"{self.stack}{path}" if path.startswith("/") else f"{self.stack}/Pipeline/{path}"
        paths = {r.get("Metadata", {}).get("aws:cdk:path"): name for name, r in self.resources.items()}
        return paths.get(f"{whole}/Resource") or paths[whole]

    def ref(self, path):
        """What a reference to the resource at a construct path stands for."""
        return self.literal({"Ref": self.id_of(path)})

    def arn(self, path):
        """The made-up ARN of the resource at a construct path."""
        return self.literal({"Fn::GetAtt": [self.id_of(path), "Arn"]})

    def definition(self):
        """The pipeline's definition, with literals for what CloudFormation fills in."""
        (pipeline,) = self.of_type("AWS::SageMaker::Pipeline").values()
        return json.loads(self.literal(pipeline["PipelineDefinition"]["PipelineDefinitionBody"]))

    def assets(self):
        """The files that a deployment uploads: description, path, and `s3://` location."""
        listed = json.loads(self.template_file.with_name(f"{self.stack}.assets.json").read_text())
        for asset in listed["files"].values():
            (place,) = asset["destinations"].values()
            bucket = self.literal({"Fn::Sub": place["bucketName"]})
            yield asset["displayName"], self.template_file.with_name(asset["source"]["path"]), f"s3://{bucket}/{place['objectKey']}"

    def source(self):
        """The packed training source: the archive, its location after deployment, and the hash of what is inside."""
        ((archive, uri),) = [(path, uri) for name, path, uri in self.assets() if name.startswith("Training source")]
        return {"archive": archive, "fileName": uri.rsplit("/", 1)[1], "uri": uri, "codeVersion": content_hash(archive)}

    def uploaded(self, name):
        """The location of an uploaded document."""
        (uri,) = [uri for display_name, _, uri in self.assets() if display_name.startswith(name)]
        return uri

    def literal(self, value):
        """A value of the template with made-up literals, of the right form, for references."""
        if isinstance(value, list):
            return [self.literal(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self._ref(argument)
            if key.startswith("Fn::"):
                return getattr(self, f"_{key.removeprefix('Fn::').lower()}")(argument)
        return {key: self.literal(item) for key, item in value.items()}

    def _ref(self, name):
        pseudo = {
            "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.stack,
        }
        if name in pseudo:
            return pseudo[name]
        kind = self.resources[name]["Type"]
        named = {"AWS::EC2::Subnet": "subnet", "AWS::EC2::SecurityGroup": "sg", "AWS::EC2::VPC": "vpc"}
        if kind in named:
            return f"{named[kind]}-{hashlib.sha256(name.encode()).hexdigest()[:17]}"
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def _getatt(self, argument):
        name, attribute = argument
        if attribute == "GroupId":
            return self._ref(name)
        assert attribute == "Arn", f"a literal for {attribute} of {name} is not known"
        kind = self.resources[name]["Type"]
        return {
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}",
            "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            "AWS::S3::Bucket": f"arn:aws:s3:::{name.lower()}",
            "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
        }[kind]

    def _join(self, argument):
        separator, values = argument
        return separator.join(str(item) for item in self.literal(values))

    def _sub(self, text):
        return re.sub(r"\$\{([^}!]+)\}", lambda match: self._ref(match[1]), text)

    def _findinmap(self, argument):
        table, first, second = self.literal(argument)
        return self.template["Mappings"][table][first][second]

    def _select(self, argument):
        index, values = self.literal(argument)
        return values[int(index)]

    def _split(self, argument):
        separator, text = self.literal(argument)
        return text.split(separator)


def unpacked(archive):
    """The files in an archive, by their paths."""
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def content_hash(archive):
    """SHA-256 over the paths and contents of a source archive, as the library documents its code version."""
    files, digest = unpacked(archive), hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()
