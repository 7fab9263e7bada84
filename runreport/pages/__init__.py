"""The site's pages: what stands on each, in words, ready for the templates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from runreport.contexts import ExperimentModel, Page, SiteModel
from runreport.pages.experiment import experiment_page
from runreport.pages.frame import make_shell
from runreport.pages.index import index_page
from runreport.pages.log import log_page
from runreport.pages.markdown import markdown_pages
from runreport.pages.notes import run_notes
from runreport.pages.run import Family, RunModel, run_page
from runreport.pages.viewer import viewer_page
from runreport.rows import RunRow

__all__ = [
    "families",
    "make_pages",
    "make_shell",
    "run_models",
    "run_page",
    "site_pages",
    "viewer_page",
]


def make_pages(site: SiteModel) -> Iterator[Page]:
    """Yield every page of the site but the viewers; each is made when it is asked for."""
    yield from site_pages(site)
    shell = make_shell(site)
    for experiment in site.experiments:
        yield from (run_page(run, shell) for run in run_models(experiment))


def site_pages(site: SiteModel) -> Iterator[Page]:
    """Yield the pages that are about more than one run."""
    shell = make_shell(site)
    yield index_page(site, shell)
    yield log_page(site, shell)
    for experiment in site.experiments:
        yield experiment_page(experiment, shell)
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


def families(experiment: ExperimentModel) -> Mapping[str, Family]:
    """Return, by run slug, the parent and the children of the runs that have any."""
    by_id = {each.run_id: each for each in experiment.runs}
    children: defaultdict[str, list[RunRow]] = defaultdict(list)
    born = set()
    for row in experiment.runs:
        parent = by_id.get(row.parent)
        if parent is not None:
            children[parent.slug].append(row)
            born.add(row.slug)
    return {
        each.slug: Family(
            by_id.get(each.parent),
            tuple((child, experiment.colors[child.slug]) for child in children[each.slug]),
        )
        for each in experiment.runs
        if each.slug in born or each.slug in children
    }
