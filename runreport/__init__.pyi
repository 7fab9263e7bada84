"""The public names, for type checkers; `runreport.__getattr__` looks them up."""

from runreport import artifacts as artifacts
from runreport import data as data
from runreport import entities as entities
from runreport import exceptions as exceptions
from runreport import lightgbm as lightgbm
from runreport import models as models
from runreport import pyfunc as pyfunc
from runreport import sklearn as sklearn
from runreport import tracking as tracking
from runreport import training as training
from runreport import xgboost as xgboost
from runreport.api import load_metrics as load_metrics
from runreport.api import load_runs as load_runs
from runreport.api import search_runs as search_runs
from runreport.autologging import autolog as autolog
from runreport.errors import ConfigError as ConfigError
from runreport.errors import LogError as LogError
from runreport.errors import OutputError as OutputError
from runreport.errors import ReadError as ReadError
from runreport.errors import RunReportError as RunReportError
from runreport.errors import TemplateError as TemplateError
from runreport.experiment_report import report_metrics_to_experiment as report_metrics_to_experiment
from runreport.tracking.amend import add_metrics as add_metrics
from runreport.tracking.amend import add_metrics_to_run as add_metrics_to_run
from runreport.tracking.amend import amend as amend
from runreport.tracking.amend import report_custom_metrics as report_custom_metrics
from runreport.tracking.client import MlflowClient as MlflowClient
from runreport.tracking.experiments import Experiment as Experiment
from runreport.tracking.experiments import create_experiment as create_experiment
from runreport.tracking.experiments import get_experiment as get_experiment
from runreport.tracking.experiments import get_experiment_by_name as get_experiment_by_name
from runreport.tracking.experiments import get_tracking_uri as get_tracking_uri
from runreport.tracking.experiments import search_experiments as search_experiments
from runreport.tracking.experiments import set_experiment as set_experiment
from runreport.tracking.experiments import set_tracking_uri as set_tracking_uri
from runreport.tracking.files import get_artifact_uri as get_artifact_uri
from runreport.tracking.files import load_table as load_table
from runreport.tracking.files import log_artifact as log_artifact
from runreport.tracking.files import log_artifacts as log_artifacts
from runreport.tracking.files import log_audio as log_audio
from runreport.tracking.files import log_code as log_code
from runreport.tracking.files import log_dict as log_dict
from runreport.tracking.files import log_figure as log_figure
from runreport.tracking.files import log_histogram as log_histogram
from runreport.tracking.files import log_image as log_image
from runreport.tracking.files import log_input as log_input
from runreport.tracking.files import log_inputs as log_inputs
from runreport.tracking.files import log_stream as log_stream
from runreport.tracking.files import log_table as log_table
from runreport.tracking.files import log_text as log_text
from runreport.tracking.files import note as note
from runreport.tracking.fluent import active_run as active_run
from runreport.tracking.fluent import define_metric as define_metric
from runreport.tracking.fluent import delete_tag as delete_tag
from runreport.tracking.fluent import end_run as end_run
from runreport.tracking.fluent import get_parent_run as get_parent_run
from runreport.tracking.fluent import get_run as get_run
from runreport.tracking.fluent import last_active_run as last_active_run
from runreport.tracking.fluent import log_metric as log_metric
from runreport.tracking.fluent import log_metrics as log_metrics
from runreport.tracking.fluent import log_param as log_param
from runreport.tracking.fluent import log_params as log_params
from runreport.tracking.fluent import set_tag as set_tag
from runreport.tracking.fluent import set_tags as set_tags
from runreport.tracking.fluent import start_run as start_run
from runreport.tracking.run import ActiveRun as ActiveRun
from runreport.tracking.run import Run as Run
from runreport.tracking.switches import (
    disable_system_metrics_logging as disable_system_metrics_logging,
)
from runreport.tracking.switches import (
    enable_system_metrics_logging as enable_system_metrics_logging,
)
from runreport.tracking.switches import flush_artifact_async_logging as flush_artifact_async_logging
from runreport.tracking.switches import flush_async_logging as flush_async_logging
from runreport.tracking.switches import is_tracking_uri_set as is_tracking_uri_set
from runreport.tracking.switches import (
    set_system_metrics_sampling_interval as set_system_metrics_sampling_interval,
)

__version__: str
__all__: list[str]
