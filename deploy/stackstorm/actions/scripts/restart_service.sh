#!/bin/sh
# restart_service.sh SERVICE DRY_RUN: restarts a systemd service and waits until it runs.
set -eu
service=${1:?service}
dry=${2:-true}
case $service in
  -* | *[!A-Za-z0-9@._:-]*) echo "$service is no name of a service" >&2; exit 2 ;;
esac
systemctl cat -- "$service" >/dev/null 2>&1 || { echo "there is no service $service here" >&2; exit 3; }
state=$(systemctl is-active -- "$service" || true)
case $dry in
  [Ff]alse | 0 | no) ;;
  *) echo "would restart $service, which is $state now; nothing was done"; exit 0 ;;
esac
sudo -n systemctl restart -- "$service"
tries=0
while [ "$tries" -lt 15 ]; do
  state=$(systemctl is-active -- "$service" || true)
  [ "$state" = active ] && { echo "$service runs again"; exit 0; }
  tries=$((tries + 1))
  sleep 2
done
echo "$service is $state 30 s after the restart" >&2
exit 1
