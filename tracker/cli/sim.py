"""``tracker sim``: play suites of simulated tables, and measure the counting on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.shell import JsonOption, console, print_json, progress, say
from tracker.domain.errors import UsageError

if TYPE_CHECKING:
    from tracker.trials.evaluation import DetectorOf, Evaluation
    from tracker.trials.suites import Suite

app = typer.Typer(help="Simulated tables whose true count is known: play them, count them.", no_args_is_help=True)

SuiteOption = Annotated[list[Path], typer.Option("--suite", "-s", help="Suite file; may be repeated.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Decides everything that varies.")]
OrdersOption = Annotated[int | None, typer.Option(min=1, help="Orders to play; default: the suite's.")]
PiecesOption = Annotated[int | None, typer.Option(min=1, max=1000, help="Pieces of an order; default: the suite's.")]

TRUTH = "truth"
"""The model that knows what there is, and sees it a little badly."""


@app.command("play")
def play(
    *,
    suite: SuiteOption,
    seed: SeedOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for videos, truth and labels.")] = Path("suites-out"),
    orders: OrdersOption = None,
    pieces: PiecesOption = None,
    stills: Annotated[int, typer.Option(min=0, help="Pictures with YOLO and COCO labels from each video.")] = 8,
    rtsp: Annotated[
        bool, typer.Option("--rtsp", help="Then serve the videos as RTSP cameras on 127.0.0.1, until interrupted.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the RTSP cameras.")] = 8554,
    once: Annotated[
        bool, typer.Option("--once", help="Show each video once, then end; default: again and again.")
    ] = False,
) -> None:
    """Write the videos of suites, with their truth and labels; with --rtsp, be their cameras."""
    from tracker.sim.serving import FilmCameras, film_url, require_server
    from tracker.trials.playing import Player

    suites = _suites(suite, orders, pieces)
    if once and not rtsp:
        raise UsageError("--once says how cameras are played", expected="--rtsp beside it")
    if rtsp:
        require_server()
    player = Player(out, seed=seed, stills=stills, url_of=(lambda film: film_url(film, port)) if rtsp else None)
    videos: list[Path] = []
    with progress(quiet=False) as bar:
        task = bar.add_task("plays", total=sum(one.plays for one in suites))
        for one in suites:
            for number in range(one.plays):
                for video in player.play(one, number):
                    say(str(video))
                    videos.append(video)
                bar.advance(task)
    if rtsp:
        cameras = FilmCameras(videos, port=port, once=once)
        cameras.run(lambda: say("\n".join(f"tracker: camera at {film_url(video, port)}" for video in videos)))


@app.command("evaluate")
def evaluate(
    *,
    suite: SuiteOption,
    seed: SeedOption,
    model: Annotated[
        str, typer.Option("--model", "-m", help="Model folder, the name of one, or `truth` for near-perfect eyes.")
    ] = "default",
    provider: Annotated[str, typer.Option(help="Execution provider: cpu, cuda, ...")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads inside one inference.")] = 1,
    orders: OrdersOption = None,
    pieces: PiecesOption = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the videos in this folder, and use those that are there.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Write a page with figures and the worst cases.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Play suites through the whole of the counting and say how far the counts are off."""
    from tracker.trials.evaluation import Stage
    from tracker.trials.evaluation import evaluate as evaluate_suite
    from tracker.trials.page import render_page

    suites = _suites(suite, orders, pieces)
    detector_of = _detector_of(model, seed, provider=provider, threads=threads)
    evaluations = []
    with _folder(keep) as folder, progress(quiet=as_json) as bar:
        task = bar.add_task("tables", total=sum(one.plays * len(one.stations) for one in suites))
        stage = Stage(folder, on_trial=lambda _: bar.advance(task))
        for one in suites:
            evaluations.append(evaluate_suite(one, seed, detector_of, model=model, stage=stage))
            if not as_json:
                _print(evaluations[-1])
    if page is not None:
        page.write_text(render_page(evaluations), encoding="utf-8")
        say(f"tracker: {page} shows the worst cases")
    if as_json:
        print_json([evaluation.as_dict() for evaluation in evaluations])


def _suites(files: list[Path], orders: int | None, pieces: int | None) -> list[Suite]:
    from tracker.trials.suites import read_suite

    return [read_suite(file).limited(orders=orders, pieces=pieces) for file in files]


def _detector_of(model: str, seed: int, *, provider: str, threads: int) -> DetectorOf:
    from tracker.detect import load_detector
    from tracker.models import model_folder
    from tracker.trials.witness import Witness

    if model == TRUTH:
        return lambda scene: Witness(scene.script, seed)
    detector = load_detector(model_folder(model), provider=provider, threads=threads)
    return lambda _: detector


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="fairloom-") as folder:
        yield Path(folder)


def _print(evaluation: Evaluation) -> None:
    out = console()
    suite = evaluation.suite
    out.print(f"{suite.name}: {suite.orders} orders of {suite.plan.work.pieces} pieces, seed {evaluation.seed}")
    for rule in evaluation.figures():
        low, high = rule.within_95
        least, most = rule.error_95
        out.print(
            f"  {rule.rule}: {rule.within:.0%} of orders within 2 pieces ({low:.0%}-{high:.0%}), mean error "
            f"{rule.error:.2%} ({least:.2%}-{most:.2%}), bias {rule.bias:+.2f}, "
            f"missed {rule.missed} and extra {rule.extra} of {rule.events} events"
            + (f", {rule.unassigned} pieces of nobody" if rule.unassigned else "")
        )
