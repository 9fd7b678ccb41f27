// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/tee/host/host_verdict.hpp"

/// Any bytes are refused: as a node's evidence, as a guest's, as a release's measurements, as an enrolment.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    tee::host::HostExpectations expected;
    expected.nonce.assign(32, 'n');
    if (tee::host::verify_host(text, expected).explanation.is_accepted()) __builtin_trap();
    if (const auto guest = tee::host::verify_guest(text, {}); guest && guest->guest.is_accepted())
        __builtin_trap();
    tee::host::BootReference reference;
    (void)tee::host::add_measurements(reference, text, "file");
    (void)tee::host::add_register(reference, text, "--pcr");
    if (const auto document = json::parse("list", text))
        (void)tee::host::parse_enrolled_nodes(document->root());
    return 0;
}
