"""SageMaker's training pipelines, model versions and callbacks, as the drift analyzer meets them."""
import service_model
from fake_sagemaker import REGION, Refused, arn
from synthesis import ACCOUNT

GROUP = PIPELINE = "churn"


class Training:
    """One pipeline and one group of an account."""

    def __init__(self, clock):
        self.clock = clock
        self.versions = {}  # by number: approval, metadata, and when it was made
        self.executions = []  # oldest first
        self.tokens = {}  # of executions: the same one starts none
        self.waiting, self.answers = set(), []  # tokens of steps that wait; what they were answered
        self.answered = set()  # client tokens of answers
        self.asked, self.breaches = [], []  # (operation, request) of what changes something; what the service would refuse

    def answer(self, operation, request):
        """What the service answers."""
        found = service_model.problems("sagemaker", operation, request)
        if found:
            self.breaches.append(f"{operation}: {found}")
            raise Refused(f"{len(found)} validation error detected: {found[0]}")
        if not operation.startswith(("Describe", "List")):
            self.asked.append((operation, request))
        return getattr(self, operation)(**request)

    def register(self, metadata, approval="Approved"):
        """A new version; its ARN."""
        number = len(self.versions) + 1
        self.versions[number] = {
            "ModelPackageGroupName": GROUP, "ModelPackageVersion": number, "ModelApprovalStatus": approval,
            "ModelPackageArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{GROUP}/{number}",
            "ModelPackageStatus": "Completed", "CreationTime": self.clock.now().timestamp(), "CustomerMetadataProperties": metadata,
        }
        return self.versions[number]["ModelPackageArn"]

    def DescribeModelPackage(self, ModelPackageName):
        for version in self.versions.values():
            if version["ModelPackageArn"] == ModelPackageName:
                return {**version, "ModelPackageStatusDetails": {"ValidationStatuses": []}}
        raise Refused(f"ModelPackage {ModelPackageName} does not exist.")

    def ListModelPackages(self, ModelPackageGroupName, **_):
        newest = [dict(version) for _, version in sorted(self.versions.items(), reverse=True)]
        for version in newest:
            del version["CustomerMetadataProperties"]  # a list does not have them
        return {"ModelPackageSummaryList": newest}

    def StartPipelineExecution(self, PipelineName, ClientRequestToken, PipelineExecutionDisplayName, **_):
        if ClientRequestToken not in self.tokens:
            name = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PipelineName}/execution/{len(self.executions):012}"
            self.tokens[ClientRequestToken] = name
            self.executions.append({
                "PipelineExecutionArn": name, "PipelineExecutionDisplayName": PipelineExecutionDisplayName,
                "PipelineExecutionStatus": "Executing", "StartTime": self.clock.now().timestamp(),
            })
        return {"PipelineExecutionArn": self.tokens[ClientRequestToken]}

    def ListPipelineExecutions(self, PipelineName, **_):
        if PipelineName != PIPELINE:
            raise Refused(f"Pipeline {arn('pipeline', PipelineName)} does not exist.", "ResourceNotFound")
        return {"PipelineExecutionSummaries": self.executions[::-1]}

    @property
    def starts(self):
        """What was asked to start: one for each time that it was asked for."""
        return [request for operation, request in self.asked if operation == "StartPipelineExecution"]

    def end(self, status="Succeeded"):
        """What runs ends."""
        for execution in self.executions:
            execution["PipelineExecutionStatus"] = status

    def _settle(self, CallbackToken, ClientRequestToken, answer):
        """An answer that is given again, with the same client token, is that answer."""
        if ClientRequestToken not in self.answered:
            if CallbackToken not in self.waiting:
                raise Refused("Callback step with the given token does not exist or is not executing.")
            self.waiting.remove(CallbackToken)
            self.answered.add(ClientRequestToken)
            self.answers.append(answer)
        return {"PipelineExecutionArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PIPELINE}/execution/000000000000"}

    def SendPipelineExecutionStepSuccess(self, CallbackToken, ClientRequestToken, OutputParameters=()):
        return self._settle(CallbackToken, ClientRequestToken, {output["Name"]: output["Value"] for output in OutputParameters})

    def SendPipelineExecutionStepFailure(self, CallbackToken, ClientRequestToken, FailureReason=""):
        return self._settle(CallbackToken, ClientRequestToken, FailureReason)
