"""Fuzzed input files: an error message or a result, never a hang, a traceback or a file elsewhere.

The long form tries FUZZ_EXAMPLES of each kind, 2,000 unless told otherwise, and says how many it tried:

    pytest -m long -s tests/datasets/fuzz/test_input_files.py
"""

import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import signal
import stat
import struct
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import py7zr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kagglebot.datasets.archive.unpack import unpack
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.images.image_file import CorruptImage, read_header, read_pixels
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import KagglebotError
from kagglebot.study_config.load import parse_definition
from kagglebot.submission.csv_check import check_submission

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="POSIX signals")

QUICK, LONG = 40, int(os.environ.get("FUZZ_EXAMPLES", "2000"))
#: No input takes a hundredth of this, so whatever does hangs.
HANG_SECONDS = 60
#: More than any of the archives may unpack to.
BOUND = 1 << 22

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, (1 << 63) - 1]
NAMES = [
    *("train.csv", "a/b.png", "a", "A", "a/", "./a", "a/./b", "..", "../evil", "a/../../evil", "/evil", "//evil"),
    *("C:/evil", "C:evil", "..\\evil", "\\\\host\\evil", "con", "nul.txt", "a\0b", "a\nb", "\u202egnp.exe", "?\0"),
    *("e\u0301", "\u00e9", "\ud800", "x" * 300, "/".join("d" * 90), ".", "?", " ", "-rf", "~", "$HOME", "x.zip"),
    *("x.tar", "x.7z", "x.gz", "x.tar.gz", "x.tgz", "__MACOSX/a", ".DS_Store", "files", "{SANDBOX}/evil"),
]


# Bytes that were sound once.


@st.composite
def bent(
    draw: st.DrawFn, sound: st.SearchStrategy[bytes], repair: Callable[[bytearray], None] | None = None
) -> bytes:
    """Sound bytes with a few pieces changed, and perhaps with checksums that fit again."""
    data = bytearray(draw(sound))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 4]))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([1, 2, 4, 8, 32, 200]))
        match draw(st.sampled_from(["bytes", "number", "cut", "drop", "again", "other"])):
            case "bytes":
                data[place : place + length] = draw(st.binary(min_size=length, max_size=length))
            case "number":
                width, order = draw(st.sampled_from([1, 2, 4, 8])), draw(st.sampled_from(["little", "big"]))
                number = draw(st.sampled_from(NUMBERS)) % (1 << 8 * width)
                data[place : place + width] = number.to_bytes(width, order)
            case "cut":
                del data[place:]
            case "drop":
                del data[place : place + length]
            case "again":
                data[place:place] = data[place : place + length]
            case "other":
                start = draw(st.integers(0, len(data)))
                data[place : place + length] = data[start : start + length]
    if repair is not None and draw(st.booleans()):
        with suppress(struct.error, IndexError):
            repair(data)
    return bytes(data)


def mend_tar(data: bytearray) -> None:
    for start in range(0, len(data) - 511, 512):
        if data[start + 257 : start + 262] == b"ustar":
            data[start + 148 : start + 156] = b" " * 8
            data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])


def mend_7z(data: bytearray) -> None:
    offset, size = struct.unpack_from("<QQ", data, 12)
    struct.pack_into("<I", data, 28, zlib.crc32(data[32 + offset : 32 + offset + size]))
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:32]))


def mend_png(data: bytearray) -> None:
    place = 8
    while place + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        struct.pack_into(">I", data, place + 8 + size, zlib.crc32(data[place + 4 : place + 8 + size]))
        place += 12 + size


# Archives.

