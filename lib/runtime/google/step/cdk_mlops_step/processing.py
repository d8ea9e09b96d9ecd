"""A script between an input folder and an output folder, and the step preprocess, which is one."""
from cdk_mlops_step.channels import CHANNELS
from cdk_mlops_step.errors import StepError
from cdk_mlops_step.locations import deliver, files_below
from cdk_mlops_step.scripts import base_folder, lay_inputs, lay_source, run_script


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
