"""Is an explanation any good? One file a question. Taught in notebooks 04, 06, 07, 09 to 11 and 13.

Where it is:

    axes: AxisTest, axis_test, moved_bursts, moved_tones
    causes: margin, interventional_effect, relevance_shares
    chance: masks_of_equal_area, scores_beside_chance
    completeness: completeness, surrogate_r2, conservation
    conciseness: sparseness, complexity
    curvature: level_set_curvature
    equal_area: in_order_of, hardened
    faithfulness: time_curve, top_percentile, widen_to_segments, replace_and_score, chance_score
    fidelity: Answers, answers, scores, deletion_and_insertion, curve_area
    heard_again: kept_sound, heard_again
    localisation: pixel_auroc, one_over_another, average_precision, pointing_game,
        relevance_mass, iou_at_area, temporal_precision, controls, table
    ranking: overall, best, pareto
    removal: right_without, right_curve, equally_loud, band_background, noise_in_bands,
        noise_of_same_spectrum, from_neighbours
    sanity: randomised
    stamp: stamped
    stability: top_overlap, rank_correlation, agreement, agreement_with_copies
    statistics: bootstrap_draws, drawn_means, interval, mean_interval, clear_side, interval_side,
        with_intervals, share_interval, paired_share_interval, differs_from_zero
"""
