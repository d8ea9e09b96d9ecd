"""The command line: which steps there are, and what each of them is told."""
import argparse
import sys

from cdk_mlops_step.data_manifest import data_manifest
from cdk_mlops_step.errors import StepError
from cdk_mlops_step.evaluation import evaluate, refuse
from cdk_mlops_step.processing import preprocess
from cdk_mlops_step.registry import register
from cdk_mlops_step.tables import EXPORT_FORMATS
from cdk_mlops_step.training import train

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


def parse(arguments):
    parser = argparse.ArgumentParser(prog="cdk_mlops_step.pyz", allow_abbrev=False)
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
