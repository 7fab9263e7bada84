from __future__ import annotations

import pytest

from runreport.histories.goals import goal_of, guess_goal


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "val_loss",
        "train/loss",
        "loss/train",
        "valLoss",
        "training_log_loss",
        "accuracy_loss",
        "cross_entropy",
        "train/crossEntropy",
        "RMSE",
        "mae_on_test",
        "perplexity",
        "error_rate",
        "top1_err",
        "negative_log_likelihood",
        "WER (%)",
        "                         loss [train]",
    ],
)
def test_names_of_losses_and_errors_want_the_minimum(name: str) -> None:
    assert guess_goal(name) == "min"


@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "val_acc",
        "top5_acc",
        "acc@1",
        "training_roc_auc",
        "f1",
        "training_f1_score",
        "r2",
        "training_r2_score",
        "mAP",
        "mAP50",
        "bbox_mAP",
        "mIoU",
        "BLEU-4",
        "episode_reward_mean",
        "accuracy_on_XYZ",
        "neg_mean_squared_error",
        "precision_score_X_test",
    ],
)
def test_names_of_scores_want_the_maximum(name: str) -> None:
    assert guess_goal(name) == "max"


def test_rank_is_best_when_smallest_whatever_it_ranks() -> None:
    assert guess_goal("rank_test_score") == "min"
    assert guess_goal("test_rank_loss") == "min"
    assert guess_goal("rank_accuracy") == "min"


@pytest.mark.parametrize(
    "name",
    [
        "lr",
        "epoch",
        "f",
        "f3",
        "loss_scale",
        "mean_score_time",
        "grad_norm",
        "",
        "///",
        "测试",
        "lossless",
    ],
)
def test_other_names_have_no_goal(name: str) -> None:
    assert guess_goal(name) is None


def test_the_config_goes_before_the_run_and_the_run_before_the_name() -> None:
    assert goal_of("loss", declared="max", goals={"*loss*": "min"}) == "min"
    assert goal_of("loss", declared="max", goals={"acc*": "min"}) == "max"
    assert goal_of("loss", declared="sideways") == "min"
    assert goal_of("loss") == "min"


def test_a_name_goes_before_a_pattern_and_a_pattern_before_later_ones() -> None:
    goals = {"*": "min", "speed": "max", "s*": "max"}

    assert goal_of("speed", goals=goals) == "max"  # type: ignore[arg-type]
    assert goal_of("size", goals=goals) == "min"  # type: ignore[arg-type]


def test_brackets_in_a_name_are_no_pattern_against_itself() -> None:
    assert goal_of("gain[dB]", goals={"gain[dB]": "max"}) == "max"
