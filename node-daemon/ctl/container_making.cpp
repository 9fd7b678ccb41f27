// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_making.hpp"

#include <unistd.h>

#include "node-daemon/ctl/container_spec.hpp"
#include "node-daemon/ctl/image_fetch.hpp"

namespace redoubt::ctl {
namespace {

Status pull(Context& context, const RunOptions& options) {
    RDT_TRY(const auto request, make_pull_request(options.image, options.registry));
    const auto style = progress_style(options.registry.is_quiet ? Quiet::yes : Quiet::no);
    RDT_CHECK(pull_with_progress(context.client, request, style));
    return {};
}

/// Tries the local image first: the common case needs no question more.
Result<std::string> create_or_pull(Context& context, const RunOptions& options,
                                   const pb::ContainerSpec& spec) {
    if (options.pull == "always") RDT_CHECK(pull(context, options));
    auto id = context.client.create_container(spec);
    if (id || id.error().code != Code::not_found || options.pull != "missing") return id;
    RDT_CHECK(pull(context, options));
    return context.client.create_container(spec);
}

} // namespace

Result<std::string> make_container(Context context, const RunOptions& options) {
    RDT_TRY(const auto spec, make_container_spec(options, window_size(STDIN_FILENO), own_environment));
    return create_or_pull(context, options, spec);
}

} // namespace redoubt::ctl
