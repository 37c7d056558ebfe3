"""From a waveform to what a model sees, and back to something that can be heard. Taught in
notebooks 01, 09 and 10. Gradients pass through what computes.

Where it is:

    audio: as_waveform, read, check, is_silent, check_samples, resample, check_rates,
        pad_or_crop
    containers: whole_sound, walked
    decoding: AudioError, StraightOn, open_sound_file, mono_blocks
    fills: mean_level, background_level, inpainted
    flac_frames: walk
    gains: StftGains, SampleGains, SampleGrid, shares_of_bins
    hearing: threshold_in_quiet, spread_of_masking, band_powers, masking_threshold,
        tonality_of_bands, noise_to_mask, band_of_bins
    hidden: UnderTheMask, under_the_mask, LoudnessLimit, loudness_limit
    inversion: clamped_power, torchaudio_power, librosa_power, refine_power
    levels: peak_normalise, rms_normalise, check_sounding, mix_at_snr, active_level, mix,
        check_length, power_to_decibels, decibels_to_power, apply_mask
    mpeg_frames: first_frame, walk
    noises: white_noise, room_tone, whinny
    ogg_pages: walk
    patched: DamagedSound, Patched, after_id3, only_padding
    quality: si_sdr, log_spectral_distance, mel_consistency
    spectrogram: LogStft, LogMel
    standardised: StandardisedSpectrogram, Standardised
    stft: Spectrogram, PowerStft
    wave_chunks: walk
    windows: windows_of
"""
