"""Tiny copies of the image-classification competitions of MLE-bench, and of two for starters, in their real forms.

Names of files and columns, ids and samples are as the data pages and MLE-bench's preparation of the raw
data tell them; the images are digits.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from competition_files import ImageCompetition, draw
from tfrecord_files import tfrecords

_TRAIN, _TEST = 12, 4
_FLOWERS = ("daisy", "rose", "tulip")
_DISEASES = ("healthy", "multiple_diseases", "rust", "scab")
_CATHETERS = ("ETT - Abnormal", "ETT - Normal", "NGT - Abnormal", "CVC - Normal")


@dataclass(frozen=True)
class Form:
    """A competition: Kaggle's name of its metric, its form in a few words, and what writes its files."""

    metric: str
    form: str
    write: Callable[[ImageCompetition], None]


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{row:03x}" for row in range(count)]


def _labelled(
    files: ImageCompetition,
    table: str,
    header: str,
    row: Callable[[str, int], str],
    *,
    train: str = "train/{}.jpg",
    test: str = "test/{}.jpg",
    ending: str = "",
    sample: str,
    value: str,
    names: tuple[Sequence[str], Sequence[str]] = (_names("a", _TRAIN), _names("b", _TEST)),
) -> None:
    """Write images, the table of their labels, and the sample: ``ending`` is what ids have after the names."""
    files.draw(*map(train.format, names[0]), *map(test.format, names[1]))
    files.table(table, header, *(row(name + ending, number) for number, name in enumerate(names[0])))
    files.table("sample_submission.csv", sample, *(f"{name}{ending},{value}" for name in names[1]))


def _cactus(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "id,has_cactus",
        lambda name, row: f"{name},{row % 2}",
        ending=".jpg",
        sample="id,has_cactus",
        value="0.5",
    )


def _alaska(files: ImageCompetition) -> None:
    names = [f"{row:05}.jpg" for row in range(1, 7)]
    for number, folder in enumerate(("Cover", "JMiPOD", "JUNIWARD", "UERD")):
        files.draw(*(f"{folder}/{name}" for name in names), first=number)
    files.draw("Test/0001.jpg", "Test/0002.jpg")
    files.table("sample_submission.csv", "Id,Label", "0001.jpg,0.1", "0002.jpg,0.99")


def _aptos(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "id_code,diagnosis",
        lambda name, row: f"{name},{row % 5}",
        train="train_images/{}.png",
        test="test_images/{}.png",
        sample="id_code,diagnosis",
        value="0",
    )
    files.table("test.csv", "id_code", *_names("b", _TEST))


def _cassava(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "image_id,label",
        lambda name, row: f"{name},{row % 5}",
        train="train_images/{}.jpg",
        test="test_images/{}.jpg",
        ending=".jpg",
        sample="image_id,label",
        value="4",
    )
    files.files["label_num_to_disease_map.json"] = json.dumps({"0": "Cassava Bacterial Blight", "4": "Healthy"})
    files.files["train_tfrecords/ld_train00-1338.tfrec"] = tfrecords(
        [{"image": draw(0, suffix=".jpg"), "target": 1}]
    )


def _cdiscount(files: ImageCompetition) -> None:
    files.files |= {f"{name}.bson": b"\0" * 9 for name in ("train", "train_example", "test")}
    files.table("category_names.csv", "category_id,category_level1", "1000021794,ABONNEMENT")
    files.table("sample_submission.csv", "_id,category_id", "10,1000010653")


def _breeds(files: ImageCompetition) -> None:
    breeds = ("affenpinscher", "basenji", "whippet")
    _labelled(
        files,
        "labels.csv",
        "id,breed",
        lambda name, row: f"{name},{breeds[row % 3]}",
        sample="id,affenpinscher,basenji,whippet",
        value="0.3,0.3,0.4",
    )


def _dogs(files: ImageCompetition) -> None:
    files.draw(
        *(f"train/{name}.{row}.jpg" for name in ("cat", "dog") for row in range(6)), "test/1.jpg", "test/2.jpg"
    )
    files.table("sample_submission.csv", "id,label", "1,0.5", "2,0.5")


