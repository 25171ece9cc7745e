"""People, teams, schedules, policies and routes from what other on-call tools export."""
