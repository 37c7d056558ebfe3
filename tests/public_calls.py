"""A small valid call of every public function that takes numbers, and what takes none and why.

The listings in the folders' `__init__` are the truth: `tests/test_number_types.py` compares. The
numbers of a call are multiples of a sixteenth, which half precision holds exactly: whatever type
they come in, the answer is the same.
"""

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn

from audioxai_lite import AudioModel
from audioxai_lite import counterfactuals as changes
from audioxai_lite.attribution import cam, mask_losses
from audioxai_lite.counterfactuals import objective
from audioxai_lite.detection import baselines, compact, hiding, scores, windows
from audioxai_lite.detection.compact import Mahalanobis
from audioxai_lite.display import charts, figures, report
from audioxai_lite.display.players import players_html
from audioxai_lite.evaluation import axes, fidelity, ranking, stability
from audioxai_lite.masks.regions import Region
from audioxai_lite.models import masker, softened
from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors
from audioxai_lite.models.calling import Called
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import gains, hidden, quality
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft
from audioxai_lite.sound.standardised import Standardised

FOLDERS = (
    *("sound", "models", "attribution", "masks", "evaluation"),
    *("detection", "counterfactuals", "published", "display"),
)


def listed() -> list[str]:
    """Every public function and class of the folders, as folder.file.name."""
    names = []
    for folder in FOLDERS:
        text = importlib.import_module(f"audioxai_lite.{folder}").__doc__.split("Where it is:")[1]
        for file, line in re.findall(r"^    (\w+): ((?:.|\n {8})+)$", text, re.MULTILINE):
            names += [f"{folder}.{file}.{name}" for name in re.findall(r"\w+", line)]
    return names


@dataclass(frozen=True)
class Call:
    """A function with what it is called on, and some of the names of what it is called on."""

    function: Callable
    values: dict[str, Any]

    def __call__(self, **others: Any) -> Any:
        torch.manual_seed(0)
        np.random.seed(0)
        return self.function(**(self.values | others))


CALLS: dict[str, Call] = {}


def call(name: str, *values: Any, by: Callable | None = None, **named: Any) -> None:
    """Note a call; `by` is a function that makes it, where the public one is not called itself."""
    folder, file, function = name.split(".")
    module = importlib.import_module(f"audioxai_lite.{folder}.{file}")
    calls = by or getattr(module, function)
    bound = inspect.signature(calls).bind(*values, **named)
    CALLS[name] = Call(calls, dict(bound.arguments))


def numbers(*shape: int, seed: int = 0, size: float = 1.0) -> torch.Tensor:
    """Random multiples of `size` sixteenths, both signs, below 8 · `size`."""
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return (16 * drawn).round().clamp(-127, 127) * size / 16


def zeros_and_ones(*shape: int, seed: int = 0) -> torch.Tensor:
    return (numbers(*shape, seed=seed) > 0).float()


SHAPE = (2, 1, 4, 8)
MAP, OTHER, TRUTH = numbers(*SHAPE), numbers(*SHAPE, seed=1), zeros_and_ones(*SHAPE, seed=2)
VALUES, MASK = numbers(*SHAPE, seed=3, size=8) - 32, zeros_and_ones(*SHAPE, seed=4)
SOFT = (MAP.abs() / 8).clamp(max=1)
LABELS, SEGMENTS = torch.tensor([1, 2]), torch.arange(32).reshape(1, 1, 4, 8).expand(SHAPE) // 8
with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    NET = nn.Sequential(nn.Flatten(), nn.Linear(32, 8), nn.ReLU(), nn.Linear(8, 3)).eval()
    CONV = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3))
    DETECTOR = Autoencoder(8, 16, (4, 4)).eval()
    FRONT = LogMel(8_000, n_fft=128, hop_length=32, n_mels=8)
    FILTERS, INVERSE = (each.bfloat16().float() for each in (FRONT.filters, FRONT.pseudo_inverse))
    HEARD = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(272, 3))
    MODEL = AudioModel(HEARD.eval(), FRONT, layer=HEARD[0], time_axis=3, answer="logits")
    CRITIC = AudioModel(
        ReconstructionErrors(DETECTOR),
        FRONT,
        output=lambda errors: errors.mean(dim=(1, 2, 3)),
        layer=DETECTOR.down[0],
        time_axis=3,
    )
