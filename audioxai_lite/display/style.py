"""One style for all figures: colour-blind-safe colours, the same colour for the same thing."""

import io
import tomllib
from pathlib import Path

import matplotlib.pyplot as plt
from IPython import get_ipython
from matplotlib.figure import Figure
from PIL import Image

_COLOURS = tomllib.loads(Path(__file__).with_name("colours.toml").read_text(encoding="utf-8"))
COLOURS: dict[str, str] = _COLOURS["things"]
RULE_COLOURS: dict[str, str] = _COLOURS["rules"]
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
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, png_in_style)
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


def png_in_style(figure: Figure) -> bytes:
    """A figure as a PNG of 256 colours, a quarter of the full size: spectrograms look like noise to
    PNG.

    Examples
    --------
    >>> png_in_style(plt.figure()).startswith(b"\\x89PNG")
    True
    """
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    picture = Image.open(full).convert("RGB")
    picture = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()
