"""Answers requests of a Vertex AI endpoint with the functions of an inference script, as SageMaker's containers do.

Runs in the serving image, started from the model's folder `code`: downloads the model, imports the script, then listens on the port
and the routes that Vertex names. Needs the standard library of Python 3.7 and what the framework's image has.

Requests are either Vertex's own, `{"instances": [...]}` with rows as lists in feature order or as objects, answered by
`{"predictions": [...]}`; or, by rawPredict, whatever the script's functions read, passed on untouched.
"""
