"""All layouts: ours, one line each, and those of other packages, by entry points."""

from functools import cache

from kagglebot.datasets.layouts.annotations import Annotations
from kagglebot.datasets.layouts.class_folders import ClassFolders, only_folder
from kagglebot.datasets.layouts.class_names import ClassNames
from kagglebot.datasets.layouts.image_files.several_images import refuse_rows_of_classes
from kagglebot.datasets.layouts.image_files.unread_files import refuse_stacks, refuse_unread
from kagglebot.datasets.layouts.label_table import describe_mismatch, refuse_patients
from kagglebot.datasets.layouts.layout import CompetitionFiles, Layout
from kagglebot.datasets.layouts.named_images import NamedImages
from kagglebot.datasets.layouts.pixel_tables.pixel_columns import PixelColumns
from kagglebot.datasets.layouts.pixel_tables.pixel_text import PixelText
from kagglebot.datasets.layouts.pixel_tables.unread_pixels import refuse_unread_pixels
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.errors import DataError, UsageError
from kagglebot.system.listing import listed
from kagglebot.system.plugins import PLUGIN_HINT, load_plugins, make_plugin

#: The group of the entry points of other packages.
GROUP = "kagglebot.layouts"
#: In the order they are asked: what a table says comes before what the name of a folder may mean.
LAYOUTS: tuple[Layout, ...] = (
    PixelColumns(),
    PixelText(),
    NamedImages(),
    Annotations(),
    ClassFolders(),
    ClassNames(),
)

_SPREADSHEETS = {".xlsx", ".xls", ".ods"}

_HINT = (
    "It reads image classification: a column a pixel or one column of pixels (train.csv, test.csv), images named "
    "by a table (train.csv: id,label) or by annotations in JSON, images in a folder a class, or with the class in "
    "their names."
)


@cache
def known_layouts() -> tuple[Layout, ...]:
    """Return all layouts in the order they are asked: those of other packages, by name, then ours.

    Raises:
        UsageError: A plugin cannot be imported or made, is not a layout, or has the name of another.
    """
    plugins = tuple(_layout(entry, plugin) for entry, plugin in sorted(load_plugins(GROUP).items()))
    names = [layout.name for layout in (*plugins, *LAYOUTS)]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two layouts are called '{name}', one by an entry point in {GROUP}.", PLUGIN_HINT)
    return (*plugins, *LAYOUTS)


def _layout(entry: str, plugin: object) -> Layout:
    layout = make_plugin(GROUP, entry, plugin, Layout)  # type: ignore[type-abstract]  # a protocol of methods
    if not isinstance(layout.name, str):
        raise UsageError(f"The entry point '{entry}' in {GROUP} is not a Layout.", PLUGIN_HINT)
    return layout


def recognise(files: CompetitionFiles) -> Layout:
    """Return the first layout that recognises the files.

    Raises:
        DataError: None does.
        UsageError: A plugin cannot be used, see ``known_layouts``.
    """
    for layout in known_layouts():
        if layout.recognises(files):
            return layout
    if not files.images:
        refuse_unread(files.paths)
        refuse_unread_pixels(files)
        raise OutOfScope(
            f"There are no images and no pixel columns in these files, as in a text or tabular competition, "
            f"which is out of scope: {listed(files.paths)}.",
            _HINT,
        )
    if other := next((path for path in files.paths if path.suffix.lower() in _SPREADSHEETS), None):
        raise DataError(f"{other} is a spreadsheet, and kagglebot reads tables that are CSV files.", _HINT)
    refuse_stacks(files.images, len(files.sample.ids))
    refuse_rows_of_classes(files.sample.ids, files.index)
    refuse_patients(files)
    if mismatch := describe_mismatch(files):
        raise DataError(mismatch, "Name the column that has the names of the images with --id.")
    if folder := only_folder(files):
        raise DataError(
            f"All training images are in the folder {folder}, and no table names their classes: two "
            f"classes or more are needed.",
            _HINT,
        )
    raise DataError(
        f"The files have no layout that kagglebot knows: nothing shows which class each of the "
        f"{len(files.images):,} images has: {listed(files.paths)}.",
        _HINT,
    )
