// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/explained_release.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"
#include "common/initdata/broker_entry.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::string_view k_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view k_end = "-----END CERTIFICATE-----";
constexpr std::string_view k_scheme = "kbs:///";
constexpr std::string_view k_sealed = "sealed.";

bool is_of_uri(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
}

bool is_of_base64url(char c) {
    return is_of_uri(c) && c != '.' && c != '/';
}

std::string_view run_at(std::string_view text, std::size_t at, bool (*belongs)(char)) {
    auto end = at;
    while (end < text.size() && belongs(text[end])) ++end;
    return text.substr(at, end - at);
}

Result<std::vector<std::string>> fingerprints(std::string_view pem) {
    std::vector<std::string> out;
    for (auto at = pem.find(k_begin); at != std::string_view::npos; at = pem.find(k_begin, at)) {
        at += k_begin.size();
        const auto end = pem.find(k_end, at);
        if (end == std::string_view::npos)
            return fail(Code::invalid_argument, "aa.toml: a certificate without an end");
        std::string body(pem.substr(at, end - at));
        std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
        RDT_TRY(const auto der,
                encoding::from_base64(body).transform_error(context("aa.toml: a certificate")));
        RDT_TRY(const auto digest, crypto::digest_of(der, crypto::HashAlgorithm::sha256));
        out.push_back(digest.hex());
        at = end;
    }
    return out;
}

void add_resources(std::string_view text, std::set<std::string>& found) {
    for (auto at = text.find(k_scheme); at != std::string_view::npos; at = text.find(k_scheme, at)) {
        const auto path = run_at(text, at + k_scheme.size(), is_of_uri);
        if (std::ranges::count(path, '/') == 2) found.insert(std::string(k_scheme) + std::string(path));
        at += k_scheme.size();
    }
}

/// "sealed." and a JWS: header, payload and signature with dots between them. Header and payload name
/// resources.
void add_sealed(std::string_view text, std::set<std::string>& found) {
    for (auto at = text.find(k_sealed); at != std::string_view::npos; at = text.find(k_sealed, at)) {
        at += k_sealed.size();
        const auto header = run_at(text, at, is_of_base64url);
        const auto after = at + header.size();
        if (after >= text.size() || text[after] != '.') continue;
        for (const auto part : {header, run_at(text, after + 1, is_of_base64url)})
            if (const auto plain = encoding::from_base64(part, encoding::Base64::url))
                add_resources(*plain, found);
    }
}

} // namespace

Result<PinnedBroker> pinned_broker(const initdata::Initdata& initdata) {
    PinnedBroker broker;
    const auto* text = initdata.find(initdata::k_attestation_entry);
    if (text == nullptr) return broker;
    RDT_TRY(auto entry, initdata::parse_broker_entry(*text));
    RDT_TRY(broker.certificates, fingerprints(entry.certificates));
    broker.url = std::move(entry.url);
    return broker;
}

std::vector<std::string> resources_in(std::string_view text) {
    std::set<std::string> found;
    add_resources(text, found);
    add_sealed(text, found);
    return {found.begin(), found.end()};
}

} // namespace redoubt::ctl
