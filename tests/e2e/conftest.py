# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
import pytest

from node_under_test import Ctl, Registry, images_folder, with_images


@pytest.fixture(scope="session")
def images():
    """Folder of the test images: one OCI layout an image."""
    return images_folder()


@pytest.fixture(scope="module")
def wanted(request, images):
    """The test images that a module needs: its IMAGES, or all there are."""
    return getattr(request.module, "IMAGES", sorted(layout.name for layout in images.iterdir()))


@pytest.fixture(scope="module")
def registry(wanted, images, tmp_path_factory):
    """A registry that holds these images."""
    server = Registry(tmp_path_factory.mktemp("registry"))
    for name in wanted:
        server.push(images / name, f"{name}:latest")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def node(registry, wanted):
    """The node, with these images pulled."""
    return with_images(Ctl(), registry, wanted)


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
