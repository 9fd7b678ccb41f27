# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Level confidential on a node with a simulator: what redoubt-simtee signs is what the node launched, said beforehand, and shown.
Where the node has a launcher, so has this one: then its daemon is a user without rights."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from node_under_test import ROOT, eventually, open_policy, own_node, vmm_processes

os.environ.setdefault("REDOUBT_SIMTEE", shutil.which("redoubt-simtee") or "")
os.environ.setdefault("REDOUBT_MEASURE", shutil.which("redoubt-measure") or "")
sys.path.insert(0, str(ROOT / "tests/integration/simtee"))
sys.dont_write_bytecode = True
from simulated_guest import FIRMWARE, MEASURE, REPORT, Service, ask, port_of  # noqa: E402

IMAGES = ["busybox"]
HAS_LAUNCHER = "REDOUBT_LAUNCHER_PIDFILE" in os.environ


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    # Short, as it is the path of a unix socket; others than root are to reach it.
    folder = pathlib.Path("/var/tmp") / f"rdt-simtee-{os.getpid()}"
    made = Service(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def broker():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture(scope="module")
def confidential(service, broker, registry):
    config = (f'[confidential]\nsimulator = "{service.socket}"\nbroker = "127.0.0.1:{broker.getsockname()[1]}"\n'
              f'firmware = "{FIRMWARE["snp"]}"\n')
    with own_node(config, with_launcher=HAS_LAUNCHER) as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", f"{registry.name}/busybox:latest", timeout=300)
        yield node


@pytest.fixture(scope="module")
def initdata(tmp_path_factory):
    folder = tmp_path_factory.mktemp("initdata")
    (folder / "policy.rego").write_text(open_policy())
    built = subprocess.run(["redoubtctl", "initdata", "build", "--policy", folder / "policy.rego", "-o", folder / "initdata.toml", "--json"],
                           capture_output=True, text=True, check=True)
    return folder / "initdata.toml", json.loads(built.stdout)


def report_of(pid, service):
    """What the simulator signs for this QEMU, which stands still meanwhile: else it would take the answer for its guest."""
    with port_of(pid, service.socket) as port:
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = ask(port, REPORT, b"nonce")
        finally:
            os.kill(pid, signal.SIGCONT)
    assert answer.status == 0, answer.message
    return answer.outblob


@contextlib.contextmanager
def running(ctl, initdata, image, name="secret", *flags):
    ctl.ok("run", "-d", "--name", name, "--network", "none", "--runtime", "confidential", "--initdata", initdata[0], *flags, image, "sleep", "1000")
    try:
        yield ctl.inspect(name)
    finally:
        ctl.ok("rm", "-f", name)


def test_a_node_without_a_secure_processor_refuses_and_says_why(ctl, busybox, initdata):
    run = ctl("run", "--rm", "--runtime", "confidential", "--initdata", initdata[0], busybox, "true")
    assert run.returncode == 125
    assert "no simulator is configured" in run.stderr and "confidential.simulator" in run.stderr


def test_a_container_without_initdata_is_refused_where_it_is_asked_for(confidential, busybox):
    run = confidential.ctl("create", "--runtime", "confidential", busybox, "true")
    assert run.returncode == 125
    assert "needs initdata" in run.stderr and "--initdata FILE" in run.stderr
    assert confidential.ctl.names("--all") == []


def test_the_simulator_signs_what_the_node_has_foretold(confidential, service, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as container:
        assert ctl.ok("exec", "secret", "echo", "hello") == "hello\n"
        sandbox = container["sandbox"]
        shown = sandbox["confidential"]
        report = report_of(sandbox["vmm_pid"], service)
        assert report[0x90:0xC0].hex() == shown["measurement"]
        assert report[0xC0:0xE0].hex() == shown["host_data"] == initdata[1]["host_data"]
        assert report[0x1A0:0x1A3] == b"SIM"
        # The same from the command that a workload's owner uses.
        guest = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
        measured = subprocess.run([MEASURE, "snp", "--firmware", FIRMWARE["snp"], "--kernel", guest / "vmlinuz", "--initrd", guest / "initramfs-confidential.cpio",
                                   "--append", sandbox["kernel_cmdline"], "--vcpus", str(sandbox["vcpus"]), "--vcpu-type", "EPYC-v4", "--json"],
                                  capture_output=True, text=True, check=True)
        assert json.loads(measured.stdout)["measurement"] == shown["measurement"]


def test_the_level_is_shown_as_the_simulation_it_is(confidential, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as container:
        words = container["sandbox"]["kernel_cmdline"].split()
        assert "redoubt.confidential=1" in words and "redoubt.simtee=1" in words
        assert container["runtime"] == "confidential" and container["simulation"] is True
        assert container["sandbox"]["confidential"]["trust"] == "simulation"
        assert container["sandbox"]["confidential"]["initdata_digest"] == initdata[1]["digest"]
        assert "confidential (simulation)" in ctl.ok("ps")
        assert ctl.json("ps")[0]["simulation"] is True


def test_the_guest_has_the_initdata_on_a_disk_it_cannot_write(confidential, busybox, initdata):
    script = ("for disk in /sys/block/sd*; do name=${disk##*/}; mknod /tmp/$name b $(tr : ' ' < $disk/dev); "
              "if [ \"$(head -c 8 /tmp/$name)\" = initdata ]; then cat $disk/ro; tail -c +17 /tmp/$name | gunzip -c 2>/dev/null; fi; done")
    ctl = confidential.ctl
    with running(ctl, initdata, busybox, "reader", "--privileged"):
        found = ctl("exec", "reader", "sh", "-c", script).stdout
    ro, _, text = found.partition("\n")
    assert ro == "1"
    assert hashlib.sha384(text.encode()).hexdigest() == initdata[1]["digest"].partition(":")[2]


def ask_guest(ctl, name, path, *headers):
    """Status and body of what a container's own agent answers it."""
    words = "\\r\\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1:8006", "Connection: close", *headers, "", ""])
    head, _, body = ctl.ok("exec", name, "sh", "-c", f"printf '{words}' | nc 127.0.0.1 8006").partition("\n\n")
    return int(head.split()[1]), body


def test_a_container_has_nothing_of_its_guest_unless_the_policy_says_so(confidential, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox):
        for path in ("/cdh/resource/shop/key/1", "/aa/token?token_type=kbs", "/aa/evidence?runtime_data=x"):
            status, body = ask_guest(ctl, "secret", path)
            assert status == 403 and "WorkloadApiRequest is blocked by policy" in body, body
        status, body = ask_guest(ctl, "secret", "/info")
        assert status == 200 and json.loads(body)["simulation"] is True
        status, body = ask_guest(ctl, "secret", "/info", "X-Forwarded-For: 10.0.0.1")
        assert status == 403 and "passed on" in body


def test_what_the_policy_opens_is_opened_for_that_container(confidential, busybox, tmp_path):
    rule = 'WorkloadApiRequest if {\n input.container_name == "web"\n input.resource == "shop/key/1"\n}\n'
    (tmp_path / "policy.rego").write_text(open_policy().replace("agent_policy\n", "agent_policy\n\nimport rego.v1\n", 1) + rule)
    own = tmp_path / "initdata.toml"
    subprocess.run(["redoubtctl", "initdata", "build", "--policy", tmp_path / "policy.rego", "-o", own], check=True, capture_output=True)
    ctl = confidential.ctl
    with running(ctl, [own], busybox, "web"):
        status, body = ask_guest(ctl, "web", "/cdh/resource/shop/key/1")
        assert status == 503 and "names no broker" in body, body
        assert ask_guest(ctl, "web", "/cdh/resource/shop/key/2")[0] == 403


def test_neither_qemu_nor_the_guests_processes_leave_a_core(confidential, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as container:
        limits = (pathlib.Path("/proc") / str(container["sandbox"]["vmm_pid"]) / "limits").read_text()
        assert limits.split("Max core file size")[1].split()[:2] == ["0", "0"]
        assert ctl.ok("exec", "secret", "sh", "-c", "ulimit -c; ulimit -Hc").split() == ["0", "0"]


def relay_is_served(runtime):
    """The daemon is connected to the port of a VM."""
    lines = subprocess.run(["ss", "-xHn", "state", "connected"], capture_output=True, text=True, check=True).stdout.splitlines()
    return any(str(runtime) in line and "relay.sock" in line for line in lines)


def test_a_vm_and_its_relay_are_found_again_after_the_daemon(confidential, service, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as before:
        eventually(lambda: relay_is_served(confidential.runtime), "the relay's port is served")
        confidential.kill()
        if HAS_LAUNCHER:
            confidential.kill_launcher()
        eventually(lambda: not relay_is_served(confidential.runtime), "nobody serves it")
        confidential.start()
        after = ctl.inspect("secret")
        assert after["sandbox"]["vmm_pid"] == before["sandbox"]["vmm_pid"]
        assert after["sandbox"]["confidential"] == before["sandbox"]["confidential"]
        assert ctl.ok("exec", "secret", "echo", "hello") == "hello\n"
        eventually(lambda: relay_is_served(confidential.runtime), "the relay's port is served again")
        assert report_of(after["sandbox"]["vmm_pid"], service)[0x90:0xC0].hex() == after["sandbox"]["confidential"]["measurement"]


@pytest.mark.skipif(not HAS_LAUNCHER, reason="a node with --launcher")
def test_another_launcher_leaves_a_vm_and_its_relay_alone_and_ends_it_when_told(confidential, service, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as container:
        vm = container["sandbox"]["vmm_pid"]
        eventually(lambda: relay_is_served(confidential.runtime), "the relay's port is served")
        confidential.kill_launcher()
        confidential.launcher.start(confidential.folder / "log")
        assert ctl.ok("exec", "secret", "echo", "hello") == "hello\n"
        assert relay_is_served(confidential.runtime)
        assert report_of(vm, service)[0x90:0xC0].hex() == container["sandbox"]["confidential"]["measurement"]
    assert not vmm_processes(confidential.runtime)


@pytest.mark.skipif(not HAS_LAUNCHER, reason="a node with --launcher")
def test_a_vm_of_the_launchers_has_no_rights_and_sees_the_simulator_alone(confidential, service, busybox, initdata):
    with running(confidential.ctl, initdata, busybox) as container:
        process = pathlib.Path("/proc") / str(container["sandbox"]["vmm_pid"])
        status = (process / "status").read_text()
        assert "CapEff:\t0000000000000000" in status and "\nUid:\t0\t" not in status
        root = process / "root"
        if not os.path.samefile(root, "/"):  # where namespaces can be made
            assert [path.name for path in (root / service.folder.relative_to("/")).iterdir()] == [service.socket.name]
            assert not (root / confidential.folder.relative_to("/")).exists()


@pytest.mark.skipif(not HAS_LAUNCHER, reason="a node with --launcher")
def test_a_launcher_without_a_simulator_refuses_what_it_is_asked_for(service, busybox, registry, initdata):
    with own_node(f'[confidential]\nsimulator = "{service.socket}"\n', with_launcher=True) as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", f"{registry.name}/busybox:latest", timeout=300)
        settings = node.folder / "redoubtd.toml"
        text = settings.read_text()
        node.kill_launcher()
        settings.write_text(text.replace(f'simulator = "{service.socket}"', ""))
        node.launcher.start(node.folder / "log")
        settings.write_text(text)
        run = node.ctl("run", "--rm", "--network", "none", "--runtime", "confidential", "--initdata", initdata[0], busybox, "true")
        assert run.returncode != 0 and "redoubt-launcher has no simulator" in run.stderr
        assert not vmm_processes(node.runtime)


def test_a_simulation_may_boot_through_a_firmware_on_the_machine_that_hardware_has(service, busybox, registry, initdata):
    guest = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
    firmware = guest / "OVMF.inteltdx.fd"
    folder = pathlib.Path("/var/tmp") / f"rdt-simtee-q35-{os.getpid()}"
    believing = Service(folder, service.chain, f'executed_firmware = ["{firmware}"]')
    config = f'[confidential]\nsimulator = "{believing.socket}"\nfirmware = "{FIRMWARE["snp"]}"\nsimulator_firmware = "{firmware}"\n'
    try:
        with own_node(config, with_launcher=HAS_LAUNCHER) as node:
            node.ctl.ok("image", "pull", "--tls-verify=false", f"{registry.name}/busybox:latest", timeout=300)
            with running(node.ctl, initdata, busybox) as container:
                words = pathlib.Path(f"/proc/{container['sandbox']['vmm_pid']}/cmdline").read_bytes().decode().split("\0")
                assert any(word.startswith("q35,") for word in words) and "-bios" in words
                assert node.ctl.ok("exec", "secret", "echo", "hello") == "hello\n"
                shown = container["sandbox"]["confidential"]
                assert shown["trust"] == "simulation" and shown["firmware"] == FIRMWARE["snp"]  # that is measured, and does not run
                assert report_of(container["sandbox"]["vmm_pid"], believing)[0x90:0xC0].hex() == shown["measurement"]
    finally:
        believing.stop()
        shutil.rmtree(folder)


def test_what_a_container_was_launched_as_is_shown_when_it_is_over(confidential, busybox, initdata):
    ctl = confidential.ctl
    with running(ctl, initdata, busybox) as before:
        ctl.ok("kill", "secret")
        ctl("wait", "secret")
        after = ctl.inspect("secret")
        assert after["state"] == "exited" and after["sandbox"]["vmm_pid"] is None
        assert after["sandbox"]["confidential"] == before["sandbox"]["confidential"]
        assert after["sandbox"]["kernel_cmdline"] == before["sandbox"]["kernel_cmdline"]


def test_a_pod_of_the_handler_is_one_confidential_vm(confidential, service, busybox, initdata, tmp_path):
    manifest = tmp_path / "pod.json"
    pod = {"apiVersion": "v1", "kind": "Pod",
           "metadata": {"name": "safe", "annotations": {"io.katacontainers.config.hypervisor.cc_init_data": initdata[1]["annotation"]}},
           "spec": {"runtimeClassName": "redoubt-confidential",
                    "containers": [{"name": "one", "image": busybox, "imagePullPolicy": "Never", "command": ["sleep", "1000"]}]}}
    manifest.write_text(json.dumps(pod))
    ctl = confidential.ctl
    ctl.ok("apply", "--network", "none", "-f", manifest)
    try:
        shown = json.loads(ctl.ok("pod", "inspect", "safe"))[0]
        assert shown["runtime"] == "confidential"
        report = report_of(shown["sandbox"]["vmm_pid"], service)
        assert report[0x90:0xC0].hex() == shown["sandbox"]["confidential"]["measurement"]
        assert report[0xC0:0xE0].hex() == initdata[1]["host_data"]
        members = ctl.json("ps")
        assert [(c["runtime"], c["simulation"]) for c in members] == [("confidential", True)]
    finally:
        ctl.ok("pod", "rm", "-f", "safe")
    del pod["metadata"]["annotations"]
    manifest.write_text(json.dumps(pod))
    refused = ctl("apply", "--network", "none", "-f", manifest)
    assert refused.returncode == 125 and "needs initdata" in refused.stderr
