"""``python -m rapport``, and the command ``rapport``.

Light to import: ``multiprocessing`` imports the program that asks for a process again in that process.
"""


def main() -> int:
    try:
        from rapport.cli.app import main

        return main()
    except KeyboardInterrupt:  # while it loads
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
