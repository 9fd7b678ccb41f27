// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/plugins/endpoint.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "common/http/url.hpp"

namespace redoubt::services::plugins {
namespace {

constexpr std::size_t k_max_name = 40;
constexpr std::string_view k_socket = "unix:";
/// First segments of the broker's own paths.
constexpr auto k_taken = std::to_array<std::string_view>(
    {"auth", "attest", "resource", "resources", "resource-policy", "attestation-policy", "reference-value",
     "reference-values", "reference-value-history", "tpm-challenge", "tpm-enrolment", "tenant", "tenants",
     "approval", "approvals", "collateral", "audit"});

bool is_name(std::string_view name) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_allowed = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= k_max_name && is_letter(name[0]) &&
           std::ranges::all_of(name, is_allowed);
}

bool is_trusted_owner(const struct stat& entry) {
    return entry.st_uid == 0 || entry.st_uid == ::geteuid();
}

} // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return fail(Code::invalid_argument, "'{}': {}", text.substr(0, 120), why);
    };
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return wrong("not NAME=https://HOST:PORT or NAME=unix:/PATH");
    Endpoint endpoint;
    endpoint.name = text.substr(0, equals);
    if (!is_name(endpoint.name)) return wrong("a name is a-z, 0-9 and '-', beginning with a letter");
    if (std::ranges::contains(k_taken, endpoint.name))
        return wrong("a name that the broker needs for itself");
    const auto place = text.substr(equals + 1);
    if (place.starts_with(k_socket)) {
        endpoint.address = place.substr(k_socket.size());
        endpoint.is_socket = true;
        if (!endpoint.address.starts_with('/') || endpoint.address.size() >= sizeof(sockaddr_un::sun_path))
            return wrong("not the path of a socket");
        return endpoint;
    }
    const auto url = http::parse_url(place);
    if (!url) return wrong(url.error().message);
    if (!url->is_tls() || url->target != "/" || !url->user_info.empty())
        return wrong("a plugin elsewhere is https://HOST:PORT");
    endpoint.address = url->endpoint();
    return endpoint;
}

Status check_socket(const std::string& path) {
    struct stat socket{};
    struct stat folder{};
    const auto parent = std::filesystem::path(path).parent_path().native();
    if (::lstat(path.c_str(), &socket) != 0 || ::stat(parent.c_str(), &folder) != 0 ||
        !S_ISSOCK(socket.st_mode))
        return fail(Code::unavailable, "no socket at {}", path);
    constexpr mode_t k_others_write = S_IWGRP | S_IWOTH;
    if (!is_trusted_owner(socket) || !is_trusted_owner(folder) || (folder.st_mode & k_others_write) != 0)
        return fail(Code::permission_denied, "{}: somebody else could have put this socket there", path);
    return {};
}

} // namespace redoubt::services::plugins
