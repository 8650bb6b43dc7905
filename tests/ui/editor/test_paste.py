"""Pasting and copying."""

import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table
from tinymorph.text.formats.html_reader import read_html
from tinymorph.text.markdown import read_markdown, write_markdown
from tinymorph.ui.editor import clipboard

CLIPBOARD = Path(__file__).parents[2] / "data" / "clipboard"
REPORTS = ("word", "libreoffice", "google_docs", "browser")
"""The same report, as each of these programs puts it on the clipboard."""

FOREIGN = """
<html><head><style>p {color:red; font-family:'Comic Sans MS'}</style></head><body>
<h2 style="font-size:40pt">Title</h2>
<p style="color:blue">Some <b>bold</b>, <i>slanted</i> and <a href="https://example.org">linked</a>
words<img src="https://tracker.example/pixel.gif"><script>alert(1)</script>.</p>
<ul><li>first</li><li>second</li></ul><ol><li>one</li></ol>
<a href="javascript:alert(1)">bad</a>
</body></html>
"""


def paste(editor, *, html="", text=""):
    data = QMimeData()
    if html:
        data.setHtml(html)
    if text:
        data.setText(text)
    editor.insertFromMimeData(data)


def test_rich_text_keeps_what_we_know_and_loses_the_rest(editor):
    paste(editor, html=FOREIGN)
    blocks = editor.document_value().blocks
    assert blocks[0] == Block("heading", (Inline("Title"),), level=2)
    assert Inline("bold", bold=True) in blocks[1].inlines
    assert Inline("slanted", italic=True) in blocks[1].inlines
    assert Inline("linked", link="https://example.org") in blocks[1].inlines
    assert [block.kind for block in blocks[2:5]] == ["list_item"] * 3
    assert [block.ordered for block in blocks[2:5]] == [False, False, True]
    assert [(inline.text.strip(), inline.link) for inline in blocks[-1].inlines] == [("bad", None)]
    text = "".join(block.text for block in blocks)
    assert "alert" not in text
    assert "\ufffc" not in text


def test_a_phrase_is_pasted_into_the_middle_of_a_sentence(editor):
    editor.load(Document((Block("paragraph", (Inline("One three."),)),)))
    cursor = editor.textCursor()
    cursor.setPosition(4)
    editor.setTextCursor(cursor)
    paste(editor, html="<b>two </b>", text="two ")
    assert editor.document_value().blocks == (
        Block("paragraph", (Inline("One "), Inline("two ", bold=True), Inline("three."))),
    )


def test_plain_text_makes_paragraphs_at_blank_lines(editor):
    paste(editor, text="First line\nsecond line\n\nNext.\n")
    assert [block.text for block in editor.document_value().blocks] == [
        "First line\nsecond line",
        "Next.",
    ]


def test_pasting_is_one_undo_step(editor):
    editor.load(Document((Block("paragraph", (Inline("Before."),)),)))
    before = editor.document_value()
    paste(editor, html=FOREIGN)
    editor.undo()
    assert editor.document_value() == before


def test_what_is_copied_here_comes_back_whole(editor):
    blocks = (
        Block("heading", (Inline("Title"),), level=1),
        Block("paragraph", (Inline("a "), Inline("code", code=True), Inline(" b"))),
        Block("list_item", (Inline("item"),)),
        Block("paragraph", (Inline("quoted"),), quote_depth=1),
    )
    editor.load(Document(blocks))
    editor.selectAll()
    data = editor.createMimeDataFromSelection()
    editor.load(Document())
    editor.insertFromMimeData(data)
    assert editor.document_value().blocks == blocks


def test_code_takes_pasted_words_as_they_are(editor):
    editor.load(Document((Block("code", (Inline("x"),)),)))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    paste(editor, html="<b>y</b>", text="y\nz")
    assert editor.document_value().blocks == (Block("code", (Inline("xy\nz"),)),)


def report():
    """Return what a report is, whichever program it comes from."""
    words = (
        Inline("Some "),
        Inline("bold", bold=True),
        Inline(", "),
        Inline("slanted", italic=True),
        Inline(", underlined and "),
        Inline("struck", strike=True),
        Inline(" words, and a "),
        Inline("link", link="https://example.org/a"),
        Inline("."),
    )
    cells = ((("Name",), ("Price",)), (("Bread",), ("2.40",)))
    rows = tuple(tuple(tuple(Inline(text) for text in cell) for cell in row) for row in cells)
    return (
        Block("heading", (Inline("The report"),), 1),
        Block("paragraph", words),
        Block("list_item", (Inline("first point"),)),
        Block("list_item", (Inline("a point below it"),), 1),
        Block("list_item", (Inline("numbered"),), ordered=True),
        Block("table", table=Table(("", ""), rows)),
        Block("paragraph", (Inline("the harbour end"),)),
    )


