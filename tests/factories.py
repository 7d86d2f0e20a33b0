"""One plain function per model: a valid object, published where it can be. A test names only the
fields that it is about."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import typst
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from council.models import (
    Activity,
    Assessment,
    Body,
    BodyKind,
    DeadlineChange,
    Evidence,
    Goal,
    Letter,
    Membership,
    Moderation,
    Plan,
    ProgressStatus,
    ProgressUpdate,
    Resource,
    Responsible,
    RowKind,
    Signatory,
    Stage,
    Verdict,
)
from council.timelines import TimelineKind
from events.models import (
    Boilerplate,
    BoilerplateVersion,
    Event,
    EventKind,
    EventSeries,
    Happening,
    PressContact,
    PressRelease,
    Question,
    QuestionKind,
    Questionnaire,
)
from library.models import (
    BestPractice,
    ChangeNote,
    Contribution,
    Country,
    Document,
    DocumentFile,
    DocumentRelation,
    FilePage,
    Kind,
    Organisation,
    Person,
    Project,
    Recommendation,
    Relation,
    RightsArea,
    Role,
    Term,
    TextState,
    Topic,
)
from mrc_portal.publishing import Status
from mrc_portal.roles import EDITORS, give_role, prepare_roles

LONG_AGO = datetime(2013, 5, 20, 9, tzinfo=UTC)

_numbers = itertools.count(1)


def make_user(role: str = EDITORS, **fields: Any) -> User:
    """A member of the staff. Without a role ("") an account that may do nothing."""
    user = User.objects.create_user(**{"username": f"user-{next(_numbers)}"} | fields)
    if role:
        prepare_roles()
        give_role(user, role)
    return user


def make_document(**fields: Any) -> Document:
    """A policy brief, published long ago in Russian. topics and countries take lists."""
    number = next(_numbers)
    related = {name: fields.pop(name) for name in ("topics", "countries") if name in fields}
    defaults = {
        "title_ru": f"Документ {number}",
        "slug": f"document-{number}",
        "kind": Kind.POLICY_BRIEF,
        "issued_on": date(2013, 5, 20),
        "status": Status.PUBLISHED,
        "publish_at": LONG_AGO,
        "original_language": "ru",
        "ready_ru": True,
    }
    document = Document(**defaults | fields)
    _save(document)
    for name, objects in related.items():
        getattr(document, name).set(objects)
    return document


def make_trilingual_document(**fields: Any) -> Document:
    """A document whose three language versions are ready."""
    number = next(_numbers)
    defaults = {
        "title_ky": f"Эмгек келишими {number}",
        "title_ru": f"Трудовой договор {number}",
        "title_en": f"The employment contract {number}",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_document(**defaults | fields)


def make_draft(**fields: Any) -> Document:
    """A document that only the staff may see."""
    return make_document(**{"status": Status.DRAFT, "publish_at": None} | fields)


def make_practice(**fields: Any) -> BestPractice:
    """A row of the matrix. areas takes a list; document a document of this kind."""
    areas = fields.pop("areas", None)
    document = fields.pop("document", None) or make_document(kind=Kind.BEST_PRACTICE)
    practice = BestPractice(**{"document": document, "since_year": 1983} | fields)
    _save(practice)
    practice.areas.set([make_area()] if areas is None else areas)
    return practice


def make_file(document: Document | None = None, **fields: Any) -> DocumentFile:
    """A PDF of a document with these pages of text (pages=[...]) and bytes (content=b"...").

    The bytes are no real PDF: tests that read them use library/files.py."""
    number = next(_numbers)
    texts = fields.pop("pages", ["Первая страница", "Вторая страница"])
    content = fields.pop("content", b"%PDF-1.7\n" + str(number).encode())
    defaults = {
        "document": document or make_document(),
        "language": "ru",
        "role": Role.FULL_TEXT,
        "original_name": f"{number}.pdf",
        "extension": "pdf",
        "size": len(content),
        "sha256": f"{number:064x}",
        "page_count": len(texts),
        "text_state": TextState.TEXT if any(texts) else TextState.NEEDS_OCR,
    }
    file = DocumentFile(**defaults | fields)
    file.file.save(f"file.{file.extension}", ContentFile(content), save=False)
    _save(file)
    FilePage.objects.bulk_create(
        FilePage(file=file, number=page, text=text) for page, text in enumerate(texts, start=1)
    )
    return file


def make_pdf(*pages: str, language: str = "ru") -> bytes:
    """A real PDF with a page for each text, which must be free of Typst's markup signs."""
    source = f'#set text(lang: "{language}", font: "Libertinus Serif")\n'
    source += "\n#pagebreak()\n".join(pages)
    return typst.compile(source.encode(), ignore_system_fonts=True)


