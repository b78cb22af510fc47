"""One HTML file that tells a bundle: no script, no other file, and nothing of the program unescaped."""

from __future__ import annotations

from html import escape

from qvm.trace.read import Bundle
from qvm.trace.show import by_line, features, primes_of, shown

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24;
       background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .2rem .6rem; vertical-align: top }
tr + tr { border-top: 1px solid #e3e6ea } .n { text-align: right; font-variant-numeric: tabular-nums }
code { font: 13px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
.bar { background: #dfe9f7 } .bar b { display: block; height: .8rem; background: #2f6fbf }
.bad { background: #fbe3e1; padding: .5rem .8rem } .muted { color: #667 }
@media (prefers-color-scheme: dark) { body { background: #14171b; color: #dde2e8 } tr + tr { border-color: #2b3138 }
  .bar { background: #22303f } .bad { background: #4a2422 } .muted { color: #99a } }
"""


def cell(text: object, number: bool = False) -> str:
    return f"<td{' class=n' if number else ''}>{escape(str(text))}</td>"


def bar(share: float) -> str:
    return f'<td style="width:30%"><div class=bar><b style="width:{100 * min(1.0, share):.1f}%"></b></div></td>'


def html(bundle: Bundle) -> str:
    """The report."""
    meta, host = bundle.meta, bundle.meta["host"]
    total = float(bundle.events["dur_ns"].sum()) * host.get("every", 1) or 1.0
    facts = [
        ("space", meta["space"]), ("backend", f"{meta['backend']}, {host['schedule']}"),
        ("seconds", f"{host['seconds']:.6g}"), ("seal", bundle.seal), ("fingerprint", bundle.fingerprint),
        ("program", meta["program"]), ("finished", host["finished"]),
        ("work", f"{bundle.energy['elements']:.4g} elements, E_flow {bundle.energy['E_flow']:.6g}"),
    ]  # fmt: skip
    parts = [f"<tr><th>{escape(k)}</th><td><code>{escape(str(v))}</code></td></tr>" for k, v in facts]
    body = [f"<h1>{escape(bundle.path.name)}</h1><table>{''.join(parts)}</table>"]
    for fault in bundle.errors["failed"]:
        told = f"{fault['code']} in line {fault['line']}: {fault['message']}"
        body.append(f"<p class=bad>The run failed: {escape(told)}</p>")
    rows = [
        f"<tr>{cell(row['line'], True)}<td><code>{escape(row['text'])}</code></td>{cell(row['times'], True)}"
        f"{cell(format(row['ns'] / 1e6, '.3f'), True)}{bar(row['ns'] / total)}</tr>"
        for row in by_line(bundle)
    ]
    head = "<tr><th class=n>line<th>source<th class=n>times<th class=n>ms<th>share of the time</tr>"
    body.append(f"<h2>Where the time went</h2><table>{head}{''.join(rows)}</table>")
    found = primes_of(bundle)[:40]
    if found:
        most = found[0][2]
        rows = [f"<tr>{cell(f'{a}[{p}]' if p else a)}{cell(n, True)}{bar(n / most)}</tr>" for a, p, n in found]
        body.append(f"<h2>Letters</h2><table><tr><th>letter<th class=n>count<th></tr>{''.join(rows)}</table>")
    if features(bundle):
        rows = [
            f"<tr>{cell(name)}{cell(format(at, 'g') if at else '')}{cell(f'{value:.8g} ± {error:.2g}')}</tr>"
            for name, at, value, error in features(bundle)
        ]
        head = "<tr><th>feature</th><th>at</th><th>value</th></tr>"
        body.append(f"<h2>Spectral fingerprint</h2><table>{head}{''.join(rows)}</table>")
    outputs = meta["outputs"].items()
    rows = [f"<tr>{cell(name)}<td><code>{escape(shown(value))}</code></td></tr>" for name, value in outputs]
    body.append(f"<h2>Outputs</h2><table>{''.join(rows)}</table>")
    if bundle.source:
        body.append(f"<h2>Program</h2><pre><code>{escape(bundle.source)}</code></pre>")
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(bundle.path.name)}</title><style>{STYLE}</style>{''.join(body)}</html>\n"
    )


__all__ = ["html"]
