# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import broker as brokers  # noqa: E402
import guest as guests  # noqa: E402


@pytest.fixture(scope="module")
def tpm(tmp_path_factory):
    made = guests.Tpm(tmp_path_factory.mktemp("tpm") / "tpm")
    made.boot(init_data=guests.init_data_digest())
    yield made
    made.stop()


def trust(broker, tpm, tenant=""):
    """What an owner has to say before his guests get anything."""
    broker.add_reference_values({"trusted_aks": [tpm.key], "tpm_pcr11": [tpm.pcr(11)], "init_data": [guests.init_data_digest().hex()]}, tenant)
    broker.set_policy(guests.RELEASE_ALL, tenant)
    broker.put_resource("repo/type/tag", b"the secret", tenant)


@pytest.fixture(scope="module")
def broker(tmp_path_factory, tpm):
    made = brokers.Broker(tmp_path_factory.mktemp("broker") / "broker", "[limits]\nguest_rate = 1000\nguest_burst = 10000\n").init().start()
    trust(made, tpm)
    yield made
    made.stop()
