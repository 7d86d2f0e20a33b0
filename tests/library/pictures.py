"""Addresses of the pictures of pages."""

from django.urls import reverse

from library.models import DocumentFile


def picture_url(file: DocumentFile, page: int = 1, width: int = 320) -> str:
    return reverse("page_picture", args=[file.short_id, page, width])
