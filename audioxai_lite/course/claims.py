"""A claim cell: what a source states, the rule that decides, what was measured, and how sure that
is. Explained in notebook 00.
"""

import tomllib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from ..display import charts, style
from .claim_shape import KNOWN, checked_claims

LEDGER = Path(__file__).with_name("claims.toml")
RECORD = "application/vnd.audioxai.claim+json"  # how a notebook stores the outcome of a claim cell
HOLDS, CONDITION, ARTEFACT, FAILS, UNDECIDED, UNTESTABLE = VERDICTS = (
    *("holds", "holds under a condition", "artefact", "does not hold here"),
    *("undecided", "not testable here"),
)
COLOURS = {verdict: style.VERDICT_COLOURS[verdict] for verdict in VERDICTS}
TESTED_AS = {  # of claims.toml, in words
    "their tables": "on their tables",
    "as published": "as published",
    "as published, analogue": "as published, on our networks",
    "their tables, analogue": "on their tables, and on our networks",
    "corrected": "their method corrected",
    "analogue": "on an analogue: our networks and data",
}
CARD = (
    "<div id='{id}' style='border-left:6px solid {colour};padding:0.3em 1em;margin:0.5em 0'>"
    "<strong style='background:{colour};color:#111;padding:0.1em 0.4em'>{verdict}</strong>"
    " · {statement}<br><em>Rule</em> (fixed {fixed}): {rule}<br>"
    "<em>Measured here:</em> {measured}<br>"
    "<em>Published:</em> {published} ({authors} {year}, {where})<br>"
    "<em>Tested</em> {tested}; certainty, by these sounds alone: {certainty}</div>"
)
# A number, or an estimate with the ends of its 95 % interval.
Found = Mapping[str, float | Sequence[float]]


def load_claims() -> dict[str, dict]:
    """All claims by id, each with id, source (a dict), where, statement, published, and what the
    ledger's first lines explain.

    Examples
    --------
    >>> load_claims()["posthoc-audio/deep-shap"]["notebook"]
    '04_checking_attributions'
    """
    try:
        content = tomllib.loads(LEDGER.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"claims.toml cannot be read: {error}") from None
    return checked_claims(content, TESTED_AS)


