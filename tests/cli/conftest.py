from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_shell import done


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workshop with the two orders of the template, PO-1001 and PO-1002; no test changes it."""
    folder = tmp_path_factory.mktemp("made")
    done("init", str(folder / "shop"), "--name", "Lane 9")
    done("orders", "template", str(folder / "orders.csv"))
    done("orders", "import", str(folder / "orders.csv"), "--workshop", str(folder / "shop"))
    return folder


@pytest.fixture
def here(tmp_path: Path, made_shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder of the command: ``shop/`` and ``orders.csv`` of its own."""
    shutil.copytree(made_shop, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
