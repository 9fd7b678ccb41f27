# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Imports of OCI layouts, oci-archives and docker-archives: what works, and one clear error for each thing that does not."""
import base64
import json
import pathlib
import subprocess
import tarfile

import oci_layout
import pytest


def assert_clean(driver):
    """Nothing but whole blobs."""
    assert not [f for f in driver.blobs.rglob("*") if f.is_file() and len(f.name) != 64]
    assert not [f for f in driver.blobs.iterdir() if f.name.startswith(".import-")]


def test_imports_a_layout_folder(driver, tmp_path, image):
    layout = oci_layout.write_layout(tmp_path / "layout", {"localhost:5000/app:1": image})
    result = driver.works("import", layout)
    assert result["name"] == "localhost:5000/app:1"
    assert (result["manifest_digest"], result["config_digest"]) == (image.digest, image.id)
    assert len(result["layers"]) == 2 and set(result["progress"].values()) == {"done"}
    assert_clean(driver)


@pytest.mark.parametrize("compression", ["", "gzip", "zstd"])
def test_imports_an_oci_archive(driver, tmp_path, image, compression):
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    result = driver.works("import", oci_layout.write_oci_archive(tmp_path / "app.tar", layout, compression))
    assert result["name"] == "localhost/app:1" and result["config_digest"] == image.id
    assert_clean(driver)


@pytest.mark.parametrize("compression", ["", "gzip"])
def test_imports_a_docker_archive(driver, tmp_path, image, compression):
    result = driver.works("import", oci_layout.write_docker_archive(tmp_path / "app.tar", {"team/app:2": image}, compression))
    assert result["name"] == "localhost/team/app:2" and result["config_digest"] == image.id
    assert [l["digest"] for l in result["layers"]] == [oci_layout.digest_of(t) for t in image.tars]
    assert_clean(driver)


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive"])
def test_imports_what_skopeo_writes(driver, tmp_path, image, kind):
    layout = oci_layout.write_layout(tmp_path / "layout", {"latest": image})
    archive = tmp_path / "skopeo.tar"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{layout}:latest", f"{kind}:{archive}:example.org/app:3"],
                   check=True)
    result = driver.works("import", archive)
    assert result["name"] == "example.org/app:3"
    assert [l["diff_id"] for l in result["layers"]] == [oci_layout.digest_of(t) for t in image.tars]
    assert_clean(driver)


def test_brings_the_signatures_beside_an_image_for_a_guest(driver, tmp_path):
    signed = [(b'{"critical":1}', "QUJD")]
    image = oci_layout.Image([oci_layout.make_tar({"x": b"x"})], encrypted=True)
    beside = oci_layout.Signatures(image, signed)
    other = oci_layout.Signatures(oci_layout.Image([oci_layout.make_tar({"y": b"y"})]), [(b"{}", "eA==")])
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image, beside.name: beside, other.name: other})
    result = driver.works("import", layout)
    assert result["name"] == "localhost/app:1" and result["manifest_digest"] == image.digest
    assert json.loads(result["signatures"]) == {
        "version": 1, "signatures": [{"payload": base64.b64encode(p).decode(), "signature": s} for p, s in signed]}


def test_the_name_given_wins_and_a_bare_tag_names_nothing(driver, tmp_path, image):
    layout = oci_layout.write_layout(tmp_path / "layout", {"latest": image})
    assert driver.works("import", layout)["name"] == ""
    assert driver.works("import", layout, name="mine")["name"] == "localhost/mine:latest"


def test_skips_layers_that_are_converted(driver, tmp_path, image):
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    result = driver.works("import", layout, skip=oci_layout.digest_of(image.tars[1]))
    assert [bool(l["blob"]) for l in result["layers"]] == [True, False]


def test_one_file_may_be_two_layers(driver, tmp_path):
    tar = oci_layout.make_tar({"x": b"x"})
    image = oci_layout.Image([tar, oci_layout.make_tar({"y": b"y"}), tar])
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    driver.works("import", oci_layout.write_oci_archive(tmp_path / "app.tar", layout))
    driver.works("import", oci_layout.write_docker_archive(tmp_path / "docker.tar", {"app:1": image}))


def make_pair():
    return {"first:1": oci_layout.Image([oci_layout.make_tar({"x": b"1"})]),
            "second:2": oci_layout.Image([oci_layout.make_tar({"x": b"2"})])}


def test_of_several_images_one_must_be_named(driver, tmp_path):
    pair = make_pair()
    layout = oci_layout.write_layout(tmp_path / "layout", pair)
    archive = oci_layout.write_docker_archive(tmp_path / "docker.tar", pair)
    for path in (layout, archive):
        message = driver.fails("INVALID_ARGUMENT", "import", path)
        assert "first:1" in message and "second:2" in message
        assert driver.works("import", path, name="second:2")["config_digest"] == pair["second:2"].id


