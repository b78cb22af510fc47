"""The examples compile to the same bytes and give the same bytes in two processes with different hash seeds.

The second process takes the examples in the opposite order, so that nothing may depend on what a
process did before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.installed import ROOT

EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.qw"))
SCRIPT = """
import json, sys
from tests.command import run_command
found = {}
for name in sys.argv[1:]:
    file = f"examples/{name}"
    for stage in ("ir", "qpu"):
        found[f"{name} {stage}"] = run_command("qwasmc", file, f"--emit={stage}", "-D", "N=400")
    code, out, talk = run_command("qvm", "run", file, "--json", "-D", "N=400")
    answer = json.loads(out or "null")
    if answer:
        del answer["stats"]["seconds"]
    found[f"{name} run"] = code, json.dumps(answer), talk
print(json.dumps(found))
"""


def start(seed: int, names: list[str]) -> subprocess.Popen[str]:
    paths = [
        str(ROOT),
        str(ROOT / "passes"),
        str(ROOT / "backends"),
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
    ]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *names], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def test_examples_give_the_same_bytes_under_every_hash_seed() -> None:
    processes = start(1, EXAMPLES), start(2, EXAMPLES[::-1])
    first, second = (json.loads(process.communicate(timeout=300)[0]) for process in processes)
    assert len(first) == 3 * len(EXAMPLES) > 30
    assert [key for key, (code, _, _) in first.items() if code] == []
    assert [key for key in first if first[key] != second[key]] == []
