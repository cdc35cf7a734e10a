import pytest

from kagglebot.datasets.metrics import known_metric
from kagglebot.errors import DataError


@pytest.mark.parametrize("name", ["", "accuracy", "Categorization Accuracy", "CategorizationAccuracy"])
def test_knows_accuracy_by_kaggles_names(name: str) -> None:
    assert known_metric(name, "digits") == "accuracy"


def test_another_metric_is_said() -> None:
    with pytest.raises(DataError, match="digits is scored by 'Multiclass Loss'"):
        known_metric("Multiclass Loss", "digits")
