"""What serves the course and nothing else: claims, results, studies, exercises, explorers. One
folder a notebook.

Where it is:

    checks: Feedback, NotYet, exercise, answered_number, answered_tensor, answered_kind, compare,
        first_hint, require, require_seeded, near, is_hard, listed_in_hint
    claim_shape: checked_claims, checked_record, readable
    claims: load_claims, check_claim, measured_in_words, in_words, as_tested, fixed_in_words,
        certainty, verdict_of_parts
    classifiers: trained_classifiers, training_folds, classifier_name, classifier_model,
        load_classifier, alone, lrp_of_classifier
    clips: folds, decibels, log_mel, labelled_clips, truths, audible_truths, audible_faults,
        predicted_classes, explained_clips, background_clips, explained, clips_of_each_class,
        scored_clips, noise_like
    comparing: Sample, of_methods, differing, aligned
    detectors: load_detector, score_model, trained_detector, detector_training_clips,
        detector_test_clips, detector_of, frozen_detectors, detector_scores,
        detector_maps_and_curves
    doctor: Check, checks, report
    explorers: ExplorerView, Explorer, explorer, wide_control, slider, choice_of_clips
    glossary: Definition, definitions, anchor, glossary_page, with_links
    grids: run_grid, setting_in_words, seconds_of_cells
    ledger: ledger, minutes_of, ledger_page, authors_page, ledger_table, write_ledger
    listening: Pair, listening_pairs, equally_loud, listening_test, in_frame, network_answers
    listening_answers: Pooled, exact_interval, pooled
    means: study_mean, means_over_clips
    nb00/exercises: check_area, check_event_start, check_ground_truth
    nb00/explorers: anomaly_explorer
    nb01/exercises: check_to_decibels, check_mask_decibels, check_griffin_lim_step
    nb01/explorers: inversion_explorer
    nb01/pictures: bars_side_by_side
    nb01/scheme: transform_scheme
    nb02/exercises: check_masked_loss, check_auc, check_complementary
    nb02/explorers: masking_explorer, threshold_explorer
    nb02/pictures: network_diagram, filled_less_clip, dots_of_runs, lines_of_levers
    nb02/studies: detection_cell, masking_cell, planted_cell, windowed_baselines_cell
    nb03/exercises: check_gradient_times_input, check_integrated_gradients, check_shapley
    nb03/explorers: attribution_explorer
    nb03/pictures: cnn14_diagram, accuracies, fields_of_blocks, what_blocks_see, where_clips_stand
    nb03/side_by_side: walk, on_baselines, shares_of_players, rather_than, two_clips
    nb03/studies: trainings_cell, stft_trainings_cell, starts_cell
    nb04/check_studies: checks_cell, sanity_cell
    nb04/choosing: way_to, decision_chart
    nb04/clamped_rule: lrp_with_clamped_weights, both_rules
    nb04/exercises: check_off_by, check_lay_over, check_average_precision
    nb04/map_studies: maps_cell, planted_maps_cell
    nb04/pictures: kept_promises, sign_or_size, right_and_wrong, ruined_maps, sounds_in_rain
    nb05/exercises: check_attenuation, check_top_k_exact, check_all_ones_share
    nb05/explorers: mask_explorer
    nb05/pictures: areas_and_levels, kept_and_removed, soft_levels, halves, kept_all,
        kept_all_published, against_chance, network_on_pairs
    nb05/rules: mask_rules
    nb06/comparing: beside_controls, at_equal_area, by_training, needed_and_enough, front,
        answer_and_place, curves
    nb06/exercises: check_average_drop, check_random_like, check_overall
    nb06/explorers: score_explorer
    nb06/pictures: toy_masks, score_tables, drops_of_all_maps, agreement
    nb06/scored: ScoredMasks, clearly_less, printed_winners, named_on_noise, fid_in_less_accuracy
    nb06/studies: masks_in_study, masks_of_equal_areas, interpretation_cell,
        stft_interpretation_cell
    nb07/exercises: check_by_reconstruction, check_widen, check_over_chance
    nb07/explorers: faithfulness_explorer
    nb07/pictures: time_curves, both_detectors, leads, score_and_share, faulty_and_normal
    nb07/studies: detector_maps_cell, detector_faithfulness_cell
    nb08/charts: spread, card, repairs, by_kind, dial, small_curves, in_trainings
    nb08/exercises: check_descend, check_grain, check_cheat
    nb08/explorers: counterfactual_explorer
    nb08/pictures: generator_diagram, mark_time, clips_and_maps, levels_of
    nb08/studies: repaired_in_study, counterfactual_cell
    nb09/detector_studies: noisy_detectors_cell
    nb09/exercises: check_mix, check_top_overlap, check_apart
    nb09/explorers: noise_explorer
    nb09/judging: InNoise
    nb09/noisy_maps: noisy_clips, explained_in_noise, NoisyReading, noisy_readings,
        compared_in_noise
    nb09/pictures: colour_of, active_stretches, answers_in_noise, fates_of_the_top,
        curves_of_methods
    nb09/score_pictures: winning_masks, drops_of_maps, kept_and_named, detectors_in_noise,
        kept_by_the_map, nearness, map_or_answer
    nb09/studies: robustness_cell, stability_cell, noisy_accuracy_cell, convergence_cell
    nb10/attacks: attacked_clips, folded_network, attacking, explaining, attacked, noise_like,
        judged
    nb10/copies: copies
    nb10/exercises: check_manipulation_loss, check_limited, check_broken_defence
    nb10/explorers: manipulation_explorer
    nb10/geometry_pictures: level_sets, bound_and_turn, softening, cousins, defences
    nb10/judging: Turned, Softened
    nb10/level_sets: SmallNetwork, two_moons, trained_network, walk, walks
    nb10/pictures: under_the_ruler, turned_maps, copied_sounds, seen_elsewhere, second_maps
    nb10/studies: word_map, manipulation_cell, softened_cell, hardened_cell, train_on
    nb11/causes: across, said_again, silence_of, loudness, untrained_map, random_map,
        seen_in_time_and_frequency
    nb11/exercises: check_epsilon_rule, check_effect, check_suspect
    nb11/explorers: voice_explorer
    nb11/hum: hum, with_hum
    nb11/networks: sounds, as_values, new_network, training_voices, strange_voices, train,
        trained_on, network_name, load_network
    nb11/pictures: changes_of, owners_of_bins, with_ends, shares_and_effects
    nb11/recordings: placed, spoken_recordings_cell, recordings_name, answers_to
    nb11/samples: removal_sample, causes_sample, spoken_recordings_sample
    nb11/studies: orders, fills, removed, removal_cell, shares_of_maps, causes_cell, share_of,
        hum_cell
    nb11/trainings: voice_training_cell
    nb12/exercises: check_angular, quieter, later, knocked, grainy, check_leak, check_constant
    nb12/explaining: Found, faulty_windows, contributions_as_maps, encoder_maps, decibels_from_twin
    nb12/explorers: compact_explorer
    nb12/features: trained_encoder, encoder_name, load_encoder, encoded, viewed, simple_features,
        scored, clip_statistics_scores, placements
    nb12/pictures: simsiam_diagram, views_beside, pollution, on_the_sphere, areas, area_dots, means
    nb12/samples: features_sample, polluted_features_sample
    nb12/studies: learned_scores, together, simple_scores, table_of, machine_clips, features_cell,
        polluted_features_cell, planted_features_cell
    nb13/conditions: alone, as_stamps, noisy, in_noise, in_mixtures, sounding, shuffled,
        two_decoders
    nb13/exercises: check_loss, check_own_order, check_stamp
    nb13/explorers: mask_explorer
    nb13/judging: others_maps, blurred, by_chance, scores_of, rows_of, at_equal_area,
        scores_on_amplitude, stamps, as_sounds, precision_of
    nb13/losses: published_decoder, mask_losses_cell, loss_name, load_masker_of_loss
    nb13/maskers: explained_model, folded_model, blocks, training_sounds, trained_decoder,
        price_of_area, in_halves, masks_of, masker_name, load_masker
    nb13/pictures: means, dots_of, bar_panels, scheme, mask_and_changes
    nb13/samples: learned_masks_sample
    nb13/studies: learned_masks_cell
    nb14/demo: demo_model, demo_recording
    nb14/exercises: Broken, check_repaired, Frames, check_frames_model, check_swapped
    nb14/explorers: own_model_explorer
    nb14/networks: PitchNetwork, pitch_model, pitch_hertz, SpeechNetwork, speech_model,
        SpeakerNetwork, speaker_model, transformer_model, waveform_transformer_model, picture_model,
        Conformer, conformer_model
    nb14/pictures: pitches_of_cuts
    nb14/pitch: harmonic_tone, pitch_sounds, pitch_bin, harmonic_cells, power, share_inside,
        pitches_heard, fine_options, chance_masks, stays_and_moves, pitch_accuracy
    nb14/pitch_studies: pitch_noise_cell, pitch_methods_cell, pitch_shares_cell
    nb14/strangers: Strange, strange_model, WaveformClassifier, waveform_model, Recurrent,
        recurrent_model, black_box_model, forest_model
    nb14/studies: sample_sound, own_models_cell
    nb14/table: methods_table, shares_by_method
    notebooks: cell_and_record, run_notebook, first_error, cells_needed
    on_esc10: record_on_esc10, records_on_esc10, verdicts_on_both
    reproduce: Outcome, reproduce, differing_records, claims_on_record, reproduce_claims, report
    results: write_results, how, read_record, how_made, results, write_clips, results_by_clip,
        by_training
    samples: sample_of
    studies: Study, study, study_settings, study_columns, every_study, run_study
    without_kernel: for_site, explorer_page, values_on_the_site
"""
