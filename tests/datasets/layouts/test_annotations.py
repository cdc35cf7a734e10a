import json
from pathlib import Path
from typing import Any

import pytest
from competition_files import ImageCompetition

_CLASSES = ("17", "4", "230")


def _coco(images: list[dict[str, Any]], key: str = "id", first: str = "images", **more: Any) -> str:
    annotations = [
        {"id": 900 + row, "image_id": image[key], "category_id": int(_CLASSES[row % 3])}
        for row, image in enumerate(images)
    ]
    lists = {"info": {"year": 2020}, "images": images, "annotations": annotations, **more}
    return json.dumps({first: lists.pop(first), **lists}, indent=1)


@pytest.fixture
def plants(tmp_path: Path) -> ImageCompetition:
    """herbarium-2020: paths below each folder of its JSON, and test ids that are no file names."""
    plants = ImageCompetition(tmp_path)
    train = [f"images/{row:03}/7/{row}.jpg" for row in range(12)]
    test = [f"images/000/{row}.jpg" for row in range(4)]
    plants.draw(*(f"nybg/train/{path}" for path in train), *(f"nybg/test/{path}" for path in test))
    rows = [{"file_name": path, "id": 50 + row, "height": 8, "rights": "x"} for row, path in enumerate(train)]
    plants.files["nybg/train/metadata.json"] = _coco(rows)
    rows = [{"file_name": path, "id": 3 - row, "height": 8} for row, path in enumerate(test)]
    plants.files["nybg/test/metadata.json"] = json.dumps({"images": rows, "annotations": []})
    plants.table("sample_submission.csv", "Id,Predicted", *(f"{row},0" for row in range(4)))
    return plants


def test_annotations_name_the_class_of_each_image(plants: ImageCompetition) -> None:
    data = plants.load("Macro F-Score")
    schema = data.schema
    assert (schema.layout, schema.train_rows, schema.test_rows) == ("annotations", 12, 4)
    assert schema.classes == (4, 17, 230)
    assert [schema.classes[label] for label in data.train_labels[:3]] == [17, 4, 230]
    assert "metadata.json: only images are learned from, not 2 other columns (height, rights)." in (
        schema.data_notes
    )


def test_test_images_are_those_that_json_lists(plants: ImageCompetition) -> None:
    data = plants.load()
    assert list(data.test_ids) == ["0", "1", "2", "3"]
    reversed_images = data.test_images[::-1]
    del plants.files["nybg/test/metadata.json"]
    plants.files["nybg/test/metadata.json"] = json.dumps(
        [{"file_name": f"images/000/{row}.jpg", "image_id": row} for row in range(4)]
    )
    assert (plants.load().test_images == reversed_images).all()


@pytest.mark.parametrize("first", ["images", "annotations"])
def test_ids_may_be_stems_and_validation_images_are_trained_on(tmp_path: Path, first: str) -> None:
    animals = ImageCompetition(tmp_path)
    names = [f"9{row:02x}f" for row in range(12)]
    animals.draw(*(f"train_val2019/{name}.jpg" for name in names), "test2019/a1.jpg", "test2019/b2.jpg")
    for file, part in (("train2019.json", names[:9]), ("val2019.json", names[9:])):
        images = [{"image_id": name, "file_name": f"train_val2019/{name}.jpg", "location": 7} for name in part]
        animals.files[file] = _coco(images, "image_id", first, categories=[{"id": 4, "name": "owl"}])
    animals.table("kaggle_sample_submission.csv", "Id,Category", "a1,4", "b2,17")
    data = animals.load("Top-1 Error")
    assert (data.schema.train_rows, data.schema.layout) == (12, "annotations")
    assert (data.schema.metric, data.schema.classes) == ("top_1_error", (4, 17, 230))


