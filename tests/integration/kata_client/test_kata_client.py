# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The client inside Kata's shim, as its authors wrote it, speaks to our agent.

It is built here from Kata's Go module; where Go or its modules cannot be had, the test is skipped and says so."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration/agent"))
from agent_api import Api  # noqa: E402
from world import MOUNTS, SocketWorld  # noqa: E402

# Kata 3.7; later ones want a newer Go than Debian's.
KATA = "github.com/kata-containers/kata-containers/src/runtime@v0.0.0-20240717205640-6aff5f300a98"
# What Kata's own go.mod says in place of what others ask for.
INSTEAD = ["google.golang.org/grpc=google.golang.org/grpc@v1.47.0"]

pytestmark = pytest.mark.skipif(os.environ.get("REDOUBT_TIER") != "full", reason="only in the full tier")


@pytest.fixture(scope="module", name="client")
def fixture_client(tmp_path_factory):
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go here to build Kata's client with")
    folder = tmp_path_factory.mktemp("kata")
    shutil.copy(pathlib.Path(__file__).with_name("main.go"), folder)
    replaced = [word for one in INSTEAD for word in ("-replace", one)]
    for command in (["mod", "init", "redoubt/kata"], ["mod", "edit", *replaced], ["get", KATA], ["mod", "tidy"], ["build", "-o", "kata_client", "."]):
        done = subprocess.run([go, *command], cwd=folder, capture_output=True, text=True, timeout=1500, check=False,
                              env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"})
        if done.returncode != 0 and command[0] != "build":
            pytest.skip(f"Kata's module cannot be had: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    return folder / "kata_client"


def test_a_container_lives_by_katas_own_client(client):
    world = SocketWorld(Api())
    config = {"ociVersion": "1.1.0", "root": {"path": "rootfs"}, "hostname": "kata", "mounts": MOUNTS,
              "process": {"args": ["cat"], "env": ["PATH=/bin"], "cwd": "/", "user": {"uid": 0, "gid": 0},
                          "capabilities": {"bounding": ["CAP_KILL"]}, "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}]},
              "linux": {"namespaces": [{"type": kind} for kind in ("mount", "ipc", "uts")], "maskedPaths": ["/proc/kcore"],
                        "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                                    "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}}}
    try:
        done = subprocess.run([client, world.socket, world.run], input=json.dumps(config), capture_output=True, text=True, timeout=120, check=False)
    finally:
        world.close()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert 'exit 5 output "kata\\n"' in lines and 'exit 0 output "line\\n"' in lines and "storage handlers true" in lines, done.stdout
