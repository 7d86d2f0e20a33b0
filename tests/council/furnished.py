"""A plan that has some of everything, and one as long as plans get, for tests of its pages."""

from datetime import date, timedelta
from itertools import count, cycle

from django.utils import timezone

from council.models import (
    ColumnMeaning,
    Completeness,
    DeadlineChange,
    ExtraCell,
    HeadingState,
    Origin,
    ProgressStatus,
    ProgressUpdate,
    Resource,
    Responsible,
    RowKind,
    StageColumn,
)
from council.timelines import Recurrence, TimelineKind, TimePrecision
from events.models import EventOutcome
from tests import factories

SECRET = "Жалбырак"  # a word of the plan that stands nowhere else


def furnished_plan(**fields):
    """In Russian, with every kind of row, hole, report and proof. Named parts are attributes."""
    event = factories.make_event(slug="seminar", title_ru="Семинар рабочей группы")
    outcome = EventOutcome.objects.create(event=event, kind="task", text_ru="Составить список.")
    plan = factories.make_plan(
        **{
            "slug": "furnished",
            "title_ru": f"План {SECRET}",
            "summary_ru": f"Что обещано ({SECRET}).",
            "body_ru": "<p>План составила рабочая группа.</p>",
            "note_ru": "<p>Строки 1–3 утрачены.</p>",
            "reference_strategy_ru": "Стратегия устойчивого развития",
            "council": factories.make_body(slug="council", title_ru="Совет по миграции"),
            "drawn_up_by": factories.make_body(slug="group", title_ru="Рабочая группа"),
            "source_document": factories.make_document(slug="source", title_ru="Отчёт о семинаре"),
            "events": [event],
            "topics": [factories.make_topic(slug="topic", name_ru="Управление миграцией")],
            "is_demonstration": True,
        }
        | fields
    )
    council = factories.make_organisation(slug="ncm", name_ru="Национальный совет")
    centre = factories.make_organisation(
        slug="centre", name_ru="Центр политики", abbreviation_ru="ЦП"
    )
    first = factories.make_stage(
        plan,
        title_ru="Создание совета",
        timeline_text_ru="до 30 июня 2025 г.",
        timeline_kind=TimelineKind.BY,
        latest=date(2025, 6, 30),
        goals_state=Completeness.PARTIAL,
        table_state=Completeness.PARTIAL,
        note_ru="Пункты 1–3 утрачены.",
    )
    factories.make_goal(first, is_gap=True, title_ru="", number="1–3")
    factories.make_goal(first, title_ru="Утверждение плана", is_placement_uncertain=True)
    second = factories.make_stage(plan)
    third = factories.make_stage(
        plan,
        table_state=Completeness.PENDING,
        pending_on_organisation=centre,
        pending_on_document=factories.make_draft(title_ru="Тайный протокол"),
    )
    gap = factories.make_activity(first, kind=RowKind.GAP, number="1–3")
    campaign = factories.make_activity(
        first,
        title_ru="информационная кампания",
        is_lost_before=True,
        is_number_lost=True,
        inferred_number="4",
        is_timeline_lost=True,
        resources_text_ru="10 000",
    )
    factories.make_resource(campaign, amount=10000, currency="")
    meeting = factories.make_activity(
        first,
        number="5",
        title_ru=f"Первое заседание ({SECRET})",
        printed_title="Первое заседенье",
        timeline_text_ru="до 15 мая",
        latest=date(2025, 5, 15),
        is_year_inferred=True,
        responsible_text_ru="НСМ",
        resources_text_ru="5 000 долл. США",
        expected_result_ru="Утверждённый план",
        note_ru="Год следует из плана.",
    )
    factories.make_responsible(meeting, organisation=council, is_yet_to_exist=True)
    factories.make_resource(meeting)
    suggested = factories.make_activity(
        first,
        title_ru="Список подписантов",
        origin=Origin.SUGGESTED,
        origin_outcome=outcome,
        origin_note_ru="При представлении этапа",
        is_placement_uncertain=True,
    )
    undecided = factories.make_activity(
        first, title_ru="Совместная конференция", origin=Origin.PROPOSED
    )
    heading = factories.make_activity(
        second, kind=RowKind.HEADING, number="4", title_ru="Связи с общественностью"
    )
    image = factories.make_activity(
        second,
        parent=heading,
        number="4.1",
        title_ru="Создание образа совета",
        timeline_text_ru="май 2025 г. — постоянно",
        timeline_kind=TimelineKind.PERMANENT,
        earliest=date(2025, 5, 1),
        time_precision=TimePrecision.MONTH,
    )
    feedback = factories.make_activity(
        second,
        parent=image,
        kind=RowKind.STEP,
        title_ru="Обратная связь",
        timeline_text_ru="раз в квартал",
        timeline_kind=TimelineKind.RECURRING,
        recurrence=Recurrence.QUARTER,
        responsible_text_ru="ЦП и НСМ",
    )
    factories.make_responsible(feedback, organisation=centre)
    factories.make_responsible(feedback, organisation=council)
    done = factories.make_activity(
        second, parent=heading, number="4.2", title_ru="Сайт", latest=date(2025, 12, 31)
    )
    cancelled = factories.make_activity(
        second, parent=heading, number="4.3", title_ru="Буклет", latest=date(2025, 3, 31)
    )
    for meaning, words, state in (
        (ColumnMeaning.ACTIVITY, "Действия", HeadingState.PRINTED),
        (ColumnMeaning.TIMELINE, "", HeadingState.LOST),
        (ColumnMeaning.RESPONSIBLE, "Исполнители", HeadingState.PRINTED),
        (ColumnMeaning.EXPECTED_RESULT, "", HeadingState.UNNAMED),
    ):
        StageColumn.objects.create(
            stage=second, position=1, meaning=meaning, heading_ru=words, heading_state=state
        )
    column = StageColumn.objects.create(
        stage=second, position=3, meaning=ColumnMeaning.OTHER, heading_ru="Показатель"
    )
    ExtraCell.objects.create(activity=done, column=column, text_ru="число посетителей")
    ExtraCell.objects.create(activity=cancelled, column=column, is_lost=True)
    factories.make_deadline_change(
        meeting,
        decided_on=date(2025, 3, 1),
        latest=date(2025, 7, 15),
        timeline_text_ru="до 15 июля",
        reason_ru="Не было помещения.",
        document=factories.make_document(slug="decision", title_ru="Решение о переносе"),
    )
    mistaken = factories.make_update(
        meeting, as_of=date(2025, 4, 1), status=ProgressStatus.DONE, text_ru="Проведено."
    )
    corrected = factories.make_update(
        meeting,
        as_of=date(2025, 4, 2),
        text_ru="Помещение согласуется.",
        reported_by=council,
        corrects=mistaken,
        percent=40,
    )
    factories.make_evidence(
        corrected, document=factories.make_document(slug="minutes", title_ru="Протокол встречи")
    )
    factories.make_evidence(corrected, document=factories.make_draft(title_ru="Тайный черновик"))
    factories.make_evidence(corrected, url="https://example.org/plan", title_ru="Новость")
    factories.make_assessment(corrected, verdict="partly", note_ru="Только часть.")
    factories.make_update(
        meeting, as_of=date(2025, 4, 3), text_ru="Тайное ожидание", moderation="waiting"
    )
    factories.make_update(
        meeting,
        as_of=date(2025, 4, 3),
        text_ru="Тайный отказ",
        moderation="rejected",
        rejection_reason="Не о том.",
    )
    factories.make_update(
        done,
        as_of=date(2025, 9, 1),
        status=ProgressStatus.DONE,
        evidence_waiver_ru="Сайт виден всем.",
        reported_by=centre,
    )
    factories.make_update(cancelled, status=ProgressStatus.CANCELLED)
    plan.parts = {
        "gap": gap,
        "campaign": campaign,
        "meeting": meeting,
        "suggested": suggested,
        "undecided": undecided,
        "heading": heading,
        "image": image,
        "feedback": feedback,
        "done": done,
        "cancelled": cancelled,
    }
    plan.numbered = [first, second, third]
    return plan


