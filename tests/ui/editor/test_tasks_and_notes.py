"""Tasks, footnotes, pictures and links on the page."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QTextCursor

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.ui.editor import pictures
from tinymorph.ui.editor.commands import set_kind, tick_tasks, toggle_task
from tinymorph.ui.editor.insertions import put_footnote, put_picture
from tinymorph.ui.editor.links import followed, local_path, target_of

RETURN = Qt.Key.Key_Return


def task(text, *, done, level=0):
    return Block("list_item", (Inline(text),) if text else (), level, checked=done)


def blocks(editor):
    return editor.document_value().blocks


def test_brackets_at_the_start_of_an_item_make_a_task(editor, qtbot):
    qtbot.keyClicks(editor, "- [ ] bread")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "milk")
    assert blocks(editor) == (task("bread", done=False), task("milk", done=False))


def test_after_a_done_task_comes_an_undone_one(editor, qtbot):
    qtbot.keyClicks(editor, "- [x] bread")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "milk")
    assert blocks(editor) == (task("bread", done=True), task("milk", done=False))


def test_a_task_put_above_a_done_one_is_not_done(editor, qtbot):
    editor.load(Document((task("bread", done=True),)))
    qtbot.keyClick(editor, RETURN)
    assert blocks(editor) == (task("", done=False), task("bread", done=True))
    editor.undo()
    assert blocks(editor) == (task("bread", done=True),)


def test_tab_nests_a_task_with_what_stands_in_it(editor, qtbot):
    inside = Block("paragraph", (Inline("in it"),), item_depth=2)
    editor.load(
        Document(
            (task("a", done=False), task("b", done=True), task("c", done=True, level=1), inside)
        )
    )
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
    editor.setTextCursor(cursor)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert [(block.level, block.item_depth) for block in blocks(editor)] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (0, 3),
    ]
    editor.undo()
    assert [(block.level, block.item_depth) for block in blocks(editor)] == [
        (0, 0),
        (0, 0),
        (1, 0),
        (0, 2),
    ]


def test_a_click_on_the_box_ticks_and_a_click_on_the_words_does_not(editor, qtbot):
    editor.load(Document((task("bread", done=False),)))
    box = editor.pointer._backdrop.box_of(editor.document().begin())
    at = (
        box.center()
        - editor.document().documentLayout().blockBoundingRect(editor.document().begin()).topLeft()
    )
    assert at.x() > 0
    qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert blocks(editor) == (task("bread", done=True),)
    editor.undo()
    assert blocks(editor) == (task("bread", done=False),)
    qtbot.mouseClick(
        editor.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint() + QPoint(60, 0)
    )
    assert blocks(editor) == (task("bread", done=False),)


def test_tasks_are_made_and_ticked_by_command_in_one_step_each(editor):
    editor.load(Document(tuple(Block("paragraph", (Inline(word),)) for word in "abc")))
    before = blocks(editor)
    editor.selectAll()
    toggle_task(editor.textCursor())
    assert blocks(editor) == tuple(task(word, done=False) for word in "abc")
    assert tick_tasks(editor.textCursor())
    assert blocks(editor) == tuple(task(word, done=True) for word in "abc")
    editor.undo()
    editor.undo()
    assert blocks(editor) == before


def test_numbers_go_on_and_the_second_half_of_an_item_begins_no_list(editor, qtbot):
    items = tuple(
        Block("list_item", (Inline(word),), ordered=True, number=number, apart=apart)
        for word, number, apart in (
            ("a", 1, False),
            ("b", 2, False),
            ("cd", 1, True),
            ("e", 2, False),
        )
    )
    editor.load(Document(items))
    cursor = editor.textCursor()
    cursor.setPosition(editor.document().findBlockByNumber(2).position() + 1)
    editor.setTextCursor(cursor)
    qtbot.keyClick(editor, RETURN)
    assert [(block.text, block.number, block.apart) for block in blocks(editor)] == [
        ("a", 1, False),
        ("b", 2, False),
        ("c", 1, True),
        ("d", 2, False),
        ("e", 3, False),
    ]


def test_an_item_brought_back_out_goes_on_with_its_list(editor, qtbot):
    qtbot.keyClicks(editor, "3. a")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.keyClicks(editor, "b")
    assert [(block.level, block.number) for block in blocks(editor)] == [(0, 3), (1, 1)]
    qtbot.keyClick(editor, Qt.Key.Key_Backtab)
    assert [(block.level, block.number) for block in blocks(editor)] == [(0, 3), (0, 4)]


def test_the_number_painted_is_the_number_read(editor):
    items = [Block("list_item", (Inline("x"),), ordered=True, number=n) for n in range(7, 27)]
    editor.load(Document((*items[:9], Block("list_item", (Inline("in"),), 1), *items[9:])))
    cursor = QTextCursor(editor.document().begin())
    cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    shown = []
    block = editor.document().begin()
    while block.isValid():
        shown.append(editor._appearance.number_of(block))
        block = block.next()
    assert shown == [block.number for block in blocks(editor)]


def test_a_footnote_gets_a_mark_at_the_caret_and_a_text_at_the_end(editor, qtbot):
    old = Block("footnote", (Inline("old"),), info="1")
    editor.load(Document((Block("paragraph", (Inline("Words"),)), old)))
    editor.moveCursor(QTextCursor.MoveOperation.EndOfBlock)
    before = blocks(editor)
    cursor = editor.textCursor()
    assert put_footnote(cursor, editor.document_value())
    editor.setTextCursor(cursor)
    qtbot.keyClicks(editor, "new")
    mark = Inline("[^2]", source=True)
    assert blocks(editor) == (
        Block("paragraph", (Inline("Words"), mark)),
        old,
        Block("footnote", (Inline("new"),), info="2"),
    )
    qtbot.keyClick(editor, RETURN)
    assert [block.kind for block in blocks(editor)] == [
        "paragraph",
        "footnote",
        "footnote",
        "paragraph",
    ]
    for _ in range(3):
        editor.undo()
    assert blocks(editor) == before


def test_words_typed_after_kept_markdown_or_a_picture_are_words(editor, qtbot):
    kept = Inline("<kbd>X</kbd>", source=True)
    picture = Inline(PICTURE, image=Image("a.png", "a"))
    editor.load(Document((Block("paragraph", (kept, picture)),)))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, "on")
    assert blocks(editor)[0].inlines == (kept, picture, Inline("on"))


def test_words_typed_before_a_link_are_not_part_of_it(editor, qtbot):
    link = Inline("here", link="https://example.org", link_title="t")
    editor.load(Document((Block("paragraph", (link,)),)))
    qtbot.keyClicks(editor, "go ")
    assert blocks(editor)[0].inlines == (Inline("go "), link)


@pytest.fixture
def folder(tmp_path):
    made = QImage(40, 20, QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.red)
    made.save(str(tmp_path / "red one.png"))
    (tmp_path / "big.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="800">'
        "<script>alert(1)</script><rect width='4000' height='800'/></svg>"
    )
    (tmp_path / "bad.png").write_text("no picture")
    return tmp_path


def test_local_pictures_are_found_and_all_others_say_why_not(editor, folder):
    found = editor.pictures
    assert found.problem_with(Image("red%20one.png")) == pictures.UNSAVED
    editor.set_base_folder(folder)
    assert found.problem_with(Image("red%20one.png")) is None
    assert found.problem_with(Image("red one.png")) is None
    assert found.problem_with(Image("big.svg")) is None
    assert found.problem_with(Image(str(folder / "big.svg"))) is None
    assert found.problem_with(Image("none.png")) == pictures.MISSING
    assert found.problem_with(Image("bad.png")) == pictures.UNREADABLE
    for target in ("https://x.org/a.png", "HTTP://x.org/a.png", "//x.org/a.png"):
        assert found.problem_with(Image(target)) == pictures.REMOTE
    for target in ("data:image/png;base64,AAAA", "file:///etc/a.png", "\\\\host\\a.png", ""):
        assert found.problem_with(Image(target)) is not None


def test_a_picture_too_large_is_not_decoded(editor, folder, monkeypatch):
    editor.set_base_folder(folder)
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    assert editor.pictures.problem_with(Image("red one.png")) == pictures.TOO_LARGE


def test_a_picture_is_drawn_no_wider_than_the_column(editor, folder, qtbot):
    editor.set_base_folder(folder)
    wide = Inline(PICTURE, image=Image("big.svg"))
    editor.load(Document((Block("paragraph", (wide,)),)))
    line = editor.document().begin().layout().lineAt(0)
    assert 300 < line.naturalTextWidth() <= editor.viewport().width()
    assert editor.grab().toImage().pixelColor(editor.width() // 2, 80).lightness() < 60


def test_a_picture_is_put_at_the_caret_in_one_step(editor, folder):
    editor.load(Document((Block("heading", (Inline("ab"),), 2),)))
    cursor = editor.textCursor()
    cursor.setPosition(1)
    put_picture(cursor, Image("red one.png", "red"))
    picture = Inline(PICTURE, image=Image("red one.png", "red"))
    assert blocks(editor) == (Block("heading", (Inline("a"), picture, Inline("b")), 2),)
    editor.undo()
    assert blocks(editor) == (Block("heading", (Inline("ab"),), 2),)


def test_pictures_are_named_as_they_lie_from_the_document(tmp_path):
    assert target_of(tmp_path / "a b.png", tmp_path) == "a%20b.png"
    assert target_of(tmp_path / "a.png", tmp_path / "sub") == "../a.png"
    assert target_of(tmp_path / "a.png", None) == (tmp_path / "a.png").as_posix()
    named = target_of(tmp_path / "100% #1?.png", tmp_path)
    assert local_path(named, tmp_path) == tmp_path / "100% #1?.png"


def test_only_the_web_mail_and_files_by_the_document_are_opened(folder):
    (folder / "notes.md").write_text("x")
    (folder / "run.sh").write_text("x")
    for target in (
        "https://x.org/a",
        "http://x.org",
        "mailto:a@b.org",
        "notes.md",
        "./notes.md#part",
    ):
        assert followed(target, folder) is not None, target
    for target in (
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "/etc/passwd",
        "../outside.md",
        "run.sh",
        "gone.md",
        "vbscript:x",
        "\\\\host\\share",
        "//host/share",
        "",
    ):
        assert followed(target, folder) is None, target
    assert followed("notes.md", None) is None


def test_a_click_with_ctrl_opens_a_link_and_a_click_alone_does_not(editor, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "tinymorph.ui.editor.pointer.QDesktopServices.openUrl",
        lambda url: opened.append(url.toString()) or True,
    )
    link = Inline("a link to click on", link="https://example.org/a")
    bad = Inline(" and a bad one here", link="javascript:alert(1)")
    editor.load(Document((Block("paragraph", (link, bad)),)))
    cursor = editor.textCursor()
    control = Qt.KeyboardModifier.ControlModifier
    for position in (5, 25):
        cursor.setPosition(position)
        at = editor.cursorRect(cursor).center()
        qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, control, pos=at)
    assert opened == ["https://example.org/a"]


def test_a_picture_in_what_becomes_code_stays_as_its_markdown(editor):
    twins = Inline(PICTURE * 2, image=Image("a b.png", "a \U0001f98a"))
    before = (Block("paragraph", (Inline("see "), twins, Inline("."))),)
    editor.load(Document(before))
    set_kind(editor.textCursor(), Block("code"))
    words = "see ![a \U0001f98a](a b.png)![a \U0001f98a](a b.png)."
    assert blocks(editor) == (Block("code", (Inline(words),)),)
    editor.undo()
    assert blocks(editor) == before
