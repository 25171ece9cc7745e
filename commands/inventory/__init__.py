"""What is done with what connectors tell: resources, faults, measures, cost, findings."""
