"""Which version of a package runs."""

from importlib.metadata import version

__version__ = "0.1.0"


def version_of(package: str) -> str:
    """The version of a package, without what follows a plus sign; of the course, also where it is
    used without being installed.

    Examples
    --------
    >>> version_of("audioxai_lite") == __version__
    True
    """
    return __version__ if package == "audioxai_lite" else version(package).split("+")[0]
