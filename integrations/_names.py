"""What people call a tool, and the name of its integration here."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_ALIASES = {
    "alertmanager": "prometheus prometheusalertmanager promalertmanager mimir cortex thanos vmalert"
    " victoriametrics victorialogs",
    "ansibletower": "ansible awx ansibleawx ansibleautomationplatform",
    "appdynamics": "appd",
    "fluxcd": "flux fluxv2",
    "incidentio": "incident",
    "proxmox": "pve proxmoxve proxmoxbackupserver",
    "truenas": "freenas",
    "synology": "synologydsm dsm",
    "bitbucket": "bitbucketcloud bitbucketserver bitbucketdatacenter bitbucket2 bitbucket3",
    "dbt": "dbtcloud",
    "grafana_oncall": "oncall",
    "keep": "keephq",
    "meraki": "ciscomeraki",
    "scalyr": "dataset sentinelonedataset",
    "servarr": "sonarr radarr lidarr prowlarr readarr whisparr",
    "terraform": "terraformcloud terraformenterprise hcpterraform tfe",
    "unifi": "ubiquiti unifinetwork unifiprotect",
    "wavefront": "tanzuobservability operationsforapplications ariaoperationsforapplications",
    "argocd": "argo argonotifications",
    "aws_eventbridge": "awshealth amazoneventbridge cloudwatchevents guardduty securityhub",
    "aws_sns": "aws sns amazonsns cloudwatch awscloudwatch amazoncloudwatch cloudwatchalarms",
    "azuredevops": "azurepipelines vsts tfs azuredevopsserver ado",
    "azuremonitor": "azure azurealerts microsoftazure azuremonitoring applicationinsights",
    "canarytokens": "canarytoken",
    "crashlytics": "firebase firebasecrashlytics fabric",
    "deadmanssnitch": "deadmansnitch dms",
    "elastic": "elasticsearch elasticsecurity elasticsiem elasticcloud watcher elasticwatcher",
    "elastalert": "elastalert2",
    "email": "mail smtp imap mailgun sendgrid postmark cloudmailin inboundemail",
    "github": "githubactions githubworkflows githubenterprise",
    "gitlab": "gitlabci gitlabpipelines gitlabselfmanaged",
    "googlecloud": "gcp gcpmonitoring stackdriver googlecloudmonitoring googlemonitoring"
    " googlecloudplatform cloudmonitoring",
    "grafana": "grafanaalerting grafanacloud grafanaunified grafanalegacy",
    "healthchecks": "healthchecksio",
    "homeassistant": "hass",
    "icinga": "icinga2 icingadirector",
    "jira": "jiraserver jiracloud jirasoftware jiraonprem jiradatacenter",
    "jenkins": "jenkinsci",
    "kapacitor": "influxdb influx tick",
    "kubernetes": "k8s kube kubewatch kubernetesevents kwatch",
    "librato": "appoptics",
    "loki": "grafanaloki",
    "mezmo": "logdna mezmologdna",
    "mongodbatlas": "mongodb atlas opsmanager",
    "nable": "ncentral nablencentral",
    "ninjaone": "ninjarmm ninja",
    "logzio": "logz",
    "skywalking": "apacheskywalking",
    "nagios": "nagiosxi nagioscore naemon centreon shinken opsview",
    "newrelic": "newrelicalerts newrelicone",
    "oci": "ocimonitoring oracle oraclecloud oraclecloudinfrastructure",
    "openstack": "aodh vitrage masakari monasca",
    "opsgenie": "jsm jiraservicemanagement",
    "pagerduty": "pagerdutywebhooks",
    "pagerduty_events": "pagerdutyeventsv2 pdagent",
    "prtg": "paessler paesslerprtg",
    "scom": "systemcenter systemcenteroperationsmanager",
    "sensu": "sensugo",
    "signalfx": "splunkobservability splunkobservabilitycloud",
    "sixtysixuptime": "66uptime",
    "solarwinds": "orion solarwindsorion",
    "sonarqube": "sonarcloud sonar",
    "slack_like": "teams msteams microsoftteams mattermost rocketchat googlechat"
    " slackincoming dingtalk feishu lark wecom",
    "splunk": "splunkcloud splunkenterprise",
    "statuspage": "statuspageio atlassianstatuspage",
    "stackstorm": "st2",
    "thinkst": "thinkstcanary canary",
    "updown": "updownio",
    "uptimecom": "uptime",
    "vector": "vectordev",
    "victorops": "splunkoncall",
    "vrealize": "vrops vmware vmwarevrealize vrealizeoperations ariaoperations",
    "webhook": "generic genericwebhook customwebhook",
    "zabbix": "zabbix5 zabbix6 zabbix7",
}
_MEANT = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
SHARED = frozenset({"aws", "azure", "gcp"})
"""Names of integrations that read no webhooks; another one reads what is sent under them."""


def plain(name: str) -> str:
    """``Uptime-Kuma`` and ``uptime_kuma`` are ``uptimekuma``."""
    return "".join(filter(str.isalnum, name[:64].casefold()))


def meant(name: str, known: Collection[str]) -> str:
    """The known name that another spelling or a tool's other name stands for, or itself."""
    folded = plain(name) if name[:1].isalnum() else ""
    spelled = next((each for each in known if plain(each) == folded), "")
    other = _MEANT.get(folded, "")
    return other if other in known else spelled or name


def near(name: str, known: Collection[str]) -> str:
    """The known name, or other name of it, that was probably meant; "" where none is near."""
    spellings = {plain(each): each for each in known}
    spellings |= {alias: meant for alias, meant in _MEANT.items() if meant in known}
    close = get_close_matches(plain(name), spellings, n=1, cutoff=0.75)
    return spellings[close[0]] if close else ""
