"""Starts the program, as `python3 cdk_mlops_serve.pyz` does with the zip of this folder."""
import sys

from cdk_mlops_serve.container import main

if __name__ == "__main__":
    sys.exit(main())
