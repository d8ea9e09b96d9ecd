"""Starts the program, as `python3 cdk_mlops_step.pyz STEP OPTIONS` does with the zip of this folder."""
import sys

from cdk_mlops_step.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