def check_claim(
    claim: str,
    verdict: str | bool,
    found: Found,
    controls: Found | None = None,
    *,
    unit: str = "",
    digits: int = 2,
    published: float | None = None,
    line: float | None = None,
    clips: int = 0,
    trainings: int = 0,
    because: str = "",
) -> None:
    """Say what became of a published claim: print it in a line, show a card and a strip of the
    figures, and keep a record for the ledger.

    Parameters
    ----------
    claim : str
        An id of the ledger, for example "posthoc-audio/mel-approximate".
    verdict : one of `VERDICTS`, or bool
        Decided by the rule in the ledger, which the cell applies; True is "holds", False "does not
        hold here".
    found : dict of name to number, or to (estimate, low, high)
        What the verdict rests on, all in one unit; low and high end a 95 % interval.
    controls : dict, optional
        The same of what knows nothing (random, energy), or knows everything (the truth).
    unit : str, optional
    digits : int, default 2
        Behind the point; as many as are stable.
    published : float, optional
        The source's own figure, if it has the same unit.
    line : float, optional
        The value that the rule asks about.
    clips, trainings : int, optional
        How many each number rests on; 0 where none are involved.
    because : str, optional
        The condition, what makes it an artefact, or why it cannot be tested: required for these.
        Else a remark.

    Raises
    ------
    ValueError
        If the ledger has no such claim, there is no such verdict, nothing was found, a number is
        not finite or lies outside its interval, or a required reason is missing.

    Examples
    --------
    >>> check_claim("posthoc-audio/deep-shap", "does not hold here", {"off by": 0.7}, line=0.01)
    ... # doctest: +SKIP
    posthoc-audio/deep-shap: DOES NOT HOLD HERE — off by 0.70 (published: ...
    """
    claims = load_claims()
    if claim not in claims:
        raise ValueError(f"the ledger has no claim {claim!r}; it has {', '.join(claims)}")
    if isinstance(verdict, bool | np.bool_):
        verdict = HOLDS if verdict else FAILS
    if verdict not in VERDICTS:
        raise ValueError(f"{claim}: the verdict is one of {', '.join(VERDICTS)}, not {verdict!r}")
    if verdict in (CONDITION, ARTEFACT, UNTESTABLE) and not because:
        text = f"{claim}: `because` must say under which condition it holds"
        raise ValueError(f"{text}, what makes it an artefact, or why it cannot be tested")
    record: dict[str, Any] = {"id": claim, "verdict": verdict, "unit": unit, "digits": digits}
    for name, given in {"found": found, "controls": controls or {}}.items():
        # Pairs, since a stored notebook sorts the keys of a dict.
        record[name] = [[of, _numbers(claim, of, value, digits)] for of, value in given.items()]
    if not record["found"] and verdict != UNTESTABLE:
        raise ValueError(f"{claim}: a verdict rests on numbers, and `found` has none")
    record |= {"clips": int(clips), "trainings": int(trainings), "because": because}
    entry, measured = claims[claim], measured_in_words(record)
    print(f"{claim}: {verdict.upper()} — {measured} (published: {entry['published']})")
    shown = entry["source"] | entry | {"verdict": verdict.upper(), "colour": COLOURS[verdict]}
    shown |= {"measured": measured, "certainty": certainty(entry, record)[0]}
    shown |= {"tested": as_tested(entry, record), "fixed": fixed_in_words(entry)}
    card = CARD.format(**{name: escape(str(text)) for name, text in shown.items()})
    display({"text/html": card, "text/plain": because or "no remark", RECORD: record}, raw=True)
    if record["found"]:
        shown = dict(record["found"]), dict(record["controls"])
        charts.strip(*shown, unit, published, line)
        plt.show()


def _numbers(claim: str, name: str, value: Any, digits: int) -> list[float]:
    """A number, or an estimate and its interval, rounded to what is shown."""
    given = np.asarray(value, dtype=float).reshape(-1)
    rounded = [round(float(number), digits) + 0.0 for number in given]  # no -0
    if len(rounded) not in (1, 3) or not np.isfinite(given).all():
        text = f"{claim}: {name!r} must be a number, or an estimate with a low and a high end"
        raise ValueError(f"{text}, not {value!r}")
    if len(rounded) == 3 and not rounded[1] <= rounded[0] <= rounded[2]:
        raise ValueError(f"{claim}: {name!r} lies outside its interval: {value!r}")
    return rounded


def measured_in_words(record: dict) -> str:
    """What a claim's verdict rests on, in a line.

    Examples
    --------
    >>> record = {"found": [["AD", [16.0, -1.0, 33.0]]], "controls": [["energy", [7.0]]]}
    >>> measured_in_words(record | {"unit": "points", "digits": 0, "because": "few clips"})
    'AD: 16 [-1, 33] (points). Controls: energy: 7. Few clips'
    """
    found, controls = (in_words(record[of], record["digits"]) for of in ("found", "controls"))
    unit = f" ({record['unit']})" if record["unit"] and found else ""
    because = record["because"][:1].upper() + record["because"][1:]
    parts = [f"{found}{unit}", f"Controls: {controls}" if controls else "", because]
    return ". ".join(part for part in parts if part)


def in_words(pairs: Sequence[tuple[str, Sequence[float]]], digits: int) -> str:
    """Named numbers, with their intervals where they have one.

    Examples
    --------
    >>> in_words([("AD", [16.0, -1.0, 33.0]), ("energy", [7.0])], digits=0)
    'AD: 16 [-1, 33]; energy: 7'
    """
    words = []
    for name, (estimate, *ends) in pairs:
        interval = f" [{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]" if ends else ""
        words.append(f"{name}: {estimate:.{digits}f}{interval}")
    return "; ".join(words)


