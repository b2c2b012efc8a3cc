"""A page for people: each rule's figures, each order's count, and pictures of the moments that went wrong."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from tracker.sim.drawing import labelled_jpeg
from tracker.sim.render import Stage
from tracker.sim.wardrobe import Wardrobe
from tracker.trials.evaluation import Evaluation
from tracker.trials.figures import ALLOWED, RuleFigures
from tracker.trials.judging import Fault
from tracker.trials.running import Trial

WORST = 6
"""Tables of a suite that are shown in pictures."""
MOMENTS = 4
"""Faults of each that are."""
AROUND_S = (-0.8, 0.0, 0.8)
"""Pictures before, at and after a fault."""

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #ccc; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 0 0 1.5rem; } figure img { width: 32%; } figcaption { color: #444; }
.off { color: #a00000; font-weight: 600; }
"""


def render_page(evaluations: Sequence[Evaluation]) -> str:
    """One self-contained HTML document."""
    parts = "".join(_suite(evaluation) for evaluation in evaluations)
    head = f'<meta charset="utf-8"><title>Suites</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>Suites</h1>{parts}</body></html>\n'


def _suite(evaluation: Evaluation) -> str:
    suite = evaluation.suite
    about = (
        f"{suite.failure}. {suite.orders} orders of {suite.plan.work.pieces} pieces, seed {evaluation.seed}, "
        f"seen by {evaluation.model}."
    )
    rows = "".join(_figures_row(rule) for rule in evaluation.figures())
    heads = ("rule", f"within ±{ALLOWED}", "95 %", "mean error", "95 %", "bias", "missed", "extra", "events")
    figures = _table(heads, rows)
    return f"<h2>{escape(suite.name)}</h2><p>{escape(about)}</p>{figures}{_orders(evaluation)}" + "".join(
        _worst(trial) for trial in _worst_first(evaluation.trials)[:WORST]
    )


def _table(heads: Sequence[str], rows: str) -> str:
    return "<table><tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + f"</tr>{rows}</table>"


def _figures_row(rule: RuleFigures) -> str:
    low, high = rule.within_95
    least, most = rule.error_95
    cells = (
        rule.rule,
        f"{rule.within:.0%}",
        f"{low:.0%} to {high:.0%}",
        f"{rule.error:.2%}",
        f"{least:.2%} to {most:.2%}",
        f"{rule.bias:+.2f}",
        rule.missed,
        rule.extra,
        rule.events,
    )
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _orders(evaluation: Evaluation) -> str:
    rows = []
    for trial in evaluation.trials:
        for count in trial.verdict.counts:
            off = ' class="off"' if abs(count.error) > ALLOWED else ""
            cells = f"<td>{escape(count.order or 'nobody')}</td><td>{escape(count.rule)}</td>"
            rows.append(f"<tr>{cells}<td>{count.true}</td><td>{count.counted}</td><td{off}>{count.error:+d}</td></tr>")
    table = _table(("order", "rule", "true", "counted", "error"), "".join(rows))
    return f"<details><summary>Every order</summary>{table}</details>"


def _worst_first(trials: Sequence[Trial]) -> list[Trial]:
    failed = [trial for trial in trials if trial.verdict.faults]
    return sorted(failed, key=lambda trial: (-_error(trial), -len(trial.verdict.faults)))


def _error(trial: Trial) -> int:
    return sum(abs(count.error) for count in trial.verdict.counts)


def _worst(trial: Trial) -> str:
    """A trial's first faults, in pictures drawn anew from its script."""
    stage = Stage(Wardrobe(trial.clip.scene.script))
    shown = "".join(_moment(trial, fault, stage) for fault in trial.verdict.faults[:MOMENTS])
    title = f"Play {trial.clip.play}, {trial.clip.scene.script.camera}: {len(trial.verdict.faults)} faults"
    return f"<h3>{escape(title)}</h3>{shown}"


def _moment(trial: Trial, fault: Fault, stage: Stage) -> str:
    script = trial.clip.scene.script
    images = []
    for after_s in AROUND_S:
        frame = min(script.frames - 1, max(0, round((fault.t_s + after_s) * script.fps)))
        boxes = [(box.xyxy, box.label) for box, share in stage.shown(frame) if share > 0 and box.label]
        encoded = base64.b64encode(labelled_jpeg(stage.picture(frame), boxes)).decode()
        images.append(f'<img alt="frame {frame}" src="data:image/jpeg;base64,{encoded}">')
    kind = "missed" if fault.missed else "extra"
    caption = f"{kind}: {fault.rule} {fault.direction} at {fault.t_s:.1f} s"
    return f"<figure>{''.join(images)}<figcaption>{escape(caption)}</figcaption></figure>"
