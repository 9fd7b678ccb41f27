// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/remote/profiles.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

#include "common/base/file.hpp"
#include "common/encoding/canonical_json.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::remote {
namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;

constexpr std::int64_t k_version = 1;
constexpr std::size_t k_longest_name = 64;
constexpr auto k_default_port = ":7443";

Result<Profile> profile_of(const json::Node& node) {
    RDT_TRY(auto name, node["name"].string_or());
    RDT_CHECK(check_profile_name(name));
    RDT_TRY(auto address, node["address"].string_or());
    RDT_TRY(const auto text, node["fingerprint"].string_or());
    RDT_TRY(auto fingerprint, crypto::Digest::parse(text));
    RDT_TRY(auto role, node["role"].string_or());
    return Profile{std::move(name), std::move(address), std::move(fingerprint), std::move(role)};
}

} // namespace

Status check_profile_name(std::string_view name) {
    const auto is_good = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || std::string_view(".-_").contains(letter);
    };
    if (!name.empty() && name.size() <= k_longest_name && std::ranges::all_of(name, is_good)) return {};
    return fail(Code::invalid_argument, "'{}' is no profile's name: 1 to {} letters, digits, or any of . - _",
                name.substr(0, k_longest_name), k_longest_name);
}

std::string with_port(const std::string& address) {
    if (address.starts_with('[')) return address.ends_with(']') ? address + k_default_port : address;
    const auto colons = std::ranges::count(address, ':');
    if (colons > 1) return "[" + address + "]" + k_default_port;
    return colons == 1 ? address : address + k_default_port;
}

Result<fs::path> config_folder(const Environment& environment) {
    fs::path folder = environment("XDG_CONFIG_HOME");
    if (folder.is_absolute()) return folder / "redoubt";
    const fs::path home = environment("HOME");
    if (home.is_absolute()) return home / ".config" / "redoubt";
    return fail(Code::failed_precondition,
                "no folder for profiles: neither $XDG_CONFIG_HOME nor $HOME is set");
}

Result<Profiles> Profiles::load(const fs::path& file) {
    Profiles profiles(file);
    const auto text = read_file(file);
    if (!text && text.error().code == Code::not_found) return profiles;
    if (!text) return std::unexpected(text.error());
    RDT_CHECK(profiles.take(*text).transform_error(context("{}", file.native())));
    return profiles;
}

Status Profiles::take(std::string_view text) {
    RDT_TRY(const auto document, json::parse("profiles", text));
    const auto root = document.root();
    RDT_TRY(const auto version, root["v"].integer_or(0));
    if (version != k_version)
        return fail(Code::invalid_argument, "version {} of profiles: this program knows {}", version,
                    k_version);
    RDT_TRY(const auto list, root["profiles"].array());
    for (const auto& node : list) {
        RDT_TRY(auto profile, profile_of(node));
        RDT_CHECK(put(std::move(profile)));
    }
    return {};
}

Result<Profile> Profiles::find(const std::string& wanted) const {
    const auto by_name = std::ranges::find(profiles_, wanted, &Profile::name);
    if (by_name != profiles_.end()) return *by_name;
    const auto address = with_port(wanted);
    const auto found = std::ranges::find(profiles_, address, &Profile::address);
    if (found == profiles_.end())
        return fail(Code::not_found, "no profile '{}', and no node paired with at {}\nredoubtctl pair {}",
                    wanted, address, wanted);
    const auto other = std::find_if(found + 1, profiles_.end(), [&](const Profile& profile) {
        return profile.address == address && profile.fingerprint != found->fingerprint;
    });
    if (other != profiles_.end())
        return fail(Code::invalid_argument, "profiles '{}' and '{}' are both at {}: name one", found->name,
                    other->name, address);
    return *found;
}

Status Profiles::put(Profile profile) {
    RDT_CHECK(check_profile_name(profile.name));
    const auto found = std::ranges::find(profiles_, profile.name, &Profile::name);
    if (found != profiles_.end()) {
        *found = std::move(profile);
        return {};
    }
    if (profiles_.size() >= k_most) return fail(Code::resource_exhausted, "more than {} profiles", k_most);
    profiles_.push_back(std::move(profile));
    return {};
}

Status Profiles::remove(const std::string& name) {
    if (std::erase_if(profiles_, [&](const Profile& profile) { return profile.name == name; }) == 0)
        return fail(Code::not_found, "no profile '{}'", name);
    return {};
}

Status Profiles::save() const {
    bj::array list;
    for (const auto& profile : profiles_) {
        bj::object entry{
            {"name", profile.name}, {"address", profile.address}, {"fingerprint", profile.fingerprint.str()}};
        if (!profile.role.empty()) entry["role"] = profile.role;
        list.push_back(std::move(entry));
    }
    RDT_TRY(auto text, json::canonical(bj::object{{"v", k_version}, {"profiles", std::move(list)}}));
    text += '\n';
    std::error_code error;
    if (fs::create_directories(file_.parent_path(), error))
        fs::permissions(file_.parent_path(), fs::perms::owner_all, error);
    return write_file(file_, text, 0600);
}

} // namespace redoubt::remote
