# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
import pathlib
import tempfile

import pytest

from node_under_test import Ctl, Registry, images_folder


@pytest.fixture(scope="session")
def images():
    """Folder of the test images: one OCI layout an image."""
    return images_folder()


@pytest.fixture(scope="session")
def registry(images):
    """A registry that holds all test images."""
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        server = Registry(pathlib.Path(folder))
        for layout in sorted(images.iterdir()):
            server.push(layout, f"{layout.name}:latest")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def node(registry, images):
    """The node, with every test image pulled under its plain name."""
    ctl = Ctl()
    for layout in sorted(images.iterdir()):
        ctl.ok("image", "pull", "--tls-verify=false", f"{registry.name}/{layout.name}:latest", timeout=300)
    return ctl


@pytest.fixture
def ctl(node):
    """The node without containers, before and after."""
    node.remove_all()
    yield node
    node.remove_all()


@pytest.fixture
def busybox(registry):
    return f"{registry.name}/busybox:latest"


@pytest.fixture
def python3(registry):
    return f"{registry.name}/python3:latest"


@pytest.fixture
def redis(registry):
    return f"{registry.name}/redis:latest"


@pytest.fixture
def nginx(registry):
    return f"{registry.name}/nginx:latest"
