"""The frame of the TikTok sandbox's pages: plain HTML and CSS of our own, nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light; --line: #e3e5e8; --ink: #161823; --soft: #5f6471; --mark: #0b7d74; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f5f6; color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { background: #161823; color: #fff; padding: 12px 20px; font-weight: 600; }
header a { color: #fff; text-decoration: none; }
header small { color: #b9bcc4; font-weight: 400; margin-left: 8px; }
main { max-width: 1160px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 22px; margin: 0 0 14px; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin: 0 0 10px; }
a { color: var(--mark); }
section, .box { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 16px;
  margin-bottom: 14px; }
.columns { display: grid; grid-template-columns: 2fr 1fr; gap: 14px; align-items: start; }
.scroll { overflow-x: auto; padding: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 9px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.status { display: inline-block; border-radius: 10px; padding: 1px 9px; background: #e4f3f1; color: #075e57;
  font-size: 13px; }
.soft { color: var(--soft); } .small { font-size: 13px; } .gone { text-decoration: line-through; color: var(--soft); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: auto auto; gap: 4px 12px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
dl.total { border-top: 1px solid var(--line); margin-top: 8px; padding-top: 8px; font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: 6px 14px; margin-bottom: 12px; }
nav b { color: var(--ink); }
label { display: block; padding: 6px 0; } input[type=text] { padding: 7px; width: 100%; max-width: 340px; }
button { background: var(--mark); color: #fff; border: 0; border-radius: 6px; padding: 9px 18px; font: inherit;
  cursor: pointer; }
select { font: inherit; padding: 6px; max-width: 100%; }
.steer { display: flex; flex-direction: column; gap: 12px; }
.steer form { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: end; }
.steer form + form { border-top: 1px solid var(--line); padding-top: 12px; }
@media (max-width: 760px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  table.list thead { display: none; }
  table.list tr { display: block; padding: 10px 12px; border-bottom: 1px solid var(--line); }
  table.list td { display: flex; justify-content: space-between; gap: 14px; border: 0; padding: 2px 0;
    text-align: right; }
  table.list td::before { content: attr(data-label); color: var(--soft); text-align: left; }
}
"""


def page(title: str, content: str) -> str:
    """A whole page; `content` is HTML already escaped where it needs to be."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title><style>{STYLE}</style></head><body>'
        '<header><a href="/">Seller Center</a><small>sandbox, not TikTok</small></header>'
        f"<main>{content}</main></body></html>"
    )


def text(value: object) -> str:
    """Any value as escaped text; nothing for None."""
    return "" if value is None else escape(str(value))
