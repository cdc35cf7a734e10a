"""Trees of plain values, as of TOML and JSON, that were sound once."""

import json
from typing import Any

from hypothesis import strategies as st

_FLOATS = "0.5 -0.0 1e-320 1e308 nan inf -inf 4.0 0.999999 1e-9"
_TEXTS = "a cnn adam true 8 > != é e\u0301 \u202e a.b metric accuracy filters [red] %s {0} \U0001f4a5"
_WHOLE = [0, 1, -1, 2, 3, 8, 16, 2**31, 2**32, 2**63, -(2**63), 10**30, 10**400]

numbers = st.sampled_from(_WHOLE) | st.sampled_from([float(text) for text in _FLOATS.split()])
texts = st.sampled_from([*_TEXTS.split(), "", " ", ">= 3", "> x", "x" * 5000, "a\nb"])
#: Odd values that are no lists or tables.
leaves = numbers | texts | st.booleans()


def nested(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return odd values, and lists and tables of them."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
    )


@st.composite
def bent(
    draw: st.DrawFn, sound: dict[str, Any], values: st.SearchStrategy[Any], keys: st.SearchStrategy[str]
) -> dict[str, Any]:
    """A sound table with a few of its values replaced, taken out or added, at any depth."""
    tree: dict[str, Any] = json.loads(json.dumps(sound))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = tree
        while inside := list(range(len(place)) if isinstance(place, list) else place):
            key = draw(st.sampled_from(inside))
            if not isinstance(place[key], dict | list) or not draw(st.integers(0, 4)):
                break
            place = place[key]
        if isinstance(place, dict) and not draw(st.integers(0, 3)):
            place[draw(keys)] = draw(values)
        elif inside and draw(st.integers(0, 5)):
            place[key] = draw(values)
        elif inside:
            del place[key]
    return tree
