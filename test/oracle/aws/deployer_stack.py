"""CloudFormation as a custom resource meets it: events, an address for the answer, and what follows a failure."""
import json
import threading
import time
import uuid

from deployer_world import ENDPOINT, PATIENCE, STACK


class Stack:
    """The stack's resource of one logical id."""

    def __init__(self, world, resource):
        self.world, self.resource = world, resource
        self.physical = self.properties = None

    def deploy(self, policy, wants):
        """Creates or updates. A failed creation is followed by Delete, a failed update by one back to the old properties."""
        properties = {"EndpointName": wants.get("name", ENDPOINT), "Policy": json.dumps(policy)}
        if self.physical is None:
            return self._send("Create", properties, wants, self._created)
        old = self.properties
        return self._send("Update", properties, wants, lambda answer: self._updated(answer, properties, old))

    def delete(self):
        self._send("Delete", self.properties, {}, lambda answer: setattr(self, "physical", None))

    def _created(self, answer):
        if answer["Status"] == "SUCCESS":
            self.physical = answer["PhysicalResourceId"]
        else:
            self._send("Delete", self.properties, {}, lambda _: None, answer["PhysicalResourceId"])

    def _updated(self, answer, properties, old):
        assert answer["PhysicalResourceId"] == self.physical, "another physical id: CloudFormation would delete the endpoint"
        if answer["Status"] != "SUCCESS":
            self._send("Update", old, {}, lambda _: None, old=properties)

    def _send(self, kind, properties, wants, then, physical=None, old=None):
        """Calls the function, as Lambda does for CloudFormation: the event may come more than once. `then` gets the answer."""
        world, request = self.world, str(uuid.uuid4())
        world.sent[request] = kind
        event = {
            "RequestType": kind, "ResponseURL": f"{world.address}/cloudformation/{request}", "StackId": f"{STACK}/{uuid.UUID(int=7)}",
            "RequestId": request, "LogicalResourceId": self.resource, "ResourceType": "Custom::MlopsEndpoint",
            "ResourceProperties": properties,
            **({"PhysicalResourceId": physical or self.physical} if kind != "Create" else {}),
            **({"OldResourceProperties": old or self.properties} if kind == "Update" else {}),
        }
        self.properties = properties

        def deliver():
            for _ in range(wants.get("times", 1)):
                answer = world.functions.call("endpoint-resource", event)
                assert "error" not in answer, answer  # Lambda would call it again, and CloudFormation wait for an hour
            until = time.monotonic() + PATIENCE
            while not (answers := [body for id, body in list(world.proxy.cloudformation) if id == request]):
                assert time.monotonic() < until, f"{kind} has not been answered"
                time.sleep(0.01)
            then(answers[0])

        def run():
            try:
                deliver()
            except AssertionError as problem:
                world.problems.append(str(problem))
            world.deliveries.discard(request)

        world.deliveries.add(request)
        threading.Thread(target=run, daemon=True).start()
