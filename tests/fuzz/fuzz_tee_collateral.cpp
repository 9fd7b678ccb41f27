// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/tdx/verifier.hpp"

/// Any text is refused or read; the body of an answer is a piece of it, byte for byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const char* member : {"tcbInfo", "enclaveIdentity"}) {
        const auto document = tdx::split_response(text, member);
        if (document && !text.contains(document->body)) std::abort();
        if (document) (void)tdx::parse_tcb_info(document->body);
    }
    const auto info = tdx::parse_tcb_info(text);
    const auto identity = tdx::parse_enclave_identity(text);
    if (info) {
        tdx::TdReport td;
        td.tee_tcb_svn = std::string("\4\1", 2) + std::string(14, '\3');
        td.tee_tcb_svn2 = std::string(16, '\7');
        const tdx::EnclaveReport qe;
        (void)tdx::evaluate_tcb(*info, {}, &td, identity ? &*identity : nullptr, &qe);
        (void)tdx::evaluate_tcb(*info, {}, nullptr, nullptr, nullptr);
    }
    return 0;
}
