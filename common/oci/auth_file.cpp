// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/auth_file.hpp"

#include <boost/json/serialize.hpp>

#include <format>
#include <utility>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::oci {
namespace {

namespace bj = boost::json;

constexpr json::Limits k_limits{.max_bytes = k_max_auth_file_bytes, .max_depth = 8};

/// Docker writes some as addresses: "https://registry.example/v1/".
std::string_view plain_place(std::string_view key) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (key.starts_with(scheme)) {
            key.remove_prefix(scheme.size());
            return key.substr(0, key.find('/'));
        }
    return key;
}

Result<std::optional<RegistryLogin>> read_login(const json::Node& entry) {
    RDT_CHECK(entry.expect_object());
    RDT_TRY(const auto token, entry["identitytoken"].string_or());
    if (!token.empty())
        return fail(Code::unimplemented, "{}: identity tokens are not implemented", entry.path());
    RDT_TRY(const auto auth, entry["auth"].string_or());
    if (auth.empty()) return std::nullopt; // docker leaves this where a helper has the rest
    const auto decoded = encoding::from_base64(auth);
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos || colon == 0) return entry["auth"].wrong("not base64 of NAME:PASSWORD");
    // Docker pads with zeros.
    auto password = decoded->substr(colon + 1);
    password.resize(password.find_last_not_of('\0') + 1);
    return RegistryLogin{decoded->substr(0, colon), std::move(password)};
}

} // namespace

Result<AuthFile> AuthFile::parse(std::string_view name, std::string_view text) {
    AuthFile file;
    file.name_ = name;
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return file;
    RDT_TRY(const auto document, json::parse(name, text, k_limits));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    for (const auto* member : {"auths", "credHelpers"}) {
        RDT_CHECK(root[member].members_or_empty());
    }
    file.root_ = root.value()->as_object();
    return file;
}

const bj::object* AuthFile::auths() const {
    const auto* const found = root_.if_contains("auths");
    return found == nullptr ? nullptr : found->if_object();
}

Result<std::optional<RegistryLogin>> AuthFile::find_at(std::string_view place) const {
    const bj::value whole(root_);
    const json::Node root(&whole, name_);
    if (root["credHelpers"][place].is_present())
        return fail(Code::unimplemented, "{}: credential helpers are not implemented",
                    root["credHelpers"][place].path());
    RDT_TRY(const auto entries, root["auths"].members_or_empty());
    for (const auto& [key, entry] : entries)
        if (key == place || plain_place(key) == place) return read_login(entry);
    return std::nullopt;
}

Result<std::optional<RegistryLogin>> AuthFile::find(const Reference& image) const {
    auto place = image.name();
    for (;;) {
        RDT_TRY(auto login, find_at(place));
        if (login) return login;
        const auto slash = place.rfind('/');
        if (slash == std::string::npos) return std::nullopt;
        place.resize(slash);
    }
}

void AuthFile::set(const std::string& place, const RegistryLogin& login) {
    remove(place);
    auto& entries = root_["auths"];
    if (!entries.is_object()) entries = bj::object();
    entries.as_object()[place] =
        bj::object{{"auth", encoding::to_base64(login.username + ":" + login.password)}};
}

bool AuthFile::remove(const std::string& place) {
    bool was_there = false;
    for (const auto& key : places()) {
        if (key != place && plain_place(key) != place) continue;
        root_["auths"].as_object().erase(key);
        was_there = true;
    }
    return was_there;
}

void AuthFile::remove_all() {
    root_["auths"] = bj::object();
}

std::vector<std::string> AuthFile::places() const {
    std::vector<std::string> keys;
    if (const auto* const entries = auths())
        for (const auto& entry : *entries) keys.emplace_back(entry.key());
    return keys;
}

std::string AuthFile::render() const {
    return bj::serialize(root_) + "\n";
}

Status check_login_place(const std::string& place) {
    const auto inside = parse_reference(place + "/x");
    if (!place.empty() && inside && inside->is_qualified() && inside->name() == place + "/x") return {};
    return fail(Code::invalid_argument, "'{}' is not a registry (host[:port]), or a name in one", place);
}

std::string registry_of(std::string_view place) {
    return std::string(place.substr(0, place.find('/')));
}

} // namespace redoubt::oci
