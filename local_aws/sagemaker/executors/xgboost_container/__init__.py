"""A stand-in for AWS's `sagemaker-xgboost` container in algorithm mode: same inputs, outputs, messages and answers.

Behaviour, names and messages were read from github.com/aws/sagemaker-xgboost-container (`algorithm_mode/`).
"""
