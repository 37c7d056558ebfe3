"""What the sources' public code and tables compute, where that differs from the library: one file a
source, named by its key in the ledger.

Where it is:

    faithful_ad: error_map, grad_cam
    lmac: parts, loss, guided, average_drop
    manipulated: loss, manipulate, noise_of
    posthoc_audio: mix, top_k, all_variants, complexity, interpretation_scores,
        masks_by_clip, table, published_tables
    posthoc_audio_methods: grad_cam, gradient_at_background
    posthoc_audio_tables: mixture_of_masks
"""
