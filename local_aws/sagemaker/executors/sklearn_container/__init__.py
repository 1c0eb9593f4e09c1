"""A stand-in for AWS's scikit-learn image: it serves the code that lies in an artifact's folder `code/`."""
