// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What comes from clients and from people of a node that is reached from outside: certificates,
/// fingerprints, addresses, codes; and the host's tables. The first byte says which.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/crypto/certificate.hpp"
#include "common/pairing/pairing_proof.hpp"
#include "common/rpc/certificate_probe.hpp"
#include "node-daemon/metrics/host_sample.hpp"

using namespace redoubt;

namespace {

/// What is read again has to be the same.
void try_certificate(const std::string& bytes) {
    const auto facts = crypto::read_certificate(bytes);
    if (!facts) return;
    const auto again = crypto::read_certificate(facts->pem);
    if (!again || again->fingerprint != facts->fingerprint) std::abort();
}

void try_code(const std::string& text) {
    const auto code = pairing::normalize_code(text);
    if (!code) return;
    const auto again = pairing::normalize_code(code->view());
    if (!again || again->view() != code->view() || code->size() != 12) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    node::metrics::HostSample sample;
    switch (data[0] % 7) {
    case 0: try_certificate(text); break;
    case 1: try_code(text); break;
    case 2: (void)crypto::parse_fingerprint(text); break;
    case 3: (void)rpc::parse_address(text); break;
    case 4: (void)node::metrics::parse_stat(text, 100, sample); break;
    case 5: (void)node::metrics::parse_meminfo(text, sample); break;
    default: (void)node::metrics::parse_net_dev(text, sample); break;
    }
    return 0;
}
