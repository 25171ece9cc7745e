"""Calendars: those that are read (iCal layers, time off) and those that are given (feeds)."""
