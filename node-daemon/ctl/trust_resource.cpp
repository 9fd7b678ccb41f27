// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/secret.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {
namespace {

Result<std::string> path_of(std::string_view prefix, const std::string& name) {
    RDT_CHECK(check_path_name(name));
    return std::string(prefix) + "/resource/" + name;
}

} // namespace

Result<int> trust_resource_set(TrustCall call, const ResourceSetOptions& options) {
    RDT_TRY(const auto path, path_of("/kbs/v0", options.name));
    RDT_TRY(auto value, read_input(options.file));
    if (value.empty()) return fail(Code::invalid_argument, "the value of {} would be empty", options.name);
    auto made = call.client.change("POST", path, value, "resource/" + options.name);
    crypto::wipe(value);
    if (!made) return std::unexpected(std::move(made).error());
    return report_changes(call, {*std::move(made)});
}

Result<int> trust_resource_show(TrustCall call, const ResourceShowOptions& options) {
    RDT_TRY(const auto path, path_of("/redoubt/v1", options.name));
    RDT_TRY(const auto document, call.client.get(path));
    return show(call, view_resource_versions(options.name, document.root()));
}

Result<int> trust_resource_ls(TrustCall call) {
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/resources"));
    return show(call, view_resources(document.root()));
}

Result<int> trust_resource_rm(TrustCall call, const ResourceRmOptions& options) {
    return change_each(call, options.names, [&](const std::string& name) -> Result<TrustChange> {
        RDT_TRY(const auto path, path_of("/kbs/v0", name));
        return call.client.change("DELETE", path, {}, "resource/" + name);
    });
}

} // namespace redoubt::ctl