def plainer(block):
    """Leave out what only some of the programs say: a link's title, a column's alignment."""
    runs = tuple(Inline(r.text, r.bold, r.italic, r.code, r.strike, r.link) for r in block.inlines)
    table = block.table and Table(("",) * len(block.table.alignments), block.table.rows)
    return Block(
        block.kind, runs, block.level, block.quote_depth, block.ordered, block.number, table=table
    )


@pytest.mark.parametrize("program", REPORTS)
def test_a_report_is_the_same_from_whatever_program_it_comes(editor, program):
    paste(editor, html=(CLIPBOARD / f"{program}.html").read_text(encoding="utf-8"))
    assert tuple(map(plainer, editor.document_value().blocks[:7])) == report()


def test_a_mail_keeps_its_lines_and_its_quote(editor):
    paste(editor, html=(CLIPBOARD / "mail.html").read_text(encoding="utf-8"))
    assert [(block.text, block.quote_depth) for block in editor.document_value().blocks] == [
        ("Dear Anna,", 0),
        ("thank you for the letter.\nIt came on Monday.", 0),
        ("On Mon, Peter wrote:", 0),
        ("Will you come?", 1),
        ("Yours, Peter", 1),
    ]


def test_links_that_run_or_lead_nowhere_are_words(editor):
    paste(editor, html=(CLIPBOARD / "browser.html").read_text(encoding="utf-8"))
    last = editor.document_value().blocks[-1]
    assert last.inlines == (Inline("a trap another a page of theirs"),)