plain = st.integers(0, 99).map("images/{}.png".format)
names = plain | plain | plain | plain | st.sampled_from(NAMES) | st.text(min_size=1, max_size=12)
contents = st.binary(max_size=60) | st.sampled_from(
    [b"", b"id,label\n1,2\n" * 9, bytes(range(256)), bytes(3_000_000)]
)
entries = st.lists(st.tuples(names, contents), max_size=4)
ZIP_KINDS = [stat.S_IFREG] * 40 + [0, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK]
ZIP_METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
TAR_KINDS = [*[tarfile.REGTYPE] * 40, *(bytes([kind]) for kind in b"123456\0SxgLKDV?")]
TAR_FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
TAR_HEADERS = [{}, {"size": "-1"}, {"path": "../evil"}, {"size": "9" * 30}, {"GNU.sparse.map": "0,9"}]
SEVEN_ZIP_CHAINS = {
    "lzma2": {"id": py7zr.FILTER_LZMA2, "preset": 1},
    "lzma": {"id": py7zr.FILTER_LZMA, "preset": 1},
    "deflate": {"id": py7zr.FILTER_DEFLATE},
    "bzip2": {"id": py7zr.FILTER_BZIP2},
    "ppmd": {"id": py7zr.FILTER_PPMD, "order": 6, "mem": 16},
    "zstd": {"id": py7zr.FILTER_ZSTD},
    "copy": {"id": py7zr.FILTER_COPY},
}
COMPRESSORS = {
    ".gz": partial(gzip.compress, mtime=0),
    ".bz2": bz2.compress,
    ".xz": partial(lzma.compress, preset=0),
}


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that are there twice
        for name, content in draw(entries):
            entry = zipfile.ZipInfo(name.encode(errors="replace").decode().strip("\0") or "?")
            entry.compress_type = draw(st.sampled_from(ZIP_METHODS))
            entry.external_attr = draw(st.sampled_from(ZIP_KINDS)) << 16
            target.writestr(entry, content)
    return stream.getvalue()


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    stream = io.BytesIO()
    form = draw(st.sampled_from(TAR_FORMS))
    with tarfile.open(fileobj=stream, mode="w", format=form) as target:
        for name, content in draw(entries):
            entry = tarfile.TarInfo(name)
            entry.type = draw(st.sampled_from(TAR_KINDS))
            entry.linkname = draw(st.sampled_from(["", "a", "/etc/passwd", "../../evil", "{SANDBOX}/evil"]))
            entry.size = len(content) if entry.isreg() else 0
            entry.pax_headers = draw(st.sampled_from(TAR_HEADERS)) if form == tarfile.PAX_FORMAT else {}
            with suppress(ValueError, UnicodeError, KeyError):  # what this form of tar has no room for
                target.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@cache  # it writes the time of day
def seven_zip(chain: str, encoded_header: bool, files: tuple[tuple[str, bytes], ...]) -> bytes:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=[SEVEN_ZIP_CHAINS[chain]]) as target:
        target.set_encoded_header_mode(encoded_header)
        for name, content in files:
            with suppress(ValueError, UnicodeError):  # names that py7zr itself would not write
                target.writestr(content, name)
    return stream.getvalue()


seven_zips = st.builds(
    seven_zip,
    st.sampled_from(sorted(SEVEN_ZIP_CHAINS)),
    st.booleans(),
    st.lists(st.tuples(names, contents)).map(tuple),
)
ARCHIVES = {".zip": bent(zips()), ".tar": bent(tars(), mend_tar), ".7z": bent(seven_zips, mend_7z)}


@st.composite
def packed(draw: st.DrawFn, suffix: str) -> bytes:
    """An archive in the zip that Kaggle would send; compressed once more, as it goes."""
    inner = draw(ARCHIVES[suffix])
    name = draw(st.sampled_from([f"train{suffix}", f"a/b{suffix}", f"..{suffix}", f"{suffix[1:]}{suffix}"]))
    for ending in draw(st.lists(st.sampled_from(sorted(COMPRESSORS)), max_size=2)):
        name, inner = name + ending, draw(bent(st.just(COMPRESSORS[ending](inner))))
    return in_zip({name: inner})


