"""Scenes, each with a server of its own: a function that takes an office, and a docstring that says what must hold."""

import argparse
import pathlib
import sys
import tempfile

from server import Server


class Scenes:
    """The scenes of one harness, by name, in the order in which they stand in the file."""

    def __init__(self):
        self.scenes = {}

    def test(self, function):
        """Adds a function as a scene: `second_openers` becomes `second-openers`."""
        self.scenes[function.__name__.replace("_", "-")] = function
        return function

    def main(self, about, title, config, office, options=lambda name, data: ()):
        """Runs all scenes or `--only` one, and exits with 1 if one fails. `office(server)` is what a scene is given and has
        `close()`; `options(name, data)` are more options of its server."""
        parser = argparse.ArgumentParser(description=about)
        parser.add_argument("--binary", required=True)
        parser.add_argument("--logs")
        parser.add_argument("--only", choices=self.scenes)
        arguments = parser.parse_args()
        with tempfile.TemporaryDirectory() as scratch:
            logs = pathlib.Path(arguments.logs or scratch)
            names = [arguments.only] if arguments.only else list(self.scenes)
            failed = [name for name in names if not self.run(name, arguments.binary, logs / name, config, office, options)]
        print(title, "FAILED: " + ", ".join(failed) if failed else "OK")
        sys.exit(1 if failed else 0)

    def run(self, name, binary, data, config, office, options):
        """Whether what the scene says holds."""
        data.mkdir(parents=True, exist_ok=True)
        (data / "office.cfg").write_text(config)
        scene = self.scenes[name]
        with Server(binary, data / "office.cfg", "127.0.0.1", data, options(name, data)) as server:
            there = office(server)
            try:
                scene(there)
            except Exception as error:  # noqa: BLE001
                print(f"FAIL {name}: {type(error).__name__} {error}", flush=True)
                return False
            finally:
                there.close()
        print(f"PASS {name}: {scene.__doc__}", flush=True)
        return True
