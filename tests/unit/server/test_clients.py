"""Clients that others wrote, unchanged, over HTTPS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import usql
from tests.unit.server.asking import TOKEN
from tests.unit.server.running import certificate_in, serving

_CLIENT = "@dt-esa/dynatrace-api-client@2.0.3"

_PROGRAM = """
const { DynatraceEnvironmentAPIV1 } = require("@dt-esa/dynatrace-api-client");
const [url, token, start, end] = process.argv.slice(2);
console.info = () => {};
(async () => {
    const api = new DynatraceEnvironmentAPIV1({ url, token }, { skipConnectivityCheck: true });
    await api.testConnectivity(["DTAQLAccess", "DataExport", "ReadConfig", "WriteConfig"]);
    const ask = api.userSessionQueryLanguage;
    const times = { startTimestamp: Number(start), endTimestamp: Number(end) };
    const query = "SELECT country, count(*) FROM usersession GROUP BY country LIMIT 99";
    const table = await ask.getUsqlResults({ query, explain: true, ...times });
    const tree = await ask.getUsqlResultsAsTree({ query, ...times });
    const refused = await ask.getUsqlResults({ query: "SELECT cty FROM usersession" }).catch(e => e.response);
    const sessions = await ask.getAllUserSessions({ ...times });
    const errors = await ask.getAllUserErrors({ ...times });
    console.log(JSON.stringify({ table, tree, sessions, errors, refused: [refused.status, refused.data] }));
})();
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, from npm."""
    folder = tmp_path_factory.mktemp("npm")
    if shutil.which("npm") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("npm is not installed")
    command = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        str(folder),
        _CLIENT,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"npm: {done.stderr[-500:]}")
    return folder


@pytest.mark.long
def test_the_client_of_npm(client: Path, tmp_path: Path) -> None:
    """All sessions, asked for in pages that the client finds by halving the time, come once."""
    sessions = usql.sample(sessions=3000, seed=11)
    sessions.save(tmp_path / "some.usqlstore")
    first, end = sessions.span
    start = first - 1
    certificate, key = certificate_in(tmp_path)
    (client / "ask.js").write_text(_PROGRAM)
    options = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with serving(tmp_path, str(tmp_path / "some.usqlstore"), *options) as running:
        url = f"https://localhost:{running.port}/e/01234567-89ab-cdef-0123-456789abcdef/"
        done = subprocess.run(
            ["node", "ask.js", url, TOKEN, str(start), str(end)],
            cwd=client, env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate)},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        asked = running.log.read_text().count("/userSessionQueryLanguage/table 200")
    found = json.loads(done.stdout)
    query = "SELECT country, count(*) FROM usersession GROUP BY country LIMIT 99"
    assert found["table"] == sessions.query(query).to_table_response(explain=True)
    assert found["tree"] == sessions.query(query).to_tree_response()
    status, envelope = found["refused"]
    assert (status, envelope["error"]["usql"][0]["code"]) == (404, "USQL202")
    every = sessions.query(
        "SELECT userSessionId, country, duration FROM usersession LIMIT 5000"
    ).rows()
    given = [[s["userSessionId"], s["country"], s["duration"]] for s in found["sessions"]]
    assert len(given) == 3000
    assert sorted(given, key=str) == sorted(every, key=str)
    assert asked > 8  # it did halve the time
    assert len(found["errors"]) == sessions.query("SELECT COUNT(*) FROM usererror").rows()[0][0]
