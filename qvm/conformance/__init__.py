"""The conformance suite: what every backend must do, run by `pytest --pyargs qvm.conformance --backend NAME`."""
