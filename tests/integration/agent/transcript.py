# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Golden transcripts: a conversation with the agent as text, replayed and compared.

    # comment, kept
    > StartContainer {"container_id": "c1"}
    < OK {}
    < NOT_FOUND no container 'c1'

A stream has no packets: an answer of ReadStdout or ReadStderr that is the beginning of the one that is wanted is read on, and joined.

$NAME in a request is replaced by the world's value; in an answer the value is replaced by $NAME. Keys listed in VARYING are
shown as "<any>". REDOUBT_UPDATE_GOLDEN=1 writes what was heard.
"""
import base64
import itertools
import json
import os
import pathlib
import re

from ttrpc import CallError

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "tests/golden/guest-image/agent"
# What differs from machine to machine and from run to run.
VARYING = {"available", "used", "total_usage", "usage_in_kernelmode", "usage_in_usermode", "max_usage", "cache", "stats", "mem_block_size_bytes",
           "kernel_usage", "network_stats", "blkio_stats", "extra_features", "metrics", "init_daemon", "support_mem_hotplug_probe"}
# As these, where it is a number and not a message.
VARYING_NUMBERS = {"usage"}
PID = re.compile(r"process \d+")


def varies(key, part):
    return key in VARYING or key in VARYING_NUMBERS and not isinstance(part, (dict, list))


def hide(value, names):
    """The answer without what varies."""
    if isinstance(value, dict):
        return {key: "<any>" if varies(key, part) else hide(part, names) for key, part in sorted(value.items())}
    if isinstance(value, list):
        return [hide(part, names) for part in value]
    return replace_back(value, names) if isinstance(value, str) else value


def replace_back(text, names):
    for name, value in names.items():
        if value and "{" not in value:
            text = text.replace(value, f"${name}")
    return PID.sub("process <pid>", text)


def steps(text):
    """(comments, method, request) of each call."""
    comments = []
    for line in text.splitlines():
        if line.startswith("> "):
            method, _, request = line[2:].partition(" ")
            yield comments, method, request or "{}"
            comments = []
        elif not line.startswith("< "):
            comments.append(line)


def answers(text):
    """The answer that each call is to have, in the order of steps()."""
    return [line[2:] for line in text.splitlines() if line.startswith("< ")]


def read_on(agent, method, request, answer, wanted):
    """The rest of a stream's bytes, when these are the beginning of those that are wanted."""
    if method not in ("ReadStdout", "ReadStderr") or not wanted.startswith("OK "):
        return answer
    rest = base64.b64decode(json.loads(wanted[3:])["data"])
    data = base64.b64decode(answer.get("data", ""))
    while data and data != rest and rest.startswith(data):
        more = {"offset": str(int(request["offset"]) + len(data))} if "offset" in request else {}
        piece = base64.b64decode(agent.call(method, request | more)["data"])
        if not piece:
            break
        data += piece
    return answer | {"data": base64.b64encode(data).decode()}


def replay(agent, name, names):
    """Holds the conversation; (what was to be heard, what was)."""
    path = GOLDEN / f"{name}.transcript"
    wanted = path.read_text()
    heard = []
    for (comments, method, request), answer_wanted in zip(steps(wanted), itertools.chain(answers(wanted), itertools.repeat(""))):
        filled = request
        for key, value in names.items():
            filled = filled.replace(f"${key}", value)
        try:
            call = json.loads(filled)
            answered = read_on(agent, method, call, agent.call(method, call), answer_wanted)
            answer = "OK " + json.dumps(hide(answered, names))
        except CallError as error:
            answer = f"{error.code} {replace_back(error.message, names)}"
        heard += [*comments, f"> {method} {request}", f"< {answer}"]
    text = "\n".join(heard) + "\n"
    if os.environ.get("REDOUBT_UPDATE_GOLDEN"):
        path.write_text(text)
        return text, text
    return wanted, text


def methods(name):
    return {method for _, method, _ in steps((GOLDEN / f"{name}.transcript").read_text())}
