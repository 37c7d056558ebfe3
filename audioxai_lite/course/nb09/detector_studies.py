"""What a hall that grows louder does to the detectors of `machine`. Notebook: 09."""

import pandas as pd
import torch
from torch import Tensor

from ... import detection
from ...datasets import machine
from ...evaluation import faithfulness, localisation, stability
from ...models.autoencoder import Detector
from ...sound import levels
from ...sound.noises import NOISES
from ...sound.spectrogram import LogMel
from ..clips import audible_faults
from ..detectors import detector_maps_and_curves, detector_scores, load_detector
from ..means import study_mean
from ..studies import study, study_columns, study_settings
from .noisy_maps import CLEAN


@study(
    "noisy_detectors",
    study_settings(training_seed=[0, 1, 2], background=list(NOISES)),
    ["training_seed", "background", "snr", "model", "method", "measure", *study_columns("value")],
)
def noisy_detectors_cell(training_seed: int, background: str) -> pd.DataFrame:
    """Can the detectors of `machine` still tell faults, and show where they are, when the hall
    grows louder?

    The detectors heard no such background in training. Levels are ratios over the whole clip, for
    machines do not pause, and nothing is scaled afterwards: a detector knows how loud its machine
    is. Maps are those of every third faulty clip.
    """
    torch.set_num_threads(1)
    test, feature = machine.load("test"), LogMel()
    faulty, truth = (part[::3] for part in audible_faults(test))
    positions = test.table["name"].isin([clip.name for clip in faulty]).to_numpy().nonzero()[0]
    waveform = torch.cat([clip.waveform for clip in test])
    twins = torch.cat([clip.twin for clip in faulty])
    draws = (torch.Generator().manual_seed(seed) for seed in range(len(waveform)))
    samples, rate = waveform.shape[-1], feature.sample_rate
    sound = torch.cat([NOISES[background](samples, rate, draw) for draw in draws])
    rows: list[dict] = []
    clean_maps: dict[str, dict[str, Tensor]] = {}
    for snr in (CLEAN, 0.0, 10.0, 20.0):
        noise = levels.mix_at_snr(waveform, sound, snr) - waveform  # none at `CLEAN`
        decibels = torch.cat([feature(part).values for part in (waveform + noise).split(32)])
        without_fault = feature(twins + noise[positions]).values
        for name in ("AE", "MAE"):
            network, state = load_detector(name, training_seed), {"model": name, "snr": snr}
            rows += [state | row for row in _areas(network, decibels, test.table["target"])]
            clips = network.standardise(decibels[positions]).detach()
            healthy = network.standardise(without_fault).detach()
            generator = torch.Generator().manual_seed(len(rows))  # another for every state
            maps, curves = detector_maps_and_curves(
                network, clips, ("error map", "saliency"), generator
            )
            maps["the change"] = (clips - healthy).abs()
            curves["the change"] = faithfulness.time_curve(maps["the change"])
            clean = clean_maps.setdefault(name, maps)
            for method, attribution in maps.items():
                measured = {
                    "average precision": localisation.average_precision(attribution, truth),
                    "rank correlation": stability.rank_correlation(clean[method], attribution),
                    "overlap": stability.top_overlap(clean[method], attribution),
                } | _faithfulness(network, clips, healthy, curves[method])
                for measure, scores in measured.items():
                    mean = study_mean({"value": scores.double().numpy()})
                    rows.append(state | {"method": method, "measure": measure} | mean)
    return pd.DataFrame(rows)


def _areas(network: Detector, decibels: Tensor, labels: pd.Series) -> list[dict]:
    """How well a detector tells faults, scored in both ways."""
    rows = []
    for way, scores in detector_scores(network, decibels, masked=False).items():
        area = detection.roc_table(scores, labels).loc["all"]
        ends = {f"value{end}": area[f"auc{end}"] for end in ("", " low", " high")}
        rows.append({"method": "none", "measure": f"AUC, {way}"} | ends)
    return rows


def _faithfulness(
    network: Detector, clips: Tensor, healthy: Tensor, curve: Tensor
) -> dict[str, Tensor]:
    """How far the score falls without the upper twentieth of the frames, (clips,)."""
    frames = faithfulness.top_percentile(curve, 95)
    by_twin, _ = faithfulness.replace_and_score(network, clips, frames, healthy)
    rebuilt, _ = faithfulness.replace_and_score(network, clips, frames)
    return {"faithfulness": rebuilt, "faithfulness, by the twin": by_twin}