def in_zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def check_archive(content: bytes, sandbox: Path) -> None:
    archive, folder = sandbox / "archive.zip", sandbox / "deep" / "out" / "files"
    folder.parent.mkdir(parents=True)
    archive.write_bytes(content.replace(b"{SANDBOX}", bytes(sandbox)))
    left: list[Path] = []
    try:
        members = unpack(archive, folder, max_bytes=BOUND)
    except KagglebotError:
        left = [path for path in sandbox.rglob("*") if path not in (archive, *folder.parents)]
        assert not left
        raise
    left = [path for path in sandbox.rglob("*") if path not in (archive, *folder.parents)]
    assert all(folder in (path, *path.parents) for path in left), left
    files = [path for path in left if not path.is_dir() or path.is_symlink()]
    assert all(path.is_file() and not path.is_symlink() for path in files), files
    assert {path.relative_to(folder).as_posix() for path in files} == {str(member.path) for member in members}
    assert sum(path.stat().st_size for path in files) <= BOUND


# Images.

MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "I;16", "I;16B", "F"]
EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"  # lies on its side
FORMATS = ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"]
EMPTY_IMAGES = [
    *(b"", b"\x89PNG\r\n\x1a\n", b"BM" + bytes(60), b"GIF89a" + bytes(7) + b"\x3b", b"\xff\xd8\xff\xd9"),
    b"GIF89a\0\0\0\0\0\0\0,\0\0\0\0\0\0\0\0\0\x02\x02\x44\x01\0\x3b",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"P6 0 0 255\n",
]


@cache
def drawn(form: str, mode: str, height: int, width: int, extra: str = "") -> bytes:
    pixels = np.random.default_rng(height).integers(0, 256, (height, width, 3)).astype(np.uint8)
    image, stream = Image.fromarray(pixels), io.BytesIO()
    image = image.convert("L").convert(mode) if mode[0] in "IF" or mode in ("LA", "PA") else image.convert(mode)
    frames = {"save_all": True, "append_images": [image.copy()]}
    image.save(stream, form, **({"turned": {"exif": EXIF}, "frames": frames}.get(extra, {})))
    return stream.getvalue()


@st.composite
def images(draw: st.DrawFn) -> bytes:
    form, (height, width) = (
        draw(st.sampled_from(FORMATS)),
        draw(st.sampled_from([(1, 1), (8, 8), (1, 3000), (33, 7)])),
    )
    mode, extra = draw(st.sampled_from(MODES)), draw(st.sampled_from(["", "turned", "frames"]))
    try:
        return drawn(form, mode, height, width, extra)
    except (OSError, ValueError, KeyError, TypeError):  # not every format has every mode
        return drawn(form, "L", height, width)


