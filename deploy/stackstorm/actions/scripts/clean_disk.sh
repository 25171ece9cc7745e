#!/bin/sh
# clean_disk.sh DIRECTORY DAYS DRY_RUN: removes files of a directory of logs, caches or temporary
# files that nobody wrote to for so many days; links are not followed, other disks not entered.
set -eu
directory=${1:?directory}
days=${2:?days}
dry=${3:-true}
case $days in
  '' | *[!0-9]*) echo "$days is no number of days" >&2; exit 2 ;;
esac
[ "$days" -ge 1 ] || { echo "only what is at least a day old is removed" >&2; exit 2; }
directory=$(readlink -f -- "$directory") || { echo "there is no directory $1" >&2; exit 3; }
[ -d "$directory" ] || { echo "$directory is no directory" >&2; exit 3; }
case $directory in
  /var/log/?* | /var/cache/?* | /var/tmp/?* | /tmp/?* | /srv/*/tmp | /srv/*/cache | /srv/*/logs) ;;
  *) echo "$directory is not below /var/log, /var/cache, /var/tmp, /tmp or a place of /srv" >&2; exit 4 ;;
esac
free() { df -Pk -- "$directory" | awk 'NR == 2 {print $4}'; }
found=$(find "$directory" -xdev -type f -mtime "+$days" -printf '%s\n' | awk '{n++; s += $1} END {printf "%d files, %d MiB", n, s / 1048576}')
case $dry in
  [Ff]alse | 0 | no) ;;
  *) echo "would remove $found below $directory older than $days days; nothing is done yet"; exit 0 ;;
esac
before=$(free)
find "$directory" -xdev -type f -mtime "+$days" -delete
echo "removed $found below $directory; $((($(free) - before) / 1024)) MiB more are free"
