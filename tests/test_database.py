"""The migrated file that later runs take up again serves only as long as nothing has changed."""

from tests import database


def test_whatever_makes_the_tables_is_looked_at():
    names = {str(path.relative_to(database.ROOT)) for path in database.what_makes_tables()}

    assert {"library/migrations/0001_initial.py", "mrc_portal/fields.py"} <= names
    assert any("django/contrib/auth/migrations" in name for name in names)


def test_a_changed_a_new_and_a_missing_migration_make_another_file(tmp_path, monkeypatch):
    first, second = tmp_path / "0001_first.py", tmp_path / "0002_second.py"
    first.write_text("operations = []")
    files = [first]
    monkeypatch.setattr(database, "what_makes_tables", lambda: files)

    keys = [database.key(), database.key()]
    first.write_text("operations = [1]")
    keys.append(database.key())
    second.write_text("")
    files.append(second)
    keys.append(database.key())
    del files[0]
    keys.append(database.key())

    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
