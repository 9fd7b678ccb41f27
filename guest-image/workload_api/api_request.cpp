// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/api_request.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <optional>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/http/url.hpp"
#include "common/rcar/resource_uri.hpp"

namespace redoubt::guest::workload_api {
namespace {

constexpr std::string_view k_resources = "/cdh/resource/";
constexpr std::size_t k_max_shown = 100;

/// What proxies add. A request with one of them was not made by who has connected.
constexpr std::array k_passed_on = {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"};
/// What a page in a browser, or a name that leads here, would call us is none of these.
constexpr std::array<std::string_view, 4> k_names = {"127.0.0.1:8006", "127.0.0.1", "localhost:8006",
                                                     "localhost"};

struct Place {
    std::string_view path;
    std::string_view method;
    Subject subject;
};

constexpr std::array<Place, 5> k_places = {{{"/aa/token", "GET", Subject::token},
                                            {"/aa/evidence", "GET", Subject::evidence},
                                            {"/aa/additional-evidence", "GET", Subject::additional_evidence},
                                            {"/aa/aael", "POST", Subject::event},
                                            {"/info", "GET", Subject::info}}};

Status expect_own_words(const http::ServerRequest& request) {
    for (const auto* name : k_passed_on)
        if (request.headers.find(name))
            return fail(Code::permission_denied, "the request has been passed on: it has a header {}", name);
    const auto hosts = request.headers.find_all("Host");
    for (const auto& host : hosts)
        if (!std::ranges::contains(k_names, host))
            return fail(Code::permission_denied, "the request is for '{}', and this is 127.0.0.1:8006",
                        host.substr(0, k_max_shown));
    return {};
}

Status expect_method(const http::ServerRequest& request, std::string_view method) {
    if (request.method == method) return {};
    return fail(Code::unimplemented, "{} takes {} alone", request.path().substr(0, k_max_shown), method);
}

/// The value of a name in a query, percent-decoded. Errors: invalid_argument it is not there, or twice.
Result<std::optional<std::string>> parameter(std::string_view query, std::string_view name) {
    std::optional<std::string> found;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        const auto equals = part.find('=');
        if (part.substr(0, equals) == name) {
            if (found) return fail(Code::invalid_argument, "{} is given twice", name);
            found = equals == std::string_view::npos ? "" : http::decode_percent(part.substr(equals + 1));
        }
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    return found;
}

Result<std::string> needed_parameter(std::string_view query, std::string_view name) {
    RDT_TRY(auto value, parameter(query, name));
    if (!value) return fail(Code::invalid_argument, "the query has no {}", name);
    return *std::move(value);
}

Status read_token_type(std::string_view query) {
    RDT_TRY(const auto type, needed_parameter(query, "token_type"));
    if (type == "kbs") return {};
    return fail(Code::unimplemented, "token_type '{}': there are tokens of type kbs alone",
                type.substr(0, k_max_shown));
}

Result<std::string> read_runtime_data(std::string_view query) {
    RDT_TRY(auto data, needed_parameter(query, "runtime_data"));
    RDT_TRY(const auto encoding, parameter(query, "encoding"));
    if (encoding && *encoding != "base64")
        return fail(Code::invalid_argument, "encoding '{}' is not base64", encoding->substr(0, k_max_shown));
    if (encoding) {
        RDT_TRY(data,
                encoding::from_base64(data, encoding::Base64::url).transform_error(context("runtime_data")));
    }
    if (data.size() > k_max_runtime_data)
        return fail(Code::resource_exhausted, "runtime_data of {} bytes, where {} are allowed", data.size(),
                    k_max_runtime_data);
    return data;
}

/// {"domain", "operation", "content"}: text on one line, the first two without spaces.
Result<tee::RuntimeEvent> read_event(const std::string& body) {
    RDT_TRY(const auto document, json::parse("body", body, {.max_bytes = 16U << 10U, .max_depth = 2}));
    tee::RuntimeEvent event;
    for (const auto& [name, text] :
         {std::pair("domain", &event.domain), std::pair("operation", &event.operation),
          std::pair("content", &event.content)}) {
        RDT_TRY(*text, document.root()[name].string());
        const bool has_spaces = std::string_view(name) == "content";
        const auto is_plain = [&](char c) { return c > ' ' || (c == ' ' && has_spaces); };
        if (text->empty() || !std::ranges::all_of(*text, is_plain) || text->contains('\x7f'))
            return document.root()[name].wrong("empty, or with characters that an event cannot have");
    }
    return event;
}

} // namespace

std::string_view name_of(Subject subject) {
    switch (subject) {
    case Subject::resource: return "resource";
    case Subject::token: return "token";
    case Subject::evidence:
    case Subject::additional_evidence: return "evidence";
    case Subject::event: return "event";
    case Subject::info: return "info";
    }
    return "";
}

Result<ApiRequest> read_request(const http::ServerRequest& request) {
    RDT_CHECK(expect_own_words(request));
    const auto path = request.path();
    if (path.starts_with(k_resources)) {
        RDT_CHECK(expect_method(request, "GET"));
        ApiRequest wanted{.subject = Subject::resource, .resource = {}, .runtime_data = {}};
        RDT_TRY(wanted.resource,
                rcar::resource_path("kbs:///" + std::string(path.substr(k_resources.size()))));
        return wanted;
    }
    const auto* const place = std::ranges::find(k_places, path, &Place::path);
    if (place == k_places.end())
        return fail(Code::not_found, "'{}' is no path of the workload API", path.substr(0, k_max_shown));
    RDT_CHECK(expect_method(request, place->method));
    ApiRequest wanted{.subject = place->subject, .resource = {}, .runtime_data = {}};
    if (place->subject == Subject::token) RDT_CHECK(read_token_type(request.query()));
    if (place->subject == Subject::event) {
        RDT_TRY(wanted.event, read_event(request.body));
    }
    if (place->subject == Subject::evidence || place->subject == Subject::additional_evidence) {
        RDT_TRY(wanted.runtime_data, read_runtime_data(request.query()));
    }
    return wanted;
}

std::string policy_input(const ApiRequest& request, const http::ServerRequest& words,
                         const std::string& container, const std::string& name) {
    boost::json::object input{{"container_id", container},
                              {"container_name", name},
                              {"api", name_of(request.subject)},
                              {"method", words.method},
                              {"path", words.path()}};
    if (request.subject == Subject::resource) input["resource"] = request.resource;
    if (request.subject == Subject::event) {
        input["domain"] = request.event.domain;
        input["operation"] = request.event.operation;
    }
    return boost::json::serialize(input);
}

} // namespace redoubt::guest::workload_api
