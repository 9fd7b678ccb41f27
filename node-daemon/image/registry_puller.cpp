// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/registry_puller.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>

#include "node-daemon/image/fetch_blob.hpp"
#include "node-daemon/image/fetch_manifest.hpp"
#include "node-daemon/image/fetch_signatures.hpp"
#include "node-daemon/image/registry_session.hpp"

namespace redoubt::node::image {
namespace {

/// The layers of one image, handed out to the workers that fetch them.
struct LayerJobs {
    RegistrySession& session;
    std::filesystem::path directory;
    const std::vector<oci::Descriptor>& descriptors;
    std::vector<FetchedLayer> layers;
    const SkipFn& skip;
    const ProgressFn& progress;
    std::size_t next = 0;
    std::optional<Error> error = std::nullopt;
};

Task<std::filesystem::path> fetch_layer(LayerJobs& jobs, std::size_t index) {
    const auto& layer = jobs.layers[index];
    if (jobs.skip && jobs.skip(layer)) {
        if (jobs.progress)
            jobs.progress({layer.digest, LayerPhase::exists, layer.size_bytes, layer.size_bytes});
        co_return std::filesystem::path();
    }
    co_return co_await fetch_blob(jobs.session, jobs.descriptors[index], jobs.directory, jobs.progress);
}

/// Takes layer after layer. The exception cancels the workers beside it; fetch_layers() catches it.
asio::awaitable<void> run_worker(LayerJobs& jobs) {
    while (jobs.next < jobs.layers.size() && !jobs.error) {
        const auto index = jobs.next++;
        auto blob = co_await fetch_layer(jobs, index);
        if (blob) {
            jobs.layers[index].blob = *std::move(blob);
            continue;
        }
        if (!jobs.error) jobs.error = blob.error();
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

Task<std::vector<FetchedLayer>> fetch_layers(RegistrySession& session, const VerifiedImage& image,
                                             std::filesystem::path directory, const SkipFn& skip,
                                             const ProgressFn& progress) {
    using namespace asio::experimental::awaitable_operators;
    LayerJobs jobs{session, std::move(directory), image.manifest.layers, list_layers(image), skip, progress};
    if (progress) {
        for (const auto& layer : jobs.layers)
            progress({layer.digest, LayerPhase::waiting, 0, layer.size_bytes});
    }
    try {
        co_await (run_worker(jobs) && run_worker(jobs) && run_worker(jobs));
    } catch (const std::exception&) { // one worker's, or several in one (multiple_exceptions)
        if (!jobs.error) jobs.error = Error{Code::cancelled, "cancelled"};
    }
    if (jobs.error) co_return std::unexpected(*jobs.error);
    co_return std::move(jobs.layers);
}

bool is_listed(const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
}

Task<FetchedImage> pull_qualified(oci::Reference reference, PullOptions options,
                                  std::filesystem::path blob_directory, const SkipFn& skip,
                                  const ProgressFn& progress) {
    RDT_CO_TRY(auto platform, oci::parse_platform(options.platform));
    options.is_insecure = options.is_insecure || is_listed(options.insecure_registries, reference.registry);
    RDT_CO_TRY(auto session,
               co_await RegistrySession::open(reference.registry, reference.repository, options));
    RDT_CO_TRY(auto image, co_await fetch_manifest(*session, reference, platform));
    RDT_CO_TRY(auto layers, co_await fetch_layers(*session, image, blob_directory, skip, progress));
    std::string signatures;
    // Of other images nobody asks for them: their layers are what a guest's policy names.
    if (std::ranges::any_of(layers, &FetchedLayer::is_for_guest)) {
        RDT_CO_TRY(const auto digest, crypto::Digest::parse(image.manifest_digest));
        RDT_CO_TRY(signatures, co_await fetch_signatures(*session, digest));
    }
    auto fetched = make_fetched_image(reference.str(), std::move(image), platform, std::move(layers));
    fetched.signatures = std::move(signatures);
    co_return fetched;
}

/// The qualified names that `reference` may mean.
Result<std::vector<oci::Reference>> list_candidates(const oci::Reference& reference,
                                                    const PullOptions& options) {
    if (reference.is_qualified()) return std::vector{reference};
    if (options.unqualified_search_registries.empty())
        return fail(
            Code::invalid_argument,
            "the name does not say which registry; write it in full (registry.example:5000/{}) or list "
            "registries under image.unqualified_search_registries in the configuration",
            reference.str());
    std::vector<oci::Reference> candidates;
    candidates.reserve(options.unqualified_search_registries.size());
    for (const auto& registry : options.unqualified_search_registries)
        candidates.push_back(reference.at_registry(registry));
    return candidates;
}

Task<FetchedImage> pull_first(std::vector<oci::Reference> candidates, PullOptions options,
                              std::filesystem::path blob_directory, const SkipFn& skip,
                              const ProgressFn& progress) {
    std::optional<Error> first;
    for (const auto& candidate : candidates) {
        auto fetched = co_await pull_qualified(candidate, options, blob_directory, skip, progress);
        if (fetched) co_return fetched;
        auto error = fetched.error().within("pull " + candidate.str());
        if (error.code == Code::cancelled) co_return std::unexpected(std::move(error));
        if (!first) first = std::move(error);
    }
    co_return std::unexpected(first.value());
}

} // namespace

Task<FetchedImage> pull(std::string reference, PullOptions options, std::filesystem::path blob_directory,
                        SkipFn skip, ProgressFn progress) {
    RDT_CO_TRY(const auto parsed, oci::parse_reference(reference));
    auto candidates = list_candidates(parsed.with_default_tag(), options);
    if (!candidates) co_return std::unexpected(candidates.error().within("pull " + reference));
    try {
        co_return co_await pull_first(*std::move(candidates), std::move(options), std::move(blob_directory),
                                      skip, progress);
    } catch (const boost::system::system_error& error) {
        // Asio throws at the next await once a coroutine has been cancelled.
        const bool is_cancelled = error.code() == asio::error::operation_aborted;
        co_return fail(is_cancelled ? Code::cancelled : Code::internal, "pull {}: {}", reference,
                       error.code().message());
    }
}

} // namespace redoubt::node::image
