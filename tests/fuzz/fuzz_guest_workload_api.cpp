// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a container may send to its agent: method, target, a header and a body on lines of their own, made
// into what is wanted and what a policy sees. Then, by the first byte, what the kernel says of a client's
// socket.
#include <cstdint>
#include <string>
#include <tuple>

#include "common/encoding/json.hpp"
#include "guest-image/workload_api/api_request.hpp"
#include "guest-image/workload_api/client_socket.hpp"

namespace {

std::string take_line(std::string& bytes) {
    const auto end = bytes.find('\n');
    auto line = bytes.substr(0, end);
    bytes.erase(0, end == std::string::npos ? bytes.size() : end + 1);
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    using namespace redoubt::guest::workload_api;
    if (size == 0) return 0;
    std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'k') {
        std::ignore = read_client({.client = 40000, .server = 8006}, bytes);
        return 0;
    }
    http::ServerRequest request;
    request.method = take_line(bytes);
    request.target = take_line(bytes);
    request.headers.add("Host", take_line(bytes));
    request.body = bytes;
    const auto read = read_request(request);
    if (!read) return 0;
    // What a policy is asked about is what was read, and nothing that a container can slip in.
    const auto input = policy_input(*read, request, "c1", "web");
    const auto document = json::parse("input", input);
    if (!document) __builtin_trap();
    const auto id = document->root()["container_id"].string();
    if (!id || *id != "c1" || read->resource.contains('%')) __builtin_trap();
    return 0;
}
