"""Runs the bundled handlers in Node, as Lambda runs them: event in, answer or error out."""
import json
import os
import subprocess

from synthesis import ROOT

# What Lambda does: load the handler, call it with event and context, and answer its result or its error's message.
LAMBDA = """
const [bundle, event] = process.argv.slice(1);
const context = { getRemainingTimeInMillis: () => 600000 };
require(bundle).handler(JSON.parse(event), context).then(
  (result) => console.log(JSON.stringify({ result })),
  (error) => console.log(JSON.stringify({ error: error.message })),
);
"""
BUNDLES = ROOT / "dist/runtime/aws"


def invoke(bundle, event, account, **environment):
    """The answer of a handler: `{"result": …}` or `{"error": …}`. The bundle is a name of ours, or any folder."""
    env = {**os.environ, **environment, "AWS_ENDPOINT_URL": account.endpoint, "AWS_REGION": account.region}
    command = ["node", "-e", LAMBDA, BUNDLES / bundle / "index.js", json.dumps(event)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
