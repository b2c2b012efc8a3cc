"""Makes the default model: data set, training, ONNX, evaluation and card; ``python -m tracker.train --config FILE``.

The only home of torch and ultralytics (``pip install fairloom[train]``); all but the fit and the export runs without
them.
"""
