"""Chromium, servers, and pages that are watched: an error in a page, a rule of its security that it
breaks, or a request to any other host fails the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.page.opened import Opened
from tests.places import ROOT
from tests.unit.server.running import Running, serving
from usql.errors import PlaceBusy
from usql.files.lock import alone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Open = Callable[..., Opened]


def absent(what: str) -> Any:
    """Skips the test, and fails in CI, where everything must be there."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not installed")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium: Playwright brings its own only by a download. It ends with these tests,
    as others could not run an event loop of their own beside that of Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        absent("playwright")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        absent("chromium")
    with sync_playwright() as playwright:
        # Containers have no room for its shared memory, and root no sandbox.
        options = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over the built-in sample."""
    with serving(tmp_path_factory.mktemp("sample"), "--sample") as running:
        yield running


@pytest.fixture
def open_page(chromium: Browser, sample_server: Running) -> Iterator[Open]:
    """Opens the page, in a browser that remembers nothing: of the sample unless another server is
    given. Options are those of Playwright's contexts."""
    with ExitStack() as stack:

        def opened(fragment: str = "", server: Running = sample_server, **options: Any) -> Opened:
            context = chromium.new_context(
                **{"viewport": {"width": 1280, "height": 800}, "locale": "en-US"} | options
            )
            stack.callback(context.close)
            page = Opened(context.new_page(), server)
            page.go(fragment)
            pages.append(page)
            return page

        pages: list[Opened] = []
        yield opened
        for page in pages:
            page.check()


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of ``web/`` with the packages of its lock file, made once for all workers of a run."""
    if shutil.which("npm") is None:
        absent("npm")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "web"
    while not folder.exists():
        with suppress(PlaceBusy), alone(folder, "installing packages"):
            if not folder.exists():
                _install(folder)
    return folder


def _install(folder: Path) -> None:
    made = folder.with_name(f"{folder.name}-made")
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(ROOT / "web", made, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, cwd=made, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        absent(f"What web/ needs ({done.stderr[-300:]})")
    made.rename(folder)


@pytest.fixture(scope="session")
def axe(modules: Path) -> str:
    """The script of axe-core, which checks accessibility."""
    return (modules / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
