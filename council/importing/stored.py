"""The plan as it is stored, with everything that a line of a file may be about."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from functools import cached_property

from django.db.models import Prefetch

from council.lines import Line, lines_of, stage_key
from council.models import Activity, ColumnMeaning, Goal, Plan, Responsible, Stage, StageColumn
from library.models import Organisation
from mrc_portal.languages import every_column


class Stored:
    """Every part of a plan by its key, in a fixed number of queries."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines: dict[str, Line] = {
            line["key"]: line for line in lines_of(plan, with_state=False)
        }
        self.stages: dict[int, Stage] = {}
        self.columns: dict[int, dict[str, StageColumn]] = defaultdict(dict)
        self.goals: dict[str, Goal] = {}
        self.rows: dict[str, Activity] = {}
        self._load_stages()
        self._load_rows()

    def _load_stages(self) -> None:
        by_pk = {}
        for stage in self.plan.stages.prefetch_related("columns", "goals"):
            stage.plan = self.plan
            self.stages[stage.number] = by_pk[stage.pk] = stage
            others = 0
            for column in stage.columns.all():
                name = column.meaning
                if name == ColumnMeaning.OTHER:
                    others += 1
                    name = f"other_{others}"
                column.stage = stage
                self.columns[stage.number][name] = column
            for goal in stage.goals.all():
                goal.stage = stage
                self.goals[goal.short_id] = goal

    def _load_rows(self) -> None:
        stages = {stage.pk: stage for stage in self.stages.values()}
        named = Responsible.objects.select_related("organisation")
        rows = (
            Activity.objects.filter(stage__plan=self.plan)
            .order_by("position", "pk")
            .prefetch_related(Prefetch("responsibles", named), "resources", "extra_cells")
        )
        by_pk = {row.pk: row for row in rows}
        for row in by_pk.values():
            row.stage = stages[row.stage_id]
            if row.parent_id is not None:
                row.parent = by_pk[row.parent_id]
            self.rows[row.short_id] = row

    @property
    def is_empty(self) -> bool:
        return not self.goals and not self.rows

    def line_of_stage(self, number: int) -> Line:
        return self.lines.get(stage_key(number), {})

    @cached_property
    def fingerprint(self) -> str:
        """Changes with anything that somebody else saves of the plan."""
        revisions = [
            [*((it.number, it.revision) for it in self.stages.values())],
            [*((key, it.revision) for key, it in self.goals.items())],
            [*((key, it.revision, it.position) for key, it in self.rows.items())],
        ]
        content = json.dumps([list(self.lines.values()), revisions])
        return hashlib.sha256(content.encode()).hexdigest()


class Names:
    """Organisations by what people call them: address, names, abbreviations, other spellings."""

    @cached_property
    def _by_name(self) -> dict[str, set[Organisation]]:
        found: dict[str, set[Organisation]] = defaultdict(set)
        for organisation in Organisation.objects.all():
            names = [organisation.slug, *organisation.other_names.splitlines()]
            names += [
                getattr(organisation, it) or "" for it in every_column("name", "abbreviation")
            ]
            for name in filter(None, map(_key, names)):
                found[name].add(organisation)
        return found

    def find(self, name: str) -> list[Organisation]:
        """All that are called so; an address means one alone."""
        found = list(self._by_name.get(_key(name), ()))
        return [it for it in found if it.slug == name] or found


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