def make_recommendation(document: Document | None = None, **fields: Any) -> Recommendation:
    defaults = {"document": document or make_document(), "text_ru": "Открыть консультации."}
    return Recommendation.objects.create(**defaults | fields)


def make_change_note(document: Document | None = None, **fields: Any) -> ChangeNote:
    defaults = {
        "document": document or make_document(),
        "made_on": date(2013, 6, 3),
        "text_ru": "Исправлена таблица 2.",
    }
    return ChangeNote.objects.create(**defaults | fields)


def make_contribution(document: Document | None = None, **fields: Any) -> Contribution:
    """A person as the author, unless an organisation is given."""
    if "organisation" not in fields:
        fields.setdefault("person", None)
        fields["person"] = fields["person"] or make_person()
    contribution = Contribution(**{"document": document or make_document()} | fields)
    _save(contribution)
    return contribution


def make_relation(document: Document, target: Document, **fields: Any) -> DocumentRelation:
    relation = DocumentRelation(
        document=document, target=target, **{"kind": Relation.CITES} | fields
    )
    _save(relation)
    return relation


def make_term(**fields: Any) -> Term:
    """A term of the glossary, with a name in Russian only."""
    number = next(_numbers)
    return _make(Term, {"name_ru": f"Термин {number}", "slug": f"term-{number}"} | fields)


def make_topic(**fields: Any) -> Topic:
    number = next(_numbers)
    return _make(Topic, {"name_ru": f"Тема {number}", "slug": f"topic-{number}"} | fields)


def make_area(**fields: Any) -> RightsArea:
    number = next(_numbers)
    return _make(RightsArea, {"name_ru": f"Область {number}", "slug": f"area-{number}"} | fields)


def make_organisation(**fields: Any) -> Organisation:
    number = next(_numbers)
    defaults = {"name_ru": f"Организация {number}", "slug": f"organisation-{number}"}
    return _make(Organisation, defaults | fields)


def make_person(**fields: Any) -> Person:
    number = next(_numbers)
    defaults = {
        "family_name_ru": f"Фамилия-{number}",
        "given_names_ru": "Айгүл",
        "slug": f"person-{number}",
    }
    return _make(Person, defaults | fields)


def make_project(**fields: Any) -> Project:
    number = next(_numbers)
    return _make(Project, {"title_ru": f"Проект {number}", "slug": f"project-{number}"} | fields)


def get_country(code: str) -> Country:
    """A country by its ISO code; the migrations brought all of them."""
    return Country.objects.get(code=code)


def _make(model: type[Any], fields: dict[str, Any]) -> Any:
    record = model(**fields)
    _save(record)
    return record


def _save(record: Any) -> None:
    """Raises ValidationError. What the database refuses by itself it is not asked beforehand: that
    took a third of the time of all tests."""
    record.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError:
        record.full_clean()  # says the same in the words of the model
        raise


# Events, press, feedback


def make_event(**fields: Any) -> Event:
    """A round table of one known day in March 2013, held, published long ago in Russian.

    topics takes a list; starts_on alone makes an event of one day."""
    number = next(_numbers)
    topics = fields.pop("topics", [])
    defaults = {
        "title_ru": f"Круглый стол {number}",
        "slug": f"event-{number}",
        "kind": EventKind.ROUNDTABLE,
        "starts_on": date(2013, 3, 26),
        "happening": Happening.HELD,
        "status": Status.PUBLISHED,
        "publish_at": LONG_AGO,
        "original_language": "ru",
        "ready_ru": True,
    }
    event = _make(Event, defaults | fields)
    event.topics.set(topics)
    return event


