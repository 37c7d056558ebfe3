"""From a waveform to what a model sees, and back to something that can be heard. Taught in
notebooks 01 and 09.
"""
