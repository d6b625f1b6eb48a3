"""Builds the library of kernels when the package is built or installed.

The compiler is ``$CC`` or the system's ``cc``, otherwise that of ``ziglang``, which is then a
requirement of the build and comes from the package index like any other. If neither is there, or
``USQL_NATIVE=0`` asks to do without, the package is built without the library and works, only
slower. ``python hatch_build.py`` builds it in a checkout.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang>=0.13; platform_machine in 'x86_64 AMD64 aarch64 arm64'"
"""The compiler as a requirement, where there are wheels of it."""

FLAGS = ["-std=c11", "-O3", "-shared", "-fPIC", "-fvisibility=hidden"]


def _module() -> ModuleType:
    """``usql.native``, loaded by its path: when a package is built its requirements are not there."""
    path = Path(__file__).parent / "usql" / "native.py"
    spec = importlib.util.spec_from_file_location("usql_native", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


native = _module()


def sources() -> list[Path]:
    """The C files and headers, in the order of their names."""
    return sorted(path for path in native.FOLDER.iterdir() if path.suffix in (".c", ".h"))


def digest() -> str:
    """What tells these sources from others, however their lines end."""
    sha = hashlib.sha256()
    for file in sources():
        sha.update(file.read_text(encoding="utf-8").encode())
    return sha.hexdigest()[:16]


IS_X86 = platform.machine() in ("x86_64", "AMD64")
"""There the library is for processors with SSE4.2, all since 2009; elsewhere for all."""


def system_compiler() -> list[str] | None:
    """The command of the system's C compiler."""
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if shutil.which(command[0]) is None:
        return None
    return [*command, "-march=x86-64-v2"] if IS_X86 else command


def zig_compiler() -> list[str] | None:
    """The command of the C compiler in ``ziglang``, if that is installed."""
    if importlib.util.find_spec("ziglang") is None:
        return None
    # Unless told otherwise, Zig compiles for this very processor and checks for undefined behaviour.
    processors = "-mcpu=x86_64_v2" if IS_X86 else "-mcpu=baseline"
    return [sys.executable, "-m", "ziglang", "cc", processors, "-fno-sanitize=undefined"]


def this_platform() -> str:
    """The platform of this machine as wheels name it; for Linux without a promise about others."""
    from packaging.tags import platform_tags

    return next(p for p in platform_tags() if not p.startswith(("manylinux", "musllinux")))


def compile_library(compiler: list[str], library: Path, flags: list[str]) -> None:
    """Compile the sources. The library appears whole or not at all, since other processes may
    have it loaded. ``CalledProcessError`` if that fails, with what the compiler says."""
    new = library.with_suffix(f".{os.getpid()}.native")
    files = [str(path) for path in sources() if path.suffix == ".c"]
    define = f'-DUSQL_SOURCES="{digest()}"'
    try:
        subprocess.run(
            [*compiler, *flags, define, *files, "-o", str(new)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        new.replace(library)
    finally:
        new.unlink(missing_ok=True)


def build(say: Any) -> bool:
    """Build the library in its place, and say why if there is none."""
    why, compilers = "no C compiler", [system_compiler(), zig_compiler()]
    if not native.is_wanted():
        why, compilers = f"{native.VARIABLE}=0", []
    elif digest() != native.DIGEST:
        why, compilers = "usql/native.py knows other sources: python -m tests.tools.docs", []
    for compiler in filter(None, compilers):
        try:
            compile_library(compiler, native.LIBRARY, FLAGS)
        except subprocess.CalledProcessError as error:
            why = f"{shlex.join(compiler)} fails:\n{error.stderr.strip()}"
        else:
            return True
    native.LIBRARY.unlink(missing_ok=True)  # that of an earlier build
    say(f"usql is built without its library, and will be slower: {why}")
    return False


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the library to wheels, which are then for one platform and any Python."""

    def dependencies(self) -> list[str]:
        """A compiler, if there is none."""
        return [ZIG] if native.is_wanted() and system_compiler() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library before the wheel."""
        if build(self.app.display_warning) and version != "editable":
            build_data["tag"] = f"py3-none-{this_platform()}"
            build_data["pure_python"] = False
            build_data["artifacts"].append(f"/{native.LIBRARY.relative_to(self.root).as_posix()}")


if __name__ == "__main__":
    sys.exit(not build(print))
