"""The doctor: what this installation has, and whether it computes.

The last line runs a program whose answer is known exactly: Legendre's sieve in `mod(l)`.
"""

from __future__ import annotations

import json
import os
import platform
from typing import Any

from qvm.tuning.speeds import OWNER, measured
from qwasm.installed import entries, version

PROBE = """
.qwasm 1.0
.space N = 1000, field = mod(2147483647)
.op sieve = prod p in primes(2, 31): (I - P[p])
.func main
    fill      q0, 1
    qop.apply q1, q0, sieve
    reduce    s0, q1, sum
    emit      "survivors", s0
end
"""
SURVIVORS = 168 - 11 + 1  # pi(1000) - pi(31) + 1


def examine() -> dict[str, Any]:
    """Facts about interpreter, libraries, machine, plug-ins, and one checked computation."""
    report: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "memory": memory(),
        "libraries": {name: version(name) for name in ("lark", "numpy", "scipy", "llvmlite", "click")},
        "cpu": _cpu(),
        "backends": _plugins("qvm.backends"),
        "passes": _plugins("qwasm.passes"),
    }
    report["speed"] = measured()._asdict()
    try:
        import qvm

        got = qvm.compile(PROBE).run()["survivors"].value
        report["probe"] = {
            "what": "Legendre's sieve to 1000 in mod(2147483647)",
            "expected": SURVIVORS,
            "got": int(got),
        }
        report["computes"] = got == SURVIVORS
    except Exception as error:  # the doctor reports what is broken, whatever it is
        report["probe"] = {"what": "Legendre's sieve", "error": f"{type(error).__name__}: {error}"}
        report["computes"] = False
    report["healthy"] = (
        report["computes"]
        and None not in report["libraries"].values()
        and all(found == "ok" for found in report["backends"].values())
        and "numpy" in report["backends"]
    )
    return report


def format_report(report: dict[str, Any], as_json: bool) -> str:
    """The report as lines for a person or as one JSON object with schema qwasm.doctor/1."""
    if as_json:
        return json.dumps({"schema": "qwasm.doctor/1", **report}, indent=2)
    lines = [
        f"python     {report['python']} on {report['platform']}",
        f"machine    {report['cores']} cores, {report['memory'] / 2**30:.1f} GiB, {report['cpu']}",
        "speed      {element:.2g} ns an element, {byte:.2g} ns a byte".format(**report["speed"]),
    ]
    lines += [f"library    {name} {found or 'no: not installed'}" for name, found in report["libraries"].items()]
    lines += [f"backend    {name}: {state}" for name, state in report["backends"].items()]
    lines += [f"pass       {name}: {state}" for name, state in report["passes"].items()]
    for name, speeds in report.get("calibrated", {}).items():
        told = ", ".join(f"{what} {value:.2g} ns" for what, value in speeds.items())
        lines.append(f"calibrated {name}: {told}")
    probe = report["probe"]
    answer = f"{probe['got']} survivors" if "got" in probe else probe["error"]
    lines.append(f"computes   {'yes' if report['computes'] else 'no'}: {probe['what']}: {answer}")
    return "\n".join(lines)


def calibrated(speed: dict[str, float]) -> dict[str, dict[str, float]]:
    """The cost model's speeds here, and what each backend measured of its own; kept for this machine.

    Backends choose by theirs from now on, passes under `--cost-model machine`.
    """
    from qvm.machine.backend import GROUP, Calibrating, load
    from qvm.tuning.store import keep_speeds

    keep_speeds(OWNER, speed)
    found = {OWNER: speed}
    for name in sorted({point.name for point in entries(GROUP)}):
        backend = load(name)
        if isinstance(backend, Calibrating) and (speeds := backend.calibrated()):
            keep_speeds(name, speeds)
            found[name] = speeds
    return found


def memory() -> int:
    """Bytes of physical memory, 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def _cpu() -> str:
    """The processor's name as LLVM knows it."""
    try:
        from llvmlite import binding  # type: ignore[import-untyped]

        return str(binding.get_host_cpu_name())
    except (ImportError, OSError) as error:
        return f"unknown ({error})"


def _plugins(group: str) -> dict[str, str]:
    """Entry points of a group: 'ok', or why one does not load."""
    found: dict[str, str] = {}
    for point in entries(group):
        try:
            point.load()
            state = "ok"
        except Exception as error:  # a stranger's plug-in may raise anything
            state = f"no: {type(error).__name__}: {error}"
        found[point.name] = f"no: two packages offer it ({point.value})" if point.name in found else state
    return found


__all__ = ["examine", "format_report"]