def _annotations(images: Sequence[str], key: str = "id", **more: object) -> str:
    return json.dumps(
        {
            "info": {"year": 2020},
            "annotations": [
                {"category_id": row % 4, "id": 70 + row, "image_id": name if key == "image_id" else row}
                for row, name in enumerate(images)
            ],
            "categories": [{"id": number, "name": f"Rosa {number}"} for number in range(4)],
            "images": [
                {"file_name": path, key: path if key == "image_id" else row, "height": 8, **more}
                for row, path in enumerate(images)
            ],
        }
    )


def _herbarium(top: str) -> Callable[[ImageCompetition], None]:
    def write(files: ImageCompetition) -> None:
        train = [f"images/000/{row % 4:02}/{row}.jpg" for row in range(_TRAIN)]
        test = [f"images/000/{row}.jpg" for row in range(_TEST)]
        files.draw(*(f"{top}train/{path}" for path in train), *(f"{top}test/{path}" for path in test))
        files.files[f"{top}train/metadata.json"] = _annotations(train)
        images = [{"file_name": path, "id": row} for row, path in enumerate(test)]
        files.files[f"{top}test/metadata.json"] = json.dumps({"images": images, "info": {}})
        files.table("sample_submission.csv", "Id,Predicted", *(f"{row},0" for row in range(_TEST)))

    return write


def _herbarium_2022(files: ImageCompetition) -> None:
    train = [f"000/{row % 4:02}/{row % 4:05}__{row:03}.jpg" for row in range(_TRAIN)]
    test = [f"000/test-{row:06}.jpg" for row in range(_TEST)]
    files.draw(*(f"train_images/{path}" for path in train), *(f"test_images/{path}" for path in test))
    files.files["train_metadata.json"] = _annotations(train, "image_id")
    files.files["test_metadata.json"] = json.dumps(
        [{"file_name": path, "image_id": str(row), "license": 0} for row, path in enumerate(test)]
    )
    files.table("sample_submission.csv", "Id,Predicted", *(f"{row},42" for row in range(_TEST)))


def _histopathologic(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train_labels.csv",
        "id,label",
        lambda name, row: f"{name},{row % 2}",
        train="train/{}.tif",
        test="test/{}.tif",
        sample="id,label",
        value="0",
    )


def _hotels(files: ImageCompetition) -> None:
    hotels = (36363, 53586, 18807, 64314, 60181)
    names = _names("a", _TRAIN)
    files.draw(*(f"train_images/{row % 3}/{name}.jpg" for row, name in enumerate(names)), "test_images/b.jpg")
    rows = (
        f"{name}.jpg,{row % 3},{hotels[row % 5]},2018-02-1{row % 9} 17:0{row % 9}:31"
        for row, name in enumerate(names)
    )
    files.table("train.csv", "image,chain,hotel_id,timestamp", *rows)
    files.table("sample_submission.csv", "image,hotel_id", "b.jpg,36363 53586 18807 64314 60181")


def _imet(files: ImageCompetition) -> None:
    attributes = ("448 2429", "448", "782 2429", "51 448 782")
    _labelled(
        files,
        "train.csv",
        "id,attribute_ids",
        lambda name, row: f"{name},{attributes[row % 4]}",
        train="train/{}.png",
        test="test/{}.png",
        sample="id,attribute_ids",
        value="0 1 2",
    )
    files.table("labels.csv", "attribute_id,attribute_name", "51,culture::french", "448,tags::men")


def _inaturalist(files: ImageCompetition) -> None:
    train = [f"train_val2019/Plants/{row % 4}/a{row:03x}.jpg" for row in range(_TRAIN)]
    test = [f"test2019/b{row:03x}.jpg" for row in range(_TEST)]
    files.draw(*train, *test)
    files.files["train2019.json"], files.files["val2019.json"] = _annotations(train[:8]), _annotations(train[8:])
    images = [{"file_name": path, "id": 268243 + row} for row, path in enumerate(test)]
    files.files["test2019.json"] = json.dumps({"images": images, "info": {}})
    files.table("kaggle_sample_submission.csv", "id,predicted", *(f"{268243 + row},0" for row in range(_TEST)))


