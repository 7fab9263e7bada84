"""`runreport serve`: build, serve on this machine, watch, build again, reload the open page."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runreport import __version__
from runreport.build import build
from runreport.built import Built
from runreport.config import CONFIG_FILES, Config
from runreport.errors import RunReportError
from runreport.serving.server import Server
from runreport.serving.site import ServedSite
from runreport.serving.watch import Watcher
from runreport.text.numbers import count_text, duration_text
from runreport.text.redact import secret_values

PAUSE: Final = 0.2
"""Seconds between two builds, at least; a build that took longer is followed by as long a pause,
so that a run that logs all the time keeps no more than half a processor busy."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Serving:
    """What to serve, and where."""

    load: Callable[[], Config]
    """Reads the settings, again whenever their file changes."""
    config_file: Path | None = None
    """The one that was named; None stands for those of the current folder."""
    keep_output: bool = False
    """Whether the site is built in the config's output folder, not in one that is gone after."""
    port: int = 8000


def serve(serving: Serving, *, ready: Callable[[str], None], say: Say, complain: Say) -> None:
    """Serve until an exception, such as KeyboardInterrupt, ends it.

    ``ready`` gets the address once the server listens, before the first build; ``say`` one line a
    build, and ``complain`` what made a build fail.

    Raises:
        RunReportError: The port is taken, or the first build failed; later ones keep the old site.
    """
    config = serving.load()
    with ExitStack() as stack:
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="runreport-serve-")))
        output = config.output if serving.keep_output else own / "site"
        site = ServedSite(output, own / "recent")
        server = stack.enter_context(Server(site, serving.port))
        watcher = stack.enter_context(Watcher())
        builder = _Builder(serving, site, watcher, say)
        ready(server.address)
        builder.build(config)
        while True:
            watcher.wait()
            builder.rebuild(complain)


class _Builder:
    """Builds the site again and again, in the thread that Ctrl-C reaches."""

    def __init__(self, serving: Serving, site: ServedSite, watcher: Watcher, say: Say) -> None:
        self._serving = serving
        self._site = site
        self._watcher = watcher
        self._say = say
        self._earliest = 0.0

    def build(self, config: Config) -> float:
        """Build the site with these settings, and show it; return the seconds that it took."""
        # Watched first, so that what changes during the build leads to the next one.
        self._watcher.watch(_folders(config), _files(self._serving.config_file))
        began = time.monotonic()
        built = build(
            replace(config, output=self._site.folder),
            now=time.time(),
            version=__version__,
            secrets=secret_values(os.environ),
        )
        took = time.monotonic() - began
        self._site.update()
        self._say(_line(built, took))
        return took

    def rebuild(self, complain: Say) -> None:
        """Build again, not too soon; what fails leaves the old site and is told."""
        time.sleep(max(0.0, self._earliest - time.monotonic()))
        self._watcher.clear()
        pause = PAUSE
        try:
            pause = max(PAUSE, self.build(self._serving.load()))
        except RunReportError as error:
            complain(f"{_clock()} not built: {error}")
        except Exception:
            complain(f"{_clock()} not built:\n{traceback.format_exc()}")
        self._earliest = time.monotonic() + pause


def _folders(config: Config) -> frozenset[Path]:
    folders = [*config.sources, *(each for each in (config.theme, config.pages) if each)]
    return frozenset(folder for folder in folders if folder.exists())


def _files(named: Path | None) -> frozenset[Path]:
    return frozenset([named] if named else map(Path, CONFIG_FILES))


def _line(built: Built, took: float) -> str:
    written = built.written
    failed = f", {count_text(built.failed)} of them unreadable" if built.failed else ""
    return (
        f"{_clock()} built in {duration_text(took)}: {count_text(built.runs)} runs{failed}; "
        f"{count_text(written.pages_changed)} pages written, "
        f"{count_text(written.pages_unchanged)} unchanged"
    )


def _clock() -> str:
    return time.strftime("%H:%M:%S")
