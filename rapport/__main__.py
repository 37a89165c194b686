"""``python -m rapport``"""

from rapport.cli.app import main

raise SystemExit(main())
