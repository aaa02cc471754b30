"""`python -m hrm` is the `hrm` command, for places where scripts are not on the PATH."""

import sys

from hrm.cli.boundary import main

sys.exit(main())
