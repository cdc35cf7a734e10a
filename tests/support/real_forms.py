"""Small copies of real competitions, which lie beside the checkout where there are any."""

from pathlib import Path

import pytest

FORMS = Path(__file__).parents[3] / "shared" / "data" / "forms"
needs_forms = pytest.mark.skipif(not FORMS.is_dir(), reason=f"there are no copies of competitions in {FORMS}")
