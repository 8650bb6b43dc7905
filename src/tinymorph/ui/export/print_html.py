"""Our own HTML in the dialect of Qt's rich text, for paper."""

from __future__ import annotations

import re

STYLE = """
body, p, li, td, th { line-height: 135%; }
p { margin-top: 0; margin-bottom: 11px; }
h1, h2, h3, h4, h5, h6 { font-family: "Segoe UI", "Helvetica Neue", "Liberation Sans",
  "DejaVu Sans", sans-serif; margin-bottom: 8px; }
h1 { font-size: 20pt; margin-top: 0; } h2 { font-size: 15pt; margin-top: 24px; }
h3 { font-size: 12.5pt; margin-top: 19px; } h4 { font-size: 11pt; margin-top: 16px; }
h5, h6 { font-size: 10.5pt; margin-top: 16px; color: #5c5c66; }
a { color: #1a5fb4; text-decoration: underline; }
a.quiet { text-decoration: none; }
ul, ol { margin-top: 0; margin-bottom: 11px; }
ul ul, ul ol, ol ul, ol ol { margin-top: 0; margin-bottom: 0; }
code, pre, kbd, samp { font-family: "Consolas", "Menlo", "Liberation Mono", "DejaVu Sans Mono",
  monospace; font-size: 9.5pt; }
code, kbd { background-color: #f1f1f4; }
mark { background-color: #fff1a8; }
small { font-size: 9pt; }
pre { margin: 0; line-height: 125%; white-space: pre-wrap; }
table.code td { background-color: #f4f4f6; padding: 8px; }
table.source td { border: 1px dashed #bbbbc2; padding: 8px; }
table.quote { margin-top: 5px; margin-bottom: 11px; }
table.quote td { border-left: 3px solid #d8d8de; padding-left: 12px; color: #5c5c66; }
table.code, table.source, table.data { margin-top: 5px; margin-bottom: 13px; }
table.data { border-collapse: collapse; }
table.data td, table.data th { border-bottom: 1px solid #d0d0d6; padding: 4px; padding-left: 11px;
  padding-right: 11px; }
table.data th { border-top: 1px solid #d0d0d6; font-weight: bold; }
"""

_TEXT_ALIGN = re.compile(r' style="text-align: (left|center|right)"')
_CODE = re.compile(r"<pre><code[^>]*>")
_BOX = re.compile(r'<input type="checkbox" disabled( checked)?> ')
_WIDE = 'width="100%" cellspacing="0" cellpadding="0" border="0"'


def for_paper(fragment: str) -> str:
    """Return a fragment of `write_html` as Qt lays it out best.

    All words in it are escaped, so that a tag found here is one that `write_html` wrote.
    """
    page = _CODE.sub(f'<table class="code" {_WIDE}><tr><td><pre>', fragment)
    for old, new in (
        ("<blockquote>", f'<table class="quote" {_WIDE}><tr><td>'),
        ("</blockquote>", "</td></tr></table>"),
        ("<table>", '<table class="data" cellspacing="0" cellpadding="4">'),
        ('<pre class="source">', f'<table class="source" {_WIDE}><tr><td><pre>'),
        ("</code></pre>", "</pre>"),
        ("</pre>", "</pre></td></tr></table>"),
        ("<hr>", '<hr width="40%">'),
        ('<section class="notes" role="doc-endnotes">', "<hr>"),
        ("</section>", ""),
        (' role="doc-noteref"', ' class="quiet"'),
        ('<li class="task" ', '<li style="list-style-type: none" '),
        ("<del>", "<s>"),
        ("</del>", "</s>"),
    ):
        page = page.replace(old, new)
    page = re.sub(r' <a class="back"[^>]*>[^<]*</a>', "", page)
    page = _TEXT_ALIGN.sub(r' align="\1"', page)
    return _BOX.sub(lambda box: "\u2612 " if box[1] else "\u2610 ", page)
