"""Mails as monitors write them by their own templates, each with how it is read."""

# ruff: noqa: E501  (subjects stand as they come)
from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from store.model import AlertReading


@dataclass(frozen=True)
class Pair:
    """The mail of a problem and that of its end; what is read of the first."""

    name: str
    problem: str
    recovery: str
    severity: str
    resource: str | None
    title: str
    text: str = ""
    over: str = ""
    sender: str = "monitor@mon.example.eu"


def mail(
    subject: str, text: str = "", *, sender: str = "monitor@mon.example.eu", html: str = "",
    **headers: str,
) -> bytes:  # fmt: skip
    """A mail as it comes over the wire."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = "alerts@pv.example.eu"
    made["Subject"] = subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text or "See the monitor.\n")
    if html:
        made.add_alternative(html, subtype="html")
    return made.as_bytes()


def one(found: tuple[AlertReading, ...]) -> AlertReading:
    """The only one of them."""
    assert len(found) == 1, found
    return found[0]


NAGIOS = """***** Nagios *****

Notification Type: {kind}

Service: Disk /var
Host: db-3
Address: 10.0.0.3
State: {state}

Date/Time: Thu Nov 26 03:08:00 CET 2026

Additional Info:

DISK {state} - free space: /var 112 MB (2%)
"""
ZABBIX = """Problem {verb} at 03:08:00 on 2026.11.26
Problem name: Free disk space is less than 5% on /var
Host: db-3
Severity: High
Operational data: Space used: 97 %
Original problem ID: 4711
"""
AWS = """You are receiving this email because your Amazon CloudWatch Alarm "HighCPU" in the EU (Ireland)
region has entered the {state} state, because "Threshold Crossed".

Alarm Details:
- Name:                       HighCPU
- State Change:               {change}
- Reason for State Change:    Threshold Crossed: 1 datapoint [97.2] was greater than 90.0
- Timestamp:                  Thursday 26 November, 2026 02:08:00 UTC

Monitored Metric:
- MetricNamespace:                     AWS/EC2
- Dimensions:                          [InstanceId = i-0abc12345]
"""
MONIT = """{event} Service nginx

    Date:        Thu, 26 Nov 2026 03:08:00
    Action:      alert
    Host:        web-1
    Description: failed protocol test [HTTP] at [localhost]:80

Your faithful employee,
Monit
"""
TRUENAS = """TrueNAS @ nas.example.eu

New alert:

* Pool tank state is DEGRADED: One or more devices has been removed.

Current alerts:

* Pool tank state is DEGRADED: One or more devices has been removed.
* Device: /dev/ada3, 8 Currently unreadable sectors
"""
CLEARED = """TrueNAS @ nas.example.eu

The following alert has been cleared:

* Pool tank state is DEGRADED: One or more devices has been removed.

Current alerts:

