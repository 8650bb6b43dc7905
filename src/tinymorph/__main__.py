"""Start tinymorph: `python -m tinymorph`, and the `tinymorph` command."""

import sys

from tinymorph.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