def make_trilingual_event(**fields: Any) -> Event:
    """An event whose three language versions are ready."""
    number = next(_numbers)
    defaults = {
        "title_ky": f"Тегерек стол {number}",
        "title_ru": f"Круглый стол {number}",
        "title_en": f"A round table {number}",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_event(**defaults | fields)


def make_planned_event(**fields: Any) -> Event:
    """An event ten days from now."""
    day = timezone.localdate() + timedelta(days=10)
    return make_event(**{"starts_on": day, "happening": Happening.PLANNED} | fields)


def make_series(**fields: Any) -> EventSeries:
    number = next(_numbers)
    return _make(EventSeries, {"name_ru": f"Ряд {number}", "slug": f"series-{number}"} | fields)


def make_press_release(**fields: Any) -> PressRelease:
    """A release of March 2013, published long ago in Russian.

    organisations, events, documents and topics take lists."""
    number = next(_numbers)
    names = ("organisations", "events", "documents", "topics")
    related = {name: fields.pop(name) for name in names if name in fields}
    defaults = {
        "title_ru": f"Пресс-релиз {number}",
        "slug": f"press-release-{number}",
        "body_ru": "<p>Завтра в Бишкеке пройдёт круглый стол.</p>",
        "dateline_place_ru": "Бишкек",
        "dateline_on": date(2013, 3, 25),
        "status": Status.PUBLISHED,
        "publish_at": LONG_AGO,
        "original_language": "ru",
        "ready_ru": True,
    }
    release = _make(PressRelease, defaults | fields)
    for name, objects in related.items():
        getattr(release, name).set(objects)
    return release


def make_trilingual_press_release(**fields: Any) -> PressRelease:
    """A release whose three language versions are ready."""
    number = next(_numbers)
    defaults = {
        "title_ky": f"Маалымат кат {number}",
        "title_ru": f"Пресс-релиз {number}",
        "title_en": f"A press release {number}",
        "body_ky": "<p>Эртең Бишкекте тегерек стол өтөт.</p>",
        "body_en": "<p>A round table will be held in Bishkek tomorrow.</p>",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_press_release(**defaults | fields)


def make_contact(**fields: Any) -> PressContact:
    return _make(
        PressContact, {"role_ru": "Сектор миграции", "email": "press@mrc.example"} | fields
    )


def make_boilerplate(text: str = "Центр изучает политику.", **fields: Any) -> Boilerplate:
    """A standing text about an organisation, with a first version in Russian."""
    if "project" not in fields:
        fields.setdefault("organisation", None)
        fields["organisation"] = fields["organisation"] or make_organisation()
    boilerplate = _make(Boilerplate, {"heading_ru": "О центре"} | fields)
    headings = {
        name: getattr(boilerplate, name) for name in ("heading_ky", "heading_ru", "heading_en")
    }
    BoilerplateVersion.objects.create(boilerplate=boilerplate, number=1, text_ru=text, **headings)
    return boilerplate


def make_questionnaire(event: Event | None = None, **fields: Any) -> Questionnaire:
    """A questionnaire that is open to anyone since an hour, for a day, without questions."""
    now = timezone.now()
    defaults = {
        "event": event or make_trilingual_event(),
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=1),
    }
    return _make(Questionnaire, defaults | fields)


def make_question(questionnaire: Questionnaire | None = None, **fields: Any) -> Question:
    """A yes-or-no question in three languages."""
    defaults = {
        "questionnaire": questionnaire or make_questionnaire(),
        "kind": QuestionKind.YES_NO,
        "text_ky": "Пайдалуу болдубу?",
        "text_ru": "Было полезно?",
        "text_en": "Was it useful?",
    }
    return _make(Question, defaults | fields)


def _published(name: str, title: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What a record has that was published long ago in Russian."""
    number = next(_numbers)
    return {
        "title_ru": f"{title} {number}",
        "slug": f"{name}-{number}",
        "status": Status.PUBLISHED,
        "publish_at": LONG_AGO,
        "original_language": "ru",
        "ready_ru": True,
    } | fields


def make_plan(**fields: Any) -> Plan:
    """A plan of 2025 to 2027 without stages; events and topics take lists."""
    related = {name: fields.pop(name) for name in ("events", "topics") if name in fields}
    defaults = {"starts_on": date(2025, 1, 1), "ends_on": date(2027, 12, 31)}
    plan = _make(Plan, _published("plan", "План действий", defaults | fields))
    for name, rows in related.items():
        getattr(plan, name).set(rows)
    return plan


def make_trilingual_plan(**fields: Any) -> Plan:
    """A plan whose three language versions are ready."""
    defaults = {
        "title_ky": "Иш-аракеттер планы",
        "title_en": "An action plan",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_plan(**defaults | fields)


def make_stage(plan: Plan | None = None, **fields: Any) -> Stage:
    """The next stage of a plan, without a deadline of its own."""
    plan = plan or make_plan()
    return _make(Stage, {"plan": plan, "number": plan.stages.count() + 1} | fields)


def make_goal(stage: Stage | None = None, **fields: Any) -> Goal:
    stage = stage or make_stage()
    position = stage.goals.count() + 1
    defaults = {"position": position, "number": str(position), "title_ru": "Признание совета"}
    return _make(Goal, {"stage": stage} | defaults | fields)


def make_activity(stage: Stage | None = None, **fields: Any) -> Activity:
    """The next row of a stage, without dates. `latest` alone makes it "by a date"."""
    stage = stage or make_stage()
    number = next(_numbers)
    defaults = {
        "stage": stage,
        "position": stage.rows.count() + 1,
        "title_ru": f"Провести встречу {number}",
    }
    if "latest" in fields and "timeline_kind" not in fields:
        defaults["timeline_kind"] = TimelineKind.BY
    if fields.get("kind") == RowKind.GAP:
        del defaults["title_ru"]
    return _make(Activity, defaults | fields)


def make_responsible(activity: Activity | None = None, **fields: Any) -> Responsible:
    activity = activity or make_activity()
    if "organisation" not in fields:
        fields["organisation"] = make_organisation()
    return _make(Responsible, {"activity": activity} | fields)


def make_resource(activity: Activity | None = None, **fields: Any) -> Resource:
    defaults = {"activity": activity or make_activity(), "amount": 5000, "currency": "USD"}
    return _make(Resource, defaults | fields)


def make_deadline_change(activity: Activity | None = None, **fields: Any) -> DeadlineChange:
    """A deadline moved on 1 March 2025 to the end of that year."""
    defaults = {
        "activity": activity or make_activity(latest=date(2025, 6, 30)),
        "decided_on": date(2025, 3, 1),
        "timeline_kind": TimelineKind.BY,
        "latest": date(2025, 12, 31),
        "timeline_text_ru": "до 31 декабря 2025 г.",
        "reason_ru": "Не было средств.",
    }
    return _make(DeadlineChange, defaults | fields)


def make_update(activity: Activity | None = None, **fields: Any) -> ProgressUpdate:
    """An accepted report of 1 March 2025 that the work goes on."""
    defaults = {
        "activity": activity or make_activity(),
        "as_of": date(2025, 3, 1),
        "status": ProgressStatus.IN_PROGRESS,
        "text_ru": "Подготовка началась.",
        "moderation": Moderation.ACCEPTED,
    }
    fields = defaults | fields
    if fields["moderation"] != Moderation.WAITING:
        fields = {"moderated_at": LONG_AGO} | fields
    return _make(ProgressUpdate, fields)


def make_evidence(update: ProgressUpdate | None = None, **fields: Any) -> Evidence:
    """A document of the library, unless something else is given."""
    if not fields.keys() & {"document", "event", "release", "url"}:
        fields["document"] = make_document()
    return _make(Evidence, {"update": update or make_update()} | fields)


def make_assessment(update: ProgressUpdate | None = None, **fields: Any) -> Assessment:
    defaults = {"verdict": Verdict.CONFIRMED, "made_on": date(2025, 4, 1)}
    return _make(Assessment, {"update": update or make_update()} | defaults | fields)


def make_body(**fields: Any) -> Body:
    """A working group that exists."""
    defaults = {"kind": BodyKind.WORKING_GROUP, "existence": "exists"}
    return _make(Body, _published("body", "Рабочая группа", defaults | fields))


def make_trilingual_body(**fields: Any) -> Body:
    defaults = {
        "title_ky": "Жумушчу топ",
        "title_en": "A working group",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_body(**defaults | fields)


def make_membership(body: Body | None = None, **fields: Any) -> Membership:
    """The seat of an office; without a name."""
    defaults = {"body": body or make_body(), "office_ru": "директор исследовательского центра"}
    return _make(Membership, defaults | fields)


def make_letter(**fields: Any) -> Letter:
    return _make(Letter, _published("letter", "Письмо Президенту", fields))


def make_trilingual_letter(**fields: Any) -> Letter:
    defaults = {
        "title_ky": "Президентке кат",
        "title_en": "A letter to the President",
        "ready_ky": True,
        "ready_en": True,
    }
    return make_letter(**defaults | fields)


def make_signatory(letter: Letter | None = None, **fields: Any) -> Signatory:
    """Somebody suggested, by office alone."""
    defaults = {"letter": letter or make_letter(), "office_ru": "известный правозащитник"}
    return _make(Signatory, defaults | fields)
