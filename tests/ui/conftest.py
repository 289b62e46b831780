"""A real Airflow with some videos of three days, and a browser; screenshots are kept in `tests/ui/screenshots`."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.cli.local.airflow_api import AirflowApi
from tests.fixtures.made_video import Shot, made_video

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).with_name("screenshots")
COMMAND = [sys.executable, "-c", "from tasks.cli.main import main; main()"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DAYS, AFTER = ("2026-11-10", "2026-11-11", "2026-11-12"), "2026-11-13"


@dataclass
class Site:
    """An installation in a folder of its own, with a recipe `cams`."""

    folder: Path

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CLIPMILL", "AIRFLOW"))}
        notifier = {"class": "told.Told", "arguments": {"path": str(self.told), "said": "{title}\n{text}"}}
        own = {"CLIPMILL_STATE": str(self.folder / "state"), "CLIPMILL_NOTIFIERS": json.dumps([notifier])}
        return subprocess.run([*COMMAND, *arguments], env=kept | own, cwd=ROOT, capture_output=True, text=True)

    @property
    def told(self) -> Path:
        """Where the notifier writes."""
        return self.folder / "told.txt"

    @property
    def url(self) -> str:
        """Where the UI is."""
        port = json.loads((self.folder / "state/airflow/settings.json").read_text())["port"]
        return f"http://127.0.0.1:{port}"

    def add_video(self, day: str, seed: int, name: str = "") -> Path:
        """A video of some seconds, as it would come in on a day."""
        path = self.folder / "videos" / f"{name or day}.mp4"
        made_video(path, [Shot(6, seed=seed, motion=(40, 0))], size=(320, 240))
        noon = time.mktime(time.strptime(f"{day} 12:00", "%Y-%m-%d %H:%M"))
        os.utime(path, (noon, noon))
        return path

    def ended(self, dag: str, run_id: str, timeout_s: float = 300) -> str:
        """How a run ended."""
        api, deadline = AirflowApi(self.url), time.monotonic() + timeout_s
        while (state := api.run(dag, run_id).state) not in ("success", "failed"):
            assert time.monotonic() < deadline, f"{dag} {run_id} is still {state}"
            time.sleep(1)
        return state


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    plugins = site.folder / "state/airflow/home/plugins"
    plugins.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("told.py"), plugins)
    (site.folder / "videos").mkdir()
    for seed, day in enumerate(DAYS):
        site.add_video(day, seed)
    source = {"name": "cams", "path": str(site.folder / "videos"), "licence": "CC0-1.0", "rights": "made by the test"}
    body = {"name": "cams", "dataset": "cams", "output": str(site.folder / "dataset"), "policy": "permissive"}
    recipe = site.folder / "cams.yaml"
    recipe.write_text(yaml.safe_dump(body | {"sources": [source]}))
    for step in (("up",), ("recipe", "add", str(recipe))):
        done = site(*step)
        assert done.returncode == 0, done.stderr
    AirflowApi(site.url).wait_for_dag("ingest")
    yield site
    site("down")


@pytest.fixture(scope="session")
def page(site: Site) -> Iterator[Any]:
    """A page of a headless Chromium. Skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="`make test-ui` installs playwright")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1400, "height": 1300})
        page.set_default_timeout(60_000)
        yield page
        chromium.close()


@pytest.fixture
def shoot(page: Any) -> Callable[[str], None]:
    """Keeps the page as a picture of this name."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return lambda name: page.screenshot(path=SCREENSHOTS / f"{name}.png")
