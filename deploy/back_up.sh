#!/bin/sh
# One backup while the portal runs, looked at before it counts, into a new folder named by its hour:
#
#     deploy/back_up.sh [FOLDER OF BACKUPS [DAYS TO KEEP]]
#
# Of the portal that MRC_DATA_DIR and DATABASE_URL name. Database first, files second: then no record
# is without its file.
set -eu
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
data=${MRC_DATA_DIR:-$root/var}
into=${1:-$root/backup}
days=${2:-}
made=$into/$(date +%Y-%m-%d-%H%M)
part=$made.part

if [ ! -d "$data" ]; then
  echo "There is no data folder $data: MRC_DATA_DIR names it." >&2
  exit 1
fi
mkdir -p "$into"
# What was interrupted a day ago or more: it would fill the disk, night by night.
find "$into" -mindepth 1 -maxdepth 1 -type d -name '????-??-??-????.part' -mtime +0 -exec rm -rf {} +
rm -rf "$part"
mkdir -p "$part"

case ${DATABASE_URL:-} in
postgres*)
  pg_dump --format=custom --no-owner --file="$part/portal.dump" "$DATABASE_URL"
  pg_restore --list "$part/portal.dump" >"$part/contents.txt"
  ;;
*)
  case ${DATABASE_URL:-} in
  sqlite:////*) source=${DATABASE_URL#sqlite:///} ;;
  sqlite:///*) source=$root/${DATABASE_URL#sqlite:///} ;;
  *) source=$data/portal.sqlite3 ;;
  esac
  "$root/.venv/bin/python" - "$source" "$part/portal.sqlite3" <<'PYTHON'
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from django.db.backends.sqlite3._functions import register

source, copy = map(Path, sys.argv[1:])
if not source.exists():
    sys.exit(f"There is no database {source}: MRC_DATA_DIR or DATABASE_URL names another place.")
try:
    with closing(sqlite3.connect(source)) as portal, closing(sqlite3.connect(copy)) as backup:
        portal.backup(backup)
        register(backup)  # its constraints ask for functions that Django brings along
        (answer,) = backup.execute("PRAGMA integrity_check(1)").fetchone()
        if answer != "ok":
            sys.exit(f"The copy of the database is damaged: {answer}")
        backup.execute("PRAGMA journal_mode=DELETE")  # one file, without others beside it
except sqlite3.Error as error:
    sys.exit(f"The database cannot be copied: {error}")
PYTHON
  ;;
esac
for name in files secret_key; do
  [ ! -e "$data/$name" ] || cp -Rp "$data/$name" "$part/"
done

rm -rf "$made"
mv "$part" "$made"
[ -z "$days" ] || find "$into" -mindepth 1 -maxdepth 1 -type d -name '????-??-??-????' -mtime "+$days" -exec rm -rf {} +
echo "$made"
