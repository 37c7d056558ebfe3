"""Which bins of a spectrogram an answer rests on: one function a method, one file an idea. Taught
in notebooks 03, 04 and 07.
"""

from .cam import grad_cam
from .gradients import gradient_shap, integrated_gradients, saliency, smoothgrad
from .occlusion import occlusion
from .relevance import lrp
from .segments import grid, perturb, superpixels
from .shapley import deep_shap, shapley
from .surrogates import lime
