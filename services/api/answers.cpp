// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/answers.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/http/url.hpp"

namespace redoubt::services::api {
namespace {

namespace bj = boost::json;
using http::ServerResponse;

constexpr std::string_view k_error_types = "https://github.com/confidential-containers/kbs/errors/";
constexpr std::string_view k_json = "application/json";
constexpr std::size_t k_max_pairs = 32;

} // namespace

ServerResponse reply(unsigned status, std::string_view type, std::string body) {
    return {status, {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}}, std::move(body)};
}

ServerResponse reply_json(const bj::value& value) {
    return reply(200, k_json, bj::serialize(value));
}

ServerResponse problem(const key_broker::Refusal& refusal) {
    bj::object body{{"type", std::string(k_error_types) + std::string(refusal.variant)},
                    {"detail", refusal.detail}};
    if (!refusal.approval.empty()) body["approval"] = refusal.approval;
    return reply(refusal.status, k_json, bj::serialize(body));
}

ServerResponse done(const key_broker::Answer<void>& answer) {
    if (!answer) return problem(answer.error());
    return reply(200, "text/xml", "");
}

ServerResponse shown(const key_broker::Answer<bj::value>& answer) {
    if (!answer) return problem(answer.error());
    return reply_json(*answer);
}

std::vector<std::pair<std::string, std::string>> query_of(const http::ServerRequest& request) {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string_view rest = request.query();
    while (!rest.empty() && pairs.size() < k_max_pairs) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const auto equals = pair.find('=');
        pairs.emplace_back(http::decode_percent(pair.substr(0, equals)),
                           equals == std::string_view::npos ? ""
                                                            : http::decode_percent(pair.substr(equals + 1)));
    }
    return pairs;
}

} // namespace redoubt::services::api
