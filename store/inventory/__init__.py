"""What there is to run things on: resources, their history, measures, cost, findings, faults."""