class Counter(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_request(self, code="-", size="-"):
        pass


@pytest.fixture
def server():
    Counter.asked.clear()
    found = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def test_nothing_that_is_pasted_opened_or_copied_asks_the_network_for_anything(
    editor, server, qtbot, tmp_path
):
    editor.set_base_folder(tmp_path)
    for name in (*REPORTS, "mail"):
        html = (CLIPBOARD / f"{name}.html").read_text(encoding="utf-8")
        for address in ("https://tracker.example", "https://lh7-rt.googleusercontent.com"):
            html = html.replace(address, server)
        paste(editor, html=html.replace("file:///C:/Users/anna/AppData", f"{server}/file"))
    hostile = (
        f'<body background="{server}/1"><p style="background:url({server}/2)">a</p>'
        f'<img src="{server}/3" alt="b"><img src="//{server[7:]}/4"><picture><source srcset="'
        f'{server}/5"></picture><svg><image href="{server}/6"/></svg><embed src="{server}/7">'
        f'<img src="file:////{server[7:]}/8"><a href="{server}/9">link</a>'
    )
    paste(editor, html=hostile)
    picture = Inline(PICTURE, image=Image(f"{server}/10.png", "far away"))
    twin = Inline(PICTURE, image=Image(f"//{server[7:]}/11.png", "far away"))
    editor.load(Document((*editor.document_value().blocks, Block("paragraph", (picture, twin)))))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.grab()
    editor.selectAll()
    editor.insertFromMimeData(editor.createMimeDataFromSelection())
    qtbot.wait(200)
    connection = HTTPConnection(server.removeprefix("http://"))
    connection.request("GET", "/control")  # the server does count
    assert connection.getresponse().status == 204
    connection.close()
    assert Counter.asked == ["/control"]


def test_no_trace_of_programs_styles_or_pictures_is_left_after_pasting(editor):
    for name in (*REPORTS, "mail"):
        paste(editor, html=(CLIPBOARD / f"{name}.html").read_text(encoding="utf-8"))
    written = write_markdown(editor.document_value())
    for trace in ("tracker", "script", "style", "mso", "alert", "clip_", "data:", "steal", "url("):
        assert trace not in written
    assert "the harbour" in written


def test_a_table_is_pasted_as_words_into_a_cell(editor):
    editor.load(Document((Block("table", table=Table(("",), (((Inline("x"),),),))),)))
    editor.setTextCursor(editor.document().find("x"))
    paste(editor, html="<table><tr><td>a</td><td>b</td></tr></table>")
    block = editor.document_value().blocks[0]
    assert block.table.rows == (((Inline("a\tb"),),),)


def test_pasting_between_words_keeps_the_words_behind(editor):
    editor.load(Document((Block("heading", (Inline("onetwo"),), 1),)))
    cursor = editor.textCursor()
    cursor.setPosition(3)
    editor.setTextCursor(cursor)
    paste(editor, html="<ul><li>a</li></ul><table><tr><td>b</td><td>c</td></tr></table>")
    assert [(block.kind, block.text) for block in editor.document_value().blocks] == [
        ("heading", "one"),
        ("list_item", "a"),
        ("table", "b\nc"),
        ("heading", "two"),
    ]


RICH = (
    Block("heading", (Inline("Title"),), 1),
    Block("list_item", (Inline("done"),), checked=True),
    Block("table", table=Table(("right",), (((Inline("a"),),), ((Inline("b", bold=True),),)))),
    Block("paragraph", (Inline("see "), Inline(PICTURE, image=Image("a.png", "a cat")))),
)


def test_what_is_copied_is_offered_as_markdown_html_and_words(editor):
    editor.load(Document(RICH))
    editor.selectAll()
    data = editor.createMimeDataFromSelection()
    markdown = bytes(data.data("text/markdown").data()).decode()
    assert read_markdown(markdown).blocks == RICH
    assert data.text() == "Title\ndone\na\nb\nsee a cat"
    assert "<style" not in data.html()
    assert [block.kind for block in read_html(data.html()).blocks] == [
        "heading",
        "list_item",
        "table",
        "paragraph",
    ]


def test_copying_as_markdown_gives_other_programs_the_markdown(editor, qtbot):
    editor.load(Document(RICH[:2]))
    editor.selectAll()
    editor.copy_markdown()
    assert QGuiApplication.clipboard().text() == "# Title\n\n- [x] done\n"


def test_a_part_of_a_table_is_copied_as_a_table(editor, qtbot):
    rows = tuple(tuple((Inline(f"{row}{column}"),) for column in "abc") for row in "123")
    editor.load(Document((Block("table", table=Table(("",) * 3, rows)),)))
    first = editor.document().find("2b")
    first.setPosition(first.selectionStart())
    first.setPosition(editor.document().find("3c").selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(first)
    data = editor.createMimeDataFromSelection()
    assert data.text() == "2b\t2c\n3b\t3c"


def test_keys_paste_too(editor, qtbot):
    data = QMimeData()
    data.setHtml("<p>from <b>afar</b></p>")
    QGuiApplication.clipboard().setMimeData(data)
    qtbot.keyClick(editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert editor.document_value().blocks == (
        Block("paragraph", (Inline("from "), Inline("afar", bold=True))),
    )


def test_copying_writes_nothing_before_somebody_asks_for_it(editor, monkeypatch):
    written = []
    monkeypatch.setattr(clipboard, "write_markdown", lambda value: written.append(value) or "x")
    editor.load(Document(RICH))
    editor.selectAll()
    data = editor.createMimeDataFromSelection()
    assert written == []
    assert bytes(data.data("text/markdown").data()) == b"x"
    assert written == [Document(RICH)]


def test_another_window_of_ours_takes_the_markdown(editor):
    data = QMimeData()
    data.setData(clipboard.OWN_MIME_TYPE, b"# Title\n\n- [x] done\n")
    data.setText("Title done")
    editor.insertFromMimeData(data)
    assert editor.document_value().blocks == RICH[:2]


def test_only_what_is_selected_is_copied(editor):
    words = Inline("one \U0001f98a "), Inline("two", bold=True), Inline(" three")
    item = Block("list_item", (Inline("item"),), ordered=True, number=5)
    editor.load(Document((Block("paragraph", words), item, item)))
    cursor = editor.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(9, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    copied = editor.createMimeDataFromSelection().document
    assert copied.blocks == (Block("paragraph", (Inline("\U0001f98a "), Inline("tw", bold=True))),)
    cursor.setPosition(11)
    cursor.setPosition(editor.document().begin().next().position() + 2, cursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    copied = editor.createMimeDataFromSelection().document
    assert [(block.kind, block.text, block.number) for block in copied.blocks] == [
        ("paragraph", "three", 1),
        ("list_item", "it", 5),
    ]