def _invasive(files: ImageCompetition) -> None:
    names = [str(row + 1) for row in range(_TRAIN)], [str(row + 1) for row in range(_TEST)]
    _labelled(
        files,
        "train_labels.csv",
        "name,invasive",
        lambda name, row: f"{name},{row % 2}",
        sample="name,invasive",
        value="0.5",
        names=names,
    )


def _iwildcam_2019(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "category_id,date_captured,file_name,frame_num,id,location,rights_holder,seq_id,seq_num_frames,width,height",
        lambda name, row: f"{row % 3},2011-05-13 23:43:18,{name}.jpg,1,{name},33,Rob Slade,{name}-9,3,1024,747",
        train="train_images/{}.jpg",
        test="test_images/{}.jpg",
        sample="Id,Predicted",
        value="0",
    )


def _iwildcam_2020(files: ImageCompetition) -> None:
    train, test = _names("a", _TRAIN), _names("b", _TEST)
    files.draw(*(f"train/{name}.jpg" for name in train), *(f"test/{name}.jpg" for name in test))
    files.files["iwildcam2020_train_annotations.json"] = json.dumps(
        {
            "annotations": [
                {"count": 1, "image_id": name, "id": f"c{name}", "category_id": row % 3}
                for row, name in enumerate(train)
            ],
            "images": [
                {"seq_num_frames": 6, "location": row % 5, "file_name": f"{name}.jpg", "id": name}
                for row, name in enumerate(train)
            ],
            "categories": [{"id": 0, "name": "empty", "count": 4}],
        }
    )
    files.files["iwildcam2020_test_information.json"] = json.dumps(
        {"images": [{"file_name": f"{name}.jpg", "id": name, "location": 7} for name in test], "categories": []}
    )
    files.files["iwildcam2020_megadetector_results.json"] = json.dumps(
        {"images": [{"id": name, "detections": [{"bbox": [0, 0, 1, 1]}]} for name in train]}
    )
    files.table("sample_submission.csv", "Id,Category", *(f"{name},{row}" for row, name in enumerate(test)))


def _kuzushiji(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "image_id,labels",
        lambda name, row: f"{name},U+306F 1231 3465 133 53 U+304C 275 1652 84 69",
        train="train_images/{}.jpg",
        test="test_images/{}.jpg",
        sample="image_id,labels",
        value="U+003F 1 1 U+FF2F 2 2",
    )
    files.table("unicode_translation.csv", "Unicode,char", "U+306F,x")


def _leaves(files: ImageCompetition) -> None:
    names = [str(2 * row + 1) for row in range(_TRAIN)], [str(2 * row + 2) for row in range(_TEST)]
    species = ("Acer_Opalus", "Quercus_Ilex", "Tilia_Tomentosa")
    _labelled(
        files,
        "train.csv",
        "id,species,margin1,shape1",
        lambda name, row: f"{name},{species[row % 3]},0.0078{row},0.0006",
        train="images/{}.jpg",
        test="images/{}.jpg",
        sample="id,Acer_Opalus,Quercus_Ilex,Tilia_Tomentosa",
        value="0.3,0.3,0.4",
        names=names,
    )
    files.table("test.csv", "id,margin1,shape1", *(f"{name},0.0195,0.0006" for name in names[1]))


def _paddy(files: ImageCompetition) -> None:
    diseases = ("bacterial_leaf_blight", "blast", "normal")
    names = [f"1{row:05}" for row in range(_TRAIN)]
    files.draw(
        *(f"train_images/{diseases[row % 3]}/{name}.jpg" for row, name in enumerate(names)),
        *(f"test_images/2{row:05}.jpg" for row in range(_TEST)),
    )
    rows = (f"{name}.jpg,{diseases[row % 3]},ADT45,{45 + row}" for row, name in enumerate(names))
    files.table("train.csv", "image_id,label,variety,age", *rows)
    files.table("sample_submission.csv", "image_id,label", *(f"2{row:05}.jpg," for row in range(_TEST)))


