"""The variants of the example that the judges look at: `changes` to its config, a region, a VPC."""
from synthesis import CONFIG

GROUPS = CONFIG["featureStore"]["groups"]
FIXED_SPLIT = {"split": None, "validation": "s3://acme-ml-data/flights/validation/", "test": "s3://acme-ml-data/flights/test/"}
NO_EXPIRY = [{key: value for key, value in group.items() if key != "ttlHours"} for group in GROUPS]

VARIANTS = {
    "sparse": {
        "changes": {
            "training": {"evaluation": {"direction": None}, "schedule": None, "cacheDays": 0, "hyperparameters": None},
            "featureStore": None,
        },
    },
    "minimize": {
        "changes": {
            "training": {
                "framework": {"name": "scikit-learn", "version": "1.2"}, "compute": "large", "volumeGb": 50, "maxRuntimeMinutes": 90,
                "evaluation": {"metric": "log_loss", "threshold": 0.4, "direction": "minimize"},
                "hyperparameters": {"penalty": "l2", "verbose": True, "C": 0.5},
            },
            "serving": {"entryPoint": None, "environment": {"LOG_LEVEL": "debug"}},
        },
    },
    "as-it-is": {"changes": {"data": FIXED_SPLIT, "training": {"preprocess": None, "cacheDays": 7}}},
    "spot": {"changes": {"level": 2, "training": {"spot": True, "preprocess": None}, "data": {**FIXED_SPLIT, "test": None}}},
    "pytorch-gpu": {
        "changes": {
            "training": {"framework": {"name": "pytorch", "version": "2.5"}, "compute": "gpu"},
            "serving": {"compute": "gpu"}, "data": {"format": "jsonlines"},
        },
    },
    "own-image": {
        "changes": {
            "training": {"framework": None, "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/train:1"},
            "serving": {"image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/serve@sha256:" + "0" * 64},
        },
    },
    "limits": {
        "changes": {
            "name": "n" * 40,
            "training": {
                "maxRuntimeMinutes": 7200, "volumeGb": 16384, "cacheDays": 365, "spot": True,
                "evaluation": {"metric": "m" * 64, "threshold": -1e-9},
                # 80 with those of the example. Their JSON, quotes included, has at most 2500 characters.
                "hyperparameters": {f"h{index:02}{'n' * 253}": "x" * 2498 for index in range(76)},
            },
            "serving": {"environment": {f"E{index}": "v" * 1024 for index in range(80)}},
            "featureStore": {"groups": [{**GROUPS[0], "name": "g" * 23}]},
        },
    },
    "vpc": {"vpc": True, "changes": {"level": 2, "aws": {"networkIsolation": True}}},
    "vpc-in-a-region": {"vpc": True, "region": "eu-west-1", "changes": {"featureStore": {"groups": [{**g, "offline": False} for g in GROUPS]}}},
    "us-east-1": {"region": "us-east-1", "changes": {"level": 2, "aws": {"offlineTableFormat": "glue"}}},
    "ap-southeast-2": {
        "region": "ap-southeast-2", "changes": {"featureStore": {"groups": [{**g, "online": False} for g in NO_EXPIRY]}},
    },
}