SOUND, NOISE = numbers(2, 512, size=1 / 8), numbers(2, 512, seed=5, size=1 / 8)
LONG = numbers(1, 4_000, size=1 / 8)
HEARD_MASK = zeros_and_ones(2, 1, 8, 17, seed=6)
CLIPS, NORMAL = numbers(2, 1, 8, 16, seed=7), numbers(6, 1, 8, 16, seed=8)
MANY = numbers(20, 1, 8, 16, seed=9)
FEATURES, HEALTHY = numbers(4, 3, seed=10).numpy(), numbers(30, 3, seed=11).numpy()
SCORES, KINDS = numbers(12, seed=12).numpy(), np.array(["a", "b"] * 6)
FAULTS = np.array([0, 1] * 6)
POWER = numbers(2, 1, 65, 17, seed=13).abs()
ROWS = pd.DataFrame(
    {name: [0.5, 0.25, 0.75] for name in ("FF", "AI", "AD", "AG", "Fid-In", "SPS", "COMP")}
    | {"area": [0.5, 0.25, 0.125]},
    index=["a", "b", "c"],
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def drawn(draw: Callable) -> Callable:
    """The numbers that a picture shows, closed."""

    def picture(**values: Any) -> Any:
        figure, ax = plt.subplots()
        try:
            found = draw(ax, **values)
            if found is not None:
                figure = found if isinstance(found, plt.Figure) else found.get_figure()
            axes = figure.axes
            return [
                [np.asarray(image.get_array()) for each in axes for image in each.images],
                [np.asarray(line.get_xydata()) for each in axes for line in each.lines],
                [bar.get_height() for each in axes for bar in each.patches if hasattr(bar, "xy")],
            ]
        finally:
            plt.close("all")

    picture.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        list(inspect.signature(draw).parameters.values())[1:]
    )
    return picture


# sound
call("sound.audio.as_waveform", SOUND)
call("sound.audio.check", LONG, 8_000)
call("sound.audio.is_silent", LONG)
call("sound.audio.check_samples", SOUND, "clip")
call("sound.audio.resample", LONG, 8_000, 4_000)
call("sound.audio.pad_or_crop", LONG, 3_000)
call("sound.fills.mean_level", POWER[:1], POWER[:1] * 0 + 1)
call("sound.fills.background_level", POWER[:1], POWER[:1] * 0 + 1)
call("sound.fills.inpainted", POWER[:1], zeros_and_ones(1, 1, 65, 17))


def stft_gains(waveform, gain):
    return gains.StftGains(waveform, FRONT)(gain)


def sample_gains(waveform, gain):
    return gains.SampleGains(waveform)(gain)


call("sound.gains.StftGains", SOUND[:1], HEARD_MASK, by=stft_gains)
call("sound.gains.SampleGains", SOUND[:1], zeros_and_ones(2, 1, 1, 512), by=sample_gains)
call("sound.gains.shares_of_bins", FILTERS)
call("sound.hearing.threshold_in_quiet", torch.tensor([100.0, 1_000.0]))
call("sound.hearing.spread_of_masking", torch.tensor([-1.0, 0.5, 2.0]))
call("sound.hearing.band_powers", SOUND, 8_000)
call("sound.hearing.masking_threshold", SOUND, 8_000)
call("sound.hearing.tonality_of_bands", SOUND, 8_000)
call("sound.hearing.noise_to_mask", NOISE, SOUND, 8_000)


def under_the_mask(waveform, free):
    return hidden.under_the_mask(waveform, 8_000).change(free)


call("sound.hidden.under_the_mask", SOUND, numbers(2, 2, 129, 5), by=under_the_mask)
call("sound.hidden.loudness_limit", SOUND, 20.0)
call("sound.inversion.clamped_power", POWER[:, :, :8], INVERSE)
call("sound.inversion.librosa_power", POWER[:1, :, :8, :4], FILTERS)
call("sound.inversion.refine_power", POWER, POWER[:, :, :8], FILTERS, 3)
call("sound.levels.peak_normalise", SOUND)
call("sound.levels.rms_normalise", SOUND)
call("sound.levels.check_sounding", SOUND)
call("sound.levels.mix_at_snr", SOUND, NOISE, 6.0)
call("sound.levels.active_level", SOUND, 8_000)
call("sound.levels.mix", SOUND, NOISE, 6.0, 8_000)
call("sound.levels.check_length", SOUND, NOISE)
call("sound.levels.power_to_decibels", POWER)
call("sound.levels.decibels_to_power", VALUES)
call("sound.levels.apply_mask", VALUES, MASK)
call("sound.quality.si_sdr", NOISE + SOUND, SOUND)
call("sound.quality.log_spectral_distance", NOISE + SOUND, SOUND, 64)


