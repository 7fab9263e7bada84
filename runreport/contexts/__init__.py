"""What the site is made of and what each template gets: frozen dataclasses, all text formatted.

`SiteModel` is what `runreport.build` hands to `runreport.pages`; a context is what a
template gets under the name ``page``, with its site-wide part under ``site``.
"""

from runreport.contexts.experiment import (
    BodyCell,
    ExperimentContext,
    GroupRow,
    GroupsTable,
    HeadCell,
    RunsTable,
)
from runreport.contexts.index import BestValue, ExperimentCard, IndexContext, PageCard, StatusCount
from runreport.contexts.media import MediaItem, MediaPanel, MediaSection
from runreport.contexts.model import Download, ExperimentModel, MarkdownPage, Page, SiteModel
from runreport.contexts.run import (
    AddedNote,
    ArtifactFile,
    ArtifactFolder,
    ChangeRow,
    ConsoleView,
    ErrorView,
    Fact,
    FileRow,
    MetricCell,
    MetricRow,
    NameValue,
    RelatedRow,
    RelatedRuns,
    RunContext,
)
from runreport.contexts.shared import (
    Chart,
    Curve,
    Figure,
    FindingRow,
    Frame,
    Link,
    Moment,
    RunLink,
    Section,
    UnreadRun,
)
from runreport.contexts.text import FindingGroup, LogContext, MarkdownContext, ViewerContext

__all__ = [
    "AddedNote",
    "ArtifactFile",
    "ArtifactFolder",
    "BestValue",
    "BodyCell",
    "ChangeRow",
    "Chart",
    "ConsoleView",
    "Curve",
    "Download",
    "ErrorView",
    "ExperimentCard",
    "ExperimentContext",
    "ExperimentModel",
    "Fact",
    "Figure",
    "FileRow",
    "FindingGroup",
    "FindingRow",
    "Frame",
    "GroupRow",
    "GroupsTable",
    "HeadCell",
    "IndexContext",
    "Link",
    "LogContext",
    "MarkdownContext",
    "MarkdownPage",
    "MediaItem",
    "MediaPanel",
    "MediaSection",
    "MetricCell",
    "MetricRow",
    "Moment",
    "NameValue",
    "Page",
    "PageCard",
    "RelatedRow",
    "RelatedRuns",
    "RunContext",
    "RunLink",
    "RunsTable",
    "Section",
    "SiteModel",
    "StatusCount",
    "UnreadRun",
    "ViewerContext",
]