def as_tested(entry: dict, record: dict) -> str:
    """As what a claim was tested, and on how much.

    Examples
    --------
    >>> as_tested({"tested_as": "corrected"}, {"clips": 1, "trainings": 3})
    'their method corrected, 1 clip × 3 trainings'
    """
    counts = []
    for of in ("clips", "trainings"):
        if number := record.get(of):
            counts.append(f"{number} {of if number > 1 else of[:-1]}")
    return ", ".join([TESTED_AS[entry["tested_as"]], *([" × ".join(counts)] if counts else [])])


def fixed_in_words(entry: dict) -> str:
    """When a claim's rule was fixed, and what was known then.

    Examples
    --------
    >>> fixed_in_words({"fixed": "2026-11-26", "known": "no"})
    '2026-11-26, before the figures'
    """
    return f"{entry['fixed']}, {KNOWN[entry['known']]}"


def certainty(entry: dict, record: dict, other: dict | None = None) -> tuple[str, list[str]]:
    """How sure a verdict is, by a rule that knows no author: high, moderate or low, and why not
    higher.

    What only recomputes a source's own printed figures is arithmetic: high. Else it starts high,
    and each of these takes a step, two for the first if there is one training alone: fewer than
    three trainings, where networks are trained; fewer than twenty clips; no control beside it; our
    network and data in place of the source's; a rule fixed when figures were known; another verdict
    on the other data set. Up to one step is high, two or three are moderate, more are low.

    Parameters
    ----------
    entry : dict
        Of `load_claims`.
    record : dict
        What `check_claim` keeps.
    other : dict, optional
        The record on the other data set.

    Returns
    -------
    name : "high", "moderate" or "low"; "–" where nothing was decided
    steps : list of str

    Examples
    --------
    >>> entry = {"tested_as": "as published", "known": "no"}
    >>> record = {"verdict": "holds", "clips": 20, "trainings": 3, "controls": [["random", [0]]]}
    >>> certainty(entry, record)
    ('high', [])
    >>> certainty(entry | {"known": "yes"}, record | {"trainings": 1})
    ('moderate', ['one training', 'one training', 'the rule was fixed when figures were known'])
    """
    if record["verdict"] in (UNDECIDED, UNTESTABLE):
        return "–", []
    if entry["tested_as"] == "their tables":
        return "high", []
    trainings, steps = record["trainings"], []
    if 0 < trainings < 3:
        steps += ["one training"] * 2 if trainings == 1 else ["two trainings"]
    if record["clips"] < 20:
        steps.append("one clip" if record["clips"] == 1 else f"{record['clips'] or 'no'} clips")
    if not record["controls"]:
        steps.append("no control")
    if "analogue" in entry["tested_as"]:
        steps.append("our network and data")
    if entry["known"] != "no":
        steps.append("the rule was fixed when figures were known")
    if other and other["verdict"] != record["verdict"]:
        steps.append(f"{other['verdict']} on the other data set")
    return ("high" if len(steps) < 2 else "moderate" if len(steps) < 4 else "low"), steps


def verdict_of_parts(sides: Sequence[int], in_part: bool = False) -> str:
    """The verdict on a claim with several parts: it does not hold if one is clearly the other way
    round, and is undecided if none is, but not all are clear.

    Parameters
    ----------
    sides : sequence of int
        A part each: 1 where it is clearly as claimed, -1 where clearly not, 0 where that is open.
        See `statistics.clear_side`.
    in_part : bool, default False
        Whether some clear parts are enough for a verdict under a condition, which the caller names.

    Notebook: 06.

    Examples
    --------
    >>> verdict_of_parts([1, 1]), verdict_of_parts([1, 0]), verdict_of_parts([0, -1])
    ('holds', 'undecided', 'does not hold here')
    >>> verdict_of_parts([1, 0], in_part=True)
    'holds under a condition'
    """
    if min(sides) != 0:
        return FAILS if min(sides) < 0 else HOLDS
    return CONDITION if in_part and max(sides) > 0 else UNDECIDED
