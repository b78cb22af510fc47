"""Tuning: which schedules a program may run by on this machine, which is fastest, and what is kept of that.

A schedule changes no result beyond the rounding that its backend states, so nothing here can be wrong, only slow.
"""
