"""Whether a metric is better when smaller or when larger: told by the config, the run, or its name.

The guess reads a name's words ("val/cross_entropyLoss" → val, cross, entropy, loss) from the last
to the first and takes the first that says something, so that "accuracy_loss" is a loss. A name that
ends in a word about something else ("loss_scale", "score_time") has no goal, and a leading "neg"
turns the goal round ("neg_mean_squared_error"); a leading "rank" is best
when smallest. Where the guess is wrong, the config or the run says better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, Literal

Goal = Literal["min", "max"]

_MIN: Final = (
    "loss losses error errors err rmse mse mae mape smape rmsle msle logloss nll bce crossentropy"
    " perplexity ppl wer cer mer ter fid kid fvd lpips kl kld divergence brier ece regret deviance"
    " eer fpr fnr hinge bpd bpc bpb epe distortion cost"
)
_MAX: Final = (
    "acc accuracy auc auroc auprc prauc rocauc ap map f1 f2 fbeta fscore fmeasure dice iou"
    " miou jaccard precision recall sensitivity specificity tpr tnr r2 rsquared reward rewards"
    " return returns score scores bleu sacrebleu rouge meteor cider chrf ndcg mrr hits psnr"
    " ssim mcc kappa correlation pearson spearman kendall elbo likelihood evidence success"
    " fitness silhouette"
)
_ABOUT: Final = (
    "scale weight weights coef coefficient lambda time seconds duration count steps step norm grad"
    " gradient gradients num size lr threshold variance"
)
_WORDS: Final[Mapping[str, Goal | None]] = {
    **dict.fromkeys(_MIN.split(), "min"),
    **dict.fromkeys(_MAX.split(), "max"),
    **dict.fromkeys(_ABOUT.split(), None),
}
_SPLIT = re.compile(r"[^0-9A-Za-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def goal_of(
    metric: str, *, declared: object = None, goals: Mapping[str, Goal] | None = None
) -> Goal | None:
    """Return a metric's goal: the config's, else the one the run declared, else the name's.

    ``goals`` maps names and glob patterns ("*loss*") to goals; a name goes before a pattern, and
    an earlier pattern before a later one.
    """
    configured = goals or {}
    if metric in configured:
        return configured[metric]
    for pattern, goal in configured.items():
        if fnmatchcase(metric, pattern):
            return goal
    if declared == "min" or declared == "max":
        return "min" if declared == "min" else "max"
    return guess_goal(metric)


@lru_cache(maxsize=4096)
def guess_goal(metric: str) -> Goal | None:
    """Return the goal that the words of a metric's name suggest."""
    words = _words(metric)
    if words[:1] == ["rank"]:
        return "min"
    for position in range(len(words) - 1, -1, -1):
        word = _known(words, position)
        if word is None:
            continue
        goal = _WORDS[word]
        if goal is None:
            return None
        return _turned(goal) if _is_negative(words[:position]) else goal
    return None


def _words(metric: str) -> list[str]:
    words: list[str] = []
    for part in _SPLIT.split(metric):
        if not part:
            continue
        # "mAP" and "BLEU" are words as they stand; "valLoss" is two.
        if part.lower() in _WORDS:
            words.append(part.lower())
        else:
            words.extend(word.lower() for word in _CAMEL.split(part))
    return words


def _known(words: list[str], position: int) -> str | None:
    """Return the known word at a position: as it is, without its digits, or with the one before."""
    word = words[position]
    candidates = [word, word.rstrip("0123456789")]
    if position:
        candidates.append(words[position - 1] + word)
    return next((each for each in candidates if each in _WORDS), None)


def _is_negative(before: list[str]) -> bool:
    return before[:1] == ["neg"] or before[:2] == ["negative", "log"]


def _turned(goal: Goal) -> Goal:
    return "max" if goal == "min" else "min"
