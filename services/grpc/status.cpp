// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/status.hpp"

namespace redoubt::services::rpc {
namespace {

Code code_of(const key_broker::Refusal& refusal) {
    switch (refusal.status) {
    case 202: return Code::failed_precondition;
    case 404: return Code::not_found;
    case 429: return Code::resource_exhausted;
    case 500: return Code::internal;
    case 503: return Code::unavailable;
    default: return refusal.cause.value_or(Code::permission_denied);
    }
}

} // namespace

Error error_of(const key_broker::Refusal& refusal) {
    return Error{code_of(refusal), refusal.detail};
}

} // namespace redoubt::services::rpc
