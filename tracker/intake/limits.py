"""How large an order sheet may be, and why: every bound that keeps a hostile file from costing memory or time.

An order sheet of a small workshop has fewer than 2,000 rows and 50 columns. Each limit leaves several times that.
"""

from __future__ import annotations

MAX_CSV_BYTES = 4 * 2**20
"""2,000 rows of 200 bytes are 0.4 MB; a CSV file holds no pictures."""

MAX_XLSX_BYTES = 32 * 2**20
"""Order sheets carry photographs of the garment, several MB each, which are never unpacked."""

MAX_MEMBERS = 2_000
"""Files inside a workbook: about ten per sheet and one per picture."""

MAX_PART_BYTES = 8 * 2**20
"""Unpacked size of one XML part that is read: 100,000 styled cells take about 5 MB."""

MAX_UNPACKED_BYTES = 16 * 2**20
"""Unpacked size of all parts that are read together: it bounds time, at worst 0.4 s a MB."""

MAX_RATIO = 200
"""Unpacked over packed size; real sheets stay under 50, a zip bomb of zeros reaches 1,030 (deflate's own bound)."""

RATIO_FREE_BYTES = 2**20
"""Parts smaller than this may have any ratio: they can do no harm."""

MAX_SHEETS = 50
"""One sheet per order and a month of orders in one workbook."""

MAX_ROWS = 5_000
"""Highest row number that may hold something, and most rows of a CSV file."""

MAX_COLUMNS = 200
"""Highest column number that may hold something: field columns plus every size there is."""

MAX_CELLS = 200_000
"""Non-blank cells in the whole file, merged areas counted in full."""

MAX_CELL_CHARS = 32_767
"""Excel's own limit for one cell."""

MAX_NESTING = 64
"""Depth of XML elements; SpreadsheetML uses fewer than ten."""

MAX_SHARED_STRINGS = 200_000
"""As many as there may be cells."""

MAX_HEADER_CHARS = 100
"""Length of a header; longer text is none and costs no search."""

MAX_FACTS_CHARS = 1_000
"""Length of a cell above a table in which labels are looked for."""

MAX_FINDINGS = 200
"""Faults or warnings listed before the rest is only counted: nobody corrects more in one go."""

MAX_ID_CHARS = 64
"""Length of an order number."""

MAX_TEXT_CHARS = 200
"""Length of a customer, style, colour, size or operation."""

MAX_QUANTITY = 100_000
"""Units in one line; the shops' orders are 50 to 200 pieces, so more is a slipped digit."""

MAX_DUE_YEARS = 5
"""Years between today and a date on the sheet; more is a mistyped year."""
