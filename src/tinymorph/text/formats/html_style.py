"""The one small stylesheet of exported HTML."""

STYLE = """\
:root { color-scheme: light dark; --ink: #1d1d1f; --soft: #5c5c66; --line: #d8d8de;
  --shade: #f4f4f6; --page: #ffffff; --link: #1a5fb4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --soft: #a0a0ab; --line: #3d3d46; --shade: #26262c; --page: #18181b;
    --link: #8ab4f8; }
}
html { background: var(--page); color: var(--ink); }
body { font: 1.0625rem/1.6 Georgia, "Times New Roman", "Noto Serif", serif; max-width: 42rem;
  margin: 3rem auto; padding: 0 1.25rem; overflow-wrap: break-word; }
h1, h2, h3, h4, h5, h6 { font-family: system-ui, "Segoe UI", "Helvetica Neue", sans-serif;
  line-height: 1.25; margin: 2em 0 0.6em; }
h1 { font-size: 2rem; margin-top: 0; } h2 { font-size: 1.5rem; } h3 { font-size: 1.2rem; }
h4, h5, h6 { font-size: 1rem; } h5, h6 { color: var(--soft); }
a { color: var(--link); text-underline-offset: 0.15em; }
p, ul, ol, blockquote, pre, table { margin: 0 0 1em; }
li > p { margin-bottom: 0.5em; } li > ul, li > ol { margin-bottom: 0; }
li.task { list-style: none; } li.task > input, li.task > p > input { margin: 0 0.5em 0 -1.5em; }
blockquote { margin-left: 0; padding-left: 1.1em; border-left: 3px solid var(--line);
  color: var(--soft); }
code, pre, kbd, samp { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace;
  font-size: 0.875em; }
code { background: var(--shade); border-radius: 3px; padding: 0.1em 0.3em; }
pre { background: var(--shade); border-radius: 6px; padding: 0.9em 1.1em; overflow-x: auto;
  line-height: 1.45; }
pre code { background: none; padding: 0; font-size: 1em; }
pre.source { border: 1px dashed var(--line); background: none; white-space: pre-wrap; }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px;
  padding: 0.05em 0.35em; }
mark { background: #fff1a8; color: #1d1d1f; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35em 0.9em; text-align: start;
  vertical-align: top; }
th { border-bottom-width: 2px; }
img { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em auto; width: 40%; }
.notes { border-top: 1px solid var(--line); margin-top: 3em; padding-top: 1em;
  font-size: 0.9em; }
sub, sup { font-size: 0.75em; line-height: 0; } sup.note a, a.back { text-decoration: none; }
@media print { body { max-width: none; margin: 0; } a { color: inherit; } }
"""
