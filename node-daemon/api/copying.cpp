// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/stat.h>

#include <tuple>

#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
namespace {

constexpr std::uint32_t k_permissions = 07777;

pb::StatPathResponse::Kind kind_of(std::uint32_t mode) {
    if (S_ISREG(mode)) return pb::StatPathResponse::FILE;
    return S_ISDIR(mode) ? pb::StatPathResponse::FOLDER : pb::StatPathResponse::OTHER;
}

/// Paths are bytes, but none of the kernel's hold a NUL.
Status check_path(std::string_view field, const std::string& path) {
    if (path.find('\0') != std::string::npos)
        return fail(Code::invalid_argument, "{}: holds a NUL byte", field);
    return {};
}

/// Hands the client's bytes on until it says that all is there.
Task<std::uint64_t> unpack(sandbox::ArchiveTarget& target, RequestSource<pb::CopyToRequest>& requests) {
    while (auto request = co_await requests.read()) {
        if (request->has_finish()) co_return co_await target.finish();
        if (!request->has_data()) co_return fail(Code::invalid_argument, "start: was sent already");
        RDT_CO_CHECK(co_await target.write(std::move(*request->mutable_data())));
    }
    co_return fail(Code::cancelled, "the client went away before the end of the archive");
}

} // namespace

Task<pb::StatPathResponse> stat_path(sandbox::Node& node, pb::StatPathRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(require("path", request.path()));
    RDT_CO_CHECK(check_path("path", request.path()));
    RDT_CO_TRY(const auto status,
               co_await sandbox::stat_in_container(node, request.container(), request.path()));
    pb::StatPathResponse response;
    response.set_kind(kind_of(status.mode));
    response.set_path(status.path);
    response.set_size_bytes(status.size_bytes);
    response.set_mode(status.mode & k_permissions);
    co_return response;
}

Task<void> copy_from(sandbox::Node& node, pb::CopyFromRequest request,
                     ResponseSink<pb::CopyFromResponse>& responses) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(require("path", request.path()));
    RDT_CO_CHECK(check_path("path", request.path()));
    RDT_CO_CHECK(check_path("name", request.name()));
    RDT_CO_TRY(const auto source, co_await sandbox::copy_from_container(node, request.container(),
                                                                        request.path(), request.name()));
    while (true) {
        RDT_CO_TRY(auto bytes, co_await source->read());
        if (bytes.empty()) co_return Status();
        pb::CopyFromResponse response;
        response.set_data(std::move(bytes));
        if (co_await responses.write(std::move(response))) continue;
        co_return co_await source->close();
    }
}

Task<void> copy_to(sandbox::Node& node, RequestSource<pb::CopyToRequest>& requests,
                   ResponseSink<pb::CopyToResponse>& responses) {
    const auto first = co_await requests.read();
    if (!first || !first->has_start())
        co_return fail(Code::invalid_argument, "the first message must be 'start'");
    const auto& start = first->start();
    RDT_CO_CHECK(require("container", start.container()));
    RDT_CO_CHECK(require("folder", start.folder()));
    RDT_CO_CHECK(check_path("folder", start.folder()));
    const launch::UnpackOptions options{
        .folder = start.folder(), .keep_owners = start.keep_owners(), .overwrite = start.overwrite()};
    RDT_CO_TRY(const auto target, co_await sandbox::copy_to_container(node, start.container(), options));
    responses.when_client_gone([&open = requests] { open.close(); });
    const auto entries = co_await unpack(*target, requests);
    if (!entries) {
        std::ignore = co_await target->close();
        co_return std::unexpected(entries.error());
    }
    pb::CopyToResponse response;
    response.set_entries(*entries);
    co_await responses.write(std::move(response));
    co_return Status();
}

} // namespace redoubt::node::api
