"""The site's pages: what stands on each, in words, ready for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runreport.contexts import ExperimentModel, Page, SiteModel
from runreport.pages.experiment import experiment_page
from runreport.pages.family import Family, families
from runreport.pages.frame import make_shell
from runreport.pages.index import index_page
from runreport.pages.log import log_page
from runreport.pages.markdown import markdown_pages
from runreport.pages.notes import run_notes
from runreport.pages.run import RunModel, run_page
from runreport.pages.survey import Survey, surveys
from runreport.pages.viewer import viewer_page

__all__ = [
    "experiment_page",
    "families",
    "make_pages",
    "make_shell",
    "run_models",
    "run_page",
    "site_pages",
    "surveys",
    "viewer_page",
]


def make_pages(site: SiteModel) -> Iterator[Page]:
    """Yield every page of the site but the viewers; each is made when it is asked for."""
    found = surveys(site.experiments)
    yield from site_pages(site, found)
    shell = make_shell(site)
    for experiment in site.experiments:
        yield experiment_page(experiment, shell, found[experiment.slug])
        yield from (run_page(run, shell) for run in run_models(experiment))


def site_pages(site: SiteModel, found: Mapping[str, Survey]) -> Iterator[Page]:
    """Yield the pages that are about more than one experiment; ``found`` is by their slugs."""
    shell = make_shell(site, is_counted=True)
    yield index_page(site, shell, found)
    yield log_page(site, shell)
    yield from markdown_pages(site.pages, shell)


def run_models(experiment: ExperimentModel) -> Iterator[RunModel]:
    """Yield each run of an experiment with all that its page shows."""
    relatives = families(experiment)
    for row in experiment.runs:
        digest = experiment.digests[row.slug]
        yield RunModel(
            digest=digest,
            experiment=experiment.name,
            experiment_slug=experiment.slug,
            color=experiment.colors[row.slug],
            link=row.link,
            notes=run_notes(digest),
            family=relatives.get(row.slug, Family()),
        )
