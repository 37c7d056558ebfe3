"""The course's own studies at full size. `python -m audioxai_lite study NAME` runs one and writes it to data/results.

Each is a cell, the function that one setting of its grid calls, and the grid. The notebooks quote what they found.
"""

import shutil
import time
from collections.abc import Callable

import pandas as pd

from audioxai_lite.experiments import RESULTS, run_grid, write_results
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.studies.classifiers import (
    CHECKS,
    METHODS,
    SANITY_METHODS,
    attribution_cell,
    background_clips,
    checks_cell,
    classifier_cell,
    explained,
    explained_clips,
    fold_classifier,
    interpretation_cell,
    sanity_cell,
    scored_clips,
    scored_masks,
)
from audioxai_lite.studies.detectors import (
    DETECTOR_METHODS,
    NETWORKS,
    SHIPPED_SEEDS,
    detection_cell,
    detector_maps_cell,
    faithfulness_cell,
    log_mel,
    masking_cell,
    planted_cell,
    trained,
)
from audioxai_lite.studies.generators import (
    GENERATORS,
    baseline_counterfactuals,
    counterfactual_cell,
    frozen_detectors,
    repaired_clips,
)
from audioxai_lite.studies.noise import (
    AS_PUBLISHED,
    BACKGROUNDS,
    CONVERGENCE,
    NOISY_METHODS,
    SHAP_BACKGROUNDS,
    convergence_cell,
    explained_in_noise,
    noisy_accuracy_cell,
    noisy_clips,
    noisy_detectors_cell,
    robustness_cell,
    stability_cell,
    with_means,
)

__all__ = [
    "AS_PUBLISHED", "BACKGROUNDS", "DETECTOR_METHODS", "GENERATORS", "METHODS", "NETWORKS", "NOISY_METHODS",
    "SHAP_BACKGROUNDS", "SHIPPED_SEEDS", "STUDIES", "SUMMARIES", "attribution_cell", "background_clips",
    "baseline_counterfactuals", "checks_cell", "detector_maps_cell", "explained", "explained_clips",
    "explained_in_noise", "fold_classifier", "frozen_detectors", "log_mel", "noisy_accuracy_cell", "noisy_clips",
    "repaired_clips", "robustness_cell", "run", "sanity_cell", "scored_clips", "scored_masks", "trained", "with_means",
]  # fmt: skip


def _grid(**values) -> list[dict]:
    """Every combination of the values, the first name changing slowest."""
    index = pd.MultiIndex.from_product(values.values(), names=values.keys())
    return index.to_frame(index=False).to_dict("records")


INTERPRETED = [  # as `posthoc_audio.table` has them, and what is measured of the attribution itself
    *(f"{name}{part}" for name in posthoc_audio.DIRECTIONS for part in ("", " low", " high")),
    *(f"{name} {control}" for control in ("random bins", "random cells") for name in ("FF", "AD", "Fid-In")),
    *(f"{name} over cells{part}" for name in ("FF", "AD", "Fid-In") for part in ("", " low", " high")),
    "area", "constant", "inside", "sparseness", "complexity", "deletion", "insertion", "average precision",
]  # fmt: skip
LOCALISED = ["score", "value", "low", "high", "gain", "gain_low", "gain_high"]  # as `localisation.table` has them


def _with_ends(*names: str) -> list[str]:
    """Columns of means and of the ends of their intervals."""
    return [f"{name}{part}" for name in names for part in ("", " low", " high")]


SCORED = ["model", "background", "method", "mask"]
MASK_SCORES = [
    *_with_ends(*posthoc_audio.DIRECTIONS), "area", "constant",
    *(f"{name} random cells" for name in ("FF", "AD", "Fid-In")),
    *_with_ends("FF over cells", "AD over cells", "Fid-In over cells"),
]  # fmt: skip
MAP_SCORES = _with_ends(
    "accuracy", "equal", "rank correlation, equal", "rank correlation, changed", "overlap, equal", "overlap, changed",
    "average precision",
)  # fmt: skip
CONVERGED = ("AD, sign", "AD, top 30 %", "Fid-In, sign", "Fid-In, top 30 %", "rank correlation", "overlap")
STABILITY = ["background", "snr", "method", "test_fold", "clips", *MAP_SCORES]