def mel_consistency(power, waveform):
    return quality.mel_consistency(power, FRONT(waveform), FRONT)


call("sound.quality.mel_consistency", POWER, SOUND, by=mel_consistency)


def feature_of(make):
    def feature(waveform, mask):
        heard = make()(waveform)
        return heard.masked(mask), make().inverse(heard)

    return feature


SIZES = {"sample_rate": 8_000, "n_fft": 128, "hop_length": 32}
call("sound.stft.PowerStft", SOUND, POWER[:, :, :1] > 1, by=feature_of(lambda: PowerStft(**SIZES)))
call("sound.spectrogram.LogStft", SOUND, POWER > 1, by=feature_of(lambda: LogStft(**SIZES)))
call("sound.spectrogram.LogMel", SOUND, HEARD_MASK, by=feature_of(lambda: FRONT))


def standardised(waveform, mean, scale):
    return Standardised(FRONT, mean, scale)(waveform).values


call("sound.standardised.Standardised", SOUND, numbers(8), numbers(8).abs() + 1, by=standardised)

# models
call("models.calling.Called", VALUES, by=lambda values: Called(NET)(values))
call("models.calling.as_input", VALUES, NET)
call("models.calling.softmax", MAP[:, 0, 0])

# attribution
call("attribution.batches.checked", NET, VALUES, LABELS)
call("attribution.batches.as_clips", VALUES, MAP, "background")
call("attribution.batches.as_one_clip", VALUES[:1], MAP, "baseline")
call("attribution.cam.grad_cam", CONV, VALUES, LABELS, CONV[0], 3)
call("attribution.cam.layer_change", CONV, VALUES, CONV[0], 3)
call("attribution.cam.layer_output", CONV, VALUES, CONV[0], 3)
for method in ("saliency", "gradient_times_input"):
    call(f"attribution.gradients.{method}", NET, VALUES, LABELS)
call("attribution.gradients.smoothgrad", NET, VALUES, LABELS, samples=3)
call("attribution.gradients.integrated_gradients", NET, VALUES, LABELS, VALUES[:1], 4)
call("attribution.gradients.gradient_shap", NET, VALUES, LABELS, OTHER, 4)
call(
    "attribution.inspection.in_time_and_frequency",
    torch.where(SOUND == 0, 0, NOISE)[:, None, None],
    SOUND,
    PowerStft(**SIZES),
)
call("attribution.learned.inner_maps", MODEL, HEARD_MASK, [HEARD[0]])
call("attribution.learned.learned_mask", masker.Masker((2,)), MODEL, HEARD_MASK, [HEARD[0]])


def trained_masker(waveforms):
    from audioxai_lite.attribution.learned import train_masker

    return train_masker(MODEL, waveforms, [HEARD[0]], epochs=1, progress=False)[1]


call("attribution.learned.train_masker", SOUND, by=trained_masker)
call("attribution.manipulation.scaled", MAP)
call("attribution.manipulation.manipulate", HEARD, FRONT, SOUND, HEARD_MASK, steps=2)
call("attribution.manipulation.manipulate_values", NET, VALUES, MAP, steps=2)
call("attribution.mask_losses.masked_decibels", VALUES, SOFT, -100.0)
call("attribution.mask_losses.masked_amplitude", FRONT, POWER, HEARD_MASK)
call(
    "attribution.mask_losses.mask_loss",
    *(NET, mask_losses.Objective(), torch.mul, VALUES, VALUES, LABELS, SOFT),
)
call("attribution.occlusion.occlusion", NET, VALUES, LABELS, (2, 4), (1, 2))
call("attribution.relevance.lrp", NET, VALUES, LABELS)
call("attribution.rise.rise", NET, VALUES, LABELS, (2, 2), masks=8)
call("attribution.segments.superpixels", VALUES)
call("attribution.segments.grid", VALUES, 2, 4)
call("attribution.segments.perturb", VALUES[:1], SEGMENTS[:1], zeros_and_ones(3, 4))
call("attribution.segments.as_segments", SEGMENTS, VALUES)
call("attribution.segments.numbered_and_replaced", VALUES[:1], SEGMENTS[:1], "mean")
call("attribution.segments.segment_means", VALUES[0], SEGMENTS[0])
call(
    "attribution.segments.outputs_without",
    *(NET, VALUES[:1], SEGMENTS[0], OTHER[:1], zeros_and_ones(3, 4), 2),
)
call("attribution.shapley.deep_shap", NET, VALUES, LABELS, OTHER)
call("attribution.shapley.shapley", NET, VALUES, LABELS, SEGMENTS)
call("attribution.surrogates.lime", NET, VALUES, LABELS, SEGMENTS, samples=20)
call("attribution.surrogates.lime_kernel", np.array([0.0, 0.25, 0.5]))
call("attribution.relevance.check_steps", NET, VALUES)


