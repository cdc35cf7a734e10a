"""The forms of competition that kagglebot can read: one module a layout, one line here."""

from kagglebot.datasets.layouts._base import CompetitionFiles, Layout
from kagglebot.datasets.layouts.class_folders import ClassFolders
from kagglebot.datasets.layouts.class_names import ClassNames
from kagglebot.datasets.layouts.named_images import NamedImages
from kagglebot.datasets.layouts.pixel_columns import PixelColumns
from kagglebot.datasets.layouts.pixel_text import PixelText
from kagglebot.errors import DataError

#: The first that recognises the files reads them: what a table says comes before what a folder's name may mean.
LAYOUTS: tuple[Layout, ...] = (PixelColumns(), PixelText(), NamedImages(), ClassFolders(), ClassNames())

_HINT = (
    "It reads image classification: a column a pixel or one column of pixels (train.csv, test.csv), images named "
    "by a table (train.csv: id,label), images in a folder a class, or with the class in their names."
)


def recognise(corpus: CompetitionFiles) -> Layout:
    """Choose the layout that these files have.

    Raises:
        DataError: They have none that kagglebot knows.
    """
    for layout in LAYOUTS:
        if layout.recognises(corpus):
            return layout
    shown = ", ".join(str(path) for path in corpus.files[:5])
    more = f" and {len(corpus.files) - 5} more" if len(corpus.files) > 5 else ""
    if not corpus.images:
        raise DataError(
            f"There are no images and no pixel columns in these files, as in a text or tabular competition, "
            f"which is out of scope: {shown}{more}.",
            _HINT,
        )
    raise DataError(
        f"The files are in no form that kagglebot knows: nothing says which class each of the "
        f"{len(corpus.images):,} images has: {shown}{more}.",
        _HINT,
    )
