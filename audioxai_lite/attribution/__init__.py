"""Which bins of a spectrogram an answer rests on: one function a method, one file an idea. Taught
in notebooks 03, 04 and 07.

Where it is:

    batches: checked, check_gradient, as_clips, as_one_clip, explain_in_batches, undisturbed
    cam: grad_cam
    gradients: saliency, smoothgrad, integrated_gradients, gradient_shap
    occlusion: occlusion
    relevance: lrp
    segments: superpixels, grid, perturb, as_segments, numbered_and_replaced, segment_means,
        outputs_without
    shapley: deep_shap, shapley
    surrogates: lime
"""

from .cam import grad_cam
from .gradients import gradient_shap, integrated_gradients, saliency, smoothgrad
from .occlusion import occlusion
from .relevance import lrp
from .segments import grid, perturb, superpixels
from .shapley import deep_shap, shapley
from .surrogates import lime