def laid_out(part):
    return cam.laid_out(part, 2)


call("attribution.cam.laid_out", MAP, by=laid_out)

# masks
call("masks.cells.cell_grid_shape", (2, 4), (1, 1, 5, 9))
call("masks.cells.spread", MAP[0, 0], (2, 4), (8, 31))
call("masks.cells.cell_numbers", (2, 4), (1, 1, 5, 9))
call("masks.cells.pool_cells", MAP, 2, 4)
call("masks.cells.random_like", MASK, (2, 2))
call("masks.regions.largest_regions", MAP[:1], 3, 0.25)
for rule in ("positive_part", "min_max", "relative_to_largest", "sigmoid", "sign"):
    call(f"masks.rules.{rule}", MAP)
call("masks.rules.threshold", MAP, 0.5)
call("masks.rules.top_k", MAP, 0.25)
call("masks.rules.check_share", 0.25)
call("masks.rules.area", MASK)
call("masks.rules.is_constant_mask", MASK)
call("masks.rules.smooth", MASK)

# evaluation


def axis_test(waveform):
    grid = LogStft(**SIZES)
    return axes.axis_test(lambda sound: grid(sound).values, waveform, grid)


call("evaluation.axes.axis_test", LONG, by=axis_test)
call("evaluation.axes.moved_bursts", LONG, 32)
call("evaluation.axes.moved_tones", 4_000, FRONT)
call("evaluation.causes.margin", MAP[:, 0, 0], LABELS)
call("evaluation.causes.interventional_effect", NET, VALUES, OTHER, LABELS)
call("evaluation.causes.relevance_shares", MAP, SEGMENTS, 4)
call("evaluation.chance.masks_of_equal_area", MASK[:1], VALUES[:1], 2, (2, 2))
call("evaluation.chance.scores_beside_chance", NET, VALUES, {"a": MASK, "b": SOFT}, 2, (2, 2))
call("evaluation.completeness.completeness", MAP, NET, VALUES, LABELS, VALUES[:1] - 1)
call("evaluation.completeness.surrogate_r2", MAP, NET, VALUES, LABELS, SEGMENTS, samples=20)
call("evaluation.completeness.conservation", MAP, NET, VALUES, LABELS)
call("evaluation.conciseness.sparseness", MAP)
call("evaluation.conciseness.complexity", MAP)
SMOOTH = softened.softened(NET, 1.0)
call("evaluation.curvature.level_set_curvature", SMOOTH, VALUES / 64, LABELS)
call("evaluation.equal_area.in_order_of", MAP, SOFT)
call("evaluation.equal_area.hardened", SOFT)
call("evaluation.faithfulness.time_curve", MAP)
call("evaluation.faithfulness.top_percentile", MAP, 75.0)
call("evaluation.faithfulness.widen_to_segments", MASK[:, 0, 0], 3)
CHOSEN = zeros_and_ones(2, 16, seed=20)
call("evaluation.faithfulness.replace_and_score", DETECTOR, CLIPS, CHOSEN, NORMAL[:2])
call("evaluation.faithfulness.chance_score", DETECTOR, CLIPS, CHOSEN, NORMAL[:2], 2)
call("evaluation.fidelity.answers", NET, VALUES, torch.stack([MASK, SOFT]))


def fidelity_scores(clean, kept, removed):
    return fidelity.scores(fidelity.Answers(clean, kept, removed))


