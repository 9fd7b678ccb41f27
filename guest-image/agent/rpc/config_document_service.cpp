// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/config_document_service.hpp"

#include <format>
#include <utility>
#include <vector>

#include "config_document.pb.h"

namespace redoubt::guest::rpc {
namespace {

namespace pb = redoubt::agent::v1;

constexpr const char* k_service = "redoubt.agent.v1.ConfigDocuments";

Task<pb::PutDocumentResponse> put(const sandbox::Sandbox& sandbox, pb::PutDocumentRequest request) {
    std::vector<sandbox::ConfigFile> files;
    for (auto& file : *request.mutable_files())
        files.push_back({.path = std::move(*file.mutable_path()),
                         .mode = file.mode(),
                         .bytes = std::move(*file.mutable_data())});
    if (auto* const keyed = sandbox.keyed_work()) {
        for (auto& file : files) {
            auto opened = co_await keyed->unseal_file(std::move(file.bytes));
            if (!opened)
                co_return std::unexpected(opened.error().within(std::format(
                    "document '{}': '{}'", request.name().substr(0, 128), file.path.substr(0, 256))));
            file.bytes = *std::move(opened);
        }
    }
    RDT_CO_CHECK(sandbox.put_document(request.name(), files));
    co_return pb::PutDocumentResponse();
}

} // namespace

void add_config_document_calls(ttrpc::Server& server, const sandbox::Sandbox& sandbox) {
    server.add_message<pb::PutDocumentRequest, pb::PutDocumentResponse>(
        k_service, "Put", [&sandbox](pb::PutDocumentRequest request, const ttrpc::CallContext&) {
            return put(sandbox, std::move(request));
        });
}

} // namespace redoubt::guest::rpc
