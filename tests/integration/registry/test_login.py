# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Whether a real registry takes somebody's credentials: asked, and nothing kept."""
import http.server
import threading

import pytest
from registry import Registry
from test_pull import Throttling, TokenServer


def login(driver, registry, creds, **options):
    return driver.run("login", registry.host if isinstance(registry, Registry) else registry, creds=creds, **options)


def refused(driver, registry, creds, code="UNAUTHENTICATED", **options):
    result = login(driver, registry, creds, **options)
    assert not result["ok"] and result["code"] == code, result
    return result["message"]


def test_by_password(driver, tmp_path):
    with Registry(tmp_path / "registry", htpasswd=("ann", "se:cret")) as registry:
        assert login(driver, registry, "ann:se:cret", insecure=1)["ok"]
        message = refused(driver, registry, "ann:wrong-8a1f", insecure=1)
        assert message == f"registry {registry.host}: it refused the credentials of user ann"
        assert "se:cret" not in refused(driver, registry, "bob:se:cret", insecure=1)
        assert driver.files() == []


def test_over_tls_nothing_is_told_to_who_is_not_trusted(driver, tmp_path, authority):
    with Registry(tmp_path / "registry", tls=authority.server, htpasswd=("ann", "secret")) as registry:
        assert login(driver, registry, "ann:secret", ca=authority.certificate)["ok"]
        assert "certificate not accepted" in refused(driver, registry, "ann:secret", code="FAILED_PRECONDITION")


def test_by_a_token_that_opens_nothing(driver, tmp_path, authority):
    TokenServer.authority, TokenServer.asked = authority, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    token = {"realm": f"http://127.0.0.1:{server.server_port}/token", "service": "test-registry", "issuer": "test",
             "rootcertbundle": str(authority.certificate)}
    try:
        with Registry(tmp_path / "registry", token=token) as registry:
            assert login(driver, registry, "ann:secret", insecure=1)["ok"]
            assert TokenServer.asked == [None]
            assert "refused the credentials of user ann" in refused(driver, registry, "ann:wrong", insecure=1)
    finally:
        server.shutdown()
        server.server_close()


def test_where_nobody_asks_for_a_password(driver, plain):
    assert login(driver, plain, "ann:secret", insecure=1)["ok"]


@pytest.mark.parametrize("place", ["", "name", "127.0.0.1:1/team", "https://127.0.0.1:1"])
def test_only_at_a_registry(driver, place):
    refused(driver, place, "ann:secret", code="INVALID_ARGUMENT", insecure=1)


def test_what_answers_otherwise_is_no_registry(driver):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Throttling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        Throttling.answers = [404, 404]
        message = refused(driver, f"127.0.0.1:{server.server_port}", "ann:secret", code="UNAVAILABLE", insecure=1)
        assert message.endswith("it answers with status 404: is it a registry?")
    finally:
        server.shutdown()
        server.server_close()


def test_where_nobody_answers(driver):
    assert refused(driver, "127.0.0.1:1", "ann:secret", code="UNAVAILABLE", insecure=1).startswith("registry 127.0.0.1:1: ")
