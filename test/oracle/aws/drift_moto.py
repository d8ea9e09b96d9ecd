"""What moto's state machines lack for the drift analyzer, mended here and not in the definition, which is run unchanged."""
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.backend.execution import Execution


def mend(monkeypatch, now):
    """`now()` is the time at which executions begin."""
    monkeypatch.setattr(DistributedIterationComponent, "_map_run", tolerating(DistributedIterationComponent._map_run))
    monkeypatch.setattr(Execution, "get_start_execution_details", started_at(now, Execution.get_start_execution_details))


def tolerating(map_run):
    """moto forgives every child that fails; the service as many as the definition says."""

    def run(self, env, eval_input):
        map_run(self, env, eval_input)
        failed = eval_input.map_run_record.item_counter.failed.get()
        if failed > eval_input.tolerated_failure_count:
            name = StatesErrorName(StatesErrorNameType.StatesExceedToleratedFailureThreshold)
            event = FailureEvent(env=env, error_name=name, event_type=HistoryEventType.MapRunFailed, event_details=None)
            raise FailureEventException(event)

    return run


def started_at(now, details_of):
    """Executions begin at the real time otherwise, and say so in a form that is no JSON."""

    def details(self):
        found = details_of(self)
        found.start_time = now()
        return found

    return details
