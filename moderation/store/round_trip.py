"""Commands sent and answered together, on a connection of a plain client's pool.

The client's own way through a pipeline costs several times what sending does; most of a request's
commands go this way. What it gives is what the server answered: nothing is turned into other types.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hiredis
import redis


def answers(client: Any, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run commands in one round trip; raises what the first one that failed says.

    A cluster's client finds out where each belongs, so there its own way is gone.
    """
    if not isinstance(client, redis.Redis):
        return _by_pipeline(client, commands)
    pool = client.connection_pool
    # A client that is bound to one connection keeps it.
    connection: Any = client.connection or pool.get_connection()
    try:
        connection.send_packed_command([b"".join(map(hiredis.pack_command, commands))])
        return _read(connection, len(commands))
    except redis.exceptions.ResponseError:
        raise
    except BaseException:
        # What else comes on it would be taken for the answer to another command.
        connection.disconnect()
        raise
    finally:
        if client.connection is None:
            pool.release(connection)


def _read(connection: Any, count: int) -> list[Any]:
    found: list[Any] = []
    failed: redis.exceptions.ResponseError | None = None
    read = connection.read_response
    for _ in range(count):
        try:
            found.append(read())
        except redis.exceptions.ResponseError as error:
            failed = failed or error
        # That the node answers is known by the first.
        read = connection.read_next
    if failed is not None:
        raise failed
    return found


def _by_pipeline(client: Any, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    if len(commands) == 1:
        return [client.execute_command(*commands[0])]
    pipe = client.pipeline(transaction=False)
    for command in commands:
        pipe.execute_command(*command)
    found: list[Any] = pipe.execute()
    return found
