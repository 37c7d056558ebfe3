"""Do the ledger's file and the records of notebooks have the shape that its tables need? What does
not is refused in a sentence that names the claim. Explained in notebook 00.
"""

import math
from collections.abc import Callable
from typing import Any

NEEDED = ("id", "where", "statement", "published")
OF_A_TEST = ("notebook", "tested_as", "rule", "fixed", "known", "studies")
OF_A_SOURCE = ("title", "authors", "year", "link")
KNOWN = {"no": "before the figures", "yes": "the figures known", "in part": "some figures known"}


def checked_claims(content: Any, tested_as: Any) -> dict[str, dict]:
    """Claims by id, each with its source, from what claims.toml holds.

    Parameters
    ----------
    content : dict
        With the tables "source" and "claim".
    tested_as : collection of str
        What a claim may be tested as.

    Raises
    ------
    ValueError
        If a claim or a source lacks an entry, one has another type or value, an id comes twice, or
        its source is not there.

    Examples
    --------
    >>> checked_claims({"source": {}, "claim": [{"id": "hearing/moon"}]}, ())
    Traceback (most recent call last):
        ...
    ValueError: claims.toml: 'hearing/moon' names no source of the file before its stroke
    """
    sources, entries = (_table(content, name) for name in ("source", "claim"))
    _require(isinstance(sources, dict) and isinstance(entries, list), "holds sources and claims")
    claims: dict[str, dict] = {}
    for entry in entries:
        name: Any = entry.get("id") if isinstance(entry, dict) else entry
        _require(isinstance(name, str), f"a claim has an id, a text, not {name!r}")
        source = sources.get(name.split("/")[0])
        named = isinstance(source, dict) and "/" in name
        _require(named, f"{name!r} names no source of the file before its stroke")
        _require(name not in claims, f"{name!r} comes twice")
        _check_entry(name, entry, tested_as)
        _check_source(name.split("/")[0], source)
        claims[name] = entry | {"source": source}
    return claims


def _check_entry(name: str, entry: dict, tested_as: Any) -> None:
    for key in NEEDED + (() if "untestable" in entry else OF_A_TEST):
        _require(key in entry, f"{name!r} lacks {key!r}")
    for key, value in entry.items():
        if key in ("studies", "rests_on"):
            fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
            _require(fits, f"{name!r}: {key!r} is a list of names, not {value!r}")
        elif key == "recordings":
            _require(isinstance(value, bool), f"{name!r}: {key} is true or false, not {value!r}")
        else:
            _require(isinstance(value, str), f"{name!r}: {key!r} is a text, not {value!r}")
    for key, values in (("tested_as", tested_as), ("known", KNOWN)):
        value = entry.get(key, next(iter(values), ""))
        _require(value in values, f"{name!r}: {key!r} is one of {', '.join(values)}, not {value!r}")


def _check_source(name: str, source: dict) -> None:
    for key in OF_A_SOURCE:
        kind = int if key == "year" else str
        fits = isinstance(source.get(key), kind)
        _require(fits, f"the source {name!r} has no {key!r} of the type {kind.__name__}")
    _require(isinstance(source.get("summary", ""), str), f"the summary of {name!r} is a text")


def checked_record(record: Any, where: str, verdicts: Any) -> dict:
    """What `check_claim` kept, as a notebook or a file gave it back.

    Parameters
    ----------
    record : dict
    where : str
        From where, for the message.
    verdicts : collection of str

    Raises
    ------
    ValueError
        If a part is missing or of another type.

    Examples
    --------
    >>> checked_record({"id": "a/b", "verdict": "maybe"}, "01.ipynb", ("holds",))
    Traceback (most recent call last):
        ...
    ValueError: 01.ipynb: the record of a claim has no 'verdict' as `check_claim` keeps it: run \
the notebook again
    """
    kinds = {
        "id": lambda value: isinstance(value, str),
        "verdict": lambda value: isinstance(value, str) and value in verdicts,
        "unit": lambda value: isinstance(value, str),
        "because": lambda value: isinstance(value, str),
        "digits": lambda value: _is_count(value) and value <= 20,
        "clips": _is_count,
        "trainings": _is_count,
        "found": _are_pairs,
        "controls": _are_pairs,
    }
    for key, fits in kinds.items():
        if not isinstance(record, dict) or key not in record or not fits(record[key]):
            raise ValueError(
                f"{where}: the record of a claim has no {key!r} as `check_claim` keeps it: run the "
                "notebook again"
            )
    return record


def readable(read: Callable[[], Any], what: str) -> Any:
    """What a function reads, or ValueError where the file is not what it takes it for.

    Examples
    --------
    >>> readable(lambda: {}["cells"], "01.ipynb")
    Traceback (most recent call last):
        ...
    ValueError: 01.ipynb is damaged or something else: restore it, or run it again
    """
    try:
        return read()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise ValueError(
            f"{what} is damaged or something else: restore it, or run it again"
        ) from None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_pairs(pairs: Any) -> bool:
    """Whether these are names, each with a number, or with an estimate and two ends."""
    return isinstance(pairs, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], list)
        and len(pair[1]) in (1, 3)
        and all(type(number) in (int, float) and math.isfinite(number) for number in pair[1])
        for pair in pairs
    )


def _table(content: Any, name: str) -> Any:
    _require(isinstance(content, dict) and name in content, f"it has no table {name!r}")
    return content[name]


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise ValueError(f"claims.toml: {fault}")
