"""The forms of image competitions: what is in which file, each as in the real competition named above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from practice_forms.files import Images, Tables

#: Names of training and test images: numbers from 0 or 1 in each, numbers over both, or hashes.
Ids = Literal["from 0", "from 1", "shared", "hashed"]


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes:
        classes: The class of each digit that is drawn, as the files write it.
        metric: Kaggle's name of the metric.
        header: The columns of the sample submission, the id first.
        blank: The value in every other column of it.
        files: How images and labels are written.
        asked: Where probabilities are asked for, the class of each column after the id.
        ids: Names of the images.
        id_suffix: What an id has after the name.
        sample: File name of the sample submission.
        sides: The least and the most pixels of height and width.
        colour: Whether the images have colour.
        rows: Number of training images.
    """

    classes: Mapping[int, str]
    metric: str
    header: tuple[str, ...]
    blank: str
    files: Tables | Images
    asked: tuple[str, ...] = ()
    ids: Ids = "hashed"
    id_suffix: str = ""
    sample: str = "sample_submission.csv"
    sides: tuple[int, int] = (24, 24)
    colour: bool = False
    rows: int = 400


def _named(*names: str) -> dict[int, str]:
    return dict(enumerate(names))


def _numbered(count: int) -> dict[int, str]:
    return {digit: str(digit) for digit in range(count)}


_ACCURACY = "CategorizationAccuracy"
_SEEDLINGS = ("Black-grass", "Common Chickweed", "Fat Hen", "Maize", "Sugar beet")
# Not in alphabetical order: a column stands for the class that it names, wherever it stands.
_LEAVES = ("Tilia_Tomentosa", "Acer_Opalus", "Quercus_Ilex", "Alnus_Rubra")

FORMS: dict[str, Form] = {
    # Kannada-MNIST
    "kannada": Form(
        classes=_numbered(5),
        metric=_ACCURACY,
        header=("id", "label"),
        blank="0",
        ids="from 0",
        files=Tables(test_ids=True),
        sides=(16, 16),
    ),
    # challenges-in-representation-learning-facial-expression-recognition-challenge
    "pixel-strings": Form(
        classes=_numbered(5),
        metric=_ACCURACY,
        header=("id", "emotion"),
        blank="0",
        ids="from 1",
        files=Tables(one_column=True),
        sides=(16, 16),
    ),
    # aerial-cactus-identification
    "image-files": Form(
        classes=_numbered(2),
        metric="AUC",
        header=("id", "has_cactus"),
        blank="0.5",
        asked=("1",),
        id_suffix=".jpg",
        files=Images("train/{id}.jpg", "test/{id}.jpg", table="train.csv", packed=".zip"),
        colour=True,
        rows=250,
    ),
    # cifar-10: training and test images have the same numbers
    "image-stems": Form(
        classes=_named("zero", "one", "two", "three", "four"),
        metric=_ACCURACY,
        header=("id", "label"),
        blank="two",
        ids="from 1",
        files=Images("train/{id}.png", "test/{id}.png", table="trainLabels.csv", packed=".7z"),
        sample="sampleSubmission.csv",
    ),
    # plant-seedlings-classification; that F-score is micro-averaged
    "class-folders": Form(
        classes=_named(*_SEEDLINGS),
        metric="MeanFScore",
        header=("file", "species"),
        blank="Sugar beet",
        id_suffix=".png",
        files=Images("train/{label}/{id}.png", "test/{id}.png"),
        sides=(20, 40),
        colour=True,
    ),
    # dogs-vs-cats-redux-kernels-edition
    "name-prefix": Form(
        classes={3: "cat", 7: "dog"},
        metric="LogLoss",
        header=("id", "label"),
        blank="0.5",
        asked=("dog",),
        ids="from 1",
        files=Images("train/{label}.{number}.jpg", "test/{id}.jpg", packed=".zip"),
        sides=(20, 40),
        colour=True,
        rows=250,
    ),
    # leaf-classification
    "wide": Form(
        classes=_named(*_LEAVES),
        metric="MulticlassLoss",
        header=("id", *_LEAVES),
        blank=str(1 / len(_LEAVES)),
        asked=_LEAVES,
        ids="shared",
        files=Images("images/{id}.jpg", "images/{id}.jpg", table="train.csv", target="species", margins=3),
        sides=(20, 40),
    ),
    # aptos2019-blindness-detection
    "graded": Form(
        classes=_numbered(5),
        metric="QuadraticWeightedKappa",
        header=("id_code", "diagnosis"),
        blank="0",
        files=Images(
            "train_images/{id}{suffix}",
            "test_images/{id}{suffix}",
            table="train.csv",
            suffixes=(".tif", ".webp"),
        ),
        colour=True,
    ),
    # humpback-whale-identification
    "ranked": Form(
        classes=_named("new_whale", *(f"w_{digit}" for digit in range(1, 10))),
        metric="MAP@{K}",
        header=("Image", "Id"),
        blank="new_whale w_3 w_1 w_7 w_5",
        id_suffix=".jpg",
        files=Images("train/{id}.jpg", "test/{id}.jpg", table="train.csv"),
    ),
    # images in a tar archive, as many older competitions have them
    "tar": Form(
        classes=_numbered(5),
        metric=_ACCURACY,
        header=("image", "label"),
        blank="0",
        ids="from 1",
        id_suffix=".png",
        files=Images("train_images/{id}.png", "test_images/{id}.png", table="train.csv", packed=".tar.gz"),
    ),
}
