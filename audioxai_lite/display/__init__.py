"""How the course looks and sounds: one style, real axes, the same colour for the same thing.

Where it is:

    charts: heat_map, bars, score_histogram, roc, dots, dot_panels, curve, strip
    figures: spectrogram, spectrograms, attributions, attribution, waveform
    players: compare, players_html, samples_to_play
    report: report_page, map_figure, timeline_figure
    style: use_style, picture_kind, picture, sharp
    waiting: Clock, say_when_long
"""
