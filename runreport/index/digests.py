"""The digests of a site's runs, as text: each is decoded only where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from runreport.index.stored import decode
from runreport.index.texts import Place, Texts
from runreport.records import RunDigest


class Digests(Mapping[str, RunDigest]):
    """Returns a run's digest by the run's slug; a status is the row's to tell."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._found: dict[str, Callable[[], str]] = {}
        self._places: dict[str, Place] = {}

    def add(self, slug: str, text: str) -> Place:
        """Keep an encoded digest, and return its place among the texts."""
        place = self._places[slug] = self._texts.put(text)
        return place

    def add_known(self, slug: str, find: Callable[[], str]) -> None:
        """Keep how an encoded digest is found."""
        self._found[slug] = find

    def text(self, slug: str) -> str:
        """Return an encoded digest."""
        place = self._places.get(slug)
        return self._found[slug]() if place is None else self._texts.get(place)

    def __getitem__(self, slug: str) -> RunDigest:
        """Return a digest."""
        return decode(self.text(slug))

    def __iter__(self) -> Iterator[str]:
        """Yield the slugs."""
        yield from self._places
        yield from self._found

    def __len__(self) -> int:
        """Return how many runs there are."""
        return len(self._places) + len(self._found)
