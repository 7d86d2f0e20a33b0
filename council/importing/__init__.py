"""A plan from the spreadsheet that it was written in, or from one that the portal has exported.

The lines of the file become stages, goals and rows, unsaved: looked at, they are a dry run; saved
in one transaction, they are the import. Nothing is ever deleted, an empty cell leaves what is
stored, and what the portal reads into words is told as a proposal.
"""

from council.importing.parts import CellChange, Part
from council.importing.work import Options, PlanImport

__all__ = ["CellChange", "Options", "Part", "PlanImport"]