ANSWER = numbers(2, 3).abs() / 8
KEPT = numbers(4, 2, 3, seed=1).abs() / 8
call("evaluation.fidelity.scores", ANSWER, KEPT, KEPT.flip(0), by=fidelity_scores)
call("evaluation.fidelity.deletion_and_insertion", NET, VALUES, MAP, 4)
call("evaluation.fidelity.curve_area", MAP[0, 0])
call("evaluation.heard_again.kept_sound", FRONT, SOUND, HEARD_MASK)
call("evaluation.heard_again.heard_again", MODEL, SOUND, HEARD_MASK)
for score in (
    *("pixel_auroc", "average_precision", "pointing_game", "relevance_mass", "iou_at_area"),
):
    call(f"evaluation.localisation.{score}", MAP, TRUTH)
call("evaluation.localisation.one_over_another", MAP, TRUTH, MASK)
call("evaluation.localisation.temporal_precision", MASK[:, 0, 0], TRUTH[:, 0, 0], 3)
call("evaluation.localisation.controls", VALUES)
call("evaluation.localisation.table", {"a": MAP, "b": MASK}, TRUTH, OTHER, 5)
call("evaluation.ranking.overall", ROWS)
call("evaluation.ranking.pareto", ROWS)
call("evaluation.removal.right_without", NET, VALUES, LABELS, MASK, VALUES - 10)
call("evaluation.removal.right_curve", NET, VALUES, LABELS, MAP, [0.25, 0.5], -100.0)
call("evaluation.removal.equally_loud", MASK, VALUES, near=8)
call("evaluation.removal.band_background", VALUES, 0.25)
call("evaluation.removal.noise_in_bands", VALUES)
call("evaluation.removal.noise_of_same_spectrum", VALUES)
call("evaluation.removal.from_neighbours", VALUES, MASK)
call("evaluation.stamp.stamped", NET, MASK, VALUES, LABELS)
call("evaluation.stability.top_overlap", MAP, OTHER, 0.25)
call("evaluation.stability.rank_correlation", MAP, OTHER)
call("evaluation.stability.agreement", MAP, OTHER)


def copies(waveform, louder):
    explain = stability.agreement_with_copies
    return explain(lambda sounds: FRONT(sounds).values, waveform, {"copy": louder})


call("evaluation.stability.agreement_with_copies", SOUND, NOISE, by=copies)
call("evaluation.statistics.bootstrap_draws", 4, 3)
TABLE = numbers(3, 8, seed=14).numpy()
call("evaluation.statistics.drawn_means", TABLE, 5)
call("evaluation.statistics.interval", "V", 0.5, TABLE[0])
call("evaluation.statistics.mean_interval", TABLE)
call("evaluation.statistics.clear_side", TABLE)
call("evaluation.statistics.interval_side", (0.5, 0.25, 0.75))
call("evaluation.statistics.with_intervals", {"AD": numbers(2, 8)}, ["a", "b"], 5)
call("evaluation.statistics.share_interval", 5, 8)
call("evaluation.statistics.paired_share_interval", FAULTS, FAULTS[::-1].copy())
call("evaluation.statistics.differs_from_zero", numbers(100, 2).numpy())

# detection


def fitted_baselines(train, statistics):
    return {name: score(statistics) for name, score in baselines.fit_baselines(train).items()}


def scored(make):
    return lambda healthy, features: make(healthy)(features)


call("detection.baselines.mel_statistics", CLIPS)
call("detection.baselines.fit_baselines", HEALTHY, FEATURES, by=fitted_baselines)
for name in ("cosine_to_nearest", "mahalanobis", "angular_mahalanobis"):
    make = scored(getattr(compact, name))
    call(f"detection.compact.{name}", HEALTHY, FEATURES, by=make)
SPREAD = np.array([[2.0, 0.0, 0.5], [0.0, 1.0, 0.0], [0.5, 0.0, 1.0]])


def mahalanobis_of(mean, precision, features):
    return Mahalanobis(mean, precision)(features)


def distance_model(mean, precision, values):
    return compact.DistanceModel(nn.Flatten(), Mahalanobis(mean, precision))(values)


def ensembled(healthy, features):
    score = compact.mahalanobis(HEALTHY)
    return compact.ensembled([score, score], [healthy, HEALTHY])([features, features])


call("detection.compact.Mahalanobis", SPREAD[0], SPREAD, FEATURES, by=mahalanobis_of)
call("detection.compact.DistanceModel", SPREAD[0], SPREAD, MAP[:, :, :1, :3], by=distance_model)
call("detection.compact.ensembled", HEALTHY, FEATURES, by=ensembled)
call("detection.compact.nearest", HEALTHY, FEATURES)
for name in ("checked", "unit", "mean_resultant_length", "effective_rank"):
    call(f"detection.directions.{name}", FEATURES)
