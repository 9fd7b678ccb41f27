# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Pods: containers that share a VM, from the command line and from Kubernetes manifests; names on a network."""
import os
import pathlib
import re
import subprocess
import textwrap
import urllib.request

import pytest

from node_under_test import DEADLINE, count, eventually, free_port, vmm_processes
from shared_node import Daemon

IMAGES = ["busybox", "nginx", "redis"]
pytestmark = pytest.mark.skipif(not os.path.exists("/usr/lib/cni/bridge"), reason="containernetworking-plugins is not installed")
HELLO = "hello from a micro-VM\n"
RUNTIME = pathlib.Path(os.environ.get("REDOUBT_NODE_RUNTIME", "/run/redoubt"))


@pytest.fixture
def ctl(node):
    def clear():
        for pod in node.json("pod", "ps"):
            node("pod", "rm", "-f", pod["id"])
        node.remove_all()
    clear()
    yield node
    clear()


def aardvarks():
    """The node's name server, if it runs: its folder is on its command line."""
    found = subprocess.run(["pgrep", "-f", f"aardvark-dns --config {RUNTIME}"], capture_output=True, text=True, check=False).stdout
    return found.split()


def expect_nothing_left(ctl):
    assert ctl.json("pod", "ps") == [] and ctl.json("ps", "--all") == []
    eventually(lambda: not vmm_processes(RUNTIME), "no VM is left")
    eventually(lambda: not [p for p in RUNTIME.rglob("*") if p.is_file() and p.suffix != ".sock"
                            and p.name not in ("redoubtd.pid", "log")], "no file of a VM or of the name server is left")
    eventually(lambda: not aardvarks(), "the name server has ended")
    lines = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line.split(":")[1].strip().split("@")[0] for line in lines} == {"lo"}
    disks = pathlib.Path(os.environ.get("REDOUBT_NODE_STATE", RUNTIME.parent / "state")) / "volumes"
    assert not disks.exists() or not [p for p in disks.iterdir() if "+" in p.name]


def state_of(ctl, pod):
    return ctl.json("pod", "inspect", pod)[0]


def member(ctl, pod, name):
    return next(c for c in state_of(ctl, pod)["containers"] if c["name"] == f"{pod}-{name}")


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    except OSError:
        return None


def manifest(tmp_path, text, **names):
    for key, value in names.items():
        text = text.replace(f"@{key}@", str(value))
    path = tmp_path / "pod.yaml"
    path.write_text(textwrap.dedent(text))
    return path


THREE = """\
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: greeting}
    data: {text: "from a document", LEVEL: debug}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: keys}
    stringData: {token: "s3cret"}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: trio, labels: {app: trio}}
    spec:
      terminationGracePeriodSeconds: 1
      initContainers:
      - name: prepare
        image: @busybox@
        command: [sh, -c, "echo prepared > /work/state; cat /conf/text >> /work/state"]
        volumeMounts: [{name: work, mountPath: /work}, {name: conf, mountPath: /conf}]
      containers:
      - name: web
        image: @nginx@
        ports: [{name: http, containerPort: 80, hostPort: @port@}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1, timeoutSeconds: 20, failureThreshold: 60}
      - name: sick
        image: @busybox@
        command: [sh, -c, "touch /tmp/well; sleep 1000000"]
        volumeMounts: [{name: work, mountPath: /work}]
        livenessProbe:
          exec: {command: [test, -e, /tmp/well]}
          periodSeconds: 1
          timeoutSeconds: 20
          failureThreshold: 2
      - name: watcher
        image: @busybox@
        command: [sh, -c, "cat /work/state; echo $LEVEL; cat /keys/token; echo; ls /mem; sleep 1000000"]
        envFrom: [{configMapRef: {name: greeting}}]
        volumeMounts:
        - {name: work, mountPath: /work, readOnly: true}
        - {name: keys, mountPath: /keys}
        - {name: mem, mountPath: /mem}
        - {name: host, mountPath: /host}
      volumes:
      - {name: work, emptyDir: {sizeLimit: 16Mi}}
      - {name: host, hostPath: {path: @folder@, type: Directory}}
      - {name: mem, emptyDir: {medium: Memory, sizeLimit: 8Mi}}
      - {name: conf, configMap: {name: greeting}}
      - {name: keys, secret: {secretName: keys, defaultMode: 0400}}
    """


