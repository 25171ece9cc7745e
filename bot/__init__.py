"""What people see and press; the only layer that knows Slack, Discord, HTML and HTTP."""
