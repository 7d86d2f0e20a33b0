"""What the demonstration lacks and the handbook speaks of. Run within the throw-away portal."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from library.models import Document, Role
from mrc_portal.publishing import note_text_changes
from mrc_portal.roles import EDITORS
from tests import factories

EDITOR = "редактор"
PASSWORD = "pictures-of-the-handbook"
DRAFT = "national-report-draft"
OUTDATED = "consular-protection"
EMBARGOED = "seminar-under-embargo"


def furnish() -> None:
    """An editor with a draft, a scan, a translation that has fallen behind, an embargo."""
    editor = factories.make_user(EDITORS, username=EDITOR)
    editor.set_password(PASSWORD)
    editor.save()

    draft = Document.objects.get(slug=DRAFT)
    draft.created_by = editor
    draft.save()
    factories.make_file(
        draft,
        pages=["", ""],
        original_name="протокол.pdf",
        language="ru",
        role=Role.ANNEX,
        content=factories.make_pdf("", ""),
    )

    outdated = Document.objects.get(slug=OUTDATED)
    outdated.text_changed_at_en = timezone.now() - timedelta(days=60)
    note_text_changes(outdated, ["title_ru", "title_ky"])
    outdated.save()

    factories.make_press_release(
        slug=EMBARGOED,
        title_ru="Итоги семинара: чему учить перед отъездом",
        title_ky="Семинардын жыйынтыгы: кетер алдында эмнени үйрөтүү керек",
        dateline_place_ky="Бишкек",
        ready_ky=True,
        is_demonstration=True,
        publish_at=timezone.now(),
        embargo_until=timezone.now() + timedelta(days=2),
        private_key="demonstration-key",
        created_by=editor,
        changed_by=editor,
    )
