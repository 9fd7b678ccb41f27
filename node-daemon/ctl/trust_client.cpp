// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_client.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>

#include "common/base/file.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

constexpr unsigned k_waits = 202;
constexpr std::uint64_t k_largest_answer = 64U << 20U;
constexpr std::uint64_t k_largest_pem = 1U << 20U;

Result<std::string> read_pem(const char* flag, const std::string& file) {
    if (file.empty()) return std::string();
    return read_file(file, k_largest_pem).transform_error(context("{} {}", flag, file));
}

Result<crypto::Secret> read_token(const std::string& file) {
    RDT_TRY(auto text, read_pem("--token-file", file));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return crypto::Secret(std::move(text));
}

Code code_of_status(unsigned status) {
    switch (status) {
    case 401:
    case 403: return Code::permission_denied;
    case 404: return Code::not_found;
    case 409: return Code::already_exists;
    case 429: return Code::resource_exhausted;
    case 503: return Code::unavailable;
    default: return status >= 500 ? Code::internal : Code::invalid_argument;
    }
}

/// Runs a request to its end on a loop of its own.
Result<http::Response> run(http::Client& client, http::Request request) {
    asio::io_context context{1};
    std::optional<Result<http::Response>> outcome;
    asio::co_spawn(context, client.send(std::move(request)),
                   [&](const std::exception_ptr& error, Result<http::Response> response) {
                       if (!error) outcome = std::move(response);
                   });
    context.run();
    if (!outcome) return fail(Code::internal, "the request was not answered");
    return *std::move(outcome);
}

} // namespace

Error trust_error(unsigned status, std::string_view body) {
    const auto document = json::parse("answer", body);
    std::string detail;
    std::string variant;
    if (document) {
        detail = document->root()["detail"].string_or().value_or("");
        variant = document->root()["type"].string_or().value_or("");
        variant.erase(0, variant.rfind('/') + 1);
    }
    if (detail.empty()) detail = std::format("the broker answered with status {}", status);
    // Clients of the protocol know 401 for everything; the variant tells who was wrong.
    const auto code = status == 401 && !variant.empty() && variant != "AdminAuthAccess"
                          ? Code::invalid_argument
                          : code_of_status(status);
    return {code, printable(detail)};
}

Result<std::string> approval_in(std::string_view body) {
    RDT_TRY(const auto document, json::parse("answer", body));
    return document.root()["approval"].string().transform(
        [](const std::string& id) { return printable(id); });
}

Status check_path_name(std::string_view name) {
    constexpr std::string_view k_signs = "-._~:@!$&'()*+,;=/";
    const auto is_allowed = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               k_signs.contains(c);
    };
    const auto wrong = [&] {
        return fail(Code::invalid_argument, "'{}' is no name that a path can hold",
                    printable(std::string(name.substr(0, 120))));
    };
    if (!std::ranges::all_of(name, is_allowed)) return wrong();
    for (auto rest = name;; rest.remove_prefix(rest.find('/') + 1)) {
        const auto segment = rest.substr(0, rest.find('/'));
        if (segment.empty() || segment == "." || segment == "..") return wrong();
        if (segment.size() == rest.size()) return {};
    }
}

Result<TrustClient> TrustClient::make(const TrustConnection& connection) {
    http::ClientOptions options;
    RDT_TRY(options.ca_certificates, read_pem("--ca", connection.ca));
    if (!options.ca_certificates.empty()) options.authorities = http::TlsAuthorities::given;
    RDT_TRY(options.identity.certificate_chain, read_pem("--cert", connection.certificate));
    RDT_TRY(options.identity.private_key, read_pem("--key", connection.key));
    RDT_TRY(options.proxies, http::proxies_from_environment());
    options.limits.body_bytes = k_largest_answer;
    options.max_redirects = 0;
    RDT_TRY(auto token, read_token(connection.token_file));
    auto base = connection.kbs;
    if (!connection.tenant.empty()) {
        RDT_CHECK(check_path_name(connection.tenant).transform_error(context("--tenant")));
        base += "/tenants/" + connection.tenant;
    }
    return TrustClient(std::move(base), std::move(options), std::move(token));
}

Result<http::Response> TrustClient::send(const std::string& method, const std::string& path,
                                         std::string body) {
    http::Client client(options_);
    http::Request request{method, base_ + path, {}, std::move(body)};
    if (!token_.empty()) request.headers.add("Authorization", "Bearer " + std::string(token_.view()));
    RDT_TRY(auto response, run(client, std::move(request)));
    if (!response.is_success()) return std::unexpected(trust_error(response.status, response.body));
    return response;
}

Result<std::string> TrustClient::get_text(const std::string& path) {
    RDT_TRY(auto response, send("GET", path, {}));
    return std::move(response.body);
}

Result<json::Document> TrustClient::get(const std::string& path) {
    RDT_TRY(const auto text, get_text(path));
    return json::parse("answer", text, {.max_bytes = k_largest_answer, .max_depth = 64});
}

Result<json::Document> TrustClient::ask(const std::string& path, std::string body) {
    RDT_TRY(const auto response, send("POST", path, std::move(body)));
    return json::parse("answer", response.body, {.max_bytes = k_largest_answer, .max_depth = 64});
}

Result<TrustChange> TrustClient::change(const std::string& method, const std::string& path, std::string body,
                                        std::string object) {
    RDT_TRY(const auto response, send(method, path, std::move(body)));
    if (response.status != k_waits) return TrustChange{std::move(object), {}};
    RDT_TRY(auto approval, approval_in(response.body));
    return TrustChange{std::move(object), std::move(approval)};
}

} // namespace redoubt::ctl