# As long as plans get

TEXT = (
    "Разработка рекомендаций по внесению изменений в отраслевые программы на основе анализа "
    "законодательства о миграции, обсуждение проекта с заинтересованными организациями и "
    "публикация итогового документа на трёх языках; проведение информационной кампании среди "
    "семей трудовых мигрантов, подготовка консультантов в областях, заключение соглашений с "
    "работодателями, создание постоянной рабочей группы, учёт жалоб и ежегодный доклад перед "
    "Жогорку Кенешем о положении граждан, работающих за пределами страны, их детей и родителей, "
    "а также мониторинг исполнения принятых решений местными органами самоуправления "
)


def long_texts():
    """Words of Russian plans, in another order each time."""
    words = TEXT.split()
    for shift in count(1):
        yield " ".join(words[(place * 7 + shift * 5) % len(words)] for place in range(40))


def long_plan(rows=200):
    """As many rows with long texts in every cell, in four stages; half of them reported on, a
    fifth moved, each with an amount and two of thirty organisations."""
    texts = long_texts()
    plan = factories.make_trilingual_plan(slug="long", title_ru=next(texts)[:120])
    organisations = [
        factories.make_organisation(name_ru=next(texts)[:70], slug=f"long-{number}")
        for number in range(min(rows, 30))
    ]
    stages = [
        factories.make_stage(plan, title_ru=next(texts)[:80], note_ru=next(texts)[:200])
        for _number in range(min(rows, 4))
    ]
    for stage in stages:
        StageColumn.objects.create(
            stage=stage, meaning=ColumnMeaning.OTHER, heading_ru="Показатель"
        )
        for _number in range(3):
            factories.make_goal(stage, title_ru=next(texts)[:110])
    kinds = cycle(
        [
            {"timeline_kind": TimelineKind.BY, "latest": date(2025, 6, 30)},
            {
                "timeline_kind": TimelineKind.WITHIN,
                "earliest": date(2025, 9, 1),
                "latest": date(2026, 9, 30),
            },
            {"timeline_kind": TimelineKind.PERMANENT, "earliest": date(2025, 5, 1)},
            {"timeline_kind": TimelineKind.RECURRING, "recurrence": Recurrence.QUARTER},
            {},
        ]
    )
    heading = None
    made = []
    for number in range(rows):
        stage = stages[number * len(stages) // rows]
        is_heading = number % 10 == 0
        row = factories.make_activity(
            stage,
            kind=RowKind.HEADING if is_heading else RowKind.ACTIVITY,
            parent=None if is_heading or heading is None or heading.stage != stage else heading,
            number=f"{number // 10 + 1}" if is_heading else f"{number // 10 + 1}.{number % 10}",
            title_ru=next(texts)[:160],
            **(
                {}
                if is_heading
                else {
                    "timeline_text_ru": "до 30 июня 2025 г., далее ежеквартально",
                    "responsible_text_ru": next(texts)[:80],
                    "resources_text_ru": next(texts)[:60],
                    "expected_result_ru": next(texts)[:120],
                    **next(kinds),
                }
            ),
        )
        heading = row if is_heading else heading
        made.append(row)
        ExtraCell.objects.create(
            activity=row,
            column=StageColumn.objects.get(stage=stage),
            text_ru=next(texts)[:60],
        )
    work = [row for row in made if row.kind == RowKind.ACTIVITY]
    Responsible.objects.bulk_create(
        Responsible(activity=row, organisation=organisations[(place * 3 + it) % len(organisations)])
        for place, row in enumerate(work)
        for it in range(2 if len(organisations) > 1 else 1)
    )
    Resource.objects.bulk_create(
        Resource(activity=row, amount=1000 + place, currency=["USD", "KGS", ""][place % 3])
        for place, row in enumerate(work)
    )
    now = timezone.now()
    ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            activity=row,
            as_of=date(2025, 6, 1) + timedelta(days=place % 90),
            status=[ProgressStatus.IN_PROGRESS, ProgressStatus.DONE][place // 2 % 2],
            text_ru=next(texts),
            reported_by=organisations[place % len(organisations)],
            moderation="accepted",
            moderated_at=now,
        )
        for place, row in enumerate(work)
        if place % 2
    )
    DeadlineChange.objects.bulk_create(
        DeadlineChange(
            activity=row,
            decided_on=date(2025, 5, 1),
            timeline_kind=TimelineKind.BY,
            latest=date(2026, 1, 31),
            reason_ru=next(texts)[:100],
        )
        for row in work[::5]
    )
    plan.rows = made
    return plan