def test_a_manifest_of_three_comes_up_and_a_liveness_probe_restarts_one(ctl, busybox, nginx, tmp_path):
    port, folder = free_port(), tmp_path / "of-the-host"
    folder.mkdir()
    (folder / "file").write_text("then")
    path = manifest(tmp_path, THREE, busybox=busybox, nginx=nginx, port=port, folder=folder)
    assert ctl.ok("apply", "-f", path, timeout=3 * DEADLINE) == "trio\n"
    assert len(vmm_processes(RUNTIME)) == 1, "all of a pod is one VM"
    eventually(lambda: all(member(ctl, "trio", name)["ready"] for name in ("web", "sick", "watcher")), "all are ready")
    pod = state_of(ctl, "trio")
    assert pod["state"] == "running" and member(ctl, "trio", "prepare")["state"] == "exited"
    assert eventually(lambda: fetch(f"http://127.0.0.1:{port}/"), "nginx answers") == HELLO
    eventually(lambda: ctl.ok("pod", "logs", "-c", "watcher", "trio") == "prepared\nfrom a documentdebug\ns3cret\n", "what it was given")
    hosts = {ctl.ok("exec", f"trio-{name}", "hostname") for name in ("sick", "watcher")}
    assert hosts == {"trio\n"}
    # A snapshot of the host's folder; and volumes that are as large as they say, for all who share them.
    (folder / "file").write_text("now")
    assert ctl.ok("exec", "trio-watcher", "cat", "/host/file") == "then"
    assert "Read-only" in ctl("exec", "trio-watcher", "touch", "/host/x", "/work/x").stderr
    for name, place, most in (("watcher", "/mem", 8), ("sick", "/work", 16)):
        full = ctl("exec", f"trio-{name}", "dd", "if=/dev/zero", f"of={place}/large", "bs=1M", "count=32")
        assert full.returncode == 1 and "No space left" in full.stderr
        written = int(ctl.ok("exec", f"trio-{name}", "stat", "-c", "%s", f"{place}/large"))
        assert most / 2 < written / 2**20 <= most
    assert "/work/large" in ctl.ok("exec", "trio-watcher", "ls", "/work/large"), "both see the same"

    vm = pod["sandbox"]["vmm_pid"]
    ctl.ok("exec", "trio-sick", "rm", "/tmp/well")
    eventually(lambda: member(ctl, "trio", "sick")["restarts"] >= 1 and member(ctl, "trio", "sick")["state"] == "running",
               "the sick one is restarted")
    after = state_of(ctl, "trio")
    assert after["sandbox"]["vmm_pid"] == vm and member(ctl, "trio", "web")["restarts"] == 0
    assert "sleep" in ctl.ok("pod", "top", "trio") and "nginx" in ctl.ok("pod", "top", "trio")
    again = ctl("apply", "-f", path)
    assert again.returncode == 125 and "the name 'trio' is taken" in again.stderr
    assert ctl.ok("down", "-f", path) == "trio\n"
    expect_nothing_left(ctl)


def test_pods_and_containers_find_each_other_by_name(ctl, busybox, nginx):
    port = free_port()
    ctl.ok("pod", "create", "--name", "front", "-p", f"{port}:80")
    ctl.ok("run", "-d", "--pod", "front", "--name", "server", nginx)
    ctl.ok("run", "-d", "--pod", "front", "--name", "beside", busybox, "sleep", "1000000")
    eventually(lambda: ctl("exec", "beside", "wget", "-q", "-O", "-", "http://127.0.0.1/").stdout == HELLO, "localhost is the pod's")
    for name in ("front", "server"):
        assert ctl.ok("run", "--rm", busybox, "wget", "-q", "-T", "60", "-O", "-", f"http://{name}/") == HELLO
    ctl.ok("pod", "create", "--name", "other")
    ctl.ok("run", "-d", "--pod", "other", "--name", "client", busybox, "sleep", "1000000")
    before = state_of(ctl, "front")
    assert before["state"] == "running" and len(vmm_processes(RUNTIME)) == 2
    daemon = Daemon(ctl)
    daemon.kill()
    daemon.start()
    assert state_of(ctl, "front")["sandbox"]["vmm_pid"] == before["sandbox"]["vmm_pid"], "a pod outlives its daemon"
    assert ctl.ok("exec", "client", "wget", "-q", "-T", "60", "-O", "-", "http://front/") == HELLO, "pod to pod"
    assert eventually(lambda: fetch(f"http://127.0.0.1:{port}/"), "through -p") == HELLO
    refused = ctl("create", "--pod", "front", "--runtime", "gvisor", busybox, "true")
    assert refused.returncode == 125 and "not implemented for containers of a pod: a pod is one VM" in refused.stderr
    ctl.ok("pod", "rm", "-f", "other")
    busy = ctl("pod", "rm", "front")
    assert busy.returncode == 125 and "stop it first" in busy.stderr
    ctl.ok("pod", "stop", "-t", "0", "front")
    assert [p["state"] for p in ctl.json("pod", "ps")] == ["exited"]
    ctl.ok("pod", "start", "front")
    assert len(vmm_processes(RUNTIME)) == 1
    ctl.ok("pod", "rm", "-f", "front")
    expect_nothing_left(ctl)


