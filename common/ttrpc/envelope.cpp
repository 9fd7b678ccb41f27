// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/envelope.hpp"

#include <algorithm>

#include "ttrpc.pb.h"

namespace redoubt::ttrpc {
namespace {

/// Guest paths and names in a message can be any bytes; the wire's strings cannot.
std::string only_ascii(std::string text) {
    std::ranges::replace_if(text, [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; }, '?');
    return text;
}

Code code_of(std::int32_t number) {
    if (number < 1 || number > std::to_underlying(Code::unauthenticated)) return Code::unknown;
    return static_cast<Code>(number);
}

} // namespace

std::string render_request(RequestEnvelope request) {
    wire::Request out;
    out.set_service(std::move(request.service));
    out.set_method(std::move(request.method));
    out.set_payload(std::move(request.payload));
    out.set_timeout_nano(request.timeout.count());
    for (auto& [key, value] : request.metadata) {
        auto* entry = out.add_metadata();
        entry->set_key(std::move(key));
        entry->set_value(std::move(value));
    }
    return out.SerializeAsString();
}

Result<RequestEnvelope> parse_request(const std::string& data) {
    wire::Request in;
    if (!in.ParseFromString(data)) return fail(Code::invalid_argument, "malformed ttrpc request");
    RequestEnvelope out{.service = std::move(*in.mutable_service()),
                        .method = std::move(*in.mutable_method()),
                        .payload = std::move(*in.mutable_payload()),
                        .timeout = std::chrono::nanoseconds(in.timeout_nano()),
                        .metadata = {}};
    for (auto& entry : *in.mutable_metadata())
        out.metadata.emplace_back(std::move(*entry.mutable_key()), std::move(*entry.mutable_value()));
    return out;
}

std::string render_response(Result<std::string> outcome) {
    wire::Response out;
    if (outcome) {
        out.set_payload(*std::move(outcome));
    } else {
        out.mutable_status()->set_code(std::to_underlying(outcome.error().code));
        out.mutable_status()->set_message(only_ascii(std::move(outcome).error().message));
    }
    return out.SerializeAsString();
}

Result<std::string> parse_response(const std::string& data) {
    wire::Response in;
    if (!in.ParseFromString(data)) return fail(Code::data_loss, "malformed ttrpc response");
    if (in.status().code() != 0)
        return std::unexpected(
            Error{code_of(in.status().code()), std::move(*in.mutable_status()->mutable_message())});
    return std::move(*in.mutable_payload());
}

} // namespace redoubt::ttrpc
