# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubtctl measure and confidential explain: what they say beforehand is what redoubt-measure computes from the same files, and what is said
of policy, images and secrets is what was put into the pod."""
import base64
import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "simtee"))
sys.dont_write_bytecode = True
os.environ.setdefault("REDOUBT_SIMTEE", "")
from simulated_guest import make_kernel  # noqa: E402

FIRMWARE = {"sev-snp": "/usr/share/ovmf/OVMF.amdsev.fd", "tdx": "/usr/share/ovmf/OVMF.inteltdx.ms.fd"}
DIGEST = "sha256:" + "ab" * 32
SEALED = "sealed." + ".".join(base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in
                              ('{"alg":"ES256","kid":"kbs:///keys/seal/1"}', '{"type":"vault","name":"kbs:///app/password/1"}', "signature"))
CDH = '[image]\nimage_security_policy_uri = "kbs:///app/signatures/policy"\n'


# Names and kinds of members, as docs/formats/cli-json.md promises them.
FILE = {"path": str, "sha384": str}
SHAPE = {"format": str, "pod": str, "processor": str,
         "measured": {"files": {"firmware": FILE, "kernel": FILE, "initrd": FILE}, "kernel_cmdline": str, "vcpus": int, "measurement": str,
                      "values": {"snp_launch_measurement": str}, "initdata": {"digest": str, "host_data": str, "mr_config_id": str}},
         "images": [{"container": str, "image": str, "authorised_by": str, "detail": str, "keys": []}],
         "released": {"broker": str, "certificates_sha256": [str], "resources": [str]},
         "calls": {"refused_always": [str], "refused": [str], "depends": [str], "allowed": [str]}, "warnings": []}


def shape(value):
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value)


def run(*words, program="REDOUBTCTL", code=0):
    done = subprocess.run([os.environ[program], *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(name="site")
def fixture_site(tmp_path):
    (tmp_path / "vmlinuz").write_bytes(make_kernel(b"kernel"))
    (tmp_path / "initrd").write_bytes(b"initramfs")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=b",
                    "-keyout", tmp_path / "b.key", "-out", tmp_path / "b.pem"], check=True, capture_output=True)
    (tmp_path / "cdh.toml").write_text(CDH)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
           "spec": {"runtimeClassName": "redoubt-confidential", "containers": [
               {"name": "one", "image": f"registry.example/one@{DIGEST}", "command": ["serve"], "env": [{"name": "PASSWORD", "value": SEALED}],
                "resources": {"limits": {"cpu": "1500m"}}},
               {"name": "two", "image": "registry.example/two:latest", "command": ["serve"]}]}}
    (tmp_path / "bare.yaml").write_text(json.dumps(pod))
    image = tmp_path / "image.json"
    image.write_text(json.dumps({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["serve"]}, "rootfs": {"type": "layers", "diff_ids": []}}))
    run("policy", "generate", tmp_path / "bare.yaml", "--node", "redoubt", "-o", tmp_path / "policy.rego",
        *(word for c in pod["spec"]["containers"] for word in ("--image-config", f"{c['image']}={image}")))
    made = run("initdata", "build", "--policy", tmp_path / "policy.rego", "--broker", "https://broker.example:8443", "--broker-cert", tmp_path / "b.pem",
               "--cdh", tmp_path / "cdh.toml", "-o", tmp_path / "initdata.toml", "--json")
    pod["metadata"]["annotations"] = {"io.katacontainers.config.hypervisor.cc_init_data": json.loads(made.stdout)["annotation"]}
    (tmp_path / "pod.yaml").write_text(json.dumps(pod))
    return tmp_path, json.loads(made.stdout)


def machine(folder, processor="sev-snp"):
    return ["--processor", processor, "--kernel", folder / "vmlinuz", "--initrd", folder / "initrd", "--firmware", FIRMWARE.get(processor, FIRMWARE["sev-snp"])]


def measured(folder, tee, cmdline, vcpus):
    words = ["--vcpus", vcpus, "--vcpu-type", "EPYC-v4"] if tee == "snp" else []
    done = run(tee, "--firmware", FIRMWARE["sev-snp" if tee == "snp" else "tdx"], "--kernel", folder / "vmlinuz", "--initrd", folder / "initrd",
               "--append", cmdline, *words, "--json", program="REDOUBT_MEASURE")
    return json.loads(done.stdout)


def test_a_pods_measurement_is_that_of_the_vm_its_node_would_launch(site):
    folder, initdata = site
    found = json.loads(run("measure", folder / "pod.yaml", *machine(folder), "--json").stdout)
    assert found["kernel_cmdline"] == "console=hvc0 panic=-1 reboot=t scsi_mod.scan=manual quiet redoubt.confidential=1"
    assert found["vcpus"] == 2  # a limit of 1.5, rounded up
    assert found["measurement"] == found["values"]["snp_launch_measurement"] == measured(folder, "snp", found["kernel_cmdline"], found["vcpus"])["measurement"]
    assert found["initdata_digest"] == initdata["digest"]


def test_of_a_td_registers_are_computed(site):
    folder, _ = site
    found = json.loads(run("measure", folder / "pod.yaml", *machine(folder, "tdx"), "--json").stdout)
    other = measured(folder, "tdx", found["kernel_cmdline"], found["vcpus"])
    assert found["values"] == {"mr_td": other["mrtd"], "rtmr1": other["rtmr1"], "rtmr2": other["rtmr2"]}


def test_a_simulation_is_measured_with_its_marks(site):
    folder, _ = site
    done = run("measure", *machine(folder, "simulation"), "--tsc-khz", "2000000", "--json")
    found = json.loads(done.stdout)
    assert found["kernel_cmdline"].endswith(" no_timer_check tsc_early_khz=2000000 tsc=reliable highres=off redoubt.confidential=1 redoubt.simtee=1") and found["vcpus"] == 1
    assert found["initdata_digest"] is None and "TSC" not in done.stderr
    assert "TSC" in run("measure", *machine(folder, "simulation")).stderr


def test_an_explanation_says_all_of_it(site):
    folder, initdata = site
    done = run("confidential", "explain", folder / "pod.yaml", *machine(folder), "--json")
    found = json.loads(done.stdout)
    assert found["measured"]["initdata"] == {"digest": initdata["digest"], "host_data": initdata["host_data"], "mr_config_id": initdata["mr_config_id"]}
    assert found["released"]["resources"] == ["kbs:///app/password/1", "kbs:///app/signatures/policy", "kbs:///keys/seal/1"]
    der = subprocess.run(["openssl", "x509", "-in", folder / "b.pem", "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True, check=True).stdout
    assert found["released"]["certificates_sha256"] == [der.split("=")[1].strip().replace(":", "").lower()]
    assert "ExecProcessRequest" in found["calls"]["refused"] + found["calls"]["depends"]
    assert "CreateContainerRequest" in found["calls"]["depends"] and "StartContainerRequest" in found["calls"]["allowed"]
    assert "ReadStreamRequest" in found["calls"]["refused"]
    assert shape(found) == SHAPE
    assert [(image["container"], image["authorised_by"], image["detail"]) for image in found["images"]] == [
        ("web-one", "digest", DIGEST), ("web-two", "signature", "kbs:///app/signatures/policy")]


def test_for_people_it_is_text_with_the_same_in_it(site):
    folder, initdata = site
    done = run("confidential", "explain", folder / "pod.yaml", *machine(folder))
    for words in ("Pod web on sev-snp", initdata["digest"], f"authorised by digest: {DIGEST}", "authorised by signature: kbs:///app/signatures/policy",
                  "by: https://broker.example:8443", "refused whatever a policy says: AddSwapPathRequest"):
        assert words in done.stdout, done.stdout


def test_a_pod_without_initdata_or_with_an_image_nobody_vouches_for_is_warned_of(site):
    folder, _ = site
    done = run("confidential", "explain", folder / "bare.yaml", *machine(folder), "--json")
    assert "there is no initdata" in done.stderr and json.loads(done.stdout)["measured"]["initdata"] is None
    run("initdata", "build", "--policy", folder / "policy.rego", "-o", folder / "small.toml")
    done = run("confidential", "explain", folder / "bare.yaml", *machine(folder), "--initdata", folder / "small.toml")
    assert "nothing is released" in done.stderr and "named by a tag" in done.stderr and "authorised by none" in done.stdout


def test_what_cannot_be_read_is_named(site):
    folder, _ = site
    assert "no-such-file" in run("measure", folder / "no-such-file.yaml", *machine(folder), code=125).stderr
    assert "firmware" in run("measure", "--kernel", folder / "vmlinuz", "--initrd", folder / "initrd", "--firmware", folder / "initrd", code=125).stderr