def _pawpularity(files: ImageCompetition) -> None:
    _labelled(
        files,
        "train.csv",
        "Id,Subject Focus,Eyes,Pawpularity",
        lambda name, row: f"{name},0,1,{17 + 7 * row}",
        sample="Id,Pawpularity",
        value="38.4",
    )


def _pathology_2020(files: ImageCompetition) -> None:
    names = [f"Train_{row}" for row in range(_TRAIN)], [f"Test_{row}" for row in range(_TEST)]
    _labelled(
        files,
        "train.csv",
        f"image_id,{','.join(_DISEASES)}",
        lambda name, row: f"{name},{','.join(str(int(row % 4 == column)) for column in range(4))}",
        train="images/{}.jpg",
        test="images/{}.jpg",
        sample=f"image_id,{','.join(_DISEASES)}",
        value="0.25,0.25,0.25,0.25",
        names=names,
    )
    files.table("test.csv", "image_id", *names[1])


def _pathology_2021(files: ImageCompetition) -> None:
    labels = ("healthy", "scab frog_eye_leaf_spot complex", "scab", "complex", "rust", "frog_eye_leaf_spot")
    _labelled(
        files,
        "train.csv",
        "image,labels",
        lambda name, row: f"{name},{labels[row % 6]}",
        train="train_images/{}.jpg",
        test="test_images/{}.jpg",
        ending=".jpg",
        sample="image,labels",
        value="healthy",
    )


def _seedlings(files: ImageCompetition) -> None:
    species = ("Black-grass", "Fat Hen", "Sugar beet")
    files.draw(
        *(f"train/{species[row % 3]}/{name}.png" for row, name in enumerate(_names("a", _TRAIN))),
        *(f"test/{name}.png" for name in _names("b", _TEST)),
    )
    files.table(
        "sample_submission.csv", "file,species", *(f"{name}.png,Sugar beet" for name in _names("b", _TEST))
    )


def _catheters(files: ImageCompetition) -> None:
    def cells(row: int) -> str:
        return ",".join(str(int(column == row % 4 or (column == 3 and row % 3 == 0))) for column in range(4))

    _labelled(
        files,
        "train.csv",
        f"StudyInstanceUID,{','.join(_CATHETERS)},PatientID",
        lambda name, row: f"{name},{cells(row)},p{row // 2:03}",
        sample=f"StudyInstanceUID,{','.join(_CATHETERS)}",
        value="0,0,0,0",
    )
    files.table(
        "train_annotations.csv", "StudyInstanceUID,label,data", 'a000,CVC - Normal,"[[1487, 1279], [1477, 1168]]"'
    )
    files.files["train_tfrecords/00-1881.tfrec"] = tfrecords(
        [{"image": draw(0, suffix=".jpg"), "CVC - Normal": 1}]
    )


def _spine(files: ImageCompetition) -> None:
    studies = [f"1.2.826.0.1.{row}" for row in range(6)]
    files.files |= {f"train_images/{study}/{slice}.dcm": b"" for study in studies for slice in range(1, 4)}
    files.files |= {f"test_images/1.2.826.0.2.1/{slice}.dcm": b"" for slice in range(1, 4)}
    files.table("train.csv", "StudyInstanceUID,patient_overall,C1,C2", *(f"{study},1,0,1" for study in studies))
    rows = [f"1.2.826.0.2.1_{kind},1.2.826.0.2.1,{kind}" for kind in ("C1", "C2", "patient_overall")]
    files.table("test.csv", "row_id,StudyInstanceUID,prediction_type", *rows)
    files.table(
        "train_bounding_boxes.csv", "StudyInstanceUID,x,y,width,height,slice_number", f"{studies[0]},1,2,3,4,1"
    )
    files.table("sample_submission.csv", "row_id,fractured", *(f"{row.split(',')[0]},0.5" for row in rows))


