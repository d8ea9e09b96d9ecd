"""The steps of the training pipeline on Vertex AI: what SageMaker does around a script, done around the same script.

    python3 cdk_mlops_step.pyz data-manifest|preprocess|train|evaluate|register|refuse OPTIONS

The standard library of Python 3.7 is enough: this program runs in whatever image the scripts run in. Cloud Storage is read and
written below /gcs, where Vertex mounts it; what has no folder there (listings, BigQuery, the registry) goes over REST, with the
token of the job's service account. Every location may be given as gs://bucket/name or as /gcs/bucket/name.

A step ends with code 0, or with one line that says what is wrong and code 1. Tests name other folders and services than Vertex's, by
MLOPS_GCS_ROOT, SAGEMAKER_BASE_DIR and MLOPS_*_URL.
"""
