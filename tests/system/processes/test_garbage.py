import gc

import pytest

from kagglebot.system.processes.garbage import no_collection


@pytest.mark.parametrize("enabled", [True, False])
def test_afterwards_garbage_is_searched_for_as_before_even_after_an_error(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ImportError), no_collection():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
