"""One style for all figures: colour-blind-safe colours, the same colour for the same thing."""

import io

import matplotlib.pyplot as plt
from IPython import get_ipython
from matplotlib.figure import Figure
from PIL import Image

# Okabe & Ito's palette, and a few more: each keeps its colour throughout.
COLOURS = {
    "original": "#000000",
    "saved phase": "#0072B2",
    "Griffin-Lim": "#E69F00",
    "ours": "#009E73",
    "pseudo-inverse": "#56B4E9",
    "torchaudio": "#CC79A7",
    "librosa": "#D55E00",
    "normal": "#56B4E9",
    "anomalous": "#D55E00",
    "AE": "#0072B2",
    "MAE": "#E69F00",
    "dense AE": "#009E73",
    "Mahalanobis (Ledoit–Wolf)": "#CC79A7",
    "Gaussian mixture": "#777777",
    "one-class SVM": "#999999",
    "isolation forest": "#BBBBBB",
    "saliency": "#E69F00",
    "SmoothGrad": "#56B4E9",
    "integrated gradients": "#0072B2",
    "GradientSHAP": "#009E73",
    "Grad-CAM": "#D55E00",
    "occlusion": "#F0E442",
    "Deep SHAP": "#332288",
    "LRP": "#CC79A7",
    "LIME": "#882255",
    "error map": "#000000",
    "random": "#BBBBBB",
    "energy": "#777777",
    "bins": "#117733",
    "cells": "#AA4499",
    "plain": "#E69F00",
    "robust": "#0072B2",
    "generator": "#009E73",
    "clean twin": "#332288",
    "copy": "#000000",
    "nearest normal": "#CC79A7",
    "AE reconstruction": "#0072B2",
    "optimised input": "#D55E00",
    "MAE inpainting, 99 %": "#F0E442",
    "MAE inpainting, 99.9 %": "#E69F00",
}

RULE_COLOURS = {
    "min–max": "#D55E00",
    "sigmoid": "#0072B2",
    "sign": "#009E73",
    "top 5 %": "#CC79A7",
    "top 30 %": "#882255",
    "top 50 %": "#000000",
    "threshold 0.25": "#F0E442",
    "threshold 0.50": "#E69F00",
    "threshold 0.75": "#56B4E9",
}

LEVEL_MAP = "magma"  # decibels
MASK_MAP = "cividis"  # masks, from 0 to 1
SIGNED_MAP = "RdBu_r"  # attributions: red speaks for, blue against, white says nothing
OUTLINE = "#00E5E5"  # the ground truth, drawn over a spectrogram


def use_style() -> None:
    """Set matplotlib up for notebook width. Called by `audioxai_lite.start`.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'magma'
    """
    if get_ipython() is not None:
        # The notebook backend sets itself up at the first figure, and would undo the next line.
        plt.close(plt.figure())
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, png)
    plt.rcParams.update(
        {
            "figure.dpi": 72,
            "savefig.dpi": 72,
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "image.cmap": LEVEL_MAP,
            "axes.prop_cycle": plt.cycler(color=list(COLOURS.values())[1:7]),
        }
    )


def png(figure: Figure) -> bytes:
    """A figure as a PNG of 256 colours, a quarter of the full size: spectrograms look like noise to
    PNG.

    Examples
    --------
    >>> png(plt.figure()).startswith(b"\\x89PNG")
    True
    """
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    picture = Image.open(full).convert("RGB")
    picture = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()
