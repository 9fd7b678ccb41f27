// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Drives node-daemon/image from the tests: runs one pull, import or login and prints what came of it as JSON.
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/file.hpp"
#include "node-daemon/image/archive_importer.hpp"
#include "node-daemon/image/registry_login.hpp"
#include "node-daemon/image/registry_puller.hpp"

namespace redoubt::node::image {
namespace {

using Arguments = std::map<std::string, std::string>;

std::string text_of(LayerPhase phase) {
    switch (phase) {
    case LayerPhase::waiting: return "waiting";
    case LayerPhase::downloading: return "downloading";
    case LayerPhase::done: return "done";
    case LayerPhase::exists: return "exists";
    }
    return "";
}

boost::json::value to_json(const FetchedImage& image, const boost::json::object& progress) {
    boost::json::array layers;
    for (const auto& layer : image.layers) {
        layers.push_back({{"digest", layer.digest},
                          {"diff_id", layer.diff_id},
                          {"size", layer.size_bytes},
                          {"blob", layer.blob.native()}});
    }
    return {{"ok", true},
            {"name", image.name},
            {"manifest_digest", image.manifest_digest},
            {"config_digest", image.config_digest},
            {"platform", image.platform},
            {"layers", layers},
            {"signatures", image.signatures},
            {"progress", progress}};
}

PullOptions options_from(const Arguments& arguments) {
    PullOptions options;
    for (const auto& [name, value] : arguments) {
        if (name == "creds")
            options.credentials = {value.substr(0, value.find(':')), value.substr(value.find(':') + 1)};
        if (name == "insecure") options.is_insecure = true;
        if (name == "insecure-registry") options.insecure_registries = {value};
        if (name == "search") options.unqualified_search_registries = {value};
        if (name == "platform") options.platform = value;
        if (name == "ca") options.ca_certificates = read_file(value).value_or("");
    }
    return options;
}

int fail_with(const Error& error) {
    std::cout << boost::json::serialize(boost::json::value{
                     {"ok", false}, {"code", name_of(error.code)}, {"message", error.message}})
              << std::endl;
    return 1;
}

int log_in(const std::string& registry, const Arguments& arguments) {
    asio::io_context context;
    std::optional<Status> result;
    asio::co_spawn(context, check_login(registry, options_from(arguments)),
                   [&result](std::exception_ptr error, Status status) {
                       if (error) std::rethrow_exception(error);
                       result = std::move(status);
                   });
    context.run();
    if (!*result) return fail_with(result->error());
    std::cout << R"({"ok":true})" << std::endl;
    return 0;
}

int run(const std::string& verb, const std::string& what, const Arguments& arguments) {
    asio::io_context context;
    asio::thread_pool pool(1);
    boost::json::object progress;
    const auto report = [&progress](const LayerProgress& layer) {
        progress[layer.digest] = text_of(layer.phase);
        if (layer.phase == LayerPhase::downloading && layer.done_bytes > 0)
            std::cerr << layer.digest << ' ' << layer.done_bytes << std::endl;
    };
    const auto skipped = arguments.contains("skip") ? arguments.at("skip") : "";
    const auto skip = [&skipped](const FetchedLayer& layer) { return layer.diff_id == skipped; };
    const std::string blobs = arguments.at("blobs");
    const std::string name = arguments.contains("name") ? arguments.at("name") : "";
    auto task = verb == "pull" ? pull(what, options_from(arguments), blobs, skip, report)
                               : import_archive(what, name, "linux/amd64", blobs, pool, skip, report);
    std::optional<Result<FetchedImage>> result;
    asio::co_spawn(context, std::move(task), [&result](std::exception_ptr error, Result<FetchedImage> value) {
        if (error) std::rethrow_exception(error);
        result = std::move(value);
    });
    context.run();
    if (!result->has_value()) return fail_with(result->error());
    std::cout << boost::json::serialize(to_json(**result, progress)) << std::endl;
    return 0;
}

} // namespace
} // namespace redoubt::node::image

// image_driver pull|import|login WHAT name=value...
int main(int count, char** values) {
    if (count < 3) return 2;
    std::map<std::string, std::string> arguments;
    for (int i = 3; i < count; ++i) {
        const std::string argument = values[i];
        const auto equals = argument.find('=');
        arguments[argument.substr(0, equals)] =
            equals == std::string::npos ? "" : argument.substr(equals + 1);
    }
    if (values[1] == std::string_view("login")) return redoubt::node::image::log_in(values[2], arguments);
    return redoubt::node::image::run(values[1], values[2], arguments);
}
