// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/confidential_means.hpp"

namespace redoubt::node {

launch::ConfidentialMeans make_confidential_means(const Config& config,
                                                  const host::SecureProcessors& processors) {
    const auto& wanted = config.confidential;
    launch::ConfidentialMeans means{.simulator = wanted.simulator,
                                    .has_relay = !wanted.broker.host.empty(),
                                    .simulator_firmware = wanted.simulator_firmware};
    if (processors.snp.offer == host::Offer::ready && !wanted.firmware.empty())
        means.snp = launch::SnpMeans{.firmware = wanted.firmware,
                                     .cpu_model = wanted.cpu_model,
                                     .c_bit = processors.c_bit,
                                     .reduced_phys_bits = processors.reduced_phys_bits};
    if (processors.tdx.offer == host::Offer::ready && !wanted.tdx_firmware.empty())
        means.tdx = launch::TdxMeans{.firmware = wanted.tdx_firmware,
                                     .quote_service_port = wanted.quote_service_port};
    return means;
}

} // namespace redoubt::node
