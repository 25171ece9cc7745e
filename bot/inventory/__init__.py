"""What there is to run things on, looked at beside everything else: a worker process asks, the
server takes in what it tells.
"""
