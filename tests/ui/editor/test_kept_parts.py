"""What a rewrite must leave alone in a block."""

from tinymorph.text.markdown import read_markdown
from tinymorph.ui.editor.snapshot import words_of


def test_links_pictures_notes_and_code_are_parts_of_a_block_that_stay(editor):
    source = (
        "The \U0001f98a **old** [stone *house*](http://x.org) by ![a lake](lake.png) was `empty`,"
        "[^1] and <kbd>cold</kbd>.\n\n[^1]: It was.\n"
    )
    editor.load(read_markdown(source))
    block = editor.textCursor().block()
    parts = editor.surroundings().protected
    found = [(part.kind, part.span.of(words_of(block))) for part in parts]
    assert found == [
        ("link", "stone house"),
        ("picture", "\ufffc"),
        ("code", "empty"),
        ("footnote", "[^1]"),
        ("markup", "<kbd>"),
        ("markup", "</kbd>"),
    ]


def test_two_links_side_by_side_are_two_parts(editor):
    editor.load(read_markdown("[one](http://a.org)[two](http://b.org) [**three**](http://b.org)\n"))
    words = words_of(editor.textCursor().block())
    parts = editor.surroundings().protected
    assert [part.span.of(words) for part in parts] == ["one", "two", "three"]
