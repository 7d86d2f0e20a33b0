"""The countries and territories of ISO 3166-1, named in three languages by Unicode's CLDR."""

from babel import Locale
from django.db import migrations

# In CLDR's list of territories, but not countries of ISO 3166-1.
NOT_IN_ISO = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}

# Where the portal's own wording differs from CLDR's.
OWN_NAMES = {
    "AE": {"ru": "ОАЭ", "en": "United Arab Emirates"},
    "GB": {"ru": "Великобритания", "ky": "Улуу Британия", "en": "United Kingdom"},
    "KG": {"ru": "Кыргызстан"},
    "KR": {"ru": "Республика Корея", "ky": "Корея Республикасы", "en": "Republic of Korea"},
    "NZ": {"ky": "Жаңы Зеландия"},
    "PH": {"ru": "Филиппины", "ky": "Филиппин", "en": "Philippines"},
    "TR": {"ru": "Турция", "ky": "Түркия", "en": "Türkiye"},
    "US": {"ru": "США", "ky": "АКШ", "en": "USA"},
}


def add_countries(apps, schema_editor):
    Country = apps.get_model("library", "Country")
    names = {language: Locale(language).territories for language in ("ky", "ru", "en")}
    codes = [code for code in names["en"] if len(code) == 2 and code not in NOT_IN_ISO]
    Country.objects.bulk_create(
        Country(
            code=code,
            name=names["ru"][code],
            **{
                f"name_{language}": OWN_NAMES.get(code, {}).get(language)
                or names[language].get(code, "")
                for language in names
            },
        )
        for code in sorted(codes)
    )


def remove_countries(apps, schema_editor):
    apps.get_model("library", "Country").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [migrations.RunPython(add_countries, remove_countries)]
