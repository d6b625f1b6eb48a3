"""The library of kernels is built with whatever compiler there is, or done without; and what the
sanitizers say of it."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.places import ROOT

pytest.importorskip("hatchling")


@pytest.fixture
def building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The build hook, which puts the library somewhere else."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.native, "LIBRARY", tmp_path / "kernels.native")
    monkeypatch.delenv("USQL_NATIVE", raising=False)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("USQL_PLATFORM", raising=False)
    return module


def built(building: ModuleType) -> list[str]:
    """What is said while the library is built."""
    said: list[str] = []
    is_there = building.build(said.append)
    assert is_there == building.native.LIBRARY.exists()
    return said


def test_the_digest_depends_on_every_source(
    building: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [path.name for path in building.sources()]
    assert names == sorted(names)
    assert {"kernels.h", "keys.c", "totals.c"} <= {*names}
    monkeypatch.setattr(building.native, "FOLDER", tmp_path)
    seen = set()
    for text in ("a", "b"):
        for name in names:
            (tmp_path / name).write_text(text)
            seen.add(building.digest())
    assert len(seen) == 2 * len(names)


def test_the_digest_does_not_depend_on_how_lines_end(
    building: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building.native, "FOLDER", tmp_path)
    seen = set()
    for end in (b"\n", b"\r\n"):
        (tmp_path / "one.c").write_bytes(b"a" + end + b"b" + end)
        seen.add(building.digest())
    assert len(seen) == 1


needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler")


@needs_cc
def test_the_systems_compiler(building: ModuleType) -> None:
    assert built(building) == []
    library = building.native.LIBRARY
    assert library.stat().st_size < 300_000
    assert [path.name for path in library.parent.iterdir()] == ["kernels.native"]


def without_compilers(building: ModuleType, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PATH", "")
    patch.setattr(building, "zig_compiler", lambda: None)


def test_without_a_compiler(building: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library of an earlier build does not stay."""
    building.native.LIBRARY.touch()
    without_compilers(building, monkeypatch)
    assert built(building) == [
        "usql is built without its library, and will be slower: no C compiler"
    ]


