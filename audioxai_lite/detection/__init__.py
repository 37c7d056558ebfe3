"""From reconstruction errors to a detector: scores, how good they are, and simple baselines. Taught
in notebook 02.
"""

from audioxai_lite.detection.baselines import fit_baselines, mel_statistics
from audioxai_lite.detection.hiding import complementary_masks, masked_errors
from audioxai_lite.detection.roc import roc_curve, roc_difference, roc_table
from audioxai_lite.detection.scores import (
    alarms,
    frame_errors,
    mean_score,
    percentile_score,
    score_clips,
    unmasked_errors,
)
from audioxai_lite.detection.streaming import stream_scores

__all__ = [
    "alarms",
    "complementary_masks",
    "fit_baselines",
    "frame_errors",
    "masked_errors",
    "mean_score",
    "mel_statistics",
    "percentile_score",
    "roc_curve",
    "roc_difference",
    "roc_table",
    "score_clips",
    "stream_scores",
    "unmasked_errors",
]