STUDIES: dict[str, tuple[Callable[..., pd.DataFrame], list[dict], list[str]]] = {
    "detection": (
        detection_cell,
        _grid(data_seed=[0, 1], training_seed=[0, 1, 2, 3, 4]),
        ["model", "training_seed", "data_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "masking": (
        masking_cell,
        _grid(patch_size=[2, 4, 8, 16, 32], ratio=[0.3], everywhere=[False], training_seed=[0, 1, 2])
        + _grid(patch_size=[4], ratio=[0.15, 0.5, 0.75], everywhere=[False], training_seed=[0, 1, 2])
        + _grid(patch_size=[4], ratio=[0.3], everywhere=[True], training_seed=[0, 1, 2]),
        ["patch_size", "ratio", "everywhere", "training_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "planted": (
        planted_cell,
        _grid(scene=["rain", "sea_waves"], training_seed=[0, 1, 2]),
        ["scene", "snr", "model", "training_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "classifier": (
        classifier_cell,
        _grid(data=["environment", "esc10"], test_fold=[5, 1, 2, 3, 4]),
        ["data", "test_fold", "model", "input", "accuracy", "seconds"],
    ),
    "attribution": (
        attribution_cell,
        _grid(data=["environment", "esc10"], model=["plain", "robust"], method=list(METHODS)),
        ["data", "model", "method", "sign", *LOCALISED, "clips", "seconds_per_clip"],
    ),
    "checks": (
        checks_cell,
        _grid(data=["environment", "esc10"], model=["plain", "robust"], check=list(CHECKS)),
        ["data", "model", "check", "measure", "value", "low", "high", "clips"],
    ),
    "sanity": (
        sanity_cell,
        _grid(model=["plain", "robust"], seed=[0, 1, 2], method=list(SANITY_METHODS)),
        ["model", "method", "seed", "layer", "score", "value", "low", "high", "clips"],
    ),
    "interpretation": (
        interpretation_cell,
        _grid(data=["environment"], test_fold=[5, 1, 2]) + _grid(data=["esc10"], test_fold=[5]),
        ["data", "model", "test_fold", "method", "grain", "mask", *INTERPRETED, "clips"],
    ),
    "faithfulness": (
        faithfulness_cell,
        _grid(source=["machine"], training_seed=[0, 1, 2, 3, 4]) + _grid(source=["rain"], training_seed=[0, 1, 2]),
        [
            "source",
            "model",
            "training_seed",
            "map",
            "clips",
            "kind",
            "measure",
            "percentile",
            "value",
            "low",
            "high",
            "share",
            "chance",
        ],
    ),
    "counterfactuals": (
        counterfactual_cell,
        _grid(source=["machine"], method=list(GENERATORS), training_seed=[0, 1, 2])
        + _grid(source=["rain"], method=["generator"], training_seed=[0, 1, 2]),
        ["source", "method", "training_seed", "name", "kind", "measure", "value", "low", "high"],
    ),
    "robustness": (
        robustness_cell,
        _grid(data=["environment"], model=["robust", "plain"], part=[0, 1, 2, 3], test_fold=[5, 1, 2]),
        [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
    ),
    "robustness_esc10": (
        robustness_cell,
        # All clips: a fold has eight of each class.
        _grid(data=["esc10"], model=["robust", "plain"], part=[0, 1, 2, 3, 4, 5, 6, 7], test_fold=[5, 1, 2, 3, 4]),
        [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
    ),
    "stability": (
        stability_cell,
        _grid(data=["environment"], background=list(BACKGROUNDS["environment"]), part=[0], test_fold=[5, 1, 2]),
        STABILITY,
    ),
    "stability_esc10": (
        stability_cell,
        _grid(data=["esc10"], background=list(BACKGROUNDS["esc10"]), part=[0], test_fold=[5, 1]),
        STABILITY,
    ),
    "noisy_accuracy": (
        noisy_accuracy_cell,
        _grid(data=["environment"], test_fold=[5, 1, 2], model=["plain", "robust"])
        + _grid(data=["esc10"], test_fold=[5, 1, 2, 3, 4], model=["plain", "robust"]),
        ["data", "model", "background", "snr", "test_fold", "clips", *_with_ends("accuracy")],
    ),
    "convergence": (
        convergence_cell,
        _grid(data=["environment", "esc10"], method=list(CONVERGENCE)),
        ["data", "method", "count", "draw", "clips", *_with_ends(*CONVERGED)],
    ),
    "noisy_detectors": (
        noisy_detectors_cell,
        _grid(training_seed=[0, 1, 2], background=list(NOISES)),
        ["training_seed", "background", "snr", "model", "method", "measure", "value", "low", "high"],
    ),
    "detector_maps": (
        detector_maps_cell,
        _grid(model=["AE", "MAE"], training_seed=[0, 1, 2]),
        ["model", "training_seed", "method", "grid", *LOCALISED, "clips"],
    ),
}


# Of studies whose cells have a row a clip: what belongs together in what is written of them.
SUMMARIES = {
    "robustness": SCORED,
    "robustness_esc10": SCORED,
    "stability": ["background", "snr", "method"],
    "stability_esc10": ["background", "snr", "method"],
    "noisy_accuracy": ["data", "model", "background", "snr"],
    "convergence": ["data", "method", "count", "draw"],
}


def run(name: str, resume: bool = False) -> pd.DataFrame:
    """Run a study with joblib as the caller configured it, and write what it found to data/results.

    Parameters
    ----------
    name : one of `STUDIES`
    resume : bool, default False
        Go on with what a run that was stopped has left, instead of starting anew.

    Raises
    ------
    ValueError
        If there is no such study.
    """
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r}; there are {', '.join(STUDIES)}")
    cell, grid, columns = STUDIES[name]
    unfinished = RESULTS / f"{name}.unfinished"
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
    start = time.monotonic()
    table = run_grid(cell, grid, unfinished)
    if name in SUMMARIES:
        table = with_means(table, SUMMARIES[name])
    table = table.reindex(columns=columns)
    seeds = {key: sorted({setting[key] for setting in grid}) for key in grid[0] if key.endswith("seed")}
    seeds = seeds or {"seed": [0]}  # nothing is drawn twice: every generator of such a study starts at 0
    write_results(name, table, f"python -m audioxai_lite study {name}", seeds, time.monotonic() - start)
    shutil.rmtree(unfinished)
    return table