def check_image(content: bytes, sandbox: Path) -> None:
    path = sandbox / "image"
    path.write_bytes(content)
    for shape, fit in (((5, 7, 1), "stretch"), ((4, 4, 3), "crop"), ((9, 2, 3), "pad")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in the processes that read images
            header = read_header(path)
            assert header.height > 0 and header.width > 0
            pixels = read_pixels(path, shape, fit)
            assert pixels.shape == shape and pixels.dtype == np.uint8


# Tables.

CELLS = [
    *(
        "",
        "0",
        "1",
        "255",
        "256",
        "-1",
        "1.0",
        "1e3",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "\u00b2",
        "\u0663",
        "0x10",
        " 7 ",
    ),
    *('"', '""', '"a,b"', "a\0b", "\ufeff", "\u2028", "\r", "\n", ",", ";", "\t", "1" * 20, "1" * 5000, "x" * 300),
    *(
        "=cmd()",
        "None",
        "True",
        "label",
        "pixel0",
        "9" * 400,
        "\x1a",
        "'",
        "\\",
        "1_0",
        "+1",
        "-0",
        "00",
        "\ud7ff",
    ),
]
cells = st.sampled_from(CELLS) | st.text(max_size=6)
TRAIN = "label,pixel0,pixel1,pixel2,pixel3\n" + "".join(f"{row % 3},{row},0,128,255\n" for row in range(6))
TEST = "pixel0,pixel1,pixel2,pixel3\n" + "1,2,3,4\n" * 4
ANSWERS = "ImageId,Label\n1,0\n2,1\n3,0\n4,0\n"
LABELS = "id,label\n" + "".join(f"{row},{row % 2}\n" for row in range(6))
PICTURES = {f"train/{row}.png": drawn("PNG", "L", 8, 8) for row in range(6)}
PICTURES |= {f"test/{row}.png": drawn("PNG", "L", 8, 8) for row in range(6, 8)}


@st.composite
def bent_table(draw: st.DrawFn, text: str) -> bytes:
    """A CSV file with some cells, rows and columns changed, and in the end some bytes."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        row = draw(st.sampled_from(rows))  # no row more often than another
        place = draw(st.sampled_from(range(max(1, len(row)))))
        match draw(st.sampled_from(["cell", "column", "drop", "again", "shuffle", "gone"])):
            case "cell":
                row[place : place + 1] = [draw(cells)]
            case "column":
                for each in rows:
                    each[place : place + 1] = [draw(cells)]
            case "drop":
                del row[place : place + 1]
            case "again":
                rows.append(list(row))
            case "shuffle":
                random.Random(place).shuffle(rows)
            case "gone":
                del rows[1 + place :]
    end = draw(st.sampled_from(["\n"] * 12 + ["\r\n", "\r", "\n\n"]))
    encoding = draw(st.sampled_from(["utf-8"] * 20 + ["utf-8-sig", "utf-16", "latin-1"]))
    whole = (end.join(",".join(row) for row in rows) + end).encode(encoding, errors="replace")
    return draw(bent(st.just(whole))) if draw(st.booleans()) else whole


tables = st.tuples(bent_table(TRAIN), bent_table(TEST), bent_table(ANSWERS)).map(
    lambda files: in_zip(dict(zip(("train.csv", "test.csv", "sample_submission.csv"), files, strict=True)))
)
labelled = st.tuples(bent_table(LABELS), bent_table("id,label\n6,0\n7,0\n"), images()).map(
    lambda files: in_zip(
        {**PICTURES, **dict(zip(("train.csv", "sample_submission.csv", "train/3.png"), files, strict=True))}
    )
)


def check_competition(content: bytes, sandbox: Path) -> None:
    archive, data = sandbox / "archive.zip", sandbox / "data" / "odd"
    archive.write_bytes(content)
    schema = ingest(archive, data, competition="odd", metric_name="Categorization Accuracy")
    dataset = load_dataset(data)
    labels = dataset.train_labels
    assert dataset.train_images.shape == (len(labels), *schema.image_shape)
    assert dataset.test_images.shape == (schema.test_rows, *schema.image_shape)
    assert labels.min() >= 0 and labels.max() < len(schema.classes)


def check_answers(content: bytes, sandbox: Path) -> None:
    path = sandbox / "out.csv"
    path.write_bytes(content)
    wanted = {"classes": (0, 1), "prediction_kind": "label", "metric": "accuracy"}
    if len(content) % 2:
        wanted |= {"prediction_kind": "probability", "metric": "auc", "column_classes": (1,)}
    facts = {"competition": "odd", "layout": "pixel columns", "digest": "0", "id_column": "ImageId"}
    shape = {"target_column": "Label", "train_rows": 6, "test_rows": 4, "image_shape": (2, 2, 1)}
    schema = Schema(**facts, **shape, **wanted)  # type: ignore[arg-type]
    assert check_submission(path, Sample(("ImageId", "Label"), ("1", "2", "3", "4")), schema) == 4


# Definitions.

DEFINITION = b"""family = "cnn"
seed = 3
[validation]
folds = 3
[sampler]
name = "tpe"
[space]
filters = { low = 4, high = 16, step = 4 }
head = { choices = ["pooling", "dense"] }
dense_units = { low = 8, high = 64, log = true, when = { head = "dense" } }
[fixed]
epochs = 2
[[trials]]
filters = 8
head = "pooling"
"""
DEEP = [b"a=" + b"[" * 9000, b"[a." + b"a." * 9000 + b"a]", b"seed = 9" + b"9" * 9000]


def check_definition(content: bytes, sandbox: Path) -> None:
    parse_definition(content, sandbox / "odd.toml", "odd")


# How they are tried.


@dataclass(frozen=True)
class Kind:
    """Inputs of a kind, and how often they are tried in comparison with others."""

    inputs: st.SearchStrategy[bytes]
    check: Callable[[bytes, Path], None]
    share: float = 1.0


KINDS = {
    "zip": Kind(bent(zips()), check_archive),
    "zip in zip": Kind(packed(".zip"), check_archive),
    "tar": Kind(packed(".tar"), check_archive),
    "7z": Kind(packed(".7z"), check_archive),
    "image": Kind(bent(images(), mend_png) | st.sampled_from(EMPTY_IMAGES), check_image, 2.0),
    "tables": Kind(tables, check_competition),
    "images with labels": Kind(labelled, check_competition, 0.5),
    "submission": Kind(bent_table(ANSWERS), check_answers, 2.0),
    "definition": Kind(bent(st.just(DEFINITION)) | st.sampled_from(DEEP), check_definition),
}


class Hang(BaseException):
    """Nothing that catches exceptions catches this."""


@contextmanager
def no_hang() -> Iterator[None]:
    def tell(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, tell)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fuzz(kind: Kind, examples: int, *, fixed: bool) -> Counter[str]:
    """Try so many inputs, the same ones each time where ``fixed``; count how they ended."""
    ended: Counter[str] = Counter()

    @settings(
        max_examples=int(examples * kind.share),
        deadline=None,
        derandomize=fixed,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(kind.inputs)
    def attempt(content: bytes) -> None:
        sandbox = Path(tempfile.mkdtemp(dir=tempfile.mkdtemp(prefix="kagglebot-fuzz-")))
        try:
            with no_hang():
                kind.check(content, sandbox)
            ended["result"] += 1
        except (KagglebotError, CorruptImage) as error:
            assert 0 < len(str(error)) < 3000
            ended["error"] += 1
        finally:
            beside = list(sandbox.parent.iterdir())
            shutil.rmtree(sandbox.parent)
        assert beside == [sandbox]

    attempt()
    return ended


@pytest.mark.parametrize("kind", KINDS)
def test_files_from_outside_end_in_an_error_or_a_result(kind: str) -> None:
    ended = fuzz(KINDS[kind], QUICK, fixed=True)
    assert ended["error"] and ended["result"]  # of both, or the inputs are not worth much


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", KINDS)
def test_many_files_from_outside(kind: str) -> None:
    ended = fuzz(KINDS[kind], LONG, fixed=False)
    errors, results = ended["error"], ended["result"]
    print(f"\n{kind}: {ended.total():,} inputs tried, {errors:,} errors in words, {results:,} results")


def test_a_bent_header_with_mended_checksums_is_looked_into() -> None:
    tar, seven = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as target:
        target.addfile(tarfile.TarInfo("name"))
    bent_tar = bytearray(tar.getvalue().replace(b"name", b"game"))
    mend_tar(bent_tar)
    with tarfile.open(fileobj=io.BytesIO(bent_tar)) as source:
        assert source.getnames() == ["game"]
    with py7zr.SevenZipFile(seven, "w") as target:
        target.set_encoded_header_mode(False)
        target.writestr(b"x", "name")
    bent_seven = bytearray(seven.getvalue().replace("name".encode("utf-16le"), "game".encode("utf-16le")))
    mend_7z(bent_seven)
    with py7zr.SevenZipFile(io.BytesIO(bent_seven)) as source:
        assert source.getnames() == ["game"]
    png = bytearray(drawn("PNG", "L", 8, 8))
    png[23] = 4  # 8 rows of 8 pixels are now said to be 4
    mend_png(png)
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (8, 4)
