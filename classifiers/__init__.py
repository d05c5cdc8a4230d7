"""Score comments for abuse and spam: fast, calibrated, explained; usable alone.

    >>> from classifiers import load_model
    >>> model = load_model()
    >>> [score] = model.score(["What a thoughtful reply."], explain=True)

The way of a text: `multilingual` gives it to the models of its language, which `language` detects;
`normalise` undoes disguises, `features` hashes it, `model` sums its `weights` and calibrates,
`explanation` says where the sum comes from. All of this needs NumPy and no more.

The way of a model: `data` reads labelled comments, `training` makes a file of them by `artefact`,
`evaluation` says how good it is. Neither of the last two knows the other, and nothing that serves
knows either.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from classifiers import model_file, models
from classifiers.artefact import load
from classifiers.combined import CombinedScorer, fits
from classifiers.errors import (
    ArtefactError,
    ClassifierError,
    DataError,
    ModelNotFoundError,
    ReportError,
)
from classifiers.model import LinearScorer
from classifiers.model_file import SUFFIX
from classifiers.multilingual import MultilingualScorer, describe
from classifiers.score import Phrase, Reading, Score, Scorer, Signal, Span
from classifiers.second_reader import FORMAT as SECOND_READER_FORMAT
from classifiers.second_reader import SecondReader, can_run
from classifiers.second_reader import load as read_second_reader
from classifiers.sentences import sentences

__all__ = [
    "ArtefactError",
    "ClassifierError",
    "DataError",
    "ModelNotFoundError",
    "Phrase",
    "Reading",
    "ReportError",
    "Score",
    "Scorer",
    "Signal",
    "Span",
    "load_model",
    "sentences",
]

ENTRY_POINTS = "rejoinder.models"


def load_model(
    source: str | Path | None = None,
    *,
    second_reader: bool = True,
    language: str | None = None,
    lazy: bool = True,
) -> Scorer:
    """Load a model, or several that are scored together.

    Models of other languages stand beside the English ones, or beside those of the first that is
    named where none is English.

    Args:
        source: None for all that are installed (entry points of the group ``rejoinder.models``,
            each naming a path or a function that returns one; without any, the shipped ones);
            else a file, an installed name (``abuse-en``), a shipped version (``abuse-en@1``), or
            several of these with commas between. A second reader stands beside the models that
            it was fitted for. Among all that are installed it is left out where it cannot run
            (without ONNX Runtime) or does not fit; one that is named must.
        second_reader: False leaves any second reader out.
        language: load only what scores it; all languages if not given.
        lazy: False loads models of other languages now and not when the first text in one comes;
            the card then has their hashes.

    Raises:
        ModelNotFoundError: if there is no such file or name, or none of them scores the language.
        ArtefactError: if a file is not a model, was changed, or is of a newer format.
        ClassifierError: for two models of one attribute, or a second reader that cannot stand here.
    """
    if source is None:
        paths = list(_installed().values())
        if not paths:
            raise ModelNotFoundError("no model is installed")
    elif isinstance(source, Path):
        paths = [source]
    else:
        paths = [_find(name.strip()) for name in source.split(",")]
    readers: list[Path] = []
    fast_models: list[Path] = []
    for path in _unique(paths):
        of_reader = model_file.format_of(path) == SECOND_READER_FORMAT
        (readers if of_reader else fast_models).append(path)
    if len(readers) > 1 and second_reader:
        raise ClassifierError("only one second reader can be asked")
    by_language = _by_language(fast_models)
    if language is not None:
        by_language = {code: paths for code, paths in by_language.items() if code == language}
        if not by_language:
            raise ModelNotFoundError(f"no model here scores {language!r}")
    paths = by_language.get("en") or next(iter(by_language.values()), [])
    try:
        fast = LinearScorer([load(path) for path in paths])
        main: Scorer = fast
        if second_reader and readers:
            needed = source is not None and language is None
            main = _combined(fast, readers[0], needed=needed)
        others = {code: paths for code, paths in by_language.items() if code not in fast.languages}
        return MultilingualScorer(main, others, lazy=lazy) if others else main
    except ValueError as error:
        raise ClassifierError(str(error)) from error


def _by_language(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """The files of fast models for each language that any of them scores."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        for code in describe(path).languages:
            found.setdefault(code, []).append(path)
    return found


def _combined(fast: LinearScorer, path: Path, *, needed: bool) -> Scorer:
    """Both readers, or the fast one alone where the second cannot stand beside it."""
    artefact = read_second_reader(path)
    if not needed and not (can_run() and fits(fast, artefact.beside)):
        return fast
    return CombinedScorer(fast, SecondReader(artefact))


def _installed() -> dict[str, Path]:
    """Paths by the names of their entry points; the shipped models if there is none."""
    paths_by_name: dict[str, Path] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        target = point.load()
        try:
            paths_by_name[point.name] = Path(target() if callable(target) else target)
        except LookupError as error:
            raise ModelNotFoundError(f"{point.name}: {error}") from error
    if not paths_by_name:
        for version, path in models.shipped().items():
            paths_by_name[version.split("@")[0]] = path
    return paths_by_name


def _find(name: str) -> Path:
    # A file needs nothing installed, so a broken installation cannot stand in its way.
    if name.endswith(SUFFIX):
        return Path(name)
    installed = _installed()
    shipped = models.shipped()
    path = installed.get(name) or shipped.get(name)
    if path is None and any(version.split("@")[0] == name for version in shipped):
        path = models.newest(name)
    if path is not None:
        return path
    if Path(name).exists():
        return Path(name)
    known = ", ".join(sorted({*installed, *shipped})) or "none"
    raise ModelNotFoundError(f"no model {name!r}; installed: {known}")


def _unique(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))
