"""What can be read back out of the printed tables of Pak & Teryokhina 2025. Notebook: 06."""

import math

from scipy.optimize import brentq

BINS = {"Mel": 64 * 501, "STFT": 257 * 313}  # of a clip, by their features


def mixture_of_masks(sps: float, comp: float, bins: int) -> tuple[float, float]:
    """On which share of the clips a mask of zeros and ones kept everything, and which area it kept
    on the others, from two printed means.

    A mask that keeps everything is put down with SPS 0 and COMP 0; one that keeps the area a with
    SPS 1 - a and COMP ln(a bins). If the area is much the same on the others, two means give two
    unknowns.

    Parameters
    ----------
    sps, comp : float
        The printed means.
    bins : int
        Of a clip, see `BINS`.

    Returns
    -------
    (share, area) : tuple of float
        COMP + share · ln(bins) is then the mean by the formula, where a mask that keeps everything
        has the largest entropy there is.

    Raises
    ------
    ValueError
        If no mixture has these means: then the masks were not zeros and ones.

    Source: sections II.D and IV.A, Tables II to VI; the special case stands in the public code.
    Notebook: 06.

    Examples
    --------
    >>> share, area = mixture_of_masks(sps=0.25, comp=0.5 * math.log(500), bins=1000)
    >>> round(share, 3), round(area, 3)
    (0.5, 0.5)
    """

    def too_complex(area: float) -> float:
        return sps / (1 - area) * math.log(area * bins) - comp

    least, most = 1 / bins, 1 - sps
    if not 0 < sps < 1 or too_complex(least) > 0 or too_complex(most) < 0:
        text = f"no masks of zeros and ones have a mean SPS of {sps} and a mean COMP of {comp}"
        raise ValueError(f"{text} over {bins} bins")
    area = brentq(too_complex, least, most)
    return 1 - sps / (1 - area), area
