"""From reconstruction errors to a detector: scores, how good they are, and simple baselines. Taught
in notebooks 02 and 12.

Where it is:

    baselines: mel_statistics, fit_baselines
    compact: cosine_to_nearest, Mahalanobis, mahalanobis, angular_mahalanobis, ensembled, nearest,
        DistanceModel
    directions: checked, unit, with_constant, mean_resultant_length, effective_rank
    hiding: complementary_masks, masked_errors
    roc: roc_table, roc_difference, roc_curve
    scores: frame_errors, mean_score, percentile_score, unmasked_errors, score_clips, alarms,
        checked_scores
    streaming: stream_scores
    windows: windows_of, window_statistics, pooled_bins, highest_of_windows
"""

from .baselines import fit_baselines, mel_statistics
from .hiding import complementary_masks, masked_errors
from .roc import roc_curve, roc_difference, roc_table
from .scores import alarms, frame_errors, mean_score, percentile_score, score_clips, unmasked_errors
from .streaming import stream_scores
