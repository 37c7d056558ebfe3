"""Which bins of a spectrogram an answer rests on: one function a method, one file an idea. Taught
in notebooks 03, 04 and 07.
"""

from audioxai_lite.attribution.cam import grad_cam
from audioxai_lite.attribution.gradients import (
    gradient_shap,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from audioxai_lite.attribution.occlusion import occlusion
from audioxai_lite.attribution.relevance import lrp
from audioxai_lite.attribution.segments import grid, perturb, superpixels
from audioxai_lite.attribution.shapley import deep_shap, shapley
from audioxai_lite.attribution.surrogates import lime

__all__ = [
    "deep_shap",
    "grad_cam",
    "gradient_shap",
    "grid",
    "integrated_gradients",
    "lime",
    "lrp",
    "occlusion",
    "perturb",
    "saliency",
    "shapley",
    "smoothgrad",
    "superpixels",
]
