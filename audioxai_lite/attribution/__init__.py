"""Which bins of a spectrogram an answer rests on: one function a method, one file an idea. Taught
in notebooks 03, 04, 07, 10, 11, 13 and 14.

Where it is:

    attention: attention_rollout
    batches: checked, check_gradient, as_clips, as_one_clip, explain_in_batches, undisturbed
    cam: grad_cam, layer_change, layer_output, laid_out
    gradients: saliency, gradient_times_input, smoothgrad, integrated_gradients, gradient_shap
    inspection: in_time_and_frequency
    learned: inner_maps, learned_mask, train_masker
    manipulation: scaled, manipulate, manipulate_values, without_denormals
    mask_losses: Objective, masked_decibels, masked_amplitude, mask_loss
    occlusion: occlusion
    relevance: lrp, check_steps
    relevance_rules: Shares, composite, check_layers
    rise: rise
    segments: superpixels, grid, perturb, as_segments, numbered_and_replaced, segment_means,
        outputs_without
    shapley: deep_shap, shapley
    surrogates: lime, lime_kernel
    tokens: TokenGrid, ast_token_grid
    twice: slopes, saliency_twice, gradient_times_input_twice, smoothgrad_twice,
        integrated_gradients_twice, grad_cam_twice, lrp_twice
"""

from .cam import grad_cam
from .gradients import (
    gradient_shap,
    gradient_times_input,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from .occlusion import occlusion
from .relevance import lrp
from .rise import rise
from .segments import grid, perturb, superpixels
from .shapley import deep_shap, shapley
from .surrogates import lime
