"""A plan in which every cell that a plan can have is filled, lost or empty somewhere."""

from __future__ import annotations

from datetime import date

from council.models import (
    ColumnMeaning,
    Completeness,
    ExtraCell,
    HeadingState,
    Origin,
    Plan,
    RowKind,
    StageColumn,
)
from council.timelines import Recurrence, TimelineKind, TimePrecision
from tests.factories import (
    make_activity,
    make_document,
    make_goal,
    make_organisation,
    make_resource,
    make_responsible,
    make_stage,
    make_trilingual_plan,
)


def make_full_plan(**fields) -> Plan:
    """Two stages: one with a table of printed columns, one that has nothing yet."""
    plan = make_trilingual_plan(**{"original_language": "en"} | fields)
    council = make_organisation(
        slug="ncm", name_ru="Национальный совет по миграции", abbreviation_ru="НСМ"
    )
    center = make_organisation(
        slug="tspc", name_ru="Центр политики", abbreviation_en="TSPC", other_names="Тянь-Шань"
    )
    stage = make_stage(
        plan,
        title_ru="Подготовка",
        timeline_text_en="by December 31, 2025",
        timeline_kind=TimelineKind.BY,
        latest=date(2025, 12, 31),
        goals_state=Completeness.PARTIAL,
        table_state=Completeness.PARTIAL,
        note_ru="Пункты 1–3 утрачены.\r\n\r\nДальше по порядку.",
    )
    indicator = _add_columns(stage)
    make_goal(stage, number="1–3", title_ru="", is_gap=True)
    make_goal(stage, number="4", title_en="Approving the Action Plan", title_ru="")
    make_goal(stage, number="", title_ru="Связь", is_placement_uncertain=True, note_ru="Рядом.")
    make_activity(stage, kind=RowKind.GAP, number="1–3")
    heading = make_activity(
        stage,
        kind=RowKind.HEADING,
        number="4",
        title_en="Public relations",
        title_ru="Связи с общественностью",
        printed_title="Pubic Relation",
    )
    meeting = make_activity(
        stage,
        parent=heading,
        number="4.1",
        title_en="First Meeting of the Council",
        title_ru="Первое заседание совета",
        title_ky="Кеңештин биринчи жыйыны",
        timeline_text_en="By May 15",
        timeline_text_ru="до 15 мая",
        timeline_kind=TimelineKind.BY,
        latest=date(2025, 5, 15),
        is_year_inferred=True,
        responsible_text_en="NCM, TSPC",
        resources_text_en="USD 5,000; 10,000",
        expected_result_en="Approved Plan",
        note_ru="См. протокол.",
    )
    make_responsible(meeting, organisation=council, is_yet_to_exist=True, position=1)
    make_responsible(meeting, organisation=center, position=2)
    make_resource(meeting, position=1)
    make_resource(meeting, amount="10000.50", currency="", position=2)
    ExtraCell.objects.create(activity=meeting, column=indicator, text_ru="1 заседание")
    make_activity(
        stage,
        parent=heading,
        is_number_lost=True,
        inferred_number="4.2",
        title_en="… information campaign",
        title_ru="",
        is_lost_before=True,
        is_timeline_lost=True,
        is_responsible_lost=True,
        is_resources_lost=True,
        is_expected_result_lost=True,
    )
    feedback = make_activity(
        stage,
        parent=heading,
        title_ru="Обратная связь",
        timeline_text_en="Once a quarter",
        timeline_kind=TimelineKind.RECURRING,
        recurrence=Recurrence.QUARTER,
        time_precision=TimePrecision.QUARTER,
    )
    ExtraCell.objects.create(activity=feedback, column=indicator, is_lost=True)
    make_activity(stage, parent=feedback, kind=RowKind.STEP, title_ru="Разослать анкеты")
    make_activity(
        stage,
        title_ru="Список подписавших",
        origin=Origin.SUGGESTED,
        origin_note_ru="на докладе группы I",
        is_placement_uncertain=True,
        timeline_text_ru="когда-нибудь потом",
    )
    make_stage(
        plan,
        goals_state=Completeness.PENDING,
        table_state=Completeness.PENDING,
        pending_on_organisation=center,
        pending_on_document=make_document(slug="protocol"),
    )
    return plan


def _add_columns(stage) -> StageColumn:
    """A printed heading, an unnamed one, a lost one, and a column that only this plan has."""
    for position, (meaning, words, state) in enumerate(
        [
            (ColumnMeaning.ACTIVITY, "Activities", HeadingState.PRINTED),
            (ColumnMeaning.TIMELINE, "", HeadingState.LOST),
            (ColumnMeaning.EXPECTED_RESULT, "", HeadingState.UNNAMED),
        ]
    ):
        StageColumn.objects.create(
            stage=stage, position=position, meaning=meaning, heading_en=words, heading_state=state
        )
    return StageColumn.objects.create(
        stage=stage, position=9, meaning=ColumnMeaning.OTHER, heading_ru="Показатель"
    )
