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
    assert "metadata.json: only images are learned from; ignored: 2 other columns (height, rights)." in (
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


def test_several_classes_an_image_are_refused_by_what_was_seen(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    content["annotations"].append({"image_id": 50, "category_id": 230})
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    plants.refused("image 50: it has annotations of 17 and 230, as have 1 of 12 images: several classes")


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


def test_a_list_of_categories_is_several(plants: ImageCompetition) -> None:
    content = json.loads(plants.files["nybg/train/metadata.json"])
    content["annotations"][0]["category_id"] = [4, 17]
    plants.files["nybg/train/metadata.json"] = json.dumps(content)
    plants.refused(r"image 50: it has annotations of 4 and 17, as have 1 of 12 images")
