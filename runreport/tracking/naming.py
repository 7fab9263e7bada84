"""Names of runs, their folders, and the files in them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from runreport.errors import LogError

_ADJECTIVES = (  # noqa: SIM905 - read as prose
    "able amber azure bold brave brief bright brisk calm clear clever cosy crisp daring deep eager "
    "early even fair fast fine firm fleet fond frank fresh gentle glad golden grand green happy "
    "hardy honest humble jolly keen kind lively loyal lucky mellow merry mild modest neat nimble "
    "noble open patient plain polite proud quick quiet rapid ready robust royal sharp silent "
    "silver sleek smart smooth snug solid spry steady still strong sunny swift tidy tranquil true "
    "vivid warm wise witty young"
).split()
_ANIMALS = (  # noqa: SIM905
    "adder alpaca badger beaver bison bittern buzzard camel caribou cicada cobra condor coyote "
    "crane cricket curlew deer dingo dolphin dormouse eagle egret eland ermine falcon ferret finch "
    "fox gannet gazelle gecko gibbon goose grouse gull hare hawk heron hornet ibex ibis iguana "
    "impala jackal jaguar kestrel koala lark lemur linnet lion llama lynx magpie marmot marten "
    "merlin mole moose newt ocelot okapi oriole osprey otter owl panther petrel plover "
    "puffin puma quail rabbit raven robin salmon seal shrew skink snipe sparrow stoat stork "
    "swallow swan tapir tern thrush tiger toad trout viper vole walrus weasel wolf wombat wren"
).split()

_FORBIDDEN = frozenset('<>:"|?*\\')
"""Characters that some file system refuses in a name."""
_SHORT = 40


def two_words() -> str:
    """Return a random name, as "brave-otter"; forked processes do not repeat it."""
    first, second = os.urandom(2), os.urandom(2)
    adjective = _ADJECTIVES[int.from_bytes(first, "big") % len(_ADJECTIVES)]
    return f"{adjective}-{_ANIMALS[int.from_bytes(second, 'big') % len(_ANIMALS)]}"


def words_of(name: str) -> str:
    """Return a run's name as its folder bears it: short, lower case, ASCII; maybe ""."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:_SHORT].rstrip("-")


def make_run_id(now: float, words: str) -> str:
    """Return a run's id, also its folder's name: UTC time, words, 4 random hex digits."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}-{words}-{os.urandom(2).hex()}"


def experiment_parts(name: str) -> list[str]:
    """Return the folders of an experiment below the runs root; raise where it would lead out."""
    parts = [part.strip() for part in str(name).strip().strip("/").split("/")]
    for part in parts:
        if part in {"", ".", ".."}:
            raise LogError(f"experiment {name!r}: {part!r} is no folder; use names joined with '/'")
    return [_folder_name(part) for part in parts]


def root_of(folder: Path, experiment: str) -> Path:
    """Return the runs root that holds a run's folder; its parent where the names do not agree."""
    try:
        parts = tuple(experiment_parts(experiment))
    except LogError:
        return folder.parent
    inside = folder.parent.parts[-len(parts) :] == parts
    return folder.parents[len(parts)] if inside else folder.parent


def _folder_name(part: str) -> str:
    """Return a folder name that every file system takes; the record keeps the real one."""
    kept = "".join("-" if c in _FORBIDDEN or not c.isprintable() else c for c in part)
    kept = kept.encode("utf-8", "replace")[:120].decode("utf-8", "ignore").strip(" .")
    return kept or "experiment"


def artifact_parts(path: str | os.PathLike[str]) -> list[str]:
    """Return the parts of a path below the artifacts folder; raise where it would lead out."""
    text = os.fspath(path)
    parts = [part for part in text.replace(os.sep, "/").split("/") if part not in {"", "."}]
    inner = [piece for part in parts for piece in part.split("\\")]
    if text.startswith(("/", "\\")) or ".." in inner or "\0" in text or Path(text).drive:
        raise LogError(f"artifact path {text!r}: leads out of the run; give one below it, as 'a/b'")
    return parts
