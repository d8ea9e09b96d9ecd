"""A routine of BigQuery whose language is JavaScript: in a process of its own, in a context with nothing but the language."""
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "dist/runtime/google/program.js"
BODY = "return cdkMlops.program(input);"


class RoutineError(Exception):
    """The routine has thrown."""


class Routine:
    """`with Routine() as routine: routine(text)`; the process stays for as many calls as there are."""

    def __init__(self, library=LIBRARY, body=BODY):
        self.command = ["node", str(Path(__file__).with_name("routines.mjs")), str(library), body]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        return self

    def __exit__(self, *_error):
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def __call__(self, text):
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process of the routine has ended"
        answer = json.loads(line)
        if "error" in answer:
            raise RoutineError(answer["error"])
        return answer["result"]