REDIS = """\
    apiVersion: v1
    kind: Pod
    metadata: {name: store}
    spec:
      terminationGracePeriodSeconds: 20
      containers:
      - name: db
        image: @redis@
        args: [redis-server, --dir, /data, --appendonly, "yes", --bind, 127.0.0.1]
        securityContext: {runAsUser: 0}
        readinessProbe: {exec: {command: [redis-cli, ping]}, periodSeconds: 1, timeoutSeconds: 20, failureThreshold: 60}
        volumeMounts: [{name: data, mountPath: /data}]
      volumes:
      - {name: data, persistentVolumeClaim: {claimName: cache}}
    """


def test_redis_in_a_pod_keeps_its_data_on_a_named_volume(ctl, redis, tmp_path):
    def redis_cli(*words):
        eventually(lambda: member(ctl, "store", "db")["ready"], "redis answers")
        return ctl.ok("exec", "store-db", "redis-cli", *words).strip()
    path = manifest(tmp_path, REDIS, redis=redis)
    ctl.ok("apply", "-f", path)
    assert redis_cli("set", "key", "kept") == "OK"
    ctl.ok("restart", "store-db")
    assert redis_cli("get", "key") == "kept"
    ctl.ok("down", "-f", path)
    ctl.ok("apply", "-f", path)
    assert redis_cli("get", "key") == "kept", "another pod finds it, too"
    ctl.ok("down", "--force", "-f", path)
    assert ctl.json("volume", "ls") == []
    expect_nothing_left(ctl)


def test_networks_are_made_and_removed(ctl, busybox):
    assert ctl.ok("network", "create", "--subnet", "10.91.0.0/24", "back") == "back\n"
    try:
        shown = {n["name"]: n for n in ctl.json("network", "ls")}
        assert shown["redoubt"]["default"] and shown["back"]["subnets"] == ["10.91.0.0/24"]
        overlap = ctl("network", "create", "--subnet", "10.91.0.128/25", "other")
        assert overlap.returncode == 125 and "overlaps with another network's subnet" in overlap.stderr
        text = ctl.ok("run", "--rm", "--network", "back", "--network", "redoubt",
                      "--annotation", "kubernetes.io/ingress-bandwidth=10M", busybox, "ip", "addr")
        assert re.search(r"inet 10\.91\.0\.\d+/24.*eth0", text) and re.search(r"inet 10\.87\.\d+\.\d+/16.*eth1", text), text
        ctl.ok("create", "--name", "user", "--network", "back", busybox, "true")
        used = ctl("network", "rm", "back")
        assert used.returncode == 2 and "network 'back' is used by 'user'" in used.stderr
        ctl.ok("rm", "user")
        assert ctl.ok("network", "prune", "-f") == "back\n"
        assert ctl("network", "exists", "back").returncode == 1
    finally:
        ctl("network", "rm", "-f", "back")
    expect_nothing_left(ctl)


def test_what_a_manifest_cannot_be_is_said_and_leaves_nothing(ctl, busybox, tmp_path):
    def apply(text, code=125):
        run = ctl("apply", "-f", manifest(tmp_path, text, busybox=busybox))
        assert run.returncode == code, run.stdout
        return run.stderr
    start = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n"
    said = apply(f"{start}  containers: [{{name: a, image: @busybox@, lifecycle: {{}}}}]\n")
    assert "line 5: Pod 'x': spec.containers[0].lifecycle: this field is not known" in said
    said = apply(f"{start}  restartPolicy: Never\n  initContainers: [{{name: i, image: @busybox@, command: ['false']}}]\n"
                 "  containers: [{name: a, image: @busybox@}]\n")
    assert "init container 'x-i' ended with 1" in said
    said = apply(f"{start}  containers: [{{name: a, image: @busybox@, command: [nothing-here]}}]\n", 127)
    assert "nothing-here" in said
    expect_nothing_left(ctl)


def test_many_pods_at_once(ctl, busybox):
    pods = count(3, 30)
    names = [f"p{i}" for i in range(pods)]
    for name in names:
        ctl.ok("pod", "create", "--name", name)
        ctl.ok("create", "--pod", name, "--name", f"{name}-main", "-m", "16m", busybox, "sleep", "1000000")
    running = [ctl.start("pod", "start", name) for name in names]
    for process in running:
        out, err = process.communicate(timeout=DEADLINE * 10)
        assert process.returncode == 0, out + err
    assert {p["state"] for p in ctl.json("pod", "ps")} == {"running"} and len(vmm_processes(RUNTIME)) == pods
    assert ctl.ok("exec", f"{names[-1]}-main", "echo", "alive") == "alive\n"
    ctl.ok("pod", "rm", "-f", "-a", timeout=DEADLINE * 5)
    expect_nothing_left(ctl)
