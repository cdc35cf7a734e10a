"""Environment variables: set for a while, and those that tell a notebook."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for the block; a value of None removes one."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def in_kaggle_notebook() -> bool:
    """Return whether this runs in a notebook or script on one of Kaggle's machines."""
    return bool(os.environ.get("KAGGLE_KERNEL_RUN_TYPE"))


def in_notebook() -> bool:
    """Return whether a cell of a notebook started this, whose output is a page and no terminal."""
    # Jupyter says who started its kernels; Colab and editors start some in ways of their own. Of the two variables
    # that every IPython kernel sets, nobody else sets both to this.
    of_kernel = (os.environ.get("TERM"), os.environ.get("GIT_PAGER")) == ("xterm-color", "cat")
    return in_kaggle_notebook() or bool(os.environ.get("JPY_PARENT_PID")) or of_kernel