call("detection.directions.with_constant", FEATURES, HEALTHY)
call("detection.hiding.masked_errors", DETECTOR, CLIPS, 0.25, 1)
call("detection.roc.roc_table", SCORES, FAULTS, KINDS, 0.25, 5)
call("detection.roc.roc_difference", SCORES, SCORES[::-1].copy(), FAULTS, KINDS, 0.25, 5)
call("detection.roc.roc_curve", SCORES, FAULTS, 5)
ERRORS = CLIPS.abs()
for name in ("frame_errors", "mean_score", "percentile_score"):
    call(f"detection.scores.{name}", ERRORS)
call("detection.scores.unmasked_errors", DETECTOR, CLIPS)
call("detection.scores.alarms", SCORES, FAULTS, 0.5)
call("detection.scores.checked_scores", SCORES, FAULTS)
call("detection.windows.windows_of", CLIPS, 4, 2)
WINDOWS = numbers(2, 3, 1, 4, 8)
call("detection.windows.window_statistics", WINDOWS)
call("detection.windows.pooled_bins", WINDOWS, 4)

# counterfactuals
call("counterfactuals.baselines.nearest", CLIPS, NORMAL)
call("counterfactuals.baselines.optimise", DETECTOR, CLIPS, 0.0, steps=2)
call("counterfactuals.baselines.inpaint", DETECTOR, DETECTOR, CLIPS, NORMAL, 75.0)
MAKER = changes.Generator(2)
call("counterfactuals.generator.apply_generator", MAKER, DETECTOR, CLIPS)
call("counterfactuals.measures.fine_variance", CLIPS)
HERE = zeros_and_ones(2, 1, 8, 16, seed=15)
call(
    "counterfactuals.measures.measures",
    *(DETECTOR, DETECTOR, CLIPS, CLIPS + NORMAL[:2] / 4, CLIPS - 1, HERE, MANY),
)
RANGES = torch.tensor([[-2.0, 0.0], [0.0, 2.0]]).repeat_interleave(3, dim=0)[: len(changes.ALPHAS)]
call("counterfactuals.measures.way_back", MAKER, DETECTOR, CLIPS, RANGES)
CRITICS = objective.WithCritics(MAKER)
call("counterfactuals.measures.concept_measures", CRITICS, DETECTOR, CLIPS, NORMAL)
call("counterfactuals.measures.distinct", DETECTOR, CLIPS, (CLIPS + 2, CLIPS - 2), NORMAL)
call("counterfactuals.objective.target_ranges", DETECTOR, NORMAL)


def trained_generator(train, validation):
    found = changes.train_generator(DETECTOR, train, validation, epochs=1, progress=False)
    return found[1]


call("counterfactuals.objective.train_generator", NORMAL, CLIPS, by=trained_generator)
call("counterfactuals.scores.worst_cells_score", ERRORS)
call("counterfactuals.scores.peak_score", DETECTOR, CLIPS)
call("counterfactuals.scores.log_scores", DETECTOR, CLIPS)
call("counterfactuals.sound.to_sound", SOUND, numbers(2, 1, 8, 17), FRONT)

# published
call("published.faithful_ad.error_map", CRITIC, CLIPS)
call("published.faithful_ad.grad_cam", CRITIC, CLIPS)
call("published.lmac.parts", POWER / 8, zeros_and_ones(2, 1, 65, 17))
call("published.lmac.loss", ANSWER, ANSWER.flip(0), LABELS, SOFT, MASK, torch.tensor([1.0, 0.0]))
call("published.lmac.guided", POWER, zeros_and_ones(2, 1, 65, 17))
call("published.lmac.average_drop", ANSWER, ANSWER.flip(0))
call("published.manipulated.loss", MAP, OTHER, ANSWER, ANSWER.flip(0))
call("published.manipulated.manipulate", NET, VALUES, MAP, steps=2)
call("published.manipulated.noise_of", 2.0)
call("published.posthoc_audio.mix", SOUND, NOISE)
call("published.posthoc_audio.top_k", MAP, 0.25)
call("published.posthoc_audio.all_variants", MAP)
call("published.posthoc_audio.complexity", MAP)


