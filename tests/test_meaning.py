"""What evaluation.meaning asks about: sentences of a treebank that are each other's, told by aligned words."""

from pathlib import Path

import numpy as np

from evaluation import meaning


def test_sentences_are_each_others_where_all_aligned_words_are(tmp_path: Path) -> None:
    danish = _tagged("Broen åbner på fredag .", "Det siger borgmesteren nu .", "Ja .")
    english = _tagged("The bridge opens on Friday .", "So says the mayor , and she smiles .")
    aligned = [("1", "1 2"), ("2", "3"), ("3", "4"), ("4", "5"), ("8", "9"), ("9", "10"), ("10", "11 12"), ("15", "14")]
    folder = tmp_path / "cdt"
    for name, text in (
        ("ddt-da/0001-da.tag", danish), ("ddt-en/0001-en.tag", english),
        ("ddt-da-en/0001-da-en.atag", "".join(f'<align out="a{a}" type="" in="{_places(b)}" creator="-1"/>\n' for a, b in aligned)),
    ):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    # The second English sentence has words of the third Danish one, too, and is so nobody's alone.
    assert list(meaning.aligned(folder / "ddt-da-en" / "0001-da-en.atag")) == [("Broen åbner på fredag .", "The bridge opens on Friday .")]


def test_rank_one_looks_at_all_or_at_the_document_alone() -> None:
    ours = np.eye(3, dtype=np.float32)
    theirs = ours[[1, 0, 2]]
    assert meaning.rank_one(ours, theirs) == 1 / 3
    assert meaning.rank_one(ours, theirs, ["a", "b", "c"]) == 1.0


def _tagged(*sentences: str) -> str:
    return "".join("<s>\n" + "".join(f'<W id="1">{word}</W>\n' for word in sentence.split()) + "</s>\n" for sentence in sentences)


def _places(numbers: str) -> str:
    return " ".join(f"b{n}" for n in numbers.split())
