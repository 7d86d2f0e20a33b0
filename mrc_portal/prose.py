"""Rich text outside of a page: as well-formed XML for a typesetter, as lines for plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

# What XML 1.0 has no way of writing; pasted from somewhere, it would stop a feed or a typesetter.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BLOCKS = frozenset({"p", "h2", "h3", "ul", "ol", "li", "blockquote", "table"})
MOST_COLUMNS = 20
# Nobody writes a list in a list in a list … so deep; readers of the tree call themselves.
DEEPEST = 40


def printable(text: str | None) -> str:
    """A text without characters that feeds and typesetters refuse."""
    return UNPRINTABLE.sub("", text or "")


class _TreeReader(HTMLParser):
    """Reads what nh3 has cleaned, and gets along with what it has not."""

    def __init__(self, site_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.site_url = site_url
        self.builder = ET.TreeBuilder()
        self.builder.start("prose", {})
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self.open) >= DEEPEST:
            return
        values = {name: value or "" for name, value in attrs}
        wanted = {"td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "ol": ("start",)}
        kept = {name: values[name] for name in wanted.get(tag, ()) if values.get(name)}
        if tag == "a" and (address := self._address(values.get("href", ""))):
            kept["href"] = address
        self.builder.start(tag, kept)
        if tag in ("br", "hr", "img", "col"):
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def _address(self, href: str) -> str:
        """Where a link leads from outside the portal; "" for places on the page itself."""
        if not href.strip() or href.startswith("#"):
            return ""
        try:
            address = printable(urljoin(f"{self.site_url}/", href.strip()))
        except ValueError:  # such as http://[
            return ""
        return address if address.startswith(("http://", "https://", "mailto:")) else ""

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open:
            closed = self.open.pop()
            self.builder.end(closed)
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        self.builder.data(printable(data))

    def tree(self) -> ET.Element:
        while self.open:
            self.builder.end(self.open.pop())
        self.builder.end("prose")
        return self.builder.close()


def prose_tree(html: str | None, site_url: str = "", opening: str = "") -> ET.Element:
    """The tree of a rich text: tables have a full grid, headings begin with h2, links are whole.

    `opening` are words that open its first paragraph, such as a dateline."""
    reader = _TreeReader(site_url)
    reader.feed(html or "")
    reader.close()
    root = reader.tree()
    _drop_gaps(root)
    if opening:
        _open_with(root, printable(opening))
    _tidy_headings(root)
    for numbered in root.iter("ol"):
        numbered.set("start", str(_number(numbered.get("start", "1"))))
    for table in root.iter("table"):
        _lay_out(table)
    return root


def _drop_gaps(root: ET.Element) -> None:
    """Between blocks a line break of the source is nothing; a typesetter would make room for it."""
    for element in root.iter():
        if not any(child.tag in BLOCKS for child in element):
            continue
        if not (element.text or "").strip():
            element.text = None
        for child in element:
            if not (child.tail or "").strip():
                child.tail = None


def _open_with(root: ET.Element, words: str) -> None:
    opening = ET.Element("strong")
    opening.text = words
    if len(root) and root[0].tag == "p" and not (root.text or "").strip():
        opening.tail = f" {root[0].text or ''}"
        root[0].text = None
        root[0].insert(0, opening)
    else:
        paragraph = ET.Element("p")
        paragraph.append(opening)
        paragraph.tail, root.text = root.text, None
        root.insert(0, paragraph)


def _tidy_headings(root: ET.Element) -> None:
    """PDF/UA allows no empty heading, and none that skips a level, as an h3 without an h2 does."""
    is_under_h2 = False
    for element in [it for it in root.iter() if it.tag in ("h2", "h3")]:
        if any(inner.tag in BLOCKS for inner in element.iter() if inner is not element):
            element.text = " ".join(element.itertext())
            element[:] = []
        if not any(sign.isprintable() and sign != " " for sign in "".join(element.itertext())):
            element.tag = "p"
        elif element.tag == "h2":
            is_under_h2 = True
        elif not is_under_h2:
            element.tag = "h2"


def _lay_out(table: ET.Element) -> None:
    """Give each cell its column and row, so that short rows and wide cells shift nothing."""
    taken: set[tuple[int, int]] = set()
    rows = list(table.iter("tr"))
    columns = 1
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (x, y) in taken:
                x += 1
            width = min(_number(cell.get("colspan", "1")), max(MOST_COLUMNS - x, 1))
            height = min(_number(cell.get("rowspan", "1")), len(rows) - y)
            while any((x + i, y) in taken for i in range(width)):
                width -= 1  # a cell from above stands in the way
            taken |= {(x + i, y + j) for i in range(width) for j in range(height)}
            cell.attrib = {
                "x": str(x),
                "y": str(y),
                "colspan": str(width),
                "rowspan": str(height),
            }
            x += width
            columns = max(columns, x)
    table.set("columns", str(columns))
    is_headed = bool(rows) and len(rows[0]) > 0 and all(cell.tag == "th" for cell in rows[0])
    # A heading that reaches into the rows below it is set as an ordinary row.
    if is_headed and all(cell.get("rowspan") == "1" for cell in rows[0]):
        table.set("head", "1")


def _number(value: str) -> int:
    """A number as an attribute has it; 1 for anything else."""
    return max(int(value), 1) if value.isdecimal() and len(value) < 5 else 1


def prose_xml(html: str | None, site_url: str = "", opening: str = "") -> str:
    return ET.tostring(prose_tree(html, site_url, opening), encoding="unicode")


def prose_lines(html: str | None, site_url: str = "", opening: str = "") -> str:
    """Plain text: paragraphs parted by a blank line, lists by the line, the address of a link after
    its words."""
    return "\n\n".join(_blocks(prose_tree(html, site_url, opening)))


def _blocks(parent: ET.Element) -> Iterator[str]:
    loose: list[str] = [parent.text or ""]
    for child in parent:
        if child.tag not in BLOCKS:
            loose.append(_inline(child) + (child.tail or ""))
            continue
        if text := _one_line("".join(loose)):
            yield text
        loose = [child.tail or ""]
        if text := _block(child):
            yield text
    if text := _one_line("".join(loose)):
        yield text


def _block(element: ET.Element) -> str:
    if element.tag in ("ul", "ol"):
        items = [item for item in element if item.tag == "li"]
        first = _number(element.get("start", "1"))
        marks = [f"{first + n}. " if element.tag == "ol" else "– " for n in range(len(items))]
        return "\n".join(
            mark + "\n".join(_blocks(item)).replace("\n", "\n" + " " * len(mark))
            for mark, item in zip(marks, items, strict=True)
        )
    if element.tag == "table":
        rows = [[_one_line(" ".join(_blocks(cell))) for cell in row] for row in element.iter("tr")]
        return "\n".join(" | ".join(cells) for cells in rows)
    return "\n\n".join(_blocks(element))


def _inline(element: ET.Element) -> str:
    if element.tag == "br":
        return "\v"  # kept apart from the line breaks of the source, which mean nothing
    text = (element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element)
    href = element.get("href", "").removeprefix("mailto:")
    return f"{text} ({href})" if href and href not in text else text


def _one_line(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\v")]
    return "\n".join(lines).strip()
