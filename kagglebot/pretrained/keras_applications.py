"""Nets of keras.applications that prepare pixels themselves, with their published weights.

The files and their digests are those of Keras 3: ``WEIGHTS_HASHES`` in the modules of ``keras.applications``.
"""

from dataclasses import dataclass
from typing import Any

_ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class Application:
    """A net of keras.applications.

    Attributes:
        name: As a study definition writes it.
        function: The function of ``keras.applications`` that builds it.
        features: Number of features it returns for an image.
        folder: Folder of its weights on Keras's server.
        file: The file of weights without the classifier.
        checksum: The file's digest, "sha256:..." or "md5:...".
        multiply_adds: Operations for an image; see ``backbones.Backbone``.
        activations: Likewise.
        weights: Likewise.
        layers: Likewise.
        side: Side in pixels of the images that its weights were learned on.
    """

    name: str
    function: str
    features: int
    folder: str
    file: str
    checksum: str
    multiply_adds: int
    activations: int
    weights: int
    layers: int
    side: int = 224

    @property
    def url(self) -> str:
        """The address of the file."""
        return f"{_ADDRESS}/{self.folder}/{self.file}"


def _mobilenet(size: str, features: int, md5: str, *work: int) -> Application:
    file = f"weights_mobilenet_v3_{size}_224_1.0_float_no_top_v2.h5"
    name = f"mobilenet-v3-{size}"
    return Application(name, f"MobileNetV3{size.title()}", features, "mobilenet_v3", file, f"md5:{md5}", *work)


def _efficientnet(size: str, features: int, md5: str, *work: int) -> Application:
    name, file = f"efficientnet-v2-{size}", f"efficientnetv2-{size}_notop.h5"
    return Application(
        name, f"EfficientNetV2{size.upper()}", features, "efficientnet_v2", file, f"md5:{md5}", *work
    )


def _convnext(size: str, features: int, sha256: str, *work: int) -> Application:
    name, file = f"convnext-{size}", f"convnext_{size}_notop.h5"
    return Application(name, f"ConvNeXt{size.title()}", features, "convnext", file, f"sha256:{sha256}", *work)


NETS = (
    _mobilenet("small", 576, "d3e8ec802a04aa4fc771ee12a9a9b836", 54_896_576, 1_415_656, 939_120, 52),
    _mobilenet("large", 960, "07fb09a5933dd0c8eaafa16978110389", 214_080_960, 4_404_888, 2_996_352, 62),
    _efficientnet("b0", 1280, "893217f2bb855e2983157299931e43ff", 716_806_176, 4_772_400, 5_919_312, 91),
    _efficientnet("b1", 1280, "0e80663031ca32d657f9caa404b6ec37", 1_014_579_232, 6_242_356, 6_931_124, 111, 240),
    _efficientnet("b2", 1408, "1dfe2e7a5d45b6632553a8961ea609eb", 1_167_422_832, 6_744_350, 8_769_374, 116, 260),
    _efficientnet("b3", 1536, "f6abf7b5849ac99a89b50dd3fd532856", 1_608_442_624, 8_430_006, 12_930_622, 136, 300),
    _efficientnet("s", 1280, "af0682fb74e8c54910f2d4393339c070", 2_848_615_872, 12_193_464, 20_331_360, 170, 384),
    _efficientnet("m", 1280, "1b8dc055df72dde80d614482840fe342", 5_360_927_200, 19_617_644, 53_150_388, 245, 480),
    _convnext(
        "tiny",
        768,
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        4_454_763_264,
        13_434_624,
        27_820_128,
        58,
    ),
    _convnext(
        "small",
        768,
        "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
        8_682_944_256,
        21_563_136,
        49_454_688,
        112,
    ),
    _convnext(
        "base",
        1024,
        "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
        15_353_705_472,
        28_750_848,
        87_566_464,
        112,
    ),
)


def build(net: Application) -> Any:
    """Build the net without its classifier, with random weights; see ``backbones.Backbone.build``."""
    from keras import applications

    make = getattr(applications, net.function)
    return make(include_top=False, weights=None, input_shape=(None, None, 3), pooling="avg")
