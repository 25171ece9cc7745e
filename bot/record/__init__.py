"""The record on its way out: its formats, syslog, anchors that are kept elsewhere."""
