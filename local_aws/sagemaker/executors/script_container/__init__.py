"""Script mode: runs the user's script as AWS's framework containers do, and serves with its functions.

Only the container's process imports it: it needs numpy, which local AWS itself does not.
"""
