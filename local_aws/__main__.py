"""`python -m local_aws`."""

import sys

from local_aws.main import main

sys.exit(main())