def test_without_a_library_on_purpose(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USQL_NATIVE", "0")
    assert built(building) == [
        "usql is built without its library, and will be slower: USQL_NATIVE=0"
    ]


def test_no_library_of_sources_that_the_loader_would_not_take(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building.native, "DIGEST", "0123456789abcdef")
    (said,) = built(building)
    assert said.endswith("usql/native.py knows other sources: python -m tests.tools.docs")


@pytest.mark.skipif(os.name == "nt", reason="a command of POSIX")
def test_a_compiler_that_fails(building: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "sh -c 'echo cannot >&2; exit 1'")
    monkeypatch.setattr(building, "zig_compiler", lambda: None)
    (said,) = built(building)
    assert said.endswith("fails:\ncannot")
    assert list(building.native.LIBRARY.parent.iterdir()) == []


def hook(building: ModuleType) -> Any:
    return building.CustomBuildHook(str(ROOT), {}, None, None, "", "wheel")


def test_zig_is_required_where_there_is_no_compiler(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", sys.executable)
    assert hook(building).dependencies() == []
    without_compilers(building, monkeypatch)
    monkeypatch.delenv("CC")
    (required,) = hook(building).dependencies()
    assert required.startswith("ziglang")
    monkeypatch.setenv("USQL_NATIVE", "0")
    assert hook(building).dependencies() == []


def test_wheels_are_of_one_platform_and_editable_ones_of_any(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building.native, "LIBRARY", ROOT / "usql/kernels.native")
    for there, version, changed in ((True, "standard", True), (True, "editable", False), (False, "standard", False)):  # fmt: skip
        monkeypatch.setattr(building, "build", lambda say, there=there: there)
        data: dict[str, Any] = {"artifacts": [], "pure_python": True}
        hook(building).initialize(version, data)
        assert ("tag" in data) == changed == (not data["pure_python"])
        if changed:
            assert data["tag"].startswith("py3-none-")
            assert data["artifacts"] == ["/usql/kernels.native"]


@pytest.mark.long
def test_a_wheel_without_a_compiler_on_the_path(tmp_path: Path) -> None:
    """The compiler comes from the package index, and makes a library that can be loaded."""
    environment = {k: v for k, v in os.environ.items() if k not in ("CC", "USQL_NATIVE")}
    environment["PATH"] = str(tmp_path)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)],
        env=environment, check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("usql_engine-*.whl")
    assert wheel.name.split("-")[2:4] == ["py3", "none"]
    assert not wheel.name.endswith("-any.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'wheel')!r}); import usql; print(usql.__file__); from usql.native import native; print(native())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment,
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == [str(tmp_path / "wheel/usql/__init__.py"), "native"]


def test_another_platform_is_asked_for_by_its_name(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building.native, "LIBRARY", ROOT / "usql/kernels.native")
    seen: list[bytes] = []

    def compiled(platform: str, library: Path) -> None:
        library.write_text(platform)

    monkeypatch.setattr(building, "cross_compile", compiled)
    for name in building.PLATFORMS:
        monkeypatch.setenv("USQL_PLATFORM", name)
        monkeypatch.setenv("CC", sys.executable)
        one = hook(building)
        (required,) = one.dependencies()
        assert required.startswith("ziglang")
        data: dict[str, Any] = {"artifacts": [], "pure_python": True, "force_include": {}}
        one.initialize("standard", data)
        ((library, place),) = data["force_include"].items()
        seen.append(Path(library).read_bytes())
        one.finalize("standard", data, "a.whl")
        assert (data["tag"], data["pure_python"]) == (f"py3-none-{name}", False)
        assert (place, data["artifacts"]) == ("usql/kernels.native", [])
        assert not Path(library).parent.exists()
    assert seen == [name.encode() for name in building.PLATFORMS]
    monkeypatch.setenv("USQL_PLATFORM", "amiga")
    with pytest.raises(
        ValueError, match="USQL_PLATFORM is 'amiga', not one of manylinux_2_17_x86_64,"
    ):
        hook(building).initialize("standard", {})


def test_no_wheel_for_another_platform_without_its_library(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name, library = "musllinux_1_2_aarch64", tmp_path / "library"
    with monkeypatch.context() as patched:
        patched.setattr(building, "zig_compiler", lambda platform: None)
        with pytest.raises(RuntimeError, match="wheels for musllinux_1_2_aarch64 need ziglang"):
            building.cross_compile(name, library)
    fails = [sys.executable, "-c", "import sys; sys.exit('cannot')"]
    monkeypatch.setattr(building, "zig_compiler", lambda platform: fails)
    with pytest.raises(RuntimeError, match="fails:\ncannot"):
        building.cross_compile(name, library)
    monkeypatch.setattr(building.native, "DIGEST", "0123456789abcdef")
    with pytest.raises(RuntimeError, match="other sources"):
        building.cross_compile(name, library)
    assert not library.exists()


MACHINES = {"x86_64": 62, "aarch64": 183}
"""Processors as ELF numbers them."""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="runs a wheel for Linux")
def test_wheels_of_all_platforms(building: ModuleType, tmp_path: Path) -> None:
    """One build makes them all; that of this machine passes the tests of kernels."""
    zig, wheels = tmp_path / "zig", tmp_path / "wheels"
    install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(zig), building.ZIG]
    subprocess.run(install, check=True, capture_output=True, timeout=900)
    environment = {k: v for k, v in os.environ.items() if k != "USQL_NATIVE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(zig), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, "hatch_build.py", str(wheels)],
        cwd=ROOT, env=environment, check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    libraries: dict[str, Path] = {}
    for wheel in wheels.iterdir():
        name = wheel.stem.split("-py3-none-")[1]
        with zipfile.ZipFile(wheel) as packed:
            (place,) = (n for n in packed.namelist() if n.endswith(".native"))
            libraries[name] = Path(packed.extract(place, tmp_path / name))
    assert libraries.keys() == building.PLATFORMS.keys()
    for name, library in libraries.items():
        code = library.read_bytes()
        assert len(code) < 300_000
        assert int.from_bytes(code[18:20], "little") == MACHINES[name[-7:].lstrip("_")]
        needs = {int(minor) for minor in re.findall(rb"GLIBC_2\.([0-9]+)", code)}
        assert max(needs, default=0) <= 17 * name.startswith("manylinux")
    ours = libraries[f"manylinux_2_17_{platform.machine()}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "not numpy", "--every", "5", "tests/unit/engine/arrays/native"],
        cwd=ROOT, env=environment | {"USQL_NATIVE": str(ours)}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "skipped" not in done.stdout


SANITIZERS = [
    *("-std=c11", "-O1", "-g", "-shared", "-fPIC", "-Wall", "-Wextra", "-Wconversion", "-Werror"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
]


@pytest.mark.long
@needs_cc
@pytest.mark.skipif(sys.platform != "linux", reason="sanitizers are loaded before Python")
def test_no_kernel_reads_or_writes_elsewhere(building: ModuleType, tmp_path: Path) -> None:
    """All tests of kernels, under sanitizers of addresses and of undefined behaviour."""
    library = tmp_path / "checked.native"
    building.compile_library(["cc"], library, SANITIZERS)
    runtimes = [
        subprocess.run(["cc", f"-print-file-name={name}.so"], check=True, capture_output=True, text=True).stdout.strip()
        for name in ("libasan", "libubsan")
    ]  # fmt: skip
    environment = {
        **os.environ, "USQL_NATIVE": str(library), "LD_PRELOAD": " ".join(runtimes),
        "ASAN_OPTIONS": "detect_leaks=0",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "not numpy", "tests/unit/engine/arrays/native"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "skipped" not in done.stdout