def test_classes_are_named_as_the_sample_names_them(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    content["categories"] = [{"id": number, "name": f"Rosa {number}"} for number in (4, 17, 230)]
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    plants.table("sample_submission.csv", "Id,Predicted", *(f"{row},Rosa 17" for row in range(4)))
    assert plants.load().schema.classes == ("Rosa 17", "Rosa 230", "Rosa 4")


def test_another_key_can_be_the_class(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    for row, annotation in enumerate(content["annotations"]):
        annotation["genus_id"] = row % 2
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    assert plants.load(target="genus_id").schema.classes == (0, 1)
    plants.refused("No annotation has 'order_id'", target="order_id")
    plants.refused("no column for --id: JSON names the images by 'file_name'", target="", id="name")


def _annotate(plants: ImageCompetition, *annotations: dict[str, Any], **more: Any) -> None:
    """Add annotations, and other lists, to the JSON of the training images."""
    content = json.loads(plants.files["nybg/train/metadata.json"])
    content["annotations"] += annotations
    plants.files["nybg/train/metadata.json"] = json.dumps(content | more)


def test_an_image_may_have_several_classes(plants: ImageCompetition) -> None:
    more = [{"image_id": image, "category_id": label} for image, label in ((50, 230), (50, 17), (51, 230))]
    _annotate(plants, *more)
    data = plants.load("MeanFScore")
    schema = data.schema
    assert (schema.several, schema.classes, schema.metric) == (True, (4, 17, 230), "sample_f1")
    assert data.train_labels[:4].tolist() == [[0, 1, 1], [1, 0, 1], [0, 0, 1], [0, 1, 0]]
    assert (schema.train_rows, schema.prediction_kind) == (12, "set")


@pytest.mark.parametrize("cell", ["Rosa 17|Rosa 4", "Rosa 4"])
def test_sets_of_classes_are_named_as_the_sample_names_them(plants: ImageCompetition, cell: str) -> None:
    names = [{"id": number, "name": f"Rosa {number}"} for number in (4, 17, 230)]
    _annotate(plants, *({"image_id": image, "category_id": 230} for image in (50, 51)), categories=names)
    plants.table("sample_submission.csv", "Id,Predicted", *(f"{row},{cell}" for row in range(4)))
    if "|" not in cell:  # the sample shows one label, and a space cannot divide such names
        plants.refused("The class 'Rosa 17' has ' ' in its name", "MeanFScore")
        return
    schema = plants.load("MeanFScore").schema
    assert (schema.classes, schema.label_separator) == (("Rosa 17", "Rosa 230", "Rosa 4"), "|")


def test_a_single_image_of_several_classes_is_left_out(plants: ImageCompetition) -> None:
    _annotate(plants, {"image_id": 50, "category_id": 230})
    schema = plants.load("Macro F-Score").schema
    assert (schema.train_rows, schema.several) == (11, False)
    assert any(
        "nybg/train/images/000/7/0.jpg: they have no annotation, or several of different classes." in note
        for note in schema.data_notes
    )


def test_boxes_masks_points_and_texts_are_said_to_be_ignored(plants: ImageCompetition) -> None:
    box = {"bbox": [1, 2.5, 8, 4], "segmentation": {"counts": [1, 2], "size": [8, 8]}, "keypoints": [1, 2, 2] * 50}
    _annotate(plants, {"image_id": 53, "category_id": 17, **box, "tags": [], "captions": ["a rose on a wall"]})
    (note,) = (note for note in plants.load().schema.data_notes if "learned from" in note)
    assert note.startswith("metadata.json: only images are learned from, not 6 other columns (bbox, segm")
    assert note.endswith("bbox holds boxes or masks, segmentation holds boxes or masks, keypoints holds points.")


@pytest.mark.parametrize("cell", ["1 0.9 0 0 8 8", "0.5 10 -2 20 7 0.25 1 2 3 4", "rose 0 0 8 8"])
def test_a_sample_with_places_is_of_a_detection(plants: ImageCompetition, cell: str) -> None:
    plants.table("sample_submission.csv", "Id,Predicted", *(f"{row},{cell}" for row in range(4)))
    plants.refused(f"column Predicted: '{cell}' has places in the image beside the classes")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text[:-60], "metadata.json: it is cut off"),
        (lambda text: text.replace("images/003/7/3.jpg", "images/3/9.jpg"), "image 53: there is no file"),
    ],
)
def test_damage_is_refused(plants: ImageCompetition, change: Any, reason: str) -> None:
    plants.files["nybg/train/metadata.json"] = change(plants.files["nybg/train/metadata.json"])
    plants.refused(reason)


def test_annotations_of_images_that_are_not_listed_are_left_out(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    content["annotations"] += [{"id": 1, "image_id": image, "category_id": 4} for image in (999999, None)]
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    schema = plants.load("Macro F-Score").schema
    assert schema.train_rows == 12
    assert "Left out: annotations of 2 images that no list of images has." in schema.data_notes


@pytest.mark.parametrize("key", ["name", "filename", "title"])
def test_names_of_files_may_have_another_key(plants: ImageCompetition, key: str) -> None:
    text = plants.files["nybg/train/metadata.json"]
    assert isinstance(text, str)
    plants.files["nybg/train/metadata.json"] = text.replace('"file_name"', f'"{key}"')
    if key == "title":
        plants.refused("image 50: there is no file '50', and no list of images names files")
    else:
        assert plants.load().schema.train_rows == 12


def test_annotations_of_no_listed_image_are_refused(plants: ImageCompetition) -> None:
    images = [{"file_name": "x.jpg", "id": 1}]
    _annotate(plants, images=images)
    plants.refused("No list of images has any of the 12 images that are annotated")


def test_a_list_of_categories_is_several(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    for annotation in content["annotations"][:2]:
        annotation["category_id"] = [4, 17]
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    assert plants.load("MeanFScore").train_labels[:3].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