* Device: /dev/ada3, 8 Currently unreadable sectors
"""

PAIRS = (
    Pair("nagios service", "** PROBLEM Service Alert: db-3/Disk /var is CRITICAL **",
         "** RECOVERY Service Alert: db-3/Disk /var is OK **", "critical", "db-3",
         "Disk /var on db-3: DISK CRITICAL - free space: /var 112 MB (2%)",
         NAGIOS.format(kind="PROBLEM", state="CRITICAL"),
         NAGIOS.format(kind="RECOVERY", state="OK")),
    Pair("nagios host", "** PROBLEM Host Alert: db-3 is DOWN **",
         "** RECOVERY Host Alert: db-3 is UP **", "critical", "db-3", "db-3 is DOWN"),
    Pair("nagios 2", "Host DOWN alert for db-3!", "Host UP alert for db-3!", "critical", "db-3",
         "db-3 is DOWN"),
    Pair("icinga service", "[PROBLEM] http on web-1 is WARNING!", "[RECOVERY] http on web-1 is OK!",
         "warning", "web-1", "http on web-1 is WARNING"),
    Pair("icinga host", "[PROBLEM] Host web-1 is DOWN!", "[RECOVERY] Host web-1 is UP!", "critical",
         "web-1", "web-1 is DOWN"),
    Pair("checkmk", "Check_MK: db-3/Filesystem / OK -> CRIT", "Check_MK: db-3/Filesystem / CRIT -> OK",
         "critical", "db-3", "Filesystem / on db-3 is CRIT"),
    Pair("zabbix", "Problem: Free disk space is less than 5% on /var",
         "Resolved in 5m 3s: Free disk space is less than 5% on /var", "error", "db-3",
         "Free disk space is less than 5% on /var on db-3", ZABBIX.format(verb="started"),
         ZABBIX.format(verb="has been resolved")),
    Pair("zabbix 3", "PROBLEM: Disk full on db-3", "OK: Disk full on db-3", "critical", "db-3",
         "Disk full on db-3",
         "Trigger: Disk full\nTrigger status: PROBLEM\nTrigger severity: Disaster\n\nOriginal event ID: 9\n",
         "Trigger: Disk full\nTrigger status: OK\nTrigger severity: Disaster\n\nOriginal event ID: 9\n"),
    Pair("monit", "monit alert --  Connection failed nginx", "monit alert --  Connection succeeded nginx",
         "error", "web-1", "nginx on web-1: failed protocol test [HTTP] at [localhost]:80",
         MONIT.format(event="Connection failed"), MONIT.format(event="Connection succeeded")),
    Pair("monit exists", "monit alert --  Does not exist nginx", "monit alert --  Exists nginx", "error",
         "web-1", "nginx on web-1: failed protocol test [HTTP] at [localhost]:80",
         MONIT.format(event="Does not exist"), MONIT.format(event="Exists")),
    Pair("prtg", "[PRTG Network Monitor (PRTG01)] web01 HTTP Down  (Connection refused)",
         "[PRTG Network Monitor (PRTG01)] web01 HTTP Down ended (now: Up) (200 OK)", "error", "web01 HTTP",
         "web01 HTTP"),
    Pair("netdata", "web1 is critical - disk space usage - disk_space._",
         "web1 recovered - disk space usage - disk_space._", "critical", "web1",
         "disk space usage on web1"),
    Pair("librenms", "Alert for device sw-1.example.eu - Port utilisation over threshold",
         "Device sw-1.example.eu recovered from Port utilisation over threshold", "error",
         "sw-1.example.eu", "Port utilisation over threshold on sw-1.example.eu"),
    Pair("sensu", "ALERT - db-3/check-disk: CheckDisk CRITICAL: / 97%",
         "RESOLVED - db-3/check-disk: CheckDisk OK: / 40%", "error", "db-3",
         "check-disk on db-3: CheckDisk CRITICAL: / 97%"),
    Pair("vcenter", "[VMware vCenter - Alarm Host connection and power state] changed from Green to Red",
         "[VMware vCenter - Alarm Host connection and power state] changed from Red to Green",
         "critical", "esx-1.example.eu", "Host connection and power state",
         "Target: esx-1.example.eu\nPrevious Status: Green\nNew Status: Red\n",
         "Target: esx-1.example.eu\nPrevious Status: Red\nNew Status: Green\n"),
    Pair("alertmanager", "[FIRING:1] DiskFull (db-3:9100 node critical)", "[RESOLVED] DiskFull (node)",
         "critical", "db-3:9100", "DiskFull (db-3:9100 node critical)",
         "Labels\nalertname = DiskFull\ninstance = db-3:9100\nseverity = critical\n",
         "Labels\nalertname = DiskFull\ninstance = db-3:9100\nseverity = critical\n"),
    Pair("grafana legacy", "[Alerting] CPU usage alert", "[OK] CPU usage alert", "error", None,
         "CPU usage alert"),
    Pair("cloudwatch", 'ALARM: "HighCPU" in EU (Ireland)', 'OK: "HighCPU" in EU (Ireland)', "error",
         "i-0abc12345", "HighCPU", AWS.format(state="ALARM", change="OK -> ALARM"),
         AWS.format(state="OK", change="ALARM -> OK")),
    Pair("azure", "Fired:Sev1 Azure Monitor Alert High CPU on vm-1 ( microsoft.compute/virtualmachines )"
         " at 11/26/2026 2:08:00 AM",
         "Resolved:Sev1 Azure Monitor Alert High CPU on vm-1 ( microsoft.compute/virtualmachines ) at "
         "11/26/2026 2:20:00 AM", "error", "vm-1", "High CPU on vm-1"),
    Pair("azure classic", "Azure: Activated Severity: 3 High CPU", "Azure: Deactivated Severity: 3 High CPU",
         "info", None, "High CPU"),
    Pair("google cloud", "[ALERT - Critical] Uptime check failed for shop",
         "[RESOLVED] Uptime check failed for shop", "critical", None, "Uptime check failed for shop"),
    Pair("uptimerobot", "Monitor is DOWN: shop.example.eu", "Monitor is UP: shop.example.eu", "critical",
         "shop.example.eu", "shop.example.eu is DOWN"),
    Pair("pingdom", "DOWN alert: Shop (shop.example.eu) is DOWN", "UP alert: Shop (shop.example.eu) is UP",
         "critical", "Shop", "Shop is DOWN"),
    Pair("uptime kuma", "[Shop] [🔴 Down] timeout of 48000ms exceeded", "[Shop] [✅ Up] 200 - OK",
         "critical", "Shop", "Shop is Down: timeout of 48000ms exceeded"),
    Pair("statuscake", "Your site Shop is down", "Your site Shop is back up", "critical", None,
         "Your site Shop is down"),
    Pair("healthchecks", "DOWN | nightly backup", "UP | nightly backup", "critical", "nightly backup",
         "nightly backup is DOWN"),
    Pair("jenkins", "Build failed in Jenkins: shop-deploy #81", "Jenkins build is back to normal : shop-deploy #84",
         "error", "shop-deploy", "shop-deploy failed"),
    Pair("github", "[acme/shop] Run failed: CI - main (0a1b2c3)", "[acme/shop] Run succeeded: CI - main (4d5e6f7)",
         "error", "CI", "CI on main of acme/shop failed"),
    Pair("gitlab", "shop | Failed pipeline for main | 0a1b2c3d", "shop | Fixed pipeline for main | 9f8e7d6c",
         "error", "shop", "Pipeline of shop for main Failed"),
    Pair("mdadm", "DegradedArray event on /dev/md0:db-3", "SpareActive event on /dev/md0:db-3", "critical",
         "db-3", "DegradedArray of /dev/md0 on db-3"),
    Pair("zfs", "ZFS device fault for pool tank on nas-1", "ZFS resilver_finish event for tank on nas-1",
         "critical", "nas-1", "ZFS device of pool tank on nas-1", "  pool: tank\n state: DEGRADED\n",
         "  pool: tank\n state: ONLINE\nerrors: No known data errors\n"),
    Pair("apcupsd", "server-1 UPS ups1 Power Failure !!!", "server-1 UPS ups1 Power has returned", "error",
         "ups1", "server-1 UPS ups1 Power Failure !!!"),
    Pair("nut", "UPS ups@localhost on battery", "UPS ups@localhost on line power", "error", "ups@localhost",
         "UPS ups@localhost on battery"),
    Pair("nut communication", "Communications with UPS ups@localhost lost",
         "Communications with UPS ups@localhost established", "warning", "ups@localhost",
         "Communications with UPS ups@localhost lost"),
    Pair("apc card", "UPS: On battery power in response to an input power problem.",
         "UPS: No longer on battery power.", "error", "ups-rack-2",
         "UPS: On battery power in response to an input power problem.", "Name: ups-rack-2\nLocation: R2\n",
         "Name: ups-rack-2\nLocation: R2\n"),
    Pair("veeam", "[Failed] Nightly VMs (12 objects) 1 failed, 2 warnings", "[Success] Nightly VMs (12 objects)",
         "error", "Nightly VMs", "Nightly VMs: Failed", "Veeam Backup & Replication 12.1\n",
         "Veeam Backup & Replication 12.1\n"),
    Pair("proxmox", "vzdump backup status (pve-1.example.eu): backup failed",
         "vzdump backup status (pve-1.example.eu): backup successful", "error", "pve-1.example.eu",
         "Backup of pve-1.example.eu failed"),
    Pair("backup exec", 'Backup Exec Alert: Job Failed (Server: "BE01") (Job: "Full weekly")',
         'Backup Exec Alert: Job Success (Server: "BE01") (Job: "Full weekly")', "error", "BE01",
         "Full weekly on BE01: Failed"),
    Pair("bacula", "Bacula: Backup Fatal Error of client-fd Incremental", "Bacula: Backup OK of client-fd Full",
         "critical", "client-fd", "Backup of client-fd: Fatal Error"),
    Pair("synology", "[nas-1] Volume 1 has degraded", "[nas-1] Volume 1 has been restored", "warning",
         "nas-1", "[nas-1] Volume 1 has degraded"),
    Pair("plain words", "db-3 went down", "db-3 is back up", "critical", "db-3", "db-3 went down"),
    Pair("plain backup", "Backup of db-3 failed", "Backup of db-3 completed successfully", "error", "db-3",
         "Backup of db-3 failed"),
    Pair("plain values", "Temperature in server room 35.2 °C exceeds 30 °C",
         "Temperature in server room 24.9 °C is back to normal", "error", None,
         "Temperature in server room 35.2 °C exceeds 30 °C"),
    Pair("a state in the text alone", "Alarm from the cold store", "Alarm from the cold store", "warning",
         "freezer-2", "Alarm from the cold store", "Device: freezer-2\nState: ALARM\nPriority: medium\n",
         "Device: freezer-2\nState: NORMAL\nPriority: medium\n"),
    Pair("answers", "Re: [P1] Database db-3 is down", "RE: AW: [P1] Database db-3 is up", "critical", "db-3",
         "Database db-3 is down"),
)  # fmt: skip
