// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/client_context.h>

#include "common/base/error.hpp"

namespace redoubt::rpc {

/// What a call ended with. The values of grpc::StatusCode and of Code are both google.rpc.Code.
[[nodiscard]] inline Status status_of(const grpc::Status& status) {
    if (status.ok()) return {};
    return std::unexpected(Error{static_cast<Code>(status.error_code()), status.error_message()});
}

/// A method of a stub called with a request: `unary_call(*stub, &Access::Stub::Pair, request)`. Blocks.
/// Errors: the other side's own. Thread: any.
template <class Stub, class Request, class Response>
[[nodiscard]] Result<Response>
unary_call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
           const Request& request) {
    grpc::ClientContext context;
    Response response;
    RDT_CHECK(status_of((stub.*method)(&context, request, &response)));
    return response;
}

} // namespace redoubt::rpc
