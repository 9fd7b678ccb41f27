// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tss/connection.hpp"

#include <tss2/tss2_tcti_device.h>
#include <tss2/tss2_tcti_swtpm.h>

#include <string_view>

#include "common/tss/tss.hpp"

namespace redoubt::tss {
namespace {

constexpr std::string_view k_device = "device:";
constexpr std::string_view k_software = "swtpm:";

} // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& address) {
    if (!address.starts_with(k_device) && !address.starts_with(k_software))
        return fail(Code::invalid_argument, "TPM '{}': neither device:PATH nor swtpm:path=PATH", address);
    const auto make = address.starts_with(k_device) ? &Tss2_Tcti_Device_Init : &Tss2_Tcti_Swtpm_Init;
    const auto place = address.substr(address.find(':') + 1);
    std::unique_ptr<Connection> connection(new Connection);
    std::size_t size = 0;
    auto code = make(nullptr, &size, place.c_str());
    if (code == TSS2_RC_SUCCESS) {
        auto context = std::make_unique<std::byte[]>(size);
        code = make(reinterpret_cast<TSS2_TCTI_CONTEXT*>(context.get()), &size, place.c_str());
        if (code == TSS2_RC_SUCCESS) connection->tcti_ = std::move(context);
    }
    if (code == TSS2_RC_SUCCESS)
        code = Esys_Initialize(&connection->esys_,
                               reinterpret_cast<TSS2_TCTI_CONTEXT*>(connection->tcti_.get()), nullptr);
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::failed_precondition, "this node's TPM ({}) does not answer: {}", address,
                    words_of(code));
    return connection;
}

Connection::~Connection() {
    if (esys_ != nullptr) Esys_Finalize(&esys_);
    // A macro of the library's, with casts of C.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
    if (tcti_ != nullptr) Tss2_Tcti_Finalize(reinterpret_cast<TSS2_TCTI_CONTEXT*>(tcti_.get()));
#pragma GCC diagnostic pop
}

} // namespace redoubt::tss
