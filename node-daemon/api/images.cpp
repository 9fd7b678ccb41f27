// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/async/task_scope.hpp"
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"
#include "node-daemon/api/progress_relay.hpp"

namespace redoubt::node::api {
namespace {

/// Runs a fetch while its progress goes to the client; the image comes last.
template <class Fetch>
Task<void> fetch_image(Fetch fetch, ResponseSink<pb::ImageProgress>& responses) {
    const auto executor = co_await asio::this_coro::executor;
    ProgressRelay relay(executor, responses);
    TaskScope relaying(executor);
    relaying.spawn(relay.run());
    const auto image = co_await fetch([&relay](const auto& progress) { relay.update(progress); });
    relay.finish();
    co_await relaying.join();
    if (!image) co_return std::unexpected(image.error());
    pb::ImageProgress last;
    *last.mutable_image() = encode(*image);
    co_await responses.write(std::move(last));
    co_return Status();
}

} // namespace

Task<void> pull_image(sandbox::Node& node, pb::PullImageRequest request,
                      ResponseSink<pb::ImageProgress>& responses) {
    RDT_CO_TRY(auto pull, decode(request));
    co_return co_await fetch_image(
        [&](sandbox::ImageProgressFn progress) {
            return sandbox::pull_image(node, std::move(pull), std::move(progress));
        },
        responses);
}

Task<pb::CheckLoginResponse> check_login(sandbox::Node& node, pb::CheckLoginRequest request) {
    RDT_CO_TRY(auto login, decode(request));
    RDT_CO_CHECK(co_await sandbox::check_login(node, std::move(login)));
    co_return pb::CheckLoginResponse();
}

Task<void> import_image(sandbox::Node& node, pb::ImportImageRequest request,
                        ResponseSink<pb::ImageProgress>& responses) {
    RDT_CO_CHECK(require("path", request.path()));
    if (!request.path().starts_with("/")) {
        co_return fail(Code::invalid_argument, "path: '{}' is not absolute", request.path());
    }
    co_return co_await fetch_image(
        [&](sandbox::ImageProgressFn progress) {
            return sandbox::import_image(node, request.path(), request.name(), std::move(progress));
        },
        responses);
}

Task<pb::ListImagesResponse> list_images(sandbox::Node& node, pb::ListImagesRequest /*request*/) {
    RDT_CO_TRY(const auto images, co_await sandbox::list_images(node));
    pb::ListImagesResponse response;
    for (const auto& image : images) *response.add_images() = encode(image);
    co_return response;
}

Task<pb::InspectImageResponse> inspect_image(sandbox::Node& node, pb::InspectImageRequest request) {
    RDT_CO_CHECK(require("image", request.image()));
    RDT_CO_TRY(const auto details, co_await sandbox::inspect_image(node, request.image()));
    co_return encode(details);
}

Task<pb::RemoveImageResponse> remove_image(sandbox::Node& node, pb::RemoveImageRequest request) {
    RDT_CO_CHECK(require("image", request.image()));
    const auto mode =
        request.force() ? sandbox::RemoveImageMode::force : sandbox::RemoveImageMode::only_unused;
    RDT_CO_TRY(const auto removed, co_await sandbox::remove_image(node, request.image(), mode));
    pb::RemoveImageResponse response;
    for (const auto& name : removed.untagged) response.add_untagged(name);
    for (const auto& id : removed.deleted) response.add_deleted(id);
    co_return response;
}

} // namespace redoubt::node::api
