"""OpenStack's connector against a stand-in."""
