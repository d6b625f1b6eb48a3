"""URLs of S3, of a server on this machine that speaks its protocol."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from moto.server import ThreadedMotoServer
from pyiceberg.catalog.sql import SqlCatalog

import usql
from tests.compare import equal
from tests.places import SESSIONS
from tests.unit.store.loading.tables.test_delta import ids, rows
from tests.unit.store.loading.test_source import answers, table
from tests.unit.store.sources.test_files import line
from usql.errors import DataError

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"{host}:{port}"
    made.stop()


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{server}", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ALLOW_HTTP": "true",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    made = boto3.client("s3", endpoint_url=f"http://{server}", region_name="us-east-1")
    made.create_bucket(Bucket="bucket")
    yield made
    for found in made.list_objects_v2(Bucket="bucket").get("Contents", []):
        made.delete_object(Bucket="bucket", Key=found["Key"])
    made.delete_bucket(Bucket="bucket")


def test_files(client: Any, server: str) -> None:
    made = io.BytesIO()
    pq.write_table(table(), made, row_group_size=4)
    client.put_object(Bucket="bucket", Key="a.ndjson.gz", Body=gzip.compress(SESSIONS.read_bytes()))
    client.put_object(Bucket="bucket", Key="a b.parquet", Body=made.getvalue())
    assert equal(answers("s3://bucket/a.ndjson.gz"), answers(SESSIONS))
    assert equal(answers("s3://bucket/a b.parquet"), answers(table()))
    here = f"endpoint_override={server}&scheme=http&region=us-east-1"
    assert len(usql.open(f"s3://other:key@bucket/a.ndjson.gz?{here}")) == 16


def test_folders_and_patterns(client: Any) -> None:
    for name in (
        "x/a.ndjson",
        "x/country=Spain/b.ndjson",
        "x/country=Spain/year=2024/c.ndjson",
        "x/_d/d.ndjson",
    ):
        client.put_object(Bucket="bucket", Key=name, Body=line(name[-8]).encode())
    for url in (
        "s3://bucket",
        "s3://bucket/x",
        "s3://bucket/x/",
        "s3://bucket/*",
        "s3://bucket/**/*.ndjson",
    ):
        found = usql.open(url).query("SELECT userSessionId, country FROM usersession").rows()
        assert found == [["a", None], ["b", "Spain"], ["c", "Spain"]], url
    assert ids("s3://bucket/x/*.ndjson") == ["a"]
    assert usql.open(["s3://bucket/x/a.ndjson", "s3://bucket/x"]).notes == (
        "1 file or store was reached more than once and is read once: s3://bucket/x/a.ndjson.",
    )


def test_what_is_not_there(client: Any) -> None:
    for url in ("s3://bucket/none.ndjson", "s3://bucket/x/y", "s3://no-bucket/a.ndjson"):
        with pytest.raises(DataError, match="there is no such file or folder") as caught:
            usql.open(url)
        assert caught.value.source == url
    with pytest.raises(DataError, match="no file matches the pattern"):
        usql.open("s3://bucket/*.ndjson")


def test_tables_of_delta_lake(client: Any) -> None:
    write_deltalake("s3://bucket/lake/t", rows("a", "b"))
    write_deltalake("s3://bucket/lake/t", rows("c"), mode="overwrite")
    assert ids("s3://bucket/lake/t") == ids("s3://bucket/lake") == ["c"]
    file = client.list_objects_v2(Bucket="bucket", Prefix="lake/t/part")["Contents"][0]["Key"]
    for url in (f"s3://bucket/{file}", "s3://bucket/lake/t/*.parquet"):
        with pytest.raises(DataError, match="name its folder, s3://bucket/lake/t, to have it read"):
            usql.open(url)
    with pytest.raises(DataError, match=r"open the table by deltalake\.DeltaTable, and pass that"):
        usql.open("s3://bucket/lake/t?region=us-east-1")


def test_tables_of_iceberg(client: Any, server: str, tmp_path: Path) -> None:
    catalog = SqlCatalog(
        "s3",
        uri=f"sqlite:///{tmp_path / 'c.db'}",
        warehouse="s3://bucket/ice",
        **{"s3.endpoint": f"http://{server}"},
    )
    catalog.create_namespace("n")
    made = catalog.create_table("n.t", schema=rows("a").schema)
    made.append(rows("a", "b"))
    made.delete("userSessionId = 'a'")
    for source in ("s3://bucket/ice/n/t", made, made.metadata_location, "s3://bucket/ice"):
        assert ids(source) == ["b"]
    with pytest.raises(DataError, match="name its folder"):
        usql.open("s3://bucket/ice/n/t/data")
    catalog.close()
