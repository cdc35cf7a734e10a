"""What is sent to the workers of a cluster."""

import pickle
from pathlib import Path

from kagglebot.paths import StudyLocation
from kagglebot.search.cluster.data_transfer import DataBundle
from kagglebot.search.cluster.task import make_task
from kagglebot.search.trial.context import SearchContext
from kagglebot.study_config.load import parse_definition


def test_no_password_and_no_path_of_this_machine_is_sent() -> None:
    url = "postgresql+psycopg://me:canary@host/db"
    location = StudyLocation("digits", "mine", Path("/secret-folder/study"), url)
    definition = parse_definition(b'family = "mlp"\n', Path("/secret-folder/mine.toml"), "mine")
    search = SearchContext(location, definition, Path("/secret-folder/data"), seed=7, host_id="host")
    task = make_task(search, "10.0.0.1:5000", DataBundle({"digest": "0"}, {}), "one.lock")
    sent = pickle.dumps(task)
    assert b"canary" not in sent and b"secret-folder" not in sent
    received = pickle.loads(sent).search
    assert (received.location.url, received.location.key) == ("grpc://10.0.0.1:5000", "digits/mine")
    assert (received.definition, received.seed, received.host_id) == (definition, 7, "host")
