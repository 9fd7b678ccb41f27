# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the demo proves by: its language model, its client, and the capture. None of them needs a node."""
import pathlib
import ssl
import subprocess
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEMO = ROOT / "common/sdk/demo"
sys.path.insert(0, str(DEMO))
sys.dont_write_bytecode = True
from capture import finds  # noqa: E402
from model import Model  # noqa: E402
import train  # noqa: E402

SENTENCE = "the guest boots its own kernel and the agent of the guest opens the disk . "


@pytest.fixture
def documentation(tmp_path):
    folder = tmp_path / "doc/git/RelNotes"
    folder.mkdir(parents=True)
    for number in range(60):
        (folder / f"{number:02}.txt").write_text(SENTENCE * 20)
    return tmp_path / "doc"


def trained(folder, out):
    return subprocess.run([DEMO / "train.py", out, folder], capture_output=True, text=True, check=True)


def test_the_same_texts_make_the_same_model_which_is_better_than_chance(documentation, tmp_path):
    said = trained(documentation, tmp_path / "one").stderr
    trained(documentation, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert "text that it has not seen" in said
    model = Model(tmp_path / "one")
    assert model.perplexity(train.words_of(SENTENCE)) < len(model.vocabulary) / 2


def test_probabilities_of_what_may_follow_are_at_most_one_together(documentation, tmp_path):
    trained(documentation, tmp_path / "model")
    model = Model(tmp_path / "model")
    assert 0.9 < sum(model.probability(["the", "guest"], word) for word in model.vocabulary) <= 1


def test_the_model_answers_any_prompt_and_each_the_same_way_again(documentation, tmp_path):
    trained(documentation, tmp_path / "model")
    model = Model(tmp_path / "model")
    for prompt in ("The guest", "xyzzy", "", "%" * 4000):
        answer = model.answer(prompt)
        assert answer == model.answer(prompt) and len(answer.split()) >= 12
    assert model.answer("the guest").startswith("the guest ") and set(train.words_of(model.answer("the guest"))) <= set(model.vocabulary)


def test_text_is_found_by_any_of_its_pieces_and_by_nothing_else():
    text = "virtual machine and how to attach a disk"
    assert finds(b"\0\1" + text[10:26].encode() + b"\2", text)
    assert not finds(text[10:25].encode(), text)
    assert finds(b"...short...", "short") and not finds(b"...shor...", "short")


def test_a_capture_sees_what_is_said_in_the_clear(tmp_path):
    script = (f"ip link set lo up; socat -u TCP-LISTEN:7000,bind=127.0.0.1 /dev/null & sleep 1; "
              f"{DEMO}/capture.py {tmp_path}/frames {DEMO}/client.py --in-the-clear 127.0.0.1 7000 'nobody else is to read this'")
    subprocess.run(["unshare", "--net", "bash", "-c", script], check=True, timeout=60)
    assert finds((tmp_path / "frames").read_bytes(), "nobody else is to read this")


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=The oracle",
                    "-addext", "subjectAltName=DNS:oracle.redoubt.example", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
                   check=True, capture_output=True)
    return folder / f"{name}.crt", folder / f"{name}.key"


def test_a_client_speaks_to_the_published_certificates_key_alone(documentation, tmp_path):
    import server
    trained(documentation, tmp_path / "model")
    server.Oracle.model, server.PORT = Model(tmp_path / "model"), 0
    mine, others = make_certificate(tmp_path, "mine"), make_certificate(tmp_path, "others")
    asked = {}
    for name, (certificate, key) in (("mine", mine), ("others", others)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        served = server.Server(context)
        threading.Thread(target=served.serve_forever, daemon=True).start()
        asked[name] = subprocess.run([DEMO / "client.py", mine[0], "127.0.0.1", str(served.server_address[1]), "the guest"], capture_output=True, text=True,
                                     timeout=60, check=False)
        served.shutdown()
        served.server_close()
    assert asked["mine"].returncode == 0 and asked["mine"].stdout.startswith("the guest "), asked["mine"].stderr
    assert asked["others"].returncode == 3 and "this is not the oracle" in asked["others"].stderr
