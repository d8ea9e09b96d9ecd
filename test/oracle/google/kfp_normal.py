"""The specifications of both sides in one form. Each function says what it changes, and why that means the same."""
import copy
import json
import re

from google_cloud_pipeline_components import _image, _placeholders
from google_cloud_pipeline_components.container.v1.gcp_launcher.utils import json_util

# The compiler numbers its groups of tasks; the library names them.
NAMES = {"condition-branches-1": "gate", "condition-2": "passed", "condition-3": "refused"}
NUMBER = re.compile(r"(?<=[<>]= )-?\d[\d.eE+-]*")


def normal(specification):
    """A specification with groups of tasks named as the library does, requests of jobs in full, and numbers in one notation."""
    return with_numbers(with_names(with_requests(copy.deepcopy(specification))))


def with_names(value):
    """Groups of tasks by their names, wherever they are defined or referred to."""
    if isinstance(value, list):
        return [with_names(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {name_of(key): with_names(item) for key, item in value.items()}
    if set(renamed) == {"name"}:
        renamed["name"] = name_of(renamed["name"])
    if "dependentTasks" in renamed:
        renamed["dependentTasks"] = sorted(renamed["dependentTasks"])
    return renamed


def name_of(text):
    plain = text.removeprefix("comp-") if isinstance(text, str) else text
    return text.replace(plain, NAMES[plain]) if plain in NAMES else text


def with_numbers(specification):
    """Numbers in conditions as Python writes them: 1e-9 and 1e-09 are one number."""
    for component in specification["components"].values():
        for task in component.get("dag", {}).get("tasks", {}).values():
            if "triggerPolicy" in task:
                condition = task["triggerPolicy"]["condition"]
                task["triggerPolicy"]["condition"] = NUMBER.sub(lambda match: repr(float(match[0])), condition)
    return specification


def with_requests(specification):
    """
    Jobs with the request that the launcher sends. Google Cloud Pipeline Components put the request together from inputs of the component
    that nothing but their own defaults and constants fill; here they are filled in, and the inputs are left out.
    """
    for name, task in specification["root"]["dag"]["tasks"].items():
        component = specification["components"].get(task["componentRef"]["name"], {})
        executor = specification["deploymentSpec"]["executors"].get(component.get("executorLabel"))
        if executor and executor["container"]["image"] == _image.GCPC_IMAGE_TAG:
            values = take_settings(task, component)
            container = executor["container"]
            container["args"] = [filled(argument, values) for argument in container["args"]]
            place = container["args"].index("--payload") + 1
            container["args"][place] = request(container["args"][place])
    return specification


def take_settings(task, component):
    """The values of a job's settings, taken out of the task and the component: inputs with a default, which no step's own have."""
    definitions = component["inputDefinitions"]["parameters"]
    settings = {name: definition["defaultValue"] for name, definition in definitions.items() if "defaultValue" in definition}
    optional = {name for name, definition in definitions.items() if definition.get("isOptional")}
    bound = task["inputs"]["parameters"]
    for name in optional | set(settings):
        definitions.pop(name)
        if name in bound:
            settings[name] = bound.pop(name)["runtimeValue"]["constant"]
    return settings


def filled(text, values):
    """An argument with the settings in it: text as it is, everything else as JSON."""
    for name, value in values.items():
        text = text.replace(f"{{{{$.inputs.parameters['{name}']}}}}", value if isinstance(value, str) else json.dumps(value))
    return text


def request(payload):
    """
    What the launcher sends for a payload: it removes what is empty. Two settings mean nothing here: the longest wait is for FLEX_START only,
    and no persistent resource is named by the pipeline job, so that its placeholder becomes empty.
    """
    # Settings without a default and without a value stay as placeholders, which become null.
    sent = json_util.recursive_remove_empty(json.loads(re.sub(r'(?<!")\{\{\$\.inputs\.parameters\[[^]]*\]\}\}(?!")', "null", payload)))
    scheduling, job = sent["job_spec"]["scheduling"], sent["job_spec"]
    if scheduling["strategy"] != "FLEX_START":
        scheduling.pop("max_wait_duration", None)
    if job.get("persistent_resource_id") == _placeholders.PERSISTENT_RESOURCE_ID_PLACEHOLDER:
        job.pop("persistent_resource_id")
    return sent
