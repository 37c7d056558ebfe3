"""One style for all figures: colour-blind-safe colours, the same colour for the same thing."""

import io
import tomllib
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from PIL import Image

_COLOURS = tomllib.loads(Path(__file__).with_name("colours.toml").read_text(encoding="utf-8"))
COLOURS: dict[str, str] = _COLOURS["things"]
VERDICT_COLOURS: dict[str, str] = _COLOURS["verdicts"]
LEVEL_MAP = "magma"  # decibels
MASK_MAP = "cividis"  # masks, from 0 to 1
SIGNED_MAP = "RdBu_r"  # attributions: red speaks for, blue against, white says nothing
OUTLINE = "#00E5E5"  # the ground truth, drawn around what it marks
SHARPNESS = 2  # dots of a picture for each at which it is shown: 144 an inch
JPEG_QUALITY = 85
TABLE = 1_000  # fields, at most, of a table in colour, and of a colour bar


def use_style() -> None:
    """Set matplotlib up for notebook width. Called by `audioxai_lite.start`.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'magma'
    """
    if get_ipython() is not None:
        # The notebook backend sets itself up at the first figure, and would undo the next lines.
        plt.close(plt.figure())
        formatters = get_ipython().display_formatter.formatters
        formatters["image/png"].for_type(Figure, partial(_for_notebook, kind="png"))
        formatters["image/jpeg"].for_type(Figure, partial(_for_notebook, kind="jpeg"))
    plt.rcParams.update(
        {
            "figure.dpi": 72,
            "savefig.dpi": SHARPNESS * 72,
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "image.cmap": LEVEL_MAP,
            "axes.prop_cycle": plt.cycler(color=list(COLOURS.values())[1:7]),
        }
    )


def picture_kind(figure: Figure) -> str:
    """ "jpeg" for a figure that holds a spectrogram, a map or a mask, which are noise to PNG; "png"
    for one of lines, dots, words and tables in colour.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> table = ax.imshow([[0, 1]])
    >>> before, noise = picture_kind(figure), ax.imshow([[0, 1] * 50] * 50)
    >>> before, picture_kind(figure)
    ('png', 'jpeg')
    """
    parts = [part for ax in figure.axes for part in [*ax.images, *_meshes(ax)]]
    sizes = [np.size(part.get_array()) for part in parts]
    return "jpeg" if max(sizes, default=0) > TABLE else "png"


def picture(figure: Figure) -> bytes:
    """A figure as it is stored and shown: at 144 dots an inch, in full colour, as `picture_kind`
    says.

    Examples
    --------
    >>> picture(plt.figure()).startswith(b"\\x89PNG")
    True
    """
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight", dpi=SHARPNESS * 72)
    drawn = Image.open(full).convert("RGB")
    if picture_kind(figure) == "jpeg":
        drawn.save(small, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    else:
        drawn.save(small, "PNG", optimize=True)
    return small.getvalue()


def _meshes(ax: Axes) -> list[QuadMesh]:
    """What `pcolormesh` drew; a colour bar is one, too, and has an axis of its own."""
    return [part for part in ax.collections if isinstance(part, QuadMesh)]


def sharp(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """A figure as `picture` makes it, and the width and height in pixels at which it is sharp.

    Examples
    --------
    >>> data, size = sharp(plt.figure(figsize=(6, 4)))
    >>> Image.open(io.BytesIO(data)).width // size["width"]
    2
    """
    data = picture(figure)
    width, height = Image.open(io.BytesIO(data)).size
    return data, {"width": width // SHARPNESS, "height": height // SHARPNESS}


def _for_notebook(figure: Figure, kind: str) -> tuple[bytes, dict[str, int]] | None:
    """What Jupyter stores under one kind of picture."""
    return sharp(figure) if picture_kind(figure) == kind else None
