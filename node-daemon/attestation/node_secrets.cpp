// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/node_secrets.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>
#include <optional>
#include <tuple>

#include "common/base/file.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/json.hpp"
#include "common/http/client.hpp"
#include "common/jose/jwe.hpp"
#include "common/rcar/rcar_messages.hpp"
#include "common/tee/host/host_evidence.hpp"

namespace redoubt::node::attestation {
namespace {

constexpr std::uint64_t k_max_certificate = 1U << 20U;
constexpr std::size_t k_max_secret = 1U << 20U;
constexpr http::ReadLimits k_limits{.header_bytes = 64U << 10U, .body_bytes = 2U << 20U};

Result<http::ClientOptions> client_options(const std::filesystem::path& certificate) {
    http::ClientOptions options;
    options.authorities = http::TlsAuthorities::given;
    RDT_TRY(options.ca_certificates,
            read_file(certificate, k_max_certificate).transform_error(context("broker.certificate")));
    options.limits = k_limits;
    options.max_redirects = 0;
    return options;
}

Task<http::Response> post(http::Client& client, std::string url, http::Headers headers, std::string body) {
    headers.add("Content-Type", "application/json");
    RDT_CO_TRY(auto answer, co_await client.send({.method = "POST",
                                                  .url = std::move(url),
                                                  .headers = std::move(headers),
                                                  .body = std::move(body)}));
    if (!answer.is_success()) co_return std::unexpected(rcar::refusal_of(answer));
    co_return answer;
}

} // namespace

Result<std::unique_ptr<NodeSecrets>> NodeSecrets::make(NodeSecretSettings settings, NodeAttester& attester,
                                                       asio::thread_pool& pool, Report report) {
    UniqueFd file(::memfd_create("redoubt-logins", MFD_CLOEXEC | MFD_NOEXEC_SEAL));
    if (!file || ::fchmod(file.get(), 0600) != 0) return fail_errno(errno, "make a file in memory");
    std::unique_ptr<NodeSecrets> made(
        new NodeSecrets(std::move(settings), attester, pool, std::move(report), std::move(file)));
    RDT_CHECK(made->put_refusal("it has not answered yet"));
    return made;
}

asio::awaitable<void> NodeSecrets::keep() {
    auto pause = settings_.first_pause;
    std::optional<std::string> reported;
    while (true) {
        auto fetched = co_await fetch();
        Status outcome = fetched ? put(fetched->view()) : std::unexpected(fetched.error());
        is_there_ = is_there_ || outcome.has_value();
        // No longer the node that they were promised to; else what there is stays.
        if (!outcome && outcome.error().code == Code::permission_denied) is_there_ = false;
        if (!outcome && !is_there_) std::ignore = put_refusal(outcome.error().message);
        const auto words = outcome ? std::string() : outcome.error().message;
        if (reported != words) report_(outcome);
        reported = words;
        co_await sleep_for(outcome ? settings_.refresh : pause);
        pause = outcome ? settings_.first_pause : std::min(2 * pause, settings_.longest_pause);
    }
}

/// Request, challenge, quote, token, resource: with a key that nobody has seen before.
Task<crypto::Secret> NodeSecrets::fetch() {
    RDT_CO_TRY(auto options, client_options(settings_.certificate));
    http::Client client(std::move(options));
    RDT_CO_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    RDT_CO_TRY(const auto public_key, key.public_key());
    RDT_CO_TRY(const auto members, rcar::tee_key_json(public_key));
    const auto base = settings_.url + "/kbs/v0/";
    RDT_CO_TRY(const auto challenged,
               co_await post(client, base + "auth", {}, rcar::auth_body(tee::host::k_host_tee)));
    RDT_CO_TRY(const auto challenge, rcar::read_challenge(challenged));
    RDT_CO_TRY(const auto bound, rcar::binding(challenge.nonce, members));
    const auto nonce = bound.substr(0, tee::host::k_nonce_size);
    RDT_CO_TRY(const auto evidence,
               co_await offload(pool_, [this, nonce] { return attester_.evidence(nonce, {}); }));
    RDT_CO_TRY(const auto document, json::parse("evidence", evidence));
    RDT_CO_TRY(
        const auto attested,
        co_await post(client, base + "attest", {{"Cookie", challenge.cookie}},
                      rcar::attest_body(challenge.nonce, members, document.root().value()->as_object(), {})));
    RDT_CO_TRY(const auto token, rcar::read_token(attested));
    RDT_CO_TRY(const auto answer, co_await client.send({.method = "GET",
                                                        .url = base + "resource/" + settings_.registry_logins,
                                                        .headers = {{"Authorization", "Bearer " + token}},
                                                        .body = {}}));
    if (!answer.is_success()) co_return std::unexpected(rcar::refusal_of(answer));
    RDT_CO_TRY(auto value, jose::decrypt_jwe(answer.body, key));
    if (value.size() > k_max_secret)
        co_return fail(Code::resource_exhausted, "a value of {} bytes, where {} are allowed", value.size(),
                       k_max_secret);
    co_return value;
}

Status NodeSecrets::put(std::string_view content) {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "logins in memory");
    // What was there is overwritten, not only let go.
    std::string bytes(content);
    bytes.resize(std::max(content.size(), static_cast<std::size_t>(status.st_size)), ' ');
    const auto written = ::pwrite(file_.get(), bytes.data(), bytes.size(), 0);
    const bool is_whole = written == static_cast<ssize_t>(bytes.size());
    ::explicit_bzero(bytes.data(), bytes.size());
    if (!is_whole || ::ftruncate(file_.get(), static_cast<off_t>(content.size())) != 0)
        return fail_errno(errno, "logins in memory");
    return {};
}

Status NodeSecrets::put_refusal(const std::string& why) {
    return put(boost::json::serialize(boost::json::object{
        {"unavailable", std::format("they come from the key broker {}: {}", settings_.url, why)}}));
}

std::filesystem::path NodeSecrets::logins_file() const {
    return std::format("/proc/self/fd/{}", file_.get());
}

} // namespace redoubt::node::attestation
