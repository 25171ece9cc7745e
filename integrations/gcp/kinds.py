"""What Google's types of assets are in our words, and which of them nobody looks for."""

from __future__ import annotations

_COMPUTE = {
    "Instance": "server", "Disk": "volume", "RegionDisk": "volume", "Snapshot": "snapshot",
    "Image": "image", "InstanceGroupManager": "autoscaler",
    "RegionInstanceGroupManager": "autoscaler", "InstanceGroup": "aggregate",
    "RegionInstanceGroup": "aggregate", "Network": "network", "Subnetwork": "subnet",
    "Address": "address", "GlobalAddress": "address", "ForwardingRule": "load_balancer",
    "GlobalForwardingRule": "load_balancer", "BackendService": "service",
    "RegionBackendService": "service", "Router": "router", "VpnTunnel": "gateway",
    "VpnGateway": "gateway", "TargetVpnGateway": "gateway", "Interconnect": "gateway",
    "SslCertificate": "certificate", "RegionSslCertificate": "certificate",
    "NodeGroup": "hypervisor", "StoragePool": "pool",
}  # fmt: skip
KINDS = {
    **{f"compute.googleapis.com/{name}": kind for name, kind in _COMPUTE.items()},
    "cloudresourcemanager.googleapis.com/Project": "project",
    "sqladmin.googleapis.com/Instance": "database",
    "spanner.googleapis.com/Instance": "database",
    "spanner.googleapis.com/Database": "database",
    "bigtableadmin.googleapis.com/Instance": "database",
    "firestore.googleapis.com/Database": "database",
    "alloydb.googleapis.com/Cluster": "database",
    "alloydb.googleapis.com/Instance": "database",
    "bigquery.googleapis.com/Dataset": "database",
    "redis.googleapis.com/Instance": "cache",
    "redis.googleapis.com/Cluster": "cache",
    "memcache.googleapis.com/Instance": "cache",
    "storage.googleapis.com/Bucket": "bucket",
    "file.googleapis.com/Instance": "volume",
    "netapp.googleapis.com/Volume": "volume",
    "container.googleapis.com/Cluster": "cluster",
    "container.googleapis.com/NodePool": "aggregate",
    "gkehub.googleapis.com/Membership": "cluster",
    "dataproc.googleapis.com/Cluster": "cluster",
    "cloudfunctions.googleapis.com/CloudFunction": "function",
    "cloudfunctions.googleapis.com/Function": "function",
    "run.googleapis.com/Service": "service",
    "run.googleapis.com/Job": "job",
    "appengine.googleapis.com/Service": "service",
    "composer.googleapis.com/Environment": "cluster",
    "pubsub.googleapis.com/Topic": "queue",
    "pubsub.googleapis.com/Subscription": "queue",
    "cloudtasks.googleapis.com/Queue": "queue",
    "cloudscheduler.googleapis.com/Job": "cronjob",
    "dns.googleapis.com/ManagedZone": "dns",
    "cloudkms.googleapis.com/CryptoKey": "key",
    "secretmanager.googleapis.com/Secret": "key",
    "certificatemanager.googleapis.com/Certificate": "certificate",
    "artifactregistry.googleapis.com/Repository": "registry",
    "apigateway.googleapis.com/Gateway": "gateway",
    "networkservices.googleapis.com/Gateway": "gateway",
    "monitoring.googleapis.com/AlertPolicy": "alarm",
}
_LEFT_OUT = (
    "serviceusage.googleapis.com/", "cloudbilling.googleapis.com/", "osconfig.googleapis.com/",
    "orgpolicy.googleapis.com/", "iam.googleapis.com/ServiceAccountKey",
    "bigquery.googleapis.com/Table", "bigquery.googleapis.com/Model",
    "run.googleapis.com/Revision", "run.googleapis.com/Execution",
    "appengine.googleapis.com/Version", "compute.googleapis.com/Project",
    "compute.googleapis.com/Route", "secretmanager.googleapis.com/SecretVersion",
    "cloudkms.googleapis.com/CryptoKeyVersion", "artifactregistry.googleapis.com/DockerImage",
    "containerregistry.googleapis.com/Image", "logging.googleapis.com/Log",
    "aiplatform.googleapis.com/Model", "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Organization",
    "cloudresourcemanager.googleapis.com/Tag",
)  # fmt: skip
"""Settings, versions and copies of what is told anyway."""


def kind_of(type_: str) -> str:
    """The kind of a type of asset."""
    return KINDS.get(type_, "other")


def left_out(type_: str) -> bool:
    """Whether it is no resource that people look for. What lies in a cluster of Kubernetes, the
    cluster tells itself."""
    service = type_.partition("/")[0]
    in_cluster = service == "k8s.io" or service.endswith(".k8s.io")
    return in_cluster or type_.startswith(_LEFT_OUT)