def test_of_several_platforms_the_nodes_is_taken(driver, tmp_path):
    tar = oci_layout.make_tar({"x": b"x"})
    images = [oci_layout.Image([tar], architecture=a) for a in ("arm64", "amd64")]
    layout = oci_layout.write_layout(tmp_path / "layout", {"a": images[0], "b": images[1]})
    index = json.loads((layout / "index.json").read_text())
    for entry in index["manifests"]:
        del entry["annotations"]
    (layout / "index.json").write_text(json.dumps(index))
    assert driver.works("import", layout)["config_digest"] == images[1].id


def test_names_what_is_not_there(driver, tmp_path):
    assert "no archive or folder" in driver.fails("NOT_FOUND", "import", tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert "neither an OCI layout" in driver.fails("INVALID_ARGUMENT", "import", tmp_path / "empty")
    (tmp_path / "text").write_text("this is no archive, but it is long enough to look at " * 50)
    driver.fails("INVALID_ARGUMENT", "import", tmp_path / "text")
    assert_clean(driver)


def test_refuses_a_layer_with_other_bytes(driver, tmp_path, image):
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    blob = layout / "blobs/sha256" / image.layers[1]["digest"][7:]
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    archive = oci_layout.write_oci_archive(tmp_path / "app.tar", layout)
    for path in (layout, archive):
        assert image.layers[1]["digest"] in driver.fails("DATA_LOSS", "import", path)
        assert_clean(driver)


def test_refuses_a_docker_layer_without_its_diff_id(driver, tmp_path, image):
    image.tars[1] = oci_layout.make_tar({"noise": b"other"})
    archive = oci_layout.write_docker_archive(tmp_path / "docker.tar", {"app:1": image})
    assert "the image config says" in driver.fails("DATA_LOSS", "import", archive)
    assert_clean(driver)


@pytest.mark.parametrize("compression", ["", "gzip"])
def test_refuses_a_cut_archive(driver, tmp_path, image, compression):
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    archive = pathlib.Path(oci_layout.write_oci_archive(tmp_path / "app.tar", layout, compression))
    archive.write_bytes(archive.read_bytes()[:300_000])
    driver.fails("DATA_LOSS", "import", archive)
    assert_clean(driver)


def hostile(name, **fields):
    entry = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(entry, key, value)
    return entry


@pytest.mark.parametrize("entry,word", [
    (hostile("../../etc/evil"), "leads out of the archive"),
    (hostile("/etc/evil"), "absolute"),
    (hostile("device", type=tarfile.CHRTYPE), "neither file, folder nor link"),
    (hostile("pipe", type=tarfile.FIFOTYPE), "neither file, folder nor link"),
])
def test_refuses_hostile_entries(driver, tmp_path, entry, word):
    archive = tmp_path / "hostile.tar"
    archive.write_bytes(oci_layout.make_tar({"x": (entry, b"")}))
    assert word in driver.fails("INVALID_ARGUMENT", "import", archive)
    assert_clean(driver)


def test_refuses_a_sparse_entry(driver, tmp_path):
    (tmp_path / "sparse").write_bytes(b"")
    subprocess.run(["truncate", "-s", "10G", tmp_path / "sparse"], check=True)
    subprocess.run(["tar", "-C", tmp_path, "--sparse", "-cf", tmp_path / "sparse.tar", "sparse"], check=True)
    assert "sparse" in driver.fails("INVALID_ARGUMENT", "import", tmp_path / "sparse.tar")
    assert_clean(driver)


def test_links_stay_within_the_archive(driver, tmp_path, image):
    secret = tmp_path / "secret"
    secret.write_text("[]")
    link = hostile("index.json", type=tarfile.SYMTYPE, linkname=str(secret))
    archive = tmp_path / "links.tar"
    archive.write_bytes(oci_layout.make_tar({"index.json": (link, b"")}))
    assert "neither an OCI layout" in driver.fails("INVALID_ARGUMENT", "import", archive)
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    blob = layout / "blobs/sha256" / image.layers[1]["digest"][7:]
    blob.unlink()
    blob.symlink_to(secret)
    driver.fails("INVALID_ARGUMENT", "import", layout)


def test_follows_links_of_old_docker_archives(driver, tmp_path):
    tar = oci_layout.make_tar({"x": b"x"})
    image = oci_layout.Image([tar])
    link = hostile("second/layer.tar", type=tarfile.SYMTYPE, linkname="../first/layer.tar")
    config = image.id[7:] + ".json"
    listing = [{"Config": config, "RepoTags": ["old:1"], "Layers": ["second/layer.tar"]}]
    archive = tmp_path / "old.tar"
    archive.write_bytes(oci_layout.make_tar({"first/layer.tar": tar, "second/layer.tar": (link, b""), config: image.config,
                                             "manifest.json": json.dumps(listing).encode()}))
    assert driver.works("import", archive)["config_digest"] == image.id


def test_refuses_a_full_disk(driver, tmp_path, image):
    layout = oci_layout.write_layout(tmp_path / "layout", {"app:1": image})
    archive = oci_layout.write_oci_archive(tmp_path / "app.tar", layout)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", driver.blobs], check=True)
    try:
        for path in (layout, archive):
            assert "No space left on device" in driver.fails("RESOURCE_EXHAUSTED", "import", path)
            assert_clean(driver)
    finally:
        subprocess.run(["umount", driver.blobs], check=True)
