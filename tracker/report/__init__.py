"""What is printed: PDF sheets of order cards and bundle tickets."""

from tracker.report.sheets import Sheets, make_pdf, make_pictures, qr_modules
from tracker.report.sizes import Prints, prints_for
from tracker.report.tickets import bundles

__all__ = ["Prints", "Sheets", "bundles", "make_pdf", "make_pictures", "prints_for", "qr_modules"]