def _mammograms(files: ImageCompetition) -> None:
    images = [(10006 + row // 4, 462822612 + row, "LR"[row // 2 % 2]) for row in range(_TRAIN)]
    files.files |= {f"train_images/{patient}/{image}.dcm": b"" for patient, image, _ in images}
    files.files |= {f"test_images/10008/{image}.dcm": b"" for image in (736471439, 1591370361)}
    files.table(
        "train.csv",
        "site_id,patient_id,image_id,laterality,view,age,cancer,biopsy",
        *(f"2,{patient},{image},{side},CC,61.0,{patient % 2},0" for patient, image, side in images),
    )
    files.table(
        "test.csv",
        "site_id,patient_id,image_id,laterality,view,age,prediction_id",
        *(f"2,10008,{image},L,{view},81,10008_L" for image, view in ((736471439, "MLO"), (1591370361, "CC"))),
    )
    files.table("sample_submission.csv", "prediction_id,cancer", "10008_L,0.021168")


def _tumours(files: ImageCompetition) -> None:
    for side, patients in (("train", range(0, 12, 2)), ("test", range(1, 4, 2))):
        files.files |= {
            f"{side}/{patient:05}/{kind}/Image-{number}.dcm": b""
            for patient in patients
            for kind in ("FLAIR", "T1w")
            for number in (1, 2)
        }
    files.table(
        "train_labels.csv",
        "BraTS21ID,MGMT_value",
        *(f"{patient:05},{patient // 2 % 2}" for patient in range(0, 12, 2)),
    )
    files.table("sample_submission.csv", "BraTS21ID,MGMT_value", "00001,0.5", "00003,0.5")


def _seti(files: ImageCompetition) -> None:
    def cadence(row: int) -> bytes:
        stream = io.BytesIO()
        np.save(stream, np.random.default_rng(row).normal(size=(6, 8, 8)).astype(np.float16))
        return stream.getvalue()

    train, test = _names("a", _TRAIN), _names("b", _TEST)
    files.files |= {f"train/a/{name}.npy": cadence(row) for row, name in enumerate(train)}
    files.files |= {f"test/b/{name}.npy": cadence(90 + row) for row, name in enumerate(test)}
    files.files["old_leaky_data/train_old/f/f00.npy"] = cadence(99)
    files.table("train_labels.csv", "id,target", *(f"{name},{row % 2}" for row, name in enumerate(train)))
    files.table("old_leaky_data/train_labels_old.csv", "id,target", "f00,1")
    files.table("sample_submission.csv", "id,target", *(f"{name},0.5" for name in test))


def _covid(files: ImageCompetition) -> None:
    studies = _names("a", _TRAIN)
    files.files |= {f"train/{study}/s/{study}i.dcm": b"" for study in studies} | {"test/b/s/bi.dcm": b""}
    kinds = "Negative for Pneumonia,Typical Appearance"
    files.table("train_study_level.csv", f"id,{kinds}", *(f"{study}_study,0,1" for study in studies))
    files.table(
        "train_image_level.csv", "id,boxes,label,StudyInstanceUID", f"a000i_image,,none 1 0 0 1 1,{studies[0]}"
    )
    files.table(
        "sample_submission.csv", "id,PredictionString", "b_study,negative 1 0 0 1 1", "bi_image,none 1 0 0 1 1"
    )


def _melanoma(files: ImageCompetition) -> None:
    names = [f"ISIC_{row:07}" for row in range(_TRAIN)], [f"ISIC_9{row:06}" for row in range(_TEST)]
    _labelled(
        files,
        "train.csv",
        "image_name,patient_id,sex,age_approx,anatom_site_general_challenge,diagnosis,benign_malignant,target",
        lambda name, row: (
            f"{name},IP_{row // 2:07},male,45.0,torso,unknown,{('benign', 'malignant')[row % 2]},{row % 2}"
        ),
        train="jpeg/train/{}.jpg",
        test="jpeg/test/{}.jpg",
        sample="image_name,target",
        value="0",
        names=names,
    )
    columns = "image_name,patient_id,sex,age_approx,anatom_site_general_challenge"
    files.table("test.csv", columns, *(f"{name},IP_9,male,70.0,torso" for name in names[1]))
    files.files |= {f"train/{name}.dcm": b"" for name in names[0]} | {f"test/{name}.dcm": b"" for name in names[1]}
    files.files["tfrecords/train00-2071.tfrec"] = tfrecords([{"image": draw(0, suffix=".jpg"), "target": 1}])


def _icebergs(files: ImageCompetition) -> None:
    def rows(prefix: str, count: int, **more: int) -> str:
        bands = np.random.default_rng(count).normal(-20, 5, (count, 2, 64)).round(3).tolist()
        return json.dumps(
            [
                {"id": f"{prefix}{row:03x}", "band_1": one, "band_2": two, "inc_angle": 43.9, **more}
                for row, (one, two) in enumerate(bands)
            ]
        )

    labelled = json.loads(rows("a", _TRAIN))
    for row, item in enumerate(labelled):
        item["is_iceberg"] = row % 2
    files.files["data/processed/train.json"] = json.dumps(labelled)
    files.files["data/processed/test.json"] = rows("b", _TEST)
    files.table("sample_submission.csv", "id,is_iceberg", *(f"b{row:03x},0.5" for row in range(_TEST)))


def _chests(files: ImageCompetition) -> None:
    names = _names("a", _TRAIN)
    files.files |= {f"train/{name}.dicom": b"" for name in names} | {"test/b.dicom": b""}
    rows = (f"{name},Cardiomegaly,3,R10,691.0,1375.0,1653.0,1831.0" for name in names)
    files.table("train.csv", "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max", *rows)
    files.table("sample_submission.csv", "image_id,PredictionString", "b,14 1 0 0 1 1")


def _whales(files: ImageCompetition) -> None:
    whales = ("new_whale", "w_1287fbc", "w_98baff9", "w_7554f44", "w_1eafe46")
    _labelled(
        files,
        "train.csv",
        "Image,Id",
        lambda name, row: f"{name},{whales[row % 5]}",
        ending=".jpg",
        sample="Image,Id",
        value=" ".join(whales),
    )


def _digits(files: ImageCompetition) -> None:
    pixels = [f"pixel{number}" for number in range(16)]
    cells = ",".join(map(str, range(16)))
    files.table(
        "train.csv", ",".join(["label", *pixels]), *(f"{row % 3},{row},{cells[2:]}" for row in range(_TRAIN))
    )
    files.table("test.csv", ",".join(pixels), *(f"{row},{cells[2:]}" for row in range(_TEST)))
    files.table("sample_submission.csv", "ImageId,Label", *(f"{row + 1},0" for row in range(_TEST)))


def _petals(files: ImageCompetition) -> None:
    for side in (192, 331):
        folder, size = f"tfrecords-jpeg-{side}x{side}", (side, side)
        pictures = [draw(row, size=size, suffix=".jpg") for row in range(_TRAIN)]
        rows = [{"image": each, "id": f"a{row}".encode(), "class": row % 3} for row, each in enumerate(pictures)]
        files.files[f"{folder}/train/00-{side}x{side}-8.tfrec"] = tfrecords(rows[:8])
        files.files[f"{folder}/val/00-{side}x{side}-4.tfrec"] = tfrecords(rows[8:])
        rows = [{"image": each, "id": f"b{row}".encode()} for row, each in enumerate(pictures[:_TEST])]
        files.files[f"{folder}/test/00-{side}x{side}-4.tfrec"] = tfrecords(rows)
    files.table("sample_submission.csv", "id,label", *(f"b{row},0" for row in range(_TEST)))


_TABLE, _JSON = "images, a table of labels", "images, annotations in JSON"
#: By Kaggle's name, in alphabetical order.
FORMS: dict[str, Form] = {
    "aerial-cactus-identification": Form("AUC", _TABLE, _cactus),
    "alaska2-image-steganalysis": Form("Weighted AUC", "a folder a method of hiding", _alaska),
    "aptos2019-blindness-detection": Form("QuadraticWeightedKappa", _TABLE, _aptos),
    "cassava-leaf-disease-classification": Form(
        "CategorizationAccuracy", "images, a table of labels, TFRecords too", _cassava
    ),
    "cdiscount-image-classification-challenge": Form("CategorizationAccuracy", "BSON", _cdiscount),
    "digit-recognizer": Form("CategorizationAccuracy", "a column a pixel", _digits),
    "dog-breed-identification": Form("MulticlassLoss", _TABLE, _breeds),
    "dogs-vs-cats-redux-kernels-edition": Form("LogLoss", "classes in file names", _dogs),
    "herbarium-2020-fgvc7": Form("Macro F-Score", _JSON, _herbarium("nybg2020/")),
    "herbarium-2021-fgvc8": Form("Macro F-Score", _JSON, _herbarium("")),
    "herbarium-2022-fgvc9": Form("Macro F-Score", _JSON, _herbarium_2022),
    "histopathologic-cancer-detection": Form("AUC", _TABLE, _histopathologic),
    "hotel-id-2021-fgvc8": Form("MAP@{K}", _TABLE, _hotels),
    "imet-2020-fgvc7": Form("F-Score Beta (Micro)", "images, a table with several labels a cell", _imet),
    "inaturalist-2019-fgvc6": Form("Categorization Error", _JSON, _inaturalist),
    "invasive-species-monitoring": Form("AUC", _TABLE, _invasive),
    "iwildcam-2019-fgvc6": Form("Macro F-Score", _TABLE, _iwildcam_2019),
    "iwildcam-2020-fgvc7": Form("CategorizationAccuracy", _JSON, _iwildcam_2020),
    "kuzushiji-recognition": Form("Kuzushiji F1", "characters and their places", _kuzushiji),
    "leaf-classification": Form("MulticlassLoss", _TABLE, _leaves),
    "paddy-disease-classification": Form("CategorizationAccuracy", _TABLE, _paddy),
    "petfinder-pawpularity-score": Form("RMSE", "images, a table of scores", _pawpularity),
    "plant-pathology-2020-fgvc7": Form("Mean Columnwise AUC", "images, a column a class", _pathology_2020),
    "plant-pathology-2021-fgvc8": Form(
        "Mean F-Score", "images, a table with several labels a cell", _pathology_2021
    ),
    "plant-seedlings-classification": Form("MeanFScore", "a folder a class", _seedlings),
    "ranzcr-clip-catheter-line-classification": Form(
        "Mean Columnwise AUC", "images, a column a class, several of them 1", _catheters
    ),
    "rsna-2022-cervical-spine-fracture-detection": Form(
        "Weighted Multi-Label Log Loss", "DICOM, a folder of slices a patient", _spine
    ),
    "rsna-breast-cancer-detection": Form("Probabilistic F Score", "DICOM, several images a breast", _mammograms),
    "rsna-miccai-brain-tumor-radiogenomic-classification": Form(
        "AUC", "DICOM, a folder of slices a patient", _tumours
    ),
    "seti-breakthrough-listen": Form("AUC", "arrays of six channels, a table of labels", _seti),
    "siim-covid19-detection": Form("Open Images Object Detection AP", "DICOM, boxes", _covid),
    "siim-isic-melanoma-classification": Form(
        "AUC", "images, a table of labels; DICOM and TFRecords too", _melanoma
    ),
    "statoil-iceberg-classifier-challenge": Form("LogLoss", "bands of pixels in JSON", _icebergs),
    "tpu-getting-started": Form("Macro F-Score", "TFRecords in several sizes", _petals),
    "vinbigdata-chest-xray-abnormalities-detection": Form("Mean Average Precision", "DICOM, boxes", _chests),
    "whale-categorization-playground": Form("MAP@{K}", _TABLE, _whales),
}
