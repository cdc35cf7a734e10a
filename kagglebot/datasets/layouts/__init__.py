"""The forms of competition that kagglebot can read: one module a layout, one line here."""

from kagglebot.datasets.layouts._base import Corpus, Layout
from kagglebot.datasets.layouts.pixel_columns import PixelColumns
from kagglebot.errors import DataError

LAYOUTS: tuple[Layout, ...] = (PixelColumns(),)


def recognise(corpus: Corpus) -> Layout:
    """Choose the layout that these files have.

    Raises:
        DataError: They have none that kagglebot knows.
    """
    for layout in LAYOUTS:
        if layout.recognises(corpus):
            return layout
    shown = ", ".join(str(path) for path in corpus.files[:5])
    more = f" and {len(corpus.files) - 5} more" if len(corpus.files) > 5 else ""
    missing = "" if corpus.find("train.csv") else "there is no train.csv among "
    raise DataError(
        f"The files are in no form that kagglebot knows: {missing}{shown}{more}.",
        "It reads image classification with one column a pixel (label,pixel0,pixel1,…) in train.csv and test.csv.",
    )
