"""Every public function of what was `audioxai_lite.detection`, called on fixed inputs."""

import numpy as np
import torch

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


def call_frame_errors(keep):
    keep(keep(frame_errors(torch.ones(2, 1, 64, 201))).shape)


def call_mean_score(keep):
    keep(keep(mean_score(torch.tensor([[[[1.0, 3.0], [2.0, 2.0]]]]))).tolist())


def call_percentile_score(keep):
    errors = torch.zeros(1, 1, 64, 200)
    errors[..., :20] = 1.0
    keep((keep(percentile_score(errors)).item(), round(mean_score(errors).item(), 2)))


def call_complementary_masks(keep):
    masks = keep(
        complementary_masks((1, 1, 64, 200), (4, 4), 0.25, torch.Generator().manual_seed(0))
    )
    keep((len(masks), (1 - masks).sum(dim=0).unique().tolist()))


def call_reconstruction_errors(keep):
    from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors

    detector = Autoencoder().eval()
    values = torch.randn(2, 1, 64, 200)
    score = mean_score(ReconstructionErrors(detector)(detector.standardise(values)))
    keep(keep(score).shape)


def call_unmasked_errors(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, values = (Autoencoder(), torch.randn(2, 1, 64, 200))
    keep(keep(unmasked_errors(detector, values)).shape)


def call_masked_errors(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    keep(keep(masked_errors(Autoencoder(), torch.randn(2, 1, 64, 200), repeats=1)).shape)


def call_score_clips(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, values = (Autoencoder(), torch.randn(2, 1, 64, 200))
    keep(keep(score_clips(detector, values.split(1))).shape)


def call_roc_table(keep):
    table = roc_table([0.1, 0.4, 0.3, 0.9], [0, 0, 1, 1], resamples=1)
    keep(table.rename(columns=lambda name: name.replace(" ", "_")))
    keep(round(float(table.loc["all", "auc"]), 2))


def call_roc_difference(keep):
    labels, good, poor = ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.1, 0.8, 0.2, 0.9])
    keep(float(keep(roc_difference(good, poor, labels, resamples=1))["auc"]))


def call_roc_curve(keep):
    curve = roc_curve([0.1, 0.3, 0.2, 0.9], [0, 0, 1, 1], resamples=10)
    keep(curve.rename(columns=lambda name: name.split(" ")[-1]))
    keep(curve["true_positive_rate"].loc[[0.0, 1.0]].tolist())


def call_alarms(keep):
    keep(keep(alarms([0.1, 0.4, 0.9], [0, 0, 1], threshold=0.3))["recall"])


def call_mel_statistics(keep):
    keep(keep(mel_statistics(torch.randn(5, 1, 64, 201))).shape)


def call_fit_baselines(keep):
    usual = np.random.default_rng(0).normal(size=(50, 8))
    distance = keep(fit_baselines(usual))["Mahalanobis (Ledoit–Wolf)"]
    keep(bool(distance(usual + 9).min() > distance(usual).max()))


def call_stream_scores(keep):
    from audioxai_lite.models.autoencoder import Autoencoder
    from audioxai_lite.sound.spectrogram import LogMel

    seconds = (np.random.default_rng(0).normal(size=16000) for second in range(6))
    starts, scores = keep(
        stream_scores(Autoencoder(), LogMel(), seconds, window_seconds=4.0, hop_seconds=1.0)
    )
    keep(starts.tolist())
