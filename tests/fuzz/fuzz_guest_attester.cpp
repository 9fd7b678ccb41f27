// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a secure processor's driver, or the simulator, may give: the first byte chooses the provider, the
// second how much of the rest is the certificate table.
#include <cstdint>
#include <string>

#include "guest-image/attester/attester.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::guest::attester;
    if (size < 2) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t table = std::min<std::size_t>(bytes.size(), data[1]);
    std::ignore = read_evidence(
        {data[0] % 2 == 0 ? "sev_guest" : "tdx_guest", bytes.substr(table), bytes.substr(0, table)});
    return 0;
}
