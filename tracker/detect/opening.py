"""Opens a model file on an execution provider, and makes sure that it is that provider which does the work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import onnxruntime as ort

from tracker.detect.feeding import feeds_of, info_of, probe_tensor
from tracker.detect.providers import (
    AUTO,
    AUTO_ORDER,
    MAX_LEFT_BEHIND,
    NOTHING_MORE,
    PROVIDERS,
    Choice,
    Extras,
    add_to,
    left_behind,
    parse_choice,
)
from tracker.domain.errors import ModelError, ProviderError

LOG = logging.getLogger(__name__)


def open_session(
    path: Path, *, provider: str, threads: int, extras: Extras
) -> tuple[ort.InferenceSession, str, str | None]:
    """A session, the provider that runs it as users write it, and why ``auto`` chose that one.

    Args:
        path: The ONNX file, vetted.
        provider: As :func:`tracker.detect.providers.parse_choice` reads it, or ``auto``.
        threads: Threads inside one inference.
        extras: What the provider is told beyond its name.

    Raises:
        ProviderError: The provider is not there, or it does not do the work.
        ModelError: The file is no model that ONNX Runtime can load.
    """
    if provider == AUTO:
        return _best(path, threads, extras)
    choice = parse_choice(provider)
    return _open(path, choice, threads, extras), choice.text, None


def _best(path: Path, threads: int, extras: Extras) -> tuple[ort.InferenceSession, str, str]:
    """The first provider of ``auto``'s order that really runs the model."""
    if extras.options:
        raise ProviderError(
            "provider auto takes no options", expected="a provider by its name", got=", ".join(extras.options)
        )
    failed: list[str] = []
    for short in AUTO_ORDER[:-1]:
        if PROVIDERS[short] not in ort.get_available_providers():
            continue
        choice = parse_choice(short)
        try:
            session = _open(path, choice, threads, extras)
        except ProviderError as error:
            failed.append(f"{short} does not run ({error.got or error.what})")
        else:
            return _chosen(session, choice, failed)
    choice = parse_choice(AUTO_ORDER[-1])
    return _chosen(_open(path, choice, threads, NOTHING_MORE), choice, failed)


def _chosen(
    session: ort.InferenceSession, choice: Choice, failed: Sequence[str]
) -> tuple[ort.InferenceSession, str, str]:
    reason = "; ".join(("it ran the model", *failed))
    # a provider that is installed and does not run is something to mend; that none is installed is not
    level = logging.WARNING if failed else logging.INFO
    LOG.log(level, "detect.provider_chosen provider=%s reason=%s", choice.text, reason)
    return session, choice.text, reason


def _open(path: Path, choice: Choice, threads: int, extras: Extras) -> ort.InferenceSession:
    """A session that runs on the provider, tried once."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # idle threads that spin take a core from the cameras' decoders
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    told = add_to(options, choice, threads=threads, extras=extras)
    try:
        session = ort.InferenceSession(str(path), sess_options=options, providers=told or None, enable_fallback=0)
        if choice.short != "cpu":
            _require_running(session, choice)
    except ProviderError:
        raise
    except Exception as error:  # ONNX Runtime's own exception types share no base but Exception
        if choice.short == "cpu":
            raise ModelError(f"{path} cannot be loaded", expected="an ONNX model", got=_first_line(error)) from error
        raise ProviderError(
            f"provider {choice.text} cannot run {path}",
            expected=choice.name,
            got=_first_line(error),
            hint="See `tracker doctor`",
        ) from error
    return session


def _require_running(session: ort.InferenceSession, choice: Choice) -> None:
    """Make sure that the provider does the work: it is there, it has the heavy operators, and it answers.

    ONNX Runtime only warns when a provider's libraries are missing, and runs on the processor instead.
    """
    running = session.get_providers()
    if running[0] != choice.name:
        raise ProviderError(
            f"provider {choice.text} does not run", expected=choice.name, got=running[0], hint="See `tracker doctor`"
        )
    assigned = [
        (part.ep_name, node.op_type)
        for part in session.get_provider_graph_assignment_info()
        for node in part.get_nodes()
    ]
    elsewhere, heavy = left_behind(assigned, choice.name)
    if elsewhere > MAX_LEFT_BEHIND * heavy:
        raise ProviderError(
            f"provider {choice.text} leaves the model to the processor",
            expected=f"at least {1 - MAX_LEFT_BEHIND:.0%} of {heavy} convolutions and products on {choice.name}",
            got=f"{elsewhere} of them elsewhere",
            hint="Export the model in another precision or shape, or choose cpu",
        )
    inputs = tuple(info_of(node) for node in session.get_inputs())
    session.run(None, feeds_of(inputs, probe_tensor(inputs)))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
