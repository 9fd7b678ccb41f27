// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <utility>

#include "guest-image/agent/rpc/call_guard.hpp"

/// In a file of its own, so that the agent of ordinary VMs, which refuses to be a confidential one, is not
/// linked with the policy engine for it.
namespace redoubt::guest::rpc {

ttrpc::Guard refuse_all(Error reason) {
    return [reason = std::move(reason)](const ttrpc::CallContext&,
                                        std::string_view) -> Result<ttrpc::Admission> {
        return std::unexpected(reason);
    };
}

} // namespace redoubt::guest::rpc
