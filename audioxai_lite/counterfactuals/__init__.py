"""What would this sound be like if it were healthy? Clips changed as little as needed. Taught in
notebook 08.
"""

from audioxai_lite.counterfactuals.baselines import inpaint, nearest, optimise
from audioxai_lite.counterfactuals.damage import CORRUPTIONS, corrupt
from audioxai_lite.counterfactuals.generator import (
    ALPHAS,
    LARGEST,
    LEAK,
    Counterfactual,
    Generator,
    apply,
)
from audioxai_lite.counterfactuals.measures import (
    concept_measures,
    fine_variance,
    measures,
    way_back,
)
from audioxai_lite.counterfactuals.objective import (
    Objective,
    Weights,
    WithCritics,
    target_ranges,
    train_generator,
)
from audioxai_lite.counterfactuals.scores import log_scores, peak_score, worst_cells
from audioxai_lite.counterfactuals.sound import to_sound

__all__ = [
    "ALPHAS",
    "CORRUPTIONS",
    "Counterfactual",
    "Generator",
    "LARGEST",
    "LEAK",
    "Objective",
    "Weights",
    "WithCritics",
    "apply",
    "concept_measures",
    "corrupt",
    "fine_variance",
    "inpaint",
    "log_scores",
    "measures",
    "nearest",
    "optimise",
    "peak_score",
    "target_ranges",
    "to_sound",
    "train_generator",
    "way_back",
    "worst_cells",
]
