// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Policies of signatures, and signatures as a host hands them over. Nothing but a failure may come of them,
// and what is taken is within its limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/oci/signature/signature_policy.hpp"
#include "common/oci/signature/simple_signing.hpp"
#include "common/oci/signature/stored_signatures.hpp"

namespace sig = redoubt::oci::signature;

namespace {

void read_policy(std::string_view text) {
    const auto policy = sig::SignaturePolicy::parse(text);
    if (!policy) return;
    const auto image = redoubt::oci::parse_reference("registry.example:5000/team/app:1").value();
    const auto& scope = policy->scope_of(image);
    if (scope.requirements.empty() || scope.requirements.size() > sig::k_max_requirements) std::abort();
    for (const auto& requirement : scope.requirements) {
        const auto* wanted = std::get_if<sig::SigstoreSigned>(&requirement);
        if (wanted == nullptr) continue;
        if (wanted->keys.empty()) std::abort();
        (void)sig::is_identity_of(wanted->identity, image, "registry.example:5000/team/app");
    }
}

void read_signatures(std::string_view text) {
    if (const auto places = sig::parse_signature_manifest(text);
        places && places->size() > sig::k_max_signatures)
        std::abort();
    const auto signatures = sig::parse_signatures(text);
    if (!signatures) return;
    for (const auto& one : *signatures) (void)sig::parse_payload(one.payload);
    if (sig::parse_signatures(sig::render_signatures(*signatures)) != *signatures) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_policy(text);
    read_signatures(text);
    return 0;
}
