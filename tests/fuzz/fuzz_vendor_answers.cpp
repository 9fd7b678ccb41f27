// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a vendor's service, or somebody in its place, may answer, and what lies in the file of origins: it is
// read or refused, and what is read is in a form that can be read again. The first byte says which form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/vendors/answers.hpp"

namespace {

using namespace redoubt::services;

void read_as(vendors::Form form, std::string_view text) {
    // Up to the first line break it is the header with the chain.
    const auto end = text.find('\n');
    redoubt::http::Response answer;
    answer.status = 200;
    const std::string header(text.substr(0, end));
    for (const char* name :
         {"TCB-Info-Issuer-Chain", "SGX-Enclave-Identity-Issuer-Chain", "SGX-PCK-CRL-Issuer-Chain"})
        answer.headers.add(name, header);
    answer.body = end == std::string_view::npos ? "" : text.substr(end + 1);
    const vendors::Target target{"https://vendor.test/", form, {"snp"}, "stem"};
    const auto files = vendors::read_answer(target, answer);
    if (files && files->empty()) std::abort();
    (void)vendors::read_vcek(answer);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    read_as(static_cast<vendors::Form>(data[0] % 6), text);
    const auto origins = attestation::parse_origins(text);
    if (origins && !attestation::parse_origins(attestation::render_origins(*origins))) std::abort();
    return 0;
}
