"""Builds the library of kernels when the package is built or installed.

The compiler is ``$CC`` or the system's ``cc``, otherwise that of ``ziglang``, which is then a
requirement of the build and comes from the package index like any other. If neither is there, or
``USQL_NATIVE=0`` asks to do without, the package is built without the library and works, only
slower. ``python hatch_build.py`` builds it in a checkout.

With ``USQL_PLATFORM`` a wheel is for another platform, by Zig; ``python hatch_build.py FOLDER`` makes
the wheels of all ``PLATFORMS``.
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
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang>=0.13; platform_machine in 'x86_64 AMD64 aarch64 arm64'"
"""The compiler as a requirement, where there are wheels of it."""

PLATFORMS = {
    "manylinux_2_17_x86_64": "x86_64-linux-gnu.2.17",
    "manylinux_2_17_aarch64": "aarch64-linux-gnu.2.17",
    "musllinux_1_2_x86_64": "x86_64-linux-musl",
    "musllinux_1_2_aarch64": "aarch64-linux-musl",
}
"""The platforms that wheels are made for from any machine, as wheels name them, and as Zig does."""

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


def other_platform() -> str | None:
    """The platform that ``USQL_PLATFORM`` names, if it is set. ``ValueError`` for one without a target."""
    name = os.environ.get("USQL_PLATFORM") or None
    if name is not None and name not in PLATFORMS:
        raise ValueError(f"USQL_PLATFORM is {name!r}, not one of {', '.join(PLATFORMS)}")
    return name


OTHER_SOURCES = "usql/native.py knows other sources: python -m tests.tools.docs"


def system_compiler() -> list[str] | None:
    """The command of the system's C compiler."""
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if shutil.which(command[0]) is None:
        return None
    return [*command, "-march=x86-64-v2"] if IS_X86 else command


def zig_compiler(platform: str | None = None) -> list[str] | None:
    """The command of the C compiler in ``ziglang``, if that is installed, for one of ``PLATFORMS`` or
    for this one."""
    if importlib.util.find_spec("ziglang") is None:
        return None
    target = [] if platform is None else ["-target", PLATFORMS[platform]]
    is_x86 = IS_X86 if platform is None else platform.endswith("x86_64")
    # Unless told otherwise, Zig compiles for this very processor and checks for undefined behaviour.
    processors = "-mcpu=x86_64_v2" if is_x86 else "-mcpu=baseline"
    return [sys.executable, "-m", "ziglang", "cc", *target, processors, "-fno-sanitize=undefined"]


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
        why, compilers = OTHER_SOURCES, []
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


def cross_compile(platform: str, library: Path) -> None:
    """Compile the library for one of ``PLATFORMS``. ``RuntimeError`` if it cannot be: whoever asks for
    such a wheel does not want one without."""
    compiler = zig_compiler(platform)
    if compiler is None:
        raise RuntimeError(f"wheels for {platform} need ziglang")
    if digest() != native.DIGEST:
        raise RuntimeError(OTHER_SOURCES)
    try:
        compile_library(compiler, library, [*FLAGS, "-s"])
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{shlex.join(compiler)} fails:\n{error.stderr.strip()}") from error


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the library to wheels, which are then for one platform and any Python."""

    def dependencies(self) -> list[str]:
        """A compiler, if there is none."""
        needed = other_platform() is not None or system_compiler() is None
        return [ZIG] if native.is_wanted() and needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library before the wheel."""
        other = other_platform()
        if other is not None:
            self._elsewhere = tempfile.TemporaryDirectory()
            library = Path(self._elsewhere.name, "library")
            cross_compile(other, library)
            build_data["force_include"][str(library)] = self._place()
        elif not build(self.app.display_warning) or version == "editable":
            return
        else:
            build_data["artifacts"].append(f"/{self._place()}")
        build_data["tag"] = f"py3-none-{other or this_platform()}"
        build_data["pure_python"] = False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the library of another platform, which is in the wheel."""
        if other_platform() is not None:
            self._elsewhere.cleanup()

    def _place(self) -> str:
        return str(native.LIBRARY.relative_to(self.root).as_posix())


def build_wheels(folder: Path) -> None:
    """The wheels of all ``PLATFORMS``, with what is installed here: build, hatchling and ziglang."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    for name in PLATFORMS:
        environment = os.environ | {"USQL_PLATFORM": name}
        subprocess.run(command, cwd=Path(__file__).parent, env=environment, check=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        build_wheels(Path(sys.argv[1]))
    else:
        sys.exit(not build(print))
