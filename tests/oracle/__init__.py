"""The dense oracle: QWASM's meaning written a second time, from the design pages alone.

Everything is a loop over n or an N x N matrix, slow and plain on purpose.  Nothing here imports
the toolchain: a disagreement between the two is news about one of them.
"""
