"""Makes the default model: data set, training, ONNX, evaluation and card; ``python -m tracker.train --config FILE``.

The only home of torch and libreyolo (``pip install fairloom[train]``); everything but the fit itself runs without them.
"""
