"""What would this sound be like if it were healthy? Clips changed as little as needed. Taught in
notebook 08.

Where it is:

    baselines: nearest, optimise, inpaint
    damage: corrupt
    generator: Counterfactual, Generator, apply_generator
    measures: fine_variance, measures, way_back, concept_measures, distinct
    objective: Weights, target_ranges, WithCritics, Objective, train_generator
    scores: worst_cells_score, peak_score, log_scores
    sound: to_sound
"""

from .baselines import inpaint, nearest, optimise
from .damage import CORRUPTIONS, corrupt
from .generator import ALPHAS, LARGEST, LEAK, Counterfactual, Generator, apply_generator
from .measures import concept_measures, distinct, fine_variance, measures, way_back
from .objective import Objective, Weights, WithCritics, target_ranges, train_generator
from .scores import log_scores, peak_score, worst_cells_score
from .sound import to_sound
