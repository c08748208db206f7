"""`python -m bench NAME [options]`: run one measurement, end with one line of JSON."""

import importlib
import pkgutil
import sys
from types import ModuleType

import orjson

import bench
from bench.machine import machine, many_files


def measurements() -> dict[str, ModuleType]:
    """Return the modules of this package that measure: those with a `run(arguments)`."""
    names = [found.name for found in pkgutil.iter_modules(bench.__path__)]
    modules = {name: importlib.import_module(f"bench.{name}") for name in names if name[0] != "_"}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main(arguments: list[str]) -> int:
    """Run the measurement that the first argument names; the others are its own."""
    known = measurements()
    if not arguments or arguments[0] not in known:
        print("usage: python -m bench NAME [options]\n", file=sys.stderr)
        for name, module in known.items():
            print(f"  {name:12} {(module.__doc__ or '').splitlines()[0]}", file=sys.stderr)
        return 2
    name, *rest = arguments
    many_files()
    with machine() as found:
        result = known[name].run(rest)
    print(orjson.dumps({"bench": name, "machine": found, **result}).decode(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
