"""Every environment variable of the portal: what reads it, its default, what it means.

The one place where they are declared. `python -m tests.check_settings --update` writes the tables
of README.md and of the operator's handbooks from it, and `make check` compares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mrc_portal.environment import (
    Said,
    Variable,
    contact,
    database,
    email_address,
    folder,
    host_names,
    ip_addresses,
    mail_server,
    mailbox,
    number_at_once,
    own_secret_key,
    port,
    positive_number,
    site_address,
    switch,
)

ROOT = Path(__file__).resolve().parent.parent


def _same(value: object) -> Said:
    return Said(f"`{value}`", f"`{value}`")


MRC_DATA_DIR = Variable(
    "MRC_DATA_DIR",
    folder,
    ROOT / "var",
    _same("var"),
    Said(
        "the folder of everything that is not code: database, files, search index, secret key",
        "папка всего, что не код: база данных, файлы, поисковый индекс, секретный ключ",
    ),
    is_basic=True,
)
DATABASE_URL: Variable[dict[str, Any] | None] = Variable(
    "DATABASE_URL",
    database,
    None,
    Said("SQLite in the data folder", "SQLite в папке данных"),
    Said(
        "`postgresql://user:password@host:5432/name` for PostgreSQL",
        "`postgresql://имя:пароль@сервер:5432/база` для PostgreSQL",
    ),
    is_secret=True,
    is_basic=True,
)
MRC_SITE_URL = Variable(
    "MRC_SITE_URL",
    site_address,
    "",
    Said("as requested", "как в запросе"),
    Said(
        "the public address, `https://mrc.example`: for citations, forms, letters, letterheads and"
        " the QR codes of slips",
        "публичный адрес, `https://mrc.example`: для ссылок на документы, форм, писем, бланков и"
        " QR-кодов на талонах",
    ),
)
MRC_ALLOWED_HOSTS: Variable[list[str]] = Variable(
    "MRC_ALLOWED_HOSTS",
    host_names,
    [],
    Said("none", "нет"),
    Said(
        "more names that the portal answers to, parted by commas; it always answers to that of"
        " `MRC_SITE_URL` and to those of its own machine",
        "другие имена, на которые отвечает портал, через запятую; на имя из `MRC_SITE_URL` и на"
        " имена своей машины он отвечает всегда",
    ),
)
MRC_HTTPS: Variable[bool | None] = Variable(
    "MRC_HTTPS",
    switch,
    None,
    Said("`1` (`make run`: `0`)", "`1` (`make run`: `0`)"),
    Said(
        "redirect to HTTPS, secure cookies, HSTS; `0` only on one’s own machine",
        "перенаправлять на HTTPS, защищать cookie, HSTS; `0` только на своей машине",
    ),
)
MRC_BEHIND_PROXY = Variable(
    "MRC_BEHIND_PROXY",
    switch,
    False,
    _same(0),
    Said(
        "`1` if a proxy stands in front and sets `X-Forwarded-Proto` and `X-Forwarded-For`",
        "`1`, если перед порталом стоит прокси, который ставит `X-Forwarded-Proto` и"
        " `X-Forwarded-For`",
    ),
)
FORWARDED_ALLOW_IPS: Variable[list[str]] = Variable(
    "FORWARDED_ALLOW_IPS",
    ip_addresses,
    ["127.0.0.1", "::1"],
    Said("loopback", "своя машина"),
    Said(
        "the addresses of the proxy, if it stands on another machine, parted by commas",
        "адреса прокси через запятую, если он на другой машине",
    ),
)
MRC_SECRET_KEY = Variable(
    "MRC_SECRET_KEY",
    own_secret_key,
    "",
    Said("kept in the data folder", "хранится в папке данных"),
    Said(
        "signs sessions and links in letters, knows one-time codes; to be set, the same on all of"
        " them, for several hosts",
        "подписывает сеансы и ссылки в письмах, узнаёт одноразовые коды; задаётся для нескольких"
        " серверов, одинаково на всех",
    ),
    is_secret=True,
)
MRC_CONTACT_EMAIL = Variable(
    "MRC_CONTACT_EMAIL",
    email_address,
    "",
    Said("nobody", "никто"),
    Said(
        "whom harvesters and others who read the portal by machine may write to",
        "кому могут написать те, кто читает портал программой, например сборщики каталогов",
    ),
)
MRC_SECURITY_CONTACT = Variable(
    "MRC_SECURITY_CONTACT",
    contact,
    "",
    _same("MRC_CONTACT_EMAIL"),
    Said(
        "whom to tell of a hole in its security: an e-mail address or a page, `https://…`; named in"
        " `/.well-known/security.txt`",
        "кому сообщить об уязвимости: адрес почты или страницы, `https://…`; указывается в"
        " `/.well-known/security.txt`",
    ),
)
MRC_EMAIL_URL: Variable[dict[str, Any] | None] = Variable(
    "MRC_EMAIL_URL",
    mail_server,
    None,
    Said("no letters", "писем нет"),
    Said(
        "the mail server for alerts to readers: `submission://user:password@host`, `smtps://…`,"
        " `smtp://…`, or `console://` to try it out; needs `MRC_SITE_URL`",
        "почтовый сервер для рассылки читателям: `submission://имя:пароль@сервер`, `smtps://…`,"
        " `smtp://…` или, для пробы, `console://`; нужен и `MRC_SITE_URL`",
    ),
    is_secret=True,
)
MRC_EMAIL_FROM = Variable(
    "MRC_EMAIL_FROM",
    mailbox,
    "",
    Said("`noreply@` the host of `MRC_SITE_URL`", "`noreply@` и имя из `MRC_SITE_URL`"),
    Said(
        "the sender of the letters: `Center <news@mrc.example>`",
        "отправитель писем: `Центр <news@mrc.example>`",
    ),
)
MAX_UPLOAD_MB = Variable(
    "MAX_UPLOAD_MB",
    positive_number,
    50,
    _same(50),
    Said(
        "the largest file that is taken, in megabytes; a form as a whole may hold four times that",
        "самый большой файл, который принимается, в мегабайтах; форма целиком — вчетверо больше",
    ),
)
MAX_PDF_PAGES = Variable(
    "MAX_PDF_PAGES",
    positive_number,
    5000,
    _same(5000),
    Said("the longest PDF that is taken", "самый длинный PDF, который принимается"),
)
PORT = Variable(
    "PORT",
    port,
    8000,
    _same(8000),
    Said("where the server listens", "порт, на котором отвечает сервер"),
    is_basic=True,
)
HOST = Variable(
    "HOST",
    str,
    "127.0.0.1",
    _same("127.0.0.1"),
    Said(
        "the address at which it listens; `0.0.0.0` is every one of the machine",
        "адрес, на котором он отвечает; `0.0.0.0` — на всех адресах машины",
    ),
)
WEB_WORKERS = Variable(
    "WEB_WORKERS",
    number_at_once,
    2,
    _same(2),
    Said("processes of the server", "процессов у сервера"),
)
WEB_THREADS = Variable(
    "WEB_THREADS",
    number_at_once,
    4,
    _same(4),
    Said(
        "threads in each; each may hold a connection to the database",
        "потоков в каждом; каждый может держать соединение с базой данных",
    ),
)
MRC_DEMO = Variable(
    "MRC_DEMO",
    switch,
    True,
    _same(1),
    Said(
        "`0`: the first start loads no demonstration content",
        "`0`: первый запуск не загружает демонстрационные материалы",
    ),
    is_basic=True,
)
MRC_DEBUG = Variable(
    "MRC_DEBUG",
    switch,
    False,
    _same(0),
    Said(
        "`1` shows errors in full, settings included; never on a public server",
        "`1` показывает ошибки целиком, вместе с настройками; никогда на публичном сервере",
    ),
)

VARIABLES: list[Variable[Any]] = [it for it in list(globals().values()) if isinstance(it, Variable)]
