"""Rules for the sources: run no code from a file, and trust no input from outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "kagglebot"
SOURCES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
#: Chunks go through pipes to processes of our own, and events come from the Dask workers of our own cluster,
#: which runs our tasks by pickle as it is; no file speaks on these.
OWN_PIPES = {
    "datasets/images/processes/pool.py",
    "datasets/images/processes/worker.py",
    "search/cluster/dask.py",
    "search/cluster/task.py",
}
#: The ``verify`` of ``wandb.login`` asks the server whether the API key is good; it is not that of TLS.
NOT_TLS = {"callbacks/wandb.py"}
NO_IMPORT = {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml"}
NO_CALL = {"eval", "exec", "compile", "__import__", "extract", "extractall", "mktemp", "unpack_archive"}
#: Builds nets of what their files say, not of what our code says.
NO_CALL.add("load_model")
#: Options that may only have this value; the calls that must have one.
ONLY = {"allow_pickle": False, "shell": False, "verify": True, "trust_remote_code": False}
NEEDED = dict.fromkeys(("np.load", "np.save", "np.savez"), "allow_pickle")


def faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.partition(".")[0] in NO_IMPORT)
            case ast.ImportFrom(module=str(module)):
                yield from [module] * (module.partition(".")[0] in NO_IMPORT)
            case ast.Call(func=ast.Name(id=name)) if name in NO_CALL:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in NO_CALL and not _is_pattern(node):
                yield name
        if isinstance(node, ast.Call):
            given = {each.arg: each.value for each in node.keywords if each.arg}
            for option in given.keys() & ONLY.keys():
                if not (isinstance(given[option], ast.Constant) and given[option].value is ONLY[option]):
                    yield f"{option}={ast.unparse(given[option])}"
            called = ast.unparse(node.func)
            if called in ("os.system", "os.popen"):
                yield called
            needed = NEEDED.get(called) or NEEDED.get(called.rpartition(".")[2])
            if needed and needed not in given:
                yield f"{called} without {needed}"


def _is_pattern(call: ast.Call) -> bool:
    """``re.compile``, and py7zr's ``extract`` into a factory of ours, which writes no file."""
    return ast.unparse(call.func) == "re.compile" or any(each.arg == "factory" for each in call.keywords)


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_from_outside_is_run(source: str) -> None:
    found = set(faults(ast.parse((PACKAGE / source).read_text(encoding="utf-8"))))
    allowed = {"pickle"} if source in OWN_PIPES else {"verify=False"} if source in NOT_TLS else set()
    assert found == allowed


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from yaml import load",
        "eval(text)",
        "builtins.exec(text)",
        "archive.extractall(folder)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "keras.models.load_model(path)",
        "keras.models.load_model(path, safe_mode=True)",
        "subprocess.run(line, shell=True)",
        "session.get(url, verify=False)",
        "os.system(line)",
    ],
)
def test_what_is_looked_for_would_be_found(line: str) -> None:
    assert list(faults(ast.parse(line)))