call("published.posthoc_audio.masks_by_clip", NET, VALUES, {"a": MASK}, TRUTH, 2, (2, 2))
call("published.posthoc_audio.table", NET, VALUES, {"a": MASK, "b": SOFT}, TRUTH, 2)
call("published.posthoc_audio_methods.grad_cam", CONV, VALUES, LABELS, CONV[0])
call("published.posthoc_audio_methods.gradient_at_background", NET, VALUES, LABELS, OTHER)
call("published.posthoc_audio_tables.mixture_of_masks", 0.5, 2.0, 32)


def interpretation(clean, kept, masks):
    return posthoc_audio.interpretation_scores(fidelity.Answers(clean, kept, kept), masks)


def complementary(shape, patch_size, ratio):
    return hiding.complementary_masks(shape, patch_size, ratio, generator())


def score_clips(values):
    return scores.score_clips(DETECTOR, [values])


def highest(features):
    return windows.highest_of_windows(lambda x: x[:, 0], features)


def corrupted(values):
    return changes.corrupt(values, generator())


BOTH = torch.stack([MASK, SOFT])
call("published.posthoc_audio.interpretation_scores", ANSWER, KEPT[:2], BOTH, by=interpretation)
call("evaluation.ranking.best", ROWS, by=lambda table: [*ranking.best(table).encode()])
call("detection.hiding.complementary_masks", (1, 1, 8, 16), (4, 4), 0.25, by=complementary)
call("detection.scores.score_clips", CLIPS, by=score_clips)
call("detection.windows.highest_of_windows", WINDOWS[:, :, 0, 0].numpy(), by=highest)
call("counterfactuals.damage.corrupt", NORMAL, by=corrupted)

# display
PICTURE, OUTLINE = HEARD_MASK[:1] * 8, HEARD_MASK[:1]


def many_spectrograms(ax, pictures, feature):
    return figures.spectrograms(pictures, feature)


def many_attributions(ax, maps, feature, truth):
    return figures.attributions(maps, feature, truth=truth)


def players(sounds, sample_rate):
    return [*players_html(sounds, sample_rate).encode()]


def page(sounds, sample_rate):
    return [*report.report_page({"title": ""}, sounds, sample_rate).encode()]


def map_figure(ax, energy, attribution):
    grid = LogMel(8_000, n_fft=128, hop_length=32, n_mels=4)
    return report.map_figure(energy, attribution, grid, [Region((0, 1), (2, 3), 0.5)], "dog")


def timeline(ax, starts, answers, seconds):
    return report.timeline_figure(starts, answers, seconds, "")


def bars(ax, values):
    return charts.bars(values, "")


def strip(ax, found, controls):
    return charts.strip(found, controls)


call("display.charts.score_histogram", SCORES, FAULTS, 0.5, by=drawn(charts.score_histogram))
call("display.charts.bars", {"a": 0.5}, by=drawn(bars))
call("display.charts.strip", {"a": (0.5, 0.25, 0.75)}, {"b": (0.5,)}, by=drawn(strip))
one_picture = drawn(figures.spectrogram)
call("display.figures.spectrogram", PICTURE, FRONT, truth=OUTLINE, by=one_picture)
call("display.figures.spectrograms", {"a": PICTURE}, FRONT, by=drawn(many_spectrograms))
several = drawn(many_attributions)
call("display.figures.attributions", {"a": PICTURE}, FRONT, truth=OUTLINE, by=several)
one_map = drawn(figures.attribution)
call("display.figures.attribution", PICTURE, FRONT, truth=OUTLINE, by=one_map)
call("display.figures.waveform", SOUND[:1], 8_000, by=drawn(figures.waveform))
call("display.players.players_html", {"a": SOUND[:1]}, 8_000, by=players)
call("display.report.report_page", {"a": SOUND[:1]}, 8_000, by=page)
call("display.report.map_figure", VALUES[:1], MAP[:1], by=drawn(map_figure))
call("display.report.timeline_figure", [0.0, 1.0], [0.25, 0.5], 1.0, by=drawn(timeline))


