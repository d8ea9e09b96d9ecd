"""Time in which several executions are under way, one of them at work at a time: always the one whose pause is over first."""
import heapq
import itertools
import threading

START = 1_803_902_400.0  # 2027-03-01T12:00:00Z


class Stopped(BaseException):
    """An execution is stopped where it stands: nothing of it is run any more."""


class Simulation:
    """A clock, what is due, and a thread for each task. Nothing happens between two pauses but what a task does: runs are repeatable."""

    def __init__(self):
        self.now = START
        self._due, self._numbers = [], itertools.count()
        self._awaited = 0  # tasks under way, and what is due that others wait for
        self._returned = threading.Semaphore(0)
        self._task = threading.local()
        self.stopping = False

    def start(self, work):
        """A task begins now, when its turn comes."""
        turn = threading.Semaphore(0)

        def run():
            turn.acquire()
            self._task.turn = turn
            try:
                self._go_on()
                work()
            except Stopped:
                pass
            finally:
                self._awaited -= 1
                self._returned.release()

        self._awaited += 1
        threading.Thread(target=run, daemon=True).start()
        self._push(0, turn)

    def later(self, seconds, happens):
        """Something happens after a while, by itself; nobody waits for it."""
        self._push(seconds, happens)

    def soon(self, seconds, happens):
        """Something that has begun goes on after a while."""
        self._awaited += 1

        def go_on():
            self._awaited -= 1
            happens()

        self._push(seconds, go_on)

    def _push(self, seconds, what):
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), what))

    def sleep(self, seconds):
        """A task pauses: others have their turn."""
        if not self._due or self._due[0][0] > self.now + seconds:
            self.now += seconds
        else:
            self._push(seconds, self._task.turn)
            self._returned.release()
            self._task.turn.acquire()
        self._go_on()

    def _go_on(self):
        if self.stopping:
            raise Stopped

    def advance(self, seconds):
        """Time passes."""
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            self._next()
        self.now = max(self.now, until)
        self.run()

    def run(self):
        """Until no task is under way."""
        while self._awaited:
            self._next()

    def _next(self):
        at, _, what = heapq.heappop(self._due)
        self.now = max(self.now, at)
        if callable(what):
            what()
        else:
            what.release()
            self._returned.acquire()

    def stop(self):
        """Stops all tasks."""
        self.stopping = True
        self.run()
        self.stopping = False
