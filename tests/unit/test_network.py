"""No test leaves this machine."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("data.seoul.go.kr", 80)])
def test_a_connection_that_leaves_this_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as client, pytest.raises(PermissionError, match="only use this machine"):
        client.connect(address)


def test_a_connection_within_this_machine_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
