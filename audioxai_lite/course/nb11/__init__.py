"""Of notebook 11, on waveforms and spectrograms."""