_REASONS: dict[str, tuple[str, ...]] = {
    "an error": (
        *("sound.decoding.AudioError", "sound.patched.DamagedSound"),
        "models.checkpoint.CheckpointError",
    ),
    "reads or writes files": (
        *("sound.audio.read", "sound.decoding.open_sound_file", "sound.decoding.StraightOn"),
        *("sound.decoding.mono_blocks", "sound.containers.whole_sound", "sound.containers.walked"),
        *("sound.wave_chunks.walk", "sound.flac_frames.walk", "sound.mpeg_frames.first_frame"),
        *("sound.mpeg_frames.walk", "sound.ogg_pages.walk", "sound.patched.Patched"),
        *("sound.patched.after_id3", "sound.patched.only_padding"),
        *("sound.windows.windows_of", "models.checkpoint.save", "models.checkpoint.load"),
        *("detection.streaming.stream_scores", "published.posthoc_audio.published_tables"),
    ),
    "settings only": (
        "sound.audio.check_rates",
        *("sound.gains.SampleGrid", "sound.hearing.band_of_bins", "sound.noises.white_noise"),
        *("sound.noises.room_tone", "sound.noises.whinny", "attribution.mask_losses.Objective"),
        *("attribution.tokens.TokenGrid", "attribution.tokens.ast_token_grid"),
        *("attribution.manipulation.without_denormals", "counterfactuals.objective.Weights"),
        *("attribution.relevance_rules.composite", "display.style.use_style"),
        *("display.waiting.Clock", "display.waiting.say_when_long"),
    ),
    "a record, of numbers that others have checked": (
        *("sound.hidden.UnderTheMask", "sound.hidden.LoudnessLimit", "sound.stft.Spectrogram"),
        *("sound.standardised.StandardisedSpectrogram", "masks.regions.Region"),
        *("evaluation.axes.AxisTest", "evaluation.fidelity.Answers"),
        "counterfactuals.generator.Counterfactual",
    ),
    "a network, or a part of one: tensors in the type of its weights, as torch has it; `Called` "
    "takes others": (
        *("models.autoencoder.Detector", "models.autoencoder.Refine", "models.cnn14.Cnn14"),
        *("models.autoencoder.Autoencoder", "models.autoencoder.ReconstructionErrors"),
        *("models.autoencoder.DenseAutoencoder", "models.cnn14.cnn14_with_folded_norms"),
        *("models.cnn14.cnn14_with_split_norms", "models.cnn14.cnn14_for_predictions"),
        *("models.cnn14.cnn14_from_panns", "models.conv_block.ConvBlock", "models.masker.Masker"),
        *("models.digits.waveform_network", "models.digits.spectrogram_network"),
        *("models.encoder.Encoder", "models.encoder.Trainee", "models.level.LevelNorm"),
        *("models.level.statistics_of", "models.level.held", "models.softened.softened"),
        *("models.softened.sharpen", "attribution.relevance_rules.Shares"),
        *("attribution.relevance_rules.check_layers", "attribution.batches.undisturbed"),
        *("evaluation.sanity.randomised", "counterfactuals.generator.Generator"),
        "counterfactuals.objective.WithCritics",
    ),
    "what a training calls with tensors of its own": (
        *("models.autoencoder.random_visible", "models.autoencoder.reconstruction_loss"),
        *("models.autoencoder.masked_loss", "models.cnn14.cross_entropy_loss"),
        *("models.cnn14.missingness_loss", "models.cnn14.drop_cells", "models.encoder.views"),
        *("models.encoder.pull_together", "models.encoder.shifted", "models.encoder.byol_loss"),
        *("models.encoder.simsiam_loss", "models.encoder.simclr_loss", "models.training.fit"),
        *("models.encoder.simclr_loss_with_shifted", "models.softened.curvature_penalty"),
        *("models.training.evaluate", "counterfactuals.objective.Objective"),
    ),
    "inside a function that checks: `manipulate`, `checked`, `AudioModel`": (
        *("attribution.twice.slopes", "attribution.twice.saliency_twice"),
        *("attribution.twice.gradient_times_input_twice", "attribution.twice.smoothgrad_twice"),
        *("attribution.twice.integrated_gradients_twice", "attribution.twice.grad_cam_twice"),
        *("attribution.twice.lrp_twice", "attribution.batches.check_gradient"),
        *("attribution.batches.explain_in_batches", "models.calling.unpack"),
        *("masks.rules.check_mask", "attribution.attention.attention_rollout"),
        "sound.inversion.torchaudio_power",
    ),
    "draws tables, figures, or what others make": (
        *("display.charts.heat_map", "display.charts.roc", "display.charts.dots"),
        *(
            "display.charts.dot_panels",
            "display.charts.curve",
            "display.players.compare",
            "display.players.samples_to_play",
            "display.style.picture",
            "display.style.picture_kind",
            "display.style.sharp",
        ),
    ),
}
WITHOUT_NUMBERS = {name: reason for reason, names in _REASONS.items() for name in names}
