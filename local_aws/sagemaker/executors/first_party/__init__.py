"""What AWS's own algorithms of the first generation have in common: linear learner, k-means, PCA and k-NN.

Their containers are not public. What they read, write and refuse was taken from the developer guide, from job logs in
public notebooks, and from the parts of their shared library that AWS published with its reinforcement learning
container (`vw_serving/sagemaker`) and in the tests of aws/sagemaker-xgboost-container; docs/fidelity.md has the list.
"""
