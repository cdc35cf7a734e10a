from kagglebot.system.cpu import available_cores


def test_there_is_a_core() -> None:
    assert available_cores() >= 1
