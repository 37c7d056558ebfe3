"""Which part of a spectrogram is kept: rules that turn a map into a mask, and cells. Taught in
notebook 05.
"""

from audioxai_lite.masks.cells import pool, random_like
from audioxai_lite.masks.rules import (
    area,
    is_constant,
    min_max,
    positive_part,
    relative_to_largest,
    sigmoid,
    sign,
    smooth,
    threshold,
    top_k,
)
from audioxai_lite.sound.levels import apply_mask

__all__ = [
    "apply_mask",
    "area",
    "is_constant",
    "min_max",
    "pool",
    "positive_part",
    "random_like",
    "relative_to_largest",
    "sigmoid",
    "sign",
    "smooth",
    "threshold",
    "top_k",
]
